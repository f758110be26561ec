"""Variables that a drawing reads and that nothing fills, or not on every way."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from engine.circuits.around import GIVEN_AT_START, GIVEN_PERHAPS, Around
from engine.circuits.asking import chosen, filled
from engine.circuits.data_flow import DataFlow, instance_names
from engine.circuits.drawing import (
    BOUNDARY,
    CALL,
    CATCH,
    CHOICES,
    MESSAGE,
    SERVICE,
    TIMER,
    Drawing,
    Node,
)
from engine.circuits.findings import warning
from engine.circuits.reading import split_labelled
from engine.circuits.timing import is_literal
from engine.circuits.values import Finding
from engine.circuits.xml import ours
from engine.feel import compile_expression

#: What ``completionCondition`` sees besides variables.
COUNTERS = frozenset(
    [
        f"{prefix}{kind}Instances"
        for prefix in ("numberOf", "nrOf")
        for kind in ("", "Active", "Completed", "Terminated")
    ]
    + ["numberOfApproved", "numberOfRejected"]
)
#: Always readable: a step that has not ended gives ``null`` in it, as specified.
_ALWAYS = frozenset({"outcomes"})


@dataclass(frozen=True, slots=True)
class Reading:
    """An expression, and where it is."""

    element_id: str
    what: str  #: French, with its article: « la condition de « Suite » »
    names: frozenset[str]
    seen: frozenset[str] = frozenset()  #: names that exist only there


def check_data(drawing: Drawing, around: Around) -> Iterator[Finding]:
    """One warning per variable read and never filled, or that may be read before it is filled.

    When the fields that folders bring are not known, every name is taken to be one of them, but ``outcome``.
    """
    start = [*GIVEN_AT_START, *GIVEN_PERHAPS, *(around.fields or ())]
    filled = DataFlow(drawing, start, lambda _scope, node: gives(node, around))
    every = list(drawing.every())
    blind = any(gives(node, around) is None for _, node in every)
    anywhere = {name for _, node in every for name in (*(gives(node, around) or ()), *declared(node))}
    told: set[str] = set()
    for scope, node in every:
        known = filled.known_at(node)
        for reading in (*readings(node, around), *_conditions(scope, node)):
            for name in sorted(reading.names - reading.seen - _ALWAYS - told):
                if known(name) or (around.fields is None and name != "outcome"):
                    continue
                if name in anywhere:
                    told.add(name)
                    yield _perhaps(reading, name)
                elif not blind:
                    told.add(name)
                    yield _never(reading, name)


def filled_at_end(drawing: Drawing, around: Around) -> frozenset[str]:
    """The variables that a circuit leaves filled to its caller, however it ends; not the outcomes of its steps."""
    flow = DataFlow(drawing, (), lambda _scope, node: gives(node, around) or ())
    return flow.known_at_end(drawing) - {"outcome"}


def _conditions(scope: Drawing, node: Node) -> Iterator[Reading]:
    for flow in (scope.flows[flow] for flow in node.outgoing if node.kind in CHOICES):
        if flow.condition:
            yield _reading(flow.id, f"la condition de {flow.label}", flow.condition)


def readings(node: Node, around: Around) -> Iterator[Reading]:
    """The expressions of one element; those of the flows that leave it are not among them."""
    own = frozenset(instance_names(node))
    if node.asked is not None and around.decisions is not None:
        decisions = around.decisions[node.asked.table]
        yield Reading(node.id, f"la décision de {node.label}", decisions.names(chosen(node.asked, decisions)))
    if node.event is not None and node.event.kind in {TIMER, MESSAGE} and node.kind in {CATCH, BOUNDARY}:
        text = node.event.expression
        if text and not (node.event.kind == TIMER and is_literal(text)):
            what = "l’échéance de" if node.event.kind == TIMER else "la clé du message de"
            yield _reading(node.id, f"{what} {node.label}", text)
    repeat = node.repeat
    if repeat is not None:
        for text in (repeat.collection, repeat.cardinality):
            if text and not (repeat.of_desks and not text.startswith("=")):
                yield _reading(node.id, f"la répétition de {node.label}", text)
        if repeat.condition:
            yield _reading(node.id, f"la condition d’achèvement de {node.label}", repeat.condition, COUNTERS)
    step = node.step
    if step is not None:
        if step.desk.startswith("=") and not (repeat is not None and repeat.of_desks):
            yield _reading(node.id, f"le bureau de {node.label}", step.desk, own)
        for text in (step.delay, *step.reminders):
            if text and not is_literal(text):
                yield _reading(node.id, f"le délai de {node.label}", text, own)
        required = frozenset((*step.required_for_approval, *step.required_for_rejection))
        yield Reading(node.id, f"l’étape {node.label}", required, own | frozenset(step.fills))
    if node.service is not None and node.service.input:
        yield _reading(node.id, f"les données de {node.label}", node.service.input, own)


def _reading(element_id: str, what: str, expression: str, seen: frozenset[str] = frozenset()) -> Reading:
    return Reading(element_id, what, compile_expression(expression).names, seen)


def declared(node: Node) -> tuple[str, ...]:
    """The variables that an element says it may fill: a step, a service, a message that arrives."""
    arrives = node.event_kind == MESSAGE and node.kind in {CATCH, BOUNDARY}
    return tuple(split_labelled(ours(node.element, "fills"))) if node.step or node.kind == SERVICE or arrives else ()


def gives(node: Node, around: Around) -> Iterable[str] | None:
    """What an element leaves to those that follow; None when nobody knows what the circuit that it calls fills.

    An instance's own variables are forgotten, but for what is collected.
    """
    repeat = node.repeat
    found = ["outcome"] if node.step is not None else []
    if repeat is not None and not repeat.of_desks:
        return [*found, *([repeat.output] if repeat.output else [])]
    if node.asked is not None:
        if around.decisions is None and not node.asked.result:
            return None
        tables = around.decisions or {}
        return [node.asked.result] if node.asked.result else filled(node.asked, tables[node.asked.table])
    if node.kind == CALL:
        known = isinstance(around.circuits, Mapping) and node.called in around.circuits
        return around.circuits[node.called].fills if known else None  # type: ignore[index]
    return [*found, *declared(node)]


def _perhaps(reading: Reading, name: str) -> Finding:
    return warning(
        reading.element_id,
        f"« {name} » peut être lu avant d’être rempli : {reading.what} le lit, et tous les chemins qui y mènent ne le"
        " remplissent pas.",
        "Faites-le remplir plus tôt, ou prévoyez dans l’expression le cas où il est vide.",
    )


def _never(reading: Reading, name: str) -> Finding:
    return warning(
        reading.element_id,
        f"« {name} » n’est rempli par rien : {reading.what} le lit, et ni le dossier ni une étape ne le donne.",
        "Corrigez ce nom, faites remplir ce champ par une étape, ou ajoutez-le à ceux du sous-type.",
    )
