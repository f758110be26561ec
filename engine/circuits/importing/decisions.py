"""Decisions drawn for people: arrows named « Oui » and « Non », without a condition that a machine can read."""

from __future__ import annotations

import re
import unicodedata

from lxml import etree

from engine.circuits.drawing import STEPS
from engine.circuits.importing.conditions import ask_condition
from engine.circuits.importing.flows import connect
from engine.circuits.importing.tree import (
    Graph,
    add,
    condition_of,
    drop_condition,
    label,
    local,
    name_of,
    scopes,
    set_text,
    short,
)
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.work import Work
from engine.circuits.xml import OURS, ours, tag

#: First words of arrows that say yes, and no.
_YES = frozenset(
    {"oui", "yes", "ok", "accord", "accorde", "accepte", "acceptee", "accepted", "approuve", "approuvee", "approved",
     "approve", "valide", "validee", "favorable", "conforme", "vrai", "true"}
)  # fmt: skip
_NO = frozenset(
    {"non", "no", "nok", "refus", "refuse", "refusee", "rejet", "rejete", "rejetee", "rejected", "reject", "declined",
     "defavorable", "invalide", "faux", "false"}
)  # fmt: skip
_OPPOSITE = {">": "<=", "<=": ">", "<": ">=", ">=": "<", "=": "!=", "!=": "="}
_COMPARISON = re.compile(r"([^=<>!]+?) (<=|>=|!=|=|<|>) ([^=<>!]+)")


def settle_decisions(work: Work) -> None:
    """Every exclusive or inclusive gateway with several ways out."""
    for scope in scopes(work.process):
        graph, size = Graph(scope), len(scope)
        for node in list(graph.nodes.values()):
            if len(scope) != size:  # a step or an end was added for the decision before
                graph, size = Graph(scope), len(scope)
            leaving = graph.outgoing(node)
            if len(leaving) < 2 or local(node) not in {"exclusiveGateway", "inclusiveGateway"}:
                continue
            if local(node) == "exclusiveGateway":
                _complete(work, scope, graph, node, leaving)
            _default(work, node, leaving)


def _complete(
    work: Work, scope: etree._Element, graph: Graph, node: etree._Element, leaving: list[etree._Element]
) -> None:
    default = node.get("default")
    without = [flow for flow in leaving if condition_of(flow) is None and flow.get("id") != default]
    if not without or any(f"condition:{flow.get('id')}" in work.questions for flow in without):
        return
    if len(without) == len(leaving):
        _drawn_for_people(work, scope, graph, node, leaving)
    elif len(without) == 1 and default is None:
        node.set("default", str(without[0].get("id")))
        work.tell(
            without[0],
            f"La flèche {label(without[0])}, seule sans condition, est la sortie par défaut de {label(node)}.",
        )
    else:
        for flow in without:
            ask_condition(work, node, flow)


def _drawn_for_people(
    work: Work, scope: etree._Element, graph: Graph, node: etree._Element, leaving: list[etree._Element]
) -> None:
    step = _step_before(graph, node)
    named = all(name_of(flow) for flow in leaving)
    if step is not None and named:
        _by_outcome(work, scope, node, leaving, step)
        return
    given = work.choice(
        f"decision:{node.get('id')}",
        node,
        f"La décision {label(node)} ne dit pas comment choisir entre"
        f" {', '.join(_name(graph, flow) for flow in leaving)}. Comment choisir ?",
        Proposal("personne", "une étape est ajoutée : quelqu’un choisit"),
        Proposal("conditions", "selon des conditions, qui seront demandées"),
        kind=QuestionKind.CHOICE,
    )
    if given == "conditions":
        for flow in leaving:
            ask_condition(work, node, flow)
    elif given == "personne":
        for flow in leaving:
            if not name_of(flow):
                flow.set("name", _name(graph, flow).strip("« »"))
        step = add(
            scope, "userTask", id=work.new_id(f"{node.get('id')}_choix"), name=name_of(node) or "Choisir la suite"
        )
        for flow in graph.incoming(node):
            flow.set("targetRef", str(step.get("id")))
        connect(work, scope, step, node)
        work.tell(step, f"L’étape {label(step)} est ajoutée avant la décision : la personne y choisit la suite.")
        _by_outcome(work, scope, node, leaving, step)


def _name(graph: Graph, flow: etree._Element) -> str:
    if name_of(flow):
        return label(flow)
    target = graph.nodes.get(flow.get("targetRef", ""))
    return label(target) if target is not None else label(flow)


def _step_before(graph: Graph, node: etree._Element) -> etree._Element | None:
    """The human step that alone leads to this decision, when whoever acts on it can choose."""
    arriving = graph.incoming(node)
    before = graph.nodes.get(arriving[0].get("sourceRef", "")) if len(arriving) == 1 else None
    if before is None or local(before) not in STEPS or len(graph.outgoing(before)) != 1:
        return None
    repeated = before.find(tag("multiInstanceLoopCharacteristics")) is not None
    return None if repeated or ours(before, "outcomes") else before


def _by_outcome(
    work: Work, scope: etree._Element, node: etree._Element, leaving: list[etree._Element], step: etree._Element
) -> None:
    """The names of the arrows become the answers that the step offers."""
    slugs = {str(flow.get("id")): _slug(name_of(flow)) for flow in leaving}
    refusal = next((flow for flow in leaving if slugs[str(flow.get("id"))].split("_")[0] in _NO), None)
    others = [flow for flow in leaving if flow is not refusal]
    approval = next((flow for flow in others if slugs[str(flow.get("id"))].split("_")[0] in _YES), others[0])
    words = []
    taken = {"approved", "rejected", "refer_back"}
    for flow in others:
        known = ["approved"] if flow is approval else []
        if flow is not approval or (len(others) > 1 and slugs[str(flow.get("id"))].split("_")[0] not in _YES):
            word = _unused(slugs[str(flow.get("id"))], taken)
            words.append(f"{word}:{re.sub('[,:]', ' ', name_of(flow))}")
            known.append(word)
        tests = " or ".join(f'outcome = "{word}"' for word in known)
        set_text(flow, "conditionExpression", tests)
        work.tell(flow, f"La flèche {label(flow)} est suivie si l’étape {label(step)} se termine ainsi : {tests}.")
    if words:
        step.set(f"{{{OURS}}}outcomes", ",".join(words))
        work.tell(
            step,
            f"L’étape {label(step)} propose les réponses de la décision {label(node)} : {short(', '.join(words))}.",
        )
    if refusal is None:
        end = add(scope, "endEvent", id=work.new_id(f"{node.get('id')}_refus"), name="Refusé")
        end.set(f"{{{OURS}}}result", "rejected")
        refusal = connect(work, scope, node, end)
        work.tell(end, f"La décision {label(node)} ne dessinait pas de refus : une fin « Refusé » est ajoutée.")
    else:
        drop_condition(refusal)
        work.tell(refusal, f"La flèche {label(refusal)} est suivie si l’étape {label(step)} est refusée.")
    node.set("default", str(refusal.get("id")))


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "_", plain).strip("_")[:40] or "choix"


def _unused(word: str, taken: set[str]) -> str:
    found, number = word, 1
    while found in taken:
        number += 1
        found = f"{word}_{number}"
    taken.add(found)
    return found


def _default(work: Work, node: etree._Element, leaving: list[etree._Element]) -> None:
    pending = f"decision:{node.get('id')}" in work.questions
    conditions = [condition_of(flow) for flow in leaving]
    open_ones = any(condition is None for condition in conditions) or any(
        f"condition:{flow.get('id')}" in work.questions for flow in leaving
    )
    if node.get("default") is not None or pending or open_ones:
        return
    texts = [(condition.text or "").strip() for condition in conditions if condition is not None]
    if len(texts) == 2 and _are_opposite(*texts):
        node.set("default", str(leaving[1].get("id")))
        drop_condition(leaving[1])
        work.tell(
            leaving[1],
            f"La flèche {label(leaving[1])} est la sortie par défaut de {label(node)} : sa condition («"
            f" {short(texts[1])} ») est le contraire de l’autre.",
        )
        return
    given = work.choice(
        f"default:{node.get('id')}",
        node,
        f"Quelle flèche suivre après {label(node)} quand aucune condition n’est vraie ?",
        *(
            Proposal(str(flow.get("id")), f"{label(flow)}, si « {short(text)} »")
            for flow, text in reversed(list(zip(leaving, texts, strict=True)))
        ),
        kind=QuestionKind.DEFAULT,
    )
    for flow in leaving:
        if flow.get("id") == given:
            node.set("default", str(given))
            drop_condition(flow)
            work.tell(
                flow, f"La flèche {label(flow)} est la sortie par défaut de {label(node)}, sa condition est retirée."
            )


def _are_opposite(one: str, other: str) -> bool:
    if other == f"{one} != true" or one == f"{other} != true" or other in {f"not({one})", f"({one}) != true"}:
        return True
    left, right = _COMPARISON.fullmatch(one), _COMPARISON.fullmatch(other)
    if left is None or right is None or left[1] != right[1] or re.search(r"\b(and|or)\b", f"{one} {other}"):
        return False
    if left[2] == right[2] == "=":
        return {left[3], right[3]} == {"true", "false"}
    return left[3] == right[3] and _OPPOSITE[left[2]] == right[2]
