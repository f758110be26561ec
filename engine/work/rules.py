"""When to try again."""

from __future__ import annotations

from datetime import timedelta

#: How long a worker holds a row before another one may take it.
LEASE = timedelta(minutes=2)
#: After this many failures the row is given up and shown to the administrator.
MAX_ATTEMPTS = 8
#: The longest wait between two attempts.
MAX_WAIT = timedelta(hours=1)


class Postpone(Exception):
    """Raised by a handler when the outside world is not there (mail server down): try again later, without limit.

    The message is the reason kept on the row.
    """


def wait_after(attempts: int) -> timedelta:
    """Exponential back-off: 2 s, 4 s, 8 s… capped at :data:`MAX_WAIT`."""
    return min(MAX_WAIT, timedelta(seconds=2 ** min(attempts, 12)))


def is_given_up(failures: int) -> bool:
    """A handler that fails is tried :data:`MAX_ATTEMPTS` times. Postponing, or dying, is no failure: tried for ever."""
    return failures >= MAX_ATTEMPTS
