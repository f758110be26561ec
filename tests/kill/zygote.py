"""A process that has everything loaded and forks one child per order: each round is a real process, a real death.

Orders and answers are lines of JSON on standard input and output.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]


class ChildFault(Exception):
    """A child that was not killed ended badly; the message is its traceback."""


class Zygote:
    """The caller's side."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, order: dict[str, Any]) -> Any | None:
        """What the child answered; None when it was killed. Raises :class:`ChildFault`."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        status, answer = json.loads(self._process.stdout.readline())
        if status == 0:
            return json.loads(answer)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == 9:
            return None
        raise ChildFault(answer)


@contextmanager
def open_zygote() -> Iterator[Zygote]:
    """Start the process; it ends with its standard input."""
    command = [sys.executable, "-m", "tests.kill.zygote"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:
        try:
            yield Zygote(process)
        finally:
            assert process.stdin is not None
            process.stdin.close()


def _serve() -> None:
    from tests.kill.orders import obey

    answers = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the product logs is not an answer
    for line in sys.stdin:
        order = json.loads(line)
        answer = (0, json.dumps(obey(order))) if order.get("warm") else _in_child(obey, order)
        assert threading.active_count() == 1  # a fork carries one thread over
        print(json.dumps(answer), file=answers, flush=True)


def _in_child(obey: Any, order: dict[str, Any]) -> tuple[int, str]:
    ours, theirs = os.pipe()
    child = os.fork()
    if child == 0:
        status = 1
        try:
            answer = json.dumps(obey(order))
            status = 0
        except BaseException:
            answer = traceback.format_exc()
        with open(theirs, "w") as pipe:
            pipe.write(answer)
        os._exit(status)
    os.close(theirs)
    with open(ours) as pipe:
        answer = pipe.read()
    return os.waitpid(child, 0)[1], answer


if __name__ == "__main__":
    _serve()
