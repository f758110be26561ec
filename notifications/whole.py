"""What is said of a whole folder: that it is stopped, and to those who follow it that it has come to its end."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from engine.database import Database
from engine.folders.audience import audience
from engine.folders.following import followers_of
from engine.folders.model import Folder, SecondOpinion, Step
from engine.people.model import Account
from notifications.actions import tell
from notifications.rules import Telling, tell_stopped


def folder_stopped(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell those whom a stopped folder concerned: who was asked, who had acted, who follows it, who deposited it."""
    with database.writing() as session:
        folder = session.get(Folder, UUID(data["folder_id"]))
        if folder is None:
            return
        by = session.get_one(Account, UUID(data["by"]))
        asked = _asked(session, folder, [UUID(token) for token in data["withdrawn"]], now)
        acted = _acted(session, folder, data["round"])
        depositor = session.get_one(Account, folder.created_by)
        people = {
            account.id: account for account in [*asked, *acted, *followers_of(session, folder, now=now), depositor]
        }
        waited = {account.id for account in asked}
        mark = f"{folder.id}:{data['version']}"
        for account in people.values():
            if account.id == by.id or account.disabled_at is not None:
                continue
            telling = tell_stopped(
                account.id, mark, folder.title, by.full_name, data["reason"], waited=account.id in waited
            )
            _tell(session, telling, account, folder, base_url, now)
        session.commit()


def _asked(session: Session, folder: Folder, steps: Sequence[UUID], now: datetime) -> list[Account]:
    """Who may act for the desks of these steps, and for those whose opinion they waited for."""
    having = session.exec(select(Step.desk_id).where(col(Step.id).in_(steps))).all()
    advising = session.exec(
        select(SecondOpinion.asked_desk_id).where(
            col(SecondOpinion.step_id).in_(steps), col(SecondOpinion.closed_at).is_(None)
        )
    ).all()
    desks = list({*having, *advising})
    return [told.account for people in audience(session, folder, desks, now=now).values() for told in people]


def _acted(session: Session, folder: Folder, number: int) -> Sequence[Account]:
    """Who acted in one round of a folder."""
    return session.exec(
        select(Account)
        .join(Step, col(Step.acted_by) == Account.id)
        .where(Step.folder_id == folder.id, Step.round == number)
        .distinct()
    ).all()


def _tell(session: Session, telling: Telling, account: Account, folder: Folder, base_url: str, now: datetime) -> None:
    tell(
        session,
        telling,
        account,
        url=f"{base_url}/dossiers/{folder.id}",
        button="Ouvrir le dossier",
        base_url=base_url,
        now=now,
        tenant_id=folder.tenant_id,
        folder_id=folder.id,
    )
