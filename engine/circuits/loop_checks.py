"""Loops that cannot work: a join that waits for itself, a way round on which nothing is asked of anybody."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from engine.circuits.drawing import (
    BOUNDARY,
    CATCH,
    END,
    ERROR,
    ESCALATION,
    EVENT_GATEWAY,
    EXCLUSIVE,
    INCLUSIVE,
    PARALLEL,
    RULE,
    SIGNAL,
    START,
    SUB_PROCESS,
    THROW,
    Drawing,
    Node,
    is_link_catch,
)
from engine.circuits.findings import error, warning
from engine.circuits.values import Finding

#: Nodes that a token leaves at once, whatever they are reached by.
_AUTOMATIC = frozenset({START, END, THROW, EXCLUSIVE, INCLUSIVE, PARALLEL, RULE})
#: Boundary events that something inside their activity may make happen at once.
_FROM_INSIDE = frozenset({ERROR, ESCALATION, SIGNAL})


def check_loops(drawing: Drawing) -> Iterator[Finding]:
    """Every finding about the loops of one scope."""
    for node in drawing.nodes.values():
        if node.kind == PARALLEL and len(node.incoming) > 1:
            yield from _fed_by_itself(drawing, node)
    yield from _round(drawing)
    yield from _signals(drawing)


def _fed_by_itself(drawing: Drawing, join: Node) -> Iterator[Finding]:
    """A join one of whose branches only comes from it waits for itself."""
    reached = _reached(drawing, [node.id for node in drawing.nodes.values() if node.kind == START], without=join.id)
    for flow in (drawing.flows[flow] for flow in join.incoming):
        if flow.source not in reached:
            yield error(
                join.id,
                f"La jonction {join.label} s’attend elle-même : sa branche {flow.label} ne vient que d’elle.",
                "Faites revenir la boucle sur un losange placé avant cette jonction.",
            )
            return


def _reached(drawing: Drawing, starts: list[str], without: str) -> set[str]:
    waiting, seen = list(starts), set[str]()
    while waiting:
        node_id = waiting.pop()
        if node_id in seen or node_id == without:
            continue
        seen.add(node_id)
        waiting.extend(drawing.after(drawing.nodes[node_id]))
    return seen


def _round(drawing: Drawing) -> Iterator[Finding]:
    """A way round of elements that are all left at once would be gone round without end."""
    automatic = {node.id for node in drawing.nodes.values() if is_left_at_once(node)}
    after = {node_id: [to for to in drawing.after(drawing.nodes[node_id]) if to in automatic] for node_id in automatic}
    # Taking away, again and again, what nothing of the rest leads to leaves the loops and what follows them.
    arriving = dict.fromkeys(automatic, 0)
    for targets in after.values():
        for target in targets:
            arriving[target] += 1
    waiting = [node_id for node_id, count in arriving.items() if not count]
    while waiting:
        gone = waiting.pop()
        automatic.discard(gone)
        for target in after[gone]:
            arriving[target] -= 1
            if not arriving[target]:
                waiting.append(target)
    looping = [node for node in drawing.nodes.values() if node.id in automatic and _comes_back(node.id, after)]
    if looping:
        node = looping[0]
        yield warning(
            node.id,
            f"Non prouvé : que le circuit ne tourne pas en rond par {node.label}, sans rien demander à personne.",
            "Placez une étape ou une échéance dans cette boucle.",
        )


def _comes_back(node_id: str, after: dict[str, list[str]]) -> bool:
    waiting, seen = list(after[node_id]), set[str]()
    while waiting:
        other = waiting.pop()
        if other == node_id:
            return True
        if other not in seen:
            seen.add(other)
            waiting.extend(after[other])
    return False


def is_left_at_once(node: Node) -> bool:
    """Whether a token may leave this element in the very transition in which it arrived."""
    if node.kind == SUB_PROCESS and node.inner is not None and node.repeat is None:
        return _passes_at_once(node.inner)
    if node.kind == BOUNDARY:
        return node.event_kind in _FROM_INSIDE
    return node.kind in _AUTOMATIC or is_link_catch(node)


def _passes_at_once(scope: Drawing) -> bool:
    """Whether one way through a scope, from its start to an end, asks nothing of anybody."""
    waiting, seen = [node.id for node in scope.nodes.values() if node.kind == START], set[str]()
    while waiting:
        node = scope.nodes[waiting.pop()]
        if node.id in seen or not is_left_at_once(node):
            continue
        if node.kind == END:
            return True
        seen.add(node.id)
        waiting.extend(scope.after(node))
    return False


def _signals(drawing: Drawing) -> Iterator[Finding]:
    """Whether a signal will be thrown while somebody waits for it is not part of the proof."""
    for node in drawing.nodes.values():
        if node.kind == EVENT_GATEWAY:
            awaited = [drawing.nodes[drawing.flows[flow].target] for flow in node.outgoing]
        else:
            chosen = any(drawing.nodes[drawing.flows[flow].source].kind == EVENT_GATEWAY for flow in node.incoming)
            awaited = [node] if node.kind == CATCH and not chosen else []
        if awaited and all(event.event_kind == SIGNAL for event in awaited):
            yield warning(
                node.id,
                f"Non prouvé : que le signal attendu par {node.label} soit envoyé pendant qu’il l’attend.",
                "Ajoutez-lui une échéance, par un branchement sur évènements, si le signal peut manquer.",
            )


def check_echoes(drawing: Drawing, called: Iterable[Drawing] = ()) -> Iterator[Finding]:
    """Signals that call one another: whoever hears one throws, at once, what makes it heard again.

    ``called``: the drawings that this one calls; a signal is heard in them too.
    """
    throws: dict[str, set[str]] = {}
    hearers: dict[str, Node] = {}
    for root in (drawing, *called):
        hosts = {id(node.inner): (scope, node) for scope, node in root.every() if node.inner is not None}
        for scope, node in root.every():
            if node.event_kind == SIGNAL and node.kind in {CATCH, BOUNDARY} and node.event is not None:
                throws.setdefault(node.event.name, set()).update(_thrown_after(scope, node, hosts))
                hearers.setdefault(node.event.name, node)
    for name, node in hearers.items():
        if _comes_back(name, {heard: list(thrown & throws.keys()) for heard, thrown in throws.items()}):
            yield warning(
                node.id,
                f"Non prouvé : que le signal « {name} » ne se relance pas sans fin, par {node.label}.",
                "N’envoyez pas à nouveau ce signal, ou placez d’abord une étape.",
            )


def _thrown_after(scope: Drawing, node: Node, hosts: Mapping[int, tuple[Drawing, Node]]) -> set[str]:
    """The signals that a token may throw once it has passed an event, before it waits for anything."""
    waiting, seen, found = [(scope, node)], set[int](), set[str]()
    while waiting:
        around, here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        if here.kind in {THROW, END} and here.event_kind == SIGNAL and here.event is not None:
            found.add(here.event.name)
        if here is not node and here.inner is not None:
            waiting += [(here.inner, inner) for inner in here.inner.nodes.values() if inner.kind == START]
        if here is node or is_left_at_once(here):
            waiting += [(around, around.nodes[other]) for other in around.after(here)]
        if here.kind == END and id(around) in hosts:
            outside, host = hosts[id(around)]
            waiting += [(outside, outside.nodes[other]) for other in outside.after(host)]
    return found
