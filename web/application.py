"""The Starlette application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog
from anyio.to_thread import current_default_thread_limiter
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from engine.database import POOL_SIZE
from engine.ids import new_id
from engine.papers.sandbox import warm
from engine.refusals import Refused
from web.rendering import STATIC, page, static
from web.routes import routes
from web.security import OwnFormsOnly, SecurityHeaders
from web.services import Services

#: What a form adds around the file it carries, in bytes.
FORM_MARGIN = 1_000_000

_WORDS = {
    400: (
        "Demande incomprise",
        "Le navigateur a envoyé une demande que le parapheur ne comprend pas. Rien n’a été fait.",
    ),
    401: ("Session terminée", "Votre session a expiré. Rien n’a été fait ; reconnectez-vous."),
    403: ("Accès refusé", "Cette page n’est pas ouverte à votre compte."),
    404: ("Page introuvable", "Cette page n’existe pas, ou le dossier ne passe pas par l’un de vos bureaux."),
    405: ("Demande incomprise", "Cette adresse ne s’utilise pas ainsi."),
    413: (
        "Fichier trop volumineux",
        "Ce fichier dépasse la taille permise. Rien n’a été déposé ; réduisez-le, puis recommencez.",
    ),
}


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
        warm()
        yield

    app = Starlette(
        routes=[*routes(), Mount("/static", HashedFiles(directory=STATIC))],
        lifespan=lifespan,
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(OwnFormsOnly),
            Middleware(GZipMiddleware, minimum_size=1000),
            Middleware(RequestBodyLimitMiddleware, max_body_size=services.settings.max_upload_bytes + FORM_MARGIN),
        ],
        exception_handlers={HTTPException: _http_error, Refused: _refused, Exception: _bug},
    )
    app.state.services = services
    return app


def _wants_json(request: Request) -> bool:
    return request.headers.get("content-type", "").startswith("application/json")


def _error_page(title: str, sentence: str, status: int) -> Response:
    return page("error.html", status=status, title=title, sentence=sentence, visitor=None, flash="", demo=False)


def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    title, sentence = _WORDS.get(
        error.status_code, ("Erreur", "La demande n’a pas pu être traitée. Rien n’a été fait.")
    )
    if _wants_json(request):
        return JSONResponse({"code": f"http_{error.status_code}", "sentence": sentence}, status_code=error.status_code)
    return _error_page(title, sentence, error.status_code)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    if _wants_json(request):
        return JSONResponse({"code": error.refusal.code, "sentence": error.refusal.sentence}, status_code=409)
    return _error_page("Demande refusée", error.refusal.sentence, 409)


def _bug(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with a reference that the person can give."""
    reference = str(new_id())[-8:]
    structlog.get_logger().error("request.failed", path=request.url.path, reference=reference, exc_info=error)
    sentence = (
        f"Le parapheur a rencontré une erreur. Rien n’a été perdu ; recommencez. Référence à donner : {reference}."
    )
    if _wants_json(request):
        return JSONResponse({"code": "server", "sentence": sentence}, status_code=500)
    return _error_page("Erreur du parapheur", sentence, 500)
