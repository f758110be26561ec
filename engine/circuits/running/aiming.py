"""The desks that a step is for, once it opens."""

from __future__ import annotations

from engine.circuits.aims import aimed, designated, each_once, nobody, place_of
from engine.circuits.drawing import Node
from engine.circuits.running.tokens import Token
from engine.circuits.values import CircuitStuck
from engine.feel import to_json


def desk_of(node: Node, token: Token) -> str:
    """The one desk of a step whose desk is calculated. Raises :class:`CircuitStuck` when there is none."""
    assert node.step is not None
    written = node.step.desk
    if not written.startswith("="):
        return _designated(node, written.strip(), token)
    value = to_json(token.value(written))
    if isinstance(value, list) and len(value) == 1:
        [value] = value
    if not isinstance(value, str) or not value:
        raise CircuitStuck(
            f"L’étape {node.label} vise le bureau donné par « {written.lstrip('= ')} », qui n’a pas de valeur"
            " dans ce dossier. Rien n’a été enregistré."
        )
    return value


def desks_of(node: Node, written: str, token: Token) -> list[str]:
    """The desks of a group, each once where words of the folder give the same. Raises :class:`CircuitStuck`."""
    names = aimed(written)
    found = [_designated(node, name, token) for name in names]
    return found if found == list(names) else each_once(found, token.data)


def _designated(node: Node, name: str, token: Token) -> str:
    desk = designated(name, place_of(token.workflow.path, node.id), token.data)
    if desk is None:
        raise CircuitStuck(f"{nobody(node.label, name, token.data)} Rien n’a été enregistré.")
    return desk
