"""Dates as the French write them."""

from __future__ import annotations

from datetime import datetime

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def french_day(moment: datetime) -> str:
    """``24 novembre 2026``, ``1er décembre 2026``: the day of ``moment`` in the zone that it carries."""
    return f"{'1er' if moment.day == 1 else moment.day} {MONTHS[moment.month - 1]} {moment.year}"
