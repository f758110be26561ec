"""The real server, over HTTP, killed in the middle of requests: after a restart nothing is lost, nothing is doubled."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import select

from engine.clock import utc_now
from engine.database import Database
from engine.folders.model import Folder, ProcessInstance
from engine.people.actions import open_session
from engine.work.model import WorkItem
from parapheur.migrating import migrate
from tests.kill.examination import examine
from tests.kill.zygote import ROOT
from tests.support.postgres import free_port
from tests.support.world import World, make_world


@dataclass
class Front:
    """A server of ours and the person who visits it; the server may die and start again."""

    folder: Path
    secret: str
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def armed(self) -> Path:
        return self.folder / "armed"

    def start(self) -> None:
        """Start, and wait until it answers."""
        environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PARAPHEUR_")},
            "PARAPHEUR_DATA_DIR": str(self.folder),
            "PARAPHEUR_PORT": str(self.port),
            "PARAPHEUR_BASE_URL": f"http://127.0.0.1:{self.port}",
        }
        command = [sys.executable, "-m", "tests.kill.server", str(self.armed)]
        log = self.folder / "server.log"
        with log.open("wb") as errors:
            self.process = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=errors)
        while self.ask("/sante") is None:
            assert self.process.poll() is None, log.read_text()
            with suppress(subprocess.TimeoutExpired):
                self.process.wait(0.1)

    def stop(self) -> None:
        """Make sure that it is gone."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def dies_at(self, instant: int, path: str, form: dict[str, str]) -> None:
        """Send a form that kills it."""
        assert self.process is not None
        self.armed.write_text(str(instant))
        assert self.ask(path, form) is None
        assert self.process.wait(60) == -signal.SIGKILL
        self.armed.unlink()

    def ask(self, path: str, form: dict[str, str] | None = None) -> str | None:
        """The page that answers; None when nobody does, or when the server died while answering."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            data=urllib.parse.urlencode(form).encode() if form else None,
            headers={"Cookie": f"parapheur={self.secret}"},
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return str(answer.read().decode())
        except urllib.error.HTTPError as error:
            with error:
                return str(error.read().decode())
        except OSError:  # refused, reset, closed without an answer (http.client's are OSErrors or ConnectionErrors)
            return None


@pytest.fixture
def front(tmp_path: Path) -> Iterator[tuple[World, Front]]:
    database = Database(f"sqlite:///{tmp_path / 'parapheur.db'}")
    migrate(database)
    world = make_world(database, tmp_path)
    with database.writing() as session:
        secret = open_session(session, world.accounts["dgs"].id, user_agent="essai", now=utc_now())
        session.commit()
    server = Front(tmp_path, secret, free_port())
    yield world, server
    server.stop()
    database.dispose()


def version(world: World, folder: Folder) -> int:
    with world.database.reading() as session:
        return session.get_one(ProcessInstance, folder.id).version


@pytest.mark.parametrize(
    "instants", [(4, 11, 12), pytest.param(tuple(range(1, 13)), marks=pytest.mark.long)], ids=["some", "all"]
)
def test_a_server_killed_in_the_middle_of_requests_starts_again_as_if_nothing_had_happened(
    front: tuple[World, Front], instants: tuple[int, ...]
) -> None:
    world, server = front
    server.start()
    for instant in instants:
        folder = world.sent(title=f"Délibération {instant}")
        page, form = f"/dossiers/{folder.id}", {"step": str(world.open_step(folder).id), "heads": world.heads(folder)}
        server.dies_at(instant, f"{page}/viser", form)
        done = version(world, folder) == 2
        assert done is (instant == 12)  # the only one that comes after COMMIT
        assert examine(world)["faults"] == []
        server.start()
        assert (f"{page}/viser" in str(server.ask(page))) is not done
        # Whoever got no answer sends the form again, whether it was done or not.
        answer = str(server.ask(f"{page}/viser", form)).replace("\N{NO-BREAK SPACE}", " ")
        assert ("Cette étape a déjà été traitée" in answer) is done
        assert version(world, folder) == 2
    assert examine(world)["faults"] == []
    with world.database.reading() as session:
        moved = session.exec(select(WorkItem.key).where(WorkItem.kind == "folder.moved")).all()
    assert len(moved) == len(set(moved)) == 2 * len(instants)
