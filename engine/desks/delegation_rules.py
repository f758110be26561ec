"""Decisions about delegations: which one covers an act, and which may be given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from engine.euros import french_euros
from engine.refusals import Refusal

#: Codes of what is refused for the amount alone: the folder may be read.
BEYOND_CEILING = frozenset({"delegation_ceiling", "delegation_needs_amount"})


@dataclass(frozen=True, slots=True)
class Matter:
    """What a delegation looks at in a folder."""

    folder_type_id: UUID
    subtype_id: UUID
    amount: Decimal | None = None  #: in euros


@dataclass(frozen=True, slots=True)
class StandIn:
    """A delegation by which a person may stand in for a desk."""

    delegation_id: UUID
    starts_at: datetime
    ends_at: datetime
    folder_type_id: UUID | None  #: None: every type
    subtype_id: UUID | None  #: None: every sub-type of the type
    ceiling: Decimal | None  #: in euros
    principal_id: UUID | None  #: who is away; None: the post is vacant
    on_behalf_of: str  #: their name
    lapsed: bool = False  #: who gave it no longer holds the desk

    def is_in_force(self, now: datetime) -> bool:
        """From its first moment, its last one left out."""
        return not self.lapsed and self.starts_at <= now < self.ends_at

    def is_about(self, matter: Matter) -> bool:
        """Whether it covers this type of folder."""
        return self.folder_type_id in (None, matter.folder_type_id) and self.subtype_id in (None, matter.subtype_id)

    def is_within_ceiling(self, matter: Matter) -> bool:
        """Whether the amount is covered. A folder without amount is not: nothing proves it is below."""
        return self.ceiling is None or (matter.amount is not None and matter.amount <= self.ceiling)


def choose(stand_ins: Sequence[StandIn], matter: Matter, desk_name: str, *, now: datetime) -> StandIn | Refusal:
    """The first delegation that covers the matter now, or the most telling reason why none does."""
    in_force = [one for one in stand_ins if one.is_in_force(now)]
    about = [one for one in in_force if one.is_about(matter)]
    covering = next((one for one in about if one.is_within_ceiling(matter)), None)
    if covering is not None:
        return covering
    if about:
        return _beyond_ceiling(max(one.ceiling for one in about if one.ceiling is not None), matter, desk_name)
    if in_force:
        return Refusal(
            "delegation_other_type",
            f"Votre délégation pour le bureau « {desk_name} » ne couvre pas ce type de dossier. Rien n’a été fait.",
        )
    if any(one.starts_at > now and not one.lapsed for one in stand_ins):
        return Refusal(
            "delegation_not_begun",
            f"Votre délégation pour le bureau « {desk_name} » n’a pas encore commencé. Rien n’a été fait.",
        )
    if stand_ins:
        return Refusal(
            "delegation_over",
            f"Votre délégation pour le bureau « {desk_name} » a pris fin. Rien n’a été fait ; le dossier attend son"
            " titulaire.",
        )
    return not_your_desk(desk_name)


def not_your_desk(desk_name: str) -> Refusal:
    """Neither holder nor delegate."""
    return Refusal(
        "not_your_desk",
        f"Cette étape revient au bureau « {desk_name} », que vous ne tenez pas. Rien n’a été fait.",
    )


def _beyond_ceiling(ceiling: Decimal, matter: Matter, desk_name: str) -> Refusal:
    if matter.amount is None:
        return Refusal(
            "delegation_needs_amount",
            f"Votre délégation pour le bureau « {desk_name} » s’arrête à {french_euros(ceiling)}, et ce dossier n’a pas"
            " de montant : rien ne prouve qu’il reste en deçà. Le dossier attend son titulaire.",
        )
    return Refusal(
        "delegation_ceiling",
        f"Votre délégation pour le bureau « {desk_name} » s’arrête à {french_euros(ceiling)}, et ce dossier est de"
        f" {french_euros(matter.amount)}. Le dossier attend son titulaire.",
    )
