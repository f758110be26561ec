"""Working days and working hours of a town: whether, when next, how much, how far.

Two lines of time. **Working days** are whole days, 0 h to 24 h, from which days without opening hours are removed.
**Working hours** are the real time during which the town is open. On both, later never gives earlier.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from engine.calendar.durations import MAX_DAYS
from engine.calendar.faults import CalendarFault
from engine.calendar.holidays import holidays_on
from engine.calendar.model import OpenRange, WorkingCalendar
from engine.calendar.zones import DAY_MINUTES, at_minute, local_of, moment_of

_DAY = timedelta(days=1)


def ranges_on(calendar: WorkingCalendar, day: date) -> tuple[OpenRange, ...]:
    """The opening hours of a day: special hours first, then closures and holidays, then the usual week.

    Raises :class:`CalendarFault` for a day whose holidays are not known.
    """
    for special in calendar.special:
        if special.day == day:
            return special.ranges
    closed = any(closure.covers(day) for closure in calendar.closures) or any(
        (yearly.month, yearly.day) == (day.month, day.day) for yearly in calendar.yearly
    )
    if closed or any(holiday.feast not in calendar.worked for holiday in holidays_on(day, calendar.territory)):
        return ()
    return calendar.week.days[day.weekday()]


def is_working_day(calendar: WorkingCalendar, day: date) -> bool:
    """Whether the town opens at all on a day (*jour ouvré*). Raises :class:`CalendarFault`, as above."""
    return bool(ranges_on(calendar, day))


def is_open(calendar: WorkingCalendar, moment: datetime) -> bool:
    """Whether the town is open at a moment; at the minute of closing it no longer is."""
    day = local_of(moment, calendar.zone).date()
    return any(start <= moment < end for start, end in _open_on(calendar, day))


def working_day_from(calendar: WorkingCalendar, day: date) -> date:
    """This day when it is worked, else the next that is. Raises :class:`CalendarFault` when none comes."""
    return next(_working_days(calendar, day, 1))


def next_opening(calendar: WorkingCalendar, moment: datetime) -> datetime:
    """The moment itself when the town is open, else its next opening, in UTC. Raises :class:`CalendarFault`."""
    for start, end in _openings(calendar, local_of(moment, calendar.zone).date(), 1):
        if moment < end:
            return max(moment.astimezone(UTC), start)
    raise AssertionError("unreachable: the line of openings ends with a fault")


def add_working_days(calendar: WorkingCalendar, start: datetime, days: int) -> datetime:
    """The moment, in UTC, that is so many working days later (earlier when negative), at the same time on the wall.

    The start's own day is not counted. A start on a day that is not worked counts from the end of that rest (from its
    beginning, going back): Saturday 10:00 plus two working days is Tuesday at 24:00, written Wednesday 00:00.
    Raises :class:`CalendarFault` when no such day comes within a century.
    """
    if abs(days) > MAX_DAYS:
        raise CalendarFault(f"{abs(days)} jours ouvrés dépassent un siècle : vérifiez le nombre saisi.")
    local = local_of(start, calendar.zone)
    if not days:
        return start.astimezone(UTC)
    step = 1 if days > 0 else -1
    worked = is_working_day(calendar, local.date())
    line = _working_days(calendar, local.date() + (step * _DAY if worked else timedelta()), step)
    for _ in range(abs(days) - 1):
        next(line)
    day = next(line)
    if worked:
        return moment_of(datetime.combine(day, local.time()), calendar.zone, later=bool(local.fold))
    return at_minute(day + _DAY if step > 0 else day, 0, calendar.zone)


def working_days_between(calendar: WorkingCalendar, first: date, last: date) -> int:
    """How many days are worked after ``first``, up to ``last`` included; negative when ``last`` comes before."""
    if last < first:
        return -working_days_between(calendar, last, first)
    span = (last - first).days
    if span > MAX_DAYS:
        raise CalendarFault("Ces deux dates sont à plus d’un siècle l’une de l’autre : vérifiez-les.")
    return sum(is_working_day(calendar, first + timedelta(days=count)) for count in range(1, span + 1))


def add_working_time(calendar: WorkingCalendar, start: datetime, amount: timedelta) -> datetime:
    """The first moment, in UTC, before which that much working time has passed since ``start``.

    With a negative amount, the last moment after which that much passes until ``start``. An amount that ends with the
    day ends at closing, not at the next opening. Raises :class:`CalendarFault` when it takes more than a century.
    """
    moment = start.astimezone(UTC) if start.tzinfo else local_of(start, calendar.zone)
    if not amount:
        return moment
    step, left = (1, amount) if amount > timedelta() else (-1, -amount)
    for opened, closed in _openings(calendar, local_of(moment, calendar.zone).date(), step):
        begin, end = (max(opened, moment), closed) if step > 0 else (opened, min(closed, moment))
        if begin >= end:
            continue
        if left <= end - begin:
            return begin + left if step > 0 else end - left
        left -= end - begin
    raise AssertionError("unreachable: the line of openings ends with a fault")


def working_time_between(calendar: WorkingCalendar, start: datetime, end: datetime) -> timedelta:
    """How long the town is open from a moment to another; negative when the second comes before.

    Raises :class:`CalendarFault` beyond a century.
    """
    if end < start:
        return -working_time_between(calendar, end, start)
    first, last = (local_of(moment, calendar.zone).date() for moment in (start, end))
    if (last - first).days > MAX_DAYS:
        raise CalendarFault("Ces deux dates sont à plus d’un siècle l’une de l’autre : vérifiez-les.")
    total = timedelta()
    for count in range((last - first).days + 1):
        for opened, closed in _open_on(calendar, first + timedelta(days=count)):
            total += max(timedelta(), min(closed, end) - max(opened, start))
    return total


def _open_on(calendar: WorkingCalendar, day: date) -> Iterator[tuple[datetime, datetime]]:
    """The ranges of a day as moments; those that a change of clocks swallows are left out."""
    ranges = ranges_on(calendar, day)
    if not ranges:
        return
    zone = calendar.zone
    midnight = at_minute(day, 0, zone)
    plain = at_minute(day, DAY_MINUTES, zone) - midnight == _DAY  # no change of clocks: minutes are minutes
    for item in ranges:
        if plain:
            yield midnight + timedelta(minutes=item.start), midnight + timedelta(minutes=item.end)
            continue
        opened, closed = (at_minute(day, minute, zone) for minute in (item.start, item.end))
        if opened < closed:
            yield opened, closed


def _working_days(calendar: WorkingCalendar, first: date, step: int) -> Iterator[date]:
    """The days worked from a day on, in the direction of ``step``; a fault after a century in all."""
    for count in range(0, MAX_DAYS * step, step):
        day = _moved(first, count)
        if is_working_day(calendar, day):
            yield day
    raise CalendarFault("Le siècle n’y suffit pas : vérifiez le délai, les horaires et les fermetures.")


def _openings(calendar: WorkingCalendar, first: date, step: int) -> Iterator[tuple[datetime, datetime]]:
    for day in _working_days(calendar, first, step):
        yield from list(_open_on(calendar, day))[::step]


def _moved(day: date, days: int) -> date:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        raise CalendarFault(f"Le délai compté depuis le {day:%d/%m}/{day.year} sort du calendrier.") from None
