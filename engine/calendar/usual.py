"""The calendar of a town: the one that it says, or else usual hours and the holidays of its zone."""

from __future__ import annotations

import json
from functools import lru_cache

from engine.calendar.holidays import TERRITORIES, Territory
from engine.calendar.model import WorkingCalendar
from engine.calendar.reading import calendar_from_data, calendar_to_data


@lru_cache(maxsize=64)
def usual_calendar(zone_name: str) -> WorkingCalendar:
    """Monday to Friday at usual hours, with the holidays of the first territory whose chief town is in this zone.

    ``zone_name``: IANA. Raises ``CalendarFault`` when there is no such zone.
    """
    territory = next((one for one, facts in TERRITORIES.items() if facts.zone == zone_name), Territory.METROPOLE)
    return WorkingCalendar(territory=territory, zone_name=zone_name)


@lru_cache(maxsize=1_000)
def town_calendar(zone_name: str, said: str) -> WorkingCalendar:
    """The calendar of a town whose zone is ``zone_name``; ``said``: what :func:`said_of` kept, or nothing.

    Raises ``CalendarFault`` when either is not what it should be.
    """
    return calendar_from_data({**json.loads(said), "zone": zone_name}) if said else usual_calendar(zone_name)


def said_of(calendar: WorkingCalendar) -> str:
    """What is kept of the calendar that a town says; the zone is kept beside it. Nothing when it is the usual one."""
    if calendar == usual_calendar(calendar.zone_name):
        return ""
    data = calendar_to_data(calendar)
    del data["zone"]
    return json.dumps(data, ensure_ascii=False, sort_keys=True)
