"""What children do in tests; with little to load, since each loads it anew."""

from __future__ import annotations

import gc
import os
import time
from multiprocessing.connection import Connection


def begin_and_stop() -> None:
    """What a child taken over may do: a few bytes in the pipe that leads to its parent, then nothing."""
    [pipe] = [found for found in gc.get_objects() if isinstance(found, Connection)]
    os.write(pipe.fileno(), b"\x80\x05\x95")
    time.sleep(30)


def secrets_seen() -> bool:
    """Whether there is anything at all in its environment."""
    return bool(os.environ)
