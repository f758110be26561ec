"""What is kept of an account once its owner has left: what proves their acts, nothing more (GDPR art. 5.1.c and e)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.people.factor import forget_factor
from engine.people.model import Account, LoginFailure, LoginSession, Membership, OneTimeToken, SignerCertificate

#: No mail is ever delivered there (RFC 2606 §2).
GONE = "parti.invalid"


def belongs_somewhere(session: Session, account_id: UUID) -> bool:
    """Whether a person has not left every tenant of theirs; an access closed for a while is still one."""
    asked = select(Membership).where(Membership.account_id == account_id, col(Membership.left_at).is_(None))
    return session.exec(asked).first() is not None


def unbind_certificates(session: Session, account_id: UUID) -> int:
    """End the bindings of a person's certificates; how many there were.

    The proof does not lose by it: each signed document holds its certificate, each signature row its holder, issuer
    and digest. A certificate that is no longer bound is judged by its name again, should it come back.
    """
    bound = delete(SignerCertificate).where(col(SignerCertificate.account_id) == account_id)
    return session.connection().execute(bound).rowcount


def minimise(session: Session, account: Account, *, now: datetime) -> None:
    """Keep the name, which marks, dockets and journals need, and forget how to reach the person and how they came in.

    The address is free again: whoever has it may be invited anew, with another account.
    """
    unbind_certificates(session, account.id)
    forget_factor(session, account.id)
    connection = session.connection()
    for table in (OneTimeToken, LoginSession):
        connection.execute(delete(table).where(col(table.account_id) == account.id))
    connection.execute(delete(LoginFailure).where(col(LoginFailure.key) == f"mail:{account.email}"))
    account.email, account.password_hash = f"{account.id}@{GONE}", None
    account.disabled_at = account.minimised_at = now
    session.add(account)
    session.flush()
