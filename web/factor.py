"""« Second facteur »: giving its code at log-in, setting it up, new recovery codes, turning it off."""

from __future__ import annotations

import segno
from markupsafe import Markup
from starlette.responses import Response

from engine.people.factor import (
    Enrolment,
    answer_challenge,
    begin_enrolment,
    challenge_is_alive,
    confirm_enrolment,
    enrolment_of,
    recovery_codes_left,
    renew_recovery_codes,
    turn_off,
)
from engine.people.factor_rules import CHALLENGE_OVER
from engine.people.queries import has_second_factor
from engine.refusals import Refusal
from notifications.accounts import tell_factor
from notifications.rules import FactorNews
from web.doors import keep_session, local_path
from web.visitors import challenge_cookie, cookie_name
from web.visits import Visit

FACTOR = "/second-facteur"
CONFIRM = f"{FACTOR}/confirmer"


def show_challenge(visit: Visit) -> Response:
    """Ask for the code, once the password was right."""
    with visit.services.database.reading() as session:
        alive = challenge_is_alive(session, _challenge(visit), now=visit.now)
    target = local_path(visit.request.query_params.get("suite", "/"))
    if not alive:
        return visit.go(target if visit.visitor else "/connexion")
    return visit.render("doors/code.html", target=target, fault=None)


def do_challenge(visit: Visit) -> Response:
    """Check the code, and come in."""
    services, target = visit.services, local_path(visit.text("suite") or "/")
    result = answer_challenge(
        services.database,
        services.box,
        _challenge(visit),
        visit.text("code"),
        user_agent=visit.request.headers.get("user-agent", ""),
        now=visit.now,
    )
    if result == CHALLENGE_OVER:
        return visit.go("/connexion", CHALLENGE_OVER.sentence, tone="bad")
    if isinstance(result, Refusal):
        return visit.render("doors/code.html", status=422, target=target, fault=result.sentence)
    said = ""
    if result.recovery_left is not None:
        with services.database.writing() as session:
            base_url = services.settings.base_url
            tell_factor(session, FactorNews.RECOVERY_USED, result.account, base_url=base_url, now=visit.now)
            session.commit()
        said = (
            f"Un code de secours a servi ; il vous en reste {result.recovery_left}."
            " La page « Second facteur » en donne d’autres."
        )
    response = visit.go(target, said)
    name = challenge_cookie(visit.request)
    response.delete_cookie(name, secure=visit.is_secure, httponly=True, samesite="lax", path="/")
    return keep_session(visit, response, result.cookie)


def show_factor(visit: Visit) -> Response:
    """Whether it is on, and what can be done."""
    return _page(visit)


def do_begin(visit: Visit) -> Response:
    """Make a secret to copy into the application."""
    with visit.services.database.writing() as session:
        begun = begin_enrolment(session, visit.services.box, visit.person.account, now=visit.now)
        if isinstance(begun, Refusal):
            return visit.go(FACTOR, begun.sentence, tone="bad")
        session.commit()
    return visit.go(CONFIRM)


def show_confirm(visit: Visit) -> Response:
    """The QR code, and the field for a first code."""
    return _confirm_page(visit, None)


def do_confirm(visit: Visit) -> Response:
    """Turn it on with a first code, and show the recovery codes for the only time."""
    account = visit.person.account
    with visit.services.database.writing() as session:
        cookie = visit.request.cookies.get(cookie_name(visit.request), "")
        codes = confirm_enrolment(
            session, visit.services.box, account, visit.text("code"), cookie=cookie, now=visit.now
        )
        if not isinstance(codes, Refusal):
            _tell(visit, session, FactorNews.TURNED_ON)
        session.commit()
    if isinstance(codes, Refusal):
        return _confirm_page(visit, codes)
    return visit.render("people/recovery_codes.html", codes=codes, fresh=True)


def do_renew_codes(visit: Visit) -> Response:
    """New recovery codes."""
    with visit.services.database.writing() as session:
        codes = renew_recovery_codes(
            session, visit.services.box, visit.person.account, visit.text("code"), now=visit.now
        )
        session.commit()
    if isinstance(codes, Refusal):
        return _page(visit, {"renew": codes.sentence})
    return visit.render("people/recovery_codes.html", codes=codes, fresh=False)


def do_turn_off(visit: Visit) -> Response:
    """Take it away."""
    with visit.services.database.writing() as session:
        refusal = turn_off(session, visit.services.box, visit.person.account, visit.text("code"), now=visit.now)
        if refusal is None:
            _tell(visit, session, FactorNews.TURNED_OFF)
        session.commit()
    if refusal:
        return _page(visit, {"off": refusal.sentence})
    return visit.go(FACTOR, "Le second facteur est désactivé : votre mot de passe suffit de nouveau.")


def _page(visit: Visit, faults: dict[str, str] | None = None) -> Response:
    account = visit.person.account
    with visit.services.database.reading() as session:
        on, left = has_second_factor(session, account.id), recovery_codes_left(session, account.id)
    faults = {"renew": "", "off": "", **(faults or {})}
    status = 422 if any(faults.values()) else 200
    return visit.render("people/factor.html", status=status, on=on, left=left, faults=faults)


def _confirm_page(visit: Visit, refusal: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        enrolment = enrolment_of(session, visit.services.box, visit.person.account)
    if enrolment is None:
        return visit.go(FACTOR)
    return visit.render(
        "people/factor_confirm.html",
        status=422 if refusal else 200,
        picture=_picture(enrolment),
        groups=" ".join(enrolment.secret[start : start + 4] for start in range(0, len(enrolment.secret), 4)),
        address=enrolment.address,
        fault=refusal.sentence if refusal else None,
    )


def _picture(enrolment: Enrolment) -> Markup:
    """The QR code as SVG: black on white in the dark too, since readers want it so."""
    code = segno.make(enrolment.address, error="m")
    drawn = code.svg_inline(
        scale=5, border=4, dark="#000", light="#fff", omitsize=True, title="Code QR à photographier"
    )
    return Markup(drawn)  # noqa: S704 made by the library from an address that it encodes as squares


def _tell(visit: Visit, session, news: FactorNews) -> None:  # type: ignore[no-untyped-def]
    tell_factor(session, news, visit.person.account, base_url=visit.services.settings.base_url, now=visit.now)


def _challenge(visit: Visit) -> str:
    return visit.request.cookies.get(challenge_cookie(visit.request), "")
