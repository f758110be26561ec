"""Tables of the people room."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from engine.clock import DEFAULT_ZONE
from engine.database import text_enum
from engine.ids import new_id


class Role(StrEnum):
    """What a member may administer. None of them may act in somebody else's name."""

    NONE = "NONE"
    FUNCTIONAL_ADMIN = "FUNCTIONAL_ADMIN"  #: of some desks (desks room), their holders and delegations
    TENANT_ADMIN = "TENANT_ADMIN"


class SecondFactorNeed(StrEnum):
    """Of whom a tenant requires a second factor."""

    NOBODY = "NOBODY"
    ADMINISTRATORS = "ADMINISTRATORS"
    EVERYBODY = "EVERYBODY"


class Tenant(SQLModel, table=True):
    """A local authority: its own people, desks, types and folders."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    name: str
    short_name: str = Field(unique=True)
    zone: str = DEFAULT_ZONE  #: IANA time zone in which dates are shown and counted
    calendar: str = ""  #: what it says of its working days and hours (``engine.calendar.said_of``); empty: the usual
    created_at: datetime
    closed_at: datetime | None = None  #: nobody enters it any more; what it holds stays
    second_factor: SecondFactorNeed = Field(default=SecondFactorNeed.NOBODY, sa_type=text_enum(SecondFactorNeed))


class Account(SQLModel, table=True):
    """A person who can log in; one account, possibly several tenants."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    email: str = Field(unique=True)  #: lower case
    given_name: str
    surname: str
    password_hash: str | None = None  #: argon2id; None until the invitation is accepted
    created_at: datetime
    disabled_at: datetime | None = None
    platform_admin: bool = False  #: opens and closes tenants, sees the health of the installation; enters none by it
    minimised_at: datetime | None = None  #: left everywhere: only what proves their acts is kept

    @property
    def full_name(self) -> str:
        """Given name then surname, as printed on pages and marks."""
        return self.name_of(self.given_name, self.surname)

    @staticmethod
    def name_of(given_name: str, surname: str) -> str:
        """A person's name as it is printed."""
        return f"{given_name} {surname}"


class Membership(SQLModel, table=True):
    """An account belongs to a tenant."""

    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    tenant_id: UUID = Field(foreign_key="tenant.id", primary_key=True, index=True)
    role: Role = Field(default=Role.NONE, sa_type=text_enum(Role))
    title: str = ""  #: quality printed beside the name: Maire, Directrice générale des services…
    disabled_at: datetime | None = None  #: access to this tenant is closed; what the person did stays
    left_at: datetime | None = None  #: gone for good: is invited anew, not let in again


class LoginSession(SQLModel, table=True):
    """A browser that is logged in; the cookie holds a secret of which only the SHA-256 is kept here."""

    __tablename__ = "login_session"

    secret_sha256: str = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    tenant_id: UUID | None = (
        None  #: the tenant chosen by a person who has several; no foreign key: one gone is not found
    )
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None
    user_agent: str = ""


class TokenPurpose(StrEnum):
    """What a one-time link sent by mail is for."""

    INVITATION = "INVITATION"
    PASSWORD = "PASSWORD"  # noqa: S105 a purpose, not a secret


class OneTimeToken(SQLModel, table=True):
    """A link sent by mail, usable once: invitation, forgotten password."""

    __tablename__ = "one_time_token"

    secret_sha256: str = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    purpose: TokenPurpose = Field(sa_type=text_enum(TokenPurpose))
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


class SecondFactor(SQLModel, table=True):
    """A second factor: codes that a phone computes from a shared secret and the time (TOTP, RFC 6238)."""

    __tablename__ = "second_factor"

    account_id: UUID = Field(foreign_key="account.id", primary_key=True)
    secret: str  #: encrypted with the key of the installation, never in clear
    created_at: datetime
    confirmed_at: datetime | None = None  #: a first code was given; until then it is asked for nowhere
    last_counter: int = -1  #: interval of the last code accepted: no code of it, nor of an earlier one, serves again


class RecoveryCode(SQLModel, table=True):
    """A code that replaces the second factor, once, when the phone is lost."""

    __tablename__ = "recovery_code"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    code_sha256: str
    used_at: datetime | None = None


class LoginChallenge(SQLModel, table=True):
    """A right password that waits for its second factor; no session yet. The cookie holds a secret."""

    __tablename__ = "login_challenge"

    secret_sha256: str = Field(primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    created_at: datetime
    expires_at: datetime = Field(index=True)


class LoginFailure(SQLModel, table=True):
    """A failed log-in, counted to slow guessing; shared by all nodes because it is in the database."""

    __tablename__ = "login_failure"

    id: UUID = Field(default_factory=new_id, primary_key=True)
    key: str = Field(index=True)  #: what is counted: an address of mail or of network
    at: datetime = Field(index=True)


class SignerCertificate(SQLModel, table=True):
    """A certificate known to be a person's own (public part only)."""

    __tablename__ = "signer_certificate"
    __table_args__ = (UniqueConstraint("issuer_serial"),)

    id: UUID = Field(default_factory=new_id, primary_key=True)
    account_id: UUID = Field(foreign_key="account.id", index=True)
    issuer_serial: str  #: issuer and serial number: what binds a certificate to one person
    fingerprint: str  #: SHA-256 of the certificate, hexadecimal
    holder: str
    issuer: str
    not_before: datetime
    not_after: datetime
    der: bytes
    bound_at: datetime
