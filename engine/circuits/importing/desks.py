"""Who does each step: names of groups, people and lanes are proposals, a person says which desk that is here."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lxml import etree

from engine.circuits.aims import EMITTER, is_word
from engine.circuits.importing.expressions import translated
from engine.circuits.importing.juel import Untranslatable, is_juel
from engine.circuits.importing.tree import label, local, name_of, short
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import attribute, extension
from engine.circuits.importing.work import AnswerFault, Work
from engine.circuits.xml import OURS, ours, tag
from engine.feel import FeelError, compile_expression

#: Groups or people named for one step beyond which nobody wants to answer for each.
MAX_NAMES = 10
_OF_EMITTER = re.compile(
    r"[$#]\{\s*(?:initiator|starter|startUser|startUserId|applicant|requester|creator)\s*\}|=\s*(?:initiator|starter)"
)
_OWNERS = ("potentialOwner", "humanPerformer", "performer", "resourceRole")


@dataclass(frozen=True, slots=True)
class _Wanted:
    """Whom a file names for a step."""

    names: tuple[str, ...] = ()  #: groups, people or a lane, as written; any of them may act
    expression: str = ""  #: FEEL that gives the desk
    source: str = ""  #: French: where it is written


def settle_desks(work: Work) -> None:
    """Every human step."""
    lanes = _lanes(work)
    for step in work.process.iter(tag("userTask"), tag("manualTask")):
        written = ours(step, "desk")
        lane = lanes.get(str(step.get("id")), "")
        if written:
            _check_written(work, step, written)
        elif not (work.is_ours and lane and (work.desks is None or lane in work.desks)):
            _settle(work, step, lane)


def _check_written(work: Work, step: etree._Element, written: str) -> None:
    if work.desks is None or written.startswith("="):
        return
    unknown = [name for name in map(str.strip, written.split(",")) if name not in work.desks and not is_word(name)]
    if not unknown:
        return
    given = _ask(
        work,
        f"desk:{step.get('id')}",
        step,
        f"Le bureau « {short(', '.join(unknown))} » de l’étape {label(step)} n’existe pas ici. Quel bureau la fait ?",
        (),
    )
    if given:
        step.set(f"{{{OURS}}}desk", given)
        work.tell(step, f"L’étape {label(step)} vise le bureau « {given} » au lieu de « {short(written)} ».")


def _settle(work: Work, step: etree._Element, lane: str) -> None:
    wanted = _wanted(work, step, lane)
    if wanted.names:
        answers: list[str | None] = [
            _ask(
                work,
                f"group:{name}",
                step,
                f"Quel bureau est ici « {short(name)} » ({wanted.source}) ? La réponse vaut pour toutes les étapes"
                " qui le nomment.",
                _proposals(work, name),
            )
            for name in wanted.names
        ]
        if not all(answers):
            return
        given: str | None = ",".join(dict.fromkeys(str(answer) for answer in answers))
        if len(wanted.names) > 1:
            step.set(f"{{{OURS}}}mode", "one")
            work.tell(
                step, f"L’étape {label(step)} est proposée à {len(wanted.names)} bureaux : le premier qui agit décide."
            )
    else:
        proposals = (
            [Proposal(f"={wanted.expression}", f"calculé ({wanted.source})")]
            if wanted.expression and wanted.expression != EMITTER
            else []
        )
        given = _ask(
            work,
            f"desk:{step.get('id')}",
            step,
            f"Quel bureau fait l’étape {label(step)} ?",
            (*proposals, Proposal(EMITTER, "le bureau de l’émetteur")),
        )
    if given:
        step.set(f"{{{OURS}}}desk", given)


def _ask(
    work: Work, question_id: str, step: etree._Element, sentence: str, proposals: tuple[Proposal, ...]
) -> str | None:
    def accept(given: str) -> str:
        if given.startswith("="):
            try:
                compile_expression(given)
            except FeelError as fault:
                raise AnswerFault(f"« {given[:80]} » n’est pas une expression FEEL : {fault}.") from None
            return given
        names = [name.strip() for name in given.split(",") if name.strip()]
        unknown = [name for name in names if work.desks is not None and name not in work.desks and not is_word(name)]
        if unknown or not names:
            raise AnswerFault(f"Le bureau « {', '.join(unknown)[:80]} » n’existe pas ici.")
        return ",".join(names)

    if question_id in work.questions:
        return None
    return work.ask(question_id, step, sentence, QuestionKind.DESK, accept, proposals)


def _proposals(work: Work, name: str) -> tuple[Proposal, ...]:
    if work.desks is None:
        return (Proposal(name.replace(",", " "), "nom écrit dans le fichier"),)
    close = [desk for desk in sorted(work.desks) if _slug(desk) == _slug(name)]
    close += [
        desk
        for desk in sorted(work.desks)
        if desk not in close and (_slug(desk) in _slug(name) or _slug(name) in _slug(desk))
    ]
    return (
        *(Proposal(desk, "bureau dont le nom ressemble") for desk in close),
        Proposal(EMITTER, "le bureau de l’émetteur"),
    )


def _slug(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()


def _wanted(work: Work, step: etree._Element, lane: str) -> _Wanted:
    held = extension(work, step, "assignmentDefinition")
    of_zeebe = (
        {name: held.get(name, "") for name in ("candidateGroups", "assignee", "candidateUsers")}
        if held is not None
        else {}
    )
    for name, source in (("candidateGroups", "groupe"), ("assignee", "personne"), ("candidateUsers", "personnes")):
        text = attribute(work, step, name) or of_zeebe.get(name, "")
        found = _from(text, source)
        if found is not None:
            return found
    for owner in step.iter(*map(tag, _OWNERS)):
        expression = "".join(inner.text or "" for inner in owner.iter(tag("formalExpression"))).strip()
        # « user(kermit), group(management) » is how Activiti and Flowable write it.
        names = re.findall(r"(?:user|group)\(([^)]*)\)", expression) or [name_of(owner) or expression]
        found = _from(",".join(names), "personne prévue")
        if found is not None:
            return found
    return _Wanted((lane,), source="couloir") if lane else _Wanted()


def _from(text: str, source: str) -> _Wanted | None:
    text = text.strip()
    if not text:
        return None
    if _OF_EMITTER.fullmatch(text):
        return _Wanted(expression=EMITTER, source="qui a commencé le dossier")
    if is_juel(text) or text.startswith("="):
        try:
            return _Wanted(expression=translated(text), source=f"{source} « {short(text)} »")
        except Untranslatable:
            return _Wanted(source=source)
    names = tuple(dict.fromkeys(name.strip() for name in text.split(",") if name.strip()))
    if len(names) > MAX_NAMES:
        return _Wanted(source=source)  # the step is asked about, as if nobody were named
    return _Wanted(names, source=source) if names else None


def _lanes(work: Work) -> dict[str, str]:
    """Innermost named lane of each node: lanes come parents first; steps inside a sub-process are in that of it."""
    found: dict[str, str] = {}
    for lane in work.process.iter(tag("lane")):
        for reference in lane.findall(tag("flowNodeRef")):
            if name_of(lane):
                found[(reference.text or "").strip()] = name_of(lane)
    for node in work.process.iter(etree.Element):
        parent = node.getparent()
        if local(node) and parent is not None and node.get("id") and str(node.get("id")) not in found:
            above = found.get(str(parent.get("id")), "")
            if above:
                found[str(node.get("id"))] = above
    return found
