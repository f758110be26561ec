"""Identifiers: missing, double or unwritable ones are replaced, and references follow."""

from __future__ import annotations

import re

from lxml import etree

from engine.circuits.importing.tree import bare, label, local
from engine.circuits.importing.work import Work
from engine.circuits.xml import BPMN

#: What an ``xsd:ID`` may be, letters outside ASCII aside: bpmn-js refuses others.
_WRITABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
#: BPMN elements that need no identifier here: nothing refers to them.
_NAMELESS = frozenset(
    {"documentation", "extensionElements", "incoming", "outgoing", "flowNodeRef", "text", "conditionExpression"}
)
_NAMED = re.compile(
    r"(?:process|participant|collaboration|lane|sequenceFlow|messageFlow|message|signal|error|escalation|"
    r"textAnnotation|association|group|category|categoryValue|.*Task|task|.*Event|.*Gateway|.*[pP]rocess|transaction|"
    r"callActivity)"
)
#: Attributes and texts that name another element.
REFERENCES = frozenset(
    {
        "sourceRef", "targetRef", "attachedToRef", "default", "processRef", "messageRef", "signalRef", "errorRef",
        "escalationRef", "bpmnElement", "categoryValueRef", "dataObjectRef", "dataStoreRef", "itemSubjectRef",
        "choreographyActivityShape", "structureRef", "operationRef", "activityRef", "labelStyle",
    }
)  # fmt: skip
_TEXTS = frozenset({"incoming", "outgoing", "flowNodeRef", "sourceRef", "targetRef"})


def settle(work: Work) -> None:
    """Give every element that can be named an identifier of its own, and make references plain."""
    renamed: dict[str, str] = {}
    seen: set[str] = set()
    written = {str(element.get("id")) for element in work.root.iter(etree.Element) if element.get("id")}
    work.ids = set(written)
    for element in work.root.iter(etree.Element):
        old = element.get("id")
        if old is None or not old.strip():
            if local(element) and _NAMED.fullmatch(local(element)):
                element.set("id", work.new_id(f"{local(element)}_sans_id"))
                work.tell(
                    element,
                    f"L’élément {label(element)} ({local(element)}) n’avait pas d’identifiant : il en a reçu un.",
                )
            elif old is not None:
                del element.attrib["id"]
            continue
        new = old
        if old in seen:
            new = work.new_id(f"{_writable(old)}_bis")
            if local(element):
                element.set("id", new)
                work.tell(
                    element,
                    f"L’identifiant « {old[:80]} » servait deux fois : {label(element)} ({local(element)}) en a reçu un"
                    " autre ; les flèches restent sur le premier.",
                )
        elif not _WRITABLE.fullmatch(old):
            new = renamed.setdefault(old, work.new_id(_writable(old)))
            if local(element):
                work.tell(
                    new, f"L’identifiant « {old[:80]} » ne peut pas être écrit en BPMN : il est devenu « {new} »."
                )
        seen.add(old)
        element.set("id", new)
    _follow(work, renamed, written)


def _writable(old: str) -> str:
    cleaned = re.sub(r"[^A-Za-z0-9_.-]+", "_", old).strip("_") or "element"
    return cleaned if _WRITABLE.fullmatch(cleaned) else f"_{cleaned}"


def _follow(work: Work, renamed: dict[str, str], written: set[str]) -> None:
    """References are qualified names (BPMN 2.0.2 §8.1.2): their prefix is of no use within one file."""
    for element in work.root.iter(etree.Element):
        for name in element.attrib:
            if str(name) in REFERENCES:
                element.set(name, _plain(str(element.attrib[name]), renamed, written))
        if bare(element) in _TEXTS and str(element.tag).startswith(f"{{{BPMN}}}") and element.text:
            element.text = _plain(element.text.strip(), renamed, written)


def _plain(reference: str, renamed: dict[str, str], written: set[str]) -> str:
    if reference not in written and ":" in reference:
        reference = reference.rpartition(":")[2]
    return renamed.get(reference, reference)
