"""Events: starts that wait, messages without a name, links, cancellations."""

from __future__ import annotations

from lxml import etree

from engine.circuits.importing.tree import (
    Graph,
    definition_kind,
    definitions_of,
    forget,
    label,
    local,
    name_of,
    remove,
    scopes,
    short,
)
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import extension
from engine.circuits.importing.work import Work
from engine.circuits.xml import OURS, flag, ours, tag

_REFERENCES = {"message": "messageRef", "signal": "signalRef", "error": "errorRef", "escalation": "escalationRef"}
_WORDS = {"message": "Le message", "signal": "Le signal", "error": "L’erreur", "escalation": "L’escalade"}
_CANCELLED = "annulation"


def settle_events(work: Work) -> None:
    """Every event of the process."""
    _plain_starts(work)
    _cancellations(work)
    for element in list(work.process.iter(etree.Element)):
        kind = local(element)
        if kind == "intermediateCatchEvent" and not definitions_of(element):
            element.tag = tag("intermediateThrowEvent")
            work.tell(element, f"L’évènement {label(element)} n’attendait rien : le circuit y passe sans s’arrêter.")
        if kind.endswith("Event"):
            for definition in definitions_of(element):
                _reference(work, element, definition)
    _names(work)
    _links(work)


def _plain_starts(work: Work) -> None:
    for scope in scopes(work.process):
        if flag(scope, "triggeredByEvent"):
            continue
        for node in Graph(scope).nodes.values():
            if local(node) == "startEvent" and definitions_of(node):
                waited = {"timer": "une échéance", "message": "un message", "signal": "un signal"}.get(
                    definition_kind(node), "un évènement"
                )
                for definition in definitions_of(node):
                    node.remove(definition)
                work.tell(
                    node,
                    f"Le départ {label(node)} attendait {waited} : ici, le circuit commence quand le dossier est"
                    " envoyé.",
                )
            for name in ("isInterrupting", "parallelMultiple"):
                forget(node, name)


def _cancellations(work: Work) -> None:
    """Cancelling a transaction is leaving it by its edge (BPMN 2.0.2 §10.5.4): an error does that."""
    found = list(work.process.iter(tag("cancelEventDefinition")))
    if not found:
        return
    declared = etree.Element(tag("error"), id=work.new_id("erreur_annulation"), name=_CANCELLED, errorCode=_CANCELLED)
    work.root.insert(0, declared)
    for definition in found:
        event = definition.getparent()
        definition.tag = tag("errorEventDefinition")
        definition.set("errorRef", str(declared.get("id")))
        work.tell(
            event, f"L’annulation {label(event)} est devenue l’erreur « {_CANCELLED} »." if event is not None else ""
        )


def _reference(work: Work, event: etree._Element, definition: etree._Element) -> None:
    kind = local(definition).removesuffix("EventDefinition")
    name = _REFERENCES.get(kind)
    if name is None:
        return
    declared = {str(child.get("id")) for child in work.root if local(child) == kind}
    reference = definition.get(name)
    if reference is not None and reference not in declared:
        del definition.attrib[name]
        work.tell(
            event,
            f"{_WORDS[kind]} « {short(reference)} » de {label(event)} n’est pas dans le fichier : la référence est"
            " oubliée.",
        )
        reference = None
    if reference is None and kind in {"message", "signal"}:
        made = etree.Element(tag(kind), id=work.new_id(f"{event.get('id')}_{kind}"))
        hint = work.messages.get(str(event.get("id")), "")
        made.set("name", name_of(event) or hint or str(event.get("id")))
        work.root.insert(0, made)
        definition.set(name, str(made.get("id")))
        work.tell(event, f"{_WORDS[kind]} de {label(event)} n’avait pas de nom : il s’appelle {label(made)}.")


def _names(work: Work) -> None:
    for declared in list(work.root):
        kind = local(declared)
        if kind in {"message", "signal"} and not name_of(declared):
            declared.set("name", str(declared.get("id")))
            work.tell(declared, f"{_WORDS[kind]} {label(declared)} n’avait pas de nom : il porte son identifiant.")
        if (
            kind in {"error", "escalation"}
            and not work.is_ours
            and not declared.get(f"{kind}Code")
            and (name_of(declared) or declared.get("id"))
        ):
            declared.set(f"{kind}Code", name_of(declared) or str(declared.get("id")))
            work.tell(declared, f"{_WORDS[kind]} {label(declared)} n’avait pas de code : elle porte son nom.")
        subscription = extension(work, declared, "subscription") if kind == "message" else None
        if subscription is not None and subscription.get("correlationKey"):
            _correlate(work, declared, str(subscription.get("correlationKey")))


def _correlate(work: Work, message: etree._Element, key: str) -> None:
    """The correlation key that Camunda 8 writes on the message is ours on the event."""
    for definition in work.process.iter(tag("messageEventDefinition")):
        event = definition.getparent()
        if event is None or definition.get("messageRef") != message.get("id"):
            continue
        if local(event) in {"intermediateCatchEvent", "boundaryEvent"} and not ours(event, "correlation"):
            event.set(f"{{{OURS}}}correlation", key.removeprefix("=").strip())
            work.tell(event, f"{label(event)} reconnaît son message à la clé « {short(key)} ».")


def _links(work: Work) -> None:
    for definition in work.process.iter(tag("linkEventDefinition")):
        event = definition.getparent()
        for child in list(definition):
            if local(child) in {"source", "target"}:
                definition.remove(child)
        if event is not None and not definition.get("name"):
            definition.set("name", name_of(event) or str(event.get("id")))
            work.tell(event, f"Le lien {label(event)} n’avait pas de nom : il porte celui de son évènement.")


def settle_starts(work: Work) -> None:
    """Several starts: one when they lead to the same place, else a person says which."""
    for scope in scopes(work.process):
        graph = Graph(scope)
        starts = [node for node in graph.main() if local(node) == "startEvent"]
        if len(starts) < 2:
            continue
        targets = {flow.get("targetRef") for start in starts for flow in graph.outgoing(start)}
        if len(targets) < 2:
            kept = next((start for start in starts if graph.outgoing(start)), starts[0])
            for other in starts:
                if other is not kept:
                    _leave(
                        work,
                        graph,
                        other,
                        f"Le départ {label(other)} menait au même endroit que {label(kept)} : il n’en reste qu’un.",
                    )
            continue
        where = "Ce circuit" if scope is work.process else f"Le sous-processus {label(scope)}"
        given = work.choice(
            f"start:{scope.get('id')}",
            scope if scope is not work.process else None,
            f"{where} a {len(starts)} départs ; un dossier n’en prend qu’un. Lequel ?",
            *(Proposal(str(start.get("id")), short(name_of(start) or str(start.get("id")))) for start in starts),
            kind=QuestionKind.START,
        )
        if given is None:
            continue
        for other in starts:
            if other.get("id") != given:
                _leave(work, graph, other, f"Le départ {label(other)} n’est pas repris, comme demandé.")
        _prune(work, scope)


def _leave(work: Work, graph: Graph, node: etree._Element, sentence: str) -> None:
    for flow in graph.outgoing(node):
        remove(flow)
        work.tell(flow, f"La flèche {label(flow)} est retirée avec {label(node)}.")
    work.tell(node, sentence)
    for inner in node.iter(etree.Element):
        if inner is not node and inner.get("id") and not local(inner).endswith("EventDefinition"):
            work.tell(inner, f"L’élément {label(inner)} est retiré avec {label(node)}, qui le contient.")
    remove(node)


def _prune(work: Work, scope: etree._Element) -> None:
    """Take out what only the starts left out led to."""
    graph = Graph(scope)
    waiting = [node for node in graph.main() if local(node) == "startEvent"]
    waiting += [
        node for node in graph.nodes.values() if node not in list(graph.main()) and local(node) != "boundaryEvent"
    ]
    waiting += [node for node in graph.main() if definition_kind(node) == "link"]
    seen: set[str] = set()
    while waiting:
        node = waiting.pop()
        if str(node.get("id")) in seen:
            continue
        seen.add(str(node.get("id")))
        after = [
            graph.nodes[flow.get("targetRef", "")]
            for flow in graph.outgoing(node)
            if flow.get("targetRef") in graph.nodes
        ]
        waiting += after + graph.boundaries(node)
    for identifier, node in graph.nodes.items():
        if identifier not in seen:
            _leave(
                work,
                graph,
                node,
                f"L’élément {label(node)} n’était atteint que par un départ qui n’est pas repris : il ne l’est pas"
                " non plus.",
            )
