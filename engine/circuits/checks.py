"""What is wrong with a drawing, in French, element by element; nothing is ever ignored in silence."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.circuits.drawing import END, EXCLUSIVE, PARALLEL, START, STEPS, Drawing, Node, read_drawing
from engine.circuits.soundness import play
from engine.circuits.values import CircuitRefused, Finding, Level
from engine.circuits.xml import ours, read_xml, tag
from engine.feel import FeelError, compile_expression

#: More elements than this is not one circuit but several.
MAX_NODES = 300


def check_circuit(bpmn: bytes) -> list[Finding]:
    """Every finding about a drawing, errors first. An empty list, or warnings only: it can be published."""
    try:
        process = executable_process(read_xml(bpmn))
    except CircuitRefused as refused:
        return list(refused.findings)
    drawing = read_drawing(process)
    found = [*_strangers(drawing), *_structure(drawing)]
    if not found:
        for node in drawing.nodes.values():
            found.extend(_node(drawing, node))
        found.extend(_flows(drawing))
    if not any(finding.level is Level.ERROR for finding in found):
        found.extend(play(drawing))
    return sorted(found, key=lambda finding: finding.level is not Level.ERROR)


def executable_process(root: etree._Element) -> etree._Element:
    """The one process of a file. Raises :class:`CircuitRefused` when there is none or several."""
    processes = root.findall(tag("process"))
    if len(processes) != 1:
        sentence = (
            "Ce fichier ne contient aucun processus." if not processes else "Ce fichier contient plusieurs processus."
        )
        raise CircuitRefused([Finding(Level.ERROR, None, sentence, "Gardez un seul processus par fichier.")])
    return processes[0]


def _error(element_id: str | None, sentence: str, remedy: str) -> Finding:
    return Finding(Level.ERROR, element_id, sentence, remedy)


def _strangers(drawing: Drawing) -> Iterator[Finding]:
    for element in drawing.strangers:
        name = element.get("name") or element.get("id") or "sans nom"
        kind = etree.QName(element).localname
        yield _error(
            element.get("id"),
            f"L’élément « {name} » est d’un genre qui n’est pas exécuté ici ({kind}).",
            "Remplacez-le par des étapes, des décisions ou des branches parallèles.",
        )


def _structure(drawing: Drawing) -> Iterator[Finding]:
    starts = [node for node in drawing.nodes.values() if node.kind == START]
    if len(starts) != 1:
        word = "n’a pas de départ" if not starts else "a plusieurs départs"
        yield _error(None, f"Le circuit {word}.", "Dessinez un seul évènement de départ.")
    if not any(node.kind == END for node in drawing.nodes.values()):
        yield _error(None, "Le circuit n’a pas de fin.", "Dessinez au moins un évènement de fin.")
    if len(drawing.nodes) > MAX_NODES:
        yield _error(None, f"Le circuit compte plus de {MAX_NODES} éléments.", "Séparez-le en plusieurs circuits.")
    for flow in drawing.flows.values():
        if flow.source not in drawing.nodes or flow.target not in drawing.nodes:
            yield _error(flow.id, f"La flèche « {flow.name or flow.id} » ne relie pas deux éléments.", "Reliez-la.")


def _node(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if node.kind != START and not node.incoming:
        yield _error(node.id, f"L’élément {node.label} n’est jamais atteint.", "Reliez-le au reste du circuit.")
    if node.kind != END and not node.outgoing:
        yield _error(node.id, f"Rien ne suit l’élément {node.label}.", "Reliez-le à la suite ou à une fin.")
    if node.kind not in {EXCLUSIVE, PARALLEL} and len(node.outgoing) > 1:
        yield _error(
            node.id,
            f"Plusieurs flèches partent de {node.label} sans décision ni branches parallèles.",
            "Placez une décision (losange) ou un branchement parallèle après cet élément.",
        )
    for definition in node.element:
        kind = etree.QName(definition).localname
        supported = kind == "terminateEventDefinition" and node.kind == END
        if kind.endswith("EventDefinition") and not supported:
            yield _error(node.id, f"L’évènement {node.label} ({kind}) n’est pas exécuté ici.", "Retirez-le.")
        if kind.endswith("LoopCharacteristics"):
            yield _error(node.id, f"La répétition de {node.label} n’est pas exécutée ici.", "Retirez-la.")
    if node.kind in STEPS:
        yield from _step(drawing, node)
    if node.kind == EXCLUSIVE:
        yield from _decision(drawing, node)


def _step(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if not node.name:
        yield Finding(Level.WARNING, node.id, f"L’étape {node.label} n’a pas de nom.", "Nommez-la.")
    if drawing.kind_of(node) is None:
        yield _error(
            node.id,
            f"L’étape {node.label} demande « {ours(node.element, 'kind')} », qui n’existe pas.",
            "Choisissez « visa » ou « signature ».",
        )
    if not drawing.desk_of(node):
        yield _error(node.id, f"L’étape {node.label} ne vise aucun bureau.", "Choisissez le bureau de cette étape.")


def _decision(drawing: Drawing, node: Node) -> Iterator[Finding]:
    if len(node.outgoing) < 2:
        return
    for flow_id in node.outgoing:
        flow = drawing.flows[flow_id]
        if flow.condition is None and flow_id != node.default:
            yield _error(
                flow_id,
                f"La décision {node.label} a une sortie « {flow.name or flow.id} » sans condition.",
                "Donnez une condition à cette flèche, ou faites-en la sortie par défaut.",
            )
    if node.default is None:
        yield _error(
            node.id,
            f"La décision {node.label} n’a pas de sortie par défaut : le dossier pourrait y rester bloqué.",
            "Choisissez la sortie à prendre quand aucune condition n’est vraie.",
        )


def _flows(drawing: Drawing) -> Iterator[Finding]:
    for flow in drawing.flows.values():
        if flow.condition is None:
            continue
        if drawing.nodes[flow.source].kind != EXCLUSIVE:
            yield _error(
                flow.id,
                f"La condition de « {flow.name or flow.id} » ne serait pas lue : elle ne sort pas d’une décision.",
                "Placez une décision (losange) avant cette flèche.",
            )
        try:
            compile_expression(flow.condition)
        except FeelError as error:
            yield _error(flow.id, f"Condition de « {flow.name or flow.id} » : {error}.", "Corrigez l’expression.")
