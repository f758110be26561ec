"""What circuits ask to be said: reminders, notices to a desk, corrections when a folder went back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from engine.database import Database
from engine.desks.model import Desk
from engine.desks.queries import holders
from engine.folders.audience import audience
from engine.folders.model import Folder, FolderStatus, Step
from engine.people.model import Account
from notifications.actions import tell
from notifications.rules import Telling, tell_correction, tell_fallen, tell_notice, tell_reminder
from notifications.steps import questions_over, remind_of_question


class NoticeFault(Exception):
    """A notice that cannot be given as drawn; the message is French."""


def step_reminded(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Remind whoever holds a step that is still open, and whoever stands in; or those whose opinion it waits for."""
    with database.writing() as session:
        row = session.exec(
            select(Step, Desk, Folder)
            .join(Desk, col(Desk.id) == Step.desk_id)
            .join(Folder, col(Folder.id) == Step.folder_id)
            .where(
                Step.id == UUID(data["step_id"]),
                col(Step.closed_at).is_(None),
                col(Folder.status) == FolderStatus.IN_PROGRESS,
            )
        ).first()
        if row is None:
            return
        step, desk, folder = row
        key = f"reminder:{step.id}:{data['number']}:{data['again']}"
        if remind_of_question(session, step.id, key, base_url=base_url, now=now):
            session.commit()
            return
        for told in audience(session, folder, [desk.id], now=now)[desk.id]:
            telling = tell_reminder(
                account_id=told.account.id,
                key=key,
                kind=step.kind,
                title=folder.title,
                desk=desk.name,
                step=step.name,
                on_behalf_of=told.on_behalf_of,
                by=data.get("by", ""),
            )
            _tell(session, telling, told.account, folder, base_url, now)
        session.commit()


def folder_rewound(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell those whose step is no longer asked that it is not, and those whose act fell why."""
    with database.writing() as session:
        folder = session.get(Folder, UUID(data["folder_id"]))
        if folder is None:
            return
        mark = f"{folder.id}:{data['version']}"
        steps = session.exec(
            select(Step, Desk)
            .join(Desk, col(Desk.id) == Step.desk_id)
            .where(col(Step.id).in_([UUID(token) for token in data["withdrawn"]]))
        ).all()
        people = audience(session, folder, [desk.id for _, desk in steps], now=now)
        for step, desk in steps:
            for told in people[desk.id]:
                who = told.account.id
                telling = tell_correction(who, mark, folder.title, desk.name, step.name, told.on_behalf_of)
                _tell(session, telling, told.account, folder, base_url, now)
        questions_over(session, [step.id for step, _ in steps], mark, base_url=base_url, now=now)
        for other in data["others"]:
            account = session.get_one(Account, UUID(other))
            telling = tell_fallen(account.id, mark, folder.title, data["step"], data["reason"])
            _tell(session, telling, account, folder, base_url, now)
        session.commit()


def notify(
    database: Database, folder_id: UUID, given: Mapping[str, Any], *, key: str, base_url: str, now: datetime
) -> dict[str, Any]:
    """The service ``notify``: a mail to the holders of a desk. ``given``: ``desk``, and ``subject`` or ``text``.

    Returns the variables that it fills: none. Raises :class:`NoticeFault` when the desk does not exist.
    """
    with database.writing() as session:
        folder = session.get_one(Folder, folder_id)
        desk = _desk(session, folder, str(given.get("desk") or ""))
        for account in holders(session, [desk.id])[desk.id]:
            telling = tell_notice(
                account_id=account.id,
                key=key,
                title=folder.title,
                desk=desk.name,
                subject=str(given.get("subject") or ""),
                text=str(given.get("text") or ""),
            )
            _tell(session, telling, account, folder, base_url, now)
        session.commit()
    return {}


def _desk(session: Session, folder: Folder, short_name: str) -> Desk:
    if short_name == "emitter":
        return session.get_one(Desk, folder.emitter_desk_id)
    desk = session.exec(select(Desk).where(Desk.tenant_id == folder.tenant_id, Desk.short_name == short_name)).first()
    if desk is None:
        raise NoticeFault(
            f"Le circuit veut prévenir le bureau « {short_name} », qui n’existe pas dans cette collectivité."
        )
    return desk


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
