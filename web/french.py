"""Dates, numbers and spaces as the French write them."""

from __future__ import annotations

import re
from datetime import date, datetime
from zoneinfo import ZoneInfo

from engine.folders.marks import french_moment
from signing.french import french_day

__all__ = ["day", "day_of", "french_moment", "plural", "since", "size", "typeset", "typeset_html"]

_NBSP = "\u00a0"
#: Before high punctuation, inside quotation marks, around the h of an hour and before a unit.
_SPACES = r" (?=[;:?!»])|(?<=«) |(?<=\d) (?=(?:h|ko|Mo)\b)|(?<=\d h) (?=\d)|(?<=n°) (?=\d)"
_TEXT = re.compile(_SPACES)
_HTML = re.compile(rf"<(textarea|pre|script|code)\b.*?</\1>|<[^>]*>|{_SPACES}", re.DOTALL)


def day(moment: datetime, zone: str) -> str:
    """``24 novembre 2026``."""
    return french_day(moment.astimezone(ZoneInfo(zone)))


def day_of(day: date) -> str:
    """``24 novembre 2026``, of a day that has no zone."""
    return french_day(day)


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


def typeset(text: str) -> str:
    """The same sentence with the non-breaking spaces that French typography asks for."""
    return _TEXT.sub(_NBSP, text)


def typeset_html(page: str) -> str:
    """:func:`typeset` on the text of a page: tags, what people type and technical reports stay as they are."""
    return _HTML.sub(lambda found: found[0] if found[0][0] == "<" else _NBSP, page)
