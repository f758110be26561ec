"""A delegation as somebody typed it, and what is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.desks.model import Delegation, Desk
from engine.euros import read_euros
from engine.people.rules import tidied
from engine.refusals import Refusal
from signing.french import french_day

#: Longest delegation; a mandate lasts six years (Code électoral, art. L. 227).
LONGEST = timedelta(days=10 * 366)
#: Letters of the number of a deed.
DEED_NUMBER_LENGTH = 100
_FRENCH_DAY = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})$")


@dataclass(frozen=True, slots=True)
class Kind:
    """Folders that a delegation may be limited to."""

    folder_type_id: UUID
    subtype_id: UUID | None  #: None: every sub-type
    name: str


@dataclass(frozen=True, slots=True)
class DelegationForm:
    """What the form holds."""

    delegating_desk_id: UUID | None = None
    substitute_desk_id: UUID | None = None
    first_day: str = ""  #: ``2026-07-03`` or ``03/07/2026``
    last_day: str = ""  #: the last day on which the substitute acts
    kind: str = ""  #: identifier of a type or of a sub-type; empty: every folder
    principal_id: UUID | None = None  #: who is away, when several hold the desk
    ceiling: str = ""
    deed_number: str = ""
    deed_day: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A delegation that may be given."""

    desk: Desk
    substitute: Desk
    principal_id: UUID | None
    starts_at: datetime
    ends_at: datetime
    kind: Kind | None
    ceiling: Decimal | None
    deed_number: str
    deed_day: date | None


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the tenant has, at the moment of deciding."""

    desks: Mapping[UUID, Desk]
    holders: Mapping[UUID, Collection[UUID]]  #: of each desk, whose access is open
    kinds: Mapping[UUID, Kind]  #: by the identifier of the type or sub-type
    present: Sequence[Delegation]  #: those in force, and those to come
    zone: str  #: IANA
    now: datetime


def read_delegation(form: DelegationForm, around: Surroundings) -> Wanted | dict[str, Refusal]:
    """The delegation that a form asks for, or what is wrong with it, by field."""
    faults: dict[str, Refusal | None] = {}
    desk = _desk(form.delegating_desk_id, around)
    if desk is None:
        faults["desk"] = _DESK_UNKNOWN if form.delegating_desk_id else _DESK_MISSING
    principal = _principal(form, around, desk)
    if isinstance(principal, Refusal):
        faults["principal"], principal = principal, None
    substitute = _desk(form.substitute_desk_id, around)
    faults["substitute"] = _substitute_fault(form, around, desk, substitute, principal)
    period = _period(form, around, faults)
    kind = _kind(form, around, faults)
    ceiling = read_euros(form.ceiling)
    if isinstance(ceiling, Refusal):
        faults["ceiling"], ceiling = ceiling, None
    deed_day = _deed(form, around, faults)
    found = {field: refusal for field, refusal in faults.items() if refusal}
    if found or desk is None or substitute is None or period is None:
        return found
    wanted = Wanted(desk, substitute, principal, *period, kind, ceiling, tidied(form.deed_number), deed_day)
    if refusal := _refuse_circle(wanted, around):
        return {"substitute": refusal}
    if refusal := _refuse_twice(wanted, around):
        return {"first_day": refusal}
    return wanted


def read_day(text: str) -> date | None:
    """A day as a form sends it or as somebody types it; None when it is none."""
    typed = text.strip()
    try:
        if found := _FRENCH_DAY.match(typed):
            return date(int(found[3]), int(found[2]), int(found[1]))
        return date.fromisoformat(typed)
    except ValueError:
        return None


def last_day_of(ends_at: datetime, zone: str) -> date:
    """The last day that a delegation covers, in the tenant's zone."""
    return (ends_at - timedelta(microseconds=1)).astimezone(ZoneInfo(zone)).date()


def _desk(desk_id: UUID | None, around: Surroundings) -> Desk | None:
    desk = around.desks.get(desk_id) if desk_id else None
    return desk if desk is not None and desk.closed_at is None else None


_DESK_MISSING = Refusal("desk_missing", "Choisissez le bureau remplacé.")
_DESK_UNKNOWN = Refusal("desk_unknown", "Ce bureau n’existe pas dans votre collectivité. Choisissez-le dans la liste.")


def _principal(form: DelegationForm, around: Surroundings, desk: Desk | None) -> UUID | Refusal | None:
    if desk is None:
        return form.principal_id
    held_by = around.holders.get(desk.id, ())
    if form.principal_id is not None and form.principal_id not in held_by:
        return Refusal(
            "principal_not_holder",
            f"Cette personne ne tient pas le bureau « {desk.name} ». Choisissez l’un de ses titulaires.",
        )
    if form.principal_id is None and len(held_by) > 1:
        return Refusal(
            "principal_missing",
            f"Plusieurs personnes tiennent le bureau « {desk.name} ». Dites laquelle est absente.",
        )
    return form.principal_id or next(iter(held_by), None)


def _substitute_fault(
    form: DelegationForm, around: Surroundings, desk: Desk | None, substitute: Desk | None, principal: UUID | None
) -> Refusal | None:
    if form.substitute_desk_id is None:
        return Refusal("substitute_missing", "Choisissez le bureau qui remplace.")
    if substitute is None:
        return _DESK_UNKNOWN
    if desk is not None and substitute.id == desk.id:
        return Refusal(
            "delegation_to_itself",
            f"Le bureau « {desk.name} » ne peut pas se remplacer lui-même. Choisissez un autre bureau.",
        )
    held_by = set(around.holders.get(substitute.id, ()))
    if not held_by:
        return Refusal(
            "substitute_without_holder",
            f"Personne ne tient le bureau « {substitute.name} » : il ne peut remplacer personne."
            " Choisissez-en un autre.",
        )
    if principal is not None and held_by == {principal}:
        return Refusal(
            "delegation_to_oneself",
            f"Le bureau « {substitute.name} » n’est tenu que par la personne absente : elle se remplacerait elle-même."
            " Choisissez-en un autre.",
        )
    if not substitute.may_act:
        return Refusal(
            "substitute_may_not_act",
            f"Le bureau « {substitute.name} » n’a pas le droit d’agir sur les dossiers. Choisissez-en un autre.",
        )
    return None


def _period(
    form: DelegationForm, around: Surroundings, faults: dict[str, Refusal | None]
) -> tuple[datetime, datetime] | None:
    """From the first day, now if it is today, to the end of the last one, in the tenant's zone."""
    zone = ZoneInfo(around.zone)
    today = around.now.astimezone(zone).date()
    first, last = read_day(form.first_day), read_day(form.last_day)
    if first is None:
        faults["first_day"] = _unreadable(form.first_day, "le premier jour")
    elif first < today:
        faults["first_day"] = Refusal(
            "delegation_in_the_past",
            f"Le {french_day(first)} est passé : personne n’a pu agir à ce titre. Commencez aujourd’hui ou plus tard.",
        )
    if last is None:
        faults["last_day"] = _unreadable(form.last_day, "le dernier jour")
    elif first is not None and last < first:
        faults["last_day"] = Refusal(
            "delegation_ends_first",
            f"Le dernier jour, {french_day(last)}, précède le premier, {french_day(first)}. Corrigez l’un des deux.",
        )
    elif first is not None and last - first > LONGEST:
        faults["last_day"] = Refusal(
            "delegation_too_long", "Cette délégation durerait plus de dix ans. Vérifiez l’année."
        )
    if first is None or last is None or faults.get("first_day") or faults.get("last_day"):
        return None
    starts_at = around.now if first == today else datetime.combine(first, time(), zone)
    return starts_at, datetime.combine(last + timedelta(days=1), time(), zone)


def _unreadable(text: str, what: str) -> Refusal:
    if not text.strip():
        return Refusal("day_missing", f"Indiquez {what}.")
    return Refusal("day_unreadable", f"« {text.strip()[:40]} » n’est pas une date. Écrivez par exemple 03/07/2026.")


def _kind(form: DelegationForm, around: Surroundings, faults: dict[str, Refusal | None]) -> Kind | None:
    if not form.kind:
        return None
    try:
        return around.kinds[UUID(form.kind)]
    except (ValueError, KeyError):
        faults["kind"] = Refusal(
            "kind_unknown", "Ce type de dossier n’existe pas dans votre collectivité. Choisissez-le dans la liste."
        )
        return None


def _deed(form: DelegationForm, around: Surroundings, faults: dict[str, Refusal | None]) -> date | None:
    if len(tidied(form.deed_number)) > DEED_NUMBER_LENGTH:
        faults["deed_number"] = Refusal(
            "deed_number_too_long", f"Le numéro de l’acte dépasse {DEED_NUMBER_LENGTH} caractères. Raccourcissez-le."
        )
    if not form.deed_day.strip():
        return None
    day = read_day(form.deed_day)
    if day is None:
        faults["deed_day"] = _unreadable(form.deed_day, "la date de l’acte")
    elif day > around.now.astimezone(ZoneInfo(around.zone)).date():
        faults["deed_day"] = Refusal(
            "deed_in_the_future",
            f"L’acte serait daté du {french_day(day)}, qui n’est pas encore venu. Vérifiez sa date.",
        )
    return day


def _refuse_circle(wanted: Wanted, around: Surroundings) -> Refusal | None:
    """No desk may end up standing in for itself on the same day and the same folders."""
    stack = [(wanted.substitute.id, wanted.starts_at, wanted.ends_at, wanted.kind)]
    seen: set[UUID] = set()
    while stack:
        desk_id, starts_at, ends_at, kind = stack.pop()
        for other in around.present:
            if other.delegating_desk_id != desk_id or other.id in seen:
                continue
            start, end = max(starts_at, other.starts_at), min(ends_at, other.ends_at)
            if start >= end or not _meet(kind, other):
                continue
            if other.substitute_desk_id == wanted.desk.id:
                return Refusal(
                    "delegation_in_a_circle",
                    f"Le bureau « {wanted.desk.name} » remplace déjà « {around.desks[desk_id].name} » à ces dates :"
                    " chacun attendrait l’autre. Choisissez un autre bureau, ou d’autres dates.",
                )
            seen.add(other.id)
            stack.append((other.substitute_desk_id, start, end, kind))
    return None


def _meet(kind: Kind | None, other: Delegation) -> bool:
    """Whether some folder is covered by both."""
    if kind is None or other.folder_type_id is None:
        return True
    if kind.folder_type_id != other.folder_type_id:
        return False
    return kind.subtype_id is None or other.subtype_id is None or kind.subtype_id == other.subtype_id


def _refuse_twice(wanted: Wanted, around: Surroundings) -> Refusal | None:
    same: Iterable[Delegation] = (
        other
        for other in around.present
        if (other.delegating_desk_id, other.substitute_desk_id) == (wanted.desk.id, wanted.substitute.id)
        and other.starts_at < wanted.ends_at
        and wanted.starts_at < other.ends_at
        and _says_it_already(other, wanted)
    )
    other = next(iter(same), None)
    if other is None:
        return None
    zone = ZoneInfo(around.zone)
    first, last = other.starts_at.astimezone(zone).date(), last_day_of(other.ends_at, around.zone)
    return Refusal(
        "delegation_twice",
        f"Le bureau « {wanted.substitute.name} » remplace déjà « {wanted.desk.name} » pour ces dossiers,"
        f" du {french_day(first)} au {french_day(last)}. Mettez fin à cette délégation, ou choisissez d’autres dates.",
    )


def _says_it_already(other: Delegation, wanted: Wanted) -> bool:
    """Whether the other one is about the same folders, or covers all that is wanted."""
    scope = (wanted.kind.folder_type_id, wanted.kind.subtype_id) if wanted.kind else (None, None)
    if (other.folder_type_id, other.subtype_id) == scope:
        return True
    wider = other.folder_type_id is None or (other.subtype_id is None and other.folder_type_id == scope[0])
    return wider and (other.ceiling is None or (wanted.ceiling is not None and wanted.ceiling <= other.ceiling))
