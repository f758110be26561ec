"""A bounded token game: every way the tokens can go is played, on the drawing alone, whatever the conditions."""

from __future__ import annotations

from collections.abc import Iterator

from engine.circuits.drawing import END, EXCLUSIVE, PARALLEL, START, Drawing, Node
from engine.circuits.values import Finding, Level
from engine.circuits.xml import ours, tag

#: States played before giving up; the circuit is then said not proven.
MAX_STATES = 20_000

Marking = frozenset[str]


def ends_everything(node: Node) -> bool:
    """Whether this end stops the other branches too: a terminate end, or one that says the folder is rejected."""
    return ours(node.element, "result") == "rejected" or node.element.find(tag("terminateEventDefinition")) is not None


def play(drawing: Drawing) -> list[Finding]:
    """Blockings, and tokens that meet on one flow: faults that would leave a folder stuck or ask twice."""
    start = next(node for node in drawing.nodes.values() if node.kind == START)
    first = frozenset(start.outgoing)
    seen: set[Marking] = {first}
    waiting = [first]
    found: dict[str, Finding] = {}
    while waiting:
        if len(seen) > MAX_STATES:
            warning = "Ce circuit est trop ramifié pour être vérifié en entier."
            return [*found.values(), Finding(Level.WARNING, None, warning, "Simplifiez-le, ou essayez-le avec soin.")]
        marking = waiting.pop()
        moved = False
        for after, doubled in _moves(drawing, marking):
            moved = True
            if doubled is not None:
                found.setdefault(doubled.id, _twice(doubled))
            elif after not in seen:
                seen.add(after)
                waiting.append(after)
        if marking and not moved:
            for node in _blocked(drawing, marking):
                found.setdefault(node.id, _stuck(node))
    return list(found.values())


def _moves(drawing: Drawing, marking: Marking) -> Iterator[tuple[Marking, Node | None]]:
    for node in drawing.nodes.values():
        ready = [flow for flow in node.incoming if flow in marking]
        if not ready:
            continue
        if node.kind == PARALLEL:
            if len(ready) == len(node.incoming):
                yield _move(drawing, marking, ready, node.outgoing)
            continue
        for flow in ready:
            if node.kind == END and ends_everything(node):
                yield frozenset(), None
            elif node.kind == EXCLUSIVE:
                for out in node.outgoing:
                    yield _move(drawing, marking, [flow], (out,))
            else:
                yield _move(drawing, marking, [flow], () if node.kind == END else node.outgoing)


def _move(drawing: Drawing, marking: Marking, taken: list[str], given: tuple[str, ...]) -> tuple[Marking, Node | None]:
    left = marking - set(taken)
    for flow in given:
        if flow in left:
            return left, drawing.nodes[drawing.flows[flow].target]
    return left | set(given), None


def _blocked(drawing: Drawing, marking: Marking) -> Iterator[Node]:
    for flow in marking:
        yield drawing.nodes[drawing.flows[flow].target]


def _stuck(node: Node) -> Finding:
    return Finding(
        Level.ERROR,
        node.id,
        f"Blocage possible : la jonction {node.label} peut attendre une branche qui n’arrivera jamais.",
        "Réunissez par un branchement parallèle ce qu’un branchement parallèle a séparé,"
        " et par un losange ce qu’une décision a séparé.",
    )


def _twice(node: Node) -> Finding:
    return Finding(
        Level.ERROR,
        node.id,
        f"L’élément {node.label} peut être atteint deux fois en même temps.",
        "Réunissez les branches parallèles par une jonction parallèle avant cet élément.",
    )
