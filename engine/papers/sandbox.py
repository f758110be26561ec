"""Running a function on somebody's file in a child process with limits.

Guaranteed: wall time, processor time, memory and size of written files are bounded; a crash stays in the child; the
child has none of our environment; what it answers may only be made of our own values (a child taken over by a
hostile file cannot make us run code). Best effort: no network, through a network namespace of its own where the
kernel allows it to this user.

Children come from a fork server that has the parsers already loaded, so that a call costs a few milliseconds, and die
with it.
"""

from __future__ import annotations

import ctypes
import importlib
import io
import multiprocessing
import os
import pickle
import resource
import signal
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from functools import cache
from multiprocessing.connection import Connection
from typing import Any

from engine.refusals import Refused

_CLONE_NEWNET, _CLONE_NEWUSER, _PR_SET_PDEATHSIG = 0x40000000, 0x10000000, 1
#: Children at once: each may use up to its memory limit.
MAX_CHILDREN = 4
#: Bytes read at once of what a child says.
_PIECE = 1 << 16
#: Loaded once in the fork server.
PRELOADED = ["engine.circuits.importing", "engine.papers.pdf", "signing.pades", "signing.validation"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What a child may use."""

    seconds: float = 20.0  #: wall time; processor time is bounded to the same
    memory: int = 1_500_000_000  #: bytes of address space
    file_size: int = 400_000_000  #: bytes of one file written
    answer: int = 400_000_000  #: bytes of what it answers


class ChildFailed(Refused):
    """The file could not be examined within the limits."""


_context = multiprocessing.get_context("forkserver")
_slots = threading.BoundedSemaphore(MAX_CHILDREN)


@cache
def warm() -> None:
    """Start the fork server now, once per process, so that the first visitor does not wait for it."""
    _context.set_forkserver_preload(PRELOADED)
    run_in_child("engine.papers.sandbox.ready")


def ready() -> bool:
    """Does nothing, in a child."""
    return True


def run_in_child(function: str, *args: Any, limits: Limits | None = None, **kwargs: Any) -> Any:
    """Call ``package.module.function`` in a child and return its result.

    Raises :class:`ChildFailed` when the child ran out of time or memory or crashed, and whatever refusal the function
    itself raised (:class:`Refused`, ``SigningRefused``).
    """
    limits = limits or Limits()
    _context.set_forkserver_preload(PRELOADED)
    with _slots:
        ours, theirs = _context.Pipe(duplex=False)
        child = _context.Process(target=_child, args=(theirs, function, args, kwargs, limits), daemon=True)
        child.start()
        theirs.close()
        try:
            ok, value = _read(_all_of(ours, limits))
        finally:
            child.kill()
            child.join()
            ours.close()
    if ok:
        return value
    raise value


def _all_of(pipe: Connection, limits: Limits) -> bytes:
    """What a child says until it closes its end, all of it in time: one taken over may begin a sentence and stop."""
    deadline = time.monotonic() + limits.seconds
    said = bytearray()
    while True:
        if not pipe.poll(max(0.0, deadline - time.monotonic())):
            raise ChildFailed(
                "too_slow", "L’examen de ce fichier prend trop de temps : il est trop complexe. Rien n’a été fait."
            )
        piece = os.read(pipe.fileno(), _PIECE)
        said += piece
        if len(said) > limits.answer:
            raise _crashed()
        if not piece:
            break
    if not said:
        raise _crashed()
    return bytes(said)


def _crashed() -> ChildFailed:
    return ChildFailed(
        "unreadable", "Ce fichier ne peut pas être lu : il est abîmé ou trop complexe. Rien n’a été fait."
    )


def _child(pipe: Connection, function: str, args: Any, kwargs: Any, limits: Limits) -> None:
    _confine(limits)
    try:
        answer: tuple[bool, Any] = (True, _resolve(function)(*args, **kwargs))
    except MemoryError:
        answer = (False, ChildFailed("too_big", "Ce fichier demande trop de mémoire. Rien n’a été fait."))
    except Exception as error:  # the parent decides what to do with our refusals; the rest is a crash
        known = isinstance(error, Refused) or type(error).__module__.startswith("signing.")
        answer = (False, error if known else _crashed())
    said = memoryview(_write(answer))
    with suppress(BrokenPipeError):  # the parent may have stopped waiting
        while said:
            said = said[os.write(pipe.fileno(), said) :]
    pipe.close()


def _confine(limits: Limits) -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if libc.unshare(_CLONE_NEWNET) != 0:
        libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET)  # refused in some containers: see the module's docstring
    os.environ.clear()
    seconds = int(limits.seconds) + 1
    for what, value in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_FSIZE, limits.file_size),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (value, value))


def _resolve(function: str) -> Callable[..., Any]:
    module, _, name = function.rpartition(".")
    found: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return found


class _Plainly(pickle.Pickler):
    """Writes an enumeration by its value: before Python 3.11.4 it would be written as a call of ``getattr``."""

    def reducer_override(self, value: Any) -> Any:
        return (type(value), (value.value,)) if isinstance(value, Enum) else NotImplemented


def _write(value: Any) -> bytes:
    written = io.BytesIO()
    _Plainly(written).dump(value)
    return written.getvalue()


class _OurValues(pickle.Unpickler):
    """Reads only values made of our own classes and of plain ones."""

    PLAIN = frozenset(
        {
            ("builtins", "frozenset"),
            ("builtins", "set"),
            ("builtins", "bytearray"),
            ("datetime", "datetime"),
            ("datetime", "timezone"),
            ("datetime", "timedelta"),
        }
    )

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in self.PLAIN:
            return super().find_class(module, name)
        if module.partition(".")[0] in {"engine", "signing"}:
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} is not a value of ours")


def _read(data: bytes) -> Any:
    try:
        return _OurValues(io.BytesIO(data)).load()
    except (pickle.UnpicklingError, EOFError):
        return False, _crashed()
