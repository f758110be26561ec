"""The descriptor of our attributes, read by bpmn-moddle: what bpmn-js and every editor built on it go by."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from engine.circuits.xml import OURS

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
DRAWINGS = {path.name: path.read_text() for path in files("workflows").iterdir() if path.name.endswith(".bpmn")}
DESCRIPTOR = json.loads(files("workflows").joinpath("parapheur.moddle.json").read_text())

#: Every attribute of the specification, on every element that takes it.
WHOLE = """<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:parapheur="urn:parapheur:bpmn:1"
    id="definitions" targetNamespace="t">
  <bpmn:message id="m" name="m" />
  <bpmn:process id="p" isExecutable="true">
    <bpmn:userTask id="user" parapheur:kind="signature" parapheur:desk="maire, adjoint" parapheur:mode="2"
        parapheur:delay="P2D" parapheur:counting="working" parapheur:reminders="P1D, P2D"
        parapheur:requiredForApproval="a"
        parapheur:requiredForRejection="b" parapheur:fills="a:libellé, b" parapheur:outcomes="mot:libellé"
        parapheur:separation="emitter" parapheur:paper="true">
      <bpmn:multiInstanceLoopCharacteristics id="loop" parapheur:collection="members" />
    </bpmn:userTask>
    <bpmn:manualTask id="manual" parapheur:kind="visa" parapheur:desk="=desk" parapheur:mode="one"
        parapheur:delay="P2D" parapheur:reminders="P1D" parapheur:requiredForApproval="a"
        parapheur:requiredForRejection="b" parapheur:fills="a" parapheur:outcomes="mot" parapheur:separation="user" />
    <bpmn:serviceTask id="service" parapheur:service="notify" parapheur:input="{desk: &#34;dgs&#34;}"
        parapheur:fills="a" />
    <bpmn:businessRuleTask id="rule" parapheur:decision="seuils#qui" parapheur:result="qui" />
    <bpmn:intermediateThrowEvent id="throw" parapheur:service="mail" parapheur:input="{a: 1}" parapheur:fills="a">
      <bpmn:messageEventDefinition id="d1" messageRef="m" />
    </bpmn:intermediateThrowEvent>
    <bpmn:intermediateCatchEvent id="catch" parapheur:correlation="numero" parapheur:fills="a">
      <bpmn:messageEventDefinition id="d2" messageRef="m" />
    </bpmn:intermediateCatchEvent>
    <bpmn:boundaryEvent id="late" attachedToRef="user" parapheur:counting="calendar" />
    <bpmn:boundaryEvent id="boundary" attachedToRef="user" parapheur:correlation="numero">
      <bpmn:messageEventDefinition id="d3" messageRef="m" />
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="end" parapheur:result="rejected" parapheur:service="mail" parapheur:input="{a: 1}"
        parapheur:fills="a" />
  </bpmn:process>
</bpmn:definitions>
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    node = shutil.which("node")
    if node is None or not (ROOT / "node_modules/bpmn-moddle").is_dir():
        pytest.skip("bpmn-moddle is not installed: npm ci")
    asked = json.dumps({"descriptor": DESCRIPTOR, "drawings": {**DRAWINGS, "whole": WHOLE}})
    done = subprocess.run([node, HERE / "moddle.mjs"], input=asked, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def written(xml: str) -> dict[str, dict[str, str]]:
    """Our attributes as the file has them, by element."""
    found: dict[str, dict[str, str]] = {}
    for element in etree.fromstring(xml.encode()).iter():
        for name, value in element.attrib.items():
            if etree.QName(name).namespace == OURS:
                holder = element.get("id") or element.getparent().get("id")
                found.setdefault(holder, {})[etree.QName(name).localname] = value
    return found


@pytest.mark.parametrize("name", [*sorted(DRAWINGS), "whole"])
def test_drawings_are_read_without_warning_with_their_attributes_typed_and_kept(
    answers: dict[str, Any], name: str
) -> None:
    answer = answers[name]
    expected = written(DRAWINGS.get(name, WHOLE))
    assert answer["warnings"] == []
    assert expected
    assert answer["before"] == {"typed": expected, "untyped": []}
    assert answer["after"] == answer["before"]


def test_the_descriptor_holds_the_attributes_of_the_specification_and_no_other() -> None:
    specified = set(re.findall(r"`parapheur:(\w+)", (ROOT / "docs/circuits.md").read_text()))
    described = {prop["name"] for kind in DESCRIPTOR["types"] for prop in kind["properties"]}
    tried = {name for attributes in written(WHOLE).values() for name in attributes}
    assert described == tried == specified
    assert DESCRIPTOR["uri"] == OURS
