"""What is wrong with one element, or with one arrow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator

from lxml import etree

from engine.circuits.around import Around
from engine.circuits.asking import DecisionFault, chosen
from engine.circuits.drawing import (
    ACTIVITIES,
    BOUNDARY,
    CALL,
    CATCH,
    CHOICES,
    END,
    ERROR,
    ESCALATION,
    EVENT_GATEWAY,
    EXCLUSIVE,
    GATEWAYS,
    LINK,
    MESSAGE,
    RULE,
    SCOPES,
    SERVICE,
    SIGNAL,
    START,
    STEPS,
    SUB_PROCESS,
    TERMINATE,
    THROW,
    TIMER,
    Drawing,
    Node,
    is_link_catch,
)
from engine.circuits.findings import error, warning
from engine.circuits.reading import KINDS, event_definitions
from engine.circuits.timing import TimingFault, check_timer
from engine.circuits.values import Finding, StepKind
from engine.circuits.xml import flag, ours
from engine.feel import FeelError, compile_expression

#: Which events each kind of element may hold; the empty word is a plain event.
_EVENTS = {
    START: {""},
    END: {"", TERMINATE, ERROR, ESCALATION, MESSAGE, SIGNAL},
    CATCH: {TIMER, MESSAGE, SIGNAL, LINK},
    THROW: {"", MESSAGE, SIGNAL, ESCALATION, LINK},
    BOUNDARY: {TIMER, MESSAGE, SIGNAL, ERROR, ESCALATION},
}
_MODES = frozenset({"all", "one"})


def check_node(drawing: Drawing, node: Node, around: Around) -> Iterator[Finding]:
    """Everything that can be said of one element."""
    yield from _links(drawing, node)
    if node.kind in _EVENTS:
        yield from _event(drawing, node)
    elif event_definitions(node.element):
        yield error(node.id, f"{node.label} porte un évènement qui ne serait pas lu.", "Retirez-le.")
    if node.kind in ACTIVITIES:
        yield from _repetition(node)
    if node.kind in STEPS:
        yield from _step(node)
    if node.kind == SERVICE or (node.service is not None and node.event_kind == MESSAGE):
        yield from _service(node)
    if node.kind == SUB_PROCESS and flag(node.element, "triggeredByEvent"):
        yield error(
            node.id,
            f"Le sous-processus {node.label} est déclenché par un évènement, ce qui n’est pas exécuté ici.",
            "Posez l’évènement sur le bord d’un sous-processus.",
        )
    if node.kind == CALL:
        yield from _call(node, around.circuits)
    if node.kind == RULE:
        yield from _asked(node, around)
    if node.kind in CHOICES:
        yield from _decision(drawing, node)


def _links(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if node.kind not in {START, BOUNDARY} and not node.incoming and not is_link_catch(node):
        yield error(node.id, f"L’élément {node.label} n’est jamais atteint.", "Reliez-le au reste du circuit.")
    if node.kind in {START, BOUNDARY} and node.incoming:
        yield error(node.id, f"Une flèche arrive sur {node.label}, qui est un départ.", "Retirez cette flèche.")
    ends = node.kind == END or (node.kind == THROW and node.event_kind == LINK)
    if not ends and not node.outgoing:
        yield error(node.id, f"Rien ne suit l’élément {node.label}.", "Reliez-le à la suite ou à une fin.")
    if ends and node.outgoing:
        yield error(node.id, f"Une flèche part de {node.label}, qui est une fin.", "Retirez cette flèche.")
    if node.kind not in GATEWAYS and len(node.outgoing) > 1:
        yield error(
            node.id,
            f"Plusieurs flèches partent de {node.label} sans décision ni branches parallèles.",
            "Placez une décision (losange) ou un branchement parallèle après cet élément.",
        )
    if node.kind == EVENT_GATEWAY:
        for flow in node.outgoing:
            target = drawing.nodes[drawing.flows[flow].target]
            if target.kind != CATCH or is_link_catch(target) or len(target.incoming) > 1:
                yield error(
                    flow,
                    f"Le branchement sur évènements {node.label} mène à {target.label}, qui n’est pas un évènement"
                    " attendu par lui seul.",
                    "Faites-le suivre d’évènements intermédiaires : échéance, message ou signal.",
                )


def _event(drawing: Drawing, node: Node) -> Iterator[Finding]:
    kinds = event_definitions(node.element)
    if len(kinds) > 1:
        yield error(node.id, f"L’évènement {node.label} en contient plusieurs.", "Gardez-en un seul.")
    kind = node.event_kind
    if kind not in _EVENTS[node.kind]:
        shown = f"({kind})" if kind else "(sans déclencheur)"
        yield error(
            node.id, f"L’évènement {node.label} {shown} n’est pas exécuté à cet endroit.", "Choisissez-en un autre."
        )
        return
    if node.kind == BOUNDARY:
        yield from _boundary(drawing, node)
    if node.event is not None:
        check = _EVENT_CHECKS.get(kind)
        if check is not None:
            yield from check(drawing, node)
    if node.result not in {"", "rejected"}:
        yield error(node.id, f"La fin {node.label} donne le résultat « {node.result} ».", "Seul « rejected » existe.")


def _boundary(drawing: Drawing, node: Node) -> Iterator[Finding]:
    host = drawing.nodes[node.attached_to] if node.attached_to else None
    if host is None or host.kind not in ACTIVITIES:
        yield error(node.id, f"L’évènement {node.label} n’est posé sur aucune étape.", "Posez-le sur une étape.")
        return
    allowed = SCOPES | ({SERVICE} if node.event_kind == ERROR else set())
    if node.event_kind in {ERROR, ESCALATION} and host.kind not in allowed:
        yield error(
            node.id,
            f"Rien dans {host.label} ne peut déclencher l’évènement {node.label}.",
            "Posez-le sur un sous-processus ou un sous-circuit.",
        )
    if node.event_kind == ERROR and not node.interrupting:
        yield error(node.id, f"L’erreur {node.label} doit interrompre.", "Rendez cet évènement interruptif.")


def _timer(_drawing: Drawing, node: Node) -> Iterator[Finding]:
    assert node.event is not None
    if not node.event.expression:
        yield error(node.id, f"L’échéance {node.label} n’a pas de délai.", "Donnez une date, une durée ou un cycle.")
        return
    try:
        check_timer(node.event.timer, node.event.expression, node.event.counting)
    except (TimingFault, FeelError) as fault:
        yield error(node.id, f"Échéance {node.label} : {fault}.", "Écrivez par exemple P2D, PT8H ou R3/P1D.")
    if node.event.timer == "timeCycle" and (node.kind != BOUNDARY or node.interrupting):
        yield warning(
            node.id, f"Le cycle de {node.label} n’arrivera qu’une fois.", "Posez-le sur une étape, sans interrompre."
        )


def _named(what: str) -> Callable[[Drawing, Node], Iterator[Finding]]:
    def check(_drawing: Drawing, node: Node) -> Iterator[Finding]:
        assert node.event is not None
        if not node.event.name:
            yield error(node.id, f"L’évènement {node.label} ne nomme pas {what}.", "Choisissez un nom.")
        if node.event.kind == MESSAGE and node.event.expression:
            yield from _expression(node.id, node.event.expression, f"Clé de {node.label}")

    return check


def _link(drawing: Drawing, node: Node) -> Iterator[Finding]:
    assert node.event is not None
    catches = [n for n in drawing.nodes.values() if is_link_catch(n) and n.event and n.event.name == node.event.name]
    if node.kind == THROW and len(catches) != 1:
        word = "n’arrive nulle part" if not catches else "arrive à plusieurs endroits"
        yield error(node.id, f"Le lien {node.label} {word}.", "Donnez le même nom à un seul lien d’arrivée.")
    if node.kind == CATCH and not any(
        n.kind == THROW and n.event_kind == LINK and n.event and n.event.name == node.event.name
        for n in drawing.nodes.values()
    ):
        yield error(node.id, f"Aucun lien ne mène à {node.label}.", "Donnez le même nom à un lien de départ.")


def _error_end(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if node.kind == END and not drawing.is_inner:
        yield warning(
            node.id,
            f"L’erreur {node.label} n’est reprise par personne dans ce circuit : le dossier sera rejeté,"
            " à moins qu’un circuit qui appelle celui-ci ne la reprenne.",
            "Donnez plutôt à cette fin le résultat « rejeté », si c’est ce que vous voulez.",
        )


_EVENT_CHECKS: dict[str, Callable[[Drawing, Node], Iterator[Finding]]] = {
    TIMER: _timer,
    MESSAGE: _named("le message"),
    SIGNAL: _named("le signal"),
    LINK: _link,
    ERROR: _error_end,
}


def _repetition(node: Node) -> Iterator[Finding]:
    for child in node.element:
        if isinstance(child.tag, str) and etree.QName(child).localname == "standardLoopCharacteristics":
            yield error(
                node.id, f"La boucle posée sur {node.label} n’est pas exécutée ici.", "Dessinez-la avec une décision."
            )
    repeat = node.repeat
    if repeat is None or repeat.of_desks:
        return
    if not repeat.collection and not repeat.cardinality:
        yield error(
            node.id,
            f"{node.label} est répétée sans liste ni nombre.",
            "Donnez la liste dont chaque élément sera traité, ou un nombre.",
        )
    for text in (repeat.collection, repeat.cardinality, repeat.condition):
        if text:
            yield from _expression(node.id, text, f"Répétition de {node.label}")


def _step(node: Node) -> Iterator[Finding]:
    step = node.step
    assert step is not None
    if not node.name:
        yield warning(node.id, f"L’étape {node.label} n’a pas de nom.", "Nommez-la.")
    kind = ours(node.element, "kind", "visa")
    if kind not in KINDS:
        yield error(
            node.id,
            f"L’étape {node.label} demande « {kind} », qui n’existe pas.",
            "Choisissez « visa » ou « signature ».",
        )
    if not step.desk:
        yield error(node.id, f"L’étape {node.label} ne vise aucun bureau.", "Choisissez le bureau de cette étape.")
    if step.desk.startswith("="):
        yield from _expression(node.id, step.desk, f"Bureau de {node.label}")
    if step.mode not in _MODES and not (step.mode.isdigit() and int(step.mode) > 0):
        yield error(
            node.id,
            f"L’étape {node.label} a le mode « {step.mode} », qui n’existe pas.",
            "Choisissez « all », « one » ou le nombre d’accords voulus.",
        )
    paper = ours(node.element, "paper")
    if paper not in {"", "true", "false"}:
        yield error(
            node.id, f"L’étape {node.label} a « {paper} » pour paper, qui n’existe pas.", "Écrivez true ou false."
        )
    if step.paper and step.kind is not StepKind.SIGNATURE:
        yield error(
            node.id,
            f"L’étape {node.label} permet une signature sur papier, mais ne demande pas de signature.",
            "Demandez une signature, ou retirez parapheur:paper.",
        )
    for text in (step.delay, *step.reminders):
        if text:
            try:
                check_timer("timeDuration", text, step.counting)
            except (TimingFault, FeelError) as fault:
                yield error(node.id, f"Délai de {node.label} : {fault}.", "Écrivez par exemple P2D ou PT8H.")


def _service(node: Node) -> Iterator[Finding]:
    assert node.service is not None
    if not node.service.service:
        yield error(node.id, f"{node.label} ne dit pas ce qu’il faut faire.", "Choisissez le service à rendre.")
    if node.service.input:
        yield from _expression(node.id, node.service.input, f"Données de {node.label}")


def _call(node: Node, called: Collection[str] | None) -> Iterator[Finding]:
    if not node.called:
        yield error(node.id, f"Le sous-circuit {node.label} n’appelle aucun circuit.", "Choisissez le circuit appelé.")
    elif called is not None and node.called not in called:
        yield error(
            node.id,
            f"Le sous-circuit {node.label} appelle le circuit « {node.called} », qui n’est pas publié.",
            "Publiez d’abord ce circuit, ou choisissez-en un autre.",
        )


def _asked(node: Node, around: Around) -> Iterator[Finding]:
    assert node.asked is not None
    remedy = "Choisissez une table de décision publiée."
    if not node.asked.table:
        yield error(node.id, f"{node.label} ne nomme aucune table de décision.", remedy)
    elif around.decisions is not None and node.asked.table not in around.decisions:
        sentence = f"{node.label} demande la table de décision « {node.asked.table} », qui n’est pas publiée."
        yield error(node.id, sentence, remedy)
    elif around.decisions is not None:
        try:
            chosen(node.asked, around.decisions[node.asked.table])
        except DecisionFault as fault:
            yield error(node.id, f"{node.label} : {fault}.", fault.remedy)
    for child in node.element:
        if isinstance(child.tag, str) and etree.QName(child).localname.endswith("LoopCharacteristics"):
            yield error(node.id, f"{node.label} ne peut pas être répétée.", "Placez-la dans un sous-processus répété.")


def _decision(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if len(node.outgoing) < 2:
        return
    if node.default is not None and node.default not in node.outgoing:
        yield error(node.id, f"La sortie par défaut de {node.label} n’en part pas.", "Choisissez-en une autre.")
    without = [flow for flow in node.outgoing if drawing.flows[flow].condition is None and flow != node.default]
    if node.kind == EXCLUSIVE:
        for flow_id in without:
            yield error(
                flow_id,
                f"La décision {node.label} a une sortie {drawing.flows[flow_id].label} sans condition.",
                "Donnez une condition à cette flèche, ou faites-en la sortie par défaut.",
            )


def check_flows(drawing: Drawing) -> Iterator[Finding]:
    """Conditions: read where they are, and understood."""
    for flow in drawing.flows.values():
        if flow.condition is None:
            continue
        if drawing.nodes[flow.source].kind not in CHOICES:
            yield error(
                flow.id,
                f"La condition de {flow.label} ne serait pas lue : elle ne sort pas d’une décision.",
                "Placez une décision (losange) avant cette flèche.",
            )
        yield from _expression(flow.id, flow.condition, f"Condition de {flow.label}")


def _expression(element_id: str, text: str, what: str) -> Iterator[Finding]:
    try:
        compile_expression(text)
    except FeelError as fault:
        yield error(element_id, f"{what} : {fault}.", "Corrigez l’expression.")
