"""Handing mails to an SMTP server."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from email.message import EmailMessage

import aiosmtplib

from engine.work.rules import Postpone

#: Seconds to wait for the server at each exchange.
TIMEOUT = 30.0


class MailRefused(Exception):
    """The server refused this mail for good (SMTP 5xx); the message is its answer."""


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mails go."""

    host: str
    port: int
    sender: str  #: address of the envelope and of From
    username: str = ""
    password: str = ""
    tls: bool = False  #: TLS from the first byte
    starttls: bool = False  #: required when true: without it nothing is sent
    context: ssl.SSLContext | None = None  #: authorities trusted for TLS; the system's by default


def send(server: SmtpServer, message: EmailMessage) -> None:
    """Send one mail.

    Raises :class:`MailRefused` when the server refuses it for good, :class:`Postpone` for anything that may pass:
    no server, a temporary refusal (4xx), wrong credentials, no encryption where it is required.
    """
    try:
        asyncio.run(_send(server, message))
    except aiosmtplib.SMTPRecipientsRefused as error:
        worst = error.recipients[0]
        _judge(worst.code, worst.message)
    except aiosmtplib.SMTPAuthenticationError as error:
        raise Postpone(f"Le serveur SMTP refuse l’identification : {error.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        _judge(error.code, error.message)
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Postpone(f"Le serveur SMTP {server.host}:{server.port} ne répond pas : {error}") from error


def _judge(code: int, answer: str) -> None:
    if 500 <= code < 600:
        raise MailRefused(f"{code} {answer}")
    raise Postpone(f"Le serveur SMTP demande d’attendre : {code} {answer}")


async def _send(server: SmtpServer, message: EmailMessage) -> None:
    client = aiosmtplib.SMTP(
        hostname=server.host,
        port=server.port,
        timeout=TIMEOUT,
        use_tls=server.tls,
        start_tls=server.starttls,
        username=server.username or None,
        password=server.password or None,
        tls_context=server.context,
    )
    async with client:
        await client.send_message(message, sender=server.sender)
