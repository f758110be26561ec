"""What workers do with neutral events and with mails. Each handler may be run again without doubling anything."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select, update

from engine.database import Database
from engine.desks.model import Desk
from engine.folders.audience import audience
from engine.folders.following import followers_of
from engine.folders.model import Folder, Step
from engine.folders.queries import steps_of
from engine.journal.actions import record
from engine.people.model import Account
from engine.work.rules import Postpone
from notifications.actions import tell
from notifications.composing import AddressUnusable, email_of
from notifications.model import Mail
from notifications.rules import Telling, tell_emitter, tell_follower, tell_holder
from notifications.smtp import MailDelayed, MailRefused, SmtpServer, send

#: How long a server may put a mail off (4xx) before it is given up (RFC 5321 §4.5.4.1: at least 4 to 5 days).
PATIENCE = timedelta(days=5)


def folder_moved(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell the holders of the desks whose steps have opened, and the person who deposited when it is over."""
    with database.writing() as session:
        folder = session.get(Folder, UUID(data["folder_id"]))
        if folder is None:
            return
        tellings = _to_holders(session, folder, [UUID(token) for token in data["opened"]], now)
        tellings += _of_its_end(session, folder, int(data["version"]), data["status"], now)
        for telling in tellings:
            account = session.get_one(Account, telling.account_id)
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
        session.commit()


def _to_holders(session: Session, folder: Folder, opened: list[UUID], now: datetime) -> list[Telling]:
    """To those who stand in as well. A step that was closed in the meantime is not announced any more."""
    rows = session.exec(
        select(Step, Desk)
        .join(Desk, col(Desk.id) == Step.desk_id)
        .where(col(Step.id).in_(opened), col(Step.closed_at).is_(None))
    ).all()
    people = audience(session, folder, [desk.id for _, desk in rows], now=now)
    return [
        tell_holder(
            account_id=told.account.id,
            step_id=step.id,
            kind=step.kind,
            title=folder.title,
            desk=desk.name,
            step=step.name,
            on_behalf_of=told.on_behalf_of,
        )
        for step, desk in rows
        for told in people[desk.id]
    ]


def _of_its_end(session: Session, folder: Folder, version: int, status: str, now: datetime) -> list[Telling]:
    """What is told to who deposited the folder and to those who follow it; nothing while it goes on.

    Who follows and gave the last act knows already.
    """
    acted = [view for view in steps_of(session, folder.tenant_id, folder.id) if view.actor is not None]
    ends = {view.step.id: (view.step.closed_at or view.step.opened_at, view.step.opened_at) for view in acted}
    last = max(acted, key=lambda view: ends[view.step.id], default=None)
    facts: dict[str, Any] = {
        "folder_id": folder.id,
        "version": version,
        "status": status,
        "title": folder.title,
        "who": last.actor.full_name if last and last.actor else "",
        "desk": last.desk.name if last else "",
        "reason": last.step.reason if last else "",
        "on_behalf_of": last.on_behalf_of if last else None,
    }
    told = tell_emitter(account_id=folder.created_by, **facts)
    if told is None:
        return []
    knows = {folder.created_by, last.actor.id if last and last.actor else None}
    following = [account.id for account in followers_of(session, folder, now=now) if account.id not in knows]
    return [told, *filter(None, (tell_follower(account_id=account_id, **facts) for account_id in following))]


def send_mail(database: Database, data: dict[str, Any], *, server: SmtpServer, now: datetime) -> None:
    """Hand a mail to the SMTP server, unless it already was.

    A server that cannot be reached postpones the row (``Postpone``), and the mail says why it waits; an address
    refused for good, or put off for longer than :data:`PATIENCE`, is written in the folder's journal, so that the
    person who waits can see it.
    """
    with database.reading() as session:
        mail = session.get(Mail, UUID(data["mail_id"]))
    if mail is None or mail.sent_at is not None or mail.refused_at is not None:
        return
    try:
        send(server, email_of(mail, server.sender))
    except (AddressUnusable, MailRefused) as refused:
        _note_refused(database, mail, str(refused), now)
        return
    except MailDelayed as later:
        if now - mail.created_at < PATIENCE:
            _note_waiting(database, mail, str(later))
            raise
        _note_refused(database, mail, f"abandonné après {PATIENCE.days} jours : {later}", now)
        return
    except Postpone as later:
        _note_waiting(database, mail, str(later))
        raise
    with database.writing() as session:
        session.exec(update(Mail).where(col(Mail.id) == mail.id).values(sent_at=now, error=None))
        session.commit()


def _note_waiting(database: Database, mail: Mail, error: str) -> None:
    with database.writing() as session:
        session.exec(update(Mail).where(col(Mail.id) == mail.id).values(error=error[:500]))
        session.commit()


def _note_refused(database: Database, mail: Mail, error: str, now: datetime) -> None:
    with database.writing() as session:
        session.exec(update(Mail).where(col(Mail.id) == mail.id).values(refused_at=now, error=error[:500]))
        if mail.folder_id is not None and mail.tenant_id is not None:
            record(
                session,
                tenant_id=mail.tenant_id,
                chain=mail.folder_id,
                event="folder:mail:refused",
                at=now,
                data={"to": mail.to_address, "error": error[:200]},
            )
        session.commit()
