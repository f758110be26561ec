"""A real SMTP server on loopback that keeps what it receives, and a worker that speaks to it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from engine.database import Database
from notifications.handlers import folder_moved, send_mail
from notifications.smtp import SmtpServer
from parapheur.worker import Worker
from tests.support.postgres import free_port

#: The address of the pages, in the links of the mails.
BASE = "https://parapheur.essai.example"
SENDER = "parapheur@essai.example"


class Box:
    """What the server received, and what it should answer: to everybody, to one sender, to one recipient."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.answer = "250 OK"
        self.to_sender = "250 OK"
        self.to_recipient: dict[str, str] = {}
        self._lock = threading.Lock()

    async def handle_MAIL(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return self.to_sender

    async def handle_RCPT(
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        answer = self.to_recipient.get(address, "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        if self.answer.startswith("250"):
            mail = message_from_bytes(envelope.original_content or b"", policy=policy.default)
            assert isinstance(mail, EmailMessage)
            with self._lock:
                self.mails.append(mail)
        return self.answer


@contextmanager
def smtp(box: Box | None = None, port: int = 0, **options: Any) -> Iterator[tuple[Box, SmtpServer]]:
    """A server that answers as its box says. ``port``: where it listens; a free one by default."""
    box, port = box or Box(), port or free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield box, SmtpServer("127.0.0.1", port, SENDER)
    finally:
        controller.stop()


def mail_worker(database: Database, server: SmtpServer, clock: Callable[[], datetime]) -> Worker:
    """A worker with the handlers of the product that lead to mails."""
    handlers: dict[str, Callable[..., None]] = {
        "folder.moved": lambda data, now: folder_moved(database, data, base_url=BASE, now=now),
        "mail.send": lambda data, now: send_mail(database, data, server=server, now=now),
    }
    return Worker(database, handlers, clock=clock)
