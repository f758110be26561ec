"""Whether a step may be for a desk, and whether those left to whoever deposits were chosen."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.desks.model import Desk
from engine.desks.rules import unfit
from engine.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Choice:
    """A step whose desk is to be chosen at deposit."""

    place: str  #: the element, after the call activities that lead to it
    name: str


def refuse_aim(step: str, aimed: str, desk: Desk | None) -> Refusal | None:
    """Whether a step may be for a desk. ``aimed``: what the circuit says; ``desk``: what this town has under it."""
    if desk is None:
        return Refusal(
            "unknown_desk",
            f"L’étape « {step} » vise le bureau « {aimed} », qui n’existe pas dans votre collectivité."
            " Le dossier n’a pas bougé ; prévenez l’administrateur du circuit.",
        )
    if (reason := unfit(desk)) is not None:
        return Refusal(
            "unfit_desk",
            f"L’étape « {step} » revient au bureau « {desk.name} », qui {reason}. Le dossier n’a pas bougé ; prévenez"
            " l’administrateur.",
        )
    return None


def refuse_choices(
    choices: Collection[Choice], chosen: Mapping[str, str], offered: Collection[str], emitter: str
) -> Refusal | None:
    """Whether each step has its desk, among those the emitter may choose.

    ``chosen``, ``offered``: short names. ``emitter``: name of the desk that deposits.
    """
    for choice in choices:
        desk = chosen.get(choice.place, "")
        if not offered:
            return Refusal(
                "no_associated_desk",
                f"L’étape « {choice.name} » revient à un bureau que vous choisissez, mais aucun bureau n’est associé à"
                f" « {emitter} ». Demandez à l’administrateur d’en associer, ou déposez au nom d’un autre bureau.",
            )
        if not desk:
            return Refusal(
                "desk_not_chosen",
                f"Choisissez le bureau de l’étape « {choice.name} » parmi ceux qui sont associés à « {emitter} ».",
            )
        if desk not in offered:
            return Refusal(
                "desk_not_associated",
                f"Le bureau choisi pour l’étape « {choice.name} » n’est pas, ou n’est plus, associé à « {emitter} »."
                " Choisissez-en un autre dans la liste.",
            )
    return None
