"""Every instant at which a process may die: before and after each write, in the database and in the document store.

SIGKILL gives a process no chance: what was not committed is gone, what was committed stays.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import obstore
from sqlalchemy import Engine, event
from sqlalchemy.engine.default import DefaultDialect

_WRITES = {"INSERT", "UPDATE", "DELETE"}


class Points:
    """Counts the instants, and ends the process at one of them."""

    def __init__(self, fatal: Callable[[], int | None]) -> None:
        """``fatal``: the number of the instant to die at, 1 is the first; None: this instant is not counted."""
        self.names: list[str] = []
        self._fatal = fatal

    def at(self, name: str) -> None:
        """One instant."""
        fatal = self._fatal()
        if fatal is None:
            return
        self.names.append(name)
        if len(self.names) == fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def install(points: Points, folder: Path) -> None:
    """Watch this process until it ends. ``folder``: where the documents and what waits to be one are."""
    _watch_database(points)
    _watch_files(points, folder)
    _watch_mails(points)


def _watch_database(points: Points) -> None:
    def table(statement: str) -> str | None:
        words = statement.split(None, 3)
        return " ".join(words[:3]) if words and words[0].upper() in _WRITES else None

    def before(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if name := table(statement):
            points.at(f"before {name}")

    def after(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if name := table(statement):
            points.at(f"after {name}")

    event.listen(Engine, "before_cursor_execute", before)
    event.listen(Engine, "after_cursor_execute", after)
    _surround(DefaultDialect, "do_commit", points, "COMMIT")


def _watch_files(points: Points, folder: Path) -> None:
    """Audit events (PEP 578) come before the operation; what follows a file operation is the next instant."""

    def ours(path: object) -> bool:
        return isinstance(path, str | bytes | os.PathLike) and os.fsdecode(path).startswith(str(folder))

    def hook(name: str, arguments: tuple[Any, ...]) -> None:
        opened = name == "open" and ours(arguments[0]) and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        if opened or (name in {"os.remove", "os.rename", "os.link", "os.mkdir"} and ours(arguments[0])):
            points.at(f"before {name}")

    sys.addaudithook(hook)
    _surround(obstore, "put", points, "the store keeps")
    _surround(os, "fsync", points, "fsync")
    plain = os.fdopen

    def fdopen(*arguments: Any, **options: Any) -> Any:
        return _Torn(plain(*arguments, **options), points)

    os.fdopen = fdopen


class _Torn:
    """A file whose writes may be cut in the middle."""

    def __init__(self, file: Any, points: Points) -> None:
        self._file, self._points = file, points

    def __enter__(self) -> _Torn:
        return self

    def __exit__(self, *error: object) -> None:
        self._file.close()

    def write(self, data: bytes) -> int:
        half = len(data) // 2
        self._file.write(data[:half])
        self._file.flush()
        self._points.at("half of a piece is written")
        self._file.write(data[half:])
        return len(data)


def _watch_mails(points: Points) -> None:
    from notifications import handlers

    _surround(handlers, "send", points, "the SMTP server accepts")


def _surround(where: Any, name: str, points: Points, what: str) -> None:
    plain = getattr(where, name)

    def watched(*arguments: Any, **options: Any) -> Any:
        points.at(f"before {what}")
        result = plain(*arguments, **options)
        points.at(f"after {what}")
        return result

    setattr(where, name, watched)
