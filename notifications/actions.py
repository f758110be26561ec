"""Writing mails down, in the transaction that decides them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from engine.database import table_of
from engine.desks.members import Invited
from engine.ids import new_id
from engine.people.actions import NewLink
from engine.people.model import Account, Tenant, TokenPurpose
from engine.people.queries import is_member
from engine.people.rules import secret_sha256
from engine.work.actions import enqueue
from notifications.composing import message_domain, one_line, render
from notifications.model import Mail
from notifications.rules import Telling, Topic

#: Work kind: hand a mail to the SMTP server.
SEND_MAIL = "mail.send"

_mails = table_of(Mail)


def tell(
    session: Session,
    telling: Telling,
    account: Account,
    *,
    url: str,
    button: str,
    base_url: str,
    now: datetime,
    tenant_id: UUID | None = None,
    folder_id: UUID | None = None,
) -> None:
    """Write a mail and the work row that sends it; nothing when the same thing was already told.

    Nor to somebody whose account, or access to the tenant that the mail is about, is closed.
    """
    if account.disabled_at is not None or (tenant_id is not None and not is_member(session, tenant_id, account.id)):
        return
    mail_id = new_id()
    text, html = render(telling.topic, {**telling.facts, "name": account.full_name, "url": url, "button": button})
    insert = sqlite.insert if session.connection().dialect.name == "sqlite" else postgresql.insert
    written = (
        session.connection()
        .execute(
            insert(_mails)
            .values(
                id=mail_id,
                tenant_id=tenant_id,
                folder_id=folder_id,
                account_id=account.id,
                key=telling.key,
                to_address=account.email,
                subject=one_line(telling.subject),
                text=text,
                html=html,
                message_id=f"<{mail_id}@{message_domain(base_url)}>",
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["key"])
            .returning(_mails.c.id)  # not rowcount: psycopg gives -1 for an insert
        )
        .first()
    )
    if written is not None:
        enqueue(session, SEND_MAIL, {"mail_id": mail_id}, now=now, tenant_id=tenant_id, key=f"{SEND_MAIL}:{mail_id}")


def forget_mails(session: Session, account_id: UUID, *, now: datetime) -> None:
    """Forget what was written to somebody who has left: address and text; that a mail was sent, and when, stays.

    What has not gone yet does not go any more.
    """
    written = update(_mails).where(_mails.c.account_id == account_id)
    connection = session.connection()
    connection.execute(written.values(to_address="", subject="", text="", html=""))
    waiting = written.where(_mails.c.sent_at.is_(None), _mails.c.refused_at.is_(None))
    connection.execute(waiting.values(refused_at=now, error="cette personne est partie"))


def address_of(link: NewLink, base_url: str) -> str:
    """Where a one-time link leads."""
    return f"{base_url}/choisir-mot-de-passe/{link.secret}"


def send_link(session: Session, link: NewLink, *, base_url: str, now: datetime, town: str = "") -> None:
    """Write the mail of an invitation, to the parapheur of ``town``, or of a forgotten password."""
    invited = link.purpose is TokenPurpose.INVITATION
    topic, subject = (
        (Topic.INVITATION, "Votre accès au parapheur")
        if invited
        else (Topic.PASSWORD, "Choisir un nouveau mot de passe")
    )
    telling = Telling(topic, link.account.id, f"{topic}:{secret_sha256(link.secret)}", subject, {"town": town})
    tell(
        session,
        telling,
        link.account,
        url=address_of(link, base_url),
        button="Choisir mon mot de passe",
        base_url=base_url,
        now=now,
    )


def send_welcome(session: Session, account: Account, tenant: Tenant, *, base_url: str, now: datetime) -> None:
    """Write the mail that tells somebody who has an account already that another tenant is open to them."""
    key = f"{Topic.WELCOME}:{tenant.id}:{account.id}"
    telling = Telling(
        Topic.WELCOME, account.id, key, f"Votre accès au parapheur de {tenant.name}", {"town": tenant.name}
    )
    url = f"{base_url}/mes-collectivites"
    tell(session, telling, account, url=url, button="Ouvrir", base_url=base_url, now=now, tenant_id=tenant.id)


def send_invitation(session: Session, invited: Invited, tenant: Tenant, *, base_url: str, now: datetime) -> None:
    """Write the mail that a new member expects: a link to choose a password, or word of the new tenant."""
    if invited.link is not None:
        send_link(session, invited.link, base_url=base_url, now=now, town=tenant.name)
    else:
        send_welcome(session, invited.account, tenant, base_url=base_url, now=now)
