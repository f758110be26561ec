"""Where a drawing decides upon the outcome of a step."""

from __future__ import annotations

from collections.abc import Iterator

from engine.circuits.drawing import (
    ACTIVITIES,
    CATCH,
    CHOICES,
    EVENT_GATEWAY,
    INCLUSIVE,
    PARALLEL,
    Drawing,
    is_link_catch,
)
from engine.feel import compile_expression

OUTCOME_NAMES = frozenset({"outcome", "outcomes"})
#: Where the search for a decision about a refusal stops.
_FAR = ACTIVITIES | {PARALLEL, EVENT_GATEWAY}


def decisions_after(drawing: Drawing, step_id: str) -> Iterator[str]:
    """Conditions that read the outcome and follow this step, before anything that takes time or splits.

    Where there is one, the refusal of the step is drawn (docs/circuits.md, Rejection).
    """
    waiting, seen = [drawing.flows[flow].target for flow in drawing.nodes[step_id].outgoing], set[str]()
    while waiting:
        node = drawing.nodes[waiting.pop()]
        if node.id in seen or node.kind in _FAR or (node.kind == CATCH and not is_link_catch(node)):
            continue
        seen.add(node.id)
        conditions = [drawing.flows[flow].condition for flow in node.outgoing] if node.kind in CHOICES else []
        for condition in conditions:
            if condition and compile_expression(condition).names & OUTCOME_NAMES:
                yield condition
        if node.kind != INCLUSIVE:
            waiting.extend(drawing.after(node))
