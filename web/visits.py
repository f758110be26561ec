"""A request on its way to a view: who asks, what was sent; and the access rule of every route."""

from __future__ import annotations

import codecs
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import quote, unquote
from uuid import UUID
from zoneinfo import ZoneInfo

from anyio import fail_after
from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from engine.clock import utc_now
from engine.desks.charge import in_charge_of
from engine.folders.queries import tenant_of_folder
from engine.people.model import Role, Tenant
from engine.people.queries import Visitor
from engine.refusals import Refusal
from web.errors import is_script
from web.french import typeset
from web.rendering import page
from web.services import Services
from web.visitors import who_asks

#: Seconds given to a browser to send a form, file included: 150 MB at 1 Mbit/s take twenty minutes.
RECEIVING = 1800
#: Encodings of forms that are understood, as Python names them; browsers use the first one.
_CHARSETS = {"utf-8", "ascii", "iso8859-1", "cp1252"}
#: How long the word about what was just done may wait for its page, in seconds.
FLASH_LIFE = 60
_FLASH = "flash"
_FLASH_TEXT = re.compile(r"(?P<tone>good|bad):(?P<undo>(?:/dossiers/[0-9a-f-]{36}/recuperer)?):(?P<text>.+)", re.DOTALL)


class Access(StrEnum):
    """Who may call a route."""

    PUBLIC = "PUBLIC"
    SIGNED_IN = "SIGNED_IN"
    ENROLLING = "ENROLLING"  #: signed in, even without the second factor that a tenant requires
    DESK_ADMINISTRATOR = "DESK_ADMINISTRATOR"  #: those too who have charge of some desks: of these desks only
    ADMINISTRATOR = "ADMINISTRATOR"  #: those who administer the tenant in which they are
    PLATFORM = "PLATFORM"  #: those who look after the installation, whatever their tenants
    DEMO = "DEMO"  #: public, and there only while the demonstration runs


_OPEN = {Access.PUBLIC, Access.DEMO}


@dataclass(frozen=True, slots=True)
class Flash:
    """A word about what was just done, shown once on the next page."""

    text: str
    tone: str  #: ``good``, or ``bad`` when something was refused
    undo: str = ""  #: address at which what was done may be taken back


@dataclass(slots=True)
class Visit:
    """What a view receives."""

    request: Request
    services: Services
    now: datetime
    visitor: Visitor | None
    form: FormData = field(default_factory=FormData)
    body: dict[str, Any] = field(default_factory=dict)
    charge: frozenset[UUID] | None = None  #: desks to which the pages are narrowed, for a functional administrator

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

    def has_charge_of(self, desk_id: UUID) -> bool:
        """Whether a desk is among those that this person administers."""
        return self.charge is None or desk_id in self.charge

    @property
    def is_secure(self) -> bool:
        """Whether the page is served over TLS."""
        return self.request.url.scheme == "https"

    def text(self, name: str) -> str:
        """A text field of the form, empty when absent; without NUL, which PostgreSQL cannot store."""
        value = self.form.get(name, "")
        return value.replace("\0", "") if isinstance(value, str) else ""

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
        """A whole page with what every page knows; it shows the word that waits, once."""
        flash = _flash_of(self.request)
        demo = self.services.settings.demo_mails is not None
        known = {"visitor": self.visitor, "demo": demo, "flash": flash}
        response = self.fragment(template, status=status, **{**known, **context})
        if flash:
            response.delete_cookie(_FLASH)
        return response

    def fragment(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:
        """A piece of a page."""
        zone = self.visitor.tenant.zone if self.visitor else "Europe/Paris"
        return page(template, status=status, zone=zone, now=self.now, **context)

    def go(self, address: str, flash: str = "", *, tone: str = "good", undo: str = "") -> Response:
        """Redirect after a form, with a word about what was done and, perhaps, where it may be taken back.

        A script that sent the form is told the address instead: following it there would use the word up.
        """
        if is_script(self.request.headers):
            response: Response = JSONResponse({"next": address})
        else:
            response = RedirectResponse(address, status_code=303)
        if flash:
            self.say(response, flash, tone, undo)
        return response

    def say(self, response: Response, flash: str, tone: str = "good", undo: str = "") -> None:
        """Leave a word for the next page."""
        secure = self.is_secure
        response.set_cookie(
            _FLASH, quote(f"{tone}:{undo}:{flash}"), max_age=FLASH_LIFE, secure=secure, httponly=True, samesite="lax"
        )


def today(visit: Visit) -> date:
    """The day that it is in the tenant."""
    return visit.now.astimezone(ZoneInfo(visit.zone)).date()


def _flash_of(request: Request) -> Flash | None:
    found = _FLASH_TEXT.match(unquote(request.cookies.get(_FLASH, "")))
    return Flash(found["text"], found["tone"], found["undo"]) if found else None


View = Callable[[Visit], Response]


@dataclass(frozen=True, slots=True)
class Crowd:
    """How many may be on a route at once on this node, sending included; the next one is answered without listening."""

    room: threading.BoundedSemaphore
    full: View  #: what the next one is answered
    seconds: float  #: given to each to send what it sends, so that nobody keeps the others out


def route(
    path: str,
    view: View,
    *,
    access: Access = Access.SIGNED_IN,
    methods: tuple[str, ...] = ("GET",),
    fields: int = 50,
    crowd: Crowd | None = None,
) -> Route:
    """A route with its access rule; views are synchronous and run in the thread pool.

    ``fields``: how many fields its form may hold.
    """

    async def endpoint(request: Request) -> Response:
        if crowd is None:
            return await answer(request)
        if not crowd.room.acquire(blocking=False):
            return await run_in_threadpool(crowd.full, await _visit(request, fields, seconds=None))
        try:
            return await answer(request)
        finally:
            crowd.room.release()

    async def answer(request: Request) -> Response:
        visit = await _visit(request, fields, seconds=crowd.seconds if crowd else RECEIVING)
        if access is Access.DEMO and visit.services.settings.demo_mails is None:
            raise HTTPException(404)
        if access not in _OPEN:
            if visit.visitor is None:
                return _log_in_first(request)
            if visit.visitor.owes_factor and access is not Access.ENROLLING:
                return _set_up_factor_first(request)
        if access is Access.ADMINISTRATOR and not visit.person.administers:
            raise HTTPException(403)
        if access is Access.DESK_ADMINISTRATOR:
            await run_in_threadpool(_keep_to_charge, visit)
        if access is Access.PLATFORM and not visit.person.account.platform_admin:
            raise HTTPException(403)
        try:
            # pages of administration stay in the tenant whose rule has just been checked
            if access is Access.SIGNED_IN and visit.person.elsewhere:
                await run_in_threadpool(_go_where_it_is_about, visit)
            return await run_in_threadpool(view, visit)
        finally:
            await visit.form.close()

    made = Route(path, endpoint, methods=list(methods), name=view.__name__)
    made.access = access  # type: ignore[attr-defined]
    return made


async def _visit(request: Request, fields: int, *, seconds: float | None) -> Visit:
    """``seconds``: given to send what is sent; None: it is not read."""
    services: Services = request.app.state.services
    now = utc_now()
    visitor = await run_in_threadpool(who_asks, request, now)
    visit = Visit(request, services, now, visitor)
    if request.method == "POST" and seconds is not None:
        kind = request.headers.get("content-type", "")
        if kind.startswith("application/json"):
            visit.body = await _json(request)
        elif visitor is not None or not kind.startswith("multipart/") or request.url.path == "/verifier":
            visit.form = await _form(request, fields, seconds)
    return visit


async def _form(request: Request, fields: int, seconds: float) -> FormData:
    """What was sent as a form; 400 when it is in an encoding that no browser uses, 408 when it takes for ever."""
    _, options = parse_options_header(request.headers.get("content-type", ""))
    try:
        name = codecs.lookup(options.get(b"charset", b"utf-8").decode("latin-1")).name
    except (LookupError, ValueError):
        name = ""
    if name not in _CHARSETS:
        raise HTTPException(400)
    try:
        with fail_after(seconds):
            return await request.form(max_files=1, max_fields=fields)
    except TimeoutError:
        raise HTTPException(408) from None


def _keep_to_charge(visit: Visit) -> None:
    """Let a functional administrator see the desks in their charge only; the others are not found."""
    person = visit.person
    if person.administers:
        return
    if person.role is not Role.FUNCTIONAL_ADMIN:
        raise HTTPException(403)
    with visit.services.database.reading() as session:
        visit.charge = in_charge_of(session, person.tenant.id, person.account.id)
    if "desk" in visit.request.path_params and not visit.has_charge_of(visit.identifier("desk")):
        raise HTTPException(404)


def _go_where_it_is_about(visit: Visit) -> None:
    """Read a page about a folder within the tenant of that folder, and a deposit within the one chosen for it.

    Only among the person's own tenants: a folder of any other one is not found, as if it were not there.
    """
    person = visit.person
    if "folder" in visit.request.path_params:
        with visit.services.database.reading() as session:
            tenant_id = tenant_of_folder(session, visit.identifier("folder"))
        visit.visitor = (person.within(tenant_id) if tenant_id else None) or person
    elif visit.request.url.path == "/deposer" and (chosen := tenant_named(visit)):
        visit.visitor = person.within(chosen.id)
    visit.request.state.visitor = visit.visitor


def tenant_named(visit: Visit) -> Tenant | None:
    """The tenant of the person's own whose short name is sent as ``collectivite``; None when none, or all, is meant."""
    named = visit.text("collectivite") or visit.request.query_params.get("collectivite", "")
    return next((place.tenant for place in visit.person.places if place.tenant.short_name == named), None)


async def _json(request: Request) -> dict[str, Any]:
    try:
        body = await request.json()
    except ValueError:
        raise HTTPException(400) from None
    if not isinstance(body, dict):
        raise HTTPException(400)
    return body


def _log_in_first(request: Request) -> Response:
    if is_script(request.headers):
        sentence = "Votre session a expiré. Rien n’a été fait ; reconnectez-vous puis recommencez."
        response = refused(Refusal("session_over", sentence), 401)
        if "hx-request" in request.headers:
            response.headers["hx-redirect"] = "/connexion"
        return response
    query = f"?{request.url.query}" if request.url.query else ""
    target = f"{request.url.path}{query}" if request.method in {"GET", "HEAD"} else "/"
    return RedirectResponse(f"/connexion?suite={quote(target)}", status_code=303)


def _set_up_factor_first(request: Request) -> Response:
    if is_script(request.headers):
        sentence = "Votre collectivité exige un second facteur. Rien n’a été fait ; activez-le, puis recommencez."
        response = refused(Refusal("factor_owed", sentence), 403)
        if "hx-request" in request.headers:
            response.headers["hx-redirect"] = "/second-facteur"
        return response
    return RedirectResponse("/second-facteur", status_code=303)


def refused(refusal: Refusal, status: int = 409, **more: Any) -> JSONResponse:
    """A refusal for a script of ours."""
    content = {"code": refusal.code, "sentence": typeset(refusal.sentence), **more}
    return JSONResponse(content, status_code=status)
