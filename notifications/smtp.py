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


#: Answers that speak of us, not of the mail: identification is missing, too weak or wrong (RFC 4954 §6).
_ABOUT_US = frozenset({530, 534, 535, 538})


class MailRefused(Exception):
    """This mail will never pass (SMTP 5xx for its recipient or its content); the message says why."""


class MailDelayed(Postpone):
    """The server does not want this mail for now (SMTP 4xx for its recipient or its content)."""


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

    Raises :class:`MailRefused` when the server refuses its recipient or its content for good, :class:`MailDelayed` when
    it does for now (4xx), :class:`Postpone` for anything that the administrator can cure: no server, wrong credentials,
    our own address refused, no encryption where it is required.
    """
    try:
        asyncio.run(_send(server, message))
    except aiosmtplib.SMTPRecipientsRefused as error:
        first = error.recipients[0]
        _judge(first.code, first.message)
    except aiosmtplib.SMTPDataError as error:
        _judge(error.code, error.message)
    except aiosmtplib.SMTPNotSupported as error:
        raise MailRefused("l’adresse a des lettres accentuées que ce serveur SMTP ne sait pas transmettre") from error
    except aiosmtplib.SMTPAuthenticationError as error:
        raise Postpone(f"Le serveur SMTP refuse l’identification : {error.message}") from error
    except aiosmtplib.SMTPSenderRefused as error:
        raise Postpone(f"Le serveur SMTP refuse l’expéditeur {error.sender} : {error.code} {error.message}") from error
    except aiosmtplib.SMTPResponseException as error:
        raise Postpone(f"Le serveur SMTP ne nous accepte pas : {error.code} {error.message}") from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise Postpone(f"Le serveur SMTP {server.host}:{server.port} ne répond pas : {error}") from error


def _judge(code: int, answer: str) -> None:
    """An answer to a recipient or to a content."""
    if 500 <= code < 600 and code not in _ABOUT_US:
        raise MailRefused(f"{code} {answer}")
    if code in _ABOUT_US:
        raise Postpone(f"Le serveur SMTP ne nous accepte pas : {code} {answer}")
    raise MailDelayed(f"Le serveur SMTP demande d’attendre : {code} {answer}")


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
