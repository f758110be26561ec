"""Writing decisions as standard DMN 1.3, with a drawing, so that any modeller opens them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from lxml import etree

from engine.feel.tables.column_types import WRITTEN
from engine.feel.tables.model import Column, Decision, Formula, Table, Tables

_DMN = "https://www.omg.org/spec/DMN/20191111/MODEL/"
_DMNDI = "https://www.omg.org/spec/DMN/20191111/DMNDI/"
_DC = "http://www.omg.org/spec/DMN/20180521/DC/"
_DI = "http://www.omg.org/spec/DMN/20180521/DI/"
#: Where the elements that we write belong, as every ``definitions`` must say.
_NAMESPACE = "urn:parapheur:decisions"
#: Ids that every modeller takes, and what makes others; signs that XML cannot hold.
_ID, _NOT_ID = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*"), re.compile(r"[^A-Za-z0-9_.-]")
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Sizes of shapes and steps between them, in the units of the drawing.
_WIDTH, _HEIGHT, _INPUT_HEIGHT, _STEP_X, _STEP_Y = 180, 80, 45, 220, 140


def write_tables(tables: Tables) -> bytes:
    """The DMN 1.3 file of these decisions, in UTF-8."""
    # The default namespace has no prefix: lxml writes it as None, which its type stubs do not know.
    prefixes: Any = {None: _DMN, "dmndi": _DMNDI, "dc": _DC, "di": _DI}
    root = etree.Element(f"{{{_DMN}}}definitions", nsmap=prefixes, id=tables.id)
    root.set("name", _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", tables.name or tables.id))
    root.set("namespace", _NAMESPACE)
    for data in tables.inputs:
        node = _child(root, "inputData", id=data.id, name=data.name)
        _child(node, "variable", id=f"{data.id}_variable", name=data.name, typeRef=_type(data.type))
    for decision in tables.decisions:
        _decision(root, decision)
    _drawing(root, tables)
    _valid_ids(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


def _valid_ids(root: etree._Element) -> None:
    """Give ids that a modeller would refuse, or that are used twice, another one; and follow it where it is named."""
    used: set[str] = set()
    changed: dict[str, str] = {}
    for node in root.iter(etree.Element):
        before = node.get("id")
        if before is not None:
            after = before if _ID.fullmatch(before) else "_" + _NOT_ID.sub("-", before)
            number = 1
            while (after if number == 1 else f"{after}-{number}") in used:
                number += 1
            after = after if number == 1 else f"{after}-{number}"
            used.add(after)
            node.set("id", after)
            changed.setdefault(before, after)
    for node in root.iter(etree.Element):
        if href := node.get("href"):
            node.set("href", "#" + changed.get(href[1:], href[1:]))
        if drawn := node.get("dmnElementRef"):
            node.set("dmnElementRef", changed.get(drawn, drawn))


def _child(parent: etree._Element, tag: str, **attributes: str) -> etree._Element:
    node = etree.SubElement(parent, f"{{{_DMN}}}{tag}")
    for key, item in attributes.items():
        if item:
            node.set(key, _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", item))
    return node


def _text(parent: etree._Element, tag: str, text: str, **attributes: str) -> etree._Element:
    node = _child(parent, tag, **attributes)
    _child(node, "text").text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)
    return node


def _type(kind: str) -> str:
    return WRITTEN.get(kind, kind)


def _decision(root: etree._Element, decision: Decision) -> None:
    node = _child(root, "decision", id=decision.id, name=decision.name or decision.id)
    variable = decision.variable or decision.name or decision.id
    _child(node, "variable", id=f"{decision.id}_variable", name=variable, typeRef=_type(decision.type))
    for kind, needed in (("requiredDecision", decision.requires), ("requiredInput", decision.reads)):
        for other in needed:
            requirement = _child(node, "informationRequirement", id=_link(decision.id, other))
            _child(requirement, kind, href=f"#{other}")
    if isinstance(decision.logic, Formula):
        formula = decision.logic
        _text(node, "literalExpression", formula.expression, id=formula.id, typeRef=_type(formula.type))
    else:
        _table(node, decision.logic)


def _link(target: str, source: str) -> str:
    return f"{target}_needs_{source}"


def _table(parent: etree._Element, table: Table) -> None:
    node = _child(parent, "decisionTable", id=table.id, hitPolicy=str(table.policy))
    if table.aggregation:
        node.set("aggregation", str(table.aggregation))
    for column in table.inputs:
        part = _child(node, "input", id=column.id, label=column.label)
        _text(part, "inputExpression", column.expression, id=f"{column.id}_expression", typeRef=_type(column.type))
        _allowed(part, "inputValues", column)
    for column in table.outputs:
        part = _child(node, "output", id=column.id, label=column.label, name=column.expression)
        part.set("typeRef", _type(column.type))
        _allowed(part, "outputValues", column)
        if column.default:
            _text(part, "defaultOutputEntry", column.default, id=f"{column.id}_default")
    for rule in table.rules:
        row = _child(node, "rule", id=rule.id)
        if rule.note:
            _child(row, "description").text = _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", rule.note)
        for kind, cells in (("inputEntry", rule.inputs), ("outputEntry", rule.outputs)):
            for number, cell in enumerate(cells, 1):
                _text(row, kind, cell, id=f"{rule.id}_{kind}_{number}")


def _allowed(parent: etree._Element, name: str, column: Column) -> None:
    if column.allowed:
        _text(parent, name, column.allowed, id=f"{column.id}_values")


# The drawing: what a decision needs is above it, so that all arrows go down -------------------------------------------


def _drawing(root: etree._Element, tables: Tables) -> None:
    ranks = _ranks(tables)
    places: dict[str, tuple[int, int, int]] = {}
    used: dict[int, int] = {}
    for identifier, rank in ranks.items():
        column = used.get(rank, 0)
        used[rank] = column + 1
        height = _INPUT_HEIGHT if rank == 0 else _HEIGHT
        places[identifier] = (100 + column * _STEP_X, 80 + rank * _STEP_Y + (_HEIGHT - height) // 2, height)
    frame = etree.SubElement(root, f"{{{_DMNDI}}}DMNDI")
    diagram = etree.SubElement(frame, f"{{{_DMNDI}}}DMNDiagram", id=f"{tables.id}_diagram")
    for identifier, (x, y, height) in places.items():
        shape = etree.SubElement(diagram, f"{{{_DMNDI}}}DMNShape", id=f"{identifier}_shape", dmnElementRef=identifier)
        bounds = {"x": x, "y": y, "width": _WIDTH, "height": height}
        etree.SubElement(shape, f"{{{_DC}}}Bounds", {key: str(number) for key, number in bounds.items()})
    for decision in tables.decisions:
        for other in (*decision.requires, *decision.reads):
            if other in places:
                _edge(diagram, _link(decision.id, other), places[other], places[decision.id])


def _edge(diagram: etree._Element, link: str, source: tuple[int, int, int], target: tuple[int, int, int]) -> None:
    edge = etree.SubElement(diagram, f"{{{_DMNDI}}}DMNEdge", id=f"{link}_edge", dmnElementRef=link)
    ends = ((source[0] + _WIDTH // 2, source[1] + source[2]), (target[0] + _WIDTH // 2, target[1]))
    for x, y in ends:
        etree.SubElement(edge, f"{{{_DI}}}waypoint", x=str(x), y=str(y))


def _ranks(tables: Tables) -> Mapping[str, int]:
    """Inputs at rank 0, each decision below all it needs."""
    ranks = {data.id: 0 for data in tables.inputs}
    known = {decision.id: decision for decision in tables.decisions}
    for decision in tables.decisions:
        ranks.setdefault(decision.id, 1)
    for _ in known:  # enough turns for the longest chain
        for decision in tables.decisions:
            above = [ranks[need] for need in decision.requires if need in known]
            ranks[decision.id] = min(max([1, *(rank + 1 for rank in above)]), len(known))
    return ranks
