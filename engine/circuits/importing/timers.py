"""Delays: read in any engine's writing, or asked for."""

from __future__ import annotations

import re

from lxml import etree

from engine.circuits.importing.expressions import accepted, translated
from engine.circuits.importing.juel import Untranslatable
from engine.circuits.importing.tree import label, local, short
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import attribute, extension, owner_id
from engine.circuits.importing.work import AnswerFault, Work
from engine.circuits.timing import TimingFault, check_timer, is_literal
from engine.circuits.xml import tag
from engine.feel import FeelError

_WRITINGS = ("timeDate", "timeDuration", "timeCycle")
_UNITS = {
    "min": "T{}M",
    "heure": "T{}H",
    "h": "T{}H",
    "jour": "{}D",
    "j": "{}D",
    "semaine": "{}W",
    "mois": "{}M",
    "an": "{}Y",
}
_SPOKEN = re.compile(r"(\d{1,4})\s*(min|heure|h|jour|j|semaine|mois|an)(?:utes?|s|nées?)?", re.IGNORECASE)


def settle_timers(work: Work) -> None:
    """Every timer has a delay that is understood, or is asked about."""
    for definition in list(work.process.iter(tag("timerEventDefinition"))):
        event = definition.getparent()
        if event is None:
            continue
        written = [child for child in definition if local(child) in _WRITINGS and (child.text or "").strip()]
        text = (written[0].text or "").strip() if written else ""
        found = _read(work, event, local(written[0]), text, written[0].get("language", "")) if written else None
        for child in list(definition):
            if local(child) in _WRITINGS:
                definition.remove(child)
        if found is None:
            found = _asked(work, event, text)
        if found:
            etree.SubElement(definition, tag(_writing(found, local(written[0]) if written else ""))).text = found


def _read(work: Work, event: etree._Element, writing: str, text: str, language: str) -> str | None:
    literal = text.strip("\"'")
    try:
        if is_literal(literal):
            check_timer(writing, literal)
            return literal
        found = translated(text, language)
        check_timer(writing, found)
    except (Untranslatable, TimingFault, FeelError):
        return None
    if found != text:
        work.tell(event, f"L’échéance {label(event)}, « {short(text)} », s’écrit « {short(found)} » en FEEL.")
    return found


def _asked(work: Work, event: etree._Element, text: str) -> str | None:
    spoken = _from_words(event.get("name") or "")
    proposals = [Proposal(spoken, "d’après son nom")] if spoken else []
    proposals += [
        Proposal(value, words) for value, words in (("P2D", "deux jours"), ("PT8H", "huit heures")) if value != spoken
    ]
    why = f"« {short(text)} » n’est pas compris. " if text else ""
    return work.ask(
        f"timer:{event.get('id')}",
        event,
        f"{why}Au bout de combien de temps l’échéance {label(event)} arrive-t-elle ?",
        QuestionKind.TIMER,
        _delay,
        proposals,
    )


def _delay(given: str) -> str:
    found = _from_words(given) if _SPOKEN.fullmatch(given.strip()) else given.strip()
    try:
        if not is_literal(found):
            found = accepted(found)
        check_timer("timeDuration", found)
    except (Untranslatable, TimingFault, FeelError) as fault:
        raise AnswerFault(
            f"« {given[:80]} » n’est pas un délai : {fault}. Écrivez par exemple P2D, PT8H ou « 2 jours »."
        ) from None
    if not is_literal(found) and re.fullmatch(r"[^\W\d]\w*( [^\W\d]\w*)+", found):
        raise AnswerFault(f"« {given[:80]} » n’est pas un délai. Écrivez par exemple P2D, PT8H ou « 2 jours ».")
    return found


def _from_words(text: str) -> str:
    """« 2 jours » → ``P2D``; empty when no delay is said."""
    match = re.search(rf"(?<!\w){_SPOKEN.pattern}(?!\w)", text, re.IGNORECASE)
    return f"P{_UNITS[match[2].lower()].format(int(match[1]))}" if match else ""


def _writing(text: str, was: str) -> str:
    """Which element holds a text: the form says it; for an expression, what the file said."""
    if text.startswith("R"):
        return "timeCycle" if is_literal(text) else was or "timeDuration"
    if re.match(r"\d{4}-", text):
        return "timeDate"
    if is_literal(text):
        return "timeDuration"
    return was or "timeDuration"


def delay_of(work: Work, element: etree._Element) -> str:
    """The due date that another engine gives to a step, when it is a duration."""
    schedule = extension(work, element, "taskSchedule")
    text = attribute(work, element, "dueDate") or (schedule.get("dueDate", "") if schedule is not None else "")
    if not text:
        return ""
    try:
        check_timer("timeDuration", text)
    except (TimingFault, FeelError):
        pass
    else:
        if is_literal(text):
            return text
    work.used -= {(owner_id(element), "dueDate"), (owner_id(element), "taskSchedule")}  # not read, after all
    return ""
