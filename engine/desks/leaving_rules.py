"""Decisions about a departure: to whom the desks go."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from engine.refusals import Refusal


def faults_of_leaving(
    desks: Sequence[tuple[UUID, str, bool]], hand_over: Mapping[UUID, UUID | None], successors: Collection[UUID]
) -> dict[str, Refusal]:
    """What is wrong with a hand-over, by desk. ``desks``: identifier, name, whether nobody else holds it."""
    found = {}
    for desk_id, name, alone in desks:
        if desk_id not in hand_over and alone:
            found[str(desk_id)] = Refusal(
                "successor_missing",
                f"Dites à qui revient le bureau « {name} » : personne d’autre ne le tient. Vous pouvez aussi le laisser"
                " sans titulaire.",
            )
        elif (successor := hand_over.get(desk_id)) is not None and successor not in successors:
            found[str(desk_id)] = Refusal(
                "successor_unknown",
                f"La personne choisie pour le bureau « {name} » n’a pas d’accès ouvert dans votre collectivité."
                " Choisissez-en une dans la liste.",
            )
    return found
