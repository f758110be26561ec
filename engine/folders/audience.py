"""Who is told of what waits for a desk: those who hold it, and those who stand in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.desks.delegation_queries import substitutes
from engine.desks.queries import holders
from engine.folders.facts import matter_of
from engine.folders.model import Folder
from engine.people.model import Account


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who is told."""

    account: Account
    on_behalf_of: str | None = None  #: who is away, when this person stands in


def audience(session: Session, folder: Folder, desk_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, list[Told]]:
    """Who may act for each of these desks on this folder now: its holders, then those who stand in."""
    held = holders(session, desk_ids)
    standing_in = substitutes(session, folder.tenant_id, desk_ids, matter_of(session, folder), now=now)
    return {
        desk_id: [
            *(Told(account) for account in held[desk_id]),
            *(Told(one.account, one.on_behalf_of) for one in standing_in[desk_id]),
        ]
        for desk_id in held
    }
