"""Reads about the work queue, always within one tenant: or of the rows that are of none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import Session, col, select

from engine.work.model import WorkItem

#: Rows of each kind on the page; the rest is counted.
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Queue:
    """Where the work of a tenant stands: the first rows of each list, and how many there are."""

    given_up: Sequence[WorkItem]  #: after too many failures; nothing more happens unless somebody decides
    failing: Sequence[WorkItem]  #: failed, or put off, and tried again later
    due: Sequence[WorkItem]  #: to be done now
    planned: Sequence[WorkItem]  #: later: timers, reminders
    counts: tuple[int, int, int, int]  #: how many of each


def queue_of(session: Session, tenant_id: UUID | None, *, now: datetime) -> Queue:
    """The work of a tenant; None: that of the installation, which is of no tenant."""
    open_ = (_of(tenant_id), col(WorkItem.done_at).is_(None))
    trying = (*open_, col(WorkItem.failed_at).is_(None))
    clean = (*trying, col(WorkItem.error).is_(None))
    lists = (
        ((*open_, col(WorkItem.failed_at).is_not(None)), col(WorkItem.failed_at).desc()),
        ((*trying, col(WorkItem.error).is_not(None)), col(WorkItem.available_at)),
        ((*clean, col(WorkItem.available_at) <= now), col(WorkItem.available_at)),
        ((*clean, col(WorkItem.available_at) > now), col(WorkItem.available_at)),
    )
    found = []
    for wanted, order in lists:
        rows = session.exec(select(WorkItem).where(*wanted).order_by(order, col(WorkItem.id)).limit(SHOWN)).all()
        more = len(rows) == SHOWN
        count = session.exec(select(func.count()).select_from(WorkItem).where(*wanted)).one() if more else len(rows)
        found.append((rows, count))
    (given_up, a), (failing, b), (due, c), (planned, d) = found
    return Queue(given_up, failing, due, planned, (a, b, c, d))


def item_of(session: Session, tenant_id: UUID | None, item_id: UUID) -> WorkItem | None:
    """A row that is not done, of this tenant."""
    return session.exec(
        select(WorkItem).where(WorkItem.id == item_id, _of(tenant_id), col(WorkItem.done_at).is_(None))
    ).first()


def _of(tenant_id: UUID | None) -> ColumnElement[bool]:
    return col(WorkItem.tenant_id) == tenant_id if tenant_id is not None else col(WorkItem.tenant_id).is_(None)
