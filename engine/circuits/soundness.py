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
    RULE,
    START,
    TERMINATE,
    THROW,
    Drawing,
    Node,
    is_link_catch,
)
from engine.circuits.findings import error, warning
from engine.circuits.values import Finding

#: Work on one file before giving up; the circuit is then said not proven. A unit is a token looked at or moved, or a
#: flow followed: about a microsecond.
MAX_WORK = 300_000
#: Flows out of one inclusive gateway beyond which its choices are too many to be played.
MAX_CHOICES = 8

#: Flows that hold a token, and boundary events that already happened on an activity that goes on.
Marking = frozenset[str]


def ends_everything(node: Node) -> bool:
    """Whether this end stops the other branches too."""
    return node.result == "rejected" or node.event_kind in {TERMINATE, ERROR}


class Budget:
    """Work left for the proofs of one file, its sub-processes included."""

    def __init__(self, work: int = MAX_WORK) -> None:
        self._left = work

    def spend(self, work: int) -> None:
        """Take this much. Raises :class:`Spent` when nothing is left."""
        self._left -= work
        if self._left < 0:
            raise Spent


class Spent(Exception):
    """The proof asks for too much work."""


def play(drawing: Drawing, budget: Budget | None = None, marking: Marking | None = None) -> list[Finding]:
    """Blockings, tokens that meet on one flow, loops without end: what would leave a folder stuck or ask twice.

    ``marking``: where the tokens are; None: one leaves the start.
    """
    if any(n.kind == INCLUSIVE and len(n.outgoing) > MAX_CHOICES for n in drawing.nodes.values()):
        return [_unproven(drawing)]
    found: dict[str, Finding] = {}
    try:
        _play(drawing, budget or Budget(), found, marking)
    except Spent:
        return [*found.values(), _unproven(drawing)]
    return list(found.values())


def _play(drawing: Drawing, budget: Budget, found: dict[str, Finding], marking: Marking | None) -> None:
    game = _Game(drawing, budget)
    start = next(node for node in drawing.nodes.values() if node.kind == START)
    first: Marking = frozenset(start.outgoing) if marking is None else marking
    came_from: dict[Marking, list[Marking]] = {first: []}
    waiting = [first]
    settled: list[Marking] = []  #: markings that are an end, or a fault that is told
    while waiting:
        marking = waiting.pop()
        moved = faulty = False
        for after, doubled in game.moves(marking):
            moved = True
            if doubled is not None:
                faulty = True
                found.setdefault(doubled.id, _twice(doubled))
                continue
            if after not in came_from:
                came_from[after] = []
                waiting.append(after)
            came_from[after].append(marking)
        if not moved:
            for node in game.holding(marking):
                found.setdefault(node.id, _stuck(node))
        if faulty or not moved:
            settled.append(marking)
    for marking in _endless(came_from, settled):
        for node in game.holding(marking):
            found.setdefault(node.id, _no_way_out(node))


def resting(drawing: Drawing, budget: Budget) -> Iterator[frozenset[str]]:
    """The elements at which tokens may be at one and the same time, for each way they may stand. Raises ``Spent``."""
    game = _Game(drawing, budget)
    first = frozenset(next(node for node in drawing.nodes.values() if node.kind == START).outgoing)
    seen, waiting = {first}, [first]
    while waiting:
        marking = waiting.pop()
        yield frozenset(node.id for node in game.holding(marking))
        for after, doubled in game.moves(marking):
            if doubled is None and after not in seen:
                seen.add(after)
                waiting.append(after)


def _endless(came_from: dict[Marking, list[Marking]], settled: list[Marking]) -> set[Marking]:
    """The markings from which tokens move for ever: no end can be reached any more."""
    ending, waiting = set(settled), list(settled)
    while waiting:
        for before in came_from[waiting.pop()]:
            if before not in ending:
                ending.add(before)
                waiting.append(before)
    return came_from.keys() - ending


def _passes(node: Node, ready: list[str]) -> bool:
    """Whether tokens here go on by themselves, whatever the others do."""
    if node.kind == PARALLEL:
        return len(ready) == len(node.incoming)
    if node.kind == INCLUSIVE:
        return len(node.incoming) == 1
    return node.kind in {END, THROW, EXCLUSIVE, RULE} or is_link_catch(node)


class _Game:
    def __init__(self, drawing: Drawing, budget: Budget) -> None:
        self.drawing = drawing
        self._spend = budget.spend
        self._order = {node_id: place for place, node_id in enumerate(drawing.nodes)}
        self._reach: dict[tuple[str, str], frozenset[str]] = {}

    def holding(self, marking: Marking) -> list[Node]:
        """The nodes at which tokens are."""
        return [self._target(flow) for flow in marking if flow in self.drawing.flows]

    def moves(self, marking: Marking) -> Iterator[tuple[Marking, Node | None]]:
        """Every marking that can come next; with the node that would be reached twice, when one would.

        What is automatic happens before anything else, as it does in a run: a token that only passes meets nobody.
        """
        self._spend(1 + len(marking))
        at: dict[str, list[str]] = {}
        for flow in marking:
            if flow in self.drawing.flows:
                at.setdefault(self.drawing.flows[flow].target, []).append(flow)
        ready_nodes = [
            (self.drawing.nodes[node_id], at[node_id]) for node_id in sorted(at, key=self._order.__getitem__)
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
            reached = self._reached(other, node)
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
        self._spend(1 + len(marking) + len(given))
        left = marking - set(taken)
        for flow in given:
            if flow in left:
                return left, self._target(flow)
        return left | set(given), None

    def _target(self, flow: str) -> Node:
        return self.drawing.nodes[self.drawing.flows[flow].target]

    def _reached(self, start: Node, join: Node) -> frozenset[str]:
        """The flows into ``join`` at the end of a path from ``start`` that does not pass through it."""
        known = self._reach.get((start.id, join.id))
        if known is not None:
            return known
        found, seen, waiting = set[str](), {start.id}, [start]
        while waiting:
            node = waiting.pop()
            after = self.drawing.after(node)
            self._spend(1 + len(after))
            found.update(flow for flow in node.outgoing if self.drawing.flows[flow].target == join.id)
            for other in after:
                if other != join.id and other not in seen:
                    seen.add(other)
                    waiting.append(self.drawing.nodes[other])
        return self._reach.setdefault((start.id, join.id), frozenset(found))


def _unproven(drawing: Drawing) -> Finding:
    what = f"le sous-processus « {drawing.name or drawing.process_id} »" if drawing.is_inner else "ce circuit"
    return warning(
        drawing.process_id or None,
        f"Non prouvé : que {what} aille toujours à sa fin. Il est trop ramifié pour être vérifié en entier.",
        "Simplifiez-le, ou essayez-le avec soin.",
    )


def _stuck(node: Node) -> Finding:
    return error(
        node.id,
        f"Blocage possible : la jonction {node.label} peut attendre une branche qui n’arrivera jamais.",
        "Réunissez par un branchement parallèle ce qu’un branchement parallèle a séparé,"
        " et par un losange ce qu’une décision a séparé.",
    )


def _no_way_out(node: Node) -> Finding:
    return error(
        node.id,
        f"Une fois {node.label} atteint, le circuit ne peut plus se terminer : il y revient sans fin.",
        "Dessinez une sortie de cette boucle vers une fin.",
    )


def _twice(node: Node) -> Finding:
    return error(
        node.id,
        f"L’élément {node.label} peut être atteint deux fois en même temps.",
        "Réunissez les branches parallèles par une jonction parallèle avant cet élément.",
    )
