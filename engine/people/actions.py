"""Logging in and out, invitations, passwords, certificates."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select, update

from engine.database import Database
from engine.people.factor_rules import CHALLENGE_LIFE
from engine.people.model import (
    Account,
    LoginChallenge,
    LoginFailure,
    LoginSession,
    Membership,
    OneTimeToken,
    Role,
    SignerCertificate,
    Tenant,
    TokenPurpose,
)
from engine.people.passwords import hash_password, matches, refuse_password
from engine.people.queries import account_at, certificate_known_as, has_second_factor, may_enter, tenants_of
from engine.people.rules import (
    ADDRESS_LENGTH,
    FAILURE_WINDOW,
    INVITATION_LIFE,
    LINK_DEAD,
    MAX_FAILURES,
    MAX_LINKS,
    PASSWORD_LINK_LIFE,
    SESSION_LIFE,
    TOO_MANY_FAILURES,
    WRONG_LOGIN,
    NewPerson,
    certificate_is_theirs,
    new_secret,
    secret_sha256,
    session_is_alive,
    token_is_alive,
)
from engine.refusals import Refusal, Refused


@dataclass(frozen=True, slots=True)
class NewLink:
    """A one-time link to send by mail."""

    account: Account
    purpose: TokenPurpose
    secret: str  #: goes in the address, is stored nowhere


def create_tenant(session: Session, *, name: str, short_name: str, zone: str, now: datetime) -> Tenant:
    """Add a local authority."""
    tenant = Tenant(name=name, short_name=short_name, zone=zone, created_at=now)
    session.add(tenant)
    session.flush()
    return tenant


def create_account(session: Session, *, email: str, given_name: str, surname: str, now: datetime) -> Account:
    """Add a person, who cannot log in before choosing a password from the invitation."""
    account = Account(email=email.strip().lower(), given_name=given_name, surname=surname, created_at=now)
    session.add(account)
    session.flush()
    return account


def account_for(session: Session, person: NewPerson, *, now: datetime) -> Account:
    """The account of a person's address, as it is; a new one when there is none. ``person``: tidied."""
    if known := account_at(session, person.email):
        return known
    try:
        with session.begin_nested():
            return create_account(
                session, email=person.email, given_name=person.given_name, surname=person.surname, now=now
            )
    except IntegrityError:  # another tenant has invited the same person at the same instant
        known = account_at(session, person.email)
        if known is None:
            raise
        return known


def join_tenant(session: Session, account: Account, tenant: Tenant, *, title: str = "", role: Role = Role.NONE) -> None:
    """Make a person a member of a tenant, or a member again when they had left it."""
    known = session.get(Membership, (account.id, tenant.id))
    if known is not None and known.left_at is not None:
        known.title, known.role, known.disabled_at, known.left_at = title, role, None, None
    else:
        session.add(Membership(account_id=account.id, tenant_id=tenant.id, title=title, role=role))
    session.flush()


@dataclass(frozen=True, slots=True)
class Challenged:
    """A right password, of an account that has a second factor: no session before its code."""

    secret: str  #: goes in a cookie, is stored nowhere


def log_in(
    database: Database, email: str, password: str, *, network: str, user_agent: str, now: datetime
) -> tuple[str, Account] | Challenged | Refusal:
    """Check a password and open a session. Returns the secret of the cookie and the account.

    An account with a second factor is challenged instead: see :func:`engine.people.factor.answer_challenge`.

    Takes the database and not a session: the hash costs 100 ms, during which no write transaction may be held.
    A failure is counted, per address of mail and per address of network.
    """
    email = email.strip().lower()
    if len(email) > ADDRESS_LENGTH:  # nobody's, and longer than an index can hold
        return WRONG_LOGIN
    keys = (f"mail:{email}", f"network:{network}")
    with database.reading() as session:
        if any(
            failures(session, key, now) >= limit
            for key, limit in zip(keys, (MAX_FAILURES, MAX_FAILURES * 10), strict=True)
        ):
            return TOO_MANY_FAILURES
        account = account_at(session, email)
        may = account is not None and may_enter(session, account)
    right = matches(account.password_hash if account else None, password)
    with database.writing() as session:
        if account is None or not right or not may:
            note_failure(session, keys, now)
            session.commit()
            return WRONG_LOGIN
        session.connection().execute(delete(LoginFailure).where(col(LoginFailure.key) == keys[0]))
        if has_second_factor(session, account.id):
            challenged = _challenge(session, account.id, now)
            session.commit()
            return challenged
        secret = open_session(session, account.id, user_agent=user_agent, now=now)
        session.commit()
    return secret, account


def _challenge(session: Session, account_id: UUID, now: datetime) -> Challenged:
    session.connection().execute(delete(LoginChallenge).where(col(LoginChallenge.expires_at) <= now))
    secret = new_secret()
    expires_at = now + CHALLENGE_LIFE
    session.add(
        LoginChallenge(
            secret_sha256=secret_sha256(secret), account_id=account_id, created_at=now, expires_at=expires_at
        )
    )
    session.flush()
    return Challenged(secret)


def open_session(session: Session, account_id: UUID, *, user_agent: str, now: datetime) -> str:
    """Open a session for an account already authenticated; returns the secret of the cookie."""
    secret = new_secret()
    session.add(
        LoginSession(
            secret_sha256=secret_sha256(secret),
            account_id=account_id,
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFE,
            user_agent=user_agent[:200],
        )
    )
    session.flush()
    return secret


def touch_session(session: Session, secret: str, *, now: datetime) -> None:
    """Note that a session is in use."""
    session.exec(
        update(LoginSession).where(col(LoginSession.secret_sha256) == secret_sha256(secret)).values(last_seen_at=now)
    )


def log_out(session: Session, secret: str, *, now: datetime) -> None:
    """End the session of this cookie."""
    login = session.get(LoginSession, secret_sha256(secret))
    if login is not None and session_is_alive(login, now):
        login.revoked_at = now
        session.flush()


def log_out_everywhere(session: Session, account_id: UUID, *, now: datetime, but: str = "") -> None:
    """End every session of an account, except the one whose secret is ``but``, and the log-ins that wait for a code."""
    kept = secret_sha256(but)
    session.connection().execute(delete(LoginChallenge).where(col(LoginChallenge.account_id) == account_id))
    session.exec(
        update(LoginSession)
        .where(col(LoginSession.account_id) == account_id, col(LoginSession.revoked_at).is_(None))
        .where(col(LoginSession.secret_sha256) != kept)
        .values(revoked_at=now)
    )


def close_session(session: Session, account_id: UUID, digest: str, *, now: datetime) -> bool:
    """End one session of this account, known by the digest of its secret; whether there was one to end."""
    login = session.get(LoginSession, digest)
    if login is None or login.account_id != account_id or not session_is_alive(login, now):
        return False
    login.revoked_at = now
    session.flush()
    return True


def enter_tenant(session: Session, secret: str, tenant_id: UUID) -> bool:
    """Work from now on in another tenant of the person's own; False when it is none of theirs."""
    login = session.get(LoginSession, secret_sha256(secret))
    if login is None or tenant_id not in {tenant.id for tenant in tenants_of(session, login.account_id)}:
        return False
    login.tenant_id = tenant_id
    session.flush()
    return True


def invite(session: Session, account: Account, *, now: datetime) -> NewLink:
    """A link with which a new person chooses a password."""
    return _new_link(session, account, TokenPurpose.INVITATION, now)


def forgot_password(session: Session, email: str, *, now: datetime) -> NewLink | None:
    """A link with which a person chooses a new password; None when nobody has this address (the page does not say).

    None too when this was asked too often of late: anybody may ask, and a letter box is not to be filled that way.
    """
    account = account_at(session, email)
    if account is None or not may_enter(session, account) or _links_asked(session, account.id, now) >= MAX_LINKS:
        return None
    return _new_link(session, account, TokenPurpose.PASSWORD, now)


def account_of_link(session: Session, secret: str, *, now: datetime) -> Account | Refusal:
    """Whose link this is, while it can still be used."""
    token = session.get(OneTimeToken, secret_sha256(secret))
    if token is None or not token_is_alive(token, now):
        return LINK_DEAD
    account = session.get(Account, token.account_id)
    return account if account is not None and may_enter(session, account) else LINK_DEAD


def choose_password(database: Database, secret: str, password: str, *, now: datetime) -> Account | Refusal:
    """Use a link: set the password, end every open session, spend all pending links of the account.

    Takes the database and not a session, as :func:`log_in` does and for the same reason.
    """
    if refusal := refuse_password(password):
        return refusal
    password_hash = hash_password(password)
    with database.writing() as session:
        account = account_of_link(session, secret, now=now)
        if isinstance(account, Refusal):
            return account
        if not _spend(session, secret, now):
            return LINK_DEAD
        account.password_hash = password_hash
        session.exec(
            update(OneTimeToken)
            .where(col(OneTimeToken.account_id) == account.id, col(OneTimeToken.used_at).is_(None))
            .values(used_at=now)
        )
        log_out_everywhere(session, account.id, now=now)
        session.connection().execute(delete(LoginFailure).where(col(LoginFailure.key) == f"mail:{account.email}"))
        session.commit()
    return account


def bind_certificate(session: Session, certificate: SignerCertificate) -> None:
    """Make a certificate a person's own, once: two folders signed at once with a new certificate both do this.

    Raises :class:`Refused` when somebody else has just made it theirs.
    """
    try:
        with session.begin_nested():
            session.add(certificate)
            session.flush()
    except IntegrityError:
        known = certificate_known_as(session, certificate.issuer_serial)
        if known is None:
            raise
        account = session.get_one(Account, certificate.account_id)
        if refusal := certificate_is_theirs(account, certificate.issuer_serial, (), known):
            raise Refused(refusal.code, refusal.sentence) from None


def _new_link(session: Session, account: Account, purpose: TokenPurpose, now: datetime) -> NewLink:
    secret = new_secret()
    life = INVITATION_LIFE if purpose is TokenPurpose.INVITATION else PASSWORD_LINK_LIFE
    session.add(
        OneTimeToken(
            secret_sha256=secret_sha256(secret),
            account_id=account.id,
            purpose=purpose,
            created_at=now,
            expires_at=now + life,
        )
    )
    session.flush()
    return NewLink(account, purpose, secret)


def _links_asked(session: Session, account_id: UUID, now: datetime) -> int:
    return session.exec(
        select(func.count())
        .select_from(OneTimeToken)
        .where(
            OneTimeToken.account_id == account_id,
            OneTimeToken.purpose == TokenPurpose.PASSWORD,
            col(OneTimeToken.created_at) > now - FAILURE_WINDOW,
        )
    ).one()


def _spend(session: Session, secret: str, now: datetime) -> bool:
    """Use a link up; False when somebody else has just done so: of two at once, the second waits here."""
    link = update(OneTimeToken).where(
        col(OneTimeToken.secret_sha256) == secret_sha256(secret), col(OneTimeToken.used_at).is_(None)
    )
    return session.exec(link.values(used_at=now)).rowcount == 1


def note_failure(session: Session, keys: Iterable[str], now: datetime) -> None:
    """Count a failure under these keys; those too old to count are forgotten."""
    session.connection().execute(delete(LoginFailure).where(col(LoginFailure.at) <= now - FAILURE_WINDOW))
    session.add_all(LoginFailure(key=key, at=now) for key in keys)
    session.flush()


def failures(session: Session, key: str, now: datetime) -> int:
    """How many failures count against this key now."""
    return session.exec(
        select(func.count())
        .select_from(LoginFailure)
        .where(LoginFailure.key == key, col(LoginFailure.at) > now - FAILURE_WINDOW)
    ).one()
