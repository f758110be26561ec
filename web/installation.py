"""The installation as a whole, for those who look after it: they enter no tenant by it."""

from __future__ import annotations

import structlog
from starlette.responses import Response

from engine.administration.works import try_again, try_all_again
from engine.refusals import Refusal
from engine.work.queries import queue_of
from notifications.queries import subjects_of
from web.asked import found
from web.french import plural
from web.visits import Visit
from web.works import kind_of

WORKS = "/installation/travaux"


def show_health(visit: Visit) -> Response:
    """What the command ``parapheur doctor`` would say."""
    symptoms = list(visit.services.examine())
    return visit.render("installation/health.html", symptoms=symptoms, ill=[one for one in symptoms if not one.well])


def show_works(visit: Visit) -> Response:
    """The work that is of no tenant."""
    with visit.services.database.reading() as session:
        queue = queue_of(session, None, now=visit.now)
        every = [*queue.given_up, *queue.failing, *queue.due, *queue.planned]
        subjects = subjects_of(session, None, every)
    return visit.render("installation/works.html", queue=queue, subjects=subjects, kind_of=kind_of)


def do_try_again(visit: Visit) -> Response:
    """Try a row now."""
    by, item_id = visit.person.account.id, visit.identifier("work")
    with visit.services.database.writing() as session:
        result = found(try_again(session, tenant_id=None, by=by, item_id=item_id, now=visit.now))
        if isinstance(result, Refusal):
            return visit.go(WORKS, result.sentence, tone="bad")
        session.commit()
    _log(visit, 1)
    return visit.go(WORKS, "Ce travail va être essayé de nouveau.")


def do_try_all_again(visit: Visit) -> Response:
    """Try now whatever failed."""
    with visit.services.database.writing() as session:
        count = try_all_again(session, tenant_id=None, by=visit.person.account.id, now=visit.now)
        session.commit()
    if not count:
        return visit.go(WORKS, "Rien n’est à essayer de nouveau.")
    _log(visit, count)
    return visit.go(WORKS, f"{plural(count, 'travail va être essayé', 'travaux vont être essayés')} de nouveau.")


def _log(visit: Visit, count: int) -> None:
    """What is done to the installation is in its technical log: it has no journal."""
    structlog.get_logger().info("work.retried", by=str(visit.person.account.id), count=count)
