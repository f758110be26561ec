"""A request on its way to a view: who asks, what was sent; and the access rule of every route."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from engine.clock import utc_now
from engine.people.actions import touch_session
from engine.people.queries import Visitor, visitor_of
from engine.refusals import Refusal
from web.rendering import page
from web.services import Services

#: How often the use of a session is written.
TOUCH_EVERY = timedelta(minutes=5)


class Access(StrEnum):
    """Who may call a route."""

    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    DEMO = "DEMO"  #: public, and there only while the demonstration runs


@dataclass(slots=True)
class Visit:
    """What a view receives."""

    request: Request
    services: Services
    now: datetime
    visitor: Visitor | None
    form: FormData = field(default_factory=FormData)
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def person(self) -> Visitor:
        """Who is logged in; the access rule of the route has made sure somebody is."""
        if self.visitor is None:
            raise HTTPException(401)
        return self.visitor

    @property
    def tenant_id(self) -> UUID:
        """The tenant in which everything is read and written."""
        return self.person.tenant.id

    @property
    def zone(self) -> str:
        """Time zone of the tenant."""
        return self.person.tenant.zone

    def text(self, name: str) -> str:
        """A text field of the form, empty when absent."""
        value = self.form.get(name, "")
        return value if isinstance(value, str) else ""

    def upload(self, name: str) -> UploadFile | None:
        """An uploaded file of the form."""
        value = self.form.get(name)
        return value if isinstance(value, UploadFile) and value.filename else None

    def identifier(self, name: str) -> UUID:
        """An identifier of the address; 404 when it is none."""
        try:
            return UUID(self.request.path_params[name])
        except ValueError:
            raise HTTPException(404) from None

    def render(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A page with what every page knows."""
        known: dict[str, Any] = {
            "visitor": self.visitor,
            "zone": self.visitor.tenant.zone if self.visitor else "Europe/Paris",
            "now": self.now,
            "demo": self.services.settings.demo_mails is not None,
            "flash": unquote(self.request.cookies.get("flash", "")),
        }
        response = page(template, status=status, **{**known, **context})
        if known["flash"]:
            response.delete_cookie("flash")
        return response

    def go(self, address: str, flash: str = "") -> RedirectResponse:
        """Redirect after a form, with a word about what was done."""
        response = RedirectResponse(address, status_code=303)
        if flash:
            response.set_cookie("flash", quote(flash), max_age=60, httponly=True, samesite="lax")
        return response


View = Callable[[Visit], Response]


def route(path: str, view: View, *, access: Access = Access.SIGNED_IN, methods: tuple[str, ...] = ("GET",)) -> Route:
    """A route with its access rule; views are synchronous and run in the thread pool."""

    async def endpoint(request: Request) -> Response:
        visit = await _visit(request)
        if access is Access.DEMO and visit.services.settings.demo_mails is None:
            raise HTTPException(404)
        if access is Access.SIGNED_IN and visit.visitor is None:
            return _log_in_first(request)
        return await run_in_threadpool(view, visit)

    made = Route(path, endpoint, methods=list(methods), name=view.__name__)
    made.access = access  # type: ignore[attr-defined]
    return made


async def _visit(request: Request) -> Visit:
    services: Services = request.app.state.services
    now = utc_now()
    visitor = await run_in_threadpool(_who, services, request.cookies.get(cookie_name(request), ""), now)
    visit = Visit(request, services, now, visitor)
    if request.method == "POST":
        kind = request.headers.get("content-type", "")
        if kind.startswith("application/json"):
            visit.body = await _json(request)
        elif visitor is not None or not kind.startswith("multipart/") or request.url.path == "/verifier":
            visit.form = await request.form(max_files=1, max_fields=50)
    return visit


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(body, dict):
        raise HTTPException(400)
    return body


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


def cookie_name(request: Request) -> str:
    """``__Host-`` ties the cookie to this host over TLS; browsers refuse that prefix over plain http."""
    return "__Host-parapheur" if request.url.scheme == "https" else "parapheur"


def _log_in_first(request: Request) -> Response:
    if request.headers.get("content-type", "").startswith("application/json"):
        return refused(
            Refusal("session_over", "Votre session a expiré. Rien n’a été fait ; reconnectez-vous puis recommencez."),
            401,
        )
    target = request.url.path if request.method == "GET" else "/"
    return RedirectResponse(f"/connexion?suite={quote(target)}", status_code=303)


def refused(refusal: Refusal, status: int = 409, **more: Any) -> JSONResponse:
    """A refusal for a script of ours."""
    return JSONResponse({"code": refusal.code, "sentence": refusal.sentence, **more}, status_code=status)
