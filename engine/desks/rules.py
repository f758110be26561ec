"""Decisions about desks and those who hold them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from engine.desks.model import Desk
from engine.people.rules import folded_name, refuse_short_name, short_name_from, tidied
from engine.refusals import Refusal

NAME_LENGTH = 100
#: What circuits write for the desk that deposited the folder (docs/circuits.md).
_TAKEN_BY_CIRCUITS = frozenset({"emitter", "superior", "chosen"})


@dataclass(frozen=True, slots=True)
class DeskForm:
    """A desk as somebody typed it."""

    name: str
    short_name: str = ""  #: empty: made from the name; given once, since circuits aim at it
    parent_id: UUID | None = None
    may_create: bool = False
    function: str = ""
    may_act: bool = True
    may_archive: bool = True
    may_chain: bool = True
    associated: frozenset[UUID] = frozenset()  #: desks that it may choose at deposit
    supervisors: frozenset[UUID] = frozenset()  #: accounts

    def tidied(self) -> DeskForm:
        """Without spaces too many, with a short name; the function as circuits write it."""
        name, short_name = tidied(self.name), self.short_name.strip()
        function = short_name_from(tidied(self.function))
        return replace(self, name=name, short_name=short_name or short_name_from(name), function=function)

    def renamed(self, name: str) -> DeskForm:
        """The same desk under another name: what those may change who only have charge of it."""
        return replace(self, name=name)

    @property
    def columns(self) -> dict[str, object]:
        """What is written in the row of a desk, but for its short name."""
        return {
            "name": self.name,
            "parent_desk_id": self.parent_id,
            "function": self.function,
            "may_create": self.may_create,
            "may_act": self.may_act,
            "may_archive": self.may_archive,
            "may_chain": self.may_chain,
        }


def faults_of_desk(form: DeskForm, desks: Iterable[Desk], changed: Desk | None = None) -> dict[str, Refusal]:
    """What is wrong with a tidied desk, by field. ``desks``: all of the tenant; ``changed``: the one under the pen."""
    others = [desk for desk in desks if changed is None or desk.id != changed.id]
    found = {
        "name": _name_fault(form.name, others),
        "short_name": None if changed or not form.name else _short_name_fault(form.short_name, others),
        "parent": _parent_fault(form.parent_id, others, changed),
        "function": refuse_short_name(form.function) if form.function else None,
        "associated": None if {desk.id for desk in others if desk.closed_at is None} >= form.associated else UNKNOWN,
    }
    return {field: refusal for field, refusal in found.items() if refusal}


#: Of a person that a form names.
NOT_A_MEMBER = Refusal(
    "not_a_member", "L’une de ces personnes ne fait pas partie de votre collectivité. Choisissez-les dans la liste."
)
UNKNOWN = Refusal(
    "desk_unknown", "L’un de ces bureaux n’existe pas dans votre collectivité. Choisissez-les dans la liste."
)


def refuse_without(desk: str, reasons: Sequence[str], what: str) -> Refusal | None:
    """Whether something may be taken from a desk that is needed. ``reasons``: why it is needed, each a French sentence.

    ``what``: what would be done, as the end of a sentence.
    """
    if not reasons:
        return None
    return Refusal("desk_needed", f"Le bureau « {desk} » ne peut pas {what} : {' ; '.join(reasons)}.")


def _name_fault(name: str, others: Iterable[Desk]) -> Refusal | None:
    if not any(c.isalnum() for c in name):
        return Refusal("desk_name_missing", "Donnez un nom au bureau, par exemple « Services techniques ».")
    if len(name) > NAME_LENGTH:
        return Refusal("desk_name_too_long", f"Le nom du bureau dépasse {NAME_LENGTH} caractères. Raccourcissez-le.")
    if same := next((desk for desk in others if folded_name(desk.name) == folded_name(name)), None):
        return Refusal("desk_name_taken", f"Le bureau « {same.name} » existe déjà. Donnez un autre nom à celui-ci.")
    return None


def _short_name_fault(short_name: str, others: Iterable[Desk]) -> Refusal | None:
    if refusal := refuse_short_name(short_name):
        return refusal
    if short_name in _TAKEN_BY_CIRCUITS:
        return Refusal(
            "short_name_reserved",
            f"Le nom court « {short_name} » a déjà un sens dans les circuits. Choisissez-en un autre.",
        )
    if same := next((desk for desk in others if desk.short_name == short_name), None):
        return Refusal(
            "short_name_taken",
            f"Le nom court « {short_name} » est celui du bureau « {same.name} ». Choisissez-en un autre.",
        )
    return None


def _parent_fault(parent_id: UUID | None, others: Iterable[Desk], changed: Desk | None) -> Refusal | None:
    known = {desk.id: desk for desk in others}
    if parent_id is None:
        return None
    if changed is not None and parent_id == changed.id:
        return Refusal(
            "desk_above_itself",
            f"Le bureau « {changed.name} » ne peut pas être son propre supérieur. Choisissez-en un autre, ou aucun.",
        )
    if parent_id not in known:
        return Refusal("desk_unknown", "Ce bureau n’existe pas dans votre collectivité. Choisissez-le dans la liste.")
    if known[parent_id].closed_at is not None and (changed is None or changed.parent_desk_id != parent_id):
        return Refusal(
            "parent_closed",
            f"Le bureau « {known[parent_id].name} » est fermé. Choisissez un autre supérieur, ou aucun.",
        )
    if changed is not None and is_above(changed.id, parent_id, {desk.id: desk.parent_desk_id for desk in others}):
        return Refusal(
            "desk_in_a_circle",
            f"Le bureau « {known[parent_id].name} » dépend déjà de « {changed.name} » : chacun serait au-dessus de"
            " l’autre. Choisissez un autre supérieur, ou changez d’abord le sien.",
        )
    return None


def unfit(desk: Desk) -> str | None:
    """Why nothing may aim at a desk, as the end of a sentence in French; None when a step may be for it."""
    if desk.closed_at is not None:
        return "est fermé"
    return None if desk.may_act else "n’a pas le droit d’agir"


def aims_of_tree(chain: Sequence[Desk]) -> dict[str, Any]:
    """What circuits read of the tree: ``chain`` is the emitter, then the desks above it, nearest first.

    ``hierarchy``: the short names of those above that may act. ``functions``: the nearest that may act, the emitter
    included, by function; a short name counts as a function.
    """
    fit = [desk for desk in chain if unfit(desk) is None]
    functions: dict[str, str] = {}
    for desk in fit:
        for key in (desk.function, desk.short_name):
            if key:
                functions.setdefault(key, desk.short_name)
    return {"hierarchy": [desk.short_name for desk in fit if desk is not chain[0]], "functions": functions}


def is_above(desk_id: UUID, below: UUID, parents: Mapping[UUID, UUID | None]) -> bool:
    """Whether a desk is among the superiors of another; a tree that already loops is walked once."""
    seen: set[UUID] = set()
    present: UUID | None = below
    while present is not None and present not in seen:
        if present == desk_id:
            return True
        seen.add(present)
        present = parents.get(present)
    return False


def refuse_last_administrator(name: str, other_active_administrators: int) -> Refusal | None:
    """A tenant keeps somebody who can administer it: who has chosen a password, and whose access is open."""
    if other_active_administrators:
        return None
    return Refusal(
        "last_administrator",
        f"{name} est la seule personne à administrer la collectivité : plus personne ne pourrait inviter, ni réparer."
        " Donnez d’abord ce droit à quelqu’un d’autre, dont le compte est actif.",
    )
