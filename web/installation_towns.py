"""The tenants of the installation: opening one, closing it, opening it again; nothing of what they hold is seen."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from sqlalchemy.exc import NoResultFound
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.clock import DEFAULT_ZONE
from engine.desks.towns import Town, close_town, reopen_town, towns
from engine.people.rules import NewPerson
from engine.refusals import Faults, Refusal
from web.visits import Visit

TOWNS = "/installation/collectivites"


@dataclass(frozen=True, slots=True)
class TownForm:
    """A tenant to open, and who will administer it."""

    name: str = ""
    short_name: str = ""
    zone: str = DEFAULT_ZONE
    email: str = ""
    given_name: str = ""
    surname: str = ""
    title: str = ""


def show_towns(visit: Visit) -> Response:
    """Every tenant, with how many people it has and who administers it."""
    with visit.services.database.reading() as session:
        found = towns(session)
    return visit.render("installation/towns.html", towns=found)


def show_open(visit: Visit) -> Response:
    """The form."""
    return _form(visit, TownForm(), {})


def do_open(visit: Visit) -> Response:
    """Open a tenant and invite who will administer it."""
    form = TownForm(**{name: visit.text(name) for name in asdict(TownForm())})
    person = NewPerson(form.email, form.given_name, form.surname, form.title)
    with visit.services.database.writing() as session:
        result = visit.services.open_town(
            session,
            name=form.name,
            short_name=form.short_name,
            zone=form.zone or DEFAULT_ZONE,
            administrator=person,
            by=visit.person.account.id,
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _form(visit, form, result.sentences)
        session.commit()
    return visit.go(TOWNS, f"« {result.name} » est ouverte. Une invitation part vers {person.tidied().email}.")


def show_close(visit: Visit) -> Response:
    """Ask before closing."""
    return visit.render("installation/close.html", town=_town(visit))


def do_close(visit: Visit) -> Response:
    """Close it: nobody enters any more."""
    tenant_id = _town(visit).tenant.id
    with visit.services.database.writing() as session:
        result = close_town(session, tenant_id=tenant_id, by=visit.person.account.id, now=visit.now)
        if isinstance(result, Refusal):
            return visit.go(TOWNS, result.sentence, tone="bad")
        session.commit()
    return visit.go(TOWNS, f"« {result.name} » est fermée : plus personne n’y entre, rien n’est effacé.")


def do_reopen(visit: Visit) -> Response:
    """Open it again."""
    with visit.services.database.writing() as session:
        try:
            tenant = reopen_town(session, tenant_id=visit.identifier("town"), by=visit.person.account.id, now=visit.now)
        except NoResultFound:
            raise HTTPException(404) from None
        session.commit()
    return visit.go(TOWNS, f"« {tenant.name} » est de nouveau ouverte.")


def _town(visit: Visit) -> Town:
    wanted: UUID = visit.identifier("town")
    with visit.services.database.reading() as session:
        found = next((one for one in towns(session) if one.tenant.id == wanted), None)
    if found is None:
        raise HTTPException(404)
    return found


def _form(visit: Visit, form: TownForm, faults: dict[str, str]) -> Response:
    return visit.render("installation/open.html", status=422 if faults else 200, form=form, faults=faults)
