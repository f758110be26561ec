"""The way out: exported runs go on to their end in stock SpiffWorkflow, asking the same steps as ours."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from engine.circuits import (
    Circuit,
    Example,
    NotExportable,
    Situation,
    called_circuits,
    compile_circuit,
    export_spiff_json,
    read_examples,
    rehearse,
    start,
)
from engine.circuits.examples import BEGINS
from engine.circuits.timing import after_period
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(
    path.name.removesuffix(".bpmn") for path in files("workflows").iterdir() if path.name.endswith(".bpmn")
)


@cache
def file_of(short_name: str) -> bytes:
    return files("workflows").joinpath(f"{short_name}.bpmn").read_bytes()


@cache
def circuit(short_name: str) -> Circuit:
    bpmn = file_of(short_name)
    return compile_circuit(bpmn, {called: circuit(called) for called in called_circuits(bpmn)})


def examples_of(short_name: str) -> bytes:
    return files("workflows").joinpath(f"{short_name}.examples.json").read_bytes()


def moments(example: Example) -> list[str]:
    """When the example begins, and when each of its acts happens."""
    now = example.begins
    found = [now]
    for act in example.acts:
        now = after_period(now, act.after) if act.after else now
        found.append(now)
    return [moment.isoformat() for moment in found]


def plain(situation: Situation) -> dict[str, Any]:
    return {
        "open": sorted(name.rpartition(" (")[0] for name in situation.open),
        "work": sorted(situation.work),
        "finished": situation.finished,
        "rejected": situation.rejected,
    }


def taken_over(jobs: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-m", "tests.workflows.stock"],
        cwd=ROOT, input=json.dumps(jobs), capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def assert_goes_on(circuit: Circuit, bpmn: bytes, examples: list[Example], since: int = 0) -> None:
    """Export after each act of each example, and play the others in stock Spiff. ``since``: the first such act."""
    jobs, expected = [], []
    for example in examples:
        situations, when = rehearse(circuit, example), moments(example)
        acts = [
            {
                "kind": act.kind, "name": " ".join(act.name.split()), "desk": act.desk, "outcome": act.outcome,
                "fills": dict(act.fills), "now": now,
            }
            for act, now in zip(example.acts, when[1:], strict=True)
        ]  # fmt: skip
        for point, situation in enumerate(situations):
            if not situation.finished and point >= since:
                run = export_spiff_json(circuit, bpmn, situation.state)
                jobs.append({"run": run, "now": when[point], "acts": acts[point:]})
                expected.append((example.name, point, [plain(one) for one in situations[point:]]))
    assert jobs
    for (name, point, ours), theirs in zip(expected, taken_over(jobs), strict=True):
        assert theirs == ours, f"{name}, exported after act {point}"


@pytest.mark.parametrize("name", SHIPPED)
def test_a_run_exported_anywhere_goes_on_in_stock_spiff_as_it_would_have_here(name: str) -> None:
    assert_goes_on(circuit(name), file_of(name), read_examples(examples_of(name)))


def catch(name: str, host: str, definition: str, *, interrupting: bool = True) -> str:
    """A boundary event."""
    stays = "" if interrupting else ' cancelActivity="false"'
    return f'<bpmn:boundaryEvent id="{name}" attachedToRef="{host}"{stays}>{definition}</bpmn:boundaryEvent>'


def throw(name: str, definition: str, label: str = "") -> str:
    """An intermediate event that throws."""
    return f'<bpmn:intermediateThrowEvent id="{name}" name="{label}">{definition}</bpmn:intermediateThrowEvent>'


def wait(name: str, definition: str) -> str:
    """An intermediate event that waits."""
    return f'<bpmn:intermediateCatchEvent id="{name}">{definition}</bpmn:intermediateCatchEvent>'


def declared(bpmn: bytes, *elements: str) -> bytes:
    """With signals, errors and the like before the process."""
    return bpmn.replace(b"<bpmn:process", "".join(elements).encode() + b"<bpmn:process", 1)


def arrows(prefix: str, words: str) -> str:
    """As ``flow``, with identifiers of their own: those of each scope differ."""
    return flow(words).replace('id="flow-', f'id="{prefix}-')


def inside(name: str, *elements: str, loop: str = "") -> str:
    """A sub-process."""
    return f'<bpmn:subProcess id="{name}">{loop}{"".join(elements)}</bpmn:subProcess>'


def timer(kind: str, text: str) -> str:
    return f"<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"


def inclusive(name: str, default: str = "") -> str:
    chosen = f' default="{name}-{default}"' if default else ""
    return f'<bpmn:inclusiveGateway id="{name}" name="{name}"{chosen}/>'


ESCALATION = '<bpmn:escalationEventDefinition escalationRef="help"/>'
LINK = '<bpmn:linkEventDefinition name="l"/>'
SIGNAL = '<bpmn:signalEventDefinition signalRef="stop"/>'
IN = '<bpmn:startEvent id="in"/>'
OUT = '<bpmn:endEvent id="out"/>'
EACH = (
    '<bpmn:multiInstanceLoopCharacteristics{} parapheur:collection="members">'
    '<bpmn:inputDataItem id="member" name="member"/></bpmn:multiInstanceLoopCharacteristics>'
)
COLLECTED = (
    "<bpmn:multiInstanceLoopCharacteristics><bpmn:loopCardinality>2</bpmn:loopCardinality>"
    "<bpmn:loopDataOutputRef>found</bpmn:loopDataOutputRef>"
    '<bpmn:outputDataItem id="one" name="one"/></bpmn:multiInstanceLoopCharacteristics>'
)
EACH_SCOPE = inside(
    "scope", IN, step("a"), exclusive("x", "yes"), step("b"), OUT,
    arrows('in', 'in>a a>x x>b:no:outcome="rejected" x>out:yes b>out'), loop=EACH.format(' isSequential="true"'),
)  # fmt: skip


def acts(words: str) -> list[dict[str, Any]]:
    """``a`` approves the step « Étape a », ``a:rejected`` rejects it, ``+P1D`` lets time pass."""
    found: list[dict[str, Any]] = []
    for word in words.split():
        name, _, outcome = word.partition(":")
        if word.startswith("+"):
            found.append({"after": word[1:]})
        else:
            found.append({"step": f"Étape {name}", "outcome": outcome or "approved"})
    return found


@pytest.mark.parametrize(
    ("bpmn", "variables", "played"),
    [
        pytest.param(
            drawing(
                START, step("a"), step("r"), END, '<bpmn:endEvent id="told"/>',
                catch("late", "a", timer("timeCycle", "R3/P1D"), interrupting=False),
                flow("start>a a>end late>r r>told"),
            ),
            {}, "+P1D r +P1D r +P1D r a", id="a cycle reminds three times",
        ),
        pytest.param(
            drawing(
                START, inclusive("s", "d"), step("a"), step("b"), step("c"), inclusive("j"), step("z"), END,
                flow("start>s s>a:a:n>0 s>b:b:n>1 s>c:d a>j b>j c>j j>z z>end"),
            ),
            {"n": 2}, "a b z", id="an inclusive join waits for both branches",
        ),
        pytest.param(
            drawing(
                START, inclusive("s", "d"), step("a"), step("b"), step("c"), inclusive("j"), step("z"), END,
                flow("start>s s>a:a:n>0 s>b:b:n>1 s>c:d a>j b>j c>j j>z z>end"),
            ),
            {"n": 0}, "c z", id="an inclusive split takes its default",
        ),
        pytest.param(
            drawing(START, EACH_SCOPE, step("z"), END, flow("start>scope scope>z z>end")),
            {"members": ["u", "v"]}, "a:rejected b a z", id="a scope for each of a list",
        ),
        pytest.param(
            drawing(
                START, step("a", desk="=desks"), step("z"), END, flow("start>a a>z z>end"),
            ),
            {"desks": "dgs"}, "a z", id="desks by expression, one after all",
        ),
        pytest.param(
            declared(
                drawing(
                    START, inside("scope", IN, step("a"), throw("t", ESCALATION), step("b"), OUT,
                                  arrows("in", "in>a a>t t>b b>out")),
                    catch("e", "scope", ESCALATION, interrupting=False), step("h"), END, '<bpmn:endEvent id="told"/>',
                    flow("start>scope scope>end e>h h>told"),
                ),
                '<bpmn:escalation id="help" escalationCode="help"/>',
            ),
            {}, "a h b", id="an escalation adds a step",
        ),
        pytest.param(
            declared(
                drawing(
                    START, parallel("p"), step("a"), throw("t", SIGNAL), step("b"), parallel("j"), exclusive("m", None),
                    step("z"), END, catch("s", "b", SIGNAL), flow("start>p p>a p>b a>t t>j b>m s>m m>j j>z z>end"),
                ),
                '<bpmn:signal id="stop" name="stop"/>',
            ),
            {}, "a z", id="a signal withdraws a step of the same folder",
        ),
        pytest.param(
            drawing(
                START, parallel("p"), step("a"),
                inside(
                    "scope", IN,
                    inside("deep", IN.replace("in", "in2"), step("b"), OUT.replace("out", "out2"),
                           arrows("deep", "in2>b b>out2")),
                    OUT, arrows("scope", "in>deep deep>out"),
                ),
                parallel("j"), END, flow("start>p p>a p>scope a>j scope>j j>end"),
            ),
            {}, "b:rejected", id="a refusal two scopes deep ends the folder",
        ),
        pytest.param(
            drawing(
                START, step("a"), throw("go", LINK), wait("come", LINK), step("z"), END,
                flow("start>a a>go come>z z>end"),
            ),
            {}, "a z", id="a link becomes a flow",
        ),
        pytest.param(
            declared(
                drawing(
                    START, parallel("p"), step("a"), f'<bpmn:endEvent id="over">{SIGNAL}</bpmn:endEvent>', step("b"),
                    step("z"), END, catch("s", "b", SIGNAL), exclusive("m", None),
                    flow("start>p p>a p>b a>over b>m s>z z>m m>end"),
                ),
                '<bpmn:signal id="stop" name="stop"/>',
            ),
            {}, "a z", id="a signal is thrown by an end",
        ),
        pytest.param(
            drawing(
                START, step("a"), step("z"), exclusive("m", None), END,
                catch("late", "a", timer("timeCycle", "R3/P2D")), flow("start>a a>m late>z z>m m>end"),
            ),
            {}, "+P1D +P1D z", id="a cycle that interrupts comes once",
        ),
    ],
)  # fmt: skip
def test_every_kind_of_waiting_is_exported(bpmn: bytes, variables: dict[str, Any], played: str) -> None:
    example = {"name": "Essai", "variables": variables, "acts": acts(played)}
    assert_goes_on(compile_circuit(bpmn), bpmn, read_examples(json.dumps({"examples": [example]}).encode()))


def test_the_present_round_of_a_loop_waits_for_its_own_branches() -> None:
    bpmn = drawing(
        START, exclusive("again", None), parallel("p"), step("a"), step("b"), parallel("j"), step("c"),
        exclusive("x", "yes"), END,
        flow('start>again again>p p>a p>b a>j b>j j>c c>x x>end:yes x>again:no:outcome="rejected"'),
    )  # fmt: skip
    example = {"name": "Essai", "acts": acts("a b c:rejected b a c")}
    read = read_examples(json.dumps({"examples": [example]}).encode())
    assert_goes_on(compile_circuit(bpmn), bpmn, read, since=3)


@pytest.mark.parametrize(
    ("bpmn", "words"),
    [
        (
            drawing(
                START, inside("scope", IN, step("a"), OUT, arrows("in", "in>a a>out"), loop=COLLECTED), END,
                flow("start>scope scope>end"),
            ),
            "« scope » (scope) ne peut pas être exporté : SpiffWorkflow ne range pas dans l’ordre",
        ),
        (
            drawing(
                START, step("a"), END, '<bpmn:endEvent id="told"/>',
                catch("late", "a", timer("timeCycle", "R/P1M"), interrupting=False), flow("start>a a>end late>told"),
            ),
            "ne compte pas les mois",
        ),
        (
            drawing(
                START, '<bpmn:eventBasedGateway id="g" name="Attendre"/>',
                wait("t1", timer("timeDuration", "P1D")), wait("t2", timer("timeDuration", "P2D")), END,
                flow("start>g g>t1 g>t2 t1>end t2>end"),
            ),
            "« Attendre » (g) ne peut pas être exporté : SpiffWorkflow n’y garde qu’une échéance",
        ),
    ],
)  # fmt: skip
def test_what_stock_spiff_would_run_otherwise_is_refused_by_its_name(bpmn: bytes, words: str) -> None:
    built = compile_circuit(bpmn)
    with pytest.raises(NotExportable, match=re.escape(words)):
        export_spiff_json(built, bpmn, start(built, {}, now=BEGINS).state)


def test_a_folder_that_is_over_is_not_exported() -> None:
    built = circuit("deed")
    [example] = [one for one in read_examples(examples_of("deed")) if "direction générale refuse" in one.name]
    with pytest.raises(NotExportable, match="il est fini"):
        export_spiff_json(built, file_of("deed"), rehearse(built, example)[-1].state)
