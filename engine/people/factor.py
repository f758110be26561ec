"""The second factor of an account: setting it up, giving codes at log-in, taking it away."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, func
from sqlmodel import Session, col, select, update

from engine.database import Database
from engine.people.actions import failures, log_out_everywhere, note_failure, open_session
from engine.people.factor_rules import (
    CHALLENGE_OVER,
    FACTOR_REQUIRED,
    FACTOR_SET_ALREADY,
    FACTOR_UNREADABLE,
    TOO_MANY_CODES,
    WRONG_CODE,
    counter_of,
    is_recovery_code,
    is_required,
    new_recovery_codes,
    new_totp_secret,
    provisioning_address,
    tidied_code,
)
from engine.people.model import Account, LoginChallenge, LoginFailure, RecoveryCode, SecondFactor
from engine.people.queries import may_enter, places_of
from engine.people.rules import MAX_FAILURES, secret_sha256
from engine.people.sealing import SecretBox
from engine.refusals import Refusal


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What a person copies into their application before confirming."""

    secret: str  #: base32
    address: str  #: for the QR code


@dataclass(frozen=True, slots=True)
class Answered:
    """A second factor that was given."""

    cookie: str  #: secret of the session that is open now
    account: Account
    recovery_left: int | None  #: how many recovery codes are left, when one has just served


def begin_enrolment(session: Session, box: SecretBox, account: Account, *, now: datetime) -> Enrolment | Refusal:
    """A new secret, asked for nowhere until a first code has confirmed it; takes the place of one not confirmed."""
    factor = session.get(SecondFactor, account.id)
    if factor is not None and factor.confirmed_at is not None:
        return FACTOR_SET_ALREADY
    secret = new_totp_secret()
    if factor is None:
        factor = SecondFactor(account_id=account.id, secret="", created_at=now)
        session.add(factor)
    factor.secret, factor.created_at, factor.last_counter = box.seal(secret), now, -1
    session.flush()
    return Enrolment(secret, provisioning_address(secret, account.email))


def enrolment_of(session: Session, box: SecretBox, account: Account) -> Enrolment | None:
    """The secret that waits to be confirmed; None when none does. Once confirmed it is never shown again."""
    factor = session.get(SecondFactor, account.id)
    secret = box.open(factor.secret) if factor is not None and factor.confirmed_at is None else None
    return Enrolment(secret, provisioning_address(secret, account.email)) if secret else None


def confirm_enrolment(
    session: Session, box: SecretBox, account: Account, code: str, *, cookie: str, now: datetime
) -> list[str] | Refusal:
    """Turn the second factor on with a first code; the recovery codes, in clear for the only time.

    Every other session of the account ends: they were opened with a password alone. ``cookie``: that of this one.
    The caller commits even on a refusal: failures are counted.
    """
    factor = _held(session, account.id)
    if factor is None:
        return CHALLENGE_OVER
    if factor.confirmed_at is not None:
        return FACTOR_SET_ALREADY
    if refusal := _check(session, box, factor, code, now=now, recovery=False):
        return refusal
    factor.confirmed_at = now
    log_out_everywhere(session, account.id, now=now, but=cookie)
    return _renew_codes(session, account.id)


def renew_recovery_codes(
    session: Session, box: SecretBox, account: Account, code: str, *, now: datetime
) -> list[str] | Refusal:
    """New recovery codes, against a code; the former ones serve no more. The caller commits even on a refusal."""
    if refusal := check_code(session, box, account.id, code, now=now):
        return refusal
    return _renew_codes(session, account.id)


def turn_off(session: Session, box: SecretBox, account: Account, code: str, *, now: datetime) -> Refusal | None:
    """Take one's own second factor away, against a code. The caller commits even on a refusal."""
    if is_required((place.tenant.second_factor, place.role) for place in places_of(session, account.id)):
        return FACTOR_REQUIRED
    if refusal := check_code(session, box, account.id, code, now=now):
        return refusal
    forget_factor(session, account.id)
    return None


def forget_factor(session: Session, account_id: UUID) -> bool:
    """Take a second factor and its recovery codes away; whether there was one."""
    connection = session.connection()
    for table in (RecoveryCode, LoginChallenge):
        connection.execute(delete(table).where(col(table.account_id) == account_id))
    connection.execute(delete(LoginFailure).where(col(LoginFailure.key) == _key(account_id)))
    gone = connection.execute(delete(SecondFactor).where(col(SecondFactor.account_id) == account_id))
    session.expire_all()
    return gone.rowcount > 0


def recovery_codes_left(session: Session, account_id: UUID) -> int:
    """How many recovery codes have not served."""
    return session.exec(
        select(func.count())
        .select_from(RecoveryCode)
        .where(RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None))
    ).one()


def challenge_is_alive(session: Session, secret: str, *, now: datetime) -> bool:
    """Whether a right password still waits for its code under this cookie."""
    challenge = session.get(LoginChallenge, secret_sha256(secret)) if secret else None
    return challenge is not None and now < challenge.expires_at


def answer_challenge(
    database: Database, box: SecretBox, secret: str, code: str, *, user_agent: str, now: datetime
) -> Answered | Refusal:
    """Give the code that a log-in waits for, and open the session.

    Failures are counted per account and not per attempt to log in: another right password gives no new tries.
    """
    with database.writing() as session:
        challenge = session.get(LoginChallenge, secret_sha256(secret)) if secret else None
        if challenge is None or now >= challenge.expires_at:
            return CHALLENGE_OVER
        account = session.get_one(Account, challenge.account_id)
        if not may_enter(session, account):
            return CHALLENGE_OVER
        if refusal := check_code(session, box, account.id, code, now=now):
            session.commit()
            return refusal
        left = recovery_codes_left(session, account.id) if is_recovery_code(tidied_code(code)) else None
        session.delete(challenge)
        cookie = open_session(session, account.id, user_agent=user_agent, now=now)
        session.commit()
    return Answered(cookie, account, left)


def check_code(session: Session, box: SecretBox, account_id: UUID, code: str, *, now: datetime) -> Refusal | None:
    """Whether a code, or a recovery code, is right now; it is used up, or the failure counted. The caller commits."""
    factor = _held(session, account_id)
    if factor is None or factor.confirmed_at is None:
        return CHALLENGE_OVER
    return _check(session, box, factor, code, now=now, recovery=True)


def _held(session: Session, account_id: UUID) -> SecondFactor | None:
    """The factor, kept to this transaction: of two who guess at once the second waits. SQLite has one writer anyway."""
    asked = select(SecondFactor).where(SecondFactor.account_id == account_id)
    return session.exec(asked.with_for_update().execution_options(populate_existing=True)).first()


def _check(
    session: Session, box: SecretBox, factor: SecondFactor, code: str, *, now: datetime, recovery: bool
) -> Refusal | None:
    key, code = _key(factor.account_id), tidied_code(code)
    if failures(session, key, now) >= MAX_FAILURES:
        return TOO_MANY_CODES
    if recovery and is_recovery_code(code):
        right = _use_recovery_code(session, factor.account_id, code, now)
    else:
        secret = box.open(factor.secret)
        if secret is None:
            return FACTOR_UNREADABLE
        counter = counter_of(secret, code, now, factor.last_counter)
        right = counter is not None
        factor.last_counter = factor.last_counter if counter is None else counter
    if not right:
        note_failure(session, (key,), now)
        return WRONG_CODE
    session.connection().execute(delete(LoginFailure).where(col(LoginFailure.key) == key))
    session.flush()
    return None


def _use_recovery_code(session: Session, account_id: UUID, code: str, now: datetime) -> bool:
    used = session.exec(
        update(RecoveryCode)
        .where(
            col(RecoveryCode.account_id) == account_id,
            col(RecoveryCode.code_sha256) == secret_sha256(code),
            col(RecoveryCode.used_at).is_(None),
        )
        .values(used_at=now)
    )
    return used.rowcount == 1


def _renew_codes(session: Session, account_id: UUID) -> list[str]:
    session.connection().execute(delete(RecoveryCode).where(col(RecoveryCode.account_id) == account_id))
    codes = new_recovery_codes()
    session.add_all(RecoveryCode(account_id=account_id, code_sha256=secret_sha256(tidied_code(code))) for code in codes)
    session.flush()
    return codes


def _key(account_id: UUID) -> str:
    return f"factor:{account_id}"
