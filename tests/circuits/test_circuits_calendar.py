"""Timers and delays are counted in the calendar of the town: its zone, and its working time where it is asked."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from engine.calendar import usual_calendar
from engine.circuits import Level, advance, check_circuit, compile_circuit, start, variables_of
from engine.circuits.values import Progress
from engine.folders.model import Step
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World

PARIS = usual_calendar("Europe/Paris")
#: A Friday, 16:00 in Paris: an hour and a half before closing.
FRIDAY = datetime(2026, 11, 27, 15, tzinfo=UTC)


def waits(timer: str, text: str, counting: str = "") -> bytes:
    attribute = f' parapheur:counting="{counting}"' if counting else ""
    catch = (
        f'<bpmn:intermediateCatchEvent id="t" name="t"{attribute}><bpmn:timerEventDefinition>'
        f"<bpmn:{timer}>{text}</bpmn:{timer}></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    return drawing(START, catch, END, flow("start>t t>end"))


def due(bpmn: bytes, now: datetime, zone: str = "Europe/Paris", **variables: object) -> datetime | None:
    return start(compile_circuit(bpmn), variables, now=now, calendar=usual_calendar(zone)).next_due


@pytest.mark.parametrize(
    ("text", "now", "expected"),
    [
        ("P1D", datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),  # a day of 25 hours
        ("P1D", datetime(2026, 3, 28, 9, tzinfo=UTC), datetime(2026, 3, 29, 8, tzinfo=UTC)),  # a day of 23 hours
        ("PT24H", datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        ('duration("P1D")', datetime(2026, 10, 24, 8, tzinfo=UTC), datetime(2026, 10, 25, 9, tzinfo=UTC)),
    ],
)
def test_a_day_ends_at_the_same_time_on_the_clocks_of_the_town(text: str, now: datetime, expected: datetime) -> None:
    assert due(waits("timeDuration", text), now) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("PT4H", datetime(2026, 11, 30, 10, tzinfo=UTC)),  # 1 h 30 on Friday, 2 h 30 on Monday from 8:30
        ("P2D", datetime(2026, 12, 1, 15, tzinfo=UTC)),  # Tuesday, at the same time
    ],
)
def test_working_time_passes_when_the_town_is_open(text: str, expected: datetime) -> None:
    assert due(waits("timeDuration", text, "working"), FRIDAY) == expected


def test_a_cycle_of_working_days_comes_back_on_working_days() -> None:
    event = (
        '<bpmn:boundaryEvent id="b" attachedToRef="a" cancelActivity="false" parapheur:counting="working">'
        "<bpmn:timerEventDefinition><bpmn:timeCycle>R2/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>"
        "</bpmn:boundaryEvent>"
    )
    circuit = compile_circuit(drawing(START, step("a"), event, END, flow("start>a a>end b>end")))
    progress: Progress = start(circuit, {}, now=FRIDAY, calendar=PARIS)
    moments = []
    while progress.next_due is not None:
        moments.append(progress.next_due)
        progress = advance(circuit, progress.state, now=progress.next_due, calendar=PARIS)
    assert moments == [datetime(2026, 11, 30, 15, tzinfo=UTC), datetime(2026, 12, 1, 15, tzinfo=UTC)]


def test_a_date_without_zone_is_one_of_the_town() -> None:
    bpmn = waits("timeDate", "2026-12-24")
    assert due(bpmn, FRIDAY) == datetime(2026, 12, 23, 23, tzinfo=UTC)
    assert due(bpmn, FRIDAY, "Indian/Reunion") == datetime(2026, 12, 23, 20, tzinfo=UTC)


def test_expressions_see_the_day_that_the_town_has() -> None:
    service = '<bpmn:serviceTask id="s" name="s" parapheur:service="x" parapheur:input="{day: string(today())}"/>'
    circuit = compile_circuit(drawing(START, service, END, flow("start>s s>end")))
    late = datetime(2026, 11, 24, 23, 30, tzinfo=UTC)
    assert start(circuit, {}, now=late, calendar=PARIS).work[0].input == {"day": "2026-11-25"}
    assert start(circuit, {}, now=late).work[0].input == {"day": "2026-11-24"}
    assert variables_of(circuit, start(circuit, {}, now=late).state) == {}


def test_a_town_overseas_has_the_holidays_of_its_territory() -> None:
    eve = datetime(2026, 12, 18, 6, tzinfo=UTC)  # a Friday, 10:00; the 20th is a holiday in La Réunion, on a Sunday
    assert usual_calendar("Indian/Reunion").territory == "REUNION"
    assert due(waits("timeDuration", "P1D", "working"), eve, "Indian/Reunion") == datetime(2026, 12, 21, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "counting", "words"),
    [
        ("P1W", "working", "compte des semaines ou des mois"),
        ("P1D", "ouvré", "n’est pas une façon de compter"),
    ],
)
def test_what_cannot_be_counted_is_refused_at_publication(text: str, counting: str, words: str) -> None:
    [finding] = check_circuit(waits("timeDuration", text, counting))
    assert (finding.level, finding.element_id) == (Level.ERROR, "t")
    assert words in finding.sentence
    delayed = step("a").replace("/>", f' parapheur:delay="{text}" parapheur:counting="{counting}"/>')
    [finding] = check_circuit(drawing(START, delayed, END, flow("start>a a>end")))
    assert (finding.level, finding.element_id) == (Level.ERROR, "a")


def test_the_delay_of_a_step_is_counted_in_the_calendar_of_its_tenant(world: World) -> None:
    both = [
        step(name).replace("/>", f' parapheur:delay="P10D" parapheur:counting="{counting}"/>')
        for name, counting in (("a", "working"), ("b", "calendar"))
    ]
    publish_for(world, "slow", drawing(START, both[0], END, flow("start>a a>end")))
    publish_for(world, "fast", drawing(START, both[1], END, flow("start>b b>end")))
    slow: Step = world.open_step(world.sent(circuit="slow"))
    fast: Step = world.open_step(world.sent(circuit="fast"))
    assert slow.due_at is not None
    assert fast.due_at is not None
    assert (fast.due_at - NOW).days == 10
    assert (slow.due_at - NOW).days >= 14  # ten working days hold two week-ends
