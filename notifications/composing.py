"""From something to tell to a mail: plain text and HTML, one button."""

from __future__ import annotations

from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from functools import lru_cache
from urllib.parse import urlsplit

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from notifications.model import Mail

MAX_SUBJECT = 150


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("notifications"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(topic: str, facts: dict[str, str]) -> tuple[str, str]:
    """The plain text and the HTML of a topic."""
    text = _environment().get_template(f"{topic}.txt").render(facts)
    lines = [paragraph.strip() for paragraph in text.split("\n\n") if paragraph.strip()]
    body = [line for line in lines if line != facts["url"]]
    html = _environment().get_template("mail.html").render(paragraphs=body, url=facts["url"], button=facts["button"])
    return text, html


def one_line(text: str) -> str:
    """A subject: no line break, not too long."""
    flat = " ".join(text.split())
    return flat if len(flat) <= MAX_SUBJECT else f"{flat[: MAX_SUBJECT - 1]}…"


def message_domain(base_url: str) -> str:
    """Right-hand side of our Message-IDs."""
    return urlsplit(base_url).hostname or "localhost"


class AddressUnusable(Exception):
    """The recipient's address cannot be written in a mail (RFC 5322 §3.4.1)."""


def email_of(mail: Mail, sender: str) -> EmailMessage:
    """The message to hand to the SMTP server. Raises :class:`AddressUnusable`."""
    try:
        recipient = Address(addr_spec=mail.to_address)
    except (ValueError, MessageError):
        raise AddressUnusable("l’adresse est mal écrite, ou a des lettres accentuées avant l’arobase") from None
    message = EmailMessage()
    message["From"] = Address("Parapheur", addr_spec=sender)
    message["To"] = recipient
    message["Subject"] = mail.subject
    message["Date"] = mail.created_at
    message["Message-ID"] = mail.message_id
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.text)
    message.add_alternative(mail.html, subtype="html")
    return message
