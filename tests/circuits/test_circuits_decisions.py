"""A decision table asked by a circuit: in passing, pinned at publication, checked with the rest."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from engine.circuits import (
    CircuitRefused,
    CircuitStuck,
    check_circuit,
    compile_circuit,
    open_steps,
    start,
    variables_of,
)
from engine.circuits.actions import publish_decisions
from engine.circuits.around import Around
from engine.circuits.library import CircuitLibrary
from engine.feel.tables import Decisions, TablesRefused, compile_tables, read_tables
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.world import NOW, World

COLUMNS = (
    '<input id="i" label="Montant"><inputExpression typeRef="number"><text>surface</text></inputExpression></input>'
    '<output id="o" name="desk" typeRef="string"/>'
)


def dmn(rules: str, columns: str = COLUMNS, more: str = "") -> bytes:
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Seuils" namespace="t">'
        f'<decision id="who" name="Qui signe"><decisionTable id="t">{columns}{rules}</decisionTable></decision>'
        f"{more}</definitions>"
    ).encode()


def rule(name: str, given: str, *answers: str) -> str:
    outputs = "".join(
        f'<outputEntry id="{name}{n}"><text>{text}</text></outputEntry>' for n, text in enumerate(answers)
    )
    return f'<rule id="{name}"><inputEntry id="{name}i"><text>{given}</text></inputEntry>{outputs}</rule>'


SMALL = rule("r1", "&lt; 5000", '"dgs"') + rule("r2", "&gt;= 5000", '"maire"')
TABLES = compile_tables(read_tables(dmn(SMALL)))


def asking(attributes: str = "", after: str = "=desk") -> bytes:
    task = f'<bpmn:businessRuleTask id="t" name="Choisir" parapheur:decision="seuils{attributes}'
    return drawing(START, f'{task}"/>', step("a", desk=after), END, flow("start>t t>a a>end"))


def opened(bpmn: bytes, tables: Decisions, **variables: Any) -> str:
    circuit = compile_circuit(bpmn, decisions={"seuils": tables})
    [found] = open_steps(circuit, start(circuit, variables, now=NOW).state)
    return found.desk


def test_an_answer_becomes_a_variable_in_the_transition_that_asks() -> None:
    assert opened(asking(), TABLES, surface=4_999) == "dgs"
    assert opened(asking(), TABLES, surface=5_000) == "maire"
    assert opened(asking('" parapheur:result="who', "=who"), TABLES, surface=5_000) == "maire"


def test_several_outputs_are_several_variables_or_one_context() -> None:
    columns = COLUMNS + '<output id="p" name="delay" typeRef="number"/>'
    tables = compile_tables(read_tables(dmn(rule("r1", "&lt; 10", '"dgs"', "2"), columns)))
    circuit = compile_circuit(asking(after="dgs"), decisions={"seuils": tables})
    found = variables_of(circuit, start(circuit, {"surface": 3}, now=NOW).state)
    assert (found["desk"], found["delay"]) == ("dgs", 2)
    none = variables_of(circuit, start(circuit, {"surface": 30}, now=NOW).state)
    assert (none["desk"], none["delay"]) == (None, None)
    whole = compile_circuit(asking('" parapheur:result="all', "=all.desk"), decisions={"seuils": tables})
    assert variables_of(whole, start(whole, {"surface": 3}, now=NOW).state)["all"] == {"desk": "dgs", "delay": 2}


def test_a_decision_that_cannot_be_taken_refuses_the_transition() -> None:
    circuit = compile_circuit(asking(), decisions={"seuils": TABLES})
    with pytest.raises(CircuitStuck, match=r"« Choisir » .*« Montant » vaut .*Rien n’a été enregistré"):
        start(circuit, {"surface": "beaucoup"}, now=NOW)


def test_a_refusal_is_still_drawn_when_a_decision_comes_between() -> None:
    task = '<bpmn:businessRuleTask id="t" name="Choisir" parapheur:decision="seuils"/>'
    bpmn = drawing(
        START, step("a"), task, exclusive("x", "d"), step("b"), END,
        flow('start>a a>t t>x x>end:d x>b:r:outcome="rejected" b>end'),
    )  # fmt: skip
    assert compile_circuit(bpmn, decisions={"seuils": TABLES}).refusal_drawn == {"a"}


@pytest.mark.parametrize(
    ("bpmn", "tables", "words"),
    [
        (asking(), {}, "« seuils », qui n’est pas publiée"),
        (asking("#nothing"), {"seuils": TABLES}, "n’a pas de décision « nothing »"),
        (
            asking(),
            {"seuils": compile_tables(read_tables(dmn(SMALL, more=dmn(SMALL).decode().partition("<decision ")[2].join(
                ["<decision ", ""]).replace("</definitions>", "").replace('id="who"', 'id="other"').replace(
                'id="t"', 'id="t2"'))))},
            "plusieurs décisions finales",
        ),
        (drawing(START, '<bpmn:businessRuleTask id="t"/>', END, flow("start>t t>end")), {}, "ne nomme aucune table"),
    ],
)  # fmt: skip
def test_a_decision_that_does_not_exist_is_refused(bpmn: bytes, tables: dict[str, Decisions], words: str) -> None:
    with pytest.raises(CircuitRefused, match=words) as refused:
        compile_circuit(bpmn, decisions=tables)
    assert refused.value.findings[0].element_id == "t"


def test_inputs_that_nothing_fills_are_told_and_outputs_are_filled() -> None:
    around = Around(decisions={"seuils": TABLES}, fields=())
    [finding] = check_circuit(asking(), around=around)
    assert finding.element_id == "t"
    assert "« surface » n’est rempli par rien" in finding.sentence
    assert check_circuit(asking(), around=Around(decisions={"seuils": TABLES}, fields={"surface"})) == []


def test_a_circuit_goes_on_asking_the_version_it_was_published_with(each_world: World) -> None:
    world = each_world

    def decide(rules: str, late: int) -> int:
        with world.database.writing() as session:
            version = publish_decisions(
                session, tenant_id=world.tenant.id, short_name="seuils", name="Seuils", dmn=dmn(rules),
                now=NOW + timedelta(minutes=late),
            )  # fmt: skip
            session.commit()
            return version.number

    def desk_of(version_id: Any) -> str:
        with world.database.reading() as session:
            circuit = CircuitLibrary().version(session, version_id)
        [found] = open_steps(circuit, start(circuit, {"surface": 1}, now=NOW).state)
        return found.desk

    assert decide(SMALL, 0) == decide(SMALL, 1) == 1
    first = publish_for(world, "line", asking())
    assert publish_for(world, "line", asking()).id == first.id
    assert decide(SMALL.replace('"dgs"', '"adjoint"'), 2) == 2
    second = publish_for(world, "line", asking())
    assert second.number == 2
    assert (desk_of(first.id), desk_of(second.id)) == ("dgs", "adjoint")


def test_a_table_that_contradicts_itself_is_not_published(each_world: World) -> None:
    overlapping = rule("r1", "&lt; 5000", '"dgs"') + rule("r2", "&gt; 10", '"maire"')
    with each_world.database.writing() as session, pytest.raises(TablesRefused, match="répondent à la fois"):
        publish_decisions(
            session, tenant_id=each_world.tenant.id, short_name="s", name="S", dmn=dmn(overlapping), now=NOW
        )
