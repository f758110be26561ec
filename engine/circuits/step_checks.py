"""What a drawing names outside of itself, and what is usual of its steps: desks, services, delays."""

from __future__ import annotations

from collections.abc import Iterator

from engine.circuits.aims import EMITTER, UP_TO, aimed, is_word
from engine.circuits.around import Around
from engine.circuits.drawing import Drawing, Node
from engine.circuits.findings import error, warning
from engine.circuits.values import Finding


def check_steps(drawing: Drawing, around: Around) -> Iterator[Finding]:
    """Every finding about the steps and services of a circuit, those of its sub-processes included."""
    every = list(drawing.every())
    ids = {node.id for _, node in every}
    for _, node in every:
        yield from _desks(node, around)
        yield from _separation(node, ids)
        yield from _service(node, around)
    if around.advice:
        yield from _delays([node for _, node in every if node.step is not None])


def _desks(node: Node, around: Around) -> Iterator[Finding]:
    for desk in aimed(node.step.desk) if node.step is not None else ():
        if desk in around.unfit:
            yield error(
                node.id,
                f"L’étape {node.label} vise le bureau « {desk} », qui {around.unfit[desk]}.",
                "Choisissez un autre bureau, ou changez celui-ci dans l’administration.",
            )
        elif desk.startswith(UP_TO):
            yield from _function(node, desk.removeprefix(UP_TO).strip(), around)
        elif around.desks is not None and desk not in around.desks and not is_word(desk):
            yield error(
                node.id,
                f"L’étape {node.label} vise le bureau « {desk} », qui n’existe pas dans la collectivité.",
                "Créez ce bureau, ou choisissez-en un autre.",
            )


def _function(node: Node, function: str, around: Around) -> Iterator[Finding]:
    if not function:
        yield error(
            node.id,
            f"L’étape {node.label} remonte l’arbre des bureaux sans dire jusqu’à quelle fonction.",
            "Écrivez la fonction après les deux points, par exemple up-to:directeur.",
        )
    elif around.functions is not None and function not in around.functions:
        yield error(
            node.id,
            f"L’étape {node.label} remonte jusqu’à la fonction « {function} », que ne porte aucun bureau.",
            "Donnez cette fonction à un bureau, ou choisissez-en une autre.",
        )


def _separation(node: Node, ids: set[str]) -> Iterator[Finding]:
    for other in node.step.separation if node.step is not None else ():
        if other not in ids and other != EMITTER:
            yield warning(
                node.id,
                f"L’étape {node.label} exclut qui a agi à l’étape « {other} », qui n’est pas dans ce circuit.",
                "Corrigez l’identifiant de cette étape, ou retirez-le.",
            )


def _service(node: Node, around: Around) -> Iterator[Finding]:
    name = node.service.service if node.service is not None else ""
    if name and around.services is not None and name not in around.services:
        yield error(
            node.id,
            f"{node.label} demande le service « {name} », qui n’est pas installé.",
            "Choisissez un service installé, ou faites installer celui-ci.",
        )


def _delays(steps: list[Node]) -> Iterator[Finding]:
    """A step without delay, where others have one, is usually one that was forgotten."""
    without = [node for node in steps if node.step is not None and not node.step.delay]
    for node in without if len(without) < len(steps) else ():
        yield warning(
            node.id,
            f"L’étape {node.label} n’a pas de délai, alors que d’autres en ont un.",
            "Donnez-lui un délai, si elle ne doit pas attendre sans fin.",
        )
