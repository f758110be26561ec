"""Coming in and going out: log-in, invitation, forgotten password."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from starlette.responses import Response

from engine.people.actions import (
    Challenged,
    account_of_link,
    choose_password,
    forgot_password,
    log_in,
    log_out,
)
from engine.people.factor_rules import CHALLENGE_LIFE
from engine.people.passwords import MIN_LENGTH
from engine.refusals import Refusal
from notifications.actions import send_link
from web.visitors import challenge_cookie, cookie_name
from web.visits import Visit


def local_path(target: str) -> str:
    """A path of ours to go to after logging in; anything else is the home page.

    Browsers drop control characters and read a backslash as a slash (WHATWG URL §4.4): neither is let through.
    """
    parts = urlsplit(target)
    foreign = not target.startswith("/") or target.startswith("//") or parts.scheme or parts.netloc
    return "/" if foreign or "\\" in target or not target.isprintable() else target


def show_log_in(visit: Visit) -> Response:
    """The log-in page; straight on when one is already in."""
    target = local_path(visit.request.query_params.get("suite", "/"))
    return visit.go(target) if visit.visitor else visit.render("doors/log_in.html", target=target, email="", fault=None)


def do_log_in(visit: Visit) -> Response:
    """Check address and password."""
    target, email = local_path(visit.text("suite") or "/"), visit.text("email")
    client = visit.request.client
    result = log_in(
        visit.services.database,
        email,
        visit.text("password"),
        network=client.host if client else "",
        user_agent=visit.request.headers.get("user-agent", ""),
        now=visit.now,
    )
    if isinstance(result, Refusal):
        return visit.render("doors/log_in.html", status=422, target=target, email=email, fault=result.sentence)
    if isinstance(result, Challenged):
        response = visit.go(f"/connexion/second-facteur?suite={quote(target)}")
        name, life = challenge_cookie(visit.request), int(CHALLENGE_LIFE.total_seconds())
        secure = visit.is_secure
        response.set_cookie(name, result.secret, max_age=life, secure=secure, httponly=True, samesite="lax", path="/")
        return response
    return keep_session(visit, visit.go(target), result[0])


def keep_session(visit: Visit, response: Response, secret: str) -> Response:
    """The same answer, with the cookie of a session that has just been opened."""
    secure = visit.is_secure
    response.set_cookie(cookie_name(visit.request), secret, secure=secure, httponly=True, samesite="lax", path="/")
    return response


def do_log_out(visit: Visit) -> Response:
    """End this session."""
    secret = visit.request.cookies.get(cookie_name(visit.request), "")
    with visit.services.database.writing() as session:
        log_out(session, secret, now=visit.now)
        session.commit()
    response = visit.go("/connexion")
    secure = visit.is_secure  # without it browsers keep a cookie whose name begins with __Host-
    response.delete_cookie(cookie_name(visit.request), secure=secure, httponly=True, samesite="lax", path="/")
    return response


def show_forgotten(visit: Visit) -> Response:
    """Ask for a new password."""
    return visit.render("doors/forgotten.html", sent=False)


def do_forgotten(visit: Visit) -> Response:
    """Send a link; the answer is the same whether or not somebody has this address."""
    with visit.services.database.writing() as session:
        link = forgot_password(session, visit.text("email"), now=visit.now)
        if link is not None:
            send_link(session, link, base_url=visit.services.settings.base_url, now=visit.now)
        session.commit()
    return visit.render("doors/forgotten.html", sent=True)


def show_choose(visit: Visit) -> Response:
    """The page behind an invitation or a forgotten-password link."""
    with visit.services.database.reading() as session:
        account = account_of_link(session, visit.request.path_params["secret"], now=visit.now)
    return _choose(visit, account, None)


def do_choose(visit: Visit) -> Response:
    """Set the password."""
    secret, password = visit.request.path_params["secret"], visit.text("password")
    with visit.services.database.reading() as session:
        account = account_of_link(session, secret, now=visit.now)
    if isinstance(account, Refusal):
        return _choose(visit, account, None)
    if password != visit.text("again"):
        return _choose(visit, account, "Les deux saisies ne sont pas les mêmes. Recommencez.")
    result = choose_password(visit.services.database, secret, password, now=visit.now)
    if isinstance(result, Refusal):
        return _choose(visit, account, result.sentence)
    return visit.go("/connexion", "Votre mot de passe est enregistré. Connectez-vous.")


def _choose(visit: Visit, account: object, fault: str | None) -> Response:
    dead = account.sentence if isinstance(account, Refusal) else None
    status = 410 if dead else 422 if fault else 200
    return visit.render(
        "doors/choose.html", status=status, account=account, dead=dead, fault=fault, min_length=MIN_LENGTH
    )
