"""Legal delays, counted on dates: from a day forward (to appeal, to reply) or from a meeting backward (to summon).

**Forward.** The day that starts a delay never counts, and months end on the same day of the month (code de procédure
civile, art. 641). A *clear* delay (*délai franc*) does not count its last day either, so that one may still act on the
day after; delays before administrative courts are clear (CE, sect., 4 June 1954, Commune de Décines-Charpieu). A
delay that would end on a Saturday, a Sunday or a holiday is extended to the next day that is none (art. 642).

**Backward.** A meeting held on day D after N clear days of notice is summoned on D − (N + 1) at the latest. Saturdays,
Sundays and holidays count as other days, and nothing is extended: extension would shorten the notice (CE, 13 October
1993, d’André; answers to questions Sénat 12-00343, AN 10-33389).

Days are those of the wall in the town's zone. The tenant's opening hours play no part here.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from engine.calendar.durations import MAX_DAYS, MAX_MONTHS, add_months
from engine.calendar.faults import CalendarFault
from engine.calendar.holidays import Territory, holidays_on
from engine.calendar.zones import at_minute, local_of

_DAY = timedelta(days=1)
_SATURDAY = 5


@dataclass(frozen=True, slots=True)
class LegalDelay:
    """A delay that runs forward from an event. Raises :class:`CalendarFault` for one that is empty or negative."""

    months: int = 0
    days: int = 0
    clear: bool = False  #: neither the first nor the last day counts
    extended: bool = True  #: to the next working day, when it would end on a Saturday, a Sunday or a holiday
    source: str = ""  #: the text, as it is cited

    def __post_init__(self) -> None:
        if not (0 <= self.months <= MAX_MONTHS and 0 <= self.days <= MAX_DAYS and self.months + self.days):
            raise CalendarFault("Un délai légal se compte en jours ou en mois, à partir de un : vérifiez-le.")


#: Appeal against a decision, before the administrative court.
COURT_APPEAL = LegalDelay(months=2, clear=True, source="CJA, art. R421-1")
#: The préfet's *déféré*, from the reception that the acknowledgement states.
PREFECT_REFERRAL = LegalDelay(months=2, clear=True, source="CGCT, art. L2131-6")


def is_idle(day: date, territory: Territory) -> bool:
    """Whether a legal delay may not end on a day: Saturday, Sunday or holiday (code de procédure civile, art. 642)."""
    return day.weekday() >= _SATURDAY or bool(holidays_on(day, territory))


def last_day(delay: LegalDelay, event: date, territory: Territory = Territory.METROPOLE) -> date:
    """The last day on which one may still act, up to its 24th hour. Raises :class:`CalendarFault` beyond year 2999."""
    try:
        day = add_months(event, delay.months) + timedelta(days=delay.days + int(delay.clear))
        while delay.extended and is_idle(day, territory):
            day += _DAY
    except OverflowError:
        raise CalendarFault(f"Le délai compté depuis le {event:%d/%m}/{event.year} sort du calendrier.") from None
    return day


def ends_at(delay: LegalDelay, event: date, territory: Territory, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which the last day ends: 24 h on the wall (code de procédure civile, art. 642)."""
    return at_minute(last_day(delay, event, territory) + _DAY, 0, zone)


@dataclass(frozen=True, slots=True)
class Notice:
    """How long before a meeting its summons or its papers must be sent. Raises :class:`CalendarFault` under one day."""

    days: int
    clear: bool  #: *jours francs*
    source: str

    def __post_init__(self) -> None:
        if not 1 <= self.days <= MAX_DAYS:
            raise CalendarFault("Un délai de convocation compte au moins un jour : vérifiez-le.")

    @property
    def _gap(self) -> timedelta:
        return timedelta(days=self.days + int(self.clear))


#: CGCT, as in force in 2026. A bill of 2025 would lengthen the first two: towns keep theirs in dated settings.
COUNCIL_BELOW_3500 = Notice(3, True, "CGCT, art. L2121-11")
COUNCIL_FROM_3500 = Notice(5, True, "CGCT, art. L2121-12")
COUNCIL_FIRST_MEETING = Notice(3, True, "CGCT, art. L2121-7")
COUNCIL_URGENT = Notice(1, True, "CGCT, art. L2121-11 et L2121-12")
DEPARTMENT_REPORTS = Notice(12, False, "CGCT, art. L3121-19")
REGION_REPORTS = Notice(12, False, "CGCT, art. L4132-18")


def latest_sending(notice: Notice, meeting: date) -> date:
    """The last day on which a summons for a meeting may be sent. Raises :class:`CalendarFault` at the ends of time."""
    try:
        return meeting - notice._gap
    except OverflowError:
        raise CalendarFault(f"Le délai compté avant le {meeting:%d/%m}/{meeting.year} sort du calendrier.") from None


def earliest_meeting(notice: Notice, sending: date) -> date:
    """The first day on which a meeting summoned on a day may be held. Raises :class:`CalendarFault`, as above."""
    try:
        return sending + notice._gap
    except OverflowError:
        raise CalendarFault(f"Le délai compté depuis le {sending:%d/%m}/{sending.year} sort du calendrier.") from None


def sent_in_time(notice: Notice, sent: datetime, meeting: date, zone: ZoneInfo) -> bool:
    """Whether a summons sent at a moment was in time: its sending counts, on the local date (CE, 1954, Peslier).

    Raises :class:`CalendarFault` for a moment without zone.
    """
    return local_of(sent, zone).date() <= latest_sending(notice, meeting)
