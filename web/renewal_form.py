"""The form of a council renewal: what was ticked, chosen and typed for each desk."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import orjson
from starlette.exceptions import HTTPException

from engine.desks.model import Desk
from engine.desks.renewal_rules import DeskPlan, RenewalPlan
from engine.people.queries import Member
from engine.people.rules import NewPerson
from web.visits import Visit

_NEW = "new:"
#: Fields about somebody to invite, as they begin in the form.
NEW_FIELDS = ("email", "given", "surname", "title")


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody who may hold the desk."""

    value: str
    label: str
    checked: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """One desk of the form."""

    desk: Desk
    renewed: bool
    lines: Sequence[Line]
    others: Sequence[Member]  #: who could be added
    typed: Mapping[str, str]  #: somebody to invite, when something is wrong with it


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen for a desk."""

    renewed: bool
    holders: tuple[UUID, ...]
    invited: tuple[NewPerson, ...]

    @classmethod
    def sent(cls, visit: Visit, desk_id: UUID, present: Collection[UUID]) -> Choice:
        """As it was sent; who was added or typed is taken in. Holders that changed make the desk a renewed one."""
        values = [value for value in visit.form.getlist(f"holder-{desk_id}") if isinstance(value, str)]
        known = [_identifier(value) for value in values if not value.startswith(_NEW)]
        invited = [_person(value) for value in values if value.startswith(_NEW)]
        if added := visit.text(f"add-{desk_id}"):
            known.append(_identifier(added))
        if any(typed := [visit.text(f"{name}-{desk_id}") for name in NEW_FIELDS]):
            invited.append(NewPerson(*typed).tidied())
        holders = tuple(dict.fromkeys(known))
        changed = bool(invited) or set(holders) != set(present)
        return cls(bool(visit.text(f"renewed-{desk_id}")) or changed, holders, tuple(dict.fromkeys(invited)))

    def hidden(self) -> list[str]:
        """The values that carry it from page to page."""
        return [*map(str, self.holders), *map(_value, self.invited)]


def choices_sent(visit: Visit, desks: Sequence[Desk], present: Mapping[UUID, Collection[UUID]]) -> dict[UUID, Choice]:
    """What was chosen for each desk."""
    return {desk.id: Choice.sent(visit, desk.id, present[desk.id]) for desk in desks}


def plan_of(choices: Mapping[UUID, Choice]) -> RenewalPlan:
    """The plan that the choices make."""
    return RenewalPlan(
        tuple(DeskPlan(desk_id, one.holders, one.invited) for desk_id, one in choices.items() if one.renewed)
    )


def entries(
    desks: Sequence[Desk],
    choices: Mapping[UUID, Choice],
    present: Mapping[UUID, Collection[UUID]],
    people: Sequence[Member],
    faulty: Collection[str],
) -> list[Entry]:
    """The desks as the form shows them: present holders and those chosen, ticked as they were."""
    return [_entry(desk, choices[desk.id], present[desk.id], people, str(desk.id) in faulty) for desk in desks]


def _entry(desk: Desk, choice: Choice, present: Collection[UUID], people: Sequence[Member], faulty: bool) -> Entry:
    shown = {*present, *choice.holders}
    lines = [
        Line(str(one.account.id), _label(one), one.account.id in choice.holders)
        for one in people
        if one.account.id in shown
    ]
    invited, typed = list(choice.invited), dict.fromkeys(NEW_FIELDS, "")
    if faulty and invited:  # what was wrong goes back into its fields, to be mended
        wrong = invited.pop()
        typed = dict(zip(NEW_FIELDS, (wrong.email, wrong.given_name, wrong.surname, wrong.title), strict=True))
    lines += [Line(_value(one), f"{one.given_name} {one.surname} ({one.email}), à inviter", True) for one in invited]
    return Entry(desk, choice.renewed, lines, [one for one in people if one.account.id not in shown], typed)


def _label(member: Member) -> str:
    return f"{member.account.full_name}, {member.title}" if member.title else member.account.full_name


def _value(person: NewPerson) -> str:
    return _NEW + orjson.dumps([person.email, person.given_name, person.surname, person.title]).decode()


def _person(value: str) -> NewPerson:
    try:
        email, given_name, surname, title = orjson.loads(value.removeprefix(_NEW))
        return NewPerson(str(email), str(given_name), str(surname), str(title)).tidied()
    except (ValueError, TypeError):  # no page of ours sends that
        raise HTTPException(400) from None


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(400) from None
