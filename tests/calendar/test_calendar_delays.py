"""Legal delays worked out by hand from the texts, and the one answer that serves timers and reminders too."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import (
    COUNCIL_BELOW_3500,
    COUNCIL_FIRST_MEETING,
    COUNCIL_FROM_3500,
    COUNCIL_URGENT,
    COURT_APPEAL,
    DEPARTMENT_REPORTS,
    PREFECT_REFERRAL,
    REGION_REPORTS,
    After,
    At,
    CalendarFault,
    Closure,
    Counting,
    Every,
    LegalDelay,
    Notice,
    Rule,
    Territory,
    WorkingCalendar,
    due,
    earliest_meeting,
    last_day,
    latest_sending,
    read_rule,
    returns,
    sent_in_time,
)

PARIS = ZoneInfo("Europe/Paris")
TOWN = WorkingCalendar()
NOTICES = [
    COUNCIL_BELOW_3500,
    COUNCIL_FROM_3500,
    COUNCIL_FIRST_MEETING,
    COUNCIL_URGENT,
    DEPARTMENT_REPORTS,
    REGION_REPORTS,
]


@pytest.mark.parametrize(
    ("notice", "meeting", "sending"),
    [
        # The example of every handbook: a meeting on the 28th, three clear days (25, 26, 27), sent on the 24th.
        (COUNCIL_BELOW_3500, date(2026, 9, 28), date(2026, 9, 24)),
        # Five clear days: 23 to 27 September.
        (COUNCIL_FROM_3500, date(2026, 9, 28), date(2026, 9, 22)),
        # Saturday, Sunday and Easter Monday count as other days: 3, 4, 5 and 6 April are full days of notice.
        (COUNCIL_BELOW_3500, date(2026, 4, 7), date(2026, 4, 3)),
        (COUNCIL_FROM_3500, date(2026, 4, 7), date(2026, 4, 1)),
        # Nothing is extended: the last day to send may be a Sunday, or 1 May.
        (COUNCIL_BELOW_3500, date(2026, 10, 1), date(2026, 9, 27)),
        (COUNCIL_BELOW_3500, date(2026, 5, 5), date(2026, 5, 1)),
        # Over the end of a month and of February.
        (COUNCIL_FROM_3500, date(2026, 3, 3), date(2026, 2, 25)),
        (COUNCIL_FROM_3500, date(2028, 3, 3), date(2028, 2, 26)),
        # Urgency: never less than one clear day.
        (COUNCIL_URGENT, date(2026, 9, 28), date(2026, 9, 26)),
        (COUNCIL_FIRST_MEETING, date(2026, 3, 27), date(2026, 3, 23)),
        # Reports of the department: twelve days before, not clear ones.
        (DEPARTMENT_REPORTS, date(2026, 11, 26), date(2026, 11, 14)),
        (REGION_REPORTS, date(2026, 3, 5), date(2026, 2, 21)),
    ],
)
def test_the_last_day_to_summon(notice: Notice, meeting: date, sending: date) -> None:
    assert latest_sending(notice, meeting) == sending
    assert earliest_meeting(notice, sending) == meeting


@pytest.mark.parametrize(
    ("sent", "zone_name", "in_time"),
    [
        ("2026-09-24T23:59:59+02:00", "Europe/Paris", True),
        ("2026-09-25T00:00:00+02:00", "Europe/Paris", False),
        # 22:30 UTC on the 24th is already the 25th in Paris and in Saint-Denis, still the 24th in Fort-de-France.
        ("2026-09-24T22:30:00+00:00", "Europe/Paris", False),
        ("2026-09-24T22:30:00+00:00", "Indian/Reunion", False),
        ("2026-09-25T03:59:59+00:00", "America/Martinique", True),
        ("2026-09-25T04:00:00+00:00", "America/Martinique", False),
    ],
)
def test_the_day_of_sending_is_the_town_s(sent: str, zone_name: str, in_time: bool) -> None:
    moment = datetime.fromisoformat(sent)
    assert sent_in_time(COUNCIL_BELOW_3500, moment, date(2026, 9, 28), ZoneInfo(zone_name)) is in_time


@pytest.mark.parametrize(
    ("delay", "event", "last"),
    [
        # Published answers: a decision notified on 3 January 2021 may be appealed until 4 March at 24 h.
        (COURT_APPEAL, date(2021, 1, 3), date(2021, 3, 4)),
        # CE, 29 June 2023, no. 470217: fifteen clear days from Tuesday 20 December 2022 end on 5 January 2023.
        (LegalDelay(days=15, clear=True), date(2022, 12, 20), date(2023, 1, 5)),
        # The same from Thursday 12 October 2023 would end on Saturday 28: extended to Monday 30.
        (LegalDelay(days=15, clear=True), date(2023, 10, 12), date(2023, 10, 30)),
        # Notified on 31 August: 31 October, 1 November as it is clear; Sunday and Toussaint in 2026, hence the 2nd.
        (COURT_APPEAL, date(2026, 8, 31), date(2026, 11, 2)),
        # No 31st in February: its last day, plus one as it is clear; 1 March 2026 is a Sunday.
        (COURT_APPEAL, date(2025, 12, 31), date(2026, 3, 2)),
        (PREFECT_REFERRAL, date(2026, 9, 10), date(2026, 11, 12)),  # 11 November is a holiday
        # Not clear (code de procédure civile, art. 641): the day of the event does not count, the last does.
        (LegalDelay(days=10), date(2026, 11, 10), date(2026, 11, 20)),
        (LegalDelay(months=1), date(2026, 1, 31), date(2026, 3, 2)),  # 28 February is a Saturday
        (LegalDelay(months=1, extended=False), date(2026, 1, 31), date(2026, 2, 28)),
        (LegalDelay(months=1, days=10), date(2026, 1, 31), date(2026, 3, 10)),  # months first, then days
        # Good Friday to Easter Monday: extended to Tuesday.
        (LegalDelay(days=10), date(2026, 3, 25), date(2026, 4, 7)),
    ],
)
def test_the_last_day_to_act(delay: LegalDelay, event: date, last: date) -> None:
    assert last_day(delay, event) == last


def test_local_holidays_extend_a_delay_only_where_they_are_law() -> None:
    delay = LegalDelay(days=10)
    assert last_day(delay, date(2026, 3, 24)) == date(2026, 4, 3)
    assert last_day(delay, date(2026, 3, 24), Territory.ALSACE_MOSELLE) == date(2026, 4, 7)
    assert last_day(delay, date(2026, 3, 24), Territory.ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY) == date(2026, 4, 3)
    assert last_day(delay, date(2026, 5, 12), Territory.MARTINIQUE) == date(2026, 5, 26)  # Whit Monday comes after
    assert last_day(delay, date(2026, 6, 19), Territory.POLYNESIE) == date(2026, 6, 29)  # no holiday since 2026


def test_opening_hours_do_not_touch_legal_delays() -> None:
    shut = replace(TOWN, closures=(Closure(date(2026, 11, 1), date(2026, 12, 31)),))
    start = datetime(2026, 11, 10, 9, tzinfo=PARIS)
    assert due(LegalDelay(days=10), start, shut) == datetime(2026, 11, 21, tzinfo=PARIS)


_DATES = st.dates(date(1990, 1, 1), date(2090, 1, 1))
_DELAYS = st.builds(
    LegalDelay, months=st.integers(0, 24), days=st.integers(1, 90), clear=st.booleans(), extended=st.booleans()
)


@given(_DELAYS, _DATES, _DATES, st.sampled_from(Territory))
def test_a_later_event_never_ends_earlier(delay: LegalDelay, one: date, other: date, territory: Territory) -> None:
    first, second = sorted((one, other))
    assert last_day(delay, first, territory) <= last_day(delay, second, territory)


@given(_DELAYS, _DATES, st.sampled_from(Territory))
def test_an_extended_delay_ends_on_a_working_day_and_is_never_shorter(
    delay: LegalDelay, event: date, territory: Territory
) -> None:
    plain, extended = (last_day(replace(delay, extended=choice), event, territory) for choice in (False, True))
    assert plain <= extended <= plain + timedelta(days=5)
    assert extended.weekday() < 5


@given(st.sampled_from(NOTICES), _DATES)
def test_notice_backward_is_the_inverse_of_notice_forward(notice: Notice, day: date) -> None:
    assert latest_sending(notice, earliest_meeting(notice, day)) == day
    whole_days = (earliest_meeting(notice, day) - day).days - 1
    assert whole_days == (notice.days if notice.clear else notice.days - 1)


# Due moments --------------------------------------------------------------------------------------------------------


def _paris(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=PARIS)


@pytest.mark.parametrize(
    ("rule", "end"),
    [
        (read_rule("P2D"), "2026-11-29 15:00"),
        (read_rule("P2D", when_open=True), "2026-11-30 08:30"),
        (read_rule("P2D", Counting.WORKING), "2026-12-01 15:00"),
        (read_rule("PT8H", Counting.WORKING), "2026-11-30 15:30"),
        (read_rule("P1DT8H", Counting.WORKING), "2026-12-01 15:30"),
        (read_rule("-P2D", Counting.WORKING), "2026-11-25 15:00"),
        (read_rule("P1M"), "2026-12-27 15:00"),
        (read_rule("R3/P1D"), "2026-11-28 15:00"),
        (read_rule("R3/P1D", Counting.WORKING), "2026-11-30 15:00"),
        (read_rule("2026-12-24T23:30:00+01:00"), "2026-12-24 23:30"),
        (COURT_APPEAL, "2027-01-29 00:00"),
    ],
)
def test_when_it_is_due_from_a_friday_afternoon(rule: Rule, end: str) -> None:
    moment = due(rule, _paris("2026-11-27 15:00"), TOWN)
    assert moment == _paris(end)
    assert moment.tzinfo is UTC


def test_reminders_ahead_of_a_deadline_fall_on_working_days() -> None:
    """Two working days before the end of an appeal that ends on Monday 2 November 2026 at 24 h."""
    deadline = due(COURT_APPEAL, _paris("2026-08-31 10:00"), TOWN)
    assert deadline == _paris("2026-11-03 00:00")
    assert due(read_rule("-P2D", Counting.WORKING), deadline, TOWN) == _paris("2026-10-30 00:00")


def test_a_cycle_comes_back_from_its_first_start_and_never_drifts() -> None:
    monthly = read_rule("R4/P1M")
    assert isinstance(monthly, Every)
    found = list(returns(monthly, _paris("2026-01-31 09:00"), TOWN))
    assert found == [_paris(f"2026-{day} 09:00") for day in ("02-28", "03-31", "04-30", "05-31")]
    assert list(returns(monthly, _paris("2026-01-31 09:00"), TOWN, done=3)) == found[3:]
    assert list(returns(monthly, _paris("2026-01-31 09:00"), TOWN, done=4)) == []


def test_a_daily_cycle_keeps_its_time_on_the_wall_when_clocks_change() -> None:
    daily = read_rule("R/P1D")
    assert isinstance(daily, Every)
    found = list(islice(returns(daily, _paris("2026-10-23 09:00"), TOWN), 4))
    assert [moment.astimezone(PARIS).hour for moment in found] == [9, 9, 9, 9]


def test_a_cycle_with_its_own_start_begins_there() -> None:
    weekly = read_rule("R3/2026-12-07T09:00:00+01:00/P1W")
    assert isinstance(weekly, Every)
    found = list(returns(weekly, _paris("2026-11-27 15:00"), TOWN))
    assert found == [_paris(f"2026-12-{day} 09:00") for day in ("07", "14", "21")]


@given(st.datetimes(datetime(2000, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)), st.integers(1, 30))  # noqa: DTZ001
def test_the_returns_of_a_working_cycle_only_go_forward(start: datetime, hours: int) -> None:
    rule = read_rule(f"R12/PT{hours}H", Counting.WORKING)
    assert isinstance(rule, Every)
    found = list(returns(rule, start, TOWN))
    assert len(found) == 12
    assert all(earlier < later for earlier, later in zip([start, *found], found, strict=False))


@pytest.mark.parametrize(
    ("text", "counting", "sentence"),
    [
        ("demain", Counting.CALENDAR, "ne dit aucune échéance"),
        ("", Counting.CALENDAR, "ne dit aucune échéance"),
        ("2026-12-01", Counting.CALENDAR, "ne dit pas son fuseau"),
        ("2026-12-01T09:00", Counting.CALENDAR, "ne dit pas son fuseau"),
        ("2026-02-30T09:00Z", Counting.CALENDAR, "n’est pas une date et une heure"),
        ("P1W", Counting.WORKING, "compte des semaines ou des mois"),
        ("R3/P1M", Counting.WORKING, "compte des semaines ou des mois"),
    ],
)
def test_what_says_no_moment_is_refused(text: str, counting: Counting, sentence: str) -> None:
    with pytest.raises(CalendarFault, match=sentence):
        read_rule(text, counting)


def test_a_start_without_zone_is_refused_by_every_rule() -> None:
    naive = datetime(2026, 11, 27, 15)  # noqa: DTZ001
    rules = [read_rule("P2D"), read_rule("PT8H", Counting.WORKING), read_rule("R/P1D"), COURT_APPEAL, At(naive)]
    for rule in rules:
        with pytest.raises(CalendarFault, match="sans fuseau"):
            due(rule, naive, TOWN)


@pytest.mark.parametrize("delay", [{}, {"days": -1}, {"months": 2, "days": -1}, {"months": 1201}])
def test_a_legal_delay_of_nothing_is_refused(delay: dict[str, int]) -> None:
    with pytest.raises(CalendarFault, match="Un délai légal se compte"):
        LegalDelay(**delay)
    with pytest.raises(CalendarFault, match="au moins un jour"):
        Notice(0, True, "")


def test_delays_at_the_end_of_the_calendar_are_refused() -> None:
    with pytest.raises(CalendarFault, match="ne sont pas connus"):
        last_day(COURT_APPEAL, date(2999, 12, 1))
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        last_day(LegalDelay(days=10), date.max)
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        latest_sending(COUNCIL_FROM_3500, date.min)
    with pytest.raises(CalendarFault, match="sort du calendrier"):
        earliest_meeting(COUNCIL_FROM_3500, date.max)


@given(st.text("PTRYMWDH0123456789-+:./Zé ", max_size=30), st.sampled_from(Counting))
def test_any_text_gives_a_moment_or_a_french_sentence(text: str, counting: Counting) -> None:
    try:
        rule: At | After | Every = read_rule(text, counting)
        moment = due(rule, _paris("2026-11-27 15:00"), TOWN)
    except CalendarFault as fault:
        sentence = str(fault)
    else:
        sentence, moment = f"le {moment.isoformat()}.", moment
    assert sentence.endswith(".")
