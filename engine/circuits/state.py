"""The state of a run as a compact, versioned array: only the present; history is in the journal.

Format 2: ``[2, base, serial, flags, scope]``. ``base``: 22 characters of base64, the number from which identifiers of
steps are counted. ``serial``: the last token number given. ``flags``: 1 finished, 2 rejected. A ``scope`` is
``[variables, tokens]``, with 0 instead of variables that are those of the scope around. A token is
``[node, serial, internal, instances, scope]`` without its trailing zeros. Nodes are numbers in the circuit, which is
stored once. No type name is interpreted: a form field may have any name.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import orjson
from SpiffWorkflow import TaskState

from engine.calendar import WorkingCalendar
from engine.circuits.running.activities import CallSpec, StepSpec, SubProcessSpec
from engine.circuits.running.scopes import Inner, Run, Scope
from engine.circuits.running.tokens import Token

if TYPE_CHECKING:
    from engine.circuits.circuit import Circuit

FORMAT = 2
#: From a format that is no longer written to the one that follows it.
UPGRADES: dict[int, Callable[[list[Any], Circuit], list[Any]]] = {}


def dump(run: Run) -> bytes:
    """The state to store. Raises :class:`TypeError` for a variable that JSON cannot hold."""
    flags = int(run.completed) | 2 * int(run.rejected)
    base = base64.b64encode(run.base.to_bytes(16, "big"))[:22].decode()
    try:
        return orjson.dumps([FORMAT, base, run.serial, flags, _scope(run)], default=_plain)
    except orjson.JSONEncodeError as error:
        raise TypeError(str(error.__cause__ or error)) from None


def load(state: bytes, circuit: Circuit, now: datetime, calendar: WorkingCalendar | None = None) -> Run:
    """The run behind a stored state; ``calendar``: in which it counts.

    Raises :class:`ValueError` for a format that this version does not know.
    """
    stored = orjson.loads(state)
    while stored[0] != FORMAT:
        upgrade = UPGRADES.get(stored[0])
        if upgrade is None:
            raise ValueError(f"state format {stored[0]} is unknown to this version")
        stored = upgrade(stored, circuit)
    _, base, serial, flags, scope = stored
    first = int.from_bytes(base64.b64decode(base + "=="), "big")
    run = Run(circuit, scope[0], now, base=first, serial=serial, calendar=calendar)
    run.completed, run.rejected = bool(flags & 1), bool(flags & 2)
    for row in scope[1]:
        _token(row, run, run.task_tree)
    return run


def _plain(value: object) -> object:
    """A number as JSON holds it. Raises :class:`TypeError` rather than lose a digit."""
    if isinstance(value, Decimal) and value.is_finite():
        number = int(value) if value == value.to_integral_value() else float(value)
        if Decimal(repr(number)) == value:
            return number
    raise TypeError(f"{value!r} cannot be kept in a circuit without losing something: give it as text")


def _scope(scope: Scope) -> list[Any]:
    return [0 if scope.shares else scope.own, [_row(token) for token in scope.tokens()]]


def _row(token: Token) -> list[Any]:
    inner = token.inner()
    row = [
        token.task_spec.number,
        token.id,
        token.internal_data or 0,
        [_row(instance) for instance in token.instances()] or 0,
        _scope(inner) if inner is not None else 0,
    ]
    while row[-1] == 0:
        row.pop()
    return row


def _token(row: list[Any], scope: Scope, parent: Token) -> None:
    number, serial, internal, instances, inside = row + [0] * (5 - len(row))
    spec = scope.circuit.specs[number]
    token = Token(scope, spec, parent, serial)
    if internal:
        token.internal_data = internal
    token._set_state(_resting_state(spec, bool(instances)))
    for instance in instances or ():
        _token(instance, scope, token)
    if inside:
        inner = _open(spec, token, inside[0])
        for inner_row in inside[1]:
            _token(inner_row, inner, inner.task_tree)


def _open(spec: object, token: Token, own: Any) -> Inner:
    if isinstance(spec, CallSpec):
        called = token.workflow.circuit.called[spec.node.called]
        return Inner(called, called.spec, token, own)
    assert isinstance(spec, SubProcessSpec)
    return Inner(token.workflow.circuit, spec.inside, token, None if own == 0 else own)


def _resting_state(spec: object, repeated: bool) -> int:
    """The state in which a token rests on a node."""
    if repeated or isinstance(spec, CallSpec | SubProcessSpec):
        return int(TaskState.STARTED)
    if isinstance(spec, StepSpec):
        return int(TaskState.READY)
    return int(TaskState.WAITING)
