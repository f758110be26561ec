"""Files go back and forth between us and dmn-js without a warning, and answer the same on both ways."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from engine.feel.tables import (
    Decision,
    Formula,
    InputData,
    Tables,
    check_dmn,
    compile_tables,
    read_tables,
    write_tables,
)
from tests.feel.tables import alone, needing, table
from tests.support.browser import Complaints, chromium

ROOT = Path(__file__).parents[2]
DMN_JS = ROOT / "node_modules/dmn-js/dist/dmn-modeler.production.min.js"


def everything() -> Tables:
    """A file with all that we know how to write."""
    rows = """
        < 4000        | "a" | - => "chef" | 1
        [4000..40000[ | not("a","b") | true => "dgs" | 2 + 1
        ? > 3 and ? < 5 | "é <&> \\"x\\"" | false => "maire" | null
    """
    first = table(
        rows,
        inputs='montant: number = [0..100000]; service: string = "a","b","é"; urgent: boolean',
        outputs='visa: string = "chef","dgs","maire" ? "chef"; jours: number',
        policy="PRIORITY",
        name="visa",
    )
    reads = ("i-montant", "i-service")
    return Tables(
        "tout",
        "Tout ce que nous écrivons",
        (
            Decision("visa", "Visa", first, ("plafond",), reads, type="context"),
            Decision("plafond", "Plafond légal", Formula("formule", "montant * 1.2", "number"), (), ("i-montant",)),
            needing("délais", ["visa"], "- => 3", outputs="n: number", policy="COLLECT", aggregation="SUM"),
        ),
        (InputData("i-montant", "montant", "number"), InputData("i-service", "service", "string")),
    )


FILES = {
    "tout": everything(),
    **{
        policy: alone('> 1 => "a"\n <= 1 => "b"', policy=policy, outputs='visa: string = "a","b"')
        for policy in ("UNIQUE", "FIRST", "PRIORITY", "ANY", "COLLECT", "RULE ORDER", "OUTPUT ORDER")
    },
    **{
        aggregation: alone("> 1 => 1\n <= 1 => 2", outputs="n: number", policy="COLLECT", aggregation=aggregation)
        for aggregation in ("SUM", "MIN", "MAX", "COUNT")
    },
}


@pytest.fixture(scope="module")
def moddle() -> dict[str, Any]:
    """What dmn-moddle makes of our files, and a file of its own."""
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules/dmn-moddle").is_dir():
        pytest.skip("needs Node and the development packages: npm ci")
    asked = json.dumps([write_tables(tables).decode() for tables in FILES.values()])
    script = Path(__file__).parent / "moddle.mjs"
    done = subprocess.run([node, script], input=asked, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return {"made": answer["made"], **dict(zip(FILES, answer["answers"], strict=True))}


@pytest.mark.parametrize("name", FILES)
def test_dmn_moddle_reads_our_files_without_warning_and_writes_the_same_tables(
    name: str, moddle: dict[str, Any]
) -> None:
    found = moddle[name]
    assert found["warnings"] == []
    assert found["names"] == [decision.name for decision in FILES[name].decisions]
    written = read_tables(write_tables(FILES[name]))
    assert read_tables(found["xml"].encode()) == written


def test_what_we_write_is_what_we_had() -> None:
    tables = everything()
    read = read_tables(write_tables(tables))
    assert read.decisions[:2] == tuple(replace(decision, variable=decision.name) for decision in tables.decisions[:2])
    assert read.inputs == tables.inputs
    accented, written = tables.decisions[2], read.decisions[2]
    assert (written.id, written.requires) == ("_d-lais", ("visa",))  # ids are names of XML: modellers refuse others
    assert (written.name, written.variable) == (accented.name, accented.name)


def test_a_file_made_with_dmn_moddle_runs(moddle: dict[str, Any]) -> None:
    decisions = compile_tables(read_tables(moddle["made"].encode()))
    assert decisions.decide("visa", {"montant": 5000}) == "dgs"
    assert decisions.decide("visa", {"montant": 50000}) == "maire"


@pytest.fixture(scope="module")
def modeler() -> Iterator[Page]:
    """A page with dmn-js."""
    if not DMN_JS.is_file():
        pytest.skip("needs the development packages: npm ci")
    with chromium() as browser:
        page = browser.new_page()
        complaints = Complaints()
        complaints.listen(page)
        page.set_content('<!doctype html><div id="here" style="height: 600px"></div>')
        page.add_script_tag(path=DMN_JS)
        page.evaluate("window.modeler = new DmnJS({ container: '#here' })")
        yield page
        assert complaints.without("Inferno") == []  # it says that dmn-js ships its development build


_OPEN = """async (xml) => {
  const count = (what) => document.querySelectorAll(`#here ${what}`).length;
  const { warnings } = await modeler.importXML(xml);  // opens the drawing, or the table of a single decision
  const drawn = modeler.getActiveView().type === "drd" ? count(".djs-shape") : null;
  const shown = [], said = warnings.map((each) => each.message);
  for (const view of modeler.getViews().filter((each) => each.type !== "drd")) {
    said.push(...(await modeler.open(view)).warnings.map((each) => each.message));
    shown.push([view.name, view.type, count(".tjs-table tbody tr td.rule-index")]);
  }
  return { said, shown, drawn, xml: (await modeler.saveXML({ format: true })).xml };
}"""


@pytest.mark.browser
@pytest.mark.parametrize("name", FILES)
def test_dmn_js_opens_every_view_of_our_files(name: str, modeler: Page) -> None:
    found = modeler.evaluate(_OPEN, write_tables(FILES[name]).decode())
    assert found["said"] == []
    decisions = FILES[name].decisions
    assert found["shown"] == [
        [decision.name, "literalExpression", 0]
        if isinstance(decision.logic, Formula)
        else [decision.name, "decisionTable", len(decision.logic.rules)]
        for decision in decisions
    ]
    shapes = len(decisions) + len(FILES[name].inputs)
    assert found["drawn"] == shapes or (found["drawn"] is None and len(decisions) == 1)
    assert read_tables(found["xml"].encode()).decisions == read_tables(write_tables(FILES[name])).decisions


_DRAW = """async () => {
  await modeler.importXML(`<?xml version="1.0" encoding="UTF-8"?>
    <definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="vide" name="DRD" namespace="http://camunda.org/schema/1.0/dmn">
      <decision id="visa" name="Visa"><decisionTable id="table">
        <input id="in1"><inputExpression id="ine1" typeRef="string"><text></text></inputExpression></input>
        <output id="out1" typeRef="string" />
      </decisionTable></decision>
    </definitions>`);
  await modeler.open(modeler.getViews().find((view) => view.type === "decisionTable"));
  const viewer = modeler.getActiveViewer();
  const modeling = viewer.get("modeling");
  const root = () => viewer.get("sheet").getRoot();
  const table = () => root().businessObject;
  modeling.updateProperties(table().input[0], { label: "Montant" });
  modeling.updateProperties(table().input[0].inputExpression, { text: "montant", typeRef: "number" });
  modeling.updateProperties(table().output[0], { name: "visa" });
  modeling.updateProperties(table(), { hitPolicy: "FIRST" });
  modeling.addCol({ type: "dmn:InputClause" });
  modeling.updateProperties(table().input[1].inputExpression, { text: "service", typeRef: "string" });
  for (let at = 0; at < 3; at += 1) modeling.addRow({ type: "dmn:DecisionRule" });
  const places = new Map([[table().input[0], 0], [table().input[1], 1], [table().output[0], 2]]);
  const cells = [["< 4000", "", '"chef"'], ["[4000..40000[", '"technique","finances"', '"dgs"'], ["", "", '"maire"']];
  root().rows.forEach((row, at) => row.cells.forEach((cell) => {
    modeling.editCell(cell.businessObject, cells[at][places.get(cell.col.businessObject)]);
  }));
  return (await modeler.saveXML({ format: true })).xml;
}"""


@pytest.mark.browser
def test_a_table_drawn_in_dmn_js_runs_here(modeler: Page) -> None:
    drawn = modeler.evaluate(_DRAW).encode()
    assert check_dmn(drawn) == []
    decisions = compile_tables(read_tables(drawn))
    asked = [(3000, "technique"), (5000, "finances"), (5000, "voirie"), (50000, None)]
    found = [decisions.decide("visa", {"montant": amount, "service": service}) for amount, service in asked]
    assert found == ["chef", "dgs", "maire", "maire"]
