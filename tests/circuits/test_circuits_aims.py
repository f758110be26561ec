"""Whom a step aims at by a word: the superior, a function up the tree, a desk chosen at deposit; and groups of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from engine.circuits import (
    Circuit,
    CircuitStuck,
    Outcome,
    Progress,
    check_circuit,
    compile_circuit,
    complete,
    forecast,
    start,
    steps_to_choose,
    who_is_missing,
)
from engine.circuits.around import Around
from tests.support.drawing import END, REJECTED, START, drawing, exclusive, flow, step

NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
TREE: dict[str, Any] = {
    "emitter": "voirie",
    "hierarchy": ["technique", "dgs", "maire"],
    "functions": {"chef": "technique", "directeur": "dgs", "dgs": "dgs"},
    "chosen": {"a": "urbanisme"},
}


def alone(desk: str, mode: str = "all") -> Circuit:
    """A circuit of one step."""
    asked = step("a", desk=desk).replace("/>", f' parapheur:mode="{mode}"/>')
    return compile_circuit(drawing(START, asked, END, flow("start>a a>end")))


def opened(circuit: Circuit, **given: Any) -> list[str]:
    return [one.desk for one in start(circuit, {**TREE, **given}, now=NOW).opened]


@pytest.mark.parametrize(
    ("desk", "found"),
    [
        ("superior", ["technique"]),
        ("up-to:directeur", ["dgs"]),
        ("up-to: chef", ["technique"]),
        ("chosen", ["urbanisme"]),
        ("emitter", ["emitter"]),
        ("superior, up-to:directeur, chosen, maire", ["technique", "dgs", "urbanisme", "maire"]),
    ],
)
def test_a_word_gives_a_desk_of_the_folder(desk: str, found: list[str]) -> None:
    assert opened(alone(desk)) == found
    assert [one.desk for one in forecast(alone(desk), TREE, now=NOW)] == found


def test_a_desk_that_two_words_give_is_asked_once() -> None:
    assert opened(alone("superior, up-to:dgs, dgs"), hierarchy=["dgs"]) == ["dgs"]
    assert opened(alone("emitter, voirie, superior")) == ["emitter", "technique"]
    assert opened(alone("dgs, dgs")) == ["dgs", "dgs"], "what is drawn twice without a word is asked twice"


@pytest.mark.parametrize(
    ("desk", "given", "words"),
    [
        ("superior", {"hierarchy": []}, "« Étape a » revient au supérieur de « voirie »"),
        ("up-to:prefet", {}, "jusqu’à la fonction « prefet »"),
        ("chosen", {"chosen": {}}, "aucun ne l’a été"),
        ("maire, superior", {"hierarchy": []}, "au-dessus duquel aucun bureau"),
    ],
)
def test_a_word_that_gives_nobody_is_told_before_and_stops_nothing_half_way(
    desk: str, given: dict[str, Any], words: str
) -> None:
    circuit = alone(desk)
    told = who_is_missing(circuit, {**TREE, **given}, now=NOW)
    assert told is not None
    assert words in told
    with pytest.raises(CircuitStuck, match="Rien n’a été enregistré"):
        start(circuit, {**TREE, **given}, now=NOW)


def guarded(condition: str) -> Circuit:
    """The superior is asked only where a condition says so."""
    ways = flow(f"start>g g>a:yes:{condition} g>b:no a>end b>end")
    return compile_circuit(
        drawing(START, exclusive("g", "no"), step("a", desk="superior"), step("b", desk="maire"), END, ways)
    )


def test_a_way_that_the_folder_cannot_take_needs_nobody() -> None:
    nobody = {**TREE, "hierarchy": []}
    assert who_is_missing(guarded("count(hierarchy)>0"), nobody, now=NOW) is None
    assert who_is_missing(guarded("amount>1000"), {**nobody, "amount": 10}, now=NOW) is None
    assert who_is_missing(guarded("amount>1000"), {**nobody, "amount": 5000}, now=NOW) is not None
    assert who_is_missing(guarded("amount>1000"), nobody, now=NOW) is not None, "not known yet: it may be taken"


def test_a_way_that_a_step_decides_may_be_taken() -> None:
    fills = step("first").replace("/>", ' parapheur:fills="amount"/>')
    circuit = compile_circuit(
        drawing(
            START,
            fills,
            exclusive("g", "no"),
            step("a", desk="superior"),
            END,
            flow("start>first first>g g>a:yes:amount>1000 g>end:no a>end"),
        )
    )
    assert who_is_missing(circuit, {**TREE, "hierarchy": [], "amount": 10}, now=NOW) is not None


def test_a_desk_chosen_for_a_called_circuit_is_told_apart_by_the_call() -> None:
    inner = alone("chosen")
    calls = '<bpmn:callActivity id="one" calledElement="inner"/><bpmn:callActivity id="two" calledElement="inner"/>'
    circuit = compile_circuit(drawing(START, calls, END, flow("start>one one>two two>end")), {"inner": inner})
    assert [one.place for one in steps_to_choose(circuit, TREE, now=NOW)] == ["one/a", "two/a"]
    given = {**TREE, "chosen": {"one/a": "urbanisme", "two/a": "finances"}}
    assert [one.desk for one in forecast(circuit, given, now=NOW)] == ["urbanisme", "finances"]
    told = who_is_missing(circuit, {**TREE, "chosen": {"one/a": "urbanisme"}}, now=NOW)
    assert told is not None


GROUP = "superior, up-to:directeur, maire"
YES, NO = Outcome.APPROVED, Outcome.REJECTED


def answered(mode: str, outcomes: list[Outcome]) -> Progress:
    """A group of three desks, whose desks answer in turn until it ends."""
    asked = step("a", desk=GROUP).replace("/>", f' parapheur:mode="{mode}"/>')
    ways = flow('start>a a>g g>end:yes:outcome="approved" g>rejected:no')
    circuit = compile_circuit(drawing(START, asked, exclusive("g", "no"), END, REJECTED, ways))
    progress = start(circuit, TREE, now=NOW)
    waiting = list(progress.opened)
    assert [one.desk for one in waiting] == ["technique", "dgs", "maire"]
    for outcome in outcomes:
        assert not progress.finished, "it ended before this answer"
        one = waiting.pop(0)
        progress = complete(
            circuit, progress.state, one.token, outcome=outcome, by={"desk": one.desk}, variables={}, now=NOW
        )
    return progress


@pytest.mark.parametrize(
    ("mode", "outcomes", "approved"),
    [
        ("one", [YES], True),
        ("one", [NO], False),
        ("all", [YES, YES, YES], True),
        ("all", [YES, NO], False),
        ("2", [YES, YES], True),
        ("2", [YES, NO, YES], True),
        ("2", [NO, YES, YES], True),
        ("2", [YES, NO, NO], False),
        ("2", [NO, NO], False),  # of the third, nothing can be hoped any more: it is withdrawn
        ("3", [NO], False),
    ],
)
def test_a_group_ends_as_soon_as_its_answer_is_sure(mode: str, outcomes: list[Outcome], approved: bool) -> None:
    progress = answered(mode, outcomes)
    assert progress.finished
    assert (progress.result is None) is approved
    assert len(progress.closed) == 3 - len(outcomes), "whoever has not answered is asked no more"


def findings(desk: str, **around: Any) -> list[str]:
    bpmn = drawing(START, step("a", desk=desk), END, flow("start>a a>end"))
    return [finding.sentence for finding in check_circuit(bpmn, around=Around(**around))]


def test_the_check_knows_words_functions_and_desks_that_may_not_be_aimed_at() -> None:
    known: dict[str, Any] = {
        "desks": {"maire", "dgs"}, "functions": {"directeur", "maire"}, "unfit": {"dgs": "est fermé"}
    }  # fmt: skip
    assert findings("emitter, superior, chosen, up-to:directeur, up-to:maire, maire", **known) == []
    for desk, told in {
        "superieur": "vise le bureau « superieur », qui n’existe pas dans la collectivité.",
        "up-to:": "remonte l’arbre des bureaux sans dire jusqu’à quelle fonction.",
        "up-to:prefet": "remonte jusqu’à la fonction « prefet », que ne porte aucun bureau.",
        "dgs": "vise le bureau « dgs », qui est fermé.",
    }.items():
        assert findings(desk, **known) == [f"L’étape « Étape a » {told}"]
