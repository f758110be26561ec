"""Processes that are measured: starting them, waiting for their page, weighing them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx2

#: Seconds between two looks at something that is starting.
_BEAT = 0.02
#: Variables of whoever measures, which are none of the product's.
_NOT_OURS = ("PARAPHEUR_", "PYTHON", "VIRTUAL_ENV", "MAKE", "MFLAGS")


@contextmanager
def running(
    command: Sequence[str | Path], folder: Path, environment: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """A command in a process group of its own, its words in ``folder/log``; asked to stop at the end, with its own."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(_NOT_OURS)}
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, cwd=folder, stdout=log, stderr=log, env={**known, **(environment or {})}, start_new_session=True
        )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the group to stop; whatever has not after a while is killed."""
    for number, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 5)):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=patience)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        break
    process.wait()


def parapheur(*arguments: str) -> list[str]:
    """The product's command with this interpreter."""
    return [sys.executable, "-m", "parapheur.cli", *arguments]


def wait_for_page(port: int, process: subprocess.Popen[bytes], folder: Path, patience: float) -> None:
    """Return as soon as the server answers on the loopback.

    Raises :class:`RuntimeError` with the last words of the command when it ends before, or after ``patience`` seconds.
    """
    end = time.monotonic() + patience
    while time.monotonic() < end and process.poll() is None:
        try:
            httpx2.get(f"http://127.0.0.1:{port}/sante", timeout=5).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(_BEAT)
        else:
            return
    words = (folder / "log").read_text(errors="replace")[-2000:]
    raise RuntimeError(f"the page does not answer on port {port}:\n{words}")


def descendants(pid: int) -> list[int]:
    """The processes that this one started, and those that they started."""
    children: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile
        children.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found: list[int] = []
    waiting = [pid]
    while waiting:
        started = children.get(waiting.pop(), [])
        found += started
        waiting += started
    return found


def command_of(pid: int) -> list[str]:
    """The words of the command that this process runs; none when it has ended."""
    try:
        return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").rstrip("\0").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
