"""What an import gives opens in bpmn-js without a warning, every node and arrow on the screen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from playwright.sync_api import Page

from engine.circuits.importing.tree import NODES, local
from engine.circuits.xml import parse, tag
from tests.imports.answering import FILES, carried_through
from tests.support.browser import Complaints, chromium

ROOT = Path(__file__).parents[2]
BPMN_JS = ROOT / "node_modules/bpmn-js/dist/bpmn-modeler.production.min.js"
DESCRIPTOR = json.loads(files("workflows").joinpath("parapheur.moddle.json").read_text(encoding="utf-8"))
RESULTS = {
    path.stem: bpmn for path in sorted(FILES.glob("*.bpmn")) if (bpmn := carried_through(path.read_bytes()).bpmn)
}
_OPEN = """async (xml) => {
  const { warnings } = await modeler.importXML(xml);
  const roots = modeler.get("canvas").getRootElements().map((each) => each.id.replace(/_plane$/, ""));
  const drawn = modeler.get("elementRegistry").getAll().map((each) => each.id);
  return { warnings: warnings.map((each) => each.message), drawn, roots };
}"""


@pytest.fixture(scope="module")
def modeler() -> Iterator[Page]:
    """A page with bpmn-js that knows our attributes."""
    if not BPMN_JS.is_file():
        pytest.skip("needs the development packages: npm ci")
    with chromium() as browser:
        page = browser.new_page()
        complaints = Complaints()
        complaints.listen(page)
        page.set_content('<!doctype html><div id="here" style="height: 600px"></div>')
        page.add_script_tag(path=BPMN_JS)
        page.evaluate(
            "(ours) => { window.modeler = new BpmnJS({ container: '#here', moddleExtensions: { parapheur: ours } }) }",
            DESCRIPTOR,
        )
        yield page
        assert complaints.found == []


@pytest.mark.browser
@pytest.mark.parametrize("name", RESULTS)
def test_it_opens_without_a_warning_and_everything_is_drawn(name: str, modeler: Page) -> None:
    found: dict[str, Any] = modeler.evaluate(_OPEN, RESULTS[name].decode())
    assert found["warnings"] == []
    process = parse(RESULTS[name]).find(tag("process"))
    assert process is not None
    wanted = {
        str(element.get("id"))
        for element in process.iter(etree.Element)
        if local(element) in NODES or local(element) == "sequenceFlow"
    }
    assert wanted - set(found["drawn"]) == set()
