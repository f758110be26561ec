"""What the check says beyond what cannot run: holes, empty fields, loops, names that exist nowhere."""

from __future__ import annotations

import pytest

from engine.circuits import Finding, Level, check_circuit, compile_circuit
from engine.circuits.around import Around
from tests.support.drawing import END, START, drawing, exclusive, flow, parallel, step


def asking(name: str, **attributes: str) -> str:
    """A step with more attributes of ours."""
    words = "".join(f' parapheur:{key}="{value}"' for key, value in attributes.items())
    return f'<bpmn:userTask id="{name}" name="Étape {name}" parapheur:desk="dgs"{words}/>'


def service(name: str, what: str) -> str:
    return f'<bpmn:serviceTask id="{name}" name="{name}" parapheur:service="{what}"/>'


def about(findings: list[Finding], element_id: str) -> list[Finding]:
    return [finding for finding in findings if finding.element_id == element_id]


def errors(bpmn: bytes, around: Around | None = None) -> list[Finding]:
    return [finding for finding in check_circuit(bpmn, around=around) if finding.level is Level.ERROR]


def decided(*conditions: str, before: str = "", default: str | None = None) -> bytes:
    """A step, a decision ``x`` with a way out to the end for each condition."""
    spaced = [condition.replace(" ", "/**/") for condition in conditions]  # a comment parts words as a space does
    arrows = " ".join(f"x>end:w{number}:{condition}" for number, condition in enumerate(spaced))
    more = f" x>end:{default}" if default else ""
    first = before or step("a")
    return drawing(START, first, exclusive("x", default), END, flow(f"start>a a>x {arrows}{more}"))


AMOUNT = asking("a", fills="amount", requiredForApproval="amount")


@pytest.mark.parametrize(
    ("conditions", "before"),
    [
        (('outcome="approved"', 'outcome!="approved"'), ""),
        (('outcome="approved"', 'outcome="rejected"', 'outcome="refer_back"'), ""),
        (('outcomes.a.outcome="approved"', 'not(outcomes.a.outcome="approved")'), ""),
        (("amount<5000", "amount>=5000"), AMOUNT),
        (("amount<=5000", "amount>5000 and amount<90000", "amount>=90000"), AMOUNT),
        (("amount in [0..10]", "amount<0", "amount>10"), AMOUNT),
        (('type="Devis"', 'type!="Devis"'), ""),
    ],
)
def test_a_decision_whose_conditions_are_proved_complete_needs_no_default(
    conditions: tuple[str, ...], before: str
) -> None:
    bpmn = decided(*conditions, before=before)
    assert errors(bpmn) == []
    compile_circuit(bpmn)


@pytest.mark.parametrize(
    ("conditions", "before", "words"),
    [
        (('outcome="approved"', 'outcome="rejected"'), "", "ne convient quand « outcome » vaut « refer_back »"),
        (("amount<5000", "amount>5000"), AMOUNT, "ne convient quand « amount » vaut 5\u202f000"),
        (("amount<5000", "amount>=6000"), AMOUNT, "quand « amount »"),
        (("amount<5000", "amount>=5000"), "", "« amount » peut être vide"),
        (("count(hierarchy)>0", "count(hierarchy)=0"), "", "Non prouvé"),
        (("amount<other", "amount>=other"), AMOUNT, "Non prouvé"),
    ],
)
def test_a_hole_in_a_decision_without_default_is_told_with_the_values_that_fall_through(
    conditions: tuple[str, ...], before: str, words: str
) -> None:
    [finding] = errors(decided(*conditions, before=before))
    assert finding.element_id == "x"
    assert words in finding.sentence
    assert finding.remedy


def test_two_inputs_are_looked_at_together() -> None:
    step_a = asking("a", fills="amount, urgent", requiredForApproval="amount, urgent")
    both = decided("amount>10 and urgent=true", "amount<=10", before=step_a)
    [finding] = errors(both)
    assert "« amount » dépasse 10" in finding.sentence
    assert "« urgent » vaut non" in finding.sentence
    assert errors(decided("amount>10", "urgent=true and amount<=10", "amount<=10", before=step_a)) == []


def test_a_field_required_for_approval_only_may_be_empty_after_a_drawn_refusal() -> None:
    bpmn = drawing(
        START, AMOUNT, exclusive("y", "d"), exclusive("x", None), END,
        flow('start>a a>y y>x:d y>x:r:outcome="rejected" x>end:s:amount<5 x>end:b:amount>=5'),
    )  # fmt: skip
    [finding] = errors(bpmn)
    assert "peut être vide" in finding.sentence


def test_a_way_out_that_is_never_taken_is_told() -> None:
    bpmn = decided("amount>10", "amount>20", "amount<3 and amount>4", default="d")
    found = check_circuit(bpmn)
    assert "toujours prises à sa place" in about(found, "x-w1")[0].sentence
    assert "ne peut pas être vraie" in about(found, "x-w2")[0].sentence
    assert {finding.level for finding in found} == {Level.WARNING}


def test_a_field_read_and_never_filled_is_told_when_the_fields_of_folders_are_known() -> None:
    bpmn = decided("surface>10", default="d")
    assert check_circuit(bpmn) == []
    assert check_circuit(bpmn, around=Around(fields={"surface"})) == []
    [finding] = check_circuit(bpmn, around=Around(fields=()))
    assert (finding.level, finding.element_id) == (Level.WARNING, "x-w0")
    assert "« surface » n’est rempli par rien" in finding.sentence


def test_a_field_filled_on_one_way_only_may_be_read_too_soon() -> None:
    fill = asking("a", fills="surface")
    one_way = drawing(
        START, exclusive("s", "d"), step("b"), fill, exclusive("j", None), exclusive("x", "d"), END,
        flow('start>s s>a:d s>b:o:title="x" a>j b>j j>x x>end:d x>end:w:surface>10'),
    )  # fmt: skip
    [finding] = check_circuit(one_way, around=Around(fields=()))
    assert finding.element_id == "x-w"
    assert "« surface » peut être lu avant d’être rempli" in finding.sentence
    both_ways = drawing(
        START, parallel("s"), step("b"), fill, parallel("j"), exclusive("x", "d"), END,
        flow("start>s s>a s>b a>j b>j j>x x>end:d x>end:w:surface>10"),
    )  # fmt: skip
    assert check_circuit(both_ways, around=Around(fields=())) == []


def test_outcome_is_read_too_soon_before_any_step() -> None:
    bpmn = drawing(START, exclusive("x", "d"), step("a"), END, flow('start>x x>a:d x>end:w:outcome="approved" a>end'))
    [finding] = check_circuit(bpmn)
    assert "« outcome » peut être lu avant d’être rempli" in finding.sentence


def test_what_instances_write_is_forgotten_and_what_is_collected_is_not() -> None:
    def repeated(read: str) -> bytes:
        each = asking("a", fills="opinion").replace(
            "/>",
            '><bpmn:multiInstanceLoopCharacteristics parapheur:collection="hierarchy">'
            "<bpmn:loopDataOutputRef>opinions</bpmn:loopDataOutputRef>"
            '<bpmn:outputDataItem name="opinion"/></bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>',
        )
        return drawing(START, each, exclusive("x", "d"), END, flow(f"start>a a>x x>end:d x>end:w:{read}=null"))

    assert check_circuit(repeated("opinions"), around=Around(fields=())) == []
    [finding] = check_circuit(repeated("opinion"), around=Around(fields=()))
    assert finding.element_id == "x-w"


def test_a_message_may_fill_what_it_says_and_a_called_circuit_what_it_leaves() -> None:
    message = (
        '<bpmn:intermediateCatchEvent id="m" parapheur:fills="receipt"><bpmn:messageEventDefinition messageRef="r"/>'
        "</bpmn:intermediateCatchEvent>"
    )
    inner = compile_circuit(drawing(START, asking("i", fills="budget"), END, flow("start>i i>end")))
    call = '<bpmn:callActivity id="c" name="c" calledElement="inner"/>'
    bpmn = drawing(
        START, message, call, exclusive("x", "d"), END,
        flow("start>m m>c c>x x>end:d x>end:w:receipt=budget"),
    )  # fmt: skip
    assert check_circuit(bpmn, around=Around({"inner": inner}, fields=())) == []
    other = compile_circuit(drawing(START, step("i"), END, flow("start>i i>end")))
    [finding] = check_circuit(bpmn, around=Around({"inner": other}, fields=()))
    assert "« budget »" in finding.sentence


def test_a_loop_without_a_way_out_is_refused() -> None:
    bpmn = drawing(
        START, exclusive("s", "d"), step("a"), exclusive("m", None), step("b"), END,
        flow('start>a a>s s>end:d s>m:o:outcome="rejected" m>b b>m'),
    )  # fmt: skip
    found = errors(bpmn)
    assert {finding.element_id for finding in found} == {"m", "b"}
    assert all("ne peut plus se terminer" in finding.sentence for finding in found)


def test_a_join_fed_by_itself_is_told_as_such() -> None:
    bpmn = drawing(
        START, parallel("j"), step("a"), exclusive("x", "d"), END,
        flow('start>j j>a a>x x>end:d x>j:again:outcome="rejected"'),
    )  # fmt: skip
    [finding] = errors(bpmn)
    assert finding.element_id == "j"
    assert "s’attend elle-même" in finding.sentence


def test_a_way_round_that_asks_nothing_of_anybody_is_not_proved() -> None:
    bpmn = drawing(
        START, step("a"), exclusive("m", None), exclusive("x", "d"), END, flow("start>a a>m m>x x>end:d x>m:o:n>1")
    )
    [finding] = check_circuit(bpmn)
    assert (finding.level, finding.element_id) == (Level.WARNING, "m")
    assert "Non prouvé" in finding.sentence


def test_desks_and_services_that_do_not_exist_are_refused_when_those_that_do_are_known() -> None:
    bpmn = drawing(
        START, step("a", desk="dgs, maire"), step("b", desk="emitter"), service("s", "fax"), END,
        flow("start>a a>b b>s s>end"),
    )  # fmt: skip
    assert check_circuit(bpmn) == []
    around = Around(desks={"maire"}, services={"notify"})
    assert {(finding.element_id, finding.level) for finding in check_circuit(bpmn, around=around)} == {
        ("a", Level.ERROR),
        ("s", Level.ERROR),
    }


def test_a_step_without_delay_among_others_that_have_one_is_told_when_advice_is_asked() -> None:
    bpmn = drawing(START, asking("a", delay="P2D"), step("b"), END, flow("start>a a>b b>end"))
    assert check_circuit(bpmn) == []
    [finding] = check_circuit(bpmn, around=Around(advice=True))
    assert (finding.level, finding.element_id) == (Level.WARNING, "b")
    none = drawing(START, step("a"), step("b"), END, flow("start>a a>b b>end"))
    assert check_circuit(none, around=Around(advice=True)) == []


def test_who_is_excluded_by_a_step_that_does_not_exist_is_told() -> None:
    bpmn = drawing(START, step("a"), asking("b", separation="a, emitter, c"), END, flow("start>a a>b b>end"))
    [finding] = check_circuit(bpmn)
    assert "« c »" in finding.sentence


def test_a_signal_that_makes_itself_heard_again_is_not_proved() -> None:
    hears = (
        '<bpmn:boundaryEvent id="h" attachedToRef="a" cancelActivity="false">'
        '<bpmn:signalEventDefinition signalRef="s"/></bpmn:boundaryEvent>'
    )
    throws = '<bpmn:endEvent id="{}"><bpmn:signalEventDefinition signalRef="{}"/></bpmn:endEvent>'

    def told(signal: str) -> list[Finding]:
        thrown = throws.format("t", signal)
        return check_circuit(drawing(START, step("a"), hears, thrown, END, flow("start>a a>end h>t")))

    [finding] = told("s")
    assert finding.element_id == "h"
    assert "Non prouvé" in finding.sentence
    assert told("other") == []


def test_an_event_gateway_of_signals_only_is_not_proved() -> None:
    def catch(name: str, what: str) -> str:
        return f'<bpmn:intermediateCatchEvent id="{name}">{what}</bpmn:intermediateCatchEvent>'

    def waits(second: str) -> list[Finding]:
        first = catch("c", '<bpmn:signalEventDefinition signalRef="s"/>')
        gate = '<bpmn:eventBasedGateway id="g"/>'
        arrows = flow("start>g g>c g>d c>end d>end")
        return check_circuit(drawing(START, gate, first, catch("d", second), END, arrows))

    [finding] = waits('<bpmn:signalEventDefinition signalRef="t"/>')
    assert finding.element_id == "g"
    late = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    assert waits(late) == []


def test_paper_is_allowed_where_a_signature_is_asked_and_nowhere_else() -> None:
    def said(**attributes: str) -> list[str]:
        arrows = flow("start>a a>end")
        return [found.sentence for found in check_circuit(drawing(START, asking("a", **attributes), END, arrows))]

    assert said(kind="signature", paper="true") == []
    assert said(kind="visa", paper="false") == []
    [visa] = said(kind="visa", paper="true")
    assert "ne demande pas de signature" in visa
    [unknown] = said(kind="signature", paper="oui")
    assert "« oui »" in unknown
