"""Activities done several times: where the list is, what each instance sees, when it is enough."""

from __future__ import annotations

import re

from lxml import etree

from engine.circuits.importing.conditions import accept_condition
from engine.circuits.importing.expressions import accepted, translated
from engine.circuits.importing.juel import Untranslatable
from engine.circuits.importing.tree import forget, label, local, name_of, set_text, short, text_of
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import attribute, extension
from engine.circuits.importing.work import AnswerFault, Work
from engine.circuits.xml import OURS, ours, tag

_NAME = re.compile(r"[^\W\d]\w*")
_UNREAD = ("loopDataOutputRef", "outputDataItem", "complexBehaviorDefinition")


def settle_repeats(work: Work) -> None:
    """Every multi-instance activity (BPMN 2.0.2 §13.3.7)."""
    if work.is_ours:
        return  # what is missing, the check says
    for loop in list(work.process.iter(tag("multiInstanceLoopCharacteristics"))):
        activity = loop.getparent()
        if activity is not None:
            _list(work, activity, loop)
            _item(work, activity, loop)
            _enough(work, activity, loop)
            _unread(work, activity, loop)


def _list(work: Work, activity: etree._Element, loop: etree._Element) -> None:
    number = text_of(loop, "loopCardinality")
    collection = ours(loop, "collection") or _collection(work, activity, loop)
    for child in loop.findall(tag("loopDataInputRef")):
        loop.remove(child)
    found = _read(collection, named=True) or (None if collection else _read(number))
    why = ""
    if found is None:
        written = collection or number
        why = f"« {short(written)} » n’est pas compris. " if written else ""
        found = work.ask(
            f"list:{activity.get('id')}",
            activity,
            f"{why}{label(activity)} est répétée : pour chaque élément de quelle liste, ou combien de fois ?",
            QuestionKind.LIST,
            _accept,
            (Proposal("hierarchy", "les bureaux au-dessus de celui de l’émetteur"), Proposal("2", "deux fois")),
        )
    for child in loop.findall(tag("loopCardinality")):
        loop.remove(child)
    if found is None:
        return
    if found.isdigit() or (not collection and not why):
        place = etree.Element(tag("loopCardinality"))
        place.text = found
        loop.insert(0, place)
        forget(loop, f"{{{OURS}}}collection")
    else:
        loop.set(f"{{{OURS}}}collection", found)
        work.tell(activity, f"{label(activity)} est répétée pour chaque élément de la liste « {short(found)} ».")


def _collection(work: Work, activity: etree._Element, loop: etree._Element) -> str:
    held = extension(work, loop, "loopCharacteristics")
    if held is not None and held.get("inputCollection"):
        return str(held.get("inputCollection"))
    written = attribute(work, loop, "collection")
    if written:
        return written
    reference = text_of(loop, "loopDataInputRef")
    for element in (*activity.iter(etree.Element), *work.process.iter(etree.Element)):
        if element.get("id") == reference and local(element) in {
            "dataInput",
            "dataObject",
            "dataObjectReference",
            "property",
        }:
            return name_of(element) or reference
    return reference


def _read(text: str, *, named: bool = False) -> str | None:
    if not text:
        return None
    try:
        return translated(text, trusted=named or text.isdigit() or _NAME.fullmatch(text) is not None)
    except Untranslatable:
        return None


def _accept(given: str) -> str:
    try:
        return given if given.isdigit() and int(given) > 0 else accepted(given)
    except Untranslatable as fault:
        raise AnswerFault(f"« {given[:80]} » n’est ni un nombre ni une liste FEEL : {fault}.") from None


def _item(work: Work, activity: etree._Element, loop: etree._Element) -> None:
    held = extension(work, loop, "loopCharacteristics")
    name = attribute(work, loop, "elementVariable") or (held.get("inputElement", "") if held is not None else "")
    item = loop.find(tag("inputDataItem"))
    if not name or item is not None:
        return
    if not _NAME.fullmatch(name):
        work.tell(
            activity,
            f"Le nom « {short(name)} », donné à chaque élément de la liste de {label(activity)}, ne peut pas être"
            " repris.",
        )
        return
    made = etree.Element(tag("inputDataItem"), id=work.new_id(f"{activity.get('id')}_{name}"), name=name)
    place = len(loop.findall(tag("loopCardinality")))
    loop.insert(place, made)


def _enough(work: Work, activity: etree._Element, loop: etree._Element) -> None:
    written = loop.find(tag("completionCondition"))
    text = (written.text or "").strip() if written is not None else ""
    if written is None:
        return
    loop.remove(written)
    if not text:
        return
    try:
        found: str | None = translated(text, str(written.get("language", "")))
        if found != text:
            work.tell(
                activity,
                f"La condition d’arrêt de {label(activity)}, « {short(text)} », s’écrit « {short(str(found))} » en"
                " FEEL.",
            )
    except Untranslatable as fault:
        found = work.ask(
            f"enough:{activity.get('id')}",
            activity,
            f"La condition d’arrêt de {label(activity)}, « {short(text)} », n’est pas traduite : {fault}. Quand"
            " est-ce assez ?",
            QuestionKind.CONDITION,
            accept_condition,
            (
                Proposal("numberOfCompletedInstances > numberOfInstances / 2", "plus de la moitié l’ont fait"),
                Proposal("false", "quand tous l’ont fait"),
            ),
        )
    if found is not None and found != "false":
        set_text(loop, "completionCondition", found)


def _unread(work: Work, activity: etree._Element, loop: etree._Element) -> None:
    """Results gathered in data of the file: bpmn-js would look for a declaration that is left out."""
    for name in _UNREAD:
        for child in loop.findall(tag(name)):
            shown = short((child.text or "").strip() or child.get("name") or child.get("id") or name)
            work.tell(
                activity, f"Le réglage « {shown} » ({name}) de la répétition de {label(activity)} n’est pas repris."
            )
            loop.remove(child)
    for name in ("behavior", "noneBehaviorEventRef", "oneBehaviorEventRef"):
        forget(loop, name)
