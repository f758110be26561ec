"""The circuit of a folder as a line one reads downwards: done, now, to come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.circuits import Circuit, OpenStep, StepKind, StepSpec, forecast, open_steps
from engine.circuits.library import CircuitLibrary, latest_version
from engine.desks.model import Desk
from engine.desks.queries import desks_by_short_name, holders
from engine.folders.audience import Told, audience
from engine.folders.choices import TO_CHOOSE, to_be_chosen
from engine.folders.events import CHAINED, RECYCLED, STOPPED
from engine.folders.fallen import what_fell
from engine.folders.model import Folder, FolderStatus, ProcessInstance, Step
from engine.folders.queries import StepView, steps_of
from engine.folders.rules import REJECTIONS
from engine.folders.variables import chosen_desks, start_variables
from engine.journal.model import JournalEntry
from engine.people.model import Account
from engine.typology.queries import subtype_of


class Moment(StrEnum):
    """Where a step stands."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"  #: nobody is asked any more: the circuit went another way
    FALLEN = "FALLEN"  #: the folder went back before it: its act, if there was one, no longer counts
    NOW = "NOW"
    TO_COME = "TO_COME"


@dataclass(frozen=True, slots=True)
class TimelineStep:
    """One point of the line."""

    moment: Moment
    name: str
    kind: str
    desk: str
    people: tuple[str, ...]  #: who acted, or who holds the desk now
    at: datetime | None = None
    reason: str = ""
    id: UUID | None = None  #: of the step, once it was opened
    outcome: str = ""  #: the word with which somebody ended it
    answer: str = ""  #: what the drawing calls that word, when it is its own
    due_at: datetime | None = None  #: when its delay ends, while it waits
    called: str = ""  #: the call activities that lead to it, when its circuit is not that of the folder
    parts: tuple[TimelineStep, ...] = ()  #: when it is asked several times: each of them
    on_behalf_of: str = ""  #: who was away, when who acted stood in
    to_choose: bool = False  #: whoever deposits has not said yet for which desk it is
    substitutes: tuple[str, ...] = ()  #: who stands in for the desk now, while it waits

    @property
    def acted(self) -> int:
        """Of a step asked several times: how many have answered."""
        return sum(part.moment in {Moment.DONE, Moment.REFUSED} for part in self.parts)

    @property
    def present(self) -> tuple[UUID | None, ...]:
        """The steps of this point that wait for somebody."""
        return tuple(step.id for step in self.parts or (self,) if step.moment is Moment.NOW)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A step with what tells the times that one element asks apart."""

    key: tuple[str, str]  #: path and element
    instance: int | None
    mode: str
    step: TimelineStep


def timeline(session: Session, library: CircuitLibrary, folder: Folder, *, now: datetime) -> list[TimelineStep]:
    """The steps of a folder: those opened, in order, then those its circuit still foresees."""
    if folder.status is FolderStatus.DRAFT:
        return forecast_of_subtype(
            session,
            library,
            folder.tenant_id,
            folder.subtype_id,
            folder.emitter_desk_id,
            now=now,
            amount=folder.amount,
            chosen=chosen_desks(session, folder.id),
        )
    instance = session.get_one(ProcessInstance, folder.id)
    circuit = library.version(session, instance.workflow_version_id)
    line = _opened_steps(session, circuit, folder, folder.round, now)
    if folder.status is FolderStatus.IN_PROGRESS:
        to_come = forecast(circuit, {}, state=instance.state, waiting=open_steps(circuit, instance.state), now=now)
        line += _foreseen(session, circuit, folder.tenant_id, folder.emitter_desk_id, to_come)
    return _gathered(line)


@dataclass(frozen=True, slots=True)
class Round:
    """A circuit through which a folder went before its present one."""

    number: int
    ended_by: str  #: full name of who made a draft of it again, or sent it into another circuit
    ended_at: datetime
    recycled: bool  #: made a draft again; otherwise sent into another circuit once it was finished
    steps: tuple[TimelineStep, ...]


def earlier_rounds(session: Session, library: CircuitLibrary, folder: Folder, *, now: datetime) -> list[Round]:
    """The circuits of a folder before its present one, the first one first."""
    if folder.round == 1:
        return []
    rows = session.exec(
        select(JournalEntry, Account)
        .join(Account, col(Account.id) == JournalEntry.actor_id)
        .where(JournalEntry.chain == folder.id, col(JournalEntry.event).in_([RECYCLED, CHAINED]))
        .order_by(col(JournalEntry.seq))
    ).all()
    found = []
    for entry, account in rows:
        data: dict[str, Any] = orjson.loads(entry.data)
        circuit = library.version(session, UUID(data["ended_workflow_version"]))
        steps = _gathered(_opened_steps(session, circuit, folder, data["ended_round"], now))
        recycled = entry.event == RECYCLED
        found.append(Round(data["ended_round"], account.full_name, entry.at, recycled, tuple(steps)))
    return found


@dataclass(frozen=True, slots=True)
class Stopped:
    """Why a folder goes no further."""

    by: str  #: full name
    at: datetime
    reason: str


def stopped_of(session: Session, folder: Folder) -> Stopped | None:
    """Who stopped a folder and why; None when it is not stopped."""
    if folder.status is not FolderStatus.STOPPED:
        return None
    entry, account = session.exec(
        select(JournalEntry, Account)
        .join(Account, col(Account.id) == JournalEntry.actor_id)
        .where(JournalEntry.chain == folder.id, JournalEntry.event == STOPPED)
        .order_by(col(JournalEntry.seq).desc())
        .limit(1)
    ).one()
    return Stopped(account.full_name, entry.at, orjson.loads(entry.data)["reason"])


def _opened_steps(session: Session, circuit: Circuit, folder: Folder, number: int, now: datetime) -> list[_Asked]:
    """The steps that were opened in one round of a folder, in order."""
    opened = [view for view in steps_of(session, folder.tenant_id, folder.id) if view.step.round == number]
    people = audience(session, folder, [view.desk.id for view in opened], now=now)
    gone, moments = what_fell(session, folder.id)
    line = []
    for view in opened:
        fell = view.step.id in gone or (view.step.outcome is None and view.step.closed_at in moments)
        line.append(_opened(circuit, view, people[view.desk.id], fell=fell))
    return line


def forecast_of_subtype(
    session: Session,
    library: CircuitLibrary,
    tenant_id: UUID,
    subtype_id: UUID,
    emitter_desk_id: UUID | None,
    *,
    now: datetime,
    amount: Decimal | None = None,
    chosen: Mapping[str, str] | None = None,
) -> list[TimelineStep]:
    """The steps that a folder of this sub-type would take today, with the people who hold the desks.

    ``amount``: of the folder, in euros, when it is known. ``chosen``: short names of the desks chosen, by step.
    """
    subtype = subtype_of(session, tenant_id, subtype_id)
    version = latest_version(session, tenant_id, subtype.workflow_definition_id) if subtype else None
    if version is None:
        return []
    circuit = library.version(session, version.id)
    known = start_variables(session, tenant_id, subtype_id, emitter_desk_id, amount, chosen)
    variables = to_be_chosen(circuit, {"title": "", **known}, now=now)
    return _gathered(_foreseen(session, circuit, tenant_id, emitter_desk_id, forecast(circuit, variables, now=now)))


def _opened(circuit: Circuit, view: StepView, people: Sequence[Told], *, fell: bool) -> _Asked:
    step = view.step
    spec = _spec(circuit, step)
    if step.closed_at is None:
        moment = Moment.NOW
    elif fell:
        moment = Moment.FALLEN
    elif step.outcome is None:
        moment = Moment.WITHDRAWN
    else:
        moment = Moment.REFUSED if step.outcome in REJECTIONS else Moment.DONE
    shown = TimelineStep(
        moment=moment,
        name=step.name,
        kind=step.kind,
        desk=view.desk.name,
        people=(view.actor.full_name,) if view.actor else _names(people, standing_in=False),
        at=step.closed_at,
        reason=step.reason,
        id=step.id,
        outcome=step.outcome or "",
        answer=spec.outcomes.get(step.outcome or "", ""),
        due_at=step.due_at if moment is Moment.NOW else None,
        called=_called(circuit, step.path),
        on_behalf_of=view.on_behalf_of or "",
        substitutes=_names(people, standing_in=True) if moment is Moment.NOW else (),
    )
    return _Asked((step.path, step.element_id), step.instance, spec.mode, shown)


def _names(people: Iterable[Told], *, standing_in: bool) -> tuple[str, ...]:
    return tuple(told.account.full_name for told in people if (told.on_behalf_of is not None) is standing_in)


def _spec(circuit: Circuit, step: Step) -> StepSpec:
    """What the drawing says of a step; one that was done in an earlier version may no longer be in it."""
    try:
        return circuit.at(step.path).step(step.element_id)
    except KeyError:
        return StepSpec(step.element_id, step.name, StepKind(step.kind), "")


def _foreseen(
    session: Session, circuit: Circuit, tenant_id: UUID, emitter_desk_id: UUID | None, specs: Iterable[OpenStep]
) -> list[_Asked]:
    desks = desks_by_short_name(session, tenant_id)
    emitter = session.get(Desk, emitter_desk_id) if emitter_desk_id else None
    aimed = [(spec, emitter if spec.desk == "emitter" else desks.get(spec.desk or "")) for spec in specs]
    people = holders(session, [desk.id for _, desk in aimed if desk])
    return [
        _Asked(
            (spec.path, spec.element_id),
            spec.index,
            circuit.at(spec.path).step(spec.element_id).mode,
            TimelineStep(
                Moment.TO_COME,
                spec.name,
                str(spec.kind),
                desk.name if desk else ("Bureau à choisir" if spec.desk == TO_CHOOSE else spec.desk),
                tuple(account.full_name for account in people[desk.id]) if desk else (),
                called=_called(circuit, spec.path),
                to_choose=spec.desk == TO_CHOOSE,
            ),
        )
        for spec, desk in aimed
    ]


def _called(circuit: Circuit, path: str) -> str:
    names = []
    for element in path.split("/") if path else ():
        node = next((node for _, node in circuit.drawing.every() if node.id == element), None)
        if node is None or node.called not in circuit.called:
            break  # of an earlier version
        names.append(node.name or node.called)
        circuit = circuit.called[node.called]
    return " › ".join(names)


def _gathered(line: Sequence[_Asked]) -> list[TimelineStep]:
    """One point for the times that a step is asked of several desks or instances; another when it is asked anew."""
    groups: list[list[_Asked]] = []
    latest: dict[tuple[str, str], list[_Asked]] = {}
    for asked in line:
        group = latest.get(asked.key)
        if asked.instance is None or group is None or asked.instance in {other.instance for other in group}:
            group = []
            groups.append(group)
            if asked.instance is not None:
                latest[asked.key] = group
        group.append(asked)
    return [_point(group) for group in groups]


def _point(group: Sequence[_Asked]) -> TimelineStep:
    first = group[0].step
    if group[0].instance is None or len(group) == 1:
        return first
    ordered = sorted(group, key=lambda asked: asked.instance or 0)
    parts = tuple(asked.step for asked in ordered)
    due = [part.due_at for part in parts if part.due_at is not None]
    return replace(
        first,
        moment=_whole([part.moment for part in parts], group[0].mode),
        desk=", ".join(dict.fromkeys(part.desk for part in parts)),
        people=(),
        reason="",
        at=max((part.at for part in parts if part.at is not None), default=None),
        id=None,
        outcome="",
        answer="",
        due_at=min(due) if due else None,
        parts=parts,
    )


def _whole(moments: Sequence[Moment], mode: str) -> Moment:
    """Where a step asked several times stands (docs/circuits.md, Several desks or instances)."""
    if Moment.NOW in moments:
        return Moment.NOW
    if Moment.REFUSED in moments and not (mode.isdecimal() and moments.count(Moment.DONE) >= int(mode)):
        return Moment.REFUSED
    return next(one for one in (Moment.DONE, Moment.FALLEN, Moment.TO_COME, Moment.WITHDRAWN) if one in moments)
