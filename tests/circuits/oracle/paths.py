"""What can be read off a drawing without running it: paths to an inclusive join, and whether a refusal is drawn."""

from __future__ import annotations

from functools import lru_cache

from tests.circuits.oracle.drawing import ACTIVITIES, Drawing, Flow, Kind, Node

_OUTCOMES = frozenset({"outcome", "outcomes"})


@lru_cache(maxsize=20_000)
def reachable_inputs(drawing: Drawing, start: str, join: str) -> frozenset[str]:
    """Incoming flows of ``join`` that a token on ``start`` may still take without passing through ``join``."""
    found: set[str] = set()
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        node = waiting.pop()
        if node in seen:
            continue
        seen.add(node)
        for flow in drawing.outgoing[node]:
            if flow.target == join:
                found.add(flow.id)
            else:
                waiting.append(flow.target)
        waiting += _jumps(drawing, drawing.by_id[node])
    return frozenset(found)


def _jumps(drawing: Drawing, node: Node) -> list[str]:
    """Where a token may go other than by a flow."""
    if node.kind is Kind.THROW and node.trigger == "link":
        return [drawing.link_catch(node.name).id]
    return [boundary.id for boundary in drawing.boundaries[node.id]]


@lru_cache(maxsize=20_000)
def refusal_is_drawn(drawing: Drawing, step: str) -> bool:
    """Whether a gateway that reads outcomes follows the step before anything that stops the search."""
    seen: set[str] = set()
    waiting = list(drawing.outgoing[step])
    while waiting:
        node = drawing.by_id[waiting.pop().target]
        if node.id in seen:
            continue
        seen.add(node.id)
        if _reads_outcomes(drawing, node):
            return True
        waiting += _onwards(drawing, node)
    return False


def _reads_outcomes(drawing: Drawing, node: Node) -> bool:
    return node.kind in (Kind.EXCLUSIVE, Kind.INCLUSIVE) and any(
        flow.condition and flow.condition.reads() & _OUTCOMES for flow in drawing.outgoing[node.id]
    )


def _onwards(drawing: Drawing, node: Node) -> list[Flow]:
    if node.kind in ACTIVITIES or node.kind in (Kind.PARALLEL, Kind.INCLUSIVE, Kind.EVENTS, Kind.CATCH):
        return []
    if node.kind is Kind.THROW and node.trigger == "link":
        return drawing.outgoing[drawing.link_catch(node.name).id]
    return drawing.outgoing[node.id]
