"""Tokens, scopes and variables: sentences of ``docs/circuits.md`` worked out by hand."""

from __future__ import annotations

import pytest

from tests.circuits.oracle.conftest import Play
from tests.circuits.oracle.drawing import Repeat
from tests.circuits.oracle.expressions import Given, Item, Lit, Name, Two, equals, outcome_is
from tests.circuits.oracle.playing import Alone
from tests.circuits.oracle.sketch import (
    Hand,
    both,
    bound,
    call,
    catch,
    end,
    sketch,
    some,
    step,
    throw,
    within,
    work,
    xor,
)

ALWAYS, NEVER = Two(Name("n"), ">=", Lit(0)), equals("n", 9)


def test_an_exclusive_gateway_takes_the_first_true_flow_of_the_file_else_the_default_one(play: Play) -> None:
    more = {"x>a": Two(Name("n"), ">", Lit(1)), "x>b": Two(Name("n"), ">", Lit(0))}
    drawn = sketch(
        xor("x"), step("a"), step("b"), step("c"), end(), arrows="start>x x>c!>end x>b>end x>a>end", when=more
    )
    assert play(drawn, n=5).open == "b"
    assert play(drawn, n=0).open == "c"


def test_no_true_condition_and_no_default_refuses_the_transition_and_keeps_what_was() -> None:
    """By the interpreter alone: such a decision is not published."""
    drawn = sketch(
        step("a", fills=("n",)), xor("x"), step("b"), step("c"), end(), arrows="start>a>x x>b>end x>c>end",
        when={"x>b": equals("n", 1), "x>c": equals("n", 2)},
    )  # fmt: skip
    hand = Hand(Alone, drawn, {}, n=0)
    assert hand.act("a", n=7).seen.refused
    assert hand.open == "a"
    assert hand.act("a", n=2).open == "c"


def test_a_condition_that_is_not_true_is_not_taken(play: Play) -> None:
    drawn = sketch(xor("x"), step("a"), step("b"), end(), arrows="start>x x>a>end x>b!>end",
                   when={"x>a": Two(Name("absent"), "<", Lit(3))})  # fmt: skip
    assert play(drawn).open == "b"


def test_a_parallel_join_fires_when_every_flow_holds_a_token(play: Play) -> None:
    drawn = sketch(both("p"), step("a"), step("b"), both("j"), step("c"), end(), arrows="start>p>a>j>c>end p>b>j")
    hand = play(drawn)
    assert hand.open == "a b"
    assert hand.act("b").open == "a"
    assert hand.act("a").open == "c"


def test_a_parallel_join_in_a_loop_asks_for_everybody_again(play: Play) -> None:
    drawn = sketch(
        xor("g"), both("p"), step("a"), step("b"), both("j"), step("c"), xor("x"), end(),
        arrows="start>g>p>a>j>c>x p>b>j x>g x>end!", when={"x>g": outcome_is("refer_back")},
    )  # fmt: skip
    hand = play(drawn)
    for _ in range(3):
        hand.act("a")
        assert hand.act("b").open == "c"
        assert hand.act("c", "refer_back").open == "a b"
    hand.act("b")
    hand.act("a")
    assert hand.act("c").ended == "yes"


def test_an_inclusive_join_waits_for_the_branches_that_were_taken_and_no_other(play: Play) -> None:
    drawn = sketch(
        some("o"), step("a"), step("b"), step("c"), some("j"), step("d"), end(),
        arrows="start>o>a>j>d>end o>b>j o>c!>j",
        when={"o>a": Two(Name("n"), ">", Lit(0)), "o>b": Two(Name("n"), ">", Lit(1))},
    )  # fmt: skip
    assert play(drawn, n=0).act("c").open == "d"
    assert play(drawn, n=1).act("a").open == "d"
    hand = play(drawn, n=2)
    assert hand.open == "a b"
    assert hand.act("b").open == "a"
    assert hand.act("a").open == "d"


def test_a_flow_without_condition_leaves_an_inclusive_gateway_always(play: Play) -> None:
    drawn = sketch(
        some("o"), step("a"), step("b"), some("j"), end(), arrows="start>o>a>j>end o>b>j", when={"o>a": NEVER}
    )
    assert play(drawn, n=0).open == "b"


def test_an_inclusive_join_in_a_loop_waits_again_in_each_round(play: Play) -> None:
    drawn = sketch(
        xor("g"), some("o"), step("a"), step("b"), some("j"), step("c"), xor("x"), end(),
        arrows="start>g>o>a>j>c>x o>b>j o>j! x>g x>end!",
        when={"o>a": ALWAYS, "o>b": ALWAYS, "x>g": outcome_is("refer_back")},
    )  # fmt: skip
    hand = play(drawn, n=0)
    for _ in range(3):
        assert hand.open == "a b"
        assert hand.act("b").open == "a"
        assert hand.act("a").open == "c"
        hand.act("c", "refer_back")


def test_an_inclusive_join_no_longer_waits_for_a_token_that_went_elsewhere(play: Play) -> None:
    drawn = sketch(
        both("p"), step("a"), step("b"), xor("x"), some("j"), step("c"), end("gone"), end(),
        arrows="start>p>a>j>c>end p>b>x x>gone x>j!", when={"x>gone": outcome_is("refer_back")},
    )  # fmt: skip
    hand = play(drawn)
    assert hand.act("a").open == "b"
    assert hand.act("b", "refer_back").open == "c"


def test_a_token_that_can_also_reach_a_flow_that_is_held_does_not_hold_the_join_back(play: Play) -> None:
    """By the outer loop ``b`` could come by the empty flow of ``j``, but as well by the one that is held."""
    drawn = sketch(
        xor("g"), both("p"), some("o"), step("a"), step("u"), some("j"), step("c"), step("b"),
        both("q"), xor("x"), end(), arrows="start>g>p>o>a>j>c>q>x o>u!>j p>b>q x>g x>end!",
        when={"o>a": ALWAYS, "x>g": outcome_is("refer_back")},
    )  # fmt: skip
    hand = play(drawn, n=0)
    assert hand.open == "a b"
    assert hand.act("a").open == "b c"


def test_the_path_to_a_join_goes_through_boundary_events_and_links(play: Play) -> None:
    drawn = sketch(
        both("p"), step("a"), step("b"), end("off"), bound("t", "b", "message", "m", correlation=Lit("k")),
        throw("l", "link", "page"), catch("r", "link", "page"), some("j"), step("c"), end(),
        arrows="start>p>a>j>c>end p>b>off t>l r>j",
    )  # fmt: skip
    hand = play(drawn)
    assert hand.act("a").open == "b"
    assert hand.receive("m", "k").open == "c"
    assert play(drawn).act("a").act("b").open == "c"


def test_tokens_of_other_scopes_do_not_hold_an_inclusive_join_back_their_activity_does(play: Play) -> None:
    inside = sketch(step("a"), end("e"), arrows="begin>a>e", start="begin")
    drawn = sketch(
        both("p"), within("s", inside), step("b"), some("j"), step("c"), end(), arrows="start>p>s>j>c>end p>b>j"
    )
    hand = play(drawn)
    assert hand.act("b").open == "a"
    assert hand.act("a").open == "c"


@pytest.mark.parametrize(("joins", "thrown"), [("jk", ()), ("kj", (("message", "m", "t"),))])
def test_inclusive_joins_are_looked_at_in_the_order_of_the_file_one_at_a_time(
    play: Play, joins: str, thrown: tuple[object, ...]
) -> None:
    """Both may fire at the same moment; after one of them the scope ends before the other is looked at."""
    drawn = sketch(
        xor("x"), both("p"), step("a"), both("r"), *[some(join) for join in joins],
        end("stop", "terminate"), throw("t", "message", "m"), end(),
        arrows="start>x x>p! x>a>r p>j p>k r>j r>k j>stop k>t>end", when={"x>a": NEVER},
    )  # fmt: skip
    hand = play(drawn, n=0)
    assert (hand.ended, hand.seen.thrown) == ("yes", thrown)


def test_a_scope_ends_when_it_holds_no_token_and_its_activity_is_left(play: Play) -> None:
    inside = sketch(both("p"), step("a"), step("b"), end("e"), end("f"), arrows="begin>p>a>e p>b>f", start="begin")
    hand = play(sketch(within("s", inside), step("c"), end(), arrows="start>s>c>end"))
    assert hand.act("a").open == "b"
    assert hand.act("b").open == "c"
    assert hand.act("c").ended == "yes"


def test_terminate_empties_its_own_scope_only(play: Play) -> None:
    inside = sketch(
        both("p"), step("a"), step("b"), end("e", "terminate"), end("f"), arrows="begin>p>a>e p>b>f", start="begin"
    )
    hand = play(sketch(both("q"), within("s", inside), step("d"), both("j"), end(), arrows="start>q>s>j>end q>d>j"))
    assert hand.act("a").open == "d"
    assert hand.seen.withdrawn == (("b", None, "b"),)
    assert hand.act("d").ended == "yes"


def test_an_end_that_rejects_ends_the_run_wherever_it_is(play: Play) -> None:
    inside = sketch(step("a"), end("e", rejects=True), arrows="begin>a>e", start="begin")
    hand = play(sketch(both("q"), within("s", inside), step("d"), both("j"), end(), arrows="start>q>s>j>end q>d>j"))
    assert hand.act("a").ended == "rejected"
    assert hand.seen.withdrawn == (("d", None, "d"),)


def test_a_circuit_that_goes_round_for_ever_is_refused(play: Play) -> None:
    drawn = sketch(
        step("a", fills=("n",)), xor("g"), xor("x"), end(), arrows="start>a>g>x x>g! x>end",
        when={"x>end": equals("n", 1)}
    )  # fmt: skip
    hand = play(drawn, n=0)
    assert hand.act("a").seen.refused
    assert hand.open == "a"
    assert hand.act("a", n=1).ended == "yes"


# Variables


def test_a_sub_process_shares_the_variables_around_it(play: Play) -> None:
    inside = sketch(step("a", fills=("n",)), end("e"), arrows="begin>a>e", start="begin")
    drawn = sketch(
        within("s", inside), xor("x"), step("b"), step("c"), end(),
        arrows="start>s>x x>b>end x>c!>end", when={"x>b": equals("n", 2)}
    )  # fmt: skip
    assert play(drawn, n=1).act("a", n=2).open == "b"


def test_a_called_circuit_reads_its_caller_and_gives_what_it_wrote_at_its_end_except_outcomes(play: Play) -> None:
    called = sketch(
        xor("y"), step("a", fills=("n",)), end("e"), arrows="begin>y y>e y>a!>e", start="begin",
        when={"y>e": equals("n", 5)},
    )  # fmt: skip
    drawn = sketch(
        step("z"), call("s", "other"), xor("x"), step("b"), step("c"), end(), arrows="start>z>s>x x>b>end x>c!>end",
        when={"x>b": Two(Two(Name("n"), "+", Lit(0)), "=", Lit(2))},
    )  # fmt: skip
    assert play(drawn, {"other": called}, n=5).act("z").open == "c"
    assert play(drawn, {"other": called}, n=1).act("z").act("a", n=2).open == "b"
    reading = sketch(
        step("z"), call("s", "other"), xor("x"), step("b"), step("c"), end(), arrows="start>z>s>x x>b>end x>c!>end",
        when={"x>b": Two(Given("a"), "=", Lit("approved"))},
    )  # fmt: skip
    assert play(reading, {"other": called}, n=1).act("z").act("a").open == "c"


def test_what_an_instance_writes_is_forgotten_but_for_what_is_collected(play: Play) -> None:
    repeat = Repeat(over="two", item="m", collect="n", into="all")
    drawn = sketch(
        step("a", desk=Name("m"), fills=("n",), repeat=repeat), xor("x"), step("b"), step("c"), end(),
        arrows="start>a>x x>b>end x>c!>end",
        when={"x>b": Two(Two(Name("n"), "+", Item("all", 2)), "=", Lit(8))},
    )  # fmt: skip
    hand = play(drawn, two=["u", "v"], n=1)
    hand.act("a/v", n=7)
    assert hand.act("a/u", n=4).open == "b"


def test_numbers_are_exact_decimals(play: Play) -> None:
    tenths = Two(Two(Two(Name("n"), "+", Name("n")), "+", Name("n")), "=", Lit(0.3))
    drawn = sketch(xor("x"), step("b"), step("c"), end(), arrows="start>x x>b>end x>c!>end", when={"x>b": tenths})
    assert play(drawn, n=0.1).open == "b"


def test_work_is_asked_for_when_the_token_arrives_with_what_the_variables_were_then(play: Play) -> None:
    drawn = sketch(
        both("p"), work("w", input={"n": Name("n")}), step("a", fills=("n",)), both("j"), step("b"), end(),
        arrows="start>p>w>j>b>end p>a>j",
    )  # fmt: skip
    hand = play(drawn, n=1)
    assert hand.seen.work == (("w", None, "seal", "{n: 1}"),)
    assert hand.act("a", n=2).seen.work == (("w", None, "seal", "{n: 1}"),)
    assert hand.answer("w").open == "b"
