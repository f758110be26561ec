"""Headers of every answer, forms only from our own pages, bodies only as large as their use."""

from __future__ import annotations

from collections.abc import MutableMapping
from typing import Any
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from web.errors import error_answer

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "font-src 'self'",
        "connect-src 'self'",
        "worker-src 'self'",
        "frame-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
_HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
_SAFE = {"GET", "HEAD", "OPTIONS"}

#: A form without a file, or what a script of ours sends, in bytes.
SMALL_BODY = 1_000_000
#: What a form adds around the file it carries, in bytes.
FORM_MARGIN = 1_000_000
#: How much of a body that is too large is read and thrown away, in bytes: a browser shows our answer only once it
#: has sent everything, and reports a broken connection otherwise.
DRAINED = 1_000_000_000


class SecurityHeaders:
    """Adds the headers that an answer does not set itself."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                add_headers(MutableHeaders(scope=message), secure=scope.get("scheme") == "https")
            await send(message)

        await self.app(scope, receive, send_with_headers)


def add_headers(headers: MutableHeaders, *, secure: bool) -> None:
    """Add to an answer the headers that it lacks. ``secure``: it is served over TLS."""
    for name, value in _HEADERS.items():
        headers.setdefault(name, value)
    if secure:
        headers.setdefault("strict-transport-security", "max-age=31536000")


class OwnFormsOnly:
    """Refuses unsafe requests that come from other sites (W3C Fetch Metadata; decision 8).

    ``Sec-Fetch-Site`` cannot be forged by a page. Browsers leave it out over plain http: ``Origin`` is then compared
    with ``Host``. A request with neither does not come from a browser's page and carries no cookie of ours.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] not in _SAFE and not _is_ours(scope):
            refusal = error_answer(
                Headers(scope=scope),
                403,
                "other_site",
                "Demande refusée",
                "Cette demande vient d’un autre site. Rien n’a été fait ; revenez au parapheur et recommencez.",
            )
            await refusal(scope, receive, send)
            return
        await self.app(scope, receive, send)


def _is_ours(scope: MutableMapping[str, Any]) -> bool:
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site in {"same-origin", "none"}
    origin = headers.get("origin")
    return origin is None or urlsplit(origin).netloc == headers.get("host")


class LimitedBodies:
    """Refuses bodies larger than their use with 413, which our error page then explains.

    Starlette's own limit answers in plain English text as soon as the announced length is too large.
    """

    def __init__(self, app: ASGIApp, max_upload_bytes: int) -> None:
        self.app = app
        self.max_upload_bytes = max_upload_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        kind = Headers(scope=scope).get("content-type", "")
        limit = self.max_upload_bytes + FORM_MARGIN if kind.startswith("multipart/form-data") else SMALL_BODY
        received = 0

        async def receive_within_limit() -> Message:
            nonlocal received
            while True:
                message = await receive()
                if message["type"] != "http.request":
                    return message
                received += len(message.get("body", b""))
                if received <= limit:
                    return message
                if received > DRAINED or not message.get("more_body", False):
                    raise HTTPException(413)

        await self.app(scope, receive_within_limit, send)
