"""A bounded token game: every way the tokens can go is played, on the drawing alone, whatever the conditions.

A marking is the set of flows that hold a token: two tokens on one flow are a fault that is reported. Each scope is
played by itself; an activity is left by its flow or by one of its boundary events.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from engine.circuits.drawing import (
    END,
    ERROR,
    EVENT_GATEWAY,
    EXCLUSIVE,
    INCLUSIVE,
    PARALLEL,
    START,
    TERMINATE,
    THROW,
    Drawing,
    Node,
    is_link_catch,
)
from engine.circuits.findings import error, warning
from engine.circuits.values import Finding

#: States played before giving up; the circuit is then said not proven.
MAX_STATES = 20_000
#: Flows out of one inclusive gateway beyond which its choices are too many to be played.
MAX_CHOICES = 8

#: Flows that hold a token, and boundary events that already happened on an activity that goes on.
Marking = frozenset[str]


def ends_everything(node: Node) -> bool:
    """Whether this end stops the other branches too."""
    return node.result == "rejected" or node.event_kind in {TERMINATE, ERROR}


def play(drawing: Drawing) -> list[Finding]:
    """Blockings, and tokens that meet on one flow: faults that would leave a folder stuck or ask twice."""
    game = _Game(drawing)
    if any(n.kind == INCLUSIVE and len(n.outgoing) > MAX_CHOICES for n in drawing.nodes.values()):
        return [_unproven()]
    start = next(node for node in drawing.nodes.values() if node.kind == START)
    first: Marking = frozenset(start.outgoing)
    seen: set[Marking] = {first}
    waiting = [first]
    found: dict[str, Finding] = {}
    while waiting:
        if len(seen) > MAX_STATES:
            return [*found.values(), _unproven()]
        marking = waiting.pop()
        moved = False
        for after, doubled in game.moves(marking):
            moved = True
            if doubled is not None:
                found.setdefault(doubled.id, _twice(doubled))
            elif after not in seen:
                seen.add(after)
                waiting.append(after)
        if marking and not moved:
            for node in game.holding(marking):
                found.setdefault(node.id, _stuck(node))
    return list(found.values())


def _passes(node: Node, ready: list[str]) -> bool:
    """Whether tokens here go on by themselves, whatever the others do."""
    if node.kind == PARALLEL:
        return len(ready) == len(node.incoming)
    if node.kind == INCLUSIVE:
        return len(node.incoming) == 1
    return node.kind in {END, THROW, EXCLUSIVE} or is_link_catch(node)


class _Game:
    def __init__(self, drawing: Drawing) -> None:
        self.drawing = drawing
        self._reach = {
            node.id: {other.id: self._reached(other, node) for other in drawing.nodes.values()}
            for node in drawing.nodes.values()
            if node.kind == INCLUSIVE and len(node.incoming) > 1
        }

    def holding(self, marking: Marking) -> list[Node]:
        """The nodes at which tokens are."""
        return [self._target(flow) for flow in marking if flow in self.drawing.flows]

    def moves(self, marking: Marking) -> Iterator[tuple[Marking, Node | None]]:
        """Every marking that can come next; with the node that would be reached twice, when one would.

        What is automatic happens before anything else, as it does in a run: a token that only passes meets nobody.
        """
        ready_nodes = [
            (node, ready)
            for node in self.drawing.nodes.values()
            if (ready := [flow for flow in node.incoming if flow in marking])
        ]
        passing = [(node, ready) for node, ready in ready_nodes if _passes(node, ready)]
        for node, ready in passing[:1] or ready_nodes:
            if node.kind == PARALLEL or (node.kind == INCLUSIVE and len(node.incoming) > 1):
                if self._joins(node, ready, marking):
                    for given in self._given(node):
                        yield self._move(marking, ready, given)
                continue
            for flow in ready:
                if node.kind == END and ends_everything(node):
                    yield frozenset(), None
                    continue
                for given in self._given(node):
                    yield self._move(marking, [flow, *self.drawing.boundaries.get(node.id, ())], given)
                yield from self._boundaries(node, flow, marking)

    def _joins(self, node: Node, ready: list[str], marking: Marking) -> bool:
        if node.kind == PARALLEL:
            return len(ready) == len(node.incoming)
        held = set(ready)
        for other in self.holding(marking):
            reached = self._reach[node.id][other.id]
            if other.id != node.id and reached - held and not reached & held:
                return False
        return True

    def _given(self, node: Node) -> Iterator[tuple[str, ...]]:
        """The sets of flows on which a node may put tokens."""
        if node.kind == EXCLUSIVE:
            yield from ((flow,) for flow in node.outgoing)
        elif node.kind == INCLUSIVE and len(node.outgoing) > 1:
            sure = [f for f in node.outgoing if self.drawing.flows[f].condition is None and f != node.default]
            maybe = [f for f in node.outgoing if f not in sure and f != node.default]
            for size in range(len(maybe) + 1):
                for chosen in combinations(maybe, size):
                    if chosen or sure:
                        yield (*sure, *chosen)
            if node.default and not sure:
                yield (node.default,)
        elif node.kind == EVENT_GATEWAY:
            yield from (self._target(flow).outgoing for flow in node.outgoing)
        elif node.kind == END:
            yield ()
        else:
            links = [n for n in self.drawing.after(node) if not node.outgoing]
            yield tuple(flow for link in links for flow in self.drawing.nodes[link].outgoing) or node.outgoing

    def _boundaries(self, node: Node, flow: str, marking: Marking) -> Iterator[tuple[Marking, Node | None]]:
        """One that interrupts takes the token; one that does not adds one, once per visit in this game."""
        boundaries = self.drawing.boundaries.get(node.id, ())
        for boundary_id in boundaries:
            boundary = self.drawing.nodes[boundary_id]
            if boundary.interrupting:
                yield self._move(marking, [flow, *boundaries], boundary.outgoing)
            elif boundary_id not in marking:
                after, doubled = self._move(marking, [], boundary.outgoing)
                yield after | {boundary_id}, doubled

    def _move(self, marking: Marking, taken: list[str], given: tuple[str, ...]) -> tuple[Marking, Node | None]:
        left = marking - set(taken)
        for flow in given:
            if flow in left:
                return left, self._target(flow)
        return left | set(given), None

    def _target(self, flow: str) -> Node:
        return self.drawing.nodes[self.drawing.flows[flow].target]

    def _reached(self, start: Node, join: Node) -> frozenset[str]:
        """The flows into ``join`` at the end of a path from ``start`` that does not pass through it."""
        found, seen, waiting = set[str](), {start.id}, [start]
        while waiting:
            node = waiting.pop()
            found.update(flow for flow in node.outgoing if self.drawing.flows[flow].target == join.id)
            for other in self.drawing.after(node):
                if other != join.id and other not in seen:
                    seen.add(other)
                    waiting.append(self.drawing.nodes[other])
        return frozenset(found)


def _unproven() -> Finding:
    return warning(
        None,
        "Ce circuit est trop ramifié pour être vérifié en entier.",
        "Simplifiez-le, ou essayez-le avec soin.",
    )


def _stuck(node: Node) -> Finding:
    return error(
        node.id,
        f"Blocage possible : la jonction {node.label} peut attendre une branche qui n’arrivera jamais.",
        "Réunissez par un branchement parallèle ce qu’un branchement parallèle a séparé,"
        " et par un losange ce qu’une décision a séparé.",
    )


def _twice(node: Node) -> Finding:
    return error(
        node.id,
        f"L’élément {node.label} peut être atteint deux fois en même temps.",
        "Réunissez les branches parallèles par une jonction parallèle avant cet élément.",
    )
