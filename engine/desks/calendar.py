"""What an administrator says of the working days and hours of the town."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.calendar import TERRITORIES, WorkingCalendar, said_of
from engine.desks.actions import hold_tenant
from engine.journal.actions import record


def say_calendar(session: Session, *, tenant_id: UUID, by: UUID, calendar: WorkingCalendar, now: datetime) -> bool:
    """Count in this calendar from now on; whether that is a change.

    What is already due on a day stays due on that day; delays that begin afterwards are counted in the new one.
    """
    tenant = hold_tenant(session, tenant_id)
    said = said_of(calendar)
    if tenant.calendar == said:
        return False
    tenant.calendar = said
    session.flush()
    data = {
        "territory": TERRITORIES[calendar.territory].name,
        "week": ["".join(f" {one}" for one in ranges).strip() for ranges in calendar.week.days],
        "days": len(calendar.closures) + len(calendar.yearly) + len(calendar.special),
    }
    event = "tenant:calendar:changed"
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
    return True
