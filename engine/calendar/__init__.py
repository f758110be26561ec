"""Dates and delays: holidays, opening hours, clear days, zones. One room for timers, reminders and legal delays.

No database, no clock: everything is given. What is counted, and by which text, is said in docs/calendar.md.
"""

from engine.calendar.delays import (
    COUNCIL_BELOW_3500,
    COUNCIL_FIRST_MEETING,
    COUNCIL_FROM_3500,
    COUNCIL_URGENT,
    COURT_APPEAL,
    DEPARTMENT_REPORTS,
    PREFECT_REFERRAL,
    REGION_REPORTS,
    LegalDelay,
    Notice,
    earliest_meeting,
    last_day,
    latest_sending,
    sent_in_time,
)
from engine.calendar.due import After, At, Counting, Every, Rule, due, read_rule, returns
from engine.calendar.durations import Cycle, Duration, add_calendar
from engine.calendar.easter import easter_sunday
from engine.calendar.faults import CalendarFault
from engine.calendar.holidays import TERRITORIES, Feast, Holiday, Territory, public_holidays
from engine.calendar.lines import lines_of, with_days
from engine.calendar.model import (
    Closure,
    OpenRange,
    SpecialDay,
    WeekHours,
    WorkingCalendar,
    YearlyClosure,
    read_ranges,
)
from engine.calendar.reading import calendar_from_data, calendar_to_data
from engine.calendar.usual import said_of, town_calendar, usual_calendar
from engine.calendar.working import (
    add_working_days,
    add_working_time,
    is_open,
    is_working_day,
    next_opening,
    working_day_from,
    working_days_between,
    working_time_between,
)

__all__ = [
    "COUNCIL_BELOW_3500",
    "COUNCIL_FIRST_MEETING",
    "COUNCIL_FROM_3500",
    "COUNCIL_URGENT",
    "COURT_APPEAL",
    "DEPARTMENT_REPORTS",
    "PREFECT_REFERRAL",
    "REGION_REPORTS",
    "TERRITORIES",
    "After",
    "At",
    "CalendarFault",
    "Closure",
    "Counting",
    "Cycle",
    "Duration",
    "Every",
    "Feast",
    "Holiday",
    "LegalDelay",
    "Notice",
    "OpenRange",
    "Rule",
    "SpecialDay",
    "Territory",
    "WeekHours",
    "WorkingCalendar",
    "YearlyClosure",
    "add_calendar",
    "add_working_days",
    "add_working_time",
    "calendar_from_data",
    "calendar_to_data",
    "due",
    "earliest_meeting",
    "easter_sunday",
    "is_open",
    "is_working_day",
    "last_day",
    "latest_sending",
    "lines_of",
    "next_opening",
    "public_holidays",
    "read_ranges",
    "read_rule",
    "returns",
    "said_of",
    "sent_in_time",
    "town_calendar",
    "usual_calendar",
    "with_days",
    "working_day_from",
    "working_days_between",
    "working_time_between",
]
