"""The mails of the demonstration, as its mail catcher received them."""

from __future__ import annotations

from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, Response

from web.visits import Visit


def _folder(visit: Visit) -> Path:
    folder = visit.services.settings.demo_mails
    if folder is None:
        raise HTTPException(404)
    return folder


def _read(path: Path) -> EmailMessage:
    message = BytesParser(policy=policy.default).parsebytes(path.read_bytes())
    assert isinstance(message, EmailMessage)
    return message


def _mail(visit: Visit) -> EmailMessage:
    path = _folder(visit) / f"{visit.request.path_params['mail']}.eml"
    if path.parent != _folder(visit) or not path.exists():
        raise HTTPException(404)
    return _read(path)


def show_mails(visit: Visit) -> Response:
    """Every mail, the newest first."""
    paths = sorted(_folder(visit).glob("*.eml"), reverse=True)[:200]
    return visit.render("demo/mails.html", mails=[(path.stem, _read(path)) for path in paths])


def show_mail(visit: Visit) -> Response:
    """One mail: its text, and how it looks."""
    mail = _mail(visit)
    text = mail.get_body(("plain",))
    return visit.render(
        "demo/mail.html", mail=mail, number=visit.request.path_params["mail"], text=text.get_content() if text else ""
    )


def show_mail_html(visit: Visit) -> Response:
    """The HTML part alone, for a frame that runs nothing."""
    part = _mail(visit).get_body(("html",))
    rules = (
        "default-src 'none'",
        "style-src 'unsafe-inline'",
        "frame-ancestors 'self'",
        "sandbox allow-top-navigation-by-user-activation",
    )
    return HTMLResponse(
        '<base target="_top">' + (part.get_content() if part else ""),
        headers={"content-security-policy": "; ".join(rules)},
    )
