"""A council renewal on its day: done, or given up; those who come are invited, who planned it is told."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from engine.database import Database
from engine.desks.members import Invited
from engine.desks.model import CouncilRenewal
from engine.desks.renewal import Applied, apply_due
from engine.people.model import Account, Tenant
from notifications.actions import send_invitation, tell
from notifications.rules import tell_renewal


def renewal_due(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Do the renewal whose day has come; one that was cancelled, or done, is left as it is."""
    with database.writing() as session:
        result = apply_due(session, UUID(data["renewal_id"]), now=now)
        if result is None:
            return
        renewal = result.renewal if isinstance(result, Applied) else result
        if isinstance(result, Applied):
            send_invitations(session, renewal, result.invited, base_url=base_url, now=now)
        _tell_author(session, renewal, base_url=base_url, now=now)
        session.commit()


def send_invitations(
    session: Session, renewal: CouncilRenewal, invited: Sequence[Invited], *, base_url: str, now: datetime
) -> None:
    """Write to those whom a renewal has made members."""
    tenant = session.get_one(Tenant, renewal.tenant_id)
    for one in invited:
        send_invitation(session, one, tenant, base_url=base_url, now=now)


def _tell_author(session: Session, renewal: CouncilRenewal, *, base_url: str, now: datetime) -> None:
    author = session.get_one(Account, renewal.created_by)
    town = session.get_one(Tenant, renewal.tenant_id).name
    telling = tell_renewal(author.id, str(renewal.id), town, renewal.fault)
    url = f"{base_url}/administration/renouvellement"
    tell(
        session,
        telling,
        author,
        url=url,
        button="Voir le renouvellement",
        base_url=base_url,
        now=now,
        tenant_id=renewal.tenant_id,
    )
