"""Days that are not as usual, as a person types them: one a line.

``24/12/2026 : pont`` · ``24/12/2026 au 31/12/2026 : fin d’année`` · ``21/07 : fête patronale`` (every year) ·
``05/12/2026 9h-12h : samedi ouvert`` (the hours of that day, whatever else is said of it).
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from engine.calendar.faults import CalendarFault
from engine.calendar.model import Closure, SpecialDay, WorkingCalendar, YearlyClosure, read_ranges
from engine.calendar.reading import MAX_ENTRIES

_DAY = r"(\d{1,2})/(\d{1,2})/(\d{4})"
_LINE = re.compile(rf"{_DAY}(?:\s+(?:au|à|-|–)\s+{_DAY})?\s*(.*)")
_YEARLY = re.compile(r"(\d{1,2})/(\d{1,2})(?!/)\s*(.*)")
_COLON = re.compile(r":(?!\d\d)|(?<!\d):")
_LABEL = 200


def with_days(calendar: WorkingCalendar, text: str) -> WorkingCalendar:
    """The calendar with the days of these lines in place of its own. Raises :class:`CalendarFault` naming the line."""
    lines = [" ".join(line.split()) for line in text.splitlines() if line.strip()]
    if len(lines) > MAX_ENTRIES:
        raise CalendarFault(f"Il y a {len(lines)} jours particuliers : gardez-en {MAX_ENTRIES} au plus.")
    found = [_read(line) for line in lines]
    return replace(
        calendar,
        closures=tuple(one for one in found if isinstance(one, Closure)),
        yearly=tuple(one for one in found if isinstance(one, YearlyClosure)),
        special=tuple(one for one in found if isinstance(one, SpecialDay)),
    )


def lines_of(calendar: WorkingCalendar) -> str:
    """The same lines."""
    lines = [
        f"{_shown(one.first)}{f' au {_shown(one.last)}' if one.last != one.first else ''}{_labelled(one.label)}"
        for one in calendar.closures
    ]
    lines += [f"{one.day:02}/{one.month:02}{_labelled(one.label)}" for one in calendar.yearly]
    lines += [
        f"{_shown(one.day)} {', '.join(map(str, one.ranges)) or 'fermé'}{_labelled(one.label)}"
        for one in calendar.special
    ]
    return "\n".join(lines)


def _read(line: str) -> Closure | YearlyClosure | SpecialDay:
    written = _LINE.fullmatch(line)
    if written is not None:
        first, last = _day(written.group(1, 2, 3), line), written.group(4, 5, 6)
        hours, label = _split(written[7])
        if hours and last[0] is None:
            return SpecialDay(first, read_ranges(hours), label)
        if not hours:
            return Closure(first, _day(last, line) if last[0] is not None else first, label)
    yearly = _YEARLY.fullmatch(line)
    if yearly is not None:
        hours, label = _split(yearly[3])
        if not hours:
            return YearlyClosure(int(yearly[2]), int(yearly[1]), label)
    raise CalendarFault(
        f"« {line[:80]} » n’est pas compris : écrivez une date, deux dates séparées par « au », ou une date et des"
        " heures, puis « : » et un nom."
    )


def _split(rest: str) -> tuple[str, str]:
    """The hours, and the label after the first colon that is not that of an hour (``09:00``)."""
    colon = _COLON.search(rest)
    if colon is None:
        return rest.strip(), ""
    return rest[: colon.start()].strip(), rest[colon.end() :].strip()[:_LABEL]


def _day(parts: tuple[str | None, ...], line: str) -> date:
    day, month, year = (int(part or 0) for part in parts)
    try:
        return date(year, month, day)
    except ValueError:
        raise CalendarFault(f"« {line[:80]} » : le {day}/{month}/{year} n’existe pas ; corrigez cette date.") from None


def _shown(day: date) -> str:
    return f"{day:%d/%m}/{day.year:04}"


def _labelled(label: str) -> str:
    return f" : {label}" if label else ""
