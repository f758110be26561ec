"""Reads about people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import Session, col, select

from engine.people.factor_rules import is_required
from engine.people.model import Account, LoginSession, Membership, Role, SecondFactor, SignerCertificate, Tenant
from engine.people.rules import folded_name, secret_sha256, session_is_alive


@dataclass(frozen=True, slots=True)
class Place:
    """A tenant that a person may enter, and what they are there."""

    tenant: Tenant
    title: str
    role: Role


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who is logged in, and in which tenant the page they ask for is read."""

    account: Account
    tenant: Tenant  #: the one opened in this browser, or that of the folder which the page is about
    title: str  #: quality in this tenant
    last_seen_at: datetime  #: of the session, to note its use now and then
    role: Role = Role.NONE  #: in this tenant
    places: tuple[Place, ...] = ()  #: every tenant that the person may enter, this one among them, by name
    opened: Place | None = None  #: the one opened in this browser, which the pages of administration are about
    owes_factor: bool = False  #: one of the tenants requires a second factor, which is not set up

    @property
    def elsewhere(self) -> bool:
        """Whether the person has other tenants."""
        return len(self.places) > 1

    @property
    def tenant_ids(self) -> tuple[UUID, ...]:
        """The tenants whose folders may be shown to this person, each by what they hold there."""
        return tuple(place.tenant.id for place in self.places)

    @property
    def administers(self) -> bool:
        """Whether the pages of administration of this tenant are theirs."""
        return self.role is Role.TENANT_ADMIN

    def within(self, tenant_id: UUID) -> Visitor | None:
        """The same person in another of their own tenants; None when it is none of theirs."""
        place = next((place for place in self.places if place.tenant.id == tenant_id), None)
        return replace(self, tenant=place.tenant, title=place.title, role=place.role) if place else None


class Standing(StrEnum):
    """Where a member stands."""

    INVITED = "INVITED"  #: has not chosen a password yet
    ACTIVE = "ACTIVE"
    DISABLED = "DISABLED"  #: access to this tenant is closed
    LEFT = "LEFT"  #: gone for good


@dataclass(frozen=True, slots=True)
class Member:
    """A person in one tenant."""

    account: Account
    title: str
    role: Role
    standing: Standing

    @property
    def administers(self) -> bool:
        """Whether the pages of administration of this tenant are theirs, while access is open."""
        return self.role is Role.TENANT_ADMIN


def visitor_of(session: Session, secret: str, *, now: datetime) -> Visitor | None:
    """The person behind a session cookie, in the tenant chosen, else their first; None when the session is over."""
    rows = session.exec(
        select(LoginSession, Account, Tenant, Membership)
        .join(Account, col(Account.id) == LoginSession.account_id)
        .join(Membership, col(Membership.account_id) == Account.id)
        .join(Tenant, col(Tenant.id) == Membership.tenant_id)
        .where(LoginSession.secret_sha256 == secret_sha256(secret), *_open())
        .order_by(col(Tenant.id))
    ).all()
    if not rows or not session_is_alive(rows[0][0], now):
        return None
    login, account, tenant, membership = next((row for row in rows if row[2].id == row[0].tenant_id), rows[0])
    places = {row[2].id: Place(row[2], row[3].title, row[3].role) for row in rows}
    return Visitor(
        account,
        tenant,
        membership.title,
        login.last_seen_at,
        membership.role,
        tuple(sorted(places.values(), key=lambda place: folded_name(place.tenant.name))),
        places[tenant.id],
        is_required((one.tenant.second_factor, one.role) for one in places.values())
        and not has_second_factor(session, account.id),
    )


def may_enter(session: Session, account: Account) -> bool:
    """Whether an account may log in: it is open, and so is its access to one tenant at least."""
    found = (
        select(Membership)
        .join(Account, col(Account.id) == Membership.account_id)
        .join(Tenant, col(Tenant.id) == Membership.tenant_id)
    )
    return session.exec(found.where(Membership.account_id == account.id, *_open())).first() is not None


def has_second_factor(session: Session, account_id: UUID) -> bool:
    """Whether log-in asks this account for a code."""
    factor = session.get(SecondFactor, account_id)
    return factor is not None and factor.confirmed_at is not None


def with_second_factor(session: Session, account_ids: Iterable[UUID]) -> set[UUID]:
    """Those of these accounts that log-in asks for a code."""
    confirmed = select(SecondFactor.account_id).where(col(SecondFactor.confirmed_at).is_not(None))
    return set(session.exec(confirmed.where(col(SecondFactor.account_id).in_(account_ids))))


def places_of(session: Session, account_id: UUID) -> list[Place]:
    """The tenants that a person may enter, with what they are there."""
    rows = session.exec(
        select(Tenant, Membership)
        .join(Membership, col(Membership.tenant_id) == Tenant.id)
        .join(Account, col(Account.id) == Membership.account_id)
        .where(Membership.account_id == account_id, *_open())
    )
    return [Place(tenant, membership.title, membership.role) for tenant, membership in rows]


def tenants_of(session: Session, account_id: UUID) -> Sequence[Tenant]:
    """The tenants that a person may enter, by name."""
    return session.exec(
        select(Tenant)
        .join(Membership, col(Membership.tenant_id) == Tenant.id)
        .join(Account, col(Account.id) == Membership.account_id)
        .where(Membership.account_id == account_id, *_open())
        .order_by(col(Tenant.name), col(Tenant.id))
    ).all()


def members(session: Session, tenant_id: UUID) -> list[Member]:
    """Everybody in a tenant by surname, those whose access is closed, then those who left, last."""
    found = session.exec(
        select(Account, Membership)
        .join(Membership, col(Membership.account_id) == Account.id)
        .where(Membership.tenant_id == tenant_id)
    )
    people = [_member(account, membership) for account, membership in found]
    return sorted(
        people,
        key=lambda one: (
            one.standing is Standing.LEFT,
            one.standing is Standing.DISABLED,
            folded_name(one.account.surname),
            folded_name(one.account.given_name),
            one.account.id,
        ),
    )


def member_of(session: Session, tenant_id: UUID, account_id: UUID) -> Member | None:
    """A person in this tenant; None when they are not one of its members."""
    membership = session.get(Membership, (account_id, tenant_id))
    return _member(session.get_one(Account, account_id), membership) if membership else None


def is_member(session: Session, tenant_id: UUID, account_id: UUID) -> bool:
    """Whether the access of a person to this tenant is open, and the tenant itself."""
    membership, tenant = session.get(Membership, (account_id, tenant_id)), session.get(Tenant, tenant_id)
    return membership is not None and membership.disabled_at is None and tenant is not None and not tenant.closed_at


def belongs_elsewhere(session: Session, tenant_id: UUID, account_id: UUID) -> bool:
    """Whether a person is a member of another tenant too, which they have not left."""
    found = select(Membership).where(
        Membership.account_id == account_id, Membership.tenant_id != tenant_id, col(Membership.left_at).is_(None)
    )
    return session.exec(found).first() is not None


def names_of(session: Session, account_ids: Iterable[UUID | None]) -> dict[UUID | None, str]:
    """The full names of these people; None, who is nobody, is left out."""
    wanted = {one for one in account_ids if one is not None}
    return {
        account.id: account.full_name for account in session.exec(select(Account).where(col(Account.id).in_(wanted)))
    }


def account_at(session: Session, email: str) -> Account | None:
    """The account of this address, in whatever tenant."""
    return session.exec(select(Account).where(Account.email == email.strip().lower())).first()


def _member(account: Account, membership: Membership) -> Member:
    if membership.left_at:
        standing = Standing.LEFT
    elif membership.disabled_at or account.disabled_at:
        standing = Standing.DISABLED
    else:
        standing = Standing.ACTIVE if account.password_hash else Standing.INVITED
    return Member(account, membership.title, membership.role, standing)


def _open() -> tuple[ColumnElement[bool], ...]:
    """Account, access and tenant are open. Where this is asked, the tenant is joined."""
    return (
        col(Account.disabled_at).is_(None),
        col(Membership.disabled_at).is_(None),
        col(Tenant.closed_at).is_(None),
    )


def open_sessions(session: Session, account_id: UUID, *, now: datetime) -> list[LoginSession]:
    """The sessions of an account that are not over, the last used first."""
    found = session.exec(
        select(LoginSession)
        .where(LoginSession.account_id == account_id, col(LoginSession.revoked_at).is_(None))
        .order_by(col(LoginSession.last_seen_at).desc())
    )
    return [login for login in found if session_is_alive(login, now)]


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
