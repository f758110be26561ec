"""Events: sentences of ``docs/circuits.md`` worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.circuits.oracle.conftest import Play
from tests.circuits.oracle.drawing import Drawing, Repeat, Timer
from tests.circuits.oracle.expressions import Expression, Name, Temporal
from tests.circuits.oracle.playing import BEGINNING
from tests.circuits.oracle.sketch import (
    both,
    bound,
    call,
    catch,
    end,
    first,
    lasts,
    sketch,
    step,
    throw,
    within,
    work,
    xor,
)  # fmt: skip

DAY = 24 * 60


def in_turn(*nodes_and_arrows: object, arrows: str) -> Drawing:
    """What is inside a sub-process or a called circuit."""
    return sketch(*nodes_and_arrows, arrows=arrows, start="begin")  # type: ignore[arg-type]


def due(minutes: int) -> object:
    return BEGINNING + timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("form", "value", "minutes"),
    [
        ("timeDuration", "P2DT3H4M", 2 * DAY + 184),
        ("timeDuration", "P1M", 30 * DAY),  # from 29 January to 28 February
        ("timeDate", "2027-01-30T13:00:00+01:00", DAY),
        ("timeDate", Temporal("date and time", "2027-01-29T12:30:00Z"), 30),
        ("timeDuration", Temporal("duration", "PT90M"), 90),
        ("timeDuration", Name("given"), 20),
        ("timeCycle", "R3/PT1H", 60),
    ],
)
def test_a_timer_is_due_at_its_moment_computed_when_the_token_arrives(
    play: Play, form: str, value: str | Expression, minutes: int
) -> None:
    drawn = sketch(catch("t", "timer", timer=Timer(form, value)), step("a"), end(), arrows="start>t>a>end")
    hand = play(drawn, given="PT20M")
    assert hand.seen.next_due == due(minutes)
    assert hand.wait(minutes - 1).open == ""
    assert hand.wait(1).open == "a"
    assert hand.seen.next_due is None


def test_an_act_that_comes_late_still_counts(play: Play) -> None:
    drawn = sketch(
        step("a"), bound("t", "a", "timer", timer=lasts("PT1H")), step("b"), step("c"), end(),
        arrows="start>a>b>end t>c>end"
    )  # fmt: skip
    hand = play(drawn)
    hand.minutes = 90
    assert hand.act("a").open == "b"
    assert play(drawn).wait(90).open == "c"


def test_due_timers_fire_in_the_order_of_their_moments_then_of_the_file(play: Play) -> None:
    def drawn(one: str, other: str) -> Drawing:
        return sketch(
            both("p"), catch("t", "timer", timer=lasts(one)), catch("u", "timer", timer=lasts(other)),
        end("stop", "terminate"),
            throw("m", "message", "sent"), end(), arrows="start>p>t>stop p>u>m>end",
        )  # fmt: skip

    assert play(drawn("PT1H", "PT2H")).wait(180).seen.thrown == ()
    assert play(drawn("PT2H", "PT1H")).wait(180).seen.thrown == (("message", "sent", "m"),)
    assert play(drawn("PT1H", "PT1H")).wait(180).seen.thrown == ()


def test_a_timer_that_becomes_due_meanwhile_fires_too(play: Play) -> None:
    """The second counts from the moment when its token came, that is from when the first was looked at."""
    drawn = sketch(
        catch("t", "timer", timer=lasts("PT1H")), catch("u", "timer", timer=Timer("timeDate", "2027-01-29T12:30:00Z")),
        catch("v", "timer", timer=lasts("PT1H")), end(), arrows="start>t>u>v>end",
    )  # fmt: skip
    assert play(drawn).wait(100).seen.next_due == due(160)


@pytest.mark.parametrize(("cycle", "times"), [("R3/P1D", 3), ("R/P1D", 6)])
def test_a_cycle_fires_each_period_until_it_is_over_or_the_activity_is_left(play: Play, cycle: str, times: int) -> None:
    reminder = bound("t", "a", "timer", timer=Timer("timeCycle", cycle), interrupting=False)
    drawn = sketch(step("a"), reminder, throw("m", "message", "sent"), end("e"), end(), arrows="start>a>end t>m>e")
    hand = play(drawn)
    assert len(hand.wait(2 * DAY + 1).seen.thrown) == 2
    assert hand.seen.next_due == due(3 * DAY)
    assert len(hand.wait(4 * DAY).seen.thrown) == min(times - 2, 4)
    assert hand.act("a").ended == "yes"


def test_a_cycle_fires_once_where_its_token_goes_away(play: Play) -> None:
    drawn = sketch(
        step("a"), bound("t", "a", "timer", timer=Timer("timeCycle", "R3/PT1H")), step("b"), end(),
        arrows="start>a>end t>b>end"
    )  # fmt: skip
    hand = play(drawn).wait(60)
    assert (hand.open, hand.seen.next_due) == ("b", None)


def test_a_signal_is_heard_in_all_scopes_and_only_by_who_waits(play: Play) -> None:
    called = in_turn(step("a"), bound("s", "a", "signal", "go"), step("b"), end("e"), arrows="begin>a>e s>b>e")
    drawn = sketch(
        both("p"), call("c", "other"), step("d"), throw("t", "signal", "go"), catch("late", "signal", "go"),
        both("j"), end(),
        arrows="start>p>c>j>end p>d>t>late>j",
    )  # fmt: skip
    hand = play(drawn, {"other": called})
    assert hand.open == "a d"
    assert hand.act("d").open == "b"
    assert hand.act("b").ended == "no"


def test_a_token_on_a_catch_event_hears_what_is_thrown_by_a_token_that_came_at_the_same_time(play: Play) -> None:
    drawn = sketch(
        both("p"), throw("t", "signal", "go"), catch("s", "signal", "go"), both("j"), step("a"), end(),
        arrows="start>p>t>j>a>end p>s>j"
    )  # fmt: skip
    assert play(drawn).open == "a"


def test_who_was_withdrawn_by_an_earlier_hearer_hears_nothing(play: Play) -> None:
    inside = in_turn(
        step("a"), bound("i", "a", "signal", "go"), throw("m", "message", "sent"), end("e"), arrows="begin>a>e i>m>e"
    )
    drawn = sketch(
        both("p"), within("s", inside), bound("o", "s", "signal", "go"), step("d"), throw("t", "signal", "go"),
        both("j"), xor("x"), end(), arrows="start>p>s>x>j>end o>x p>d>t>j",
    )  # fmt: skip
    hand = play(drawn).act("d")
    assert (hand.ended, hand.seen.thrown) == ("yes", ())


def test_hearers_and_catchers_move_before_the_thrower_goes_on(play: Play) -> None:
    inside = in_turn(throw("t", "escalation", "late"), throw("u", "message", "inner"), end("e"), arrows="begin>t>u>e")
    drawn = sketch(
        within("s", inside), bound("b", "s", "escalation", "late", interrupting=False), throw("o", "message", "outer"),
        end("f"), end(), arrows="start>s>end b>o>f",
    )  # fmt: skip
    names = [name for _, name, _ in play(drawn).seen.thrown]
    assert names == ["outer", "inner"]
    drawn = sketch(
        both("p"), catch("s", "signal", "go"), throw("o", "message", "hearer"), end("f"), throw("t", "signal", "go"),
        throw("i", "message", "thrower"), end(), arrows="start>p>s>o>f p>t>i>end",
    )  # fmt: skip
    assert [name for _, name, _ in play(drawn).seen.thrown] == ["hearer", "thrower"]


def test_a_message_takes_the_first_token_that_waits_for_its_name_and_key(play: Play) -> None:
    drawn = sketch(
        both("p"), step("z"), catch("a", "message", "m", correlation=Name("key")), step("one"),
        catch("b", "message", "m", correlation=Name("key")), step("two"), both("j"), end(),
        arrows="start>p>z>a>one>j>end p>b>two>j",
    )  # fmt: skip
    hand = play(drawn, key="k").act("z")
    assert hand.seen.awaited == (("m", "k", "a"), ("m", "k", "b"))
    assert not hand.receive("m", "other").seen.taken
    assert not hand.receive("n", "k").seen.taken
    assert hand.receive("m", "k").open == "two"
    assert hand.receive("m", "k").open == "one two"
    assert not hand.receive("m", "k").seen.taken


def test_the_key_is_the_value_when_the_token_began_to_wait(play: Play) -> None:
    drawn = sketch(
        both("p"), catch("a", "message", "m", correlation=Name("key")), step("z", fills=("key",)), both("j"), end(),
        arrows="start>p>a>j>end p>z>j",
    )  # fmt: skip
    assert play(drawn, key="old").act("z", key="new").seen.awaited == (("m", "old", "a"),)


def test_a_message_thrown_is_handed_out_and_reaches_nobody_inside(play: Play) -> None:
    drawn = sketch(
        both("p"), catch("a", "message", "m", correlation=Name("key")), throw("t", "message", "m"), both("j"), end(),
        arrows="start>p>a>j>end p>t>j",
    )  # fmt: skip
    hand = play(drawn, key="k")
    assert (hand.seen.thrown, hand.seen.awaited) == ((("message", "m", "t"),), (("m", "k", "a"),))


def test_the_first_event_after_an_event_gateway_takes_the_token(play: Play) -> None:
    drawn = sketch(
        first("g"), catch("t", "timer", timer=lasts("PT1H")), catch("m", "message", "m", correlation=Name("key")),
        step("a"), step("b"), end(),
        arrows="start>g>t>a>end g>m>b>end",
    )  # fmt: skip
    assert play(drawn, key="k").wait(60).open == "a"
    hand = play(drawn, key="k").receive("m", "k")
    assert (hand.open, hand.seen.next_due) == ("b", None)


def test_an_error_withdraws_its_scope_and_goes_to_the_nearest_that_catches_it(play: Play) -> None:
    deep = in_turn(both("q"), step("a"), step("b"), end("e", "error", "bad"), end("f"), arrows="begin>q>a>e q>b>f")
    inside = sketch(
        within("inner", deep), bound("no", "inner", "error", "other"), step("c"), end("g"), end("h"),
        arrows="enter>inner>g no>c>h", start="enter",
    )  # fmt: skip
    drawn = sketch(within("s", inside), bound("any", "s", "error"), step("d"), end(), arrows="start>s>end any>d>end")
    hand = play(drawn).act("a")
    assert hand.open == "d"
    assert hand.seen.withdrawn == (("b", None, "b"),)


def test_the_same_code_comes_before_no_code(play: Play) -> None:
    inside = in_turn(step("a"), end("e", "error", "bad"), arrows="begin>a>e")
    drawn = sketch(
        within("s", inside), bound("any", "s", "error"), bound("same", "s", "error", "bad"), step("b"), step("c"),
        end(),
        arrows="start>s>end any>b>end same>c>end",
    )  # fmt: skip
    assert play(drawn).act("a").open == "c"


def test_an_error_leaves_a_called_circuit_and_every_instance(play: Play) -> None:
    called = in_turn(step("a", desk=Name("m")), end("e", "error", "bad"), arrows="begin>a>e")
    drawn = sketch(
        call("c", "other", repeat=Repeat(over="two", item="m")), bound("x", "c", "error", "bad"), step("b"), end(),
        arrows="start>c>end x>b>end",
    )  # fmt: skip
    hand = play(drawn, {"other": called}, two=["u", "v"])
    assert hand.act("a/v").open == "b"
    assert hand.seen.withdrawn == (("a", None, "u"),)


def test_an_error_that_nobody_catches_rejects_the_folder(play: Play) -> None:
    inside = in_turn(step("a"), end("e", "error", "bad"), arrows="begin>a>e")
    assert play(sketch(within("s", inside), end(), arrows="start>s>end")).act("a").ended == "rejected"


def test_a_worker_s_error_is_caught_by_the_task_first_then_around(play: Play) -> None:
    inside = in_turn(work("w"), bound("x", "w", "error", "bad"), step("a"), end("e"), arrows="begin>w>e x>a>e")
    drawn = sketch(
        within("s", inside), bound("y", "s", "error", "worse"), step("b"), end(), arrows="start>s>end y>b>end"
    )
    assert play(drawn).answer("w", "bad").open == "a"
    assert play(drawn).answer("w", "worse").open == "b"
    assert play(drawn).answer("w", "other").ended == "rejected"
    assert play(drawn).answer("w").ended == "yes"


@pytest.mark.parametrize("interrupting", [True, False])
def test_an_escalation_withdraws_only_when_its_boundary_interrupts(play: Play, interrupting: bool) -> None:
    inside = in_turn(
        step("z"), both("q"), step("b"), throw("t", "escalation", "late"), step("c"), both("j"), end("e"),
        arrows="begin>z>q>b>j>e q>t>c>j"
    )  # fmt: skip
    drawn = sketch(
        within("s", inside), bound("x", "s", "escalation", "late", interrupting=interrupting), step("a"),
        end("f"), end(),
        arrows="start>s>end x>a>f",
    )  # fmt: skip
    hand = play(drawn).act("z")
    assert hand.open == ("a" if interrupting else "a b c")
    assert hand.seen.thrown == ()


def test_an_escalation_that_nobody_catches_is_noted(play: Play) -> None:
    hand = play(sketch(throw("t", "escalation", "late"), step("a"), end(), arrows="start>t>a>end"))
    assert (hand.open, hand.seen.thrown) == ("a", (("escalation", "late", "t"),))


def test_a_link_goes_on_at_its_catch(play: Play) -> None:
    drawn = sketch(
        xor("x"), step("a"), throw("l", "link", "page"), throw("m", "link", "page"), catch("c", "link", "page"),
        step("b"), end(),
        arrows="start>x x>l! x>a>m c>b>end", when={"x>a": Name("yes")},
    )  # fmt: skip
    assert play(drawn, yes=False).open == "b"
    assert play(drawn, yes=True).act("a").open == "b"


def test_boundary_events_listen_while_their_activity_holds_its_token(play: Play) -> None:
    drawn = sketch(
        step("a"), bound("m", "a", "message", "m", correlation=Name("key"), interrupting=False),
        bound("t", "a", "timer", timer=lasts("PT1H")), throw("s", "message", "sent"),
        end("e"), step("b"), step("c"), end(),
        arrows="start>a>b>end m>s>e t>c>end",
    )  # fmt: skip
    hand = play(drawn, key="k")
    for _ in range(2):
        assert hand.receive("m", "k").seen.thrown == (("message", "sent", "s"),)
    assert hand.act("a").open == "b"
    assert (hand.seen.awaited, hand.seen.next_due) == ((), None)
    assert play(drawn, key="k").wait(60).open == "c"


def test_an_interrupting_boundary_event_withdraws_the_activity_with_everything_inside(play: Play) -> None:
    inside = in_turn(both("q"), step("a"), step("b"), both("j"), end("e"), arrows="begin>q>a>j>e q>b>j")
    drawn = sketch(
        within("s", inside), bound("m", "s", "message", "m", correlation=Name("key")), step("c"), end(),
        arrows="start>s>end m>c>end"
    )  # fmt: skip
    hand = play(drawn, key="k").receive("m", "k")
    assert (hand.open, len(hand.seen.withdrawn)) == ("c", 2)


def test_what_a_message_brings_is_written_where_it_is_awaited(play: Play) -> None:
    drawn = sketch(
        catch("m", "message", "m", correlation=Name("key")), xor("x"), step("a"), step("b"), end(),
        arrows="start>m>x x>a>end x>b!>end", when={"x>a": Name("yes")},
    )  # fmt: skip
    assert play(drawn, key="k").receive("m", "k", yes=True).open == "a"
