"""Bringing the town itself, and its people, to what a file says."""

from __future__ import annotations

from sqlmodel import select

from engine.administration.configuration.model import ROLES, Person, Town
from engine.administration.configuration.work import Work
from engine.calendar.faults import CalendarFault
from engine.calendar.zones import zone_named
from engine.desks.members import Invited, may_rename
from engine.people.actions import account_for, invite, join_tenant, log_out_everywhere
from engine.people.model import Account, Membership, Role, Tenant
from engine.people.queries import Standing, account_at, member_of, members
from engine.people.rules import NAME_LENGTH, NewPerson, faults_of_person, folded_name

_ROLE_NAMES = {role: name for name, role in ROLES.items()}
_FIELDS = {"email": "adresse", "given_name": "prénom", "surname": "nom", "title": "qualité"}


def apply_town(work: Work, town: Town) -> None:
    """Name, zone, second factor."""
    tenant = work.tenant
    others = work.session.exec(select(Tenant).where(Tenant.id != tenant.id)).all()
    if len(town.name) > NAME_LENGTH:
        work.fault(town.line, "collectivité › nom", f"Ce nom dépasse {NAME_LENGTH} caractères.", "Raccourcissez-le.")
    elif any(folded_name(other.name) == folded_name(town.name) for other in others):
        work.notes.append(f"La collectivité garde son nom : une autre s’appelle déjà « {town.name} ».")
    elif tenant.name != town.name:
        work.changes.append(f"La collectivité « {tenant.name} » s’appelle « {town.name} ».")
        tenant.name = town.name
    try:
        zone_named(town.zone)
    except CalendarFault as fault:
        work.fault(town.line, "collectivité › fuseau horaire", str(fault))
    else:
        if tenant.zone != town.zone:
            work.changes.append(f"Le fuseau horaire passe de {tenant.zone} à {town.zone}.")
            tenant.zone = town.zone
    if tenant.calendar != town.calendar:
        tenant.calendar = town.calendar
        work.changes.append("Les jours et les heures ouvrés changent : voyez « Calendrier ».")
    if tenant.second_factor != town.second_factor:
        tenant.second_factor = town.second_factor
        work.changes.append("Les personnes à qui le second facteur est demandé changent.")


def apply_people(work: Work, people: tuple[Person, ...]) -> None:
    """Add and change members; nobody is taken away."""
    work.twice([(one.email, one.line) for one in people], "personnes")
    before = _administrators(work)
    for entry in people:
        person = NewPerson(entry.email, entry.given_name, entry.surname, entry.title).tidied()
        faults = faults_of_person(person)
        for field, refusal in faults.items():
            work.fault(entry.line, f"personnes › {entry.email} › {_FIELDS[field]}", refusal)
        if not faults:
            _apply(work, entry, person)
    work.session.flush()
    if before and not _administrators(work):
        work.fault(
            people[0].line if people else 0,
            "personnes › administre",
            "Plus personne, dont le compte est actif, n’administrerait la collectivité.",
            "Laissez « administre : collectivité » à au moins une de ces personnes.",
        )
    named = {entry.email for entry in people}
    for member in members(work.session, work.tenant.id):
        if member.standing is not Standing.LEFT:
            work.accounts[member.account.email] = member.account
            if member.account.email not in named:
                name = member.account.full_name
                work.notes.append(f"{name} n’est pas dans le fichier : rien ne change pour cette personne.")


def _administrators(work: Work) -> int:
    every = members(work.session, work.tenant.id)
    return sum(one.role is Role.TENANT_ADMIN and one.standing is Standing.ACTIVE for one in every)


def _apply(work: Work, entry: Person, person: NewPerson) -> None:
    known = account_at(work.session, person.email)
    if known is not None and known.disabled_at is not None:
        where = f"personnes › {entry.email}"
        work.fault(entry.line, where, "Ce compte est fermé pour toute l’installation.", "Retirez cette personne.")
        return
    member = member_of(work.session, work.tenant.id, known.id) if known else None
    if known is None or member is None or member.standing is Standing.LEFT:
        account = account_for(work.session, person, now=work.now)
        join_tenant(work.session, account, work.tenant, title=person.title, role=entry.role)
        work.changes.append(f"{account.full_name} ({account.email}) entre dans la collectivité.")
        if work.inviting and not entry.closed:
            link = invite(work.session, account, now=work.now) if account.password_hash is None else None
            work.invited.append(Invited(account, link, known is not None))
        _change(work, entry, person, account, told=False)
    else:
        _change(work, entry, person, known, told=True)


def _change(work: Work, entry: Person, person: NewPerson, account: Account, *, told: bool) -> None:
    membership = work.session.get_one(Membership, (account.id, work.tenant.id))
    said = _rename(work, person, account)
    if membership.title != person.title:
        said.append(f"qualité : {person.title or 'aucune'}")
        membership.title = person.title
    if membership.role != entry.role:
        said.append(f"administre : {_ROLE_NAMES[entry.role]}")
        membership.role = entry.role
    if entry.closed and membership.disabled_at is None:
        membership.disabled_at = work.now
        log_out_everywhere(work.session, account.id, now=work.now)
        said.append("accès fermé")
    elif not entry.closed and membership.disabled_at is not None:
        membership.disabled_at = None
        said.append("accès rouvert")
    work.session.flush()
    if said and told:
        work.changes.append(f"{account.full_name} : {' ; '.join(said)}.")


def _rename(work: Work, person: NewPerson, account: Account) -> list[str]:
    wanted = (person.given_name, person.surname)
    if (account.given_name, account.surname) == wanted:
        return []
    member = member_of(work.session, work.tenant.id, account.id)
    if member is None or not may_rename(work.session, work.tenant.id, member):
        work.notes.append(f"{account.full_name} ({account.email}) garde ce nom, sous lequel son compte est connu.")
        return []
    account.given_name, account.surname = wanted
    return [f"s’appelle {account.full_name}"]
