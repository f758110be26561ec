"""Files of other modellers are read as they are written; hostile ones are refused at once, with a sentence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel.tables import Rule, Table, TablesRefused, check_dmn, compile_tables, read_tables, write_tables
from engine.findings import Level
from tests.feel.tables import alone

CAMUNDA = """<?xml version="1.0" encoding="UTF-8"?>
<definitions xmlns="http://www.omg.org/spec/DMN/20151101/dmn.xsd" xmlns:camunda="http://camunda.org/schema/1.0/dmn"
             id="plats" name="Plats" namespace="http://camunda.org/schema/1.0/dmn">
  <decision id="dish" name="Dish" camunda:historyTimeToLive="P1D">
    <informationRequirement><requiredDecision href="#season" /></informationRequirement>
    <informationRequirement><requiredDecision href="#guests" /></informationRequirement>
    <decisionTable id="dishTable">
      <input id="i1" label="Season">
        <inputExpression id="e1" typeRef="string"><text>season</text></inputExpression></input>
      <input id="i2" label="Guests">
        <inputExpression id="e2" typeRef="integer"><text>guestCount</text></inputExpression></input>
      <output id="o1" label="Dish" name="desiredDish" typeRef="string" />
      <rule id="r1">
        <description>  Il fait froid  </description>
        <inputEntry id="c1"><text>"Winter"</text></inputEntry>
        <inputEntry id="c2"><text><![CDATA[<= 8]]></text></inputEntry>
        <outputEntry id="c3"><text>"Roastbeef"</text></outputEntry>
      </rule>
      <rule id="r2">
        <inputEntry id="c4"><text>not("Winter")</text></inputEntry>
        <inputEntry id="c5"><text></text></inputEntry>
        <outputEntry id="c6"><text>"Salade"</text></outputEntry>
      </rule>
    </decisionTable>
  </decision>
  <decision id="season" name="Season decision">
    <decisionTable id="seasonTable">
      <input id="i3"><inputExpression id="e3" typeRef="double"><text>temperature</text></inputExpression></input>
      <output id="o2" name="season" typeRef="string" />
      <rule id="r3"><inputEntry id="c7"><text>&lt; 10</text></inputEntry>
        <outputEntry id="c8"><text>"Winter"</text></outputEntry></rule>
      <rule id="r4"><inputEntry id="c9"><text>>= 10</text></inputEntry>
        <outputEntry id="c10"><text>"Summer"</text></outputEntry></rule>
    </decisionTable>
  </decision>
  <decision id="guests" name="Guests"><variable name="guestCount" typeRef="integer" />
    <literalExpression id="l1"><text>if weekend then 15 else 4</text></literalExpression>
  </decision>
</definitions>"""

STANDARD = """<?xml version="1.0"?>
<dmn:definitions xmlns:dmn="https://www.omg.org/spec/DMN/20230324/MODEL/" xmlns:feel="https://www.omg.org/spec/DMN/20230324/FEEL/"
  name="Montants" namespace="https://exemple.fr/dmn" id="_m">
  <dmn:itemDefinition name="tService"><dmn:typeRef>string</dmn:typeRef>
    <dmn:allowedValues><dmn:text>"dst", "dgs"</dmn:text></dmn:allowedValues></dmn:itemDefinition>
  <dmn:itemDefinition name="tMontant"><dmn:typeRef>feel:number</dmn:typeRef></dmn:itemDefinition>
  <dmn:itemDefinition name="tListe" isCollection="true"><dmn:typeRef>string</dmn:typeRef></dmn:itemDefinition>
  <dmn:inputData id="_1" name="Montant total"><dmn:variable name="Montant total" typeRef="tMontant"/></dmn:inputData>
  <dmn:inputData id="_2" name="Service"><dmn:variable name="Service" typeRef="tService"/></dmn:inputData>
  <dmn:knowledgeSource id="_k" name="Code général des collectivités"/>
  <dmn:decision id="_3" name="Signataire"><dmn:variable name="Signataire" typeRef="string"/>
    <dmn:informationRequirement><dmn:requiredInput href="#_1"/></dmn:informationRequirement>
    <dmn:informationRequirement><dmn:requiredInput href="#_2"/></dmn:informationRequirement>
    <dmn:authorityRequirement><dmn:requiredAuthority href="#_k"/></dmn:authorityRequirement>
    <dmn:decisionTable hitPolicy="ANY" outputLabel="Signataire">
      <dmn:input>
        <dmn:inputExpression typeRef="tMontant"><dmn:text>Montant total</dmn:text></dmn:inputExpression></dmn:input>
      <dmn:input><dmn:inputExpression typeRef="tService"><dmn:text>Service</dmn:text></dmn:inputExpression></dmn:input>
      <dmn:output/>
      <dmn:annotation name="Pourquoi"/>
      <dmn:rule>
        <dmn:inputEntry><dmn:text>&lt;= 4000</dmn:text></dmn:inputEntry>
        <dmn:inputEntry><dmn:text>-</dmn:text></dmn:inputEntry>
        <dmn:outputEntry><dmn:text>"chef"</dmn:text></dmn:outputEntry>
        <dmn:annotationEntry><dmn:text>délégation</dmn:text></dmn:annotationEntry></dmn:rule>
      <dmn:rule>
        <dmn:inputEntry><dmn:text>> 4000</dmn:text></dmn:inputEntry>
        <dmn:inputEntry><dmn:text>"dst", "dgs"</dmn:text></dmn:inputEntry>
        <dmn:outputEntry><dmn:text>"maire"</dmn:text></dmn:outputEntry></dmn:rule>
    </dmn:decisionTable>
  </dmn:decision>
</dmn:definitions>"""


def test_a_file_of_camunda_7_runs() -> None:
    decisions = compile_tables(read_tables(CAMUNDA.encode()))
    assert decisions.decide("dish", {"temperature": 5.5, "weekend": False}) == "Roastbeef"
    assert decisions.decide("dish", {"temperature": 25, "weekend": True}) == "Salade"
    assert decisions.decide("dish", {"temperature": 5, "weekend": True}) is None
    assert decisions.names("dish") == {"temperature", "weekend"}
    assert read_tables(CAMUNDA.encode()).decision("dish").logic.rules[0].note == "Il fait froid"  # type: ignore[union-attr]


def test_a_file_of_the_standard_runs_with_its_own_types() -> None:
    tables = read_tables(STANDARD.encode())
    assert [finding.sentence for finding in tables.findings] == [
        "Rien n’est gardé de la source de connaissance « Code général des collectivités »."
    ]
    assert [finding for finding in check_dmn(STANDARD.encode()) if "règle" in finding.sentence] == []
    decisions = compile_tables(tables)
    assert decisions.decide("_3", {"Montant total": 4000, "Service": "dgs"}) == "chef"
    assert decisions.decide("_3", {"Montant total": 4000.01, "Service": "dst"}) == "maire"
    again = compile_tables(read_tables(write_tables(tables)))
    assert again.decide("_3", {"Montant total": 4001, "Service": "dst"}) == "maire"


def _definitions(inside: str, before: str = "") -> bytes:
    start = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="n">'
    return f"{before}{start}{inside}</definitions>".encode()


def _rules(count: int, cell: str = "1") -> bytes:
    rule = f'<rule id="r"><inputEntry><text>{cell}</text></inputEntry><outputEntry><text>1</text></outputEntry></rule>'
    return _definitions(
        '<decision id="a" name="a"><decisionTable id="t"><input id="i">'
        "<inputExpression><text>x</text></inputExpression></input>"
        f'<output id="o" name="y"/>{rule * count}</decisionTable></decision>'
    )


_BOMB = (
    "<!DOCTYPE d ["
    + '<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(12))
    + "]>"
)

HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "entities": (lambda: _definitions("<decision>&m;</decision>", _BOMB), "DOCTYPE"),
    "entities in UTF-16": (
        lambda: _definitions("<decision>&m;</decision>", _BOMB).decode().encode("utf-16"),
        "DOCTYPE|lisible",
    ),
    "a file from outside": (
        lambda: _definitions("<decision>&x;</decision>", '<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>'),
        "DOCTYPE",
    ),
    "fifty megabytes": (lambda: _definitions("<decision/>" * 5_000_000), "dépasse 2 Mo"),
    "ten thousand rules": (lambda: _rules(10_000), "10000 règles ; 1000 au plus"),
    "ten thousand decisions": (lambda: _definitions('<decision id="x"/>' * 10_000), "10000 décisions ; 100 au plus"),
    "long cells": (lambda: _rules(900, "1," * 450 + "1"), "caractères ; 200000 au plus"),
    "depth": (lambda: _definitions("<decision>" * 5000 + "</decision>" * 5000), "décisions|lisible"),
    "a circle": (
        lambda: _definitions(
            "".join(
                f'<decision id="d{n}"><informationRequirement><requiredDecision href="#d{(n + 1) % 50}"/>'
                f"</informationRequirement><literalExpression><text>1</text></literalExpression></decision>"
                for n in range(50)
            )
        ),
        "dépend d’elle-même",
    ),
    "itself": (
        lambda: _definitions(
            '<decision id="d"><informationRequirement><requiredDecision href="#d"/></informationRequirement>'
            "<literalExpression><text>d</text></literalExpression></decision>"
        ),
        "dépend d’elle-même",
    ),
    "types in a circle": (
        lambda: _definitions(
            '<itemDefinition name="a"><typeRef>b</typeRef></itemDefinition>'
            '<itemDefinition name="b"><typeRef>a</typeRef></itemDefinition>'
            '<decision id="d"><variable typeRef="a"/><literalExpression><text>1</text></literalExpression></decision>'
        ),
        "Le type « a » n’existe pas",
    ),
    "twenty thousand types": (
        lambda: _definitions("".join(f'<itemDefinition name="t{n}"/>' for n in range(20_000))),
        "20000 types ; 500 au plus",
    ),
    "types in a row": (
        lambda: _definitions(
            "".join(f'<itemDefinition name="t{n}"><typeRef>t{n + 1}</typeRef></itemDefinition>' for n in range(500))
            + '<decision id="d"><variable typeRef="t0"/><literalExpression><text>1</text></literalExpression>'
            "</decision>"
        ),
        "Le type « t0 » n’existe pas",
    ),
    "links": (
        lambda: _definitions(f'<decision id="d">{"<informationRequirement/>" * 20_000}</decision>'),
        "20000 liens ; 500 au plus",
    ),
    "empty cells": (
        lambda: _definitions(
            f'<decision id="d"><decisionTable id="t">{"<input/>" * 500}<output/>'
            f"{('<rule>' + '<inputEntry/>' * 500 + '</rule>') * 200}</decisionTable></decision>"
        ),
        "100000 cases ; 10000 au plus",
    ),
    "not XML": (lambda: b"PK\x03\x04 un zip", "lisible"),
    "nothing": (lambda: b"", "lisible"),
    "another kind of drawing": (
        lambda: b'<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>',
        "n’est pas un modèle de décision",
    ),
    "no decision": (lambda: _definitions(""), "aucune décision"),
    "javascript": (
        lambda: _definitions(
            '<decision id="d"><literalExpression expressionLanguage="javascript"><text>1</text></literalExpression>'
            "</decision>"
        ),
        "javascript",
    ),
    "a boxed invocation": (
        lambda: _definitions('<decision id="d" name="D"><invocation/></decision>'),
        "« invocation »",
    ),
    "another file": (
        lambda: _definitions(
            '<decision id="d"><informationRequirement><requiredDecision href="http://ailleurs/x.dmn#a"/>'
            "</informationRequirement><literalExpression><text>1</text></literalExpression></decision>"
        ),
        "n’est pas dans ce fichier",
    ),
    "an unknown policy": (
        lambda: _definitions('<decision id="d"><decisionTable id="t" hitPolicy="SOMETIMES"/></decision>'),
        "règle de choix inconnue : « SOMETIMES »",
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_with_a_sentence(name: str) -> None:
    make, sentence = HOSTILE[name]
    data = make()
    findings = check_dmn(data)
    assert findings[0].level is Level.ERROR
    assert findings[0].remedy
    assert re.search(sentence, findings[0].sentence), findings[0].sentence
    with pytest.raises(TablesRefused):
        compile_tables(read_tables(data))


@pytest.mark.parametrize("cell", ["{n}", "&lt; {n}", "[{n}..{m}]", "not({n})", "? > {n}", '"v{n}"', "-", "{n},{m}"])
def test_the_largest_tables_are_checked_in_bounded_work(cell: str) -> None:
    rule = (
        '<rule id="r{n}">'
        + f"<inputEntry><text>{cell}</text></inputEntry>" * 3
        + "<outputEntry><text>{n}</text></outputEntry></rule>"
    )
    columns = "".join(f'<input id="i{x}"><inputExpression><text>x{x}</text></inputExpression></input>' for x in "abc")
    rules = "".join(rule.format(n=n, m=n + 3) for n in range(1000))
    data = _definitions(
        f'<decision id="a" name="a"><decisionTable id="t" hitPolicy="ANY">{columns}<output id="o" name="y"/>{rules}'
        "</decisionTable></decision>"
    )
    assert check_dmn(data)


@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_our_refusal(data: bytes) -> None:
    with pytest.raises(TablesRefused):
        read_tables(data)


_PIECES = st.sampled_from(
    [
        "<rule>", "</rule>", "<input>", "</input>", "<output/>", '<output name="é"/>', "<text>1</text>", "<text>",
        "</text>",
        "<inputEntry/>", "<inputEntry><text>&lt; 3</text></inputEntry>", "<outputEntry><text>2</text></outputEntry>",
        "<inputExpression typeRef='x'/>", "<inputExpression typeRef='number'><text>a</text></inputExpression>",
        "<informationRequirement><requiredDecision href='#d'/></informationRequirement>",
        "<variable typeRef='number'/>",
        "<inputValues><text>[1..2]</text></inputValues>", "<description>x</description>", "<!-- c -->", "<autre/>", "é",
    ]
)  # fmt: skip


@given(st.lists(_PIECES, max_size=12), st.sampled_from(["UNIQUE", "FIRST", "COLLECT", ""]))
def test_no_heap_of_elements_raises_anything_but_findings(pieces: list[str], policy: str) -> None:
    table = f'<decisionTable hitPolicy="{policy}">{"".join(pieces)}</decisionTable>'
    check_dmn(_definitions(f'<decision id="d" name="D">{table}</decision>'))


_XML_TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20).map(str.strip)


@given(_XML_TEXT, _XML_TEXT, _XML_TEXT)
def test_any_text_of_a_table_comes_back(cell: str, answer: str, note: str) -> None:
    made = alone('- => "x"')
    table = made.decisions[0].logic
    assert isinstance(table, Table)
    rules = (Rule("r", (cell,), (answer,), note),)
    changed = replace(made, decisions=(replace(made.decisions[0], logic=replace(table, rules=rules)),))
    found = read_tables(write_tables(changed)).decisions[0].logic
    assert isinstance(found, Table)
    assert found.rules == rules
