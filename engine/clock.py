"""The one place that reads the clock, and the zone in which people see time."""

from __future__ import annotations

from datetime import UTC, datetime

DEFAULT_ZONE = "Europe/Paris"


def utc_now() -> datetime:
    """The present moment, aware, in UTC. Called at the edges (views, worker, commands), never inside rules."""
    return datetime.now(UTC)
