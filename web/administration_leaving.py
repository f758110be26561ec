"""Administration: somebody leaves; everything that changes is shown, then done at once."""

from __future__ import annotations

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.leaving import Departure, departure, leave
from engine.folders.waiting import waiting_on
from engine.refusals import Faults, Refusal
from notifications.actions import forget_mails
from web.visits import Visit

#: Choice of a desk that is left without a holder.
VACANT = "vacant"


def show_leaving(visit: Visit) -> Response:
    """To whom the desks go, and what ends."""
    return _page(visit, {})


def do_leave(visit: Visit) -> Response:
    """Do it."""
    person_id = visit.identifier("person")
    with visit.services.database.writing() as session:
        result = leave(
            session,
            tenant_id=visit.tenant_id,
            by=visit.person.account.id,
            account_id=person_id,
            hand_over=_handed(visit),
            now=visit.now,
        )
        if isinstance(result, Faults):
            return _page(visit, result.sentences)
        if isinstance(result, Refusal):
            return visit.go(f"/administration/personnes/{person_id}", result.sentence, tone="bad")
        if result is None:
            raise HTTPException(404)
        if result.account.minimised_at is not None:
            forget_mails(session, person_id, now=visit.now)
        session.commit()
    own = person_id == visit.person.account.id
    return visit.go(
        "/" if own else "/administration/personnes",
        f"Le départ de {result.account.full_name} est enregistré. Ce que cette personne a fait garde son nom.",
    )


def _handed(visit: Visit) -> dict[UUID, UUID | None]:
    """Desk → successor; a desk for which nothing was chosen is not in it."""
    chosen = {key.removeprefix("to-"): visit.text(key) for key in visit.form if key.startswith("to-")}
    try:
        return {UUID(desk): None if to == VACANT else UUID(to) for desk, to in chosen.items() if to}
    except ValueError:
        raise HTTPException(400) from None


def _page(visit: Visit, faults: dict[str, str]) -> Response:
    with visit.services.database.reading() as session:
        found: Departure | None = departure(session, visit.tenant_id, visit.identifier("person"), now=visit.now)
        if found is None:
            raise HTTPException(404)
        waiting = waiting_on(session, visit.tenant_id, [one.desk.id for one in found.desks])
    chosen = {key.removeprefix("to-"): visit.text(key) for key in visit.form if key.startswith("to-")}
    return visit.render(
        "administration/leaving.html",
        status=422 if faults else 200,
        leaving=found,
        waiting=waiting,
        faults=faults,
        chosen=chosen,
        vacant=VACANT,
    )
