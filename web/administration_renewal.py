"""Administration: the renewal of the council, prepared, reviewed, then done at once or on its day."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.model import RenewalStanding
from engine.desks.queries import all_desks, holders
from engine.desks.renewal import (
    Applied,
    Preview,
    cancel_renewal,
    plan_renewal,
    planned,
    preview,
    renewal_of,
    renewals,
)
from engine.desks.renewal_rules import RenewalPlan, read_effective, read_plan
from engine.folders.waiting import waiting_on
from engine.people.queries import Standing, members
from engine.refusals import Faults, Refusal
from notifications.renewal import send_invitations
from web.asked import found
from web.french import day
from web.renewal_form import Choice, choices_sent, entries, plan_of
from web.visits import Visit

RENEWAL = "/administration/renouvellement"
PREPARE = f"{RENEWAL}/preparer"
#: Fields of the form: so many desks, each with its holders.
FIELDS = 5000


def show_renewals(visit: Visit) -> Response:
    """What is planned, and what was done."""
    with visit.services.database.reading() as session:
        waiting = planned(session, visit.tenant_id)
        past = [one for one in renewals(session, visit.tenant_id) if one.standing is not RenewalStanding.PLANNED]
        seen = _review(visit, session, read_plan(waiting.plan)) if waiting else None
    return visit.render("administration/renewals.html", planned=waiting, past=past, seen=seen)


def show_prepare(visit: Visit) -> Response:
    """The form, filled with who holds the desks now."""
    with visit.services.database.reading() as session:
        if planned(session, visit.tenant_id):
            return visit.go(RENEWAL)
        present = _present(session, visit.tenant_id)
    choices = {desk_id: Choice(False, tuple(those), ()) for desk_id, those in present.items()}
    return _form(visit, choices, {})


def do_prepare(visit: Visit) -> Response:
    """Take in who was added, show what would change, or do it: as the button says."""
    with visit.services.database.reading() as session:
        desks = [desk for desk in all_desks(session, visit.tenant_id) if desk.closed_at is None]
        present = _present(session, visit.tenant_id)
        choices = choices_sent(visit, desks, present)
        effective_at = read_effective(visit.text("day"), visit.zone, visit.now)
        if visit.text("step") == "form":
            return _form(visit, choices, {})
        faults = {"day": effective_at.sentence} if isinstance(effective_at, Refusal) else {}
        seen = _review(visit, session, plan_of(choices))
    if isinstance(seen, Faults):
        faults |= seen.sentences
    if faults or isinstance(seen, Faults) or isinstance(effective_at, Refusal):
        return _form(visit, choices, faults)
    if visit.text("step") == "apply":
        return _apply(visit, choices, effective_at)
    return visit.render(
        "administration/renewal_review.html",
        seen=seen,
        choices=choices,
        day_typed=visit.text("day"),
        effective_at=effective_at,
        at_once=effective_at <= visit.now,
    )


def do_cancel(visit: Visit) -> Response:
    """Give up what was planned."""
    with visit.services.database.writing() as session:
        found(renewal_of(session, visit.tenant_id, visit.identifier("renewal")))
        cancelled = cancel_renewal(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            renewal_id=visit.identifier("renewal"),
            now=visit.now,
        )
        session.commit()
    if not cancelled:
        said = "Ce renouvellement n’est plus prévu : il a été appliqué, ou annulé avant vous."
        return visit.go(RENEWAL, said, tone="bad")
    return visit.go(RENEWAL, "Le renouvellement est annulé. Rien n’a été changé.")


class _Review:
    """What a page of review shows: what changes, and what waits on the desks."""

    def __init__(self, found: Preview, session: Session, tenant_id: UUID) -> None:
        self.found = found
        self.waiting = waiting_on(session, tenant_id, [one.desk.id for one in found.desks])


def _review(visit: Visit, session: Session, plan: RenewalPlan) -> _Review | Faults:
    found = preview(session, visit.tenant_id, plan, now=visit.now)
    return found if isinstance(found, Faults) else _Review(found, session, visit.tenant_id)


def _apply(visit: Visit, choices: dict[UUID, Choice], effective_at: datetime) -> Response:
    with visit.services.database.writing() as session:
        result = plan_renewal(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            plan=plan_of(choices),
            effective_at=effective_at,
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _form(visit, choices, result.sentences)
        if isinstance(result, Applied):
            base_url = visit.services.settings.base_url
            send_invitations(session, result.renewal, result.invited, base_url=base_url, now=visit.now)
        session.commit()
    if isinstance(result, Applied):
        return visit.go(RENEWAL, "Le renouvellement est appliqué. Les personnes nouvelles reçoivent leur invitation.")
    when = day(effective_at, visit.zone)
    return visit.go(RENEWAL, f"Le renouvellement est prévu pour le {when}. Jusque-là, il peut être annulé.")


def _present(session: Session, tenant_id: UUID) -> dict[UUID, list[UUID]]:
    """Who holds each open desk now."""
    desks = [desk for desk in all_desks(session, tenant_id) if desk.closed_at is None]
    return {desk_id: [one.id for one in people] for desk_id, people in holders(session, [d.id for d in desks]).items()}


def _form(visit: Visit, choices: dict[UUID, Choice], faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        desks = [desk for desk in all_desks(session, visit.tenant_id) if desk.id in choices]
        still_open = {Standing.ACTIVE, Standing.INVITED}
        people = [one for one in members(session, visit.tenant_id) if one.standing in still_open]
        present = _present(session, visit.tenant_id)
    if not desks:
        raise HTTPException(404)
    return visit.render(
        "administration/renewal_form.html",
        status=422 if faults else 200,
        entries=entries(desks, choices, present, people, faults),
        day_typed=visit.text("day"),
        faults=faults,
    )
