"""The order in which the habits of foreign files are settled."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from lxml import etree

from engine.circuits.around import Around
from engine.circuits.checks import MAX_EXPRESSIONS, MAX_FLOWS, MAX_NODES, check_circuit
from engine.circuits.findings import error, warning
from engine.circuits.importing import (
    conditions,
    decisions,
    decorations,
    desks,
    diagram,
    events,
    flows,
    identifiers,
    opening,
    processes,
    remainder,
    repeats,
    tasks,
    timers,
    vendors,
    writing,
)
from engine.circuits.importing.tree import NODES, local, short
from engine.circuits.importing.values import Imported
from engine.circuits.importing.work import Work
from engine.circuits.values import CircuitRefused
from engine.circuits.xml import check_values, tag

_EXPRESSIONS = [
    tag(name)
    for name in (
        "conditionExpression",
        "loopCondition",
        "completionCondition",
        "loopCardinality",
        "timeDate",
        "timeDuration",
        "timeCycle",
    )
]
#: Each settles one habit, once those before it are settled.
_STEPS = (
    tasks.settle_tasks,
    processes.drop_globals,
    tasks.settle_gateways,
    decorations.settle_flows,
    tasks.settle_empty,
    repeats.settle_repeats,
    tasks.read_fields,
    events.settle_events,
    events.settle_starts,
    flows.settle_flows_unsaid,
    flows.settle_loops,
    conditions.settle_conditions,
    decisions.settle_decisions,
    timers.settle_timers,
    tasks.settle_services,
    desks.settle_desks,
    decorations.drop_data,
    vendors.strip,
    decorations.drop_dangling,
)


def import_drawing(
    data: bytes,
    answers: Mapping[str, str],
    *,
    desks: Collection[str] | None = None,
    circuits: Collection[str] | None = None,
) -> Imported:
    """Make a drawing of any modeller into a circuit that runs here, by the rules of docs/import.md.

    ``answers``: what a person answered, by the ids of questions; an empty text is no answer. ``desks`` and
    ``circuits``: the short names that exist; None: whether they do is not looked at. Never raises: a file that cannot
    be taken gives findings that say why.
    """
    try:
        work = Work(opening.open_file(data), answers, desks, circuits)
        if not _opened(work):
            return _given(work, None)
        before = {
            str(flow.get("id")): (flow.get("sourceRef", ""), flow.get("targetRef", ""))
            for flow in work.process.iter(tag("sequenceFlow"))
        }
        said, known = remainder.pieces(work.root), remainder.identifiers(work.root)
        for settle in _STEPS:
            settle(work)
        check_values(work.root)
    except CircuitRefused as refused:
        return Imported(None, findings=refused.findings)
    if not work.questions:  # what is asked is not lost
        remainder.tell_remainder(work, said, known - remainder.identifiers(work.root))
    writing.list_ends(work)
    diagram.settle_diagram(work, before)
    return _given(work, writing.written(work))


def _opened(work: Work) -> bool:
    opening.settle_namespaces(work)
    identifiers.settle(work)
    if not processes.choose_process(work):
        return False
    length = sum(len(element.text or "") for element in work.process.iter(*_EXPRESSIONS))
    if length > MAX_EXPRESSIONS:
        raise CircuitRefused(
            [
                error(
                    None,
                    f"Les conditions de ce circuit font {length} caractères ; {MAX_EXPRESSIONS} au plus sont acceptés.",
                    "Simplifiez les expressions, ou séparez le circuit en plusieurs.",
                )
            ]
        )
    nodes = sum(1 for element in work.process.iter(etree.Element) if local(element) in NODES)
    arrows = sum(1 for _ in work.process.iter(tag("sequenceFlow")))
    if nodes > MAX_NODES or arrows > MAX_FLOWS:
        raise CircuitRefused(
            [
                error(
                    None,
                    f"Ce circuit compte {nodes} éléments et {arrows} flèches ; {MAX_NODES} éléments et {MAX_FLOWS}"
                    " flèches"
                    " au plus sont acceptés.",
                    "Séparez-le en plusieurs circuits, qui s’appellent les uns les autres.",
                )
            ]
        )
    return True


def _given(work: Work, bpmn: bytes | None) -> Imported:
    findings = list(work.findings)
    for unknown in sorted(set(work.answers) - work.asked):
        findings.append(
            warning(
                None,
                f"La réponse « {short(unknown)} » ne répond à aucune question de ce fichier.",
                "Retirez-la, ou vérifiez son nom.",
            )
        )
    if bpmn is not None and not work.questions:
        findings += check_circuit(bpmn, around=Around(work.circuits, work.desks))
    return Imported(bpmn, tuple(work.changes), tuple(work.questions.values()), tuple(findings))
