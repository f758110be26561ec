"""The product as people start it: ``parapheur demo`` in a folder of its own, and the mails it really sent."""

from __future__ import annotations

import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

#: Seconds given to what the product does by itself: starting, sending a mail.
PATIENCE = 180.0
READY = "Ctrl-C pour arrêter"


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def command(*arguments: str) -> list[str]:
    """The command ``parapheur`` of this environment."""
    return [sys.executable, "-m", "parapheur.cli", *arguments]


def run(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run ``parapheur`` to its end."""
    return subprocess.run(
        command(*map(str, arguments)), cwd=cwd, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@dataclass
class Demo:
    """A running demonstration."""

    folder: Path  #: where it was started; it keeps its data in ``var/demo`` there
    process: subprocess.Popen[str]
    said: list[str] = field(default_factory=list)  #: its lines so far
    _ready: threading.Event = field(default_factory=threading.Event)
    _read: set[Path] = field(default_factory=set)

    @property
    def data(self) -> Path:
        return self.folder / "var" / "demo"

    @property
    def root(self) -> Path:
        """The certification authority of the demonstration."""
        return self.data / "certificats" / "ac-racine.pem"

    def key_file(self, name: str) -> Path:
        """The ``.p12`` of a signatory."""
        return self.data / "certificats" / f"{name}.p12"

    def printed(self, label: str) -> str:
        """What follows this word on the screen."""
        return next(line.split()[-1] for line in self.said if line.strip().startswith(label))

    @property
    def address(self) -> str:
        return self.printed("Adresse")

    def listen(self) -> None:
        """Keep what it prints, until it closes its output."""
        assert self.process.stdout
        for line in self.process.stdout:
            self.said.append(line)
            if READY in line:
                self._ready.set()
        self._ready.set()

    def wait_until_ready(self) -> None:
        assert self._ready.wait(PATIENCE), "".join(self.said)
        assert self.process.poll() is None, "".join(self.said)

    def mail(self, to: str, subject: str) -> EmailMessage:
        """Wait until the SMTP server has kept a mail to this person with this subject that was not asked for yet."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            for path in sorted(set((self.data / "courriels").glob("*.eml")) - self._read):
                message = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes(path.read_bytes())
                if message["to"].startswith(f"{to}@") and message["subject"] == subject:
                    self._read.add(path)
                    return message
            assert self.process.poll() is None, "".join(self.said)
            threading.Event().wait(0.05)
        raise AssertionError(f"no mail « {subject} » to {to}")

    def processes(self) -> set[int]:
        """What runs in its group: itself, the server, the worker and whatever these started."""
        found = set()
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                state, _, group = stat.read_text().rpartition(")")[2].split()[:3]
            except (FileNotFoundError, ProcessLookupError):
                continue
            if int(group) == self.process.pid and state != "Z":
                found.add(int(stat.parent.name))
        return found

    def press_ctrl_c(self) -> int:
        """What a terminal does: SIGINT to the whole group. The exit status."""
        os.killpg(self.process.pid, signal.SIGINT)
        return self.process.wait(PATIENCE)

    def folders(self) -> int:
        """How many folders its database holds."""
        with closing(sqlite3.connect(f"file:{self.data / 'parapheur.db'}?mode=ro", uri=True)) as database:
            return int(database.execute("SELECT count(*) FROM folder").fetchone()[0])


@contextmanager
def demo(folder: Path, *arguments: str, port: int | None = None) -> Iterator[Demo]:
    """``parapheur demo`` started in ``folder``, ready, and stopped at the end."""
    process = subprocess.Popen(
        command("demo", "--port", str(port or free_port()), *arguments),
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # a group of its own, as a terminal gives
    )
    found = Demo(folder, process)
    listener = threading.Thread(target=found.listen)
    listener.start()
    try:
        found.wait_until_ready()
        yield found
    finally:
        if process.poll() is None:
            process.terminate()
        process.wait(PATIENCE)
        listener.join()
        assert process.stdout
        process.stdout.close()


def link_of(mail: EmailMessage) -> str:
    """Where the button of a mail leads; the text alone says the same address."""
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html
    assert text
    found = re.search(r'<a href="([^"]+)"', html.get_content())
    assert found
    assert found[1] in text.get_content().split()
    return found[1]
