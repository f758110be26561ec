"""The calendar of a town that has not said its own: usual hours, holidays of its zone."""

from __future__ import annotations

from functools import lru_cache

from engine.calendar.holidays import TERRITORIES, Territory
from engine.calendar.model import WorkingCalendar


@lru_cache(maxsize=64)
def usual_calendar(zone_name: str) -> WorkingCalendar:
    """Monday to Friday at usual hours, with the holidays of the first territory whose chief town is in this zone.

    ``zone_name``: IANA. Raises ``CalendarFault`` when there is no such zone.
    """
    territory = next((one for one, facts in TERRITORIES.items() if facts.zone == zone_name), Territory.METROPOLE)
    return WorkingCalendar(territory=territory, zone_name=zone_name)
