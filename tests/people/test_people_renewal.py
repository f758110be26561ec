"""Council renewal: reviewed, applied whole or not at all, on its day, and cancelled until then."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from sqlmodel import col, select

from engine.desks.charge import entrust
from engine.desks.model import CouncilRenewal, Delegation, RenewalStanding
from engine.desks.queries import desks_by_short_name, holders
from engine.desks.renewal import (
    RENEWAL_DUE,
    Applied,
    apply_due,
    cancel_renewal,
    plan_renewal,
    planned,
    preview,
)
from engine.desks.renewal_rules import DeskPlan, RenewalPlan, faults_of_plan, read_effective, read_plan, written
from engine.people.actions import join_tenant, open_session
from engine.people.model import Account, Membership, Role, SignerCertificate
from engine.people.queries import account_at, visitor_of
from engine.people.rules import NewPerson
from engine.refusals import Faults, Refusal
from engine.work.model import WorkItem
from notifications.renewal import renewal_due
from tests.support.administration import mails
from tests.support.world import NOW, World, make_world
from web.journal import sentences

DAY = NOW + timedelta(days=10)
AGATHE = NewPerson("agathe.petit@essai.example", "Agathe", "Petit", "Maire")


def plan(world: World, **desks: tuple[str | NewPerson, ...]) -> RenewalPlan:
    """Desks by short name, holders by theirs or as people to invite."""
    with world.database.reading() as session:
        known = desks_by_short_name(session, world.tenant.id)
    return RenewalPlan(
        tuple(
            DeskPlan(
                known[name].id,
                tuple(world.accounts[who].id for who in those if isinstance(who, str)),
                tuple(who for who in those if isinstance(who, NewPerson)),
            )
            for name, those in desks.items()
        )
    )


def decide(world: World, what: RenewalPlan, at: datetime = NOW) -> CouncilRenewal | Applied | Faults:
    with world.database.writing() as session:
        by = world.accounts["secretariat"].id
        result = plan_renewal(session, tenant_id=world.tenant.id, by=by, plan=what, effective_at=at, now=NOW)
        if not isinstance(result, Faults):
            session.commit()
    return result


def who_holds(world: World) -> dict[str, list[str]]:
    with world.database.reading() as session:
        desks = desks_by_short_name(session, world.tenant.id)
        people = holders(session, [desk.id for desk in desks.values()])
    return {name: [one.surname for one in people[desk.id]] for name, desk in desks.items()}


BEFORE = {"secretariat": ["Lemoine"], "dgs": ["Çelik"], "maire": ["Lefèvre"], "adjoint": ["Noël"]}


def told(world: World) -> list[str]:
    from engine.journal.queries import chain_entries

    with world.database.reading() as session:
        return [line.sentence for line in sentences(session, chain_entries(session, world.tenant.id, world.tenant.id))]


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("29/03/2026", "renewal_day_unreadable"),
        ("2026-02-30", "renewal_day_unreadable"),
        ("2026-03-14", "renewal_day_past"),
        ("2031-01-01", "renewal_day_too_far"),
    ],
)
def test_a_day_that_will_not_do_is_said(typed: str, code: str) -> None:
    now = datetime.fromisoformat("2026-03-15T23:30:00+00:00")
    found = read_effective(typed, "UTC", now)
    assert isinstance(found, Refusal)
    assert found.code == code


def test_a_day_begins_in_the_zone_of_the_town() -> None:
    now = datetime.fromisoformat("2026-03-15T23:30:00+00:00")  # the 16th already in Paris
    assert read_effective("", "Europe/Paris", now) == now
    assert read_effective("2026-03-16", "Europe/Paris", now) == now
    assert read_effective("2026-03-29", "Europe/Paris", now) == datetime.fromisoformat("2026-03-28T23:00:00+00:00")
    assert read_effective("2026-03-29", "Indian/Reunion", now) == datetime.fromisoformat("2026-03-28T20:00:00+00:00")


def test_a_plan_is_stored_and_read_back(world: World) -> None:
    what = plan(world, maire=(AGATHE, "adjoint"), adjoint=())
    assert read_plan(written(what)) == what


def test_faults_are_told_desk_by_desk() -> None:
    from uuid import uuid4

    desk, gone, stranger = uuid4(), uuid4(), uuid4()
    asked = {"desks": {desk: "Maire"}, "members": {}, "closed": {"x@y.example": "Xavier Y"}}
    assert faults_of_plan(RenewalPlan(()), **asked)["plan"].code == "nothing_renewed"  # type: ignore[arg-type]
    wrong = [
        (DeskPlan(gone), "plan", "renewal_desk_unknown"),
        (DeskPlan(desk, (stranger,)), str(desk), "renewal_holder_unknown"),
        (DeskPlan(desk, (), (NewPerson("non", "A", "B"),)), str(desk), "address_malformed"),
        (DeskPlan(desk, (), (NewPerson("x@y.example", "X", "Y"),)), str(desk), "renewal_access_closed"),
    ]
    for one, where, code in wrong:
        assert faults_of_plan(RenewalPlan((one,)), **asked)[where].code == code  # type: ignore[arg-type]


def test_everything_changes_at_once(world: World) -> None:
    world.sign("maire", world.sent(circuit="simple-signature"))
    waiting = world.sent(circuit="simple-signature", title="En attente")
    maire, adjoint = world.accounts["maire"], world.accounts["adjoint"]
    with world.database.writing() as session:
        desks = desks_by_short_name(session, world.tenant.id)
        delegation = Delegation(
            tenant_id=world.tenant.id,
            delegating_desk_id=desks["adjoint"].id,
            substitute_desk_id=desks["dgs"].id,
            starts_at=NOW,
            ends_at=NOW + timedelta(days=60),
            created_at=NOW,
            created_by=adjoint.id,
        )
        session.add(delegation)
        cookie = open_session(session, maire.id, user_agent="", now=NOW)
        session.commit()
    what = plan(world, maire=("adjoint",), adjoint=(AGATHE, "dgs"))
    with world.database.reading() as session:
        found = preview(session, world.tenant.id, what, now=NOW)
        assert not isinstance(found, Faults)
        assert [(one.account.surname, one.certificates, one.shut) for one in found.leavers] == [("Lefèvre", 1, True)]
        assert len(found.delegations) == 1
        assert found.vacant == []
    assert who_holds(world) == BEFORE, "looking changes nothing"
    result = decide(world, what)
    assert isinstance(result, Applied)
    assert [one.account.email for one in result.invited] == [AGATHE.email]
    with world.database.reading() as session:
        assert visitor_of(session, cookie, now=NOW) is None
        assert session.get_one(Delegation, delegation.id).ends_at == NOW
        assert session.exec(select(SignerCertificate)).all() == []
        gone = session.get_one(Membership, (maire.id, world.tenant.id))
        assert gone.disabled_at == NOW
        assert session.get_one(Account, maire.id).email == maire.email, "leaving, which forgets it, is another act"
    after = who_holds(world)
    assert (after["maire"], sorted(after["adjoint"])) == (["Noël"], ["Petit", "Çelik"])
    assert (after["dgs"], after["secretariat"]) == (["Çelik"], ["Lemoine"])
    assert world.sign("adjoint", waiting), "what waited on the desk is signed by who holds it now"
    assert any("a renouvelé les titulaires (Maire : François Noël ; Premier adjoint" in line for line in told(world))


def test_who_administers_or_supervises_or_keeps_a_desk_is_not_shut_out(world: World, tmp_path: Path) -> None:
    neighbour = make_world(world.database, tmp_path / "v", "voisine")
    with world.database.writing() as session:
        session.get_one(Membership, (world.accounts["dgs"].id, world.tenant.id)).role = Role.TENANT_ADMIN
        join_tenant(session, world.accounts["maire"], neighbour.tenant)
        in_charge = world.accounts["adjoint"].id, [desks_by_short_name(session, world.tenant.id)["maire"].id]
        entrust(
            session, tenant_id=world.tenant.id, by=in_charge[0], account_id=in_charge[0], desk_ids=in_charge[1], now=NOW
        )
        session.commit()
    what = plan(world, dgs=("secretariat",), maire=(AGATHE,), adjoint=())
    with world.database.reading() as session:
        found = preview(session, world.tenant.id, what, now=NOW)
    assert not isinstance(found, Faults)
    assert [(one.account.surname, one.certificates, one.shut) for one in found.leavers] == [
        ("Lefèvre", 0, True),
        ("Noël", 0, False),
        ("Çelik", 0, False),
    ]


def test_planned_for_later_it_waits_and_is_done_on_its_day(each_world: World) -> None:
    world = each_world
    renewal = decide(world, plan(world, maire=(AGATHE,), adjoint=(AGATHE,)), DAY)
    assert isinstance(renewal, CouncilRenewal)
    assert who_holds(world) == BEFORE
    again = decide(world, plan(world, dgs=()))
    assert isinstance(again, Faults)
    assert again.by_field["plan"].code == "renewal_planned_already"
    with world.database.reading() as session:
        [work] = session.exec(select(WorkItem).where(WorkItem.kind == RENEWAL_DUE))
        assert work.available_at == DAY
    data = {"renewal_id": str(renewal.id)}
    renewal_due(world.database, data, base_url="https://x.example", now=DAY - timedelta(seconds=1))
    assert who_holds(world) == BEFORE, "not before its day"
    for _ in range(2):  # a worker may be killed after the commit: the row is done again, the renewal is not
        renewal_due(world.database, data, base_url="https://x.example", now=DAY)
    after = who_holds(world)
    assert (after["maire"], after["adjoint"]) == (["Petit"], ["Petit"])
    assert len(mails(world, AGATHE.email)) == 1
    assert [mail.subject for mail in mails(world, "secretariat@essai.example")] == [
        "Renouvellement appliqué : Commune d’essai"
    ]
    with world.database.reading() as session:
        assert planned(session, world.tenant.id) is None


def test_cancelled_it_does_nothing_on_its_day(world: World) -> None:
    renewal = decide(world, plan(world, maire=("adjoint",)), DAY)
    assert isinstance(renewal, CouncilRenewal)
    by = world.accounts["dgs"].id
    with world.database.writing() as session:
        assert cancel_renewal(session, tenant_id=world.tenant.id, by=by, renewal_id=renewal.id, now=NOW)
        assert not cancel_renewal(session, tenant_id=world.tenant.id, by=by, renewal_id=renewal.id, now=NOW)
        session.commit()
    renewal_due(world.database, {"renewal_id": str(renewal.id)}, base_url="https://x.example", now=DAY)
    assert who_holds(world) == BEFORE
    with world.database.reading() as session:
        [work] = session.exec(select(WorkItem).where(WorkItem.kind == RENEWAL_DUE))
        assert work.done_at is not None
    assert any(line.startswith("a annulé le renouvellement") for line in told(world))


def test_what_no_longer_fits_on_its_day_changes_nothing_and_is_told(world: World) -> None:
    renewal = decide(world, plan(world, dgs=("secretariat",), maire=("adjoint",)), DAY)
    assert isinstance(renewal, CouncilRenewal)
    with world.database.writing() as session:
        session.get_one(Membership, (world.accounts["adjoint"].id, world.tenant.id)).disabled_at = NOW
        session.commit()
    renewal_due(world.database, {"renewal_id": str(renewal.id)}, base_url="https://x.example", now=DAY)
    assert who_holds(world) == {**BEFORE, "adjoint": []}, "not even the desk for which all was well"
    with world.database.reading() as session:
        given_up = session.get_one(CouncilRenewal, renewal.id)
        assert given_up.standing is RenewalStanding.FAILED
        assert "bureau « Maire »" in given_up.fault
    [mail] = mails(world, "secretariat@essai.example")
    assert "rien n’a été changé" in mail.text
    assert given_up.fault in mail.text


def test_a_fault_halfway_undoes_what_was_begun(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    from engine.refusals import Refused

    def refused(*_: object, **__: object) -> None:
        raise Refused("essai", "Refusé à mi-chemin.")

    monkeypatch.setattr("engine.desks.renewal._see_off", refused)
    result = decide(world, plan(world, maire=("adjoint", AGATHE)))
    assert isinstance(result, Faults)
    assert who_holds(world) == BEFORE
    with world.database.reading() as session:
        assert account_at(session, AGATHE.email) is None
        assert session.exec(select(CouncilRenewal).where(col(CouncilRenewal.closed_at).is_not(None))).all() == []


def test_somebody_invited_meanwhile_is_given_the_desk_without_a_second_account(world: World) -> None:
    renewal = decide(world, plan(world, maire=(AGATHE,)), DAY)
    assert isinstance(renewal, CouncilRenewal)
    from engine.desks.members import invite_member

    with world.database.writing() as session:
        invite_member(session, tenant_id=world.tenant.id, by=world.accounts["dgs"].id, person=AGATHE, now=NOW)
        result = apply_due(session, renewal.id, now=DAY)
        session.commit()
    assert isinstance(result, Applied)
    assert result.invited == []
    assert who_holds(world)["maire"] == ["Petit"]


def test_another_town_s_renewal_is_out_of_reach(world: World, tmp_path: Path) -> None:
    neighbour = make_world(world.database, tmp_path / "v", "voisine")
    renewal = decide(world, plan(world, maire=("adjoint",)), DAY)
    assert isinstance(renewal, CouncilRenewal)
    with world.database.writing() as session:
        by = neighbour.accounts["maire"].id
        assert not cancel_renewal(session, tenant_id=neighbour.tenant.id, by=by, renewal_id=renewal.id, now=NOW)
        stolen = RenewalPlan((DeskPlan(plan(world, maire=()).desks[0].desk_id, (by,)),))
        found = plan_renewal(session, tenant_id=neighbour.tenant.id, by=by, plan=stolen, effective_at=NOW, now=NOW)
    assert isinstance(found, Faults)
    assert found.by_field["plan"].code == "renewal_desk_unknown"
    assert who_holds(world) == BEFORE
