"""Administration of a tenant: its people. Only for those who administer it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.members import (
    Changes,
    change_member,
    disable_member,
    enable_member,
    invite_again,
    invite_member,
    may_rename,
)
from engine.desks.queries import all_desks, desks_administered, desks_given, desks_of_everybody, holders
from engine.people.queries import Member, has_second_factor, member_of, members
from engine.people.rules import NewPerson
from engine.refusals import Faults, Refusal
from notifications.actions import send_invitation, send_link
from web.visits import Visit

T = TypeVar("T")

PEOPLE, DESKS = "/administration/personnes", "/administration/bureaux"


@dataclass(frozen=True, slots=True)
class PersonForm:
    """What the form about a person holds."""

    email: str = ""
    given_name: str = ""
    surname: str = ""
    title: str = ""
    desks: frozenset[UUID] = frozenset()
    before: frozenset[UUID] = frozenset()  #: desks held when the page was made: what somebody else did since is kept
    administers: bool = False

    @classmethod
    def typed(cls, visit: Visit) -> PersonForm:
        """As it was sent."""
        return cls(
            *(visit.text(name) for name in ("email", "given_name", "surname", "title")),
            desks=_identifiers(visit, "desk"),
            before=_identifiers(visit, "before"),
            administers=bool(visit.text("administers")),
        )

    @classmethod
    def of(cls, member: Member, desks: frozenset[UUID]) -> PersonForm:
        """As it is now."""
        account = member.account
        return cls(account.email, account.given_name, account.surname, member.title, desks, desks, member.administers)


def home(visit: Visit) -> Response:
    """Where the menu leads."""
    return visit.go(PEOPLE if visit.person.administers else DESKS)


def show_people(visit: Visit) -> Response:
    """Everybody, with their desks and where they stand."""
    with visit.services.database.reading() as session:
        people, desks = members(session, visit.tenant_id), desks_of_everybody(session, visit.tenant_id)
    return visit.render("administration/people.html", people=people, desks=desks)


def show_invite(visit: Visit) -> Response:
    """The form of an invitation."""
    return _person_page(visit, None, PersonForm(), {})


def do_invite(visit: Visit) -> Response:
    """Invite somebody; the mail goes to them alone."""
    form = PersonForm.typed(visit)
    with visit.services.database.writing() as session:
        result = invite_member(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            person=NewPerson(form.email, form.given_name, form.surname, form.title),
            desk_ids=form.desks,
            administers=form.administers,
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _person_page(visit, None, form, result.sentences)
        base_url = visit.services.settings.base_url
        send_invitation(session, result, visit.person.tenant, base_url=base_url, now=visit.now)
        session.commit()
    account = result.account
    if result.known:
        said = f"{account.full_name} avait déjà un compte, qui garde ce nom. Un courriel part vers {account.email}."
    else:
        said = f"Une invitation part vers {account.email} ; son lien est valable sept jours."
    return visit.go(PEOPLE, said)


def show_person(visit: Visit) -> Response:
    """One person."""
    with visit.services.database.reading() as session:
        member = _found(member_of(session, visit.tenant_id, visit.identifier("person")))
        held = frozenset(desk.id for desk in desks_given(session, visit.tenant_id, member.account.id))
    return _person_page(visit, member, PersonForm.of(member, held), {})


def do_change_person(visit: Visit) -> Response:
    """Save quality, desks and right to administer."""
    form, person_id, me = PersonForm.typed(visit), visit.identifier("person"), visit.person.account.id
    renamed = "surname" in visit.form
    changes = Changes(
        title=form.title,
        administers=form.administers,
        give=form.desks - form.before,
        take=form.before - form.desks,
        names=(form.given_name, form.surname) if renamed else None,
    )
    with visit.services.database.writing() as session:
        member = _found(member_of(session, visit.tenant_id, person_id))
        result = change_member(
            session, tenant_id=visit.tenant_id, by=me, account_id=person_id, changes=changes, now=visit.now
        )
        if isinstance(result, Faults):
            return _person_page(visit, member, form, result.sentences)
        session.commit()
    name = _found(result).account.full_name
    gone = person_id == me and not form.administers
    return visit.go("/" if gone else PEOPLE, f"Ce qui concerne {name} est enregistré.")


def do_invite_again(visit: Visit) -> Response:
    """Send a new link to somebody who has not come in yet."""
    person_id = visit.identifier("person")
    with visit.services.database.writing() as session:
        link = invite_again(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            account_id=person_id,
            now=visit.now,
        )
        if isinstance(link, Refusal):
            return visit.go(f"{PEOPLE}/{person_id}", link.sentence, tone="bad")
        link = _found(link)
        settings, town = visit.services.settings, visit.person.tenant.name
        send_link(session, link, base_url=settings.base_url, now=visit.now, town=town)
        session.commit()
    return visit.go(PEOPLE, f"Une nouvelle invitation part vers {link.account.email}.")


def show_disable(visit: Visit) -> Response:
    """Ask before closing an access."""
    with visit.services.database.reading() as session:
        member = _found(member_of(session, visit.tenant_id, visit.identifier("person")))
        desks = desks_given(session, visit.tenant_id, member.account.id)
        alone = [desk.name for desk in desks if len(holders(session, [desk.id])[desk.id]) < 2]
    return visit.render("administration/disable.html", member=member, alone=alone)


def do_disable(visit: Visit) -> Response:
    """Close a person's access; what waits on their desks stays there."""
    person_id = visit.identifier("person")
    with visit.services.database.writing() as session:
        result = disable_member(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            account_id=person_id,
            now=visit.now,
        )
        if isinstance(result, Refusal):
            return visit.go(f"{PEOPLE}/{person_id}", result.sentence, tone="bad")
        session.commit()
    return visit.go(PEOPLE, f"L’accès de {_found(result).account.full_name} est désactivé.")


def do_enable(visit: Visit) -> Response:
    """Open it again."""
    with visit.services.database.writing() as session:
        member = enable_member(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            account_id=visit.identifier("person"),
            now=visit.now,
        )
        session.commit()
    return visit.go(PEOPLE, f"L’accès de {_found(member).account.full_name} est de nouveau ouvert.")


def _person_page(visit: Visit, member: Member | None, form: PersonForm, faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        desks = all_desks(session, visit.tenant_id)
        rename = member is None or may_rename(session, visit.tenant_id, member)
        factor = member is not None and has_second_factor(session, member.account.id)
        charge = desks_administered(session, visit.tenant_id, member.account.id) if member else []
    return visit.render(
        "administration/person.html",
        status=422 if faults else 200,
        member=member,
        form=form,
        faults=faults,
        desks=desks,
        rename=rename,
        factor=factor,
        charge=charge,
    )


def _identifiers(visit: Visit, name: str) -> frozenset[UUID]:
    """Identifiers of a form, each a field or several in one; 400 when one is none: no page of ours sends that."""
    sent = (value for value in visit.form.getlist(name) if isinstance(value, str))
    return frozenset(_identifier(text) for value in sent for text in value.split())


def _identifier(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HTTPException(400) from None


def _found(what: T | None) -> T:
    """404 when this tenant has none such."""
    if what is None:
        raise HTTPException(404)
    return what
