"""Reads about people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from engine.people.model import Account, LoginSession, Membership, SignerCertificate, Tenant
from engine.people.rules import secret_sha256, session_is_alive


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, and in which tenant."""

    account: Account
    tenant: Tenant
    title: str  #: quality in this tenant
    last_seen_at: datetime  #: of the session, to note its use now and then


def visitor_of(session: Session, secret: str, *, now: datetime) -> Visitor | None:
    """The person behind a session cookie, in their first tenant; None when the session is over."""
    row = session.exec(
        select(LoginSession, Account, Tenant, Membership)
        .join(Account, col(Account.id) == LoginSession.account_id)
        .join(Membership, col(Membership.account_id) == Account.id)
        .join(Tenant, col(Tenant.id) == Membership.tenant_id)
        .where(LoginSession.secret_sha256 == secret_sha256(secret), col(Account.disabled_at).is_(None))
        .order_by(col(Tenant.id))
    ).first()
    if row is None or not session_is_alive(row[0], now):
        return None
    login, account, tenant, membership = row
    return Visitor(account, tenant, membership.title, login.last_seen_at)


def title_of(session: Session, tenant_id: UUID, account_id: UUID) -> str:
    """The quality of a member, or an empty text."""
    membership = session.get(Membership, (account_id, tenant_id))
    return membership.title if membership else ""


def certificates_of(session: Session, account_id: UUID) -> Sequence[SignerCertificate]:
    """Certificates bound to a person, the one that lasts longest first."""
    return session.exec(
        select(SignerCertificate)
        .where(SignerCertificate.account_id == account_id)
        .order_by(col(SignerCertificate.not_after).desc())
    ).all()


def certificate_known_as(session: Session, issuer_serial: str) -> SignerCertificate | None:
    """The binding of this certificate, whoever has it."""
    return session.exec(select(SignerCertificate).where(SignerCertificate.issuer_serial == issuer_serial)).first()
