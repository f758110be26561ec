"""Asking a decision: which one a drawing names, and the variables that its answer becomes."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.circuits.drawing import Asked
from engine.feel import to_json
from engine.feel.tables import Decisions


class DecisionFault(Exception):
    """A drawing that asks what cannot be answered; French, without final stop."""

    def __init__(self, sentence: str, remedy: str) -> None:
        super().__init__(sentence)
        self.remedy = remedy


def chosen(asked: Asked, decisions: Decisions) -> str:
    """The id of the decision that is asked. Raises :class:`DecisionFault`."""
    wanted = asked.decision_id
    if wanted and wanted not in decisions:
        raise DecisionFault(
            f"la table « {asked.table} » n’a pas de décision « {wanted} »", "Corrigez l’identifiant après « # »."
        )
    if not wanted:
        final = decisions.final()
        if len(final) != 1:
            raise DecisionFault(
                f"le fichier « {asked.table} » contient plusieurs décisions finales",
                f"Dites laquelle : {asked.table}#{final[0] if final else 'identifiant'}.",
            )
        wanted = final[0]
    if not asked.result and decisions.answers_list(wanted) and len(decisions.outputs(wanted)) > 1:
        raise DecisionFault(
            f"la table « {asked.table} » répond une liste de plusieurs sorties",
            "Nommez la variable qui la reçoit (parapheur:result).",
        )
    return wanted


def filled(asked: Asked, decisions: Decisions) -> list[str]:
    """The variables that its answer becomes."""
    return [asked.result] if asked.result else decisions.outputs(chosen(asked, decisions))


def answer(asked: Asked, decisions: Decisions, context: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Ask, and give the variables to write. Raises ``DecisionFailed``."""
    found = to_json(decisions.decide(chosen(asked, decisions), context, now))
    names = filled(asked, decisions)
    if len(names) == 1:
        return {names[0]: found}
    return {name: None if found is None else found[name] for name in names}
