"""From the tree back to bytes, as bpmn-js reads them without a warning."""

from __future__ import annotations

from lxml import etree

from engine.circuits.importing.tree import ARTIFACTS, Graph, local, scopes
from engine.circuits.importing.vendors import COLOURS, DC, DD, DI, XSI
from engine.circuits.importing.work import Work
from engine.circuits.xml import BPMN, OURS, tag

_PREFIXES = {"bpmn": BPMN, "bpmndi": DI, "dc": DC, "di": DD, "xsi": XSI, "parapheur": OURS, **COLOURS}
_KEPT = ("id", "name", "targetNamespace", "exporter", "exporterVersion")
_FIRST = frozenset({"documentation", "extensionElements"})


def list_ends(work: Work) -> None:
    """Write under each node the flows that reach and leave it, as they are now; annotations come last."""
    for scope in scopes(work.process):
        scope.extend([child for child in scope if local(child) in ARTIFACTS])
        graph = Graph(scope)
        for node in graph.nodes.values():
            for child in list(node):
                if local(child) in {"incoming", "outgoing"}:
                    node.remove(child)
            place = sum(1 for child in node if local(child) in _FIRST)
            for kind, flows in (("incoming", graph.incoming(node)), ("outgoing", graph.outgoing(node))):
                for flow in flows:
                    child = etree.Element(tag(kind))
                    child.text = flow.get("id")
                    node.insert(place, child)
                    place += 1


def written(work: Work) -> bytes:
    """The file, with the usual prefixes."""
    root = etree.Element(tag("definitions"), nsmap=_PREFIXES)
    for name in _KEPT:
        if work.root.get(name):
            root.set(name, str(work.root.get(name)))
    if not root.get("targetNamespace"):
        root.set("targetNamespace", "urn:parapheur:workflows")
    root.extend(list(work.root))
    for element in root.iter(etree.Element):
        if element.get(f"{{{XSI}}}type") is not None:
            del element.attrib[f"{{{XSI}}}type"]
        if element.text is not None and not element.text.strip() and len(element):
            element.text = None
        if element.tail is not None and not element.tail.strip():
            element.tail = None
    for condition in root.iter(tag("conditionExpression")):
        condition.set(f"{{{XSI}}}type", "bpmn:tFormalExpression")
    etree.cleanup_namespaces(
        root, top_nsmap=_PREFIXES, keep_ns_prefixes=["bpmn", "bpmndi", "dc", "di", "xsi", "parapheur"]
    )
    etree.indent(root)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")
