"""From the bytes of a file to a tree in the namespaces of BPMN 2.0, whatever wrote it."""

from __future__ import annotations

from lxml import etree

from engine.circuits.findings import error
from engine.circuits.importing.tree import NODES, bare
from engine.circuits.importing.vendors import DC, DD, DI
from engine.circuits.importing.work import Work
from engine.circuits.values import CircuitRefused
from engine.circuits.xml import BPMN, parse, tag

#: Namespaces of drafts of the standard, and what tools wrote before it was settled.
_DRAFTS = {
    "": BPMN,
    "http://schema.omg.org/spec/BPMN/2.0": BPMN,
    "http://www.omg.org/spec/BPMN/2.0": BPMN,
    "http://www.omg.org/bpmn20": BPMN,
    "http://www.omg.org/spec/BPMN/20100501/MODEL": BPMN,
    "http://www.omg.org/spec/BPMN/20100524/MODEL/": BPMN,
    "http://bpmndi.org": DI,
    "http://www.omg.org/spec/BPMN/2.0/DI": DI,
    "http://www.omg.org/spec/BPMN/20100501/DI": DI,
    "http://www.omg.org/spec/DD/20100501/DC": DC,
    "http://www.omg.org/spec/DD/20100501/DI": DD,
}
#: Root elements of other formats, and what to call them.
_OTHERS = {
    "Package": "XPDL",
    "VisioDocument": "Visio",
    "mxfile": "draw.io",
    "mxGraphModel": "draw.io",
    "XMI": "XMI (UML)",
    "pnml": "PNML",
    "html": "HTML",
    "svg": "une image SVG",
    "AML": "ARIS",
    "ADOXML": "ADONIS",
    "epml": "EPML",
}


def open_file(data: bytes) -> etree._Element:
    """The ``definitions`` of a file. Raises :class:`CircuitRefused` when it is none, or beyond our limits."""
    root = parse(data)
    if bare(root) != "definitions" or not _is_bpmn(root):
        kind = _OTHERS.get(bare(root))
        what = f"est au format {kind}" if kind else "n’est pas un dessin BPMN 2.0"
        raise CircuitRefused(
            [
                error(
                    None,
                    f"Ce fichier {what}.",
                    "Dans le logiciel de dessin, exportez le circuit au format BPMN 2.0 XML.",
                )
            ]
        )
    return root


def _is_bpmn(root: etree._Element) -> bool:
    namespace = str(root.tag)[1:].partition("}")[0] if str(root.tag).startswith("{") else ""
    return namespace == BPMN or namespace in _DRAFTS


def settle_namespaces(work: Work) -> None:
    """Elements of drafts of the standard are those of the standard."""
    found = set()
    for element in work.root.iter(etree.Element):
        name = str(element.tag)
        namespace = name[1:].partition("}")[0] if name.startswith("{") else ""
        if namespace in _DRAFTS and (namespace or bare(element) in _PLAIN or element is work.root):
            element.tag = f"{{{_DRAFTS[namespace]}}}{bare(element)}"
            found.add(namespace)
    if found == {""}:
        work.tell(None, "Le fichier ne dit pas qu’il est en BPMN (espace de noms absent) : il est lu comme la norme.")
    elif found:
        names = ", ".join(sorted(filter(None, found)))
        work.tell(None, f"Le fichier suit une ébauche de BPMN 2.0 ({names}) : il est lu comme la norme.")
    if work.root.tag != tag("definitions"):
        work.root.tag = tag("definitions")


#: Elements that are taken for BPMN where no namespace is written.
_PLAIN = NODES | frozenset(
    [
        "process",
        "collaboration",
        "participant",
        "laneSet",
        "lane",
        "childLaneSet",
        "flowNodeRef",
        "sequenceFlow",
        "messageFlow",
        "conditionExpression",
        "incoming",
        "outgoing",
        "documentation",
        "extensionElements",
        "message",
        "signal",
        "error",
        "escalation",
        "timerEventDefinition",
        "messageEventDefinition",
        "signalEventDefinition",
        "errorEventDefinition",
        "escalationEventDefinition",
        "terminateEventDefinition",
        "linkEventDefinition",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "textAnnotation",
        "text",
        "association",
        "group",
        "multiInstanceLoopCharacteristics",
        "standardLoopCharacteristics",
        "loopCardinality",
        "completionCondition",
        "loopCondition",
        "dataObject",
        "dataObjectReference",
        "dataStoreReference",
        "script",
        "ioSpecification",
    ]
)
