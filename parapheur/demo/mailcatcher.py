"""A real SMTP server on loopback that keeps what it receives as files."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Keeper:
    """Writes each mail, whole or not at all, under the next number."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._lock = threading.Lock()

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        with self._lock:
            number = max((int(path.stem) for path in self._folder.glob("*.eml")), default=0) + 1
            waiting = self._folder / f"{number:06d}.part"
            waiting.write_bytes(content)
            os.replace(waiting, self._folder / f"{number:06d}.eml")
        return "250 OK"


def catch_mails(folder: Path, port: int) -> Controller:
    """Start the server on 127.0.0.1; the caller stops it."""
    controller = Controller(Keeper(folder), hostname="127.0.0.1", port=port)
    controller.start()
    return controller
