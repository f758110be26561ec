"""« Mes sessions », to see where one is logged in and close what should not be; « Mes collectivités », to change."""

from __future__ import annotations

import re
from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.people.actions import close_session, enter_tenant, log_out_everywhere
from engine.people.queries import open_sessions, tenants_of
from engine.people.rules import secret_sha256
from web.visitors import cookie_name
from web.visits import Visit

SESSIONS = "/mes-sessions"
#: What a browser says of itself → its name; the first that is found, since most also claim to be others.
_BROWSERS = (
    (r"\bEdgA?/|\bEdgiOS/", "Edge"),
    (r"\bOPR/|\bOpera\b", "Opera"),
    (r"\bSamsungBrowser/", "Samsung Internet"),
    (r"\bFirefox/|\bFxiOS/", "Firefox"),
    (r"\bChrome/|\bCriOS/|\bChromium/", "Chrome"),
    (r"\bSafari/", "Safari"),
)
_SYSTEMS = (
    (r"\biPhone\b", "iPhone"),
    (r"\biPad\b", "iPad"),
    (r"\bAndroid\b", "Android"),
    (r"\bWindows\b", "Windows"),
    (r"\bMac OS X\b|\bMacintosh\b", "Mac"),
    (r"\bCrOS\b", "ChromeOS"),
    (r"\bLinux\b", "Linux"),
)


def browser_name(user_agent: str) -> str:
    """``Firefox sur Windows``, as far as the browser tells the truth about itself."""
    browser = _first(_BROWSERS, user_agent) or "Navigateur inconnu"
    system = _first(_SYSTEMS, user_agent)
    return f"{browser} sur {system}" if system else browser


def _first(names: tuple[tuple[str, str], ...], user_agent: str) -> str | None:
    return next((name for pattern, name in names if re.search(pattern, user_agent)), None)


def show_sessions(visit: Visit) -> Response:
    """The sessions that are open, this one first."""
    mine = secret_sha256(_secret(visit))
    with visit.services.database.reading() as session:
        found = open_sessions(session, visit.person.account.id, now=visit.now)
    found.sort(key=lambda login: login.secret_sha256 != mine)
    rows = [(login, browser_name(login.user_agent), login.secret_sha256 == mine) for login in found]
    return visit.render("people/sessions.html", rows=rows)


def do_close(visit: Visit) -> Response:
    """Close one of one's own sessions."""
    with visit.services.database.writing() as session:
        closed = close_session(session, visit.person.account.id, visit.text("session"), now=visit.now)
        session.commit()
    said = "La session est fermée." if closed else "Cette session était déjà fermée."
    return visit.go(SESSIONS, said)


def do_close_others(visit: Visit) -> Response:
    """Close all of one's sessions but this one."""
    with visit.services.database.writing() as session:
        log_out_everywhere(session, visit.person.account.id, now=visit.now, but=_secret(visit))
        session.commit()
    return visit.go(SESSIONS, "Toutes les autres sessions sont fermées.")


def show_tenants(visit: Visit) -> Response:
    """The tenants of a person who has several."""
    with visit.services.database.reading() as session:
        tenants = tenants_of(session, visit.person.account.id)
    return visit.render("people/tenants.html", tenants=tenants)


def do_enter(visit: Visit) -> Response:
    """Work in another tenant from now on, in this browser."""
    try:
        tenant_id = UUID(visit.text("tenant"))
    except ValueError:
        raise HTTPException(404) from None
    with visit.services.database.writing() as session:
        if not enter_tenant(session, _secret(visit), tenant_id):
            raise HTTPException(404)
        session.commit()
    return visit.go("/")


def _secret(visit: Visit) -> str:
    return visit.request.cookies.get(cookie_name(visit.request), "")
