"""Events: what is thrown, what is waited for, and what happens when the two meet (BPMN 2.0.2 §13.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from engine.circuits.drawing import BOUNDARY, ERROR, ESCALATION, LINK, MESSAGE, SIGNAL, TERMINATE, TIMER, Event, Node
from engine.circuits.running.tokens import KEYS, TIMERS, Token
from engine.circuits.timing import after_period, moment_of
from engine.circuits.values import CircuitStuck, Thrown
from engine.feel import to_json

if TYPE_CHECKING:
    from engine.circuits.running.scopes import Run
    from engine.circuits.running.specs import NodeSpec

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def milliseconds(moment: datetime) -> int:
    """A moment as it is stored."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(stored: int) -> datetime:
    """A stored moment."""
    return _EPOCH + timedelta(milliseconds=stored)


def arm(token: Token, specs: Iterable[NodeSpec]) -> None:
    """Begin to wait for the events of these nodes. Signals, errors and escalations need nothing to be kept."""
    for spec in specs:
        event = spec.node.event
        if event is None:
            continue
        if event.kind == TIMER:
            due = moment_of(event, token, token.workflow.run.now, spec.node.label)
            again = spec.node.kind == BOUNDARY and not spec.node.interrupting
            row: list[Any] = [spec.number, milliseconds(due.at)]
            if again and due.period is not None and due.times != 1:
                row += [due.times, due.period]
            token.internal_data.setdefault(TIMERS, []).append(row)
        elif event.kind == MESSAGE:
            token.internal_data.setdefault(KEYS, []).append([spec.number, _key(event, token, spec.node)])


def _key(event: Event, token: Token, node: Node) -> str:
    if not event.expression:
        return ""
    value = to_json(token.value(event.expression))
    if value is None or value == "":
        raise CircuitStuck(
            f"L’évènement {node.label} attend un message sans savoir pour quoi : {event.expression} n’a pas de valeur."
            " Rien n’a été enregistré."
        )
    key = str(value)
    if len(key) > MAX_KEY:
        raise CircuitStuck(
            f"La clé du message attendu par {node.label} dépasse {MAX_KEY} caractères. Rien n’a été enregistré."
        )
    return key


#: Longest correlation key, in characters: they are indexed.
MAX_KEY = 500


def next_due(token: Token) -> int | None:
    """The earliest timer of a token."""
    return min((row[1] for row in token.internal_data.get(TIMERS, ())), default=None)


def fire_due(run: Run) -> None:
    """Fire every timer that is due, in the order of their moments, then of the drawing; each one's effects first."""
    now = milliseconds(run.now)
    fired = 0
    while not run.completed:
        due = [
            (row[1], (*token.workflow.place, row[0]), token.workflow.ages, token.id, token, row)
            for token in run.everywhere()
            for row in token.internal_data.get(TIMERS, ())
            if row[1] <= now
        ]
        if not due:
            return
        fired += 1
        if fired > MAX_FIRED:
            raise CircuitStuck("Trop d’échéances arrivent en même temps dans ce circuit. Rien n’a été enregistré.")
        *_, token, row = min(due, key=lambda item: item[:4])
        _timer_fired(token, row)
        run.settle()


#: Timers fired in one transition before it is abandoned.
MAX_FIRED = 1_000


def _timer_fired(token: Token, row: list[Any]) -> None:
    if len(row) > 2 and row[2] != 1:
        row[2] -= row[2] > 0
        event = token.workflow.circuit.specs[row[0]].node.event
        counting = event.counting if event is not None else ""
        row[1] = milliseconds(after_period(moment(row[1]), row[3], counting, token.workflow.run.calendar))
    else:
        token.internal_data[TIMERS].remove(row)
    happen(token, token.workflow.circuit.specs[row[0]])


def deliver(run: Run, message: str, key: str, variables: Mapping[str, Any]) -> bool:
    """Hand a message to the first token that waits for its name and key; False when none does."""
    for token in run.everywhere():
        for number, awaited in token.internal_data.get(KEYS, ()):
            spec = token.workflow.circuit.specs[number]
            event = spec.node.event
            if event is not None and event.name == message and awaited == key:
                token.write(variables)
                happen(token, spec)
                return True
    return False


def happen(token: Token, spec: NodeSpec) -> None:
    """What ``spec`` waited for on this token has come."""
    if spec.node.kind != BOUNDARY:
        token.task_spec.happened(token, spec)
        return
    scope = token.workflow
    if spec.node.interrupting:
        scope.withdraw(token)
    scope.go_through(spec)


def throw(token: Token, node: Node) -> None:
    """What an event throws, done before its token goes on."""
    if node.result == "rejected":
        token.workflow.run.reject()
        return
    event = node.event
    if event is None or event.kind == LINK:
        return
    if event.kind == MESSAGE:
        service = node.service.service if node.service is not None else ""
        given = _input(node, token)
        token.workflow.run.thrown.append(Thrown(MESSAGE, event.name, node.id, given, service))
    elif event.kind == SIGNAL:
        _signal(token.workflow.run, event.name)
    elif event.kind == TERMINATE:
        scope = token.workflow
        scope.withdraw_all()
        scope.end()
    elif event.kind == ERROR:
        throw_error(token.workflow.opener, event.name, token.workflow.run)
    elif event.kind == ESCALATION:
        _escalate(token, event.name, node)


def as_context(value: object) -> dict[str, Any]:
    """What is given to a service: a context, or one ``value``."""
    found = to_json(value)
    return found if isinstance(found, dict) else {"value": found}


def _input(node: Node, token: Token) -> Mapping[str, Any]:
    if node.service is None or not node.service.input:
        return {}
    return as_context(token.value(node.service.input))


def _signal(run: Run, name: str) -> None:
    """Every token that waits for this signal now hears it; one that an earlier one withdrew does not."""
    hearing = [(token, spec) for token in run.everywhere() for spec in _listening(token, name)]
    for token, spec in hearing:
        if token.is_live:
            happen(token, spec)


def _listening(token: Token, name: str) -> Sequence[NodeSpec]:
    return [
        spec
        for spec in waiting_specs(token)
        if spec.node.event is not None and spec.node.event.kind == SIGNAL and spec.node.event.name == name
    ]


def waiting_specs(token: Token) -> Sequence[NodeSpec]:
    """The nodes whose events a token listens to: itself, what follows an event gateway, its boundary events."""
    found: Sequence[NodeSpec] = token.task_spec.listens(token)
    return found


def throw_error(around: Token | None, code: str, run: Run) -> None:
    """Give an error to the nearest activity that catches it, from ``around`` outwards; else the folder is rejected."""
    catcher = _catcher(around, ERROR, code)
    if catcher is None:
        run.reject()
    else:
        happen(*catcher)


def _escalate(token: Token, code: str, node: Node) -> None:
    catcher = _catcher(token.workflow.opener, ESCALATION, code)
    if catcher is None:
        token.workflow.run.thrown.append(Thrown(ESCALATION, code, node.id, {}))
    else:
        happen(*catcher)


def errors_caught(around: Token | None) -> list[str]:
    """The codes of error that somebody catches, from ``around`` outwards; an empty one catches any."""
    codes = []
    while around is not None:
        whole = around.whole()
        codes += [spec.node.event.name for spec in _catching(whole, ERROR) if spec.node.event]
        around = whole.workflow.opener
    return list(dict.fromkeys(codes))


def _catching(whole: Token, kind: str) -> list[NodeSpec]:
    """The boundary events of this kind on an activity."""
    return [spec for spec in waiting_specs(whole) if spec.node.kind == BOUNDARY and spec.node.event_kind == kind]


def _catcher(around: Token | None, kind: str, code: str) -> tuple[Token, NodeSpec] | None:
    """The nearest boundary event of this kind, with this code rather than without."""
    while around is not None:
        whole = around.whole()
        found = [spec for spec in _catching(whole, kind) if spec.node.event and spec.node.event.name in {code, ""}]
        if found:
            exact = [spec for spec in found if spec.node.event is not None and spec.node.event.name == code]
            return whole, (exact or found)[0]
        around = whole.workflow.opener
    return None
