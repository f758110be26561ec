"""The picture: what the file drew is kept, what was added gets a place, what was left out is taken off."""

from __future__ import annotations

import math

from lxml import etree

from engine.circuits.importing.layout import Box, is_drawn_open, lay_out, on_edge, size_of
from engine.circuits.importing.tree import NODES, Graph, forget, local, scopes
from engine.circuits.importing.vendors import COLOURS, DC, DD, DI
from engine.circuits.importing.work import Work
from engine.circuits.xml import BPMN, tag

_TRIES = 40


def settle_diagram(work: Work, before: dict[str, tuple[str, str]]) -> None:
    """Make the picture agree with the circuit. ``before``: both ends of each flow as the file had them."""
    _keep_standard(work)
    plane = _main_plane(work)
    _drop_unknown(work)
    drawn = _shapes(work)
    for scope in scopes(work.process):
        _draw_scope(work, scope, plane, drawn)
    _edges(work, plane, drawn, before)


def _keep_standard(work: Work) -> None:
    for child in list(work.root):
        if not str(child.tag).startswith((f"{{{BPMN}}}", f"{{{DI}}}")):
            work.root.remove(child)  # pictures of other standards; what else was foreign has been told
    allowed = (f"{{{DI}}}", f"{{{DC}}}", f"{{{DD}}}")
    coloured = tuple(f"{{{uri}}}" for uri in COLOURS.values())
    for diagram in work.root.findall(f"{{{DI}}}BPMNDiagram"):
        for element in list(diagram.iter(etree.Element)):
            parent = element.getparent()
            if not str(element.tag).startswith(allowed) or str(element.tag) == f"{{{DD}}}extension":
                if parent is not None:
                    parent.remove(element)
                continue
            for name in list(element.attrib):
                if str(name).startswith("{") and not str(name).startswith(coloured):
                    del element.attrib[name]


def _main_plane(work: Work) -> etree._Element:
    """The plane of the circuit: of its pool when it has one."""
    pool = work.root.find(tag("collaboration"))
    shown = str((pool if pool is not None else work.process).get("id"))
    inner = {str(scope.get("id")) for scope in scopes(work.process)[1:]}
    found: etree._Element | None = None
    for diagram in work.root.findall(f"{{{DI}}}BPMNDiagram"):
        plane = diagram.find(f"{{{DI}}}BPMNPlane")
        if plane is None:
            work.root.remove(diagram)
        elif plane.get("bpmnElement") in inner:
            continue
        elif found is None:
            found = plane
            plane.set("bpmnElement", shown)
        else:  # further pages of one drawing: their shapes go to the first
            found.extend(list(plane))
            work.root.remove(diagram)
    if found is not None:
        if pool is not None and not _has_pool_shape(work, found, pool):
            found.set("bpmnElement", str(work.process.get("id")))
        return found
    if pool is not None:  # bpmn-js shows a pool only if it is drawn
        shown = str(work.process.get("id"))
    return _new_plane(work, shown)


def _has_pool_shape(work: Work, plane: etree._Element, pool: etree._Element) -> bool:
    names = {participant.get("id") for participant in pool.findall(tag("participant"))}
    return any(shape.get("bpmnElement") in names and _box(shape) is not None for shape in plane)


def _new_plane(work: Work, shown: str) -> etree._Element:
    diagram = etree.SubElement(work.root, f"{{{DI}}}BPMNDiagram", id=work.new_id(f"dessin_{shown}"))
    return etree.SubElement(diagram, f"{{{DI}}}BPMNPlane", id=work.new_id(f"plan_{shown}"), bpmnElement=shown)


def _drop_unknown(work: Work) -> None:
    known = {str(element.get("id")) for element in work.root.iter(etree.Element) if element.get("id")}
    seen: set[str] = set()
    for plane in work.root.iter(f"{{{DI}}}BPMNPlane"):
        for shape in list(plane):
            subject = shape.get("bpmnElement", "")
            is_edge = str(shape.tag) == f"{{{DI}}}BPMNEdge"
            well = len(_points(shape)) > 1 if is_edge else _box(shape) is not None
            if subject not in known or subject in seen or not well:
                plane.remove(shape)
                continue
            seen.add(subject)
            for element in shape.iter(etree.Element):
                for name in ("labelStyle", "choreographyActivityShape", "sourceElement", "targetElement"):
                    if element.get(name) not in known:
                        forget(element, name)


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) and abs(value) < 1e6 else None


def _box(shape: etree._Element) -> Box | None:
    bounds = shape.find(f"{{{DC}}}Bounds")
    if bounds is None:
        return None
    values = [_number(bounds.get(name)) for name in ("x", "y", "width", "height")]
    if any(value is None for value in values):
        return None
    x, y, width, height = (value or 0.0 for value in values)
    return Box(x, y, width, height)


def _points(edge: etree._Element) -> list[tuple[float, float]]:
    found = []
    for point in edge.findall(f"{{{DD}}}waypoint"):
        x, y = _number(point.get("x")), _number(point.get("y"))
        if x is None or y is None:
            return []
        found.append((x, y))
    return found


#: Element → its box, and the plane on which it is.
_Drawn = dict[str, tuple[Box, etree._Element]]


def _shapes(work: Work) -> _Drawn:
    found: _Drawn = {}
    for plane in work.root.iter(f"{{{DI}}}BPMNPlane"):
        for shape in plane.findall(f"{{{DI}}}BPMNShape"):
            box = _box(shape)
            if box is not None:
                found[shape.get("bpmnElement", "")] = (box, plane)
    return found


def _draw_scope(work: Work, scope: etree._Element, plane: etree._Element, drawn: _Drawn) -> None:
    graph = Graph(scope)
    missing = [node for name, node in graph.nodes.items() if name not in drawn]
    if not missing:
        return
    own = next((p for p in work.root.iter(f"{{{DI}}}BPMNPlane") if p.get("bpmnElement") == scope.get("id")), None)
    if len(missing) == len(graph.nodes):  # nothing of it is drawn
        is_whole = scope is work.process
        target = plane if is_whole else own if own is not None else _new_plane(work, str(scope.get("id")))
        elements = {str(element.get("id")): element for element in scope.iter(etree.Element) if local(element) in NODES}
        for name, box in lay_out(scope, 160, 80).items():
            if name not in drawn:
                _draw(work, elements[name], box, target, drawn)
        return
    neighbours = [drawn[name][1] for name in graph.nodes if name in drawn]
    target = neighbours[0]
    while missing:
        placed = [node for node in missing if _place(work, graph, node, target, drawn)]
        if not placed:
            lowest = max(box.y + box.height for box, _ in drawn.values())
            width, height = size_of(missing[0])
            _draw(work, missing[0], Box(160, lowest + 60, width, height), target, drawn)
            placed = missing[:1]
        missing = [node for node in missing if node not in placed]


def _place(work: Work, graph: Graph, node: etree._Element, plane: etree._Element, drawn: _Drawn) -> bool:
    """Beside what comes before it, or after it; False when neither is drawn yet."""
    width, height = size_of(node)
    host = drawn.get(node.get("attachedToRef", ""))
    if host is not None:
        number = [other.get("id") for other in graph.boundaries(graph.nodes[node.get("attachedToRef", "")])].index(
            node.get("id")
        )
        _draw(work, node, on_edge(host[0], number), plane, drawn)
        return True
    before = [drawn[name] for flow in graph.incoming(node) if (name := flow.get("sourceRef", "")) in drawn]
    after = [drawn[name] for flow in graph.outgoing(node) if (name := flow.get("targetRef", "")) in drawn]
    if before:
        x, y = before[0][0].right
        box = Box(x + 30, y - height / 2, width, height)
    elif after:
        x, y = after[0][0].left
        box = Box(x - 30 - width, y - height / 2, width, height)
    else:
        return False
    taken = [drawn[name][0] for name in graph.nodes if name in drawn]
    for _ in range(_TRIES):
        if not any(box.meets(other) for other in taken):
            break
        box = box.moved(0, 30)
    _draw(work, node, box, plane, drawn)
    return True


def _draw(work: Work, node: etree._Element, box: Box, plane: etree._Element, drawn: _Drawn) -> None:
    name = str(node.get("id"))
    shape = etree.SubElement(plane, f"{{{DI}}}BPMNShape", id=work.new_id(f"{name}_forme"), bpmnElement=name)
    if local(node) == "exclusiveGateway":
        shape.set("isMarkerVisible", "true")
    if is_drawn_open(node):
        shape.set("isExpanded", "true")
    bounds = etree.SubElement(shape, f"{{{DC}}}Bounds")
    for key, value in (("x", box.x), ("y", box.y), ("width", box.width), ("height", box.height)):
        bounds.set(key, f"{value:g}")
    drawn[name] = (box, plane)


def _edges(work: Work, plane: etree._Element, drawn: _Drawn, before: dict[str, tuple[str, str]]) -> None:
    known = {edge.get("bpmnElement", ""): edge for edge in work.root.iter(f"{{{DI}}}BPMNEdge")}
    for flow in work.process.iter(tag("sequenceFlow")):
        name, source, target = str(flow.get("id")), flow.get("sourceRef", ""), flow.get("targetRef", "")
        edge = known.get(name)
        if edge is not None and before.get(name) == (source, target):
            continue
        if source not in drawn or target not in drawn:
            if edge is not None and (parent := edge.getparent()) is not None:
                parent.remove(edge)
            continue
        if edge is None:
            edge = etree.SubElement(
                drawn[source][1], f"{{{DI}}}BPMNEdge", id=work.new_id(f"{name}_trait"), bpmnElement=name
            )
        for child in list(edge):
            edge.remove(child)
        for x, y in _route(drawn[source][0], drawn[target][0]):
            etree.SubElement(edge, f"{{{DD}}}waypoint", x=f"{x:g}", y=f"{y:g}")


def _route(source: Box, target: Box) -> list[tuple[float, float]]:
    (x1, y1), (x2, y2) = source.right, target.left
    if x2 >= x1:
        middle = (x1 + x2) / 2
        return [(x1, y1), (x2, y2)] if y1 == y2 else [(x1, y1), (middle, y1), (middle, y2), (x2, y2)]
    low = max(source.y + source.height, target.y + target.height) + 20
    return [(source.x + source.width / 2, source.y + source.height), (source.x + source.width / 2, low),
            (target.x + target.width / 2, low), (target.x + target.width / 2, target.y + target.height)]  # fmt: skip
