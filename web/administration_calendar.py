"""Administration of the calendar: when the town works, as timers, reminders and delays count it."""

from __future__ import annotations

from starlette.responses import Response

from engine.calendar import (
    TERRITORIES,
    CalendarFault,
    Feast,
    Territory,
    WeekHours,
    WorkingCalendar,
    lines_of,
    public_holidays,
    read_ranges,
    town_calendar,
    with_days,
)
from engine.calendar.model import WEEKDAYS
from engine.desks.calendar import say_calendar
from web.visits import Visit

CALENDAR = "/administration/calendrier"
#: Longest text of a field, in characters.
_LONGEST = 40_000


def show_calendar(visit: Visit) -> Response:
    """When the town works, and the public holidays of the year."""
    tenant = visit.person.tenant
    calendar = town_calendar(tenant.zone, tenant.calendar)
    form = {name: ", ".join(map(str, ranges)) for name, ranges in zip(WEEKDAYS, calendar.week.days, strict=True)}
    form["days"] = lines_of(calendar)
    return _page(visit, calendar.territory, form, Feast.WHIT_MONDAY in calendar.worked, {})


def do_calendar(visit: Visit) -> Response:
    """Keep what is said of it; delays that begin from now on are counted so."""
    form = {name: visit.text(name)[:_LONGEST] for name in (*WEEKDAYS, "days")}
    territory = next((one for one in Territory if one.value == visit.text("territory")), Territory.METROPOLE)
    works = visit.text("whit_monday") == "oui"
    faults: dict[str, str] = {}
    week = []
    for name in WEEKDAYS:
        try:
            week.append(read_ranges(form[name]))
        except CalendarFault as fault:
            faults[name] = str(fault)
    worked = frozenset({Feast.WHIT_MONDAY} if works else ())
    calendar = WorkingCalendar(zone_name=visit.zone, territory=territory, worked=worked)
    try:
        calendar = with_days(calendar, form["days"])
    except CalendarFault as fault:
        faults["days"] = str(fault)
    if not faults:
        try:
            hours = WeekHours(tuple(week))
        except CalendarFault as fault:
            faults[WEEKDAYS[0]] = str(fault)
    if faults:
        return _page(visit, territory, form, works, faults, status=422)
    calendar = WorkingCalendar(
        hours, territory, visit.zone, calendar.closures, calendar.yearly, calendar.special, calendar.worked
    )
    with visit.services.database.writing() as session:
        by = visit.person.account.id
        changed = say_calendar(session, tenant_id=visit.tenant_id, by=by, calendar=calendar, now=visit.now)
        session.commit()
    return visit.go(CALENDAR, "Le calendrier est enregistré." if changed else "Rien n’a changé.")


def _page(
    visit: Visit, territory: Territory, form: dict[str, str], works: bool, faults: dict[str, str], status: int = 200
) -> Response:
    year = visit.now.year
    return visit.render(
        "administration/calendar.html",
        status=status,
        form=form,
        faults=faults,
        works=works,
        territory=territory.value,
        territories={one.value: facts.name for one, facts in TERRITORIES.items()},
        weekdays=WEEKDAYS,
        year=year,
        holidays=public_holidays(year, territory),
    )
