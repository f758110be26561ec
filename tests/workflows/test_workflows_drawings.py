"""Shipped circuits are drawn to be read: nothing overlaps, arrows are straight, pictures and pages are there."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import combinations, pairwise
from pathlib import Path
from typing import NamedTuple

import pytest
from lxml import etree

from engine.circuits.xml import BPMN, tag
from tests.workflows.render import PICTURES, digest_of, digest_shown

DI = "{http://www.omg.org/spec/BPMN/20100524/DI}"
BOUNDS = "{http://www.omg.org/spec/DD/20100524/DC}Bounds"
WAYPOINT = "{http://www.omg.org/spec/DD/20100524/DI}waypoint"
SHIPPED = sorted(
    path.name.removesuffix(".bpmn") for path in files("workflows").iterdir() if path.name.endswith(".bpmn")
)
#: A picture in a page stays light.
MAX_PICTURE = 60_000


class Box(NamedTuple):
    left: float
    top: float
    right: float
    bottom: float

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        return (
            self.left <= other.left
            and other.right <= self.right
            and self.top <= other.top
            and other.bottom <= self.bottom
        )

    def borders(self, x: float, y: float) -> bool:
        """Whether a point is on the border."""
        inside = self.left <= x <= self.right and self.top <= y <= self.bottom
        return inside and (x in {self.left, self.right} or y in {self.top, self.bottom})


class Plan:
    """The diagram of one file."""

    def __init__(self, short_name: str) -> None:
        self.root = etree.fromstring(files("workflows").joinpath(f"{short_name}.bpmn").read_bytes())
        self.elements = {e.get("id"): e for e in self.root.iter(f"{{{BPMN}}}*") if e.get("id")}
        self.shapes: dict[str, Box] = {}
        self.labels: dict[str, Box] = {}
        self.edges: dict[str, list[tuple[float, float]]] = {}
        for item in self.root.iter(f"{DI}BPMNShape", f"{DI}BPMNEdge"):
            element = item.get("bpmnElement")
            if item.tag == f"{DI}BPMNShape":
                self.shapes[element] = box(item.find(BOUNDS))
            else:
                self.edges[element] = [(float(p.get("x")), float(p.get("y"))) for p in item.findall(WAYPOINT)]
            label = item.find(f"{DI}BPMNLabel/{BOUNDS}")
            if label is not None:
                self.labels[element] = box(label)

    @property
    def nodes(self) -> dict[str, Box]:
        """Shapes that are neither pools nor lanes."""
        return {
            name: shape
            for name, shape in self.shapes.items()
            if etree.QName(self.elements[name]).localname not in {"participant", "lane"}
        }

    def around(self, name: str) -> set[str]:
        """What a node is allowed to lie upon: the sub-process that holds it, the activity whose event it is."""
        element = self.elements[name]
        return {element.getparent().get("id"), element.get("attachedToRef", "")}

    def pieces(self) -> Iterator[tuple[str, Box]]:
        """Each straight piece of each arrow, as a box without thickness."""
        for name, points in self.edges.items():
            for (x1, y1), (x2, y2) in pairwise(points):
                yield name, Box(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))


def box(bounds: etree._Element) -> Box:
    x, y, width, height = (float(bounds.get(name)) for name in ("x", "y", "width", "height"))
    return Box(x, y, x + width, y + height)


@cache
def plan(short_name: str) -> Plan:
    return Plan(short_name)


@pytest.mark.parametrize("name", SHIPPED)
def test_everything_is_drawn_and_named_by_what_it_is(name: str) -> None:
    found = plan(name)
    process = found.root.find(tag("process"))
    drawn = {
        element.get("id")
        for element in process.iter(f"{{{BPMN}}}*")
        if element.find(tag("incoming")) is not None or element.find(tag("outgoing")) is not None
    }
    assert drawn == set(found.nodes)
    assert {flow.get("id") for flow in process.iter(tag("sequenceFlow"))} == set(found.edges)
    named = {e.get("id") for e in found.elements.values() if e.get("name") and e.get("id") in {*drawn, *found.edges}}
    inside = {n for n in drawn if etree.QName(found.elements[n]).localname.endswith(("Task", "rocess", "Activity"))}
    assert named - inside == set(found.labels)
    assert found.root.find(f"{tag('process')}/{tag('documentation')}") is not None


@pytest.mark.parametrize("name", SHIPPED)
def test_no_shape_and_no_label_overlaps_another(name: str) -> None:
    found = plan(name)
    for (one, first), (other, second) in combinations(found.nodes.items(), 2):
        if one not in found.around(other) and other not in found.around(one):
            assert not first.meets(second), (one, other)
    for (one, first), (other, second) in combinations(found.labels.items(), 2):
        assert not first.meets(second), (one, other)
    for one, label in found.labels.items():
        for other, shape in found.nodes.items():
            inside = other in found.around(one) and shape.holds(label)
            assert inside or not shape.meets(label), (one, other)
        for lane in found.shapes.keys() - found.nodes.keys():
            assert found.shapes[lane].holds(label) or not found.shapes[lane].meets(label), (one, lane)


@pytest.mark.parametrize("name", SHIPPED)
def test_arrows_are_orthogonal_end_on_borders_and_pass_beside_everything(name: str) -> None:
    found = plan(name)
    for flow, points in found.edges.items():
        assert all((x1 == x2) != (y1 == y2) for (x1, y1), (x2, y2) in pairwise(points)), flow
        element = found.elements[flow]
        assert found.nodes[element.get("sourceRef")].borders(*points[0]), flow
        assert found.nodes[element.get("targetRef")].borders(*points[-1]), flow
    for flow, piece in found.pieces():
        for node, shape in found.nodes.items():
            inside = node in found.around(found.elements[flow].get("sourceRef"))
            assert inside or not shape.meets(piece), (flow, node)
        for other, label in found.labels.items():
            assert not label.meets(piece), (flow, other)


@pytest.mark.parametrize("name", SHIPPED)
def test_each_element_lies_in_its_lane(name: str) -> None:
    found = plan(name)
    for lane in found.root.iter(tag("lane")):
        for reference in lane.findall(tag("flowNodeRef")):
            node = found.nodes[reference.text]
            assert found.shapes[lane.get("id")].holds(node), reference.text


@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_of_a_circuit_is_in_the_index_and_shows_the_present_drawing(name: str) -> None:
    index = (PICTURES / "README.md").read_text()
    page = (PICTURES / f"{name}.md").read_text()
    picture = (PICTURES / f"{name}.png").read_bytes()
    assert f"]({name}.md)" in index
    assert f"]({name}.png)" in page
    assert f"workflows/{name}.bpmn" in page
    assert digest_shown(picture) == digest_of(files("workflows").joinpath(f"{name}.bpmn").read_bytes()), (
        f"python -m tests.workflows.render {name}"
    )
    assert len(picture) < MAX_PICTURE


@pytest.mark.parametrize("name", SHIPPED)
def test_the_page_of_a_circuit_names_every_step_desk_and_field(name: str) -> None:
    page = (PICTURES / f"{name}.md").read_text().replace("\u00a0", " ").replace("\u202f", " ")
    ours = "{urn:parapheur:bpmn:1}"
    for element in plan(name).elements.values():
        if element.get(f"{ours}kind"):
            assert " ".join(element.get("name").split()) in page, element.get("name")
        desk = element.get(f"{ours}desk", "")
        desks = [] if desk.startswith("=") else desk.split(",")
        fills = element.get(f"{ours}fills", "") + "," + element.get(f"{ours}requiredForApproval", "")
        for word in [*desks, *(field.partition(":")[0] for field in fills.split(","))]:
            assert not word.strip() or f"`{word.strip()}`" in page, word


def test_no_picture_and_no_page_is_left_of_a_circuit_that_is_gone() -> None:
    assert {path.stem for path in Path(PICTURES).iterdir()} == {*SHIPPED, "README"}
