"""A council renewal as it is planned, and what may be wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from engine.people.rules import NewPerson, faults_of_person
from engine.refusals import Refusal

#: How far ahead a renewal may be planned: a mandate lasts six years (code électoral, art. L227).
FURTHEST = timedelta(days=366)


@dataclass(frozen=True, slots=True)
class DeskPlan:
    """Who holds a desk once it is renewed: nobody else does."""

    desk_id: UUID
    holders: tuple[UUID, ...] = ()  #: members of the tenant
    invited: tuple[NewPerson, ...] = ()  #: people to invite, known by their address


@dataclass(frozen=True, slots=True)
class RenewalPlan:
    """The desks that are renewed. Those that are not named keep their holders and delegations."""

    desks: tuple[DeskPlan, ...]

    @property
    def desk_ids(self) -> tuple[UUID, ...]:
        """The desks named."""
        return tuple(one.desk_id for one in self.desks)

    def newcomers(self) -> dict[str, tuple[NewPerson, tuple[UUID, ...]]]:
        """Each person to invite once, by address, with all the desks they get."""
        found: dict[str, tuple[NewPerson, tuple[UUID, ...]]] = {}
        for one in self.desks:
            for person in one.invited:
                first, desks = found.get(person.email, (person, ()))
                found[person.email] = (first, (*desks, one.desk_id))
        return found


def written(plan: RenewalPlan) -> str:
    """A plan as it is stored."""
    return orjson.dumps(plan, default=str).decode()


def read_plan(text: str) -> RenewalPlan:
    """A stored plan."""
    return RenewalPlan(
        tuple(
            DeskPlan(
                UUID(one["desk_id"]),
                tuple(UUID(holder) for holder in one["holders"]),
                tuple(NewPerson(**person) for person in one["invited"]),
            )
            for one in orjson.loads(text)["desks"]
        )
    )


def read_effective(typed: str, zone: str, now: datetime) -> datetime | Refusal:
    """When it is done: at the first hour of a day to come in the tenant's zone, or at once when the day is today.

    ``typed``: a day, as ``2026-03-29``; empty means today.
    """
    today = now.astimezone(ZoneInfo(zone)).date()
    try:
        day = date.fromisoformat(typed) if typed else today
    except ValueError:
        return Refusal(
            "renewal_day_unreadable", f"« {typed[:40]} » n’est pas une date. Écrivez-la ainsi : {today:%Y-%m-%d}."
        )
    if day < today:
        return Refusal(
            "renewal_day_past",
            "Cette date est passée : le renouvellement ne peut pas s’appliquer avant aujourd’hui. Choisissez"
            " aujourd’hui ou un jour à venir.",
        )
    if day - today > FURTHEST:
        return Refusal(
            "renewal_day_too_far", "Cette date est dans plus d’un an. Préparez le renouvellement plus près du scrutin."
        )
    return now if day == today else datetime.combine(day, datetime.min.time(), ZoneInfo(zone)).astimezone(now.tzinfo)


def faults_of_plan(
    plan: RenewalPlan,
    *,
    desks: Mapping[UUID, str],
    members: Mapping[UUID, str],
    closed: Mapping[str, str],
) -> dict[str, Refusal]:
    """What is wrong with a plan, by desk, or under ``plan``.

    ``desks``: name of each open desk of the tenant; ``members``: name of each member whose access is open; ``closed``:
    address → name of those whose access is closed.
    """
    if not plan.desks:
        return {"plan": NOTHING_RENEWED}
    found: dict[str, Refusal] = {}
    for one in plan.desks:
        if refusal := _desk_fault(one, desks, members, closed):
            found[str(one.desk_id) if one.desk_id in desks else "plan"] = refusal
    return found


NOTHING_RENEWED = Refusal(
    "nothing_renewed", "Aucun bureau n’est renouvelé. Cochez ceux qui le sont, puis donnez leurs titulaires."
)


def _desk_fault(
    one: DeskPlan, desks: Mapping[UUID, str], members: Collection[UUID], closed: Mapping[str, str]
) -> Refusal | None:
    name = desks.get(one.desk_id)
    if name is None:
        return Refusal(
            "renewal_desk_unknown",
            "L’un des bureaux à renouveler n’existe plus dans votre collectivité. Rien n’a été changé ; préparez de"
            " nouveau le renouvellement.",
        )
    if not set(one.holders) <= set(members):
        return Refusal(
            "renewal_holder_unknown",
            f"L’une des personnes prévues pour le bureau « {name} » n’a plus d’accès ouvert dans votre collectivité."
            " Rien n’a été changé ; choisissez-en une autre.",
        )
    for person in one.invited:
        if faults := faults_of_person(person):
            return next(iter(faults.values()))
        if person.email in closed:
            return Refusal(
                "renewal_access_closed",
                f"L’accès de {closed[person.email]} ({person.email}) est désactivé. Rouvrez-le d’abord sur sa page,"
                " puis choisissez cette personne dans la liste.",
            )
    return None
