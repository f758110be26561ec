"""Kinds of activities that do not run here: each becomes one that does, or is asked about."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from lxml import etree

from engine.circuits.importing.timers import delay_of
from engine.circuits.importing.tree import (
    NODES,
    SUB_PROCESSES,
    Graph,
    add,
    definition_kind,
    forget,
    label,
    local,
    name_of,
    remove,
    scopes,
    short,
    text_of,
)
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.vendors import attribute, extension, extensions
from engine.circuits.importing.work import AnswerFault, Work
from engine.circuits.xml import OURS, flag, ours, tag

_STEP = Proposal("étape", "une personne le fait et l’indique")
_SERVICE = Proposal("service", "un service le fait ; son nom sera demandé")
_WITHOUT = Proposal("rien", "l’élément est retiré, le circuit continue")


def settle_tasks(work: Work) -> None:
    """Every activity of the process."""
    for element in list(work.process.iter(etree.Element)):
        handler = _HANDLERS.get(local(element))
        if handler is not None and element.getparent() is not None:
            handler(work, element)


def settle_services(work: Work) -> None:
    """Who does the work of service tasks, and carries the messages that are thrown."""
    for element in work.process.iter(*map(tag, ("serviceTask", "intermediateThrowEvent", "endEvent"))):
        throws = local(element) != "serviceTask"
        if (throws and definition_kind(element) != "message") or ours(element, "service"):
            continue
        names = _named_services(work, element)
        proposals = [Proposal(name, "nom écrit dans le fichier") for name in names]
        if "mail" not in names and (throws or _sends_mail(element)):
            proposals.append(Proposal("mail", "envoyer un courriel"))
        what = (
            f"porte le message de {label(element)}"
            if throws
            else f"fait « {short(name_of(element) or str(element.get('id')))} »"
        )
        found = work.ask(
            f"service:{element.get('id')}", element, f"Quel service {what} ?", QuestionKind.SERVICE, _word, proposals
        )
        if found:
            element.set(f"{{{OURS}}}service", found)


def _word(given: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,100}", given):
        raise AnswerFault(
            f"« {given[:80]} » n’est pas un nom de service : des lettres, des chiffres, « - », « _ » ou « . »."
        )
    return given


def _named_services(work: Work, element: etree._Element) -> list[str]:
    definition = extension(work, element, "taskDefinition")
    found = [definition.get("type", "")] if definition is not None else []
    found += [attribute(work, element, name) for name in ("topic", "type", "class", "delegateExpression", "expression")]
    cleaned = (re.sub(r"[^\w.-]+", "-", name.strip("=${}#\"' ")).strip("-") for name in found)
    return [name[:100] for name in dict.fromkeys(cleaned) if name and name != "external"]


def _sends_mail(element: etree._Element) -> bool:
    return bool(
        re.search(r"mail|courriel|notif|envoi|envoy|send", f"{name_of(element)} {element.get('id')}", re.IGNORECASE)
    )


def _abstract(work: Work, element: etree._Element) -> None:
    element.tag = tag("userTask")
    work.tell(element, f"La tâche {label(element)}, sans genre, est devenue une étape humaine.")


def _send(work: Work, element: etree._Element) -> None:
    element.tag = tag("serviceTask")
    forget(element, "messageRef")
    work.tell(element, f"L’envoi {label(element)} (sendTask) est devenu une tâche de service.")


def _receive(work: Work, element: etree._Element) -> None:
    """A task that waits for a message is the catch event of that message; on its edge or repeated, one inside a"
    " scope."""
    reference = element.get("messageRef", "")
    if flag(element, "instantiate"):
        work.tell(
            element,
            f"L’attente {label(element)} ouvrait le circuit à l’arrivée d’un message : un dossier y est déposé par"
            " son émetteur.",
        )
    forget(element, "messageRef", "instantiate")
    loops = [child for child in element if local(child).endswith("LoopCharacteristics")]
    if not loops and not _edges(work, element):
        element.tag = tag("intermediateCatchEvent")
        _listen(element, reference)
        work.tell(element, f"L’attente {label(element)} (receiveTask) est devenue un évènement qui attend un message.")
        return
    base = str(element.get("id"))
    element.tag = tag("subProcess")
    start = add(element, "startEvent", id=work.new_id(f"{base}_debut"))
    catch = add(element, "intermediateCatchEvent", id=work.new_id(f"{base}_attente"))
    if element.get("name"):
        catch.set("name", name_of(element))
    _listen(catch, reference)
    end = add(element, "endEvent", id=work.new_id(f"{base}_fin"))
    for number, (source, target) in enumerate(((start, catch), (catch, end)), 1):
        add(
            element,
            "sequenceFlow",
            id=work.new_id(f"{base}_fleche_{number}"),
            sourceRef=str(source.get("id")),
            targetRef=str(target.get("id")),
        )
    work.tell(
        element,
        f"L’attente {label(element)} (receiveTask), répétée ou surveillée, est devenue un sous-processus qui attend"
        " le message.",
    )


def _edges(work: Work, activity: etree._Element) -> list[etree._Element]:
    """The events posted on its edge."""
    return [
        event for event in work.process.iter(tag("boundaryEvent")) if event.get("attachedToRef") == activity.get("id")
    ]


def _listen(catch: etree._Element, reference: str) -> None:
    definition = etree.SubElement(catch, tag("messageEventDefinition"))
    if reference:
        definition.set("messageRef", reference)


def _script(work: Work, element: etree._Element) -> None:
    script = text_of(element, "script")
    held = extension(work, element, "script")
    script = script or (held.get("expression", "") if held is not None else "")
    shown = f" (« {short(script)} »)" if script else ""
    _ask_kind(
        work, element, f"{label(element)} exécute un script{shown}, ce qui n’existe pas ici. Par quoi le remplacer ?"
    )


def _rule(work: Work, element: etree._Element) -> None:
    called = extension(work, element, "calledDecision")
    name = attribute(work, element, "decisionRef") or (called.get("decisionId", "") if called is not None else "")
    shown = f" (« {short(name)} »)" if name else ""
    _ask_kind(work, element, f"{label(element)} consulte une table de décision{shown}. Qui s’en charge ici ?")


def _ask_kind(work: Work, element: etree._Element, sentence: str) -> None:
    kind = local(element)
    given = work.choice(
        f"kind:{element.get('id')}", element, sentence, _STEP, _SERVICE, _WITHOUT, kind=QuestionKind.CHOICE
    )
    for child in element.findall(tag("script")):
        element.remove(child)
    forget(element, "scriptFormat")
    if given == _WITHOUT.value:
        _bypass(work, element)
        return
    element.tag = tag("serviceTask" if given == _SERVICE.value else "userTask")
    if given is not None:
        work.tell(
            element,
            f"La tâche {label(element)} ({kind}) est devenue"
            f" {'un travail de service' if given == 'service' else 'une étape humaine'}.",
        )


def _bypass(work: Work, element: etree._Element) -> None:
    """Take a node out; what came to it goes on to what followed. Several ways out stay: a node that only passes."""
    for boundary in _edges(work, element):
        work.tell(
            boundary,
            f"L’évènement {label(boundary)}, posé sur {label(element)}, est retiré avec lui, et la flèche qui en part.",
        )
        for flow in list(work.process.iter(tag("sequenceFlow"))):
            if flow.get("sourceRef") == boundary.get("id"):
                remove(flow)
                work.tell(flow, f"La flèche {label(flow)} est retirée avec {label(boundary)}.")
        remove(boundary)
    name = label(element)
    for child in list(element):
        if local(child) not in {"documentation", "incoming", "outgoing", "extensionElements"}:
            element.remove(child)
    element.tag = tag("intermediateThrowEvent")
    work.tell(element, f"La tâche {name} est retirée, comme demandé : un évènement de passage garde sa place.")


def _call(work: Work, element: etree._Element) -> None:
    called = element.get("calledElement", "").rpartition(":")[2].strip()
    common = next(
        (child for child in work.root if child.get("id") == called and local(child).startswith("global")), None
    )
    if common is not None:
        _common(work, element, common)
        return
    held = extension(work, element, "calledElement")
    called = called or (held.get("processId", "") if held is not None else "")
    known = work.circuits is None or called in work.circuits
    if called and known and work.is_ours:
        return
    forget(element, "calledElement")

    def accept(given: str) -> str:
        if work.circuits is not None and given not in work.circuits:
            raise AnswerFault(f"Le circuit « {given[:80]} » n’est pas publié ici.")
        return given

    proposals = [Proposal(called, "nom écrit dans le fichier")] if called and known else []
    proposals += [Proposal(name, "circuit publié") for name in sorted(work.circuits or ()) if name != called]
    shown = f" (le fichier écrit « {short(called)} »)" if called else ""
    found = work.ask(
        f"circuit:{element.get('id')}",
        element,
        f"Quel circuit {label(element)} appelle-t-il{shown} ?",
        QuestionKind.CIRCUIT,
        accept,
        proposals,
    )
    if found:
        element.set("calledElement", found)


def _common(work: Work, element: etree._Element, common: etree._Element) -> None:
    """A task described once and called from several places (BPMN 2.0.2 §10.3.4)."""
    if not element.get("name") and common.get("name"):
        element.set("name", name_of(common))
    forget(element, "calledElement")
    kind = {"globalScriptTask": "scriptTask", "globalBusinessRuleTask": "businessRuleTask"}.get(
        local(common), "userTask"
    )
    element.tag = tag(kind)
    work.tell(element, f"{label(element)} appelait la tâche commune {label(common)} : elle en a pris la place.")
    if kind != "userTask":
        _HANDLERS[kind](work, element)


def _transaction(work: Work, element: etree._Element) -> None:
    element.tag = tag("subProcess")
    forget(element, "method")
    work.tell(
        element,
        f"La transaction {label(element)} est devenue un sous-processus ; son annulation, une erreur qui l’interrompt.",
    )


def _ad_hoc(work: Work, element: etree._Element) -> None:
    graph = Graph(element)
    choices = [Proposal("ensemble", "toutes ses étapes en même temps")]
    if not graph.flows and len(graph.nodes) > 1:
        choices.append(Proposal("suite", "l’une après l’autre, dans l’ordre du fichier"))
    given = work.choice(
        f"order:{element.get('id')}",
        element,
        f"Dans {label(element)}, chacun choisit l’ordre des étapes, ce qui n’existe pas ici. Comment les faire ?",
        *choices,
        kind=QuestionKind.CHOICE,
    )
    element.tag = tag("subProcess")
    forget(element, "ordering", "cancelRemainingInstances")
    for child in element.findall(tag("completionCondition")):
        if given:
            work.tell(
                element,
                f"La condition de fin de {label(element)} (« {short(child.text or '')} ») est oubliée : toutes ses"
                " étapes sont faites.",
            )
        element.remove(child)
    if given == "suite":
        nodes = list(graph.main())
        for source, target in pairwise(nodes):
            add(
                element,
                "sequenceFlow",
                id=work.new_id(f"{source.get('id')}_suite"),
                sourceRef=str(source.get("id")),
                targetRef=str(target.get("id")),
            )
    if given:
        work.tell(element, f"Le sous-processus ad hoc {label(element)} est devenu un sous-processus ordinaire.")


def settle_empty(work: Work) -> None:
    """A sub-process in which nothing is drawn is a step that somebody described elsewhere."""
    for scope in scopes(work.process)[1:]:
        if local(scope) in SUB_PROCESSES and not any(local(child) in NODES for child in scope):
            scope.tag = tag("userTask")
            forget(scope, "triggeredByEvent", "method", "ordering", "cancelRemainingInstances")
            work.tell(scope, f"Le sous-processus {label(scope)}, vide, est devenu une étape humaine.")


def settle_gateways(work: Work) -> None:
    """Gateways of kinds that do not run here."""
    for element in list(work.process.iter(tag("complexGateway"))):
        words = text_of(element, "activationCondition")
        shown = f" (« {short(words)} »)" if words else ""
        given = work.choice(
            f"gateway:{element.get('id')}",
            element,
            f"Le branchement complexe {label(element)}{shown} n’existe pas ici. Par quoi le remplacer ?",
            Proposal("toutes", "toutes les branches (branchement parallèle)"),
            Proposal("une", "une seule branche, selon des conditions (décision)"),
            Proposal("plusieurs", "les branches dont la condition est vraie (branchement inclusif)"),
            kind=QuestionKind.CHOICE,
        )
        kinds = {"toutes": "parallelGateway", "une": "exclusiveGateway", "plusieurs": "inclusiveGateway"}
        element.tag = tag(kinds[given or "toutes"])
        for child in element.findall(tag("activationCondition")):
            element.remove(child)
        if given:
            work.tell(element, f"Le branchement complexe {label(element)} est devenu un {kinds[given]}{shown}.")
    for element in list(work.process.iter(tag("eventBasedGateway"))):
        if element.get("eventGatewayType") == "Parallel":
            element.tag = tag("parallelGateway")
            work.tell(
                element, f"{label(element)} attendait tous les évènements qui suivent : c’est un branchement parallèle."
            )
        elif flag(element, "instantiate"):
            work.tell(
                element,
                f"{label(element)} ouvrait le circuit au premier évènement : ici, le dossier déposé les attend.",
            )
        forget(element, "eventGatewayType", "instantiate")


def read_fields(work: Work) -> None:
    """What forms fill becomes what the step may fill; the due date, its delay."""
    for element in work.process.iter(tag("userTask"), tag("manualTask")):
        fields = extensions(work, element, "formField") or extensions(work, element, "formProperty")
        named = {name: field for field in fields if re.fullmatch(r"[^\W\d]\w*", name := field.get("id", ""))}
        if named and not ours(element, "fills"):
            element.set(f"{{{OURS}}}fills", ",".join(_labelled(name, field) for name, field in named.items()))
            shown = short(", ".join(named))
            work.tell(element, f"L’étape {label(element)} remplit les champs de son formulaire : {shown}.")
        due = delay_of(work, element)
        if due and not ours(element, "delay"):
            element.set(f"{{{OURS}}}delay", due)
            work.tell(element, f"L’étape {label(element)} a pour délai {due}.")


def _labelled(name: str, field: etree._Element) -> str:
    words = " ".join(re.sub("[,:]", " ", field.get("label") or field.get("name") or "").split())
    return f"{name}:{words}" if words else name


_HANDLERS: dict[str, Callable[[Work, etree._Element], None]] = {
    "task": _abstract,
    "sendTask": _send,
    "receiveTask": _receive,
    "scriptTask": _script,
    "businessRuleTask": _rule,
    "callActivity": _call,
    "transaction": _transaction,
    "adHocSubProcess": _ad_hoc,
}
