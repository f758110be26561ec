"""« Je m’absente »: having one's own desks replaced."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from engine.desks.delegation_form import DelegationForm
from engine.desks.delegation_queries import delegations_of_desks, substitute_choices
from engine.desks.delegations import declare_absence, end_absence
from engine.desks.queries import desks_held
from engine.refusals import Faults, Refusal
from engine.typology.queries import kinds
from notifications.delegations import send_delegated, send_delegation_ended
from web.asked import found, identifier_in, identifiers_in
from web.visits import Visit, today

ABSENCES = "/absences"


def show_absences(visit: Visit) -> Response:
    """Who replaces me, whom I replace, and the form."""
    return _page(visit, DelegationForm(first_day=today(visit).isoformat()), None, {})


def do_declare(visit: Visit) -> Response:
    """Have one's desks replaced."""
    form = DelegationForm(
        substitute_desk_id=identifier_in(visit.text("substitute")),
        first_day=visit.text("first_day"),
        last_day=visit.text("last_day"),
        kind=visit.text("kind"),
    )
    desks, base_url = identifiers_in(visit.form, "desk"), visit.services.settings.base_url
    with visit.services.database.writing() as session:
        known = kinds(session, visit.tenant_id)
        result = declare_absence(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            desk_ids=desks,
            form=form,
            kinds=known,
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _page(visit, form, desks, result.sentences)
        send_delegated(session, result, known, zone=visit.zone, base_url=base_url, now=visit.now)
        session.commit()
    return visit.go(ABSENCES, "Votre absence est enregistrée ; ceux qui vous remplacent sont prévenus.")


def do_end(visit: Visit) -> Response:
    """Come back before the day that was said."""
    with visit.services.database.writing() as session:
        result = found(
            end_absence(
                session,
                tenant_id=visit.tenant_id,
                by=visit.person.account.id,
                delegation_id=visit.identifier("delegation"),
                now=visit.now,
            )
        )
        if isinstance(result, Refusal):
            return visit.go(ABSENCES, result.sentence, tone="bad")
        send_delegation_ended(session, result, base_url=visit.services.settings.base_url, now=visit.now)
        session.commit()
    return visit.go(ABSENCES, "Ce remplacement a pris fin ; ceux qui remplaçaient sont prévenus.")


def _page(visit: Visit, form: DelegationForm, chosen: frozenset[UUID] | None, faults: dict[str, str]) -> Response:
    """``chosen``: the desks that were ticked; None: all, as one who goes away leaves them all."""
    me = visit.person.account.id
    with visit.services.database.reading() as session:
        mine = desks_held(session, visit.tenant_id, me)
        ids = [desk.id for desk in mine]
        listed = delegations_of_desks(session, visit.tenant_id, ids, now=visit.now)
        known = kinds(session, visit.tenant_id)
        offered = substitute_choices(session, visit.tenant_id, but=me)
    return visit.render(
        "people/absences.html",
        status=422 if faults else 200,
        form=form,
        faults=faults,
        mine=mine,
        chosen=set(ids) if chosen is None else chosen,
        given=[view for view in listed if view.desk.id in ids],
        received=[view for view in listed if view.desk.id not in ids],
        kinds=known,
        offered=offered,
    )
