"""Decisions about types and sub-types."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from engine.people.rules import folded_name, tidied
from engine.refusals import Refusal
from engine.typology.model import FolderType, Subtype

NAME_LENGTH = 100
#: The last place in the list shown to the clerk.
MAX_POSITION = 9999


@dataclass(frozen=True, slots=True)
class SubtypeForm:
    """A sub-type as somebody typed it."""

    type_name: str  #: of the type it belongs to; read at creation only
    name: str
    circuit_id: UUID | None = None
    position: str = "0"
    asks_amount: bool = False
    closed: bool = False

    def tidied(self) -> SubtypeForm:
        """Without spaces too many."""
        names = tidied(self.type_name), tidied(self.name)
        return SubtypeForm(*names, self.circuit_id, self.position.strip() or "0", self.asks_amount, self.closed)


AMOUNT_MISSING = Refusal("amount_missing", "Donnez le montant en euros : ce type de dossier le demande.")


def may_deposit(subtype: Subtype, amount: Decimal | None) -> Refusal | None:
    """Whether a folder of this sub-type may be deposited. ``amount``: in euros, None when none was given."""
    if subtype.closed_at is not None:
        return Refusal(
            "subtype_closed",
            f"« {subtype.name} » n’accepte plus de nouveaux dossiers. Choisissez un autre type dans la liste.",
        )
    if subtype.asks_amount and amount is None:
        return AMOUNT_MISSING
    return None


def faults_of_subtype(
    form: SubtypeForm, siblings: Iterable[Subtype], circuits: Collection[UUID], *, new: bool
) -> dict[str, Refusal]:
    """What is wrong with a tidied sub-type, by field.

    ``siblings``: the other sub-types of its type; ``circuits``: those that it may name; ``new``: it is being created,
    and its type is read.
    """
    found = {
        "type_name": refuse_type_name(form.type_name, ()) if new else None,
        "name": _name_fault(form.name, siblings),
        "circuit": None if form.circuit_id in circuits else CIRCUIT_WANTED,
        "position": None if form.position.isascii() and form.position.isdecimal() and len(form.position) < 5 else PLACE,
    }
    return {field: refusal for field, refusal in found.items() if refusal}


CIRCUIT_WANTED = Refusal(
    "circuit_unknown", "Choisissez le circuit dans la liste : seuls y sont ceux qui sont publiés et non retirés."
)
PLACE = Refusal("position_unreadable", f"La place dans la liste est un nombre entier, de 0 à {MAX_POSITION}.")


def refuse_type_name(name: str, others: Iterable[FolderType]) -> Refusal | None:
    """Whether a tidied name can be that of a type. ``others``: the other types of the tenant."""
    if not any(c.isalnum() for c in name):
        return Refusal("type_name_missing", "Donnez un nom au type, par exemple « Délibération ».")
    if len(name) > NAME_LENGTH:
        return Refusal("type_name_too_long", f"Le nom du type dépasse {NAME_LENGTH} caractères. Raccourcissez-le.")
    if same := next((other for other in others if folded_name(other.name) == folded_name(name)), None):
        return Refusal("type_name_taken", f"Le type « {same.name} » existe déjà. Donnez un autre nom à celui-ci.")
    return None


def _name_fault(name: str, siblings: Iterable[Subtype]) -> Refusal | None:
    if not any(c.isalnum() for c in name):
        return Refusal("subtype_name_missing", "Donnez un nom au sous-type, par exemple « Délibération simple ».")
    if len(name) > NAME_LENGTH:
        return Refusal(
            "subtype_name_too_long", f"Le nom du sous-type dépasse {NAME_LENGTH} caractères. Raccourcissez-le."
        )
    if same := next((other for other in siblings if folded_name(other.name) == folded_name(name)), None):
        return Refusal(
            "subtype_name_taken", f"Ce type a déjà un sous-type « {same.name} ». Donnez un autre nom à celui-ci."
        )
    return None
