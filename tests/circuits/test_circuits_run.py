"""Circuits run as drawn: outcomes, joins in loops, compact state."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files

import pytest

from engine.circuits import (
    CircuitRefused,
    CircuitStuck,
    Level,
    Progress,
    StepKind,
    called_circuits,
    check_circuit,
    compile_circuit,
    complete,
    forecast,
    open_steps,
    start,
    variables_of,
)
from tests.support.drawing import END, REJECTED, START, drawing, exclusive, flow, parallel, step

NOW = datetime(2026, 11, 24, tzinfo=UTC)
SHIPPED = sorted(path.name for path in files("workflows").iterdir() if path.name.endswith(".bpmn"))


class Run:
    """A run played by hand; its state is stored and read again at each act."""

    def __init__(self, bpmn: bytes, **variables: object) -> None:
        self.circuit = compile_circuit(bpmn)
        self.progress = start(self.circuit, variables, now=NOW)

    def waiting(self) -> list[str]:
        if self.progress.finished:
            return []
        return sorted(item.element_id for item in open_steps(self.circuit, self.progress.state))

    def act(self, element_id: str, outcome: str = "approved", **variables: object) -> Progress:
        found = [s for s in open_steps(self.circuit, self.progress.state) if s.element_id == element_id]
        self.progress = complete(
            self.circuit, self.progress.state, found[0].token, outcome=outcome, by={}, variables=variables, now=NOW
        )
        return self.progress


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_circuits_can_be_published(name: str) -> None:
    bpmn = files("workflows").joinpath(name).read_bytes()
    called = {
        other: compile_circuit(files("workflows").joinpath(f"{other}.bpmn").read_bytes())
        for other in called_circuits(bpmn)
    }
    assert check_circuit(bpmn, called) == []
    assert compile_circuit(bpmn, called).steps


def test_the_deed_asks_for_a_visa_then_a_signature() -> None:
    run = Run(files("workflows").joinpath("deed.bpmn").read_bytes())
    assert [(s.kind, s.desk) for s in run.progress.opened] == [(StepKind.VISA, "dgs")]
    progress = run.act("visa-dgs")
    assert [(s.kind, s.desk) for s in progress.opened] == [(StepKind.SIGNATURE, "maire")]
    progress = run.act("signature-maire")
    assert (progress.finished, progress.result) == (True, None)


@pytest.mark.parametrize("steps", [("visa-dgs",), ("visa-dgs", "signature-maire")])
def test_a_refusal_of_the_deed_reaches_the_end_that_rejects(steps: tuple[str, ...]) -> None:
    run = Run(files("workflows").joinpath("deed.bpmn").read_bytes())
    for element in steps[:-1]:
        run.act(element)
    progress = run.act(steps[-1], "rejected")
    assert (progress.finished, progress.result) == (True, "rejected")


def test_a_rejection_that_is_not_drawn_ends_the_run_and_withdraws_the_siblings() -> None:
    run = Run(
        drawing(START, parallel("p"), step("a"), step("b"), parallel("j"), END, flow("start>p p>a p>b a>j b>j j>end"))
    )
    [other] = [s.token for s in run.progress.opened if s.element_id == "b"]
    progress = run.act("a", "rejected")
    assert (progress.finished, progress.result, progress.closed) == (True, "rejected", (other,))


def test_an_end_that_rejects_withdraws_what_is_still_open() -> None:
    run = Run(
        drawing(
            START, parallel("p"), step("a"), step("b"), exclusive("x", "ok"), parallel("j"), END, REJECTED,
            flow('start>p p>a p>b a>x x>j:ok x>rejected:no:outcome="rejected" b>j j>end'),
        )
    )  # fmt: skip
    progress = run.act("a", "rejected")
    assert (progress.finished, progress.result, len(progress.closed)) == (True, "rejected", 1)


def loop() -> bytes:
    """Two must sign together; the DGS may send everything back to both."""
    return drawing(
        START, exclusive("again", None), parallel("p"), step("a"), step("b"), parallel("j"), step("c"),
        exclusive("x", "yes"), END,
        flow('start>again again>p p>a p>b a>j b>j j>c c>x x>end:yes x>again:no:outcome="refer_back"'),
    )  # fmt: skip


def test_a_join_visited_again_waits_for_every_branch_of_the_present_round() -> None:
    run = Run(loop())
    for _ in range(4):
        assert run.waiting() == ["a", "b"]
        run.act("a")
        assert run.waiting() == ["b"]
        run.act("b")
        assert run.waiting() == ["c"]
        run.act("c", "refer_back")
    run.act("b")
    assert run.waiting() == ["a"]
    run.act("a")
    assert run.act("c").finished


def test_the_state_does_not_grow_with_history_nor_with_parallel_blocks() -> None:
    run = Run(loop())
    for _ in range(300):
        run.act("a")
        run.act("b")
        run.act("c", "refer_back")
    assert len(run.progress.state) < 700
    assert run.waiting() == ["a", "b"]
    blocks = [parallel(f"{kind}{n}") for n in range(5) for kind in "pj"]
    signers = [step(f"s{n}{m}") for n in range(5) for m in range(4)]
    arrows = [f"p{n}>s{n}{m} s{n}{m}>j{n}" for n in range(5) for m in range(4)]
    arrows += [f"j{n}>p{n + 1}" for n in range(4)] + ["start>p0", "j4>end"]
    wide = Run(drawing(START, *blocks, *signers, END, flow(" ".join(arrows))))
    assert len(wide.progress.state) < 1000
    assert wide.waiting() == ["s00", "s01", "s02", "s03"]


def test_conditions_read_the_variables_and_who_gave_what() -> None:
    bpmn = drawing(
        START, step("a"), exclusive("x", "small"), step("b"), END,
        flow('start>a a>x x>b:big:montant>=4000 x>end:small b>end'),
    )  # fmt: skip
    assert Run(bpmn, montant=4000).act("a").opened[0].element_id == "b"
    assert Run(bpmn, montant=3999.99).act("a").finished
    circuit = compile_circuit(bpmn)
    assert [s.element_id for s in forecast(circuit, {"montant": 5000}, now=NOW)] == ["a", "b"]
    assert [s.element_id for s in forecast(circuit, {"montant": 1}, now=NOW)] == ["a"]


def test_awkward_names_and_big_data_survive() -> None:
    awkward = {"typename": "facture", "__class__": {"typename": "timedelta"}, "é": "x" * 100_000, "montant": "12.50"}
    bpmn = drawing(START, step("a"), step("b"), END, flow("start>a a>b b>end"))
    run = Run(bpmn, **awkward)
    run.act("a", avis={"typename": None})
    assert awkward.items() <= variables_of(run.circuit, run.progress.state).items()
    assert run.act("b").finished


def test_a_step_that_is_not_open_cannot_be_completed() -> None:
    run = Run(files("workflows").joinpath("deed.bpmn").read_bytes())
    token = run.progress.opened[0].token
    run.act("visa-dgs")
    with pytest.raises(KeyError):
        complete(run.circuit, run.progress.state, token, outcome="approved", by={}, variables={}, now=NOW)


def test_a_drawing_that_goes_round_for_ever_is_abandoned() -> None:
    bpmn = drawing(
        START, step("a"), exclusive("x", "round"), exclusive("y", None), END,
        flow('start>a a>y y>x x>y:round x>end:out:outcome="never"'),
    )  # fmt: skip
    run = Run(bpmn)
    with pytest.raises(CircuitStuck):
        run.act("a")


def test_an_unknown_state_format_is_refused() -> None:
    run = Run(files("workflows").joinpath("deed.bpmn").read_bytes())
    future = run.progress.state.replace(b"[2,", b"[99,", 1)
    with pytest.raises(ValueError, match="99"):
        open_steps(run.circuit, future)


@pytest.mark.parametrize(
    ("bpmn", "words"),
    [
        (b"", "XML lisible"),
        (b"<a/>", "pas un dessin BPMN"),
        (b'<!DOCTYPE a [<!ENTITY x "y">]><a/>', "DOCTYPE"),
        (b"<a>" + b"x" * 2_100_000 + b"</a>", "2 Mo"),
        (drawing(START, END, '<bpmn:scriptTask id="s" name="Ruse"/>', flow("start>s s>end")), "(scriptTask)"),
        (drawing(START, END, '<bpmn:complexGateway id="s" name="Ou"/>', flow("start>s s>end")), "complexGateway"),
        (drawing(START, step("a"), flow("start>a")), "n’a pas de fin"),
        (drawing(END, step("a"), flow("a>end")), "n’a pas de départ"),
        (drawing(START, step("a"), step("b"), END, flow("start>a a>end b>end")), "n’est jamais atteint"),
        (drawing(START, step("a"), END, flow("start>a")), "Rien ne suit"),
        (drawing(START, step("a"), END, flow("start>a a>end a>end")), "Plusieurs flèches"),
        (drawing(START, step("a", desk=""), END, flow("start>a a>end")), "ne vise aucun bureau"),
        (drawing(START, step("a", kind="danse"), END, flow("start>a a>end")), "« danse », qui n’existe pas"),
        (drawing(START, step("a"), exclusive("x", None), END, flow("start>a a>x x>end x>a")), "sans condition"),
        (drawing(START, step("a"), exclusive("x", "d"), END, flow("start>a a>x x>end:d x>a:n:1+")), "Condition de"),
        (
            drawing(
                START, exclusive("x", "d"), step("a"), step("b"), parallel("j"), END,
                flow("start>x x>a:d x>b:n:m>1 a>j b>j j>end"),
            ),
            "Blocage possible",
        ),
        (
            drawing(
                START, parallel("p"), step("a"), step("b"), exclusive("j", None), step("c"), END,
                flow("start>p p>a p>b a>j b>j j>c c>end"),
            ),
            "deux fois en même temps",
        ),
    ],
)  # fmt: skip
def test_what_cannot_run_as_drawn_is_refused_with_a_sentence(bpmn: bytes, words: str) -> None:
    errors = [finding for finding in check_circuit(bpmn) if finding.level is Level.ERROR]
    assert any(words in finding.sentence for finding in errors), errors
    assert all(finding.remedy for finding in errors)
    with pytest.raises(CircuitRefused):
        compile_circuit(bpmn)
