"""The installation as a whole, for those who look after it: they enter no tenant by it."""

from __future__ import annotations

from starlette.responses import Response

from web.visits import Visit


def show_health(visit: Visit) -> Response:
    """What the command ``parapheur doctor`` would say."""
    symptoms = list(visit.services.examine())
    return visit.render("installation/health.html", symptoms=symptoms, ill=[one for one in symptoms if not one.well])
