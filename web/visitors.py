"""Who sends a request, by the cookie of their session."""

from __future__ import annotations

from datetime import datetime, timedelta

from starlette.requests import Request

from engine.people.actions import touch_session
from engine.people.queries import Visitor, visitor_of
from web.services import Services

#: How often the use of a session is written.
TOUCH_EVERY = timedelta(minutes=5)


def who_asks(request: Request, now: datetime) -> Visitor | None:
    """Who is logged in, and that they were here; None when nobody is.

    Kept with the request, so that an error page knows without asking again.
    """
    services: Services = request.app.state.services
    visitor = _who(services, request.cookies.get(cookie_name(request), ""), now)
    request.state.visitor = visitor
    return visitor


def is_known(request: Request) -> bool:
    """Whether somebody has already looked for who sends this request."""
    return hasattr(request.state, "visitor")


def cookie_name(request: Request) -> str:
    """``__Host-`` ties the cookie to this host over TLS; browsers refuse that prefix over plain http."""
    return "__Host-parapheur" if request.url.scheme == "https" else "parapheur"


def challenge_cookie(request: Request) -> str:
    """The cookie of a right password that waits for its second factor."""
    return f"{cookie_name(request)}-code"


def _who(services: Services, secret: str, now: datetime) -> Visitor | None:
    if not secret:
        return None
    with services.database.reading() as session:
        visitor = visitor_of(session, secret, now=now)
    if visitor is not None and now - visitor.last_seen_at > TOUCH_EVERY:
        with services.database.writing() as session:
            touch_session(session, secret, now=now)
            session.commit()
    return visitor
