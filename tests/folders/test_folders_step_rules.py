"""The guards of what re-aims a step, walked as tables."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import product
from uuid import UUID

import pytest

from engine.circuits import StepKind, StepSpec
from engine.desks.authority import Authority
from engine.folders.model import Act, FolderStatus, Verdict
from engine.folders.rules import MAX_REASON, Asked, StepFacts, may_act, may_act_as_drawn
from engine.folders.step_rules import (
    ANSWERS,
    MAX_TRANSFERS,
    REMINDER_PAUSE,
    OpinionFacts,
    Target,
    WorkFacts,
    may_ask_opinion,
    may_bypass,
    may_give_opinion,
    may_remind,
    may_take_back_opinion,
    may_transfer,
    refuse_paper,
)
from engine.refusals import Refusal
from tests.support.world import NOW

HOLDER = Authority(UUID(int=1))
STRANGER = Refusal("not_your_desk", "Ce n’est pas votre bureau.")
OPEN = StepFacts(FolderStatus.IN_PROGRESS, "VISA", "DGS", closed=False, closed_by=None)
AWAITING = StepFacts(FolderStatus.IN_PROGRESS, "VISA", "DGS", closed=False, closed_by=None, opinion_of="Finances")
CLOSED = StepFacts(FolderStatus.IN_PROGRESS, "VISA", "DGS", closed=True, closed_by="Zoé Çelik")
OVER = StepFacts(FolderStatus.REJECTED, "VISA", "DGS", closed=False, closed_by=None)
FINANCES = Target("Finances")


def code(refusal: Refusal | None) -> str | None:
    return refusal.code if refusal else None


@pytest.mark.parametrize("act", list(Act))
def test_nothing_else_is_done_on_a_step_that_waits_for_an_opinion(act: Act) -> None:
    refusal = may_act(AWAITING, act, authority=HOLDER, document_unchanged=True, reason="motif", signed=True)
    assert code(refusal) == "opinion_awaited"
    assert refusal is not None
    assert "Finances" in refusal.sentence


@pytest.mark.parametrize(
    ("step", "authority", "expected"),
    [
        (OPEN, HOLDER, None),
        (OPEN, STRANGER, "not_your_desk"),
        (CLOSED, HOLDER, "step_already_done"),
        (OVER, HOLDER, "folder_closed"),
        (AWAITING, HOLDER, "opinion_awaited"),
        (AWAITING, STRANGER, "not_your_desk"),
    ],
)
def test_a_step_is_re_aimed_by_its_desk_while_it_is_open_and_asks_nothing(
    step: StepFacts, authority: Authority | Refusal, expected: str | None
) -> None:
    assert code(may_ask_opinion(step, authority, FINANCES, "Les crédits suffisent-ils ?")) == expected
    assert code(may_transfer(step, authority, FINANCES, "", transfers=0)) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (None, "desk_unknown"),
        (Target("DGS", has_step=True), "desk_same"),
        (Target("Archives", answers=False), "desk_cannot_act"),
        (Target("Adjoint", held=False), "desk_not_held"),
    ],
)
def test_a_desk_that_could_not_answer_is_not_chosen(target: Target | None, expected: str) -> None:
    assert code(may_ask_opinion(OPEN, HOLDER, target, "Pourquoi ?")) == expected
    assert code(may_transfer(OPEN, HOLDER, target, "", transfers=0)) == expected


def test_a_step_goes_to_no_desk_that_may_not_decide_it() -> None:
    assert code(may_transfer(OPEN, HOLDER, Target("Régie", excluded=True), "", transfers=0)) == "desk_excluded"
    assert code(may_transfer(OPEN, HOLDER, Target("Élus", counted=True), "", transfers=0)) == "desk_counted"
    # An opinion decides nothing: it may be asked of them.
    assert may_ask_opinion(OPEN, HOLDER, Target("Régie", excluded=True, counted=True), "Un avis ?") is None


def test_a_step_does_not_go_round_for_ever() -> None:
    assert may_transfer(OPEN, HOLDER, FINANCES, "", transfers=MAX_TRANSFERS - 1) is None
    assert code(may_transfer(OPEN, HOLDER, FINANCES, "", transfers=MAX_TRANSFERS)) == "too_many_transfers"


@pytest.mark.parametrize(("text", "expected"), [("", "missing"), (" \n", "missing"), ("x" * (MAX_REASON + 1), "long")])
def test_what_is_said_is_there_and_bounded(text: str, expected: str) -> None:
    asked = code(may_ask_opinion(OPEN, HOLDER, FINANCES, text))
    assert asked == {"missing": "question_missing", "long": "question_too_long"}[expected]
    opinion = OpinionFacts("Finances", step_open=True)
    for verdict in (Verdict.UNFAVOURABLE, Verdict.COMMENT, Verdict.DECLINED):
        given = code(may_give_opinion(opinion, HOLDER, verdict, text))
        assert given == {"missing": "opinion_missing", "long": "opinion_too_long"}[expected]
    moved = code(may_transfer(OPEN, HOLDER, FINANCES, text, transfers=0))
    assert moved == {"missing": None, "long": "reason_too_long"}[expected]


def test_whoever_is_excluded_from_a_step_does_not_hold_it_up_with_a_question() -> None:
    assert code(may_ask_opinion(OPEN, HOLDER, FINANCES, "Un avis ?", excluded=True)) == "separation"


@pytest.mark.parametrize(
    ("verdict", "step_open", "authority"), list(product([None, *Verdict], [True, False], [HOLDER, STRANGER]))
)
def test_an_opinion_is_given_once_by_the_desk_that_was_asked(
    verdict: Verdict | None, step_open: bool, authority: Authority | Refusal
) -> None:
    opinion = OpinionFacts("Finances", step_open=step_open, verdict=verdict)
    allowed = verdict is None and step_open and authority is HOLDER
    for given in ANSWERS:
        assert (may_give_opinion(opinion, authority, given, "Voici.") is None) is allowed
    assert (may_take_back_opinion(opinion, authority) is None) is allowed


@pytest.mark.parametrize("verdict", [None, Verdict.TAKEN_BACK])
def test_an_opinion_has_a_direction(verdict: Verdict | None) -> None:
    opinion = OpinionFacts("Finances", step_open=True)
    assert code(may_give_opinion(opinion, HOLDER, verdict, "Voici.")) == "verdict_missing"
    assert may_give_opinion(opinion, HOLDER, Verdict.FAVOURABLE, "") is None


@pytest.mark.parametrize(
    ("signatory", "day", "expected"),
    [
        ("Héloïse Lefèvre", date(2026, 11, 24), None),
        ("Héloïse Lefèvre", date(2026, 11, 25), None),
        ("Héloïse Lefèvre", date(2026, 11, 26), "signed_on_future"),
        ("Héloïse Lefèvre", None, "signed_on_missing"),
        ("  ", date(2026, 11, 24), "signatory_missing"),
        ("x" * 201, date(2026, 11, 24), "signatory_too_long"),
    ],
)
def test_a_paper_says_who_signed_it_and_when(signatory: str, day: date | None, expected: str | None) -> None:
    assert code(refuse_paper(signatory, day, today=date(2026, 11, 25))) == expected


@pytest.mark.parametrize(("paper", "kind"), list(product([True, False], StepKind)))
def test_paper_is_signed_only_where_the_drawing_allows_it(paper: bool, kind: StepKind) -> None:
    step = StepFacts(FolderStatus.IN_PROGRESS, kind.value, "Maire", closed=False, closed_by=None)
    spec = StepSpec("a", "Signature", kind, "maire", paper=paper)
    first = may_act(step, Act.PAPER_SIGNATURE, authority=HOLDER, document_unchanged=True, signed=True)
    second = may_act_as_drawn(Asked(spec), Act.PAPER_SIGNATURE, "approved", {}, excluded=False)
    assert ((first or second) is None) is (paper and kind is StepKind.SIGNATURE)
    without = may_act(step, Act.PAPER_SIGNATURE, authority=HOLDER, document_unchanged=True, signed=False)
    assert without is not None  # a scan is wanted


def test_a_step_is_reminded_of_once_an_hour_by_those_concerned() -> None:
    just = NOW - REMINDER_PAUSE + timedelta(seconds=1)
    assert may_remind(OPEN, concerned=True, last=None, now=NOW) is None
    assert may_remind(OPEN, concerned=True, last=NOW - REMINDER_PAUSE, now=NOW) is None
    assert code(may_remind(OPEN, concerned=True, last=just, now=NOW)) == "reminded_already"
    assert code(may_remind(OPEN, concerned=False, last=None, now=NOW)) == "not_emitter_nor_supervisor"
    assert code(may_remind(CLOSED, concerned=True, last=None, now=NOW)) == "nothing_to_remind"
    assert code(may_remind(OVER, concerned=True, last=None, now=NOW)) == "nothing_to_remind"
    nobody = may_remind(AWAITING, concerned=True, last=None, now=NOW, people=0)
    assert nobody is not None
    assert (nobody.code, "Finances" in nobody.sentence) == ("nobody_to_remind", True)


def work(**facts: object) -> WorkFacts:
    known = {"status": FolderStatus.IN_PROGRESS, "awaited": True, "tried": True, "under_way": False}
    return WorkFacts(**{**known, "fills": ("numero",), "errors": ("refus",), **facts})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("facts", "how", "expected"),
    [
        ({}, {}, None),
        ({}, {"variables": ["numero"]}, None),
        ({}, {"error": "refus"}, None),
        ({"errors": ("",)}, {"error": "n’importe"}, None),
        ({}, {"administers": False}, "not_administrator"),
        ({"awaited": False}, {}, "work_not_awaited"),
        ({"status": FolderStatus.REJECTED}, {}, "work_not_awaited"),
        ({"under_way": True}, {}, "work_under_way"),
        ({"tried": False}, {}, "work_not_tried"),
        ({}, {"reason": " "}, "reason_missing"),
        ({}, {"reason": "x" * (MAX_REASON + 1)}, "reason_too_long"),
        ({}, {"variables": ["outcome"]}, "field_not_asked"),
        ({}, {"error": "panne"}, "error_not_drawn"),
        ({"errors": ()}, {"error": "refus"}, "error_not_drawn"),
    ],
)
def test_only_a_stuck_work_is_bypassed_by_an_administrator_as_the_drawing_allows(
    facts: dict[str, object], how: dict[str, object], expected: str | None
) -> None:
    asked: dict[str, object] = {"administers": True, "reason": "Le service est fermé.", "variables": (), "error": None}
    assert code(may_bypass(work(**facts), **{**asked, **how})) == expected  # type: ignore[arg-type]
