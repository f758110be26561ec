"""Which process of a file becomes the circuit; what lies around it is left out, and told."""

from __future__ import annotations

from lxml import etree

from engine.circuits.findings import error
from engine.circuits.importing.tree import NODES, label, local, name_of, remove, short
from engine.circuits.importing.values import Proposal, QuestionKind
from engine.circuits.importing.work import Work
from engine.circuits.xml import flag, tag

#: Elements of a file, beside its processes, that mean something here.
_KEPT = frozenset({"process", "collaboration", "message", "signal", "error", "escalation", "category"})
_READ_LATER = frozenset(
    {"globalUserTask", "globalManualTask", "globalScriptTask", "globalBusinessRuleTask", "globalTask"}
)


def choose_process(work: Work) -> bool:
    """Settle which process is kept; False when that is not known yet, or there is none."""
    processes = work.root.findall(tag("process"))
    drawn = [process for process in processes if _size(process)]
    if not drawn:
        work.findings.append(
            error(
                None,
                "Ce fichier ne contient aucun circuit : rien n’est dessiné dans un processus.",
                "Dans le logiciel de dessin, exportez le processus lui-même, et non une image ou un schéma libre.",
            )
        )
        return False
    executable = [process for process in drawn if flag(process, "isExecutable")]
    candidates = drawn if len(drawn) == 1 else executable if len(executable) == 1 else drawn
    chosen = candidates[0] if len(candidates) == 1 else _asked(work, candidates)
    if chosen is None:
        return False
    work.choose(chosen)
    for process in processes:
        if process is not chosen:
            _leave(work, process)
    if not flag(chosen, "isExecutable"):
        chosen.set("isExecutable", "true")
        work.tell(chosen, f"Le processus {label(chosen)} n’était qu’un dessin : il est devenu exécutable.")
    _collaborations(work)
    _surroundings(work)
    return True


def _size(process: etree._Element) -> int:
    return sum(1 for child in process if local(child) in NODES)


def _asked(work: Work, processes: list[etree._Element]) -> etree._Element | None:
    pools = {str(pool.get("processRef")): name_of(pool) for pool in work.root.iter(tag("participant"))}
    by_id = {str(process.get("id")): process for process in sorted(processes, key=_size, reverse=True)}
    choices = [
        Proposal(
            identifier, f"{short(pools.get(identifier) or name_of(process) or identifier)}, {_size(process)} éléments"
        )
        for identifier, process in by_id.items()
    ]
    given = work.choice(
        "process",
        None,
        f"Ce fichier contient {len(processes)} processus. Lequel est le circuit à importer ?",
        *choices,
        kind=QuestionKind.PROCESS,
    )
    return by_id[given] if given else None


def _leave(work: Work, process: etree._Element) -> None:
    remove(process)
    if _size(process):
        count = f"{_size(process)} élément{'s' if _size(process) > 1 else ''}"
        sentence = f"Le processus {label(process)} ({count}) n’est pas repris : un circuit par fichier."
    else:
        sentence = f"Le processus {label(process)}, vide, n’est pas repris."
    work.tell(process, sentence)


def _collaborations(work: Work) -> None:
    for collaboration in work.root.findall(tag("collaboration")):
        for child in list(collaboration):
            kind = local(child)
            if kind == "participant":
                if child.get("processRef") == work.process.get("id"):
                    if not work.process.get("name") and child.get("name"):
                        work.process.set("name", name_of(child))
                        work.tell(work.process, f"Le circuit a pris le nom de sa piscine, {label(child)}.")
                    continue
                word = "d’un autre processus" if child.get("processRef") else "sans contenu"
                work.tell(child, f"La piscine {label(child)}, {word}, n’est pas reprise.")
            elif kind == "messageFlow":
                for end in (child.get("sourceRef", ""), child.get("targetRef", "")):
                    work.messages.setdefault(end, name_of(child))
                work.tell(
                    child,
                    f"Le flux de messages {label(child)} n’est pas repris : il montre un échange, sans effet sur le"
                    " circuit.",
                )
            elif kind and kind not in {"documentation", "extensionElements", "textAnnotation", "association", "group"}:
                work.tell(child, f"L’élément {label(child)} ({kind}) de la collaboration n’est pas repris.")
            else:
                continue
            collaboration.remove(child)
        if not collaboration.findall(tag("participant")):
            for child in collaboration:
                if local(child) in {"textAnnotation", "association", "group"}:
                    work.tell(child, f"L’annotation {label(child)}, hors du circuit, n’est pas reprise.")
            remove(collaboration)


def _surroundings(work: Work) -> None:
    """Types, interfaces, stores, correlations… around the process."""
    for child in list(work.root):
        kind = local(child)
        if not kind or kind in _KEPT or kind in _READ_LATER or kind in {"documentation", "extensionElements"}:
            continue
        work.tell(child, f"La déclaration {label(child)} ({kind}) n’est pas reprise : elle n’a pas d’effet ici.")
        remove(child)


def drop_globals(work: Work) -> None:
    """Global tasks, once the activities that call them have been read."""
    for child in list(work.root):
        if local(child) in _READ_LATER:
            work.tell(
                child, f"La tâche commune {label(child)} n’est plus à part : là où elle sert, elle est une étape."
            )
            remove(child)
