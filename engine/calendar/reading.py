"""A calendar as plain data (JSON), to be kept in settings or sent by a form, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar

from engine.calendar.faults import CalendarFault
from engine.calendar.holidays import Feast, Territory
from engine.calendar.model import (
    WEEKDAYS,
    Closure,
    OpenRange,
    SpecialDay,
    WeekHours,
    WorkingCalendar,
    YearlyClosure,
    read_ranges,
)

_E = TypeVar("_E", bound=StrEnum)
_FIELDS = {"zone", "territory", "week", "closures", "yearly", "special", "worked"}
#: More entries than any town declares, so that a mistake in a form does not slow every timer.
MAX_ENTRIES = 400


def calendar_to_data(calendar: WorkingCalendar) -> dict[str, Any]:
    """Plain data that :func:`calendar_from_data` reads back."""
    return {
        "zone": calendar.zone_name,
        "territory": calendar.territory.value,
        "week": {name: _ranges(ranges) for name, ranges in zip(WEEKDAYS, calendar.week.days, strict=True)},
        "closures": [
            {"first": item.first.isoformat(), "last": item.last.isoformat(), "label": item.label}
            for item in calendar.closures
        ],
        "yearly": [{"day": f"{item.day:02}/{item.month:02}", "label": item.label} for item in calendar.yearly],
        "special": [
            {"day": item.day.isoformat(), "hours": _ranges(item.ranges), "label": item.label}
            for item in calendar.special
        ],
        "worked": sorted(calendar.worked),
    }


def calendar_from_data(data: Mapping[str, Any]) -> WorkingCalendar:
    """The calendar that plain data say; what is missing is as in :class:`WorkingCalendar`.

    Raises :class:`CalendarFault` that names the first entry at fault.
    """
    unknown = sorted(set(map(str, data)) - _FIELDS)
    if unknown:
        raise CalendarFault(
            f"Le calendrier ne connaît pas « {unknown[0]} » : les rubriques sont {', '.join(sorted(_FIELDS))}."
        )
    usual = WorkingCalendar()
    return WorkingCalendar(
        week=_week(data["week"]) if "week" in data else usual.week,
        territory=_choice(Territory, data.get("territory", usual.territory), "territory"),
        zone_name=_text(data.get("zone", usual.zone_name), "zone"),
        closures=tuple(
            Closure(_day(item, "first", "closures"), _day(item, "last", "closures"), _label(item, "closures"))
            for item in _entries(data, "closures")
        ),
        yearly=tuple(_yearly(item) for item in _entries(data, "yearly")),
        special=tuple(
            SpecialDay(
                _day(item, "day", "special"),
                read_ranges(_text(item.get("hours", ""), "special.hours")),
                _label(item, "special"),
            )
            for item in _entries(data, "special")
        ),
        worked=frozenset(_choice(Feast, item, "worked") for item in _sequence(data.get("worked", ()), "worked")),
    )


def _ranges(ranges: Sequence[OpenRange]) -> str:
    return ", ".join(map(str, ranges))


def _week(value: Any) -> WeekHours:
    if not isinstance(value, Mapping) or (unknown := sorted(set(map(str, value)) - set(WEEKDAYS))):
        fault = f"« {unknown[0]} » n’est pas un jour" if isinstance(value, Mapping) else "« week » n’est pas une table"
        raise CalendarFault(f"{fault} : indiquez les horaires de {', '.join(WEEKDAYS)}.")
    return WeekHours(tuple(read_ranges(_text(value.get(name, ""), f"week.{name}")) for name in WEEKDAYS))


def _yearly(item: Mapping[str, Any]) -> YearlyClosure:
    text = _text(item.get("day", ""), "yearly.day")
    day, _, month = text.partition("/")
    if not (day.isascii() and day.isdigit() and month.isascii() and month.isdigit()):
        raise CalendarFault(f"« {text} » n’est pas une date : indiquez un jour et un mois, par exemple 21/07.")
    return YearlyClosure(int(month[:4]), int(day[:4]), _label(item, "yearly"))


def _day(item: Mapping[str, Any], name: str, entry: str) -> date:
    text = _text(item.get(name, ""), f"{entry}.{name}")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise CalendarFault(
            f"« {text} » ({entry}.{name}) n’est pas une date : écrivez par exemple 2026-12-24."
        ) from None


def _label(item: Mapping[str, Any], entry: str) -> str:
    return _text(item.get("label", ""), f"{entry}.label")


def _entries(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    entries = _sequence(data.get(name, ()), name)
    if any(not isinstance(item, Mapping) for item in entries):
        raise CalendarFault(f"Chaque entrée de « {name} » doit être une table : vérifiez-la.")
    return entries


def _sequence(value: Any, name: str) -> list[Any]:
    if not isinstance(value, list | tuple) or len(value) > MAX_ENTRIES:
        raise CalendarFault(f"« {name} » doit être une liste d’au plus {MAX_ENTRIES} entrées.")
    return list(value)


def _text(value: Any, name: str) -> str:
    if not isinstance(value, str):
        raise CalendarFault(f"« {name} » doit être un texte : vérifiez-le.")
    return value


def _choice(choices: type[_E], value: Any, name: str) -> _E:
    try:
        return choices(value)
    except ValueError:
        raise CalendarFault(
            f"« {value} » n’est pas une valeur de « {name} » : choisissez parmi {', '.join(choices)}."
        ) from None
