"""Playing a circuit: pure functions over a state, no database, no clock.

Each takes the state as it is stored and gives back a :class:`Progress` with the state to store. When one raises, there
is nothing to store and nothing happened. ``calendar``: the one of the town, in which timers and delays are counted and
in whose zone expressions see ``now()``; without it, days of twenty-four hours in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from engine.calendar import WorkingCalendar
from engine.circuits.circuit import Circuit
from engine.circuits.running import events, repeat
from engine.circuits.running.activities import StepSpec as StepNode
from engine.circuits.running.activities import WorkSpec
from engine.circuits.running.scopes import Run
from engine.circuits.running.tokens import AIMED, INDEX, INPUT, KEYS, Token
from engine.circuits.state import dump, load
from engine.circuits.timing import delay_from
from engine.circuits.values import Awaited, NotOpen, OpenStep, OpenWork, Progress, Rewound, StepSpec, WorkAnswers
from engine.ids import new_id

#: The lowest bits of the identifiers of a run count its tokens.
_COUNTED_BITS = 32


def start(
    circuit: Circuit, variables: Mapping[str, Any], *, now: datetime, calendar: WorkingCalendar | None = None
) -> Progress:
    """Begin a run with these variables (JSON values). Raises :class:`CircuitStuck`."""
    run = Run(circuit, dict(variables), now, base=new_id().int >> _COUNTED_BITS << _COUNTED_BITS, calendar=calendar)
    run.begin()
    return _progress(run)


def complete(
    circuit: Circuit,
    state: bytes,
    token: str,
    *,
    outcome: str,
    by: Mapping[str, Any],
    variables: Mapping[str, Any],
    now: datetime,
    calendar: WorkingCalendar | None = None,
) -> Progress:
    """Complete an open step with its outcome, then run what follows.

    ``by``: who gave it, for conditions to read. ``variables``: what the step fills. A refusal that the drawing does not
    take care of ends the run and withdraws every other open step. Raises :class:`NotOpen` when the step is not open,
    :class:`CircuitStuck` when the drawing cannot go on.
    """
    run = load(state, circuit, now, calendar)
    found = run.find(token)
    if not _is_open_step(found):
        raise NotOpen(token)
    found.task_spec.complete(found, outcome, by, variables)
    return _progress(run)


def answer(
    circuit: Circuit,
    state: bytes,
    token: str,
    *,
    variables: Mapping[str, Any],
    error: str | None = None,
    now: datetime,
    calendar: WorkingCalendar | None = None,
) -> Progress:
    """Give a worker's answer to a service task; ``error``: the code of what went wrong, for the drawing to catch.

    Raises :class:`NotOpen` when nobody waits for it any more, :class:`CircuitStuck` when the drawing cannot go on.
    """
    run = load(state, circuit, now, calendar)
    found = run.find(token)
    if not _is_open_work(found):
        raise NotOpen(token)
    if error is None:
        found.write(variables)
        found.task_spec.done(found)
    else:
        found.task_spec.fail(found, error)
    return _progress(run)


def deliver(
    circuit: Circuit,
    state: bytes,
    *,
    message: str,
    key: str,
    variables: Mapping[str, Any],
    now: datetime,
    calendar: WorkingCalendar | None = None,
) -> Progress | None:
    """Hand a message from outside to the first token that waits for its name and key; None when none does."""
    run = load(state, circuit, now, calendar)
    return _progress(run) if events.deliver(run, message, key, variables) else None


def advance(circuit: Circuit, state: bytes, *, now: datetime, calendar: WorkingCalendar | None = None) -> Progress:
    """Fire every timer that is due ``now``."""
    run = load(state, circuit, now, calendar)
    events.fire_due(run)
    return _progress(run)


def open_steps(circuit: Circuit, state: bytes) -> list[OpenStep]:
    """The steps that wait for somebody; their delays were told when they opened."""
    run = load(state, circuit, _ANY)
    return [_open_step(run, token) for token in run.everywhere() if _is_open_step(token)]


def open_work(circuit: Circuit, state: bytes) -> list[OpenWork]:
    """The service tasks that wait for a worker."""
    run = load(state, circuit, _ANY)
    return [_open_work(run, token) for token in run.everywhere() if _is_open_work(token)]


def answers_of(circuit: Circuit, state: bytes, token: str) -> WorkAnswers:
    """How an open service task may be answered. Raises :class:`NotOpen` when nobody waits for it any more."""
    found = load(state, circuit, _ANY).find(token)
    if not _is_open_work(found):
        raise NotOpen(token)
    node = found.task_spec.node
    assert node.service is not None
    return WorkAnswers(node.name or node.id, node.service, tuple(events.errors_caught(found)))


def rewind(
    circuit: Circuit,
    earlier: bytes,
    present: bytes,
    *,
    now: datetime | None = None,
    calendar: WorkingCalendar | None = None,
) -> Rewound:
    """Go back to an earlier state of the same run. ``now``: from when the reminders of steps open again are counted.

    Tokens opened since are withdrawn, those that were open then are open again, under the identifiers they had; numbers
    of tokens given since are never given again. Timers keep the moments they had: those that are past are due at once.
    """
    then, here_now = load(earlier, circuit, now or _ANY, calendar if now else None), load(present, circuit, _ANY)
    then.serial = max(then.serial, here_now.serial)
    steps = {token.id: _open_step(then, token, now) for token in then.everywhere() if _is_open_step(token)}
    asked = {token.id: _open_work(then, token) for token in then.everywhere() if _is_open_work(token)}
    here = [] if here_now.completed else here_now.everywhere()
    open_now = {token.id for token in here if _is_open_step(token)}
    asked_now = {token.id for token in here if _is_open_work(token)}
    due = [moment for token in then.everywhere() if (moment := events.next_due(token)) is not None]
    return Rewound(
        state=dump(then),
        reopened=tuple(step for serial, step in steps.items() if serial not in open_now),
        withdrawn=tuple(here_now.public(serial) for serial in sorted(open_now - steps.keys())),
        work=tuple(work for serial, work in asked.items() if serial not in asked_now),
        next_due=events.moment(min(due)) if due else None,
        awaited=tuple(_awaited(then.everywhere())),
    )


def awaited(circuit: Circuit, state: bytes) -> list[Awaited]:
    """The messages that a run waits for."""
    return _awaited([token for token in load(state, circuit, _ANY).everywhere() if token.internal_data])


def variables_seen(circuit: Circuit, state: bytes, token: str) -> dict[str, Any]:
    """The variables that an open step sees, those of the scopes around it included.

    Raises :class:`NotOpen` when the step is not open.
    """
    return dict(load(state, circuit, _ANY).find(token).data)


def variables_of(circuit: Circuit, state: bytes) -> dict[str, Any]:
    """The variables of the run itself."""
    return load(state, circuit, _ANY).own


_ANY = datetime.max.replace(tzinfo=UTC)


def _is_open_step(token: Token) -> bool:
    return token.task_spec.is_step and not token._children and token.task_spec.is_ready(token)


def _is_open_work(token: Token) -> bool:
    return isinstance(token.task_spec, WorkSpec) and token.task_spec.is_waiting(token)


def _progress(run: Run) -> Progress:
    run.settle()
    tokens = [] if run.completed else [token for token in run.everywhere() if token.internal_data]
    due = [moment for token in tokens if (moment := events.next_due(token)) is not None]
    return Progress(
        state=dump(run),
        opened=tuple(_open_step(run, token, now=run.now) for token in run.opened.values()),
        closed=tuple(run.public(serial) for serial in run.closed),
        next_due=events.moment(min(due)) if due else None,
        finished=run.completed,
        result="rejected" if run.rejected else None,
        work=tuple(_open_work(run, token) for token in run.asked.values()),
        thrown=tuple(run.thrown),
        awaited=tuple(_awaited(tokens)),
    )


def _awaited(tokens: list[Token]) -> list[Awaited]:
    found = []
    for token in tokens:
        for number, key in token.internal_data.get(KEYS, ()):
            node = token.workflow.circuit.specs[number].node
            assert node.event is not None
            found.append(Awaited(node.event.name, key, node.id))
    return found


def _open_step(run: Run, token: Token, now: datetime | None = None) -> OpenStep:
    spec: StepNode = token.task_spec
    step = spec.node.step
    assert step is not None
    return OpenStep(
        token=run.public(token.id),
        element_id=step.element_id,
        name=step.name,
        kind=step.kind,
        desk=_desk(token),
        index=token.internal_data.get(INDEX),
        path=token.workflow.path,
        due_at=delay_from(step.delay, step.counting, token, now) if now is not None and step.delay else None,
        reminders=_reminders(step, token, now) if now is not None else (),
    )


def _reminders(step: StepSpec, token: Token, now: datetime) -> tuple[datetime, ...]:
    return tuple(delay_from(text, step.counting, token, now) for text in step.reminders)


def _desk(token: Token) -> str:
    node = token.task_spec.node
    if AIMED in token.internal_data:
        return str(token.internal_data[AIMED])
    if node.repeat is not None and node.repeat.of_desks and INDEX in token.internal_data:
        return str(token.data[repeat.DESK])
    assert node.step is not None
    return node.step.desk


def _open_work(run: Run, token: Token) -> OpenWork:
    service = token.task_spec.node.service
    assert service is not None
    return OpenWork(
        token=run.public(token.id),
        element_id=service.element_id,
        service=service.service,
        input=token.internal_data.get(INPUT, {}),
        index=token.internal_data.get(INDEX),
    )
