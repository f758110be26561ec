"""Bypass: an administrator answers a stuck work in place of the world. No human step is ever bypassed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.circuits import Circuit, CircuitStuck, NotOpen, Progress, WorkAnswers, answer, answers_of
from engine.circuits.library import CircuitLibrary
from engine.folders.facts import FolderRow, RunRow, load_run
from engine.folders.model import Folder, FolderStatus
from engine.folders.reminding import administers
from engine.folders.rules import NOT_FOUND
from engine.folders.step_rules import WorkFacts, may_bypass
from engine.folders.transitions import SERVICE_ASKED, write_progress
from engine.people.model import Account
from engine.refusals import Refusal, Refused
from engine.work.actions import cancel
from engine.work.model import WorkItem


@dataclass(frozen=True, slots=True)
class StuckWork:
    """A work that a circuit waits for and that could be bypassed, or why it could not."""

    folder: Folder
    token: str
    answers: WorkAnswers
    since: datetime
    error: str  #: what went wrong the last time, if anything did
    given_up: bool
    refusal: Refusal | None  #: why it may not be bypassed now


def stuck_works(session: Session, library: CircuitLibrary, tenant_id: UUID, *, now: datetime) -> list[StuckWork]:
    """The works of the tenant that are waited for, tried, and not done: what an administrator looks at.

    Found from the rows of the work queue that are open, which are few, not from all folders.
    """
    rows = session.exec(
        select(WorkItem)
        .where(
            WorkItem.tenant_id == tenant_id,
            WorkItem.kind == SERVICE_ASKED,
            col(WorkItem.done_at).is_(None),
            WorkItem.attempts > 0,
        )
        .order_by(col(WorkItem.id))
    ).all()
    found = (_stuck(session, library, tenant_id, row, now) for row in rows)
    return [work for work in found if work is not None]


def stuck_work(
    session: Session, library: CircuitLibrary, tenant_id: UUID, folder_id: UUID, token: str, *, now: datetime
) -> StuckWork | None:
    """One of them; None when the circuit waits for it no more."""
    row = next(iter(_rows(session, tenant_id, token)), None)
    found = _stuck(session, library, tenant_id, row, now) if row is not None else None
    return found if found is not None and found.folder.id == folder_id else None


def bypass(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    folder_id: UUID,
    token: str,
    reason: str,
    now: datetime,
    variables: Mapping[str, Any] | None = None,
    error: str | None = None,
) -> FolderStatus | Refusal:
    """Answer a work that is stuck, with the variables, or the error, that the drawing provides for.

    Nothing is kept unless the caller commits; on a refusal the caller must not commit.
    """
    loaded = load_run(session, folder_id)
    if loaded is None or loaded[0].tenant_id != tenant_id:
        return NOT_FOUND
    folder, run = loaded
    circuit = library.version(session, run.workflow_version_id)
    drawn = _drawn(circuit, run, token)
    facts = _facts(folder, drawn, _rows(session, tenant_id, token), now)
    given = dict(variables or {})
    refusal = may_bypass(
        facts,
        administers=administers(session, tenant_id, account.id),
        reason=reason,
        variables=given,
        error=error,
    )
    if refusal:
        return refusal
    assert drawn is not None  # refused otherwise
    try:
        progress = answer(circuit, run.state, token, variables=given, error=error, now=now, calendar=run.calendar)
        status = _write(session, folder, run, drawn, progress, account, reason, given, error, token, now)
    except Refused as refused:
        return refused.refusal
    except CircuitStuck as stuck:
        return Refusal("circuit_stuck", str(stuck))
    cancel(session, [], prefixes=[f"{SERVICE_ASKED}:{token}"], now=now, reason="contournée par un administrateur")
    return status


def _stuck(
    session: Session, library: CircuitLibrary, tenant_id: UUID, row: WorkItem, now: datetime
) -> StuckWork | None:
    asked: dict[str, Any] = orjson.loads(row.data)
    loaded = load_run(session, UUID(asked["folder_id"]))
    if loaded is None or loaded[0].tenant_id != tenant_id:
        return None
    folder, run = loaded
    drawn = _drawn(library.version(session, run.workflow_version_id), run, asked["token"])
    if drawn is None or folder.status is not FolderStatus.IN_PROGRESS:
        return None
    return StuckWork(
        folder=session.get_one(Folder, folder.id),
        token=asked["token"],
        answers=drawn,
        since=row.created_at,
        error=row.error or "",
        given_up=row.failed_at is not None,
        refusal=may_bypass(
            _facts(folder, drawn, [row], now), administers=True, reason="à donner", variables=(), error=None
        ),
    )


def _drawn(circuit: Circuit, run: RunRow, token: str) -> WorkAnswers | None:
    try:
        return answers_of(circuit, run.state, token)
    except (NotOpen, ValueError):  # a token that is none
        return None


def _rows(session: Session, tenant_id: UUID, token: str) -> Sequence[WorkItem]:
    """What was asked of the workers for this token, the last first: it is asked again when a folder goes back."""
    return session.exec(
        select(WorkItem)
        .where(
            WorkItem.tenant_id == tenant_id,
            col(WorkItem.key).startswith(f"{SERVICE_ASKED}:{token}", autoescape=True),
        )
        .order_by(col(WorkItem.id).desc())
    ).all()


def _facts(folder: FolderRow, drawn: WorkAnswers | None, rows: Sequence[WorkItem], now: datetime) -> WorkFacts:
    last = rows[0] if rows else None
    return WorkFacts(
        status=folder.status,
        awaited=drawn is not None,
        tried=last is not None and last.attempts > 0,
        under_way=last is not None and last.done_at is None and last.holder is not None and last.available_at > now,
        fills=drawn.service.fills if drawn else (),
        errors=drawn.errors if drawn else (),
    )


def _write(
    session: Session,
    folder: FolderRow,
    run: RunRow,
    drawn: WorkAnswers,
    progress: Progress,
    account: Account,
    reason: str,
    variables: Mapping[str, Any],
    error: str | None,
    token: str,
    now: datetime,
) -> FolderStatus:
    data = {
        "token": token,
        "task": drawn.name,
        "service": drawn.service.service,
        "reason": reason.strip(),
        **({"variables": dict(variables)} if variables else {}),
        **({"error": error} if error is not None else {}),
    }
    return write_progress(
        session,
        folder,
        run,
        progress,
        event="folder:service:bypassed",
        actor_id=account.id,
        data=data,
        now=now,
    )
