"""Random games: which act comes next, chosen from what the interpreter shows."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.circuits.oracle.building import VARIABLES
from tests.circuits.oracle.drawing import Circuit, Drawing, Node
from tests.circuits.oracle.generator import Made
from tests.circuits.oracle.paths import refusal_is_drawn
from tests.circuits.oracle.playing import BEGINNING, Act, Alone

MOST_ACTS = 40


def game(player: Alone, rng: random.Random, made: Made) -> Iterator[Act]:
    """Acts chosen from what is open, until the folder ends, nothing can happen any more, or it is enough.

    What the interpreter shows decides: ``player`` must have played each act before the next is asked for.
    """
    yield Act("start")
    minutes, nodes = 0, by_id(made.circuit)
    for _ in range(MOST_ACTS):
        if player.run.finished or nothing_left(player):
            return
        minutes += rng.choice([0, 1, 1, 7, 30])
        act = chosen(player, rng, nodes, minutes)
        minutes = act.minutes
        yield act


def nothing_left(player: Alone) -> bool:
    """Whether nothing can happen any more: a folder that waits for a signal that nobody will throw."""
    return not player.open and not player.seen.awaited and player.seen.next_due is None


def chosen(player: Alone, rng: random.Random, nodes: dict[str, tuple[Node, bool]], minutes: int) -> Act:
    """A random act among those that the folder waits for, now and then one that it does not."""
    kinds: list[str] = ["complete"] * len(player.seen.steps) + ["answer"] * len(player.seen.work)
    kinds += ["deliver"] * bool(player.seen.awaited) + ["advance"] * (2 if player.seen.next_due else 0)
    kind = rng.choice(kinds)
    if rng.random() < 0.03:
        kind = rng.choice(["deliver", "advance"])
    if kind == "complete":
        key = rng.choice(player.seen.steps)
        node, drawn = nodes[key[0]]
        return Act(
            kind, minutes, key, outcome(rng, node, drawn), rng.choice(["ana", "bob"]), variables=filled(rng, node)
        )
    if kind == "answer":
        key = rng.choice(player.seen.work)
        error = rng.choice(["broken", "missing"]) if rng.random() < 0.15 else None
        return Act(kind, minutes, key, error=error, variables={} if error else filled(rng, nodes[key[0]][0]))
    if kind == "deliver":
        known = [name_and_key[:2] for name_and_key in player.seen.awaited]
        if not known or rng.random() < 0.1:
            known = [("reply", "k9"), ("other", "k1")]
        return Act(kind, minutes, rng.choice(known), variables={"color": "blue"} if rng.random() < 0.3 else {})
    return Act(kind, advanced(player, rng, minutes))


def advanced(player: Alone, rng: random.Random, minutes: int) -> int:
    """A moment before the next timer, at it, or long after."""
    if player.seen.next_due is None:
        return minutes
    due = int((player.seen.next_due - BEGINNING).total_seconds() // 60)
    wait = rng.choice([-1, 0, 0, 0, 1, 60, 24 * 60, 3 * 24 * 60])
    return max(minutes, due + wait)


def outcome(rng: random.Random, node: Node, drawn: bool) -> str:
    """Mostly approved; a refusal that is not drawn ends the folder, so it is rare."""
    if rng.random() < (0.35 if drawn else 0.04):
        return rng.choice(["rejected", "refer_back"])
    if node.outcomes and rng.random() < 0.5:
        return rng.choice(node.outcomes)
    return "approved"


def filled(rng: random.Random, node: Node) -> dict[str, object]:
    """Values for some of the variables that the activity may fill."""
    return {name: rng.choice(VARIABLES[name]) for name in node.fills if rng.random() < 0.8}


def by_id(circuit: Circuit) -> dict[str, tuple[Node, bool]]:
    """Every node of a circuit and of those it calls, and whether a refusal is drawn after it."""
    found: dict[str, tuple[Node, bool]] = {}

    def gather(drawing: Drawing) -> None:
        for node in drawing.nodes:
            found[node.id] = (node, refusal_is_drawn(drawing, node.id))
            if node.inside:
                gather(node.inside)

    def walk(one: Circuit) -> None:
        gather(one.drawing)
        for other in one.called.values():
            walk(other)

    walk(circuit)
    return found
