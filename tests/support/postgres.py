"""A throw-away PostgreSQL server, started for the tests that need one."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import create_engine, text


def _binaries() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    if not versions:
        raise RuntimeError("PostgreSQL is not installed: run tests/install-debian-packages")
    return versions[-1]


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def postgres_server(*, durable: bool = False) -> Iterator[str]:
    """The URL of a fresh server, without database name; PostgreSQL refuses root, so it runs as ``postgres`` then.

    ``durable``: each commit waits for the disk, as it does in service.
    """
    binaries, port = _binaries(), free_port()
    folder = Path(tempfile.mkdtemp(prefix="parapheur-pg-"))
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    if os.getuid() == 0:
        shutil.chown(folder, user, user)

    def run(*command: object) -> None:
        options = {"user": user, "group": user, "extra_groups": []} if os.getuid() == 0 else {}
        subprocess.run([str(part) for part in command], check=True, capture_output=True, cwd=folder, **options)

    run(binaries / "initdb", "-D", folder / "data", "-U", "parapheur", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
    if not durable:
        settings += " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"
    run(binaries / "pg_ctl", "-D", folder / "data", "-w", "-l", folder / "log", "-o", settings, "start")
    try:
        yield f"postgresql+psycopg://parapheur@127.0.0.1:{port}"
    finally:
        run(binaries / "pg_ctl", "-D", folder / "data", "-m", "immediate", "stop")
        shutil.rmtree(folder)


def administer(server: str, statement: str) -> None:
    """Make or drop a database. ``server``: as :func:`postgres_server` gives it."""
    engine = create_engine(f"{server}/postgres", isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
