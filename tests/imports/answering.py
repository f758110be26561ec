"""Imports carried through to the end, and what they may not leave unsaid."""

from __future__ import annotations

from pathlib import Path

from lxml import etree

from engine.circuits.importing import Imported, Question, QuestionKind, import_drawing
from engine.circuits.xml import BPMN, parse, tag

FILES = Path(__file__).parent / "files"
#: Answers more than this many times in a row would be a question that never ends.
ROUNDS = 10
#: What is written again from the flows, or means nothing by itself.
_REWRITTEN = frozenset({"incoming", "outgoing", "extensionElements", "flowNodeRef", "conditionExpression"})


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
    elif own is not None:
        well = own in left or own in said or f"« {own} »" in words
    else:
        well = kind.localname in _REWRITTEN or above is None or above in left or above in said
    return found if well else [*found, f"{kind.localname} {own}"]
