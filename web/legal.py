"""The pages that the law wants: who publishes and hosts, what becomes of personal data."""

from __future__ import annotations

from starlette.responses import Response

from web.visits import Visit


def show_notices(visit: Visit) -> Response:
    """Who answers for this site (loi n° 2004-575 du 21 juin 2004, article 1-1)."""
    return visit.render("legal/notices.html", legal=visit.services.settings.legal)


def show_privacy(visit: Visit) -> Response:
    """What is kept about people, why, how long, and their rights (RGPD, articles 13 and 14)."""
    return visit.render("legal/privacy.html", legal=visit.services.settings.legal)
