"""The people of a tenant: inviting them, giving and taking desks, closing and opening their access.

Each act is written in the tenant's journal. None lets its author log in as somebody else: a password is chosen from a
mail sent to the person, an address is never changed, and a name no more once the person has logged in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.desks.actions import desks_by_id, give_desk, hold_tenant, take_desks
from engine.desks.model import Desk
from engine.desks.queries import desks_administered, desks_given
from engine.desks.rules import refuse_last_administrator
from engine.journal.actions import record
from engine.people.actions import NewLink, account_for, invite, join_tenant, log_out_everywhere
from engine.people.model import Account, Membership, Role
from engine.people.queries import Member, Standing, account_at, belongs_elsewhere, member_of, members
from engine.people.rules import NewPerson, faults_of_person, refuse_name, refuse_title_of_person, tidied
from engine.refusals import Faults, Refusal


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who has just become a member."""

    account: Account
    link: NewLink | None  #: to choose a password; None for a person who has one already
    known: bool  #: the account was there already: it keeps the names it has


@dataclass(frozen=True, slots=True)
class Changes:
    """What is to change about a member."""

    title: str
    administers: bool
    give: Collection[UUID] = ()  #: desks
    take: Collection[UUID] = ()
    names: tuple[str, str] | None = field(default=None)  #: given name and surname; None: as they are


def invite_member(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID | None,
    person: NewPerson,
    desk_ids: Collection[UUID] = (),
    administers: bool = False,
    now: datetime,
) -> Invited | Faults:
    """Make a person a member, with desks. Somebody who has an account, in whatever tenant, keeps it as it is."""
    tenant = hold_tenant(session, tenant_id)
    person = person.tidied()
    desks = desks_by_id(session, tenant_id)
    faults = faults_of_person(person)
    known = account_at(session, person.email)
    if known is not None and (refusal := _refuse_known(session, tenant_id, known)):
        faults["email"] = refusal
    if not desks.keys() >= set(desk_ids):
        faults["desks"] = DESK_UNKNOWN
    if faults:
        return Faults(faults)
    account = account_for(session, person, now=now)
    role = Role.TENANT_ADMIN if administers else Role.NONE
    join_tenant(session, account, tenant, title=person.title, role=role)
    given = [desk for desk in desks.values() if desk.id in desk_ids]
    for desk in given:
        give_desk(session, desk, account.id)
    facts: dict[str, object] = {"title": person.title, "given": _names(given), "administers": administers}
    told = {name: value for name, value in facts.items() if value}
    _note(session, tenant_id, "tenant:person:invited", account, by, now, **told)
    link = invite(session, account, now=now) if account.password_hash is None else None
    return Invited(account, link, known is not None)


def invite_again(
    session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, now: datetime
) -> NewLink | Refusal | None:
    """A new link for somebody who has not chosen a password; None when the tenant has no such member."""
    hold_tenant(session, tenant_id)
    member = member_of(session, tenant_id, account_id)
    if member is None:
        return None
    if member.standing is not Standing.INVITED:
        return Refusal(
            "invitation_no_more",
            f"{member.account.full_name} n’attend pas d’invitation. Pour un mot de passe perdu, cette personne passe"
            " par « Mot de passe oublié ».",
        )
    _note(session, tenant_id, "tenant:invitation:sent_again", member.account, by, now)
    return invite(session, member.account, now=now)


def change_member(
    session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, changes: Changes, now: datetime
) -> Member | Faults | None:
    """Change quality, desks, right to administer; names while nobody has logged in. None: no such member."""
    hold_tenant(session, tenant_id)
    member = member_of(session, tenant_id, account_id)
    if member is None or member.standing is Standing.LEFT:
        return None
    desks = desks_by_id(session, tenant_id)
    if faults := _faults(session, tenant_id, member, changes, desks):
        return Faults(faults)
    held = {desk.id for desk in desks_given(session, tenant_id, account_id)}
    given = [desk for desk in desks.values() if desk.id in set(changes.give) - held]
    taken = [desk for desk in desks.values() if desk.id in set(changes.take) & held]
    for desk in given:
        give_desk(session, desk, account_id)
    take_desks(session, [desk.id for desk in taken], account_id)
    told: dict[str, object] = {"given": _names(given), "taken": _names(taken)}
    told |= _rewrite(session, tenant_id, member, changes)
    session.flush()
    if any(value not in ([], None) for value in told.values()):
        _note(session, tenant_id, "tenant:person:changed", member.account, by, now, **told)
    return member_of(session, tenant_id, account_id)


def disable_member(
    session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, now: datetime
) -> Member | Refusal | None:
    """Close a person's access to this tenant and end their sessions. None: no such member.

    Desks stay given, without effect, so that opening again is enough after a mistake; what waits on them stays there.
    """
    hold_tenant(session, tenant_id)
    member = member_of(session, tenant_id, account_id)
    if member is None or member.standing in {Standing.DISABLED, Standing.LEFT}:
        return member
    if member.administers and (refusal := refuse_last(session, tenant_id, member)):
        return refusal
    session.get_one(Membership, (account_id, tenant_id)).disabled_at = now
    session.flush()
    log_out_everywhere(session, account_id, now=now)
    _note(session, tenant_id, "tenant:person:disabled", member.account, by, now)
    return member_of(session, tenant_id, account_id)


def enable_member(session: Session, *, tenant_id: UUID, by: UUID, account_id: UUID, now: datetime) -> Member | None:
    """Open again the access that :func:`disable_member` closed; who has left is invited anew. None: no such member."""
    hold_tenant(session, tenant_id)
    membership = session.get(Membership, (account_id, tenant_id))
    if membership is not None and membership.disabled_at is not None and membership.left_at is None:
        membership.disabled_at = None
        session.flush()
        account = session.get_one(Account, account_id)
        _note(session, tenant_id, "tenant:person:enabled", account, by, now)
    return member_of(session, tenant_id, account_id)


def may_rename(session: Session, tenant_id: UUID, member: Member) -> bool:
    """Whether an administrator may correct the names: nobody has acted under them, and no other tenant uses them."""
    return member.account.password_hash is None and not belongs_elsewhere(session, tenant_id, member.account.id)


DESK_UNKNOWN = Refusal(
    "desk_unknown", "L’un de ces bureaux n’existe pas dans votre collectivité. Choisissez-les dans la liste."
)
NAME_IN_USE = Refusal(
    "name_in_use",
    "Le nom d’une personne qui s’est déjà connectée, ou qui appartient à une autre collectivité, ne se change pas ici.",
)


def _refuse_known(session: Session, tenant_id: UUID, account: Account) -> Refusal | None:
    member = member_of(session, tenant_id, account.id)
    if account.disabled_at is not None:
        return Refusal(
            "account_closed",
            f"Le compte de l’adresse {account.email} est fermé pour toute l’installation."
            " Adressez-vous à qui l’héberge.",
        )
    if member is None or member.standing is Standing.LEFT:
        return None
    closed = member.standing is Standing.DISABLED
    cure = (
        "son accès est désactivé : ouvrez sa page pour le réactiver." if closed else "ouvrez sa page pour la changer."
    )
    return Refusal(
        "already_member",
        f"{account.full_name} fait déjà partie de votre collectivité avec l’adresse {account.email} ; {cure}",
    )


def _faults(
    session: Session, tenant_id: UUID, member: Member, changes: Changes, desks: dict[UUID, Desk]
) -> dict[str, Refusal]:
    given_name, surname = map(tidied, changes.names or (member.account.given_name, member.account.surname))
    found: dict[str, Refusal | None] = {
        "given_name": refuse_name(given_name, "le prénom"),
        "surname": refuse_name(surname, "le nom"),
        "title": refuse_title_of_person(tidied(changes.title)),
        "desks": None if desks.keys() >= {*changes.give, *changes.take} else DESK_UNKNOWN,
    }
    renamed = (given_name, surname) != (member.account.given_name, member.account.surname)
    if renamed and not may_rename(session, tenant_id, member):
        found["surname"] = NAME_IN_USE
    if member.administers and not changes.administers:
        found["administers"] = refuse_last(session, tenant_id, member)
    return {name: refusal for name, refusal in found.items() if refusal}


def _rewrite(session: Session, tenant_id: UUID, member: Member, changes: Changes) -> dict[str, object]:
    """Write names, quality and role; what has changed, for the journal."""
    membership, account = session.get_one(Membership, (member.account.id, tenant_id)), member.account
    title, told = tidied(changes.title), dict[str, object]()
    if changes.names and (names := (*map(tidied, changes.names),)) != (account.given_name, account.surname):
        told["was"] = account.full_name
        account.given_name, account.surname = names
    if title != membership.title:
        told["title"] = membership.title = title
    if member.administers != changes.administers:
        told["administers"] = changes.administers
        charge = Role.FUNCTIONAL_ADMIN if desks_administered(session, tenant_id, account.id) else Role.NONE
        membership.role = Role.TENANT_ADMIN if changes.administers else charge
    return told


def refuse_last(session: Session, tenant_id: UUID, member: Member) -> Refusal | None:
    """Why this administrator may not go, when the tenant has no other whose account is active."""
    others = [
        other
        for other in members(session, tenant_id)
        if other.administers and other.standing is Standing.ACTIVE and other.account.id != member.account.id
    ]
    return refuse_last_administrator(member.account.full_name, len(others))


def _names(desks: list[Desk]) -> list[str]:
    return sorted(desk.name for desk in desks)


def _note(
    session: Session, tenant_id: UUID, event: str, account: Account, by: UUID | None, now: datetime, **facts: object
) -> None:
    data = {"account_id": account.id, "person": account.full_name, **facts}
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
