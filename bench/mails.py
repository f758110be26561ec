"""Mails per second: from the folder that moved to the SMTP server's answer, by one worker."""

from __future__ import annotations

import smtplib
import socket
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import select

from bench.circuits import FIVE_STEPS, publish_five_steps
from bench.measure import Figure, rate, seconds
from bench.processes import running
from engine.database import Database
from notifications.composing import email_of
from notifications.model import Mail
from parapheur.migrating import migrate
from parapheur.settings import load_settings
from parapheur.wiring import make_handlers
from parapheur.worker import Worker
from tests.support.postgres import free_port
from tests.support.world import NOW, World, make_world

RUNS = 5
#: Folders, and so mails, in each run.
MAILS = 30
SENDER = "parapheur@essai.example"


def per_second() -> Iterator[Figure]:
    """The server is aiosmtpd in a process of its own that throws mails away; the floor, one connection to it."""
    port = free_port()
    with TemporaryDirectory(prefix="parapheur-bench-") as name:
        folder = Path(name)
        command = [sys.executable, "-m", "aiosmtpd", "-n", "-c", "aiosmtpd.handlers.Sink", "-l", f"127.0.0.1:{port}"]
        with running(command, folder):
            _wait_for(port)
            yield _measured(folder, port)


def _measured(folder: Path, port: int) -> Figure:
    database = Database(f"sqlite:///{folder / 'parapheur.db'}")
    migrate(database)
    world = make_world(database, folder)
    publish_five_steps(world)
    settings = load_settings(data_dir=folder, smtp_host="127.0.0.1", smtp_port=port, mail_from=SENDER)
    worker = Worker(database, make_handlers(settings, database), clock=lambda: NOW + timedelta(days=1))
    ours, floor = [], []
    for number in range(RUNS + 1):
        for folder_number in range(MAILS):
            world.sent(title=f"Dossier {number}.{folder_number}", circuit=FIVE_STEPS)
        spent = seconds(worker.drain)
        mails = _sent(world)
        assert len(mails) == MAILS * (number + 1), len(mails)
        least = seconds(lambda mails=mails[-MAILS:]: _hand_over(mails, port))  # type: ignore[misc]
        if number:
            ours.append(spent / MAILS)
            floor.append(least / MAILS)
    database.dispose()
    return rate("mail.per_s", ours, floor=floor, peer="les mêmes courriels par smtplib, une seule connexion")


def _sent(world: World) -> list[Mail]:
    with world.database.reading() as session:
        return [mail for mail in session.exec(select(Mail).order_by(Mail.id)).all() if mail.sent_at is not None]


def _hand_over(mails: list[Mail], port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as server:
        for mail in mails:
            server.send_message(email_of(mail, SENDER))


def _wait_for(port: int) -> None:
    for _ in range(500):
        with suppress(OSError):
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        time.sleep(0.02)
    raise RuntimeError("the SMTP server does not answer")
