"""What modellers leave unsaid: where a circuit starts and ends, and that several arrows out of a step are a fork."""

from __future__ import annotations

from lxml import etree

from engine.circuits.importing.conditions import accept_condition
from engine.circuits.importing.tree import (
    Graph,
    add,
    condition_of,
    definition_kind,
    drop_condition,
    forget,
    is_link,
    label,
    local,
    name_of,
    scopes,
)
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.work import Work
from engine.circuits.xml import flag, tag

_GATEWAYS = frozenset(
    {"exclusiveGateway", "parallelGateway", "inclusiveGateway", "eventBasedGateway", "complexGateway"}
)


def connect(work: Work, scope: etree._Element, source: etree._Element, target: etree._Element) -> etree._Element:
    """A new flow between two nodes."""
    identifier = work.new_id(f"{source.get('id')}_vers_{target.get('id')}"[:120])
    return add(scope, "sequenceFlow", id=identifier, sourceRef=str(source.get("id")), targetRef=str(target.get("id")))


def settle_flows_unsaid(work: Work) -> None:
    """In the process and each sub-process."""
    for scope in scopes(work.process):
        if flag(scope, "triggeredByEvent"):
            continue
        _start(work, scope)
        _ends(work, scope)
        _forks(work, scope)


def _start(work: Work, scope: etree._Element) -> None:
    graph = Graph(scope)
    nodes = list(graph.main())
    if any(local(node) == "startEvent" for node in nodes):
        return
    heads = [node for node in nodes if not graph.incoming(node) and not is_link(node, "intermediateCatchEvent")]
    if not heads:
        return  # a circle: the check says that there is no start
    start = add(scope, "startEvent", id=work.new_id(f"{scope.get('id')}_debut"))
    where = "Le circuit" if scope is work.process else f"Le sous-processus {label(scope)}"
    if len(heads) == 1:
        connect(work, scope, start, heads[0])
        work.tell(start, f"{where} n’avait pas de départ : il en a reçu un, avant {label(heads[0])}.")
        return
    fork = add(scope, "parallelGateway", id=work.new_id(f"{scope.get('id')}_branches"))
    connect(work, scope, start, fork)
    for head in heads:
        connect(work, scope, fork, head)
    names = ", ".join(label(head) for head in heads[:5])
    work.tell(start, f"{where} n’avait pas de départ : tout ce que rien ne précède commence en même temps ({names}).")


def _ends(work: Work, scope: etree._Element) -> None:
    graph = Graph(scope)
    for node in graph.nodes.values():
        over = (
            local(node) == "endEvent"
            or definition_kind(node) == "compensate"
            or is_link(node, "intermediateThrowEvent")
            or graph.outgoing(node)
        )
        if over or flag(node, "triggeredByEvent") or flag(node, "isForCompensation"):
            continue
        end = add(scope, "endEvent", id=work.new_id(f"{node.get('id')}_fin"))
        connect(work, scope, node, end)
        work.tell(end, f"Rien ne suivait {label(node)} : une fin est dessinée après.")


def _forks(work: Work, scope: etree._Element) -> None:
    graph = Graph(scope)
    for node in graph.nodes.values():
        leaving = graph.outgoing(node)
        if local(node) in _GATEWAYS:
            _stray_conditions(work, node, leaving)
        elif len(leaving) > 1:
            _fork(work, scope, node, leaving)
        elif leaving and condition_of(leaving[0]) is not None:
            _lone_condition(work, scope, node, leaving[0])
        if local(node) not in _GATEWAYS:
            forget(node, "default")


def _fork(work: Work, scope: etree._Element, node: etree._Element, leaving: list[etree._Element]) -> None:
    conditional = any(condition_of(flow) is not None for flow in leaving)
    kind = "inclusiveGateway" if conditional else "parallelGateway"
    fork = add(scope, kind, id=work.new_id(f"{node.get('id')}_branches"))
    for flow in leaving:
        flow.set("sourceRef", str(fork.get("id")))
    if conditional and node.get("default"):
        fork.set("default", str(node.get("default")))
    connect(work, scope, node, fork)
    word = "inclusif, selon leurs conditions" if conditional else "parallèle"
    work.tell(
        fork, f"{len(leaving)} flèches partaient de {label(node)} : elles partent maintenant d’un branchement {word}."
    )


def _lone_condition(work: Work, scope: etree._Element, node: etree._Element, flow: etree._Element) -> None:
    given = work.choice(
        f"otherwise:{flow.get('id')}",
        flow,
        f"La seule flèche qui part de {label(node)} a une condition. Que faire quand elle n’est pas vraie ?",
        Proposal("fin", "terminer le circuit à cet endroit"),
        Proposal("continuer", "suivre la flèche de toute façon"),
        kind=QuestionKind.CHOICE,
    )
    if given == "continuer":
        drop_condition(flow)
        work.tell(flow, f"La condition de {label(flow)} est oubliée, comme demandé.")
    elif given == "fin":
        decision = add(scope, "exclusiveGateway", id=work.new_id(f"{node.get('id')}_decision"))
        end = add(scope, "endEvent", id=work.new_id(f"{node.get('id')}_fin"))
        flow.set("sourceRef", str(decision.get("id")))
        connect(work, scope, node, decision)
        decision.set("default", str(connect(work, scope, decision, end).get("id")))
        work.tell(
            decision,
            f"Une décision est dessinée après {label(node)} : le circuit se termine quand la condition n’est pas"
            " vraie.",
        )


def _stray_conditions(work: Work, node: etree._Element, leaving: list[etree._Element]) -> None:
    kind = local(node)
    alone = kind in {"exclusiveGateway", "inclusiveGateway"} and len(leaving) == 1
    if not alone and kind not in {"parallelGateway", "eventBasedGateway"}:
        return
    forget(node, "default")
    for flow in leaving:
        if condition_of(flow) is not None:
            why = "c’est le seul chemin" if alone else "ce branchement n’en lit pas"
            work.tell(flow, f"La condition de {label(flow)}, après {label(node)}, est retirée : {why}.")
        drop_condition(flow)


def settle_loops(work: Work) -> None:
    """An activity repeated while a condition holds is drawn as a decision that goes back to it (BPMN 2.0.2 §13.3.6)."""
    for loop in list(work.process.iter(tag("standardLoopCharacteristics"))):
        activity = loop.getparent()
        if activity is None or (scope := activity.getparent()) is None:
            continue
        graph = Graph(scope)
        leaving = graph.outgoing(activity)
        written = loop.find(tag("loopCondition"))
        text = (written.text or "").strip() if written is not None else ""
        most = loop.get("loopMaximum", "")
        before = flag(loop, "testBefore")
        if len(leaving) != 1:
            continue  # the check refuses what is left
        if not text:
            text = _asked(work, activity, most) or ""
            if not text:
                continue
            if text == "jamais":
                activity.remove(loop)
                work.tell(activity, f"La boucle posée sur {label(activity)} est retirée, comme demandé.")
                continue
        decision = add(
            scope,
            "exclusiveGateway",
            id=work.new_id(f"{activity.get('id')}_encore"),
            name=f"{name_of(activity) or 'Étape'} : encore ?",
        )
        following = leaving[0]
        if before:
            for flow in graph.incoming(activity):
                flow.set("targetRef", str(decision.get("id")))
            following.set("sourceRef", str(decision.get("id")))
            connect(work, scope, activity, decision)
        else:
            following.set("sourceRef", str(decision.get("id")))
            connect(work, scope, activity, decision)
        again = connect(work, scope, decision, activity)
        condition = etree.SubElement(again, tag("conditionExpression"))
        condition.text = text
        if written is not None and written.get("language"):
            condition.set("language", str(written.get("language")))
        decision.set("default", str(following.get("id")))
        activity.remove(loop)
        limit = f" Le nombre de tours ({most} au plus) n’est pas compté ici." if most else ""
        work.tell(
            decision,
            f"La boucle posée sur {label(activity)} est dessinée : une décision y ramène tant que sa condition est"
            f" vraie.{limit}",
        )


def _asked(work: Work, activity: etree._Element, most: str) -> str | None:
    limit = f" (au plus {most} fois)" if most else ""
    return work.ask(
        f"loop:{activity.get('id')}",
        activity,
        f"{label(activity)} se répète{limit}, sans dire jusqu’à quand. À quelle condition recommencer ?",
        QuestionKind.CONDITION,
        _again,
        (Proposal('outcome = "rejected"', "tant que l’étape est refusée"), Proposal("jamais", "ne pas répéter")),
    )


def _again(given: str) -> str:
    return given if given == "jamais" else accept_condition(given)
