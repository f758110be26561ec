"""Human steps, outcomes and repeated activities: sentences of ``docs/circuits.md`` worked out by hand."""

from __future__ import annotations

import pytest

from tests.circuits.oracle.conftest import Play
from tests.circuits.oracle.drawing import Drawing, Node, Repeat
from tests.circuits.oracle.expressions import Count, Expression, Given, Item, Lit, Name, Text, Two, equals, outcome_is
from tests.circuits.oracle.sketch import both, bound, call, end, lasts, sketch, some, step, throw, within, work, xor

REFUSED = outcome_is("rejected")


def then_asked(*nodes: Node, arrows: str, asks: Expression = REFUSED) -> Drawing:
    """What leads to a gateway ``x`` that asks: ``yes`` when it is so, else ``no``."""
    return sketch(
        *nodes, xor("x"), step("yes"), step("no"), end(), arrows=f"{arrows} x>yes>end x>no!>end", when={"x>yes": asks}
    )


# Desks


def test_a_desk_is_named_by_the_step_by_an_expression_or_by_its_lane(play: Play) -> None:
    drawn = sketch(
        step("a", desk="dgs"), step("b", desk=Name("who")), step("c", desk="", lane="finances"),
        step("d", desk="emitter"), end(), arrows="start>a>b>c>d>end",
    )  # fmt: skip
    hand = play(drawn, who="maire")
    shown = []
    for element in "abcd":
        shown.append(hand.open)
        hand.act(element)
    assert shown == ["a/dgs", "b/maire", "c/finances", "d/emitter"]


def test_a_desk_is_the_one_that_the_variables_named_when_the_step_opened(play: Play) -> None:
    drawn = sketch(
        both("p"),
        step("a", desk=Name("who")),
        step("b", fills=("who",)),
        both("j"),
        end(),
        arrows="start>p>a>j>end p>b>j",
    )
    assert play(drawn, who="dgs").act("b", who="maire").open == "a/dgs"


@pytest.mark.parametrize("desk", ["u,v,w", Name("three")])
@pytest.mark.parametrize(
    ("mode", "acts", "outcome"),
    [
        ("", "u:approved v:approved w:approved", "approved"),
        ("all", "v:approved u:rejected", "rejected"),
        ("all", "v:approved u:refer_back", "refer_back"),
        ("one", "v:rejected", "rejected"),
        ("one", "w:approved", "approved"),
        ("one", "w:later", "later"),
        ("2", "u:rejected v:approved w:approved", "approved"),
        ("2", "u:rejected v:rejected", "rejected"),
        ("2", "u:rejected v:refer_back", "rejected"),
        ("2", "u:later v:approved", "approved"),
    ],
)
def test_several_desks_end_a_step_as_its_mode_says(
    play: Play, desk: str | Expression, mode: str, acts: str, outcome: str
) -> None:
    drawn = then_asked(
        step("a", desk=desk, mode=mode, outcomes=("later",)), arrows="start>a>x", asks=outcome_is(outcome)
    )
    hand = play(drawn, three=["u", "v", "w"])
    assert hand.seen.steps == (("a", 1, "u"), ("a", 2, "v"), ("a", 3, "w"))
    for act in acts.split():
        assert hand.open != "yes"
        seat, given = act.split(":")
        hand.act(f"a/{seat}", given)
    assert hand.open == "yes"
    assert len(hand.seen.withdrawn) == 3 - len(acts.split())


def test_a_step_writes_its_outcome_and_who_gave_it(play: Play) -> None:
    for asks in (outcome_is("later"), Two(Given("a"), "=", Lit("later")), Two(Given("a", "account"), "=", Lit("bob")),
                 Two(Given("a", "desk"), "=", Lit("a"))):  # fmt: skip
        drawn = then_asked(step("a", outcomes=("later",)), arrows="start>a>x", asks=asks)
        assert play(drawn).act("a", "later", account="bob").open == "yes"


def test_outcomes_keeps_each_step_outcome_the_last_one(play: Play) -> None:
    drawn = then_asked(
        step("a", outcomes=("later",)), step("b"), arrows="start>a>b>x", asks=Two(Given("a"), "=", Lit("later"))
    )
    assert play(drawn).act("a", "later").act("b").open == "yes"
    drawn = then_asked(step("a", outcomes=("later",)), step("b"), arrows="start>a>b>x", asks=outcome_is("later"))
    assert play(drawn).act("a", "later").act("b").open == "no"


def test_a_step_that_has_not_ended_gives_null(play: Play) -> None:
    drawn = then_asked(arrows="start>x", asks=Two(Given("yes"), "!=", Lit("approved")))
    assert play(drawn).open == "yes"


# Rejection


@pytest.mark.parametrize("word", ["rejected", "refer_back"])
def test_a_rejection_that_is_not_drawn_ends_the_folder(play: Play, word: str) -> None:
    drawn = sketch(both("p"), step("a"), step("b"), both("j"), end(), arrows="start>p>a>j>end p>b>j")
    hand = play(drawn).act("a", word)
    assert (hand.ended, hand.seen.withdrawn) == ("rejected", (("b", None, "b"),))


def test_a_rejection_is_drawn_by_a_gateway_after_events_that_throw_and_other_gateways(play: Play) -> None:
    drawn = then_asked(step("a"), throw("t"), xor("m"), arrows="start>a>t>m>x")
    assert play(drawn).act("a", "rejected").open == "yes"
    drawn = then_asked(step("a"), xor("y"), xor("m"), arrows="start>a>y>m>x y>no!")
    drawn.flows[2].condition = equals("n", 1)
    assert play(drawn, n=1).act("a", "rejected").open == "yes"
    assert play(drawn, n=0).act("a", "rejected").open == "no"


def test_an_inclusive_gateway_that_reads_outcomes_draws_a_rejection(play: Play) -> None:
    drawn = sketch(
        step("a"), some("o"), step("yes"), step("no"), some("j"), end(),
        arrows="start>a>o>yes>j>end o>no!>j", when={"o>yes": REFUSED}
    )  # fmt: skip
    assert play(drawn).act("a", "rejected").open == "yes"


@pytest.mark.parametrize("between", [step("b"), both("b"), some("b"), work("b")])
def test_a_gateway_further_than_anything_else_does_not_draw_it(play: Play, between: Node) -> None:
    drawn = then_asked(step("a"), between, arrows="start>a>b>x")
    assert play(drawn).act("a", "rejected").ended == "rejected"


def test_a_gateway_outside_the_sub_process_does_not_draw_it(play: Play) -> None:
    inside = sketch(step("a"), end("e"), arrows="begin>a>e", start="begin")
    drawn = then_asked(within("s", inside), arrows="start>s>x")
    assert play(drawn).act("a", "rejected").ended == "rejected"


def test_a_gateway_that_does_not_read_outcomes_does_not_draw_it(play: Play) -> None:
    drawn = then_asked(step("a"), arrows="start>a>x", asks=equals("n", 1))
    assert play(drawn, n=1).act("a", "rejected").ended == "rejected"


# Repeated activities


def each(element: str = "a", **said: object) -> Node:
    """A step for each of ``people``, aimed at the desk that has its name."""
    repeat = said.pop("repeat", None) or Repeat(over="people", item="who")
    return step(element, desk=Name("who"), repeat=repeat, **said)


def test_instances_open_together_or_one_after_the_other(play: Play) -> None:
    drawn = sketch(each(), end(), arrows="start>a>end")
    assert play(drawn, people=["u", "v"]).seen.steps == (("a", 1, "u"), ("a", 2, "v"))
    drawn = sketch(each(repeat=Repeat(True, over="people", item="who")), end(), arrows="start>a>end")
    hand = play(drawn, people=["u", "v"])
    assert hand.open == "a/u"
    assert hand.act("a").open == "a/v"
    assert hand.act("a").ended == "yes"


def test_a_number_of_instances_or_a_list_that_is_calculated(play: Play) -> None:
    numbered = step(
        "a", desk=Two(Lit("d"), "+", Text(Name("loopCounter"))), repeat=Repeat(times=Two(Name("n"), "+", Lit(1)))
    )
    assert play(sketch(numbered, end(), arrows="start>a>end"), n=1).seen.steps == (("a", 1, "d1"), ("a", 2, "d2"))
    listed = each(repeat=Repeat(collection=Lit(("u", "v")), item="who"))
    assert play(sketch(listed, end(), arrows="start>a>end")).open == "a/u a/v"


@pytest.mark.parametrize("repeat", [Repeat(over="people", item="who"), Repeat(times=Lit(0), item="who")])
def test_an_empty_list_is_left_at_once_as_approved(play: Play, repeat: Repeat) -> None:
    drawn = then_asked(
        step("z"), xor("m"), each(repeat=repeat), arrows="start>z>m m>no m>a!>x", asks=outcome_is("approved")
    )
    drawn.flows[2].condition = outcome_is("never")
    assert play(drawn, people=[]).act("z", "rejected").open == "yes"


@pytest.mark.parametrize("sequential", [False, True])
@pytest.mark.parametrize(
    ("mode", "acts", "outcome"),
    [
        ("", "u:approved v:approved w:approved", "approved"),
        ("all", "u:approved v:rejected", "rejected"),
        ("one", "u:rejected", "rejected"),
        ("2", "u:rejected v:approved w:approved", "approved"),
        ("2", "u:rejected v:rejected", "rejected"),
    ],
)
def test_the_mode_counts_instances_too(play: Play, sequential: bool, mode: str, acts: str, outcome: str) -> None:
    drawn = then_asked(
        each(mode=mode, repeat=Repeat(sequential, over="people", item="who")),
        arrows="start>a>x",
        asks=outcome_is(outcome),
    )
    hand = play(drawn, people=["u", "v", "w"])
    for act in acts.split():
        seat, given = act.split(":")
        hand.act(f"a/{seat}", given)
    assert hand.open == "yes"


@pytest.mark.parametrize(
    ("counter", "sign", "bound_", "acts", "outcome"),
    [
        ("numberOfCompletedInstances", ">=", 2, "u:rejected v:rejected", "approved"),
        ("nrOfCompletedInstances", ">=", 2, "u:rejected v:rejected", "approved"),
        ("numberOfActiveInstances", "=", 1, "u:approved v:rejected", "approved"),
        ("numberOfInstances", "=", 3, "w:rejected", "approved"),
        ("numberOfTerminatedInstances", "=", 0, "w:approved", "approved"),
        ("numberOfApproved", ">=", 2, "u:rejected v:approved w:approved", "approved"),
        ("numberOfApproved", ">=", 2, "u:rejected v:approved w:rejected", "rejected"),
        ("numberOfRejected", ">=", 2, "u:rejected v:approved w:refer_back", "approved"),
        ("numberOfRejected", ">=", 9, "u:approved v:approved w:approved", "approved"),
    ],
)
def test_a_completion_condition_reads_the_counters_and_the_mode_has_no_effect(
    play: Play, counter: str, sign: str, bound_: int, acts: str, outcome: str
) -> None:
    repeat = Repeat(over="people", item="who", completion=Two(Name(counter), sign, Lit(bound_)))
    hand = play(
        then_asked(each(mode="one", repeat=repeat), arrows="start>a>x", asks=outcome_is(outcome)),
        people=["u", "v", "w"],
    )
    for act in acts.split():
        assert hand.open not in ("yes", "no")
        seat, given = act.split(":")
        hand.act(f"a/{seat}", given)
    assert hand.open == "yes"


def test_values_are_collected_in_the_order_of_the_list_null_for_who_gave_none(play: Play) -> None:
    repeat = Repeat(over="people", item="who", collect="note", into="notes")
    values = [
        Two(Count("notes"), "=", Lit(3)),
        *(Two(Item("notes", n), "=", Lit(v)) for n, v in ((1, "first"), (3, "third"))),
    ]
    for asks in [*values, Two(Item("notes", 2), "!=", Lit("before"))]:
        drawn = then_asked(each(fills=("note",), mode="2", repeat=repeat), arrows="start>a>x", asks=asks)
        hand = play(drawn, people=["u", "v", "w"], note="before", notes=[])
        hand.act("a/w", note="third")
        assert hand.act("a/u", note="first").open == "yes"


def test_repeated_work_sub_processes_and_calls_end_when_all_have_or_when_the_condition_says(play: Play) -> None:
    inside = sketch(step("i", desk=Name("who")), end("e"), arrows="begin>i>e", start="begin")
    for activity in (within("s", inside, repeat=Repeat(over="people", item="who")),
                     call("s", "other", repeat=Repeat(over="people", item="who"))):  # fmt: skip
        hand = play(sketch(activity, step("b"), end(), arrows="start>s>b>end"), {"other": inside}, people=["u", "v"])
        assert hand.open == "i/u i/v"
        assert hand.act("i/v").open == "i/u"
        assert hand.act("i/u").open == "b"
    repeat = Repeat(over="people", completion=Two(Name("numberOfCompletedInstances"), "=", Lit(2)))
    hand = play(sketch(work("w", repeat=repeat), step("b"), end(), arrows="start>w>b>end"), people=["u", "v", "w"])
    assert len(hand.answer("w", index=3).seen.work) == 2
    assert hand.answer("w", index=1).open == "b"


def test_only_human_steps_write_outcomes_outside_a_repeated_sub_process(play: Play) -> None:
    inside = sketch(
        step("i", desk=Name("who")), xor("y"), end("e"), end("f"),
        arrows="begin>i>y y>e y>f!", start="begin", when={"y>e": REFUSED}
    )  # fmt: skip
    drawn = then_asked(
        step("z"), within("s", inside, repeat=Repeat(over="people", item="who")),
        arrows="start>z>s>x", asks=outcome_is("approved")
    )  # fmt: skip
    assert play(drawn, people=["u"]).act("z").act("i", "rejected").open == "yes"


def test_boundary_events_of_a_repeated_activity_listen_for_the_whole_of_it(play: Play) -> None:
    drawn = sketch(
        each(repeat=Repeat(True, over="people", item="who")), bound("t", "a", "timer", timer=lasts("PT1H")), step("b"),
        end(), arrows="start>a>end t>b>end",
    )  # fmt: skip
    hand = play(drawn, people=["u", "v"])
    hand.minutes = 30
    assert hand.act("a/u").open == "a/v"
    assert hand.wait(30).open == "b"
