"""What a process weighs."""

from __future__ import annotations

from pathlib import Path


def memory_mb(pid: int | str, line: str = "VmRSS") -> float:
    """A line of ``/proc/<pid>/status`` in MB: ``VmRSS`` now, ``VmHWM`` the most it has been.

    ``VmHWM`` rather than ``getrusage``, which keeps what the process that started this one needed.
    """
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    [found] = [item for item in status if item.startswith(f"{line}:")]
    return int(found.split()[1]) * 1024 / 1_000_000
