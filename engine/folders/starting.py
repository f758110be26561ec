"""Beginning a run: of a draft that is sent, or of a finished folder that goes on in another circuit."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from engine.calendar import town_calendar
from engine.circuits import Progress, start
from engine.circuits.library import CircuitLibrary, latest_version
from engine.circuits.model import WorkflowVersion
from engine.folders.choices import refuse_sending
from engine.folders.model import Folder, ProcessInstance
from engine.folders.transitions import announce, end_status, open_steps, write_awaited
from engine.folders.variables import variables_at_start
from engine.journal.actions import record
from engine.people.model import Account, Tenant
from engine.refusals import Refused
from engine.typology.queries import subtype_of


def circuit_of(session: Session, tenant_id: UUID, subtype_id: UUID) -> WorkflowVersion | None:
    """The version of its circuit that a folder of this sub-type would take now; None when none is published."""
    subtype = subtype_of(session, tenant_id, subtype_id)
    return latest_version(session, tenant_id, subtype.workflow_definition_id) if subtype else None


def start_run(
    session: Session, library: CircuitLibrary, folder: Folder, version: WorkflowVersion, now: datetime
) -> Progress:
    """Start the circuit of a folder, nothing written yet. Raises ``Refused`` and ``CircuitStuck``."""
    circuit, variables = library.version(session, version.id), variables_at_start(session, folder)
    if refusal := refuse_sending(session, circuit, folder, variables, now=now):
        raise Refused(refusal.code, refusal.sentence)
    tenant = session.get_one(Tenant, folder.tenant_id)
    calendar = town_calendar(tenant.zone, tenant.calendar)
    return start(circuit, variables, now=now, calendar=calendar)


def begin_run(
    session: Session,
    folder: Folder,
    version: WorkflowVersion,
    progress: Progress,
    *,
    event: str,
    account: Account,
    data: dict[str, Any],
    now: datetime,
) -> None:
    """Write a run that has just started: its state, its first steps, the journal, and the work it causes.

    The versions of a run go on from one round to the next: what was told of an earlier one is told apart. Raises
    ``Refused`` when the circuit aims at a desk that does not exist.
    """
    before = session.exec(
        select(ProcessInstance).where(ProcessInstance.folder_id == folder.id).execution_options(populate_existing=True)
    ).first()
    number = before.version + 1 if before else 1
    state_before = before.state if before else None
    folder.sent_at = now
    folder.status = end_status(progress)
    folder.closed_at = now if progress.finished else None
    run = before or ProcessInstance(
        folder_id=folder.id, tenant_id=folder.tenant_id, workflow_version_id=version.id, version=1, state=b""
    )
    run.workflow_version_id = version.id
    run.version = number
    run.state = progress.state
    run.next_due_at = progress.next_due
    session.add(run)
    session.flush()
    open_steps(session, folder, progress.opened, now)
    write_awaited(session, folder, progress.awaited)
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event=event,
        at=now,
        actor_id=account.id,
        data={
            "workflow_version": str(version.id),
            "sha256": version.sha256,
            "version": number,
            "round": folder.round,
            **data,
        },
        state_before=state_before,
    )
    announce(session, folder, number, progress, now)
