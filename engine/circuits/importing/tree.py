"""Walking and changing the XML of a foreign drawing."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from lxml import etree

from engine.circuits.drawing import RUN
from engine.circuits.xml import BPMN, flag, tag

#: Elements through which tokens pass in any BPMN file, whether they run here or not.
TASKS = frozenset({"task", "sendTask", "receiveTask", "scriptTask", "businessRuleTask"})
SUB_PROCESSES = frozenset({"subProcess", "transaction", "adHocSubProcess"})
NODES = RUN | TASKS | SUB_PROCESSES | {"complexGateway"}
ARTIFACTS = frozenset({"textAnnotation", "association", "group"})
_PREFIX = f"{{{BPMN}}}"
#: What a sentence shows of a name.
_SHOWN = 80


def local(element: etree._Element) -> str:
    """Name of a BPMN element; empty for an element of another namespace."""
    return _local(str(element.tag))


@lru_cache(maxsize=1_000)
def _local(name: str) -> str:
    return name[len(_PREFIX) :] if name.startswith(_PREFIX) else ""


def bare(element: etree._Element) -> str:
    """Name of any element, without its namespace."""
    return str(element.tag).rpartition("}")[2]


def short(text: str) -> str:
    """A text as a sentence shows it: one line, not too long."""
    text = " ".join(text.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def label(element: etree._Element) -> str:
    """What to call an element in a sentence."""
    return f"« {short(element.get('name') or element.get('id') or bare(element))} »"


def name_of(element: etree._Element) -> str:
    """Its name on one line; empty without one."""
    return " ".join((element.get("name") or "").split())


def text_of(element: etree._Element, name: str) -> str:
    """The text of a BPMN child."""
    found = element.find(tag(name))
    return (found.text or "").strip() if found is not None else ""


def definitions_of(element: etree._Element) -> list[etree._Element]:
    """The event definitions that an element holds."""
    return [child for child in element if local(child).endswith("EventDefinition")]


def definition_kind(element: etree._Element) -> str:
    """Kind of its first event definition: ``timer``, ``message``…; empty without one."""
    found = definitions_of(element)
    return local(found[0]).removesuffix("EventDefinition") if found else ""


def scopes(process: etree._Element) -> list[etree._Element]:
    """The process and the sub-processes within it, in the order of the file."""
    return [process, *(element for element in process.iter(*map(tag, sorted(SUB_PROCESSES))))]


class Graph:
    """Nodes and flows of one scope, as they are now."""

    def __init__(self, scope: etree._Element) -> None:
        self.scope = scope
        self.nodes: dict[str, etree._Element] = {}
        self.flows: list[etree._Element] = []
        self._out: dict[str, list[etree._Element]] = {}
        self._in: dict[str, list[etree._Element]] = {}
        self._on: dict[str, list[etree._Element]] = {}
        for child in scope:
            kind = local(child)
            if kind == "sequenceFlow":
                self.flows.append(child)
            elif kind in NODES:
                self.nodes[str(child.get("id"))] = child
                if kind == "boundaryEvent":
                    self._on.setdefault(child.get("attachedToRef", ""), []).append(child)
        for flow in self.flows:
            self._out.setdefault(flow.get("sourceRef", ""), []).append(flow)
            self._in.setdefault(flow.get("targetRef", ""), []).append(flow)

    def outgoing(self, node: etree._Element) -> list[etree._Element]:
        """The flows that leave a node, in the order of the file."""
        return self._out.get(str(node.get("id")), [])

    def incoming(self, node: etree._Element) -> list[etree._Element]:
        """The flows that arrive at a node."""
        return self._in.get(str(node.get("id")), [])

    def boundaries(self, node: etree._Element) -> list[etree._Element]:
        """The events posted on the edge of an activity."""
        return self._on.get(str(node.get("id")), [])

    def main(self) -> Iterator[etree._Element]:
        """Nodes that belong to the flow: not on an edge, not started by an event, not a compensation."""
        for node in self.nodes.values():
            aside = flag(node, "triggeredByEvent") or flag(node, "isForCompensation")
            if local(node) != "boundaryEvent" and not aside:
                yield node


def is_link(node: etree._Element, kind: str) -> bool:
    """Whether a node is a link event, thrown or caught as ``kind`` says."""
    return local(node) == kind and definition_kind(node) == "link"


def add(scope: etree._Element, kind: str, /, **attributes: str) -> etree._Element:
    """A new element in a scope."""
    return etree.SubElement(scope, tag(kind), attributes)


def set_text(element: etree._Element, name: str, text: str) -> etree._Element:
    """Give a BPMN child this text, in place of what it held."""
    child = element.find(tag(name))
    if child is None:
        child = etree.SubElement(element, tag(name))
    for inner in list(child):
        child.remove(inner)
    child.text = text
    return child


def remove(element: etree._Element) -> None:
    """Take an element out of the file."""
    parent = element.getparent()
    if parent is not None:
        parent.remove(element)


def condition_of(flow: etree._Element) -> etree._Element | None:
    """Its condition, when it says something."""
    found = flow.find(tag("conditionExpression"))
    return found if found is not None and (found.text or "").strip() else None


def drop_condition(flow: etree._Element) -> None:
    """Leave a flow without condition."""
    for found in flow.findall(tag("conditionExpression")):
        flow.remove(found)


def forget(element: etree._Element, *names: str) -> None:
    """Leave an element without these attributes."""
    for name in names:
        if name in element.attrib:
            del element.attrib[name]
