"""Tending the work queue: trying again, giving up for good. Each decision is in the tenant's journal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.journal.actions import record
from engine.people.rules import tidied
from engine.refusals import Refusal
from engine.work.actions import abandon, hasten
from engine.work.model import WorkItem
from engine.work.queries import item_of, queue_of

MAX_REASON = 300
BUSY = Refusal(
    "work_busy", "Ce travail est en train d’être fait, ou vient de l’être. Rien n’a été changé ; rechargez la page."
)


def try_again(
    session: Session, *, tenant_id: UUID | None, by: UUID, item_id: UUID, now: datetime
) -> WorkItem | Refusal | None:
    """Try a row now, with a new series of attempts. None: this tenant has no such row to do.

    ``tenant_id`` None: the rows of the installation, which are of no tenant.
    """
    item = item_of(session, tenant_id, item_id)
    if item is None:
        return None
    if not hasten(session, item_id, now=now):
        return BUSY
    _note(session, "tenant:work:retried", tenant_id, by, now, kinds=[item.kind], count=1)
    return item


def try_all_again(session: Session, *, tenant_id: UUID | None, by: UUID, now: datetime) -> int:
    """Try now every row that was given up or that fails; how many there were."""
    kinds: list[str] = []
    while items := _troubled(session, tenant_id, now):
        done = [item for item in items if hasten(session, item.id, now=now)]
        kinds += [item.kind for item in done]
        if len(done) < len(items):
            break  # the rest is in the hands of a worker
    if kinds:
        _note(session, "tenant:work:retried", tenant_id, by, now, kinds=sorted(set(kinds)), count=len(kinds))
    return len(kinds)


def give_up(
    session: Session, *, tenant_id: UUID, by: UUID, item_id: UUID, reason: str, now: datetime
) -> WorkItem | Refusal | None:
    """Close a row without doing it, and say why. None: this tenant has no such row to do."""
    item = item_of(session, tenant_id, item_id)
    if item is None:
        return None
    reason = tidied(reason)
    if not reason:
        return Refusal("reason_missing", "Dites pourquoi ce travail est abandonné : le journal le gardera.")
    if len(reason) > MAX_REASON:
        return Refusal("reason_too_long", f"Le motif dépasse {MAX_REASON} caractères. Raccourcissez-le.")
    if not abandon(session, item_id, f"Abandonné : {reason}", now=now):
        return BUSY
    error = item.error or ""
    _note(session, "tenant:work:abandoned", tenant_id, by, now, kind=item.kind, reason=reason, error=error)
    return item


def _troubled(session: Session, tenant_id: UUID | None, now: datetime) -> Sequence[WorkItem]:
    queue = queue_of(session, tenant_id, now=now)
    later = [item for item in queue.failing if item.available_at > now]
    return [*queue.given_up, *later]


def _note(session: Session, event: str, tenant_id: UUID | None, by: UUID, now: datetime, **data: object) -> None:
    if tenant_id is None:  # the installation has no journal: who calls this writes in the technical log
        return
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
