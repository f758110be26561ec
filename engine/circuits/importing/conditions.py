"""Conditions of arrows: translated to FEEL, or asked for."""

from __future__ import annotations

from lxml import etree

from engine.circuits.importing.expressions import accepted, translated
from engine.circuits.importing.juel import Untranslatable
from engine.circuits.importing.tree import condition_of, drop_condition, forget, label, local, name_of, set_text, short
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import attribute
from engine.circuits.importing.work import AnswerFault, Work
from engine.circuits.xml import tag

#: The answer that makes a flow the one taken when no other is.
OTHERWISE = "autrement"
_CHOICES = frozenset({"exclusiveGateway", "inclusiveGateway"})


def accept_condition(given: str) -> str:
    """A condition that a person wrote. Raises :class:`AnswerFault`."""
    try:
        return accepted(given)
    except Untranslatable as fault:
        raise AnswerFault(f"« {given[:80]} » n’est pas une condition : {fault}.") from None


def settle_conditions(work: Work) -> None:
    """Every condition of the process."""
    nodes = {str(node.get("id")): node for node in work.process.iter(etree.Element) if node.get("id")}
    for flow in list(work.process.iter(tag("sequenceFlow"))):
        source = nodes[flow.get("sourceRef", "")]
        condition = condition_of(flow)
        script = _script_elsewhere(work, flow)
        if condition is None and not script:
            drop_condition(flow)
        elif source.get("default") == flow.get("id"):
            drop_condition(flow)
            work.tell(
                flow, f"La condition de {label(flow)} est retirée : c’est la sortie par défaut de {label(source)}."
            )
        elif condition is None:
            ask_condition(work, source, flow, f"est dans un fichier à part (« {short(script)} »)")
        else:
            _translate(work, source, flow, condition)


def _script_elsewhere(work: Work, flow: etree._Element) -> str:
    found = flow.find(tag("conditionExpression"))
    return attribute(work, found, "resource") if found is not None else ""


def _translate(work: Work, source: etree._Element, flow: etree._Element, condition: etree._Element) -> None:
    text = (condition.text or "").strip()
    language = condition.get("language") or work.root.get("expressionLanguage") or ""
    try:
        found = text if work.is_ours else translated(text, language)
    except Untranslatable as fault:
        ask_condition(work, source, flow, f"« {short(text)} », n’est pas traduite : {fault}")
        return
    if found.lstrip("=").strip() != text.lstrip("=").strip():
        work.tell(flow, f"La condition de {label(flow)}, « {short(text)} », s’écrit « {short(found)} » en FEEL.")
    set_text(flow, "conditionExpression", found)
    _plain(condition)


def _plain(condition: etree._Element) -> None:
    for name in ("language", "evaluatesToTypeRef"):
        forget(condition, name)


def ask_condition(work: Work, source: etree._Element, flow: etree._Element, why: str = "") -> bool:
    """Ask when a flow is taken; True when it is known. ``why``: what is the matter with the condition written."""
    free = local(source) in _CHOICES and source.get("default") in {None, flow.get("id")}
    first = free and str(source.get("id")) not in work.offered  # one arrow only can be the default
    work.offered.add(str(source.get("id")))

    def accept(given: str) -> str:
        if given == OTHERWISE:
            if not free:
                raise AnswerFault(f"{label(source)} a déjà une sortie par défaut.")
            return given
        return accept_condition(given)

    what = f"La condition de {label(flow)}, après {label(source)}, {why}. " if why else ""
    name = f" « {short(name_of(flow))} »" if name_of(flow) else f" « {flow.get('id')} »"
    found = work.ask(
        f"condition:{flow.get('id')}",
        flow,
        f"{what}À quelle condition suit-on la flèche{name} de {label(source)} ?",
        QuestionKind.CONDITION,
        accept,
        (Proposal(OTHERWISE, "quand aucune autre condition n’est vraie"),) if first else (),
    )
    if found is None:
        return False
    if found == OTHERWISE:
        source.set("default", str(flow.get("id")))
        drop_condition(flow)
        work.tell(flow, f"La flèche {label(flow)} est la sortie par défaut de {label(source)}.")
    else:
        condition = set_text(flow, "conditionExpression", found)
        _plain(condition)
        work.tell(flow, f"La flèche {label(flow)} est suivie si « {short(found)} ».")
    return True
