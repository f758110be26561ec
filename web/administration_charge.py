"""Administration: which desks are in somebody's charge, and who holds a desk."""

from __future__ import annotations

from starlette.responses import Response

from engine.desks.charge import change_holders, entrust, holders_offered, in_charge_of, present_holders
from engine.desks.queries import all_desks, desk_of
from engine.people.queries import member_of
from engine.refusals import Refusal
from web.asked import found, identifiers_in
from web.visits import Visit


def show_charge(visit: Visit) -> Response:
    """The desks that somebody administers."""
    with visit.services.database.reading() as session:
        member = found(member_of(session, visit.tenant_id, visit.identifier("person")))
        desks = [desk for desk in all_desks(session, visit.tenant_id) if desk.closed_at is None]
        chosen = in_charge_of(session, visit.tenant_id, member.account.id)
    return visit.render("administration/charge.html", member=member, desks=desks, chosen=chosen)


def do_charge(visit: Visit) -> Response:
    """Entrust these desks, and no other."""
    person_id = visit.identifier("person")
    with visit.services.database.writing() as session:
        result = entrust(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            account_id=person_id,
            desk_ids=identifiers_in(visit.form, "desk"),
            now=visit.now,
        )
        if isinstance(result, Refusal):
            return visit.go(f"/administration/personnes/{person_id}/bureaux-confies", result.sentence, tone="bad")
        session.commit()
    name = found(result).account.full_name
    return visit.go(f"/administration/personnes/{person_id}", f"Les bureaux confiés à {name} sont enregistrés.")


def show_holders(visit: Visit) -> Response:
    """Who holds a desk."""
    with visit.services.database.reading() as session:
        desk = found(desk_of(session, visit.tenant_id, visit.identifier("desk")))
        people = holders_offered(session, visit.tenant_id)
        present = {account.id for account in present_holders(session, desk.id)}
    return visit.render("administration/holders.html", desk=desk, people=people, present=present)


def do_holders(visit: Visit) -> Response:
    """Give the desk, and take it; what a colleague did since the page was made is kept."""
    desk_id = visit.identifier("desk")
    wanted, before = identifiers_in(visit.form, "holder"), identifiers_in(visit.form, "before")
    with visit.services.database.writing() as session:
        result = change_holders(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            desk_id=desk_id,
            give=wanted - before,
            take=before - wanted,
            now=visit.now,
        )
        if isinstance(result, Refusal):
            return visit.go(f"/administration/bureaux/{desk_id}/titulaires", result.sentence, tone="bad")
        session.commit()
    return visit.go("/administration/bureaux", f"Les titulaires du bureau « {found(result).name} » sont enregistrés.")
