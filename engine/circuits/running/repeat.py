"""Activities done several times: instances, counters, quorum (BPMN 2.0.2 §13.3.7)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from SpiffWorkflow import TaskState

from engine.circuits.drawing import Node, Repeat
from engine.circuits.running.aiming import desks_of
from engine.circuits.running.tokens import COUNTS, INDEX, LOCALS, OUTPUTS, REMAINING, Token
from engine.circuits.values import CircuitStuck, Outcome
from engine.feel import to_json

#: Instances of one activity.
MAX_INSTANCES = 1_000
#: Variable that holds the desk of each instance of a step asked of several desks.
DESK = "desk"

#: Places in the row of counters.
_TOTAL, _COMPLETED, _APPROVED, _REJECTED = range(4)


def begin(token: Token) -> bool:
    """Open the first instances; True when there is none and the token may go on at once."""
    spec, node = token.task_spec, token.task_spec.node
    repeat = node.repeat
    assert repeat is not None
    items = _items(node, repeat, token)
    if items is None:
        spec.begin(token)
        return False
    if len(items) > MAX_INSTANCES:
        raise CircuitStuck(
            f"L’étape {node.label} serait demandée {len(items)} fois, ce qui dépasse {MAX_INSTANCES}."
            " Rien n’a été enregistré."
        )
    if not items:
        if repeat.output and repeat.output_item:
            token.write({repeat.output: []})
        if spec.is_step:
            spec.record(token, Outcome.APPROVED, {})
        return True
    token.internal_data[COUNTS] = [len(items), 0, 0, 0]
    if repeat.sequential:
        token.internal_data[REMAINING] = items
        _open(token, repeat, 1, items[0])
    else:
        for index, item in enumerate(items, start=1):
            _open(token, repeat, index, item)
    return False


def instance_done(token: Token, outcome: str | None, by: Mapping[str, Any] | None) -> None:
    """One instance is over: count it, then end the activity, or open the next, or wait for the others."""
    whole = token.whole()
    spec, node, counts = whole.task_spec, whole.task_spec.node, whole.internal_data[COUNTS]
    assert node.repeat is not None
    counts[_COMPLETED] += 1
    counts[_APPROVED] += outcome not in {None, Outcome.REJECTED, Outcome.REFER_BACK}
    counts[_REJECTED] += outcome in {Outcome.REJECTED, Outcome.REFER_BACK}
    _collect(whole, node.repeat, token)
    index = token.internal_data[INDEX]
    token._set_state(TaskState.COMPLETED)
    token.workflow.detach(token)
    verdict = _verdict(whole, node, outcome)
    if verdict is None and counts[_COMPLETED] < counts[_TOTAL]:
        if node.repeat.sequential:
            _open(whole, node.repeat, index + 1, whole.internal_data[REMAINING][index])
        return
    if verdict is None:
        verdict = Outcome.REJECTED if counts[_REJECTED] else Outcome.APPROVED
    _end(whole, node.repeat)
    if spec.is_step:
        spec.conclude(whole, str(verdict), by or {})
    else:
        whole.run()


def counters(token: Token) -> dict[str, int]:
    """The counters of a repeated activity, under the names of the standard and of other engines."""
    total, completed, approved, rejected = token.internal_data[COUNTS]
    active = len(token._children)
    found = {"numberOfApproved": approved, "numberOfRejected": rejected}
    for name, value in (
        ("Instances", total),
        ("ActiveInstances", active),
        ("CompletedInstances", completed),
        ("TerminatedInstances", 0),
    ):
        found[f"numberOf{name}"] = found[f"nrOf{name}"] = value
    return found


def _verdict(whole: Token, node: Node, outcome: str | None) -> str | None:
    """How the activity ends before all instances are done; None while it does not."""
    repeat, counts = node.repeat, whole.internal_data[COUNTS]
    assert repeat is not None
    if repeat.condition:
        return Outcome.APPROVED if _is_met(repeat.condition, whole) else None
    if outcome is None or node.step is None:
        return None
    mode = node.step.mode
    if mode == "one":
        return outcome
    wanted = counts[_TOTAL] if mode == "all" else min(int(mode), counts[_TOTAL])
    if counts[_TOTAL] - counts[_REJECTED] < wanted:
        return outcome if mode == "all" else Outcome.REJECTED
    return Outcome.APPROVED if counts[_APPROVED] >= wanted else None


def _is_met(condition: str, whole: Token) -> bool:
    """Whether a completion condition is true: it sees the counters over the variables."""
    whole.internal_data[LOCALS] = counters(whole)
    try:
        return whole.value(condition) is True
    finally:
        del whole.internal_data[LOCALS]


def _items(node: Node, repeat: Repeat, token: Token) -> list[Any] | None:
    """What each instance is given; None when the step turns out to aim at one desk."""
    if repeat.of_desks and not repeat.collection.startswith("="):
        return desks_of(node, repeat.collection, token)
    if repeat.collection:
        value = to_json(token.value(repeat.collection))
        if repeat.of_desks and isinstance(value, str):
            return None
        if not isinstance(value, Sequence) or isinstance(value, str):
            raise CircuitStuck(
                f"L’étape {node.label} est demandée pour chaque élément de « {repeat.collection} », qui n’est pas une"
                " liste dans ce dossier. Rien n’a été enregistré."
            )
        return list(value)
    number = token.value(repeat.cardinality)
    if isinstance(number, bool) or not isinstance(number, int | float | Decimal) or number < 0 or number != int(number):
        raise CircuitStuck(
            f"L’étape {node.label} est demandée « {repeat.cardinality} » fois, qui n’est pas un nombre entier dans ce"
            " dossier. Rien n’a été enregistré."
        )
    return [None] * int(min(number, MAX_INSTANCES + 1))


def _open(whole: Token, repeat: Repeat, index: int, item: Any) -> None:
    token = whole.workflow.put(whole, whole.task_spec)
    token.internal_data[INDEX] = index
    own: dict[str, Any] = {"loopCounter": index}
    if repeat.of_desks:
        own[DESK] = item
    elif repeat.item:
        own[repeat.item] = item
    token.internal_data[LOCALS] = own
    token._set_state(TaskState.STARTED)
    whole.task_spec.begin(token)


def _collect(whole: Token, repeat: Repeat, token: Token) -> None:
    if repeat.output and repeat.output_item:
        value = token.internal_data.get(LOCALS, {}).get(repeat.output_item)
        whole.internal_data.setdefault(OUTPUTS, []).append([token.internal_data[INDEX], value])


def _end(whole: Token, repeat: Repeat) -> None:
    """Withdraw what is still open and write what was collected."""
    for instance in whole.instances():
        whole.workflow.withdraw(instance)
    outputs = whole.internal_data.pop(OUTPUTS, None)
    if repeat.output and repeat.output_item:
        given = dict(outputs or ())
        whole.write({repeat.output: [given.get(index) for index in range(1, whole.internal_data[COUNTS][_TOTAL] + 1)]})
