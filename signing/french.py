"""Dates and absences as the French write them."""

from __future__ import annotations

import unicodedata
from datetime import date

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip


def french_day(moment: date) -> str:
    """``24 novembre 2026``, ``1er décembre 2026``: a day, or that of a moment in the zone that it carries."""
    return f"{'1er' if moment.day == 1 else moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def in_the_absence_of(name: str) -> str:
    """``en l’absence de Zoé ÇELIK``, ``en l’absence d’Anne NOËL``."""
    elided = unicodedata.normalize("NFD", name)[:1].upper() in {*"AEIOU"}
    return f"en l’absence {'d’' if elided else 'de '}{name}"
