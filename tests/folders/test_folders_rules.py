"""The guard of every act, walked as a table."""

from __future__ import annotations

from itertools import product

import pytest

from engine.circuits import Outcome, StepKind, StepSpec
from engine.desks.authority import Authority
from engine.desks.delegation_rules import not_your_desk
from engine.folders.model import Act, FolderStatus
from engine.folders.rules import MAX_REASON, OUTCOMES, Asked, StepFacts, may_act, may_act_as_drawn, refuse_title
from engine.ids import new_id

HOLDER = Authority(new_id())


def facts(*, kind: str = "VISA", status: FolderStatus = FolderStatus.IN_PROGRESS, closed: bool = False) -> StepFacts:
    return StepFacts(status, kind, "Maire", closed, "Zoé ÇELIK" if closed else None)


@pytest.mark.parametrize(
    ("act", "kind", "status", "held", "closed", "unchanged"),
    list(product(Act, ["VISA", "SIGNATURE"], FolderStatus, [True, False], [False, True], [True, False])),
)
def test_what_is_not_allowed_is_refused(
    act: Act, kind: str, status: FolderStatus, held: bool, closed: bool, unchanged: bool
) -> None:
    refusal = may_act(
        facts(kind=kind, status=status, closed=closed),
        act,
        authority=HOLDER if held else not_your_desk("Maire"),
        document_unchanged=unchanged,
        reason="motif",
        signed=act is Act.SIGNATURE,
    )
    # Allowed: my desk, step open, folder in progress; a rejection in any case, the act that the step asks for
    # only on the documents that were seen.
    allowed = (
        held
        and not closed
        and status is FolderStatus.IN_PROGRESS
        and (act in {Act.REJECT, Act.REFER_BACK} or (unchanged and act.value == kind))
    )
    assert (refusal is None) is allowed


def test_the_first_reason_is_the_one_told() -> None:
    refusal = may_act(facts(closed=True), Act.VISA, authority=HOLDER, document_unchanged=False)
    assert refusal is not None
    assert refusal.code == "step_already_done"
    assert "Zoé ÇELIK" in refusal.sentence


@pytest.mark.parametrize("reason", ["", "   \n", "x" * (MAX_REASON + 1)])
def test_a_rejection_says_why_in_a_bounded_text(reason: str) -> None:
    assert may_act(facts(), Act.REJECT, authority=HOLDER, document_unchanged=True, reason=reason) is not None


def test_a_signature_step_does_not_accept_a_visa_nor_an_empty_signature() -> None:
    step = facts(kind="SIGNATURE")
    visa = may_act(step, Act.VISA, authority=HOLDER, document_unchanged=True)
    empty = may_act(step, Act.SIGNATURE, authority=HOLDER, document_unchanged=True, signed=False)
    assert visa is not None
    assert visa.code == "signature_wanted"
    assert empty is not None
    assert empty.code == "signature_missing"


@pytest.mark.parametrize(("title", "ok"), [("Délibération", True), ("", False), ("  ", False), ("x" * 301, False)])
def test_a_folder_has_a_title(title: str, ok: bool) -> None:
    assert (refuse_title(title) is None) is ok


@pytest.mark.parametrize(("act", "outcome"), list(product(OUTCOMES, [*Outcome, "avec_reserve", "inconnu"])))
def test_each_act_ends_a_step_with_its_own_words_only(act: Act, outcome: str) -> None:
    spec = StepSpec("a", "Avis", StepKind.SIGNATURE, "maire", outcomes={"avec_reserve": "Avec réserve"}, paper=True)
    refusal = may_act_as_drawn(Asked(spec, refers_back=True), act, outcome, {}, excluded=False)
    # An answer of the drawing's own is no refusal: it cannot come by the way on which nothing is signed nor seen.
    answer = outcome == "avec_reserve" and act not in {Act.REJECT, Act.REFER_BACK}
    assert (refusal is None) is (answer or outcome == OUTCOMES[act])
