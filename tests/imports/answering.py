"""Imports carried through to the end, and what they may not leave unsaid."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from engine.circuits.importing import Imported, Question, QuestionKind, import_drawing
from engine.circuits.importing.tree import short
from engine.circuits.unread import SAYING_NOTHING
from engine.circuits.xml import BPMN, parse, tag

FILES = Path(__file__).parent / "files"
#: Answers more than this many times in a row would be a question that never ends.
ROUNDS = 10
#: What is written again from the flows, or means nothing by itself.
_REWRITTEN = frozenset({"incoming", "outgoing", "extensionElements", "flowNodeRef", "conditionExpression"})
#: Texts, judged by what they say rather than by their own identifier.
_TEXTS = frozenset(
    {"script", "conditionExpression", "completionCondition", "activationCondition", "loopCondition", "loopCardinality",
     "loopDataInputRef", "loopDataOutputRef", "timeDate", "timeDuration", "timeCycle"}
)  # fmt: skip


def likely(question: Question) -> str:
    """The first proposal, or something that fits the question."""
    if question.proposals:
        return question.proposals[0].value
    return {QuestionKind.CONDITION: "montant > 1", QuestionKind.CIRCUIT: "autre"}.get(question.kind, "essai")


def carried_through(data: bytes, asked: dict[str, str] | None = None) -> Imported:
    """Import with likely answers until nothing is asked any more; they are noted in ``asked``."""
    given = {} if asked is None else asked
    for _ in range(ROUNDS):
        imported = import_drawing(data, given)
        if not imported.questions:
            return imported
        for question in imported.questions:
            assert given.get(question.id) != likely(question), (question.id, question.fault)
            given[question.id] = likely(question)
    raise AssertionError([question.id for question in imported.questions])


def unsaid(data: bytes, imported: Imported) -> list[str]:
    """Elements and foreign settings of the process kept that are neither in the result nor named anywhere."""
    assert imported.bpmn is not None
    result = parse(imported.bpmn)
    left = {str(element.get("id")) for element in result.iter(etree.Element)}
    kept = [str(process.get("name")) for process in result.iter(tag("process"))]
    said = {str(item.element_id) for item in (*imported.changes, *imported.findings, *imported.questions)}
    words = " ".join(item.sentence for item in (*imported.changes, *imported.findings))
    found = []
    root = parse(data)
    for process in root:
        name = etree.QName(process).localname
        if name != "process":
            continue
        if (
            str(process.get("id")) not in left
            and process.get("name") not in kept
            and len(root.findall("{*}process")) > 1
        ):
            assert str(process.get("id")) in said  # the whole of it is told at once
            continue
        for element in process.iter(etree.Element):
            found += _unsaid(element, left, said, words)
    return found


def _unsaid(element: etree._Element, left: set[str], said: set[str], words: str) -> list[str]:
    kind = etree.QName(element)
    above = next((str(each.get("id")) for each in element.iterancestors() if each.get("id")), None)
    holder = element.get("id") or above
    found = [
        f"{kind.localname} {holder} @{etree.QName(name).localname}"
        for name in element.attrib
        if holder in left  # what is gone as a whole has been told
        and str(name).startswith("{")
        and "w3.org" not in str(name)
        and etree.QName(name).localname not in words
    ]
    if kind.namespace not in {BPMN, None, "http://schema.omg.org/spec/BPMN/2.0"}:
        return found + ([] if kind.localname in words else [kind.localname])
    own = element.get("id")
    if kind.localname.endswith(("EventDefinition", "LoopCharacteristics")):
        well = own in left or above in said or above is None or (own is None and above in left)
    elif kind.localname in _TEXTS or (above in said and above not in left):
        well = True
    elif own is not None:
        well = own in left or own in said or f"« {own} »" in words
    else:
        well = kind.localname in _REWRITTEN or above is None or above in left or above in said
    return found if well else [*found, f"{kind.localname} {own}"]


def lost(data: bytes, imported: Imported) -> list[str]:
    """Attributes and texts of the standard that are neither in the result, under their element, nor quoted, nor named.

    Only of what is drawn: declarations, processes and pools that are left out as a whole are judged by :func:`unsaid`.
    """
    assert imported.bpmn is not None
    result = parse(imported.bpmn)
    held = {str(each.get("id")): each for each in result.iter(etree.Element) if each.get("id") and _of_bpmn(each)}
    words = " ".join(change.sentence for change in imported.changes)
    processes = [each for each in parse(data) if etree.QName(each).localname == "process"]
    named = {each.get("id") for each in parse(data).iter(etree.Element)}
    found = []
    for element in (each for process in processes for each in process.iter(etree.Element)):
        around = (element, *element.iterancestors())
        owner = next((str(each.get("id")) for each in around if each.get("id") and not _is_inside(each)), "")
        if not _of_bpmn(element) or etree.QName(element).localname in {"incoming", "outgoing"}:
            continue
        if owner and owner not in held:  # gone as a whole, which must be told
            continue
        under = held.get(owner, result)
        values = {text for each in under.iter(etree.Element) for text in (*each.attrib.values(), each.text or "")}
        known = {value.strip().removeprefix("=").strip() for value in values}
        name = etree.QName(element).localname
        for called, value in [(name, element.text or ""), *element.items()]:
            text = value.strip()
            if called.startswith("{") or (called, text) in SAYING_NOTHING or not text or called == "id":
                continue
            said = f"({called})" in words or f"« {short(text)} »" in words or f"« {called} »" in words
            said = said or (called == "isExecutable" and "devenu exécutable" in words)
            gone = text in named and text not in held  # what it names is gone, which must be told
            plain = text.rpartition(":")[2]  # prefixes are dropped
            kept = text.removeprefix("=").strip() in known or plain in known or f"« {plain} »" in words
            if not kept and not said and not gone:
                found.append(f"{element.get('id') or owner} {called}={text}")
    return found


def _is_inside(element: etree._Element) -> bool:
    """What has an identifier in some files, and is yet a part of the element around it."""
    return etree.QName(element).localname.endswith(("EventDefinition", "LoopCharacteristics"))


def _of_bpmn(element: etree._Element) -> bool:
    return etree.QName(element).namespace in {BPMN, None, "http://schema.omg.org/spec/BPMN/2.0"}
