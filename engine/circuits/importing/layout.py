"""Where to draw what nobody placed: columns from left to right, in the order of the arrows."""

from __future__ import annotations

from dataclasses import dataclass

from lxml import etree

from engine.circuits.importing.tree import NODES, SUB_PROCESSES, Graph, local

_GAP_X, _GAP_Y, _MARGIN = 60, 40, 40


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> tuple[float, float]:
        """Middle of its right edge."""
        return self.x + self.width, self.y + self.height / 2

    @property
    def left(self) -> tuple[float, float]:
        """Middle of its left edge."""
        return self.x, self.y + self.height / 2

    def meets(self, other: Box) -> bool:
        """Whether they overlap."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )

    def moved(self, x: float, y: float) -> Box:
        """The same, further right and down."""
        return Box(self.x + x, self.y + y, self.width, self.height)


def size_of(node: etree._Element) -> tuple[float, float]:
    """Width and height that bpmn-js gives to a new element of this kind."""
    kind = local(node)
    if kind.endswith("Event"):
        return 36, 36
    if kind.endswith("Gateway"):
        return 50, 50
    return 100, 80


def is_drawn_open(node: etree._Element) -> bool:
    """Whether something is to be drawn inside it."""
    return local(node) in SUB_PROCESSES and any(local(child) in NODES for child in node)


def lay_out(scope: etree._Element, x: float = 0, y: float = 0) -> dict[str, Box]:
    """A place for every node of a scope and of those within it; the corner of the whole is (x, y)."""
    graph = Graph(scope)
    inner = {name: lay_out(node) for name, node in graph.nodes.items() if is_drawn_open(node)}
    sizes = {name: _extent(inner[name]) if name in inner else size_of(node) for name, node in graph.nodes.items()}
    columns = _columns(graph)
    boxes: dict[str, Box] = {}
    left = x
    for column in columns:
        top, widest = y, max(sizes[name][0] for name in column)
        for name in column:
            width, height = sizes[name]
            boxes[name] = Box(left + (widest - width) / 2, top, width, height)
            top += height + _GAP_Y
        left += widest + _GAP_X
    for name, node in graph.nodes.items():
        for number, boundary in enumerate(graph.boundaries(node)):
            boxes[str(boundary.get("id"))] = on_edge(boxes[name], number)
    for name, inside in inner.items():
        box = boxes[name]
        boxes.update({key: each.moved(box.x + _MARGIN, box.y + _MARGIN) for key, each in inside.items()})
    return boxes


def on_edge(host: Box, number: int) -> Box:
    """Place of the boundary event of this number on the lower edge of an activity."""
    return Box(host.x + 10 + 40 * number, host.y + host.height - 18, 36, 36)


def _extent(boxes: dict[str, Box]) -> tuple[float, float]:
    # A sub-process may hold nothing that is laid out: an event on the edge of what is no activity.
    width = max((box.x + box.width for box in boxes.values()), default=100)
    height = max((box.y + box.height for box in boxes.values()), default=80)
    return width + 2 * _MARGIN, height + 2 * _MARGIN


def _columns(graph: Graph) -> list[list[str]]:
    """Nodes by their distance from what nothing precedes."""
    main = [name for name, node in graph.nodes.items() if local(node) != "boundaryEvent"]
    rank: dict[str, int] = {}
    waiting = [(name, 0) for name in main if not graph.incoming(graph.nodes[name])]
    waiting = waiting or [(name, 0) for name in main[:1]]
    place = 0
    edges = {name: graph.boundaries(node) for name, node in graph.nodes.items()}
    while True:
        while place < len(waiting):
            name, depth = waiting[place]
            place += 1
            if name in rank or name not in graph.nodes or local(graph.nodes[name]) == "boundaryEvent":
                continue
            rank[name] = depth
            for node in (graph.nodes[name], *edges[name]):
                waiting.extend((str(flow.get("targetRef")), depth + 1) for flow in graph.outgoing(node))
        left = [name for name in main if name not in rank]
        if not left:
            break
        waiting.append((left[0], 0))
    columns: list[list[str]] = [[] for _ in range(max(rank.values(), default=-1) + 1)]
    for name, depth in rank.items():
        columns[depth].append(name)
    return [column for column in columns if column]
