"""Which delegation covers an act, and which may be given: facts in, a decision or a sentence out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from engine.desks.delegation_form import DelegationForm, Kind, Surroundings, Wanted, read_day, read_delegation
from engine.desks.delegation_rules import Matter, StandIn, choose
from engine.desks.model import Delegation, Desk
from engine.euros import french_euros, read_euros
from engine.ids import new_id
from engine.refusals import Refusal

NOW = datetime(2026, 7, 3, 8, 30, tzinfo=UTC)
# Always the same: every process of the suite must name these cases alike.
TYPE, OTHER_TYPE, SUBTYPE, OTHER_SUBTYPE = (UUID(int=number) for number in range(1, 5))
TENANT, MAYOR, DEPUTY, CLERK = (new_id() for _ in range(4))


def stand_in(**what: object) -> StandIn:
    usual = StandIn(new_id(), NOW - timedelta(days=1), NOW + timedelta(days=1), None, None, None, MAYOR, "Anne NOËL")
    return replace(usual, **what)


def matter(amount: str | None = None) -> Matter:
    return Matter(TYPE, SUBTYPE, Decimal(amount) if amount else None)


@pytest.mark.parametrize(
    ("what", "amount", "code"),
    [
        ({}, None, None),
        ({"starts_at": NOW}, None, None),
        ({"starts_at": NOW + timedelta(seconds=1)}, None, "delegation_not_begun"),
        ({"ends_at": NOW}, None, "delegation_over"),
        ({"ends_at": NOW - timedelta(minutes=5)}, None, "delegation_over"),
        ({"lapsed": True}, None, "delegation_over"),
        ({"folder_type_id": TYPE}, None, None),
        ({"folder_type_id": TYPE, "subtype_id": SUBTYPE}, None, None),
        ({"folder_type_id": TYPE, "subtype_id": OTHER_SUBTYPE}, None, "delegation_other_type"),
        ({"folder_type_id": OTHER_TYPE}, None, "delegation_other_type"),
        ({"ceiling": Decimal(1000)}, "1000.00", None),
        ({"ceiling": Decimal(1000)}, "1000.01", "delegation_ceiling"),
        ({"ceiling": Decimal(1000)}, None, "delegation_needs_amount"),
        ({"ceiling": Decimal(0)}, "0.01", "delegation_ceiling"),
    ],
)
def test_a_delegation_covers_its_days_its_folders_and_its_amounts(
    what: dict[str, object], amount: str | None, code: str | None
) -> None:
    found = choose([stand_in(**what)], matter(amount), "Maire", now=NOW)
    assert (found.code if isinstance(found, Refusal) else None) == code
    if isinstance(found, Refusal):
        assert "« Maire »" in found.sentence
        assert any(word in found.sentence for word in ("Rien n’a été fait", "attend son titulaire"))


def test_nobody_stands_in_without_a_delegation() -> None:
    found = choose([], matter(), "Maire", now=NOW)
    assert isinstance(found, Refusal)
    assert found.code == "not_your_desk"


def test_one_that_covers_is_enough_and_the_nearest_reason_is_told_otherwise() -> None:
    over, elsewhere = stand_in(ends_at=NOW), stand_in(folder_type_id=OTHER_TYPE)
    bounded, wide = stand_in(ceiling=Decimal(10)), stand_in(ceiling=Decimal(5000))
    assert choose([over, elsewhere, bounded, wide], matter("4000"), "Maire", now=NOW) == wide
    refusal = choose([over, elsewhere, bounded, wide], matter("6000"), "Maire", now=NOW)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "delegation_ceiling"
    assert french_euros(Decimal(5000)) in refusal.sentence
    assert french_euros(Decimal(6000)) in refusal.sentence


def desk(name: str, **more: object) -> Desk:
    return Desk(id=new_id(), tenant_id=TENANT, name=name, short_name=name.lower(), **more)


TOWN_HALL, FIRST, SECOND, EMPTY, CCAS = (desk(name) for name in ("Maire", "Adjoint", "DGS", "Vacant", "CCAS"))
MUTE, CLOSED = desk("Muet", may_act=False), desk("Ancien", closed_at=NOW)
DESKS = {one.id: one for one in (TOWN_HALL, FIRST, SECOND, EMPTY, CCAS, MUTE, CLOSED)}
HOLDERS = {
    TOWN_HALL.id: [MAYOR],
    FIRST.id: [DEPUTY],
    SECOND.id: [CLERK, DEPUTY],
    CCAS.id: [MAYOR],
    MUTE.id: [CLERK],
    CLOSED.id: [CLERK],
}
KINDS = {TYPE: Kind(TYPE, None, "Actes"), SUBTYPE: Kind(TYPE, SUBTYPE, "Actes · Arrêtés")}
KINDS[OTHER_TYPE] = Kind(OTHER_TYPE, None, "Commandes")
FORM = DelegationForm(TOWN_HALL.id, FIRST.id, "2026-07-03", "2026-07-10")


def around(*present: Delegation) -> Surroundings:
    return Surroundings(DESKS, HOLDERS, KINDS, present, "Europe/Paris", NOW)


def given(
    source: Desk, substitute: Desk, first: int = 1, last: int = 31, kind: Kind | None = None, **more: object
) -> Delegation:
    return Delegation(
        tenant_id=TENANT,
        delegating_desk_id=source.id,
        substitute_desk_id=substitute.id,
        starts_at=datetime(2026, 7, first, tzinfo=UTC),
        ends_at=datetime(2026, 7, last, 23, tzinfo=UTC),
        folder_type_id=kind.folder_type_id if kind else None,
        subtype_id=kind.subtype_id if kind else None,
        created_at=NOW,
        created_by=MAYOR,
        **more,
    )


def test_days_are_whole_days_of_the_town_and_today_begins_now() -> None:
    wanted = read_delegation(FORM, around())
    assert isinstance(wanted, Wanted)
    assert wanted.starts_at == NOW
    assert wanted.ends_at == datetime(2026, 7, 10, 22, tzinfo=UTC)  # midnight in Paris
    assert wanted.principal_id == MAYOR
    later = read_delegation(replace(FORM, first_day="04/07/2026", last_day="4/7/2026"), around())
    assert isinstance(later, Wanted)
    assert later.starts_at == datetime(2026, 7, 3, 22, tzinfo=UTC)
    assert later.ends_at - later.starts_at == timedelta(days=1)


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"delegating_desk_id": None}, "desk", "desk_missing"),
        ({"delegating_desk_id": new_id()}, "desk", "desk_unknown"),
        ({"delegating_desk_id": CLOSED.id}, "desk", "desk_unknown"),
        ({"substitute_desk_id": None}, "substitute", "substitute_missing"),
        ({"substitute_desk_id": new_id()}, "substitute", "desk_unknown"),
        ({"substitute_desk_id": CLOSED.id}, "substitute", "desk_unknown"),
        ({"substitute_desk_id": TOWN_HALL.id}, "substitute", "delegation_to_itself"),
        ({"substitute_desk_id": CCAS.id}, "substitute", "delegation_to_oneself"),
        ({"substitute_desk_id": EMPTY.id}, "substitute", "substitute_without_holder"),
        ({"substitute_desk_id": MUTE.id}, "substitute", "substitute_may_not_act"),
        ({"principal_id": CLERK}, "principal", "principal_not_holder"),
        ({"delegating_desk_id": SECOND.id}, "principal", "principal_missing"),
        ({"first_day": ""}, "first_day", "day_missing"),
        ({"first_day": "demain"}, "first_day", "day_unreadable"),
        ({"first_day": "31/02/2026"}, "first_day", "day_unreadable"),
        ({"first_day": "2026-07-02"}, "first_day", "delegation_in_the_past"),
        ({"last_day": ""}, "last_day", "day_missing"),
        ({"first_day": "2026-07-11"}, "last_day", "delegation_ends_first"),
        ({"last_day": "2206-07-10"}, "last_day", "delegation_too_long"),
        ({"kind": "tout"}, "kind", "kind_unknown"),
        ({"kind": str(UUID(int=9))}, "kind", "kind_unknown"),
        ({"ceiling": "mille"}, "ceiling", "amount_unreadable"),
        ({"ceiling": "-10"}, "ceiling", "amount_negative"),
        ({"ceiling": "10,005"}, "ceiling", "amount_too_precise"),
        ({"deed_number": "x" * 101}, "deed_number", "deed_number_too_long"),
        ({"deed_day": "2026-07-04"}, "deed_day", "deed_in_the_future"),
        ({"deed_day": "hier"}, "deed_day", "day_unreadable"),
    ],
)
def test_each_fault_is_told_beside_its_field(change: dict[str, object], field: str, code: str) -> None:
    faults = read_delegation(replace(FORM, **change), around())
    assert not isinstance(faults, Wanted)
    assert {name: refusal.code for name, refusal in faults.items()} == {field: code}
    assert faults[field].sentence.endswith(".")


def test_every_fault_of_a_form_is_told_at_once() -> None:
    form = DelegationForm(new_id(), new_id(), "hier", "demain", "x", None, "mille", "x" * 101, "jamais")
    faults = read_delegation(form, around())
    assert not isinstance(faults, Wanted)
    assert set(faults) == {"desk", "substitute", "first_day", "last_day", "kind", "ceiling", "deed_number", "deed_day"}


def test_a_vacant_post_is_replaced_in_the_name_of_nobody() -> None:
    wanted = read_delegation(replace(FORM, delegating_desk_id=EMPTY.id), around())
    assert isinstance(wanted, Wanted)
    assert wanted.principal_id is None


@pytest.mark.parametrize(
    ("present", "circle"),
    [
        ([given(FIRST, TOWN_HALL)], True),
        ([given(FIRST, TOWN_HALL, 11, 20)], False),  # another week
        ([given(FIRST, SECOND), given(SECOND, TOWN_HALL)], True),
        ([given(FIRST, SECOND, 1, 5), given(SECOND, TOWN_HALL, 6, 31)], False),  # never on the same day
        ([given(FIRST, SECOND), given(SECOND, FIRST)], False),  # a circle of others, told when it was given
        ([given(FIRST, TOWN_HALL, kind=KINDS[OTHER_TYPE])], False),  # not the same folders
        ([given(FIRST, TOWN_HALL, kind=KINDS[SUBTYPE])], True),
        ([given(FIRST, SECOND)], False),  # a chain, which gives nothing further
    ],
)
def test_desks_do_not_stand_in_for_each_other_in_a_circle(present: list[Delegation], circle: bool) -> None:
    found = read_delegation(replace(FORM, kind=str(TYPE)), around(*present))
    assert isinstance(found, Wanted) is not circle
    if not isinstance(found, Wanted):
        assert found["substitute"].code == "delegation_in_a_circle"


@pytest.mark.parametrize(
    ("other", "kind", "ceiling", "twice"),
    [
        (given(TOWN_HALL, FIRST), "", "", True),
        (given(TOWN_HALL, FIRST, 10, 12), "", "", True),  # one day in common
        (given(TOWN_HALL, FIRST, 11, 12), "", "", False),
        (given(TOWN_HALL, SECOND), "", "", False),
        (given(TOWN_HALL, FIRST), str(TYPE), "", True),  # covered already
        (given(TOWN_HALL, FIRST), str(TYPE), "500", True),  # would seem to bound, and would not
        (given(TOWN_HALL, FIRST, kind=KINDS[TYPE]), str(OTHER_TYPE), "", False),
        (given(TOWN_HALL, FIRST, kind=KINDS[SUBTYPE]), str(TYPE), "", False),  # wider
        (given(TOWN_HALL, FIRST, ceiling=Decimal(100)), str(TYPE), "", False),  # further
        (given(TOWN_HALL, FIRST, ceiling=Decimal(100)), str(TYPE), "100", True),
        (given(TOWN_HALL, FIRST, ceiling=Decimal(100)), "", "200", True),  # the same folders: end the first one
    ],
)
def test_the_same_is_not_given_twice(other: Delegation, kind: str, ceiling: str, twice: bool) -> None:
    found = read_delegation(replace(FORM, kind=kind, ceiling=ceiling), around(other))
    assert isinstance(found, Wanted) is not twice
    if not isinstance(found, Wanted):
        assert found["first_day"].code == "delegation_twice"
        assert "juillet 2026" in found["first_day"].sentence


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-07-03", date(2026, 7, 3)),
        (" 3/7/2026 ", date(2026, 7, 3)),
        ("03-07-2026", None),
        ("3 juillet", None),
        ("99999-01-01", None),
        ("", None),
    ],
)
def test_days_as_people_type_them(text: str, day: date | None) -> None:
    assert read_day(text) == day


@pytest.mark.parametrize(
    ("text", "amount"),
    [
        ("", None),
        ("  ", None),
        ("12500", Decimal("12500.00")),
        ("12 500,5 €", Decimal("12500.50")),
        ("12\u202f500.50\u00a0€", Decimal("12500.50")),
        ("0", Decimal("0.00")),
        ("007", Decimal("7.00")),
        ("999 999 999 999,99", Decimal("999999999999.99")),
        ("1000000000000", "amount_too_large"),
        ("9" * 400, "amount_too_large"),
        ("12 5", "amount_unreadable"),
        ("1,2,3", "amount_unreadable"),
        ("mille", "amount_unreadable"),
        ("1e3", "amount_unreadable"),
        ("€", None),
        ("-1", "amount_negative"),
        ("−1 000,00 €", "amount_negative"),
        ("10,001", "amount_too_precise"),
        ("NaN", "amount_unreadable"),
        ("٣", "amount_unreadable"),
    ],
)
def test_amounts_as_people_type_them(text: str, amount: Decimal | str | None) -> None:
    found = read_euros(text)
    assert (found.code if isinstance(found, Refusal) else found) == amount


def test_amounts_are_written_as_the_french_do() -> None:
    assert french_euros(Decimal("1234567.5")) == "1\u202f234\u202f567,50\u00a0€"
    assert french_euros(Decimal(0)) == "0,00\u00a0€"
