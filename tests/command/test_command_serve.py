"""``parapheur serve`` and ``parapheur worker``: they start only when they can work, and stop when asked."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from engine.clock import utc_now
from engine.database import Database
from parapheur.demo.authority import ensure_tls
from parapheur.migrating import migrate
from tests.command.conftest import Command, ended, started
from tests.support.postgres import free_port
from web import rendering

NOT_MIGRATED = "La base de données n’est pas à jour : lancez « parapheur migrate », puis recommencez.\n"


@pytest.fixture
def migrated(alone: Path) -> Path:
    """The current folder, with an empty database up to date."""
    database = Database("sqlite:///var/parapheur.db")
    migrate(database)
    database.dispose()
    return alone


@contextmanager
def running(*arguments: str, folder: Path, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """The command, killed at the end if it is still there."""
    process = started(*arguments, folder=folder, **variables)
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def wait_for_answer(process: subprocess.Popen[str], port: int) -> None:
    """Until the server answers; fails when it ends before."""
    while True:
        with suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/sante", timeout=5).close()
            return
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=0.2)
            pytest.fail(str(process.communicate()))


@pytest.mark.parametrize("name", ["serve", "worker"])
def test_a_database_that_is_not_migrated_is_refused(name: str, command: Command, alone: Path) -> None:
    said = command(name)
    assert (said.status, said.out, said.err) == (1, "", NOT_MIGRATED)
    assert list(alone.rglob("*.db")) == []  # and nothing was created


def test_a_port_that_is_taken_is_refused(migrated: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        monkeypatch.setenv("PARAPHEUR_PORT", str(port))
        said = command("serve")
    assert said.status == 1
    assert said.err.startswith(f"Le port {port} est déjà pris sur 127.0.0.1 : ")


def test_an_address_of_another_machine_is_refused(
    migrated: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPHEUR_HOST", "192.0.2.1")  # RFC 5737: nobody's
    said = command("serve")
    assert said.status == 1
    assert said.err.startswith("« 192.0.2.1 » n’est pas une adresse de cette machine")


def test_a_certificate_whose_key_is_another_is_refused(
    migrated: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, certificate, _ = ensure_tls(migrated / "one", ["localhost"], utc_now())
    _, _, key = ensure_tls(migrated / "other", ["localhost"], utc_now())
    monkeypatch.setenv("PARAPHEUR_TLS_CERTIFICATE", str(certificate))
    monkeypatch.setenv("PARAPHEUR_TLS_KEY", str(key))
    said = command("serve")
    assert said.status == 1
    assert said.err.startswith(f"Le certificat {certificate} et la clé {key} ne vont pas ensemble")


def test_missing_browser_files_are_told(migrated: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    rendering._manifest.cache_clear()
    monkeypatch.setattr(rendering, "STATIC", migrated)
    monkeypatch.setenv("PARAPHEUR_PORT", str(free_port()))
    said = command("serve")
    rendering._manifest.cache_clear()
    assert (said.status, said.err) == (
        1,
        "Les fichiers du navigateur ne sont pas construits : lancez « make build ».\n",
    )


@pytest.mark.parametrize(("workers", "asked"), [(1, signal.SIGTERM), (1, signal.SIGINT), (2, signal.SIGTERM)])
def test_the_server_stops_with_status_0_when_asked(workers: int, asked: signal.Signals, migrated: Path) -> None:
    port = free_port()
    variables = {"PARAPHEUR_PORT": str(port), "PARAPHEUR_WORKERS": str(workers)}
    with running("serve", folder=migrated, **variables) as process:
        wait_for_answer(process, port)
        process.send_signal(asked)
        said = ended(process)
    assert said.status == 0
    assert "Traceback" not in said.err
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("asked", [signal.SIGTERM, signal.SIGINT])
def test_the_worker_stops_with_status_0_when_asked(asked: signal.Signals, migrated: Path) -> None:
    with running("worker", folder=migrated, PARAPHEUR_LOG_FORMAT="json") as process:
        assert process.stderr is not None
        assert re.search(r'"event": ?"worker.started"', process.stderr.readline())
        process.send_signal(asked)
        said = ended(process)
    assert said.status == 0
    assert re.search(r'"event": ?"worker.stopped"', said.err)
