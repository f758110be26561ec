"""Administration of the work queue: what waits, what failed, and what to do about it."""

from __future__ import annotations

from starlette.responses import Response

from engine.administration.works import give_up, try_again, try_all_again
from engine.refusals import Refusal
from engine.work.queries import item_of, queue_of
from notifications.queries import subjects_of
from web.asked import found
from web.french import plural
from web.visits import Visit
from web.works import cost_of, kind_of

WORKS = "/administration/travaux"


def show_works(visit: Visit) -> Response:
    """Where the work of the tenant stands."""
    with visit.services.database.reading() as session:
        queue = queue_of(session, visit.tenant_id, now=visit.now)
        every = [*queue.given_up, *queue.failing, *queue.due, *queue.planned]
        subjects = subjects_of(session, visit.tenant_id, every)
    return visit.render("administration/works.html", queue=queue, subjects=subjects, kind_of=kind_of)


def do_try_again(visit: Visit) -> Response:
    """Try a row now."""
    with visit.services.database.writing() as session:
        result = found(
            try_again(
                session,
                tenant_id=visit.tenant_id,
                by=visit.person.account.id,
                item_id=visit.identifier("work"),
                now=visit.now,
            )
        )
        if isinstance(result, Refusal):
            return visit.go(WORKS, result.sentence, tone="bad")
        session.commit()
    return visit.go(WORKS, "Ce travail va être essayé de nouveau.")


def do_try_all_again(visit: Visit) -> Response:
    """Try now whatever failed."""
    with visit.services.database.writing() as session:
        count = try_all_again(session, tenant_id=visit.tenant_id, by=visit.person.account.id, now=visit.now)
        session.commit()
    if not count:
        return visit.go(WORKS, "Rien n’est à essayer de nouveau.")
    return visit.go(WORKS, f"{plural(count, 'travail va être essayé', 'travaux vont être essayés')} de nouveau.")


def show_give_up(visit: Visit) -> Response:
    """Ask why a row is given up."""
    return _give_up_page(visit, "")


def do_give_up(visit: Visit) -> Response:
    """Close a row without doing it."""
    with visit.services.database.writing() as session:
        result = found(
            give_up(
                session,
                tenant_id=visit.tenant_id,
                by=visit.person.account.id,
                item_id=visit.identifier("work"),
                reason=visit.text("reason"),
                now=visit.now,
            )
        )
        if isinstance(result, Refusal) and result.code.startswith("reason_"):
            return _give_up_page(visit, result.sentence)
        if isinstance(result, Refusal):
            return visit.go(WORKS, result.sentence, tone="bad")
        session.commit()
    return visit.go(WORKS, "Ce travail est abandonné.")


def _give_up_page(visit: Visit, fault: str) -> Response:
    with visit.services.database.reading() as session:
        item = found(item_of(session, visit.tenant_id, visit.identifier("work")))
        subject = subjects_of(session, visit.tenant_id, [item])[item.id]
    return visit.render(
        "administration/give_up.html",
        status=422 if fault else 200,
        item=item,
        subject=subject,
        kind=kind_of(item.kind),
        cost=cost_of(item.kind),
        reason=visit.text("reason"),
        fault=fault,
    )
