"""The circuit of a folder as a line one reads downwards: done, now, to come."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlmodel import Session

from engine.circuits import OpenStep, forecast, open_steps
from engine.circuits.library import CircuitLibrary, latest_version
from engine.desks.model import Desk
from engine.desks.queries import desks_by_short_name, holders
from engine.folders.model import Folder, FolderStatus, ProcessInstance
from engine.folders.queries import StepView, steps_of
from engine.folders.variables import start_variables
from engine.typology.queries import subtype_of


class Moment(StrEnum):
    """Where a step stands."""

    DONE = "DONE"
    REFUSED = "REFUSED"
    WITHDRAWN = "WITHDRAWN"
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


def timeline(session: Session, library: CircuitLibrary, folder: Folder, *, now: datetime) -> list[TimelineStep]:
    """The steps of a folder: those opened, in order, then those its circuit still foresees."""
    opened = steps_of(session, folder.tenant_id, folder.id)
    people = holders(session, [view.desk.id for view in opened])
    line = [_opened(view, [account.full_name for account in people[view.desk.id]]) for view in opened]
    if folder.status is FolderStatus.DRAFT:
        return forecast_of_subtype(
            session, library, folder.tenant_id, folder.subtype_id, folder.emitter_desk_id, now=now
        )
    if folder.status is not FolderStatus.IN_PROGRESS:
        return line
    instance = session.get_one(ProcessInstance, folder.id)
    circuit = library.version(session, instance.workflow_version_id)
    to_come = forecast(circuit, {}, state=instance.state, waiting=open_steps(circuit, instance.state), now=now)
    return line + _foreseen(session, folder.tenant_id, folder.emitter_desk_id, to_come)


def forecast_of_subtype(
    session: Session,
    library: CircuitLibrary,
    tenant_id: UUID,
    subtype_id: UUID,
    emitter_desk_id: UUID | None,
    *,
    now: datetime,
) -> list[TimelineStep]:
    """The steps that a folder of this sub-type would take today, with the people who hold the desks."""
    subtype = subtype_of(session, tenant_id, subtype_id)
    version = latest_version(session, tenant_id, subtype.workflow_definition_id) if subtype else None
    if version is None:
        return []
    circuit = library.version(session, version.id)
    variables = {"title": "", **start_variables(session, tenant_id, subtype_id, emitter_desk_id)}
    return _foreseen(session, tenant_id, emitter_desk_id, forecast(circuit, variables, now=now))


def _opened(view: StepView, people: list[str]) -> TimelineStep:
    step = view.step
    if step.closed_at is None:
        moment = Moment.NOW
    elif step.outcome is None:
        moment = Moment.WITHDRAWN
    else:
        moment = Moment.REFUSED if step.outcome == "rejected" else Moment.DONE
    who = (view.actor.full_name,) if view.actor else tuple(people)
    return TimelineStep(moment, step.name, step.kind, view.desk.name, who, step.closed_at, step.reason)


def _foreseen(
    session: Session, tenant_id: UUID, emitter_desk_id: UUID | None, specs: Iterable[OpenStep]
) -> list[TimelineStep]:
    desks = desks_by_short_name(session, tenant_id)
    emitter = session.get(Desk, emitter_desk_id) if emitter_desk_id else None
    aimed = [(spec, emitter if spec.desk == "emitter" else desks.get(spec.desk or "")) for spec in specs]
    people = holders(session, [desk.id for _, desk in aimed if desk])
    return [
        TimelineStep(
            Moment.TO_COME,
            spec.name,
            str(spec.kind),
            desk.name if desk else (spec.desk or "Bureau émetteur"),
            tuple(account.full_name for account in people[desk.id]) if desk else (),
        )
        for spec, desk in aimed
    ]
