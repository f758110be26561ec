"""What is wrong with a drawing, in French, element by element; nothing is ever ignored in silence."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from lxml import etree

from engine.circuits.around import Around
from engine.circuits.choice_checks import check_choices
from engine.circuits.data_checks import check_data
from engine.circuits.drawing import END, RUN, START, Drawing
from engine.circuits.findings import error
from engine.circuits.loop_checks import check_echoes, check_loops
from engine.circuits.node_checks import check_flows, check_node
from engine.circuits.reading import read_drawing
from engine.circuits.signature_checks import check_signatures
from engine.circuits.soundness import Budget, play
from engine.circuits.step_checks import check_steps
from engine.circuits.unread import check_unread
from engine.circuits.values import CircuitRefused, Finding, Level
from engine.circuits.xml import OURS, read_xml, tag

#: More elements than this is not one circuit but several.
MAX_NODES = 300
#: Arrows beyond which nobody reads a drawing, and looking at each pair would take long.
MAX_FLOWS = 1_000
#: Characters of all expressions of a file together: reading them takes about ten microseconds each.
MAX_EXPRESSIONS = 20_000

_EXPRESSIONS = [
    tag(name)
    for name in (
        "conditionExpression",
        "timeDate",
        "timeDuration",
        "timeCycle",
        "loopDataInputRef",
        "loopCardinality",
        "completionCondition",
    )
]
_NODES = [tag(name) for name in sorted(RUN)]
_OURS = f"{{{OURS}}}"


def check_circuit(bpmn: bytes, called: Collection[str] | None = None, *, around: Around | None = None) -> list[Finding]:
    """Every finding about a drawing, errors first. An empty list, or warnings only: it can be published.

    ``called``: short names of the circuits that may be called; None: whether they exist is not looked at. ``around``:
    whatever else is known of what it may name.
    """
    around = around or Around(called)
    try:
        process = executable_process(read_xml(bpmn))
    except CircuitRefused as refused:
        return list(refused.findings)
    if too_big := list(_size(process)):
        return too_big
    drawing = read_drawing(process)
    found = [finding for scope in drawing.scopes() for finding in _scope(scope)]
    if not any(finding.level is Level.ERROR for finding in found):
        for scope in drawing.scopes():
            for node in scope.nodes.values():
                found.extend(check_node(scope, node, around))
            found.extend(check_flows(scope))
    if not any(finding.level is Level.ERROR for finding in found):
        found.extend(check_steps(drawing, around))
        found.extend(check_signatures(drawing, around))
        found.extend(check_data(drawing, around))
        found.extend(check_choices(drawing, around))
        for scope in drawing.scopes():
            found.extend(check_loops(scope))
        found.extend(check_echoes(drawing, _called_by(drawing, around)))
        told = {finding.element_id for finding in found if finding.level is Level.ERROR}
        budget = Budget()
        for scope in drawing.scopes():
            found.extend(finding for finding in play(scope, budget) if finding.element_id not in told)
    found.extend(check_unread(process))
    return sorted(found, key=lambda finding: finding.level is not Level.ERROR)


def _called_by(drawing: Drawing, around: Around) -> list[Drawing]:
    """The drawings that this one calls, even through others, each once."""
    known = around.circuits if isinstance(around.circuits, Mapping) else {}
    found: dict[str, Drawing] = {}
    waiting = [known[node.called] for _, node in drawing.every() if node.called in known]
    while waiting:
        circuit = waiting.pop()
        if circuit.sha256 not in found:
            found[circuit.sha256] = circuit.drawing
            waiting.extend(circuit.called.values())
    return list(found.values())


def executable_process(root: etree._Element) -> etree._Element:
    """The one process of a file. Raises :class:`CircuitRefused` when there is none or several."""
    processes = root.findall(tag("process"))
    if len(processes) != 1:
        sentence = (
            "Ce fichier ne contient aucun processus." if not processes else "Ce fichier contient plusieurs processus."
        )
        raise CircuitRefused([Finding(Level.ERROR, None, sentence, "Gardez un seul processus par fichier.")])
    return processes[0]


def _size(process: etree._Element) -> Iterator[Finding]:
    """What would make the rest of the check long."""
    where = process.get("id") or None
    remedy = "Séparez-le en plusieurs circuits."
    if sum(1 for _ in process.iter(*_NODES)) > MAX_NODES:
        yield error(where, f"Le circuit compte plus de {MAX_NODES} éléments.", remedy)
    if sum(1 for _ in process.iter(tag("sequenceFlow"))) > MAX_FLOWS:
        yield error(where, f"Le circuit compte plus de {MAX_FLOWS} flèches.", remedy)
    length = sum(len(element.text or "") for element in process.iter(*_EXPRESSIONS))
    for element in process.iter(etree.Element):
        length += sum(len(value) for name, value in element.items() if str(name).startswith(_OURS))
    if length > MAX_EXPRESSIONS:
        yield error(
            where,
            f"Les conditions et les réglages du circuit font {length} caractères ; {MAX_EXPRESSIONS} au plus sont"
            " acceptés.",
            "Simplifiez les expressions, ou séparez le circuit en plusieurs.",
        )


def _scope(scope: Drawing) -> Iterator[Finding]:
    """What must hold before anything else can be looked at."""
    for element in scope.strangers:
        name = element.get("name") or element.get("id") or "sans nom"
        yield error(
            element.get("id"),
            f"L’élément « {name} » est d’un genre qui n’est pas exécuté ici ({etree.QName(element).localname}).",
            "Remplacez-le par des étapes, des décisions ou des branches parallèles.",
        )
    whose = f"Le sous-processus « {scope.name or scope.process_id} »" if scope.is_inner else "Le circuit"
    where = scope.process_id or None
    starts = [node for node in scope.nodes.values() if node.kind == START]
    if len(starts) != 1:
        word = "n’a pas de départ" if not starts else "a plusieurs départs"
        yield error(where, f"{whose} {word}.", "Dessinez un seul évènement de départ.")
    if not any(node.kind == END for node in scope.nodes.values()):
        yield error(where, f"{whose} n’a pas de fin.", "Dessinez au moins un évènement de fin.")
    for flow in scope.flows.values():
        if flow.source not in scope.nodes or flow.target not in scope.nodes:
            yield error(flow.id, f"La flèche {flow.label} ne relie pas deux éléments.", "Reliez-la.")
    for node in scope.nodes.values():
        if node.attached_to and node.attached_to not in scope.nodes:
            yield error(node.id, f"L’évènement {node.label} n’est posé sur aucune étape.", "Posez-le sur une étape.")
