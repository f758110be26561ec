"""Shipped circuits open in bpmn-js without a warning, with a shape or an arrow for everything that is executed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files

import pytest
from lxml import etree
from playwright.sync_api import Browser, Page

from engine.circuits import check_circuit
from engine.circuits.xml import tag
from tests.support.browser import chromium
from tests.workflows.render import BPMN_JS

pytestmark = pytest.mark.browser

SHIPPED = {path.name: path.read_bytes() for path in files("workflows").iterdir() if path.name.endswith(".bpmn")}

_OPEN = """async (xml) => {
  const viewer = new BpmnJS({ container: "#canvas" });
  const { warnings } = await viewer.importXML(xml);
  const drawn = viewer.get("elementRegistry").getAll().filter((element) => element.type !== "label");
  const answer = { warnings: warnings.map(String), drawn: drawn.map((element) => element.businessObject.id) };
  viewer.destroy();
  return answer;
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    browser: Browser
    with chromium() as browser:
        page = browser.new_page()
        page.set_content('<div id="canvas" style="height:800px"></div>')
        page.add_script_tag(path=BPMN_JS / "bpmn-viewer.production.min.js")
        yield page


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_it_opens_whole(name: str, page: Page) -> None:
    answer = page.evaluate(_OPEN, SHIPPED[name].decode())
    assert answer["warnings"] == []
    root = etree.fromstring(SHIPPED[name])
    executed = {
        element.get("id")
        for process in root.iter(tag("process"))
        for element in process.iter()
        if isinstance(element.tag, str)
        and (
            element.tag == tag("sequenceFlow")
            or element.find(tag("incoming")) is not None
            or element.find(tag("outgoing")) is not None
        )
    }
    assert len(executed) > 3
    assert executed <= set(answer["drawn"])


@pytest.mark.parametrize("name", sorted(SHIPPED))
def test_nothing_is_to_be_reviewed(name: str) -> None:
    assert check_circuit(SHIPPED[name]) == []
