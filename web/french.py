"""Dates and numbers as the French write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from engine.folders.marks import MONTHS, french_moment

__all__ = ["day", "french_moment", "plural", "since", "size"]


def day(moment: datetime, zone: str) -> str:
    """``24 novembre 2026``."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{'1er' if local.day == 1 else local.day} {MONTHS[local.month - 1]} {local.year}"


def since(moment: datetime, zone: str, now: datetime) -> str:
    """``aujourd’hui à 9 h 05``, ``hier à 16 h 20``, else the whole date."""
    local, today = moment.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone)).date()
    days = (today - local.date()).days
    if days in (0, 1):
        return f"{'aujourd’hui' if days == 0 else 'hier'} à {local.hour} h {local.minute:02d}"
    return f"le {french_moment(moment, zone)}"


def plural(count: int, one: str, many: str) -> str:
    """``1 dossier``, ``0 dossier``, ``2 dossiers``."""
    return f"{count} {one if abs(count) < 2 else many}"


def size(octets: int) -> str:
    """``184 ko``, ``1,2 Mo``."""
    if octets < 1_000_000:
        return f"{max(1, round(octets / 1000))} ko"
    return f"{octets / 1_000_000:.1f} Mo".replace(".", ",")
