"""What is answered when a request cannot be: a page for a person, JSON for a script, both in French."""

from __future__ import annotations

import structlog
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from engine.clock import utc_now
from engine.ids import new_id
from engine.people.queries import Visitor
from engine.refusals import Refused
from web.french import typeset
from web.rendering import page
from web.visitors import is_known, who_asks

#: status → (title, sentence)
_WORDS = {
    400: (
        "Demande incomprise",
        "Le navigateur a envoyé une demande que le parapheur ne comprend pas. Rien n’a été fait ; revenez à la page"
        " précédente et recommencez.",
    ),
    401: ("Session terminée", "Votre session a expiré. Rien n’a été fait ; reconnectez-vous."),
    403: ("Accès refusé", "Cette page n’est pas ouverte à votre compte."),
    404: (
        "Page introuvable",
        "Cette page n’existe pas, ou le dossier ne passe pas par l’un de vos bureaux. Vérifiez l’adresse.",
    ),
    405: ("Demande incomprise", "Cette adresse ne s’utilise pas ainsi. Rien n’a été fait."),
    408: (
        "Envoi trop lent",
        "Ce que vous avez envoyé n’est pas arrivé à temps. Rien n’a été enregistré ; recommencez avec une meilleure"
        " connexion.",
    ),
    413: (
        "Fichier trop volumineux",
        "Ce que vous avez envoyé dépasse la taille permise. Rien n’a été enregistré ; réduisez le fichier, puis"
        " recommencez.",
    ),
}
_OTHER = ("Demande impossible", "La demande n’a pas pu être traitée. Rien n’a été fait.")


def is_script(headers: Headers) -> bool:
    """Whether a script of ours asks, and not a person who follows a link or sends a form."""
    if headers.get("content-type", "").startswith("application/json") or "hx-request" in headers:
        return True
    return headers.get("sec-fetch-dest") == "empty"


def error_answer(
    headers: Headers,
    status: int,
    code: str,
    title: str,
    sentence: str,
    visitor: Visitor | None = None,
    *,
    anonymous: bool = False,
) -> Response:
    """A page with a way back, or ``{code, sentence}`` when a script asked.

    ``anonymous``: it is known that nobody is logged in, who may then want to be; no visitor may also mean that nobody
    looked.
    """
    if is_script(headers):
        return JSONResponse({"code": code, "sentence": typeset(sentence)}, status_code=status)
    context = {
        "title": title,
        "sentence": sentence,
        "visitor": visitor,
        "flash": None,
        "demo": False,
        "anonymous": anonymous,
    }
    return page("error.html", status=status, **context)


def _visitor(request: Request) -> Visitor | None:
    found = getattr(request.state, "visitor", None)
    return found if isinstance(found, Visitor) else None


def http_error(request: Request, error: Exception) -> Response:
    """The answer to a fault of the request."""
    assert isinstance(error, HTTPException)
    title, sentence = _WORDS.get(error.status_code, _OTHER)
    code = f"http_{error.status_code}"
    # An address that no route knows: nobody has looked yet who asks.
    visitor = _visitor(request) if is_known(request) else who_asks(request, utc_now())
    answer = error_answer(request.headers, error.status_code, code, title, sentence, visitor, anonymous=visitor is None)
    answer.headers.update(error.headers or {})
    return answer


def refused(request: Request, error: Exception) -> Response:
    """The answer to a refusal that no view turned into something better."""
    assert isinstance(error, Refused)
    refusal = error.refusal
    return error_answer(request.headers, 409, refusal.code, "Demande refusée", refusal.sentence, _visitor(request))


def bug(request: Request, error: Exception) -> Response:
    """A fault of ours: logged with a reference that the person can give."""
    reference = str(new_id())[-8:]
    structlog.get_logger().error("request.failed", path=request.url.path, reference=reference, exc_info=error)
    sentence = (
        f"Le parapheur a rencontré une erreur. Rien n’a été perdu ; recommencez. Référence à donner : {reference}."
    )
    return error_answer(request.headers, 500, "server", "Erreur du parapheur", sentence, _visitor(request))
