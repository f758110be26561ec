"""The Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.database import POOL_SIZE
from engine.papers import sandbox
from engine.people import passwords
from engine.refusals import Refused
from web.errors import bug, http_error, refused
from web.rendering import STATIC, static
from web.routes import routes
from web.security import LimitedBodies, OwnFormsOnly, SecurityHeaders, add_headers
from web.services import Services


class HashedFiles(StaticFiles):
    """Built files: their name changes with their content, so browsers may keep them for ever."""

    def file_response(self, full_path: object, stat_result: object, scope: Scope, status_code: int = 200) -> Response:
        response = super().file_response(full_path, stat_result, scope, status_code)  # type: ignore[arg-type]
        response.headers["cache-control"] = "public, max-age=31536000, immutable"
        return response


def create_app(services: Services) -> Starlette:
    """The application over these services. Raises ``AssetsMissing`` when the browser files are not built."""
    static("main.css")

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        # More threads than this only fight for the interpreter lock; the database pool has the same size.
        current_default_thread_limiter().total_tokens = POOL_SIZE
        sandbox.warm()
        passwords.warm()
        yield

    app = Starlette(
        routes=[*routes(), Mount("/static", HashedFiles(directory=STATIC), name="static")],
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(OwnFormsOnly),
            Middleware(GZipMiddleware, minimum_size=1000),
            Middleware(LimitedBodies, max_upload_bytes=services.settings.max_upload_bytes),
        ],
        exception_handlers={HTTPException: http_error, Refused: refused, Exception: _bug},
    )
    app.state.services = services
    return app


def _bug(request: Request, error: Exception) -> Response:
    """Starlette answers bugs outside every middleware: the headers are added here."""
    response = bug(request, error)
    add_headers(response.headers, secure=request.url.scheme == "https")
    return response
