"""What a check has to say about decisions: faults of writing, holes, overlaps, rules that serve nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice

from engine.feel.tables.compiling import Compiler, ReadyDecision, ReadyTable, requirement_faults
from engine.feel.tables.coverage import Answers, Box, Patience, Survey, TooMany, answers_of, survey
from engine.feel.tables.index import bits
from engine.feel.tables.model import SINGLE, HitPolicy, Tables, TablesRefused
from engine.feel.tables.reading import read_tables
from engine.feel.tables.wording import told
from engine.findings import Finding, Level

#: Holes or pairs of rules told one by one; beyond, only their number.
_TOLD = 5
_TOO_MANY = "il y a trop de combinaisons à examiner"


def check_dmn(data: bytes) -> list[Finding]:
    """Every finding about a file of decisions, errors first. An empty list, or warnings only: it can be published."""
    try:
        return check_tables(read_tables(data))
    except TablesRefused as refused:
        return list(refused.findings)


def check_tables(tables: Tables) -> list[Finding]:
    """Every finding about decisions, errors first."""
    compiler = Compiler(tables)
    ready = compiler.decisions()
    findings = [*tables.findings, *requirement_faults(tables.decisions), *compiler.findings]
    if not any(finding.level is Level.ERROR for finding in findings):
        patience = Patience()
        for decision in ready.values():
            if isinstance(decision.logic, ReadyTable):
                findings += _check(decision, decision.logic, _answers_read(decision, ready), patience)
    return sorted(findings, key=lambda finding: finding.level is not Level.ERROR)


def _answers_read(decision: ReadyDecision, ready: Mapping[str, ReadyDecision]) -> dict[str, ReadyDecision]:
    found = {}
    for need in decision.decision.requires:
        other = ready[need].decision
        for name in (other.variable, other.name, other.id):
            if name:
                found[name] = ready[need]
    return found


def _check(
    decision: ReadyDecision, ready: ReadyTable, answers: Mapping[str, ReadyDecision], patience: Patience
) -> Iterator[Finding]:
    name, table = decision.decision.name or decision.decision.id, ready.table
    if not table.rules:
        yield _warning(table.id, f"La table « {name} » n’a aucune règle.", "Ajoutez une règle.")
        return
    found = survey(ready, answers, patience)
    dead = found.dead()
    for rule in dead:
        yield _warning(
            table.rules[rule].id,
            f"La règle {rule + 1} de la table « {name} » ne sert jamais : ses conditions ne peuvent pas être remplies.",
            "Corrigez ses cases, le type ou les valeurs permises des entrées, ou retirez-la.",
        )
    if table.policy in SINGLE and not any(output.default for output in ready.outputs):
        yield from _holes(found, table.id, name)
    if table.policy in {HitPolicy.UNIQUE, HitPolicy.ANY}:
        yield from _overlaps(found, ready, name)
    if table.policy is HitPolicy.FIRST:
        yield from _hidden(found, ready, name, set(dead))


def _holes(found: Survey, identifier: str, name: str) -> Iterator[Finding]:
    """Where no rule matches, or that it is not proved."""
    remedy = "Ajoutez une règle ou une réponse par défaut, ou dites quelles valeurs l’entrée peut prendre."
    try:
        certain = found.gaps(found.every & ~found.unsettled) if found.blind else ()
        boxes = found.gaps()
    except TooMany:
        yield _unproved(identifier, f"que la table « {name} » réponde toujours : {_TOO_MANY}")
        return
    for box in boxes[:_TOLD]:
        yield _warning(identifier, f"Aucune règle de la table « {name} » ne répond {_when(found, box)}.", remedy)
    if len(boxes) > _TOLD:
        yield _warning(identifier, f"La table « {name} » a {len(boxes) - _TOLD} autres trous.", remedy)
    if certain and certain != boxes:
        yield _unproved(identifier, f"que la table « {name} » réponde toujours : {_reasons(found)}")


def _overlaps(found: Survey, ready: ReadyTable, name: str) -> Iterator[Finding]:
    """Rules that match together where only one may, or where all must answer the same."""
    identifier, unique = ready.table.id, ready.table.policy is HitPolicy.UNIQUE
    answers = Answers((0,) * len(ready.table.rules), 0) if unique else answers_of(ready)
    certain, doubtful, number = [], [], 0
    try:
        for left, meeting in found.together():
            others = meeting & ~answers.alike[left]
            unsure = (
                others
                if (found.unsettled | answers.computed) >> left & 1
                else others & (found.unsettled | answers.computed)
            )
            certain += [(left, right) for right in islice(bits(others & ~unsure), _TOLD)]
            doubtful += [(left, right) for right in islice(bits(unsure), 1)]
            number += (others & ~unsure).bit_count()
    except TooMany:
        yield _unproved(identifier, f"que les règles de la table « {name} » ne se recouvrent pas : {_TOO_MANY}")
        return
    what = "répondent à la fois" if unique else "répondent à la fois, et pas la même chose"
    remedy = "Séparez leurs conditions, ou choisissez FIRST (la première l’emporte)."
    for left, right in certain[:_TOLD]:
        where = _when(found, _meeting(found, left, right))
        yield Finding(
            Level.ERROR,
            ready.table.rules[right].id,
            f"Les règles {left + 1} et {right + 1} de la table « {name} » {what} {where}.",
            remedy,
        )
    if number > _TOLD:
        sentence = f"{number - _TOLD} autres paires de règles de la table « {name} » {what}."
        yield Finding(Level.ERROR, identifier, sentence, remedy)
    if doubtful:
        left, right = doubtful[0]
        why = _reasons(found) if found.blind else "leurs réponses sont calculées"
        rules = f"les règles {left + 1} et {right + 1} de la table « {name} »"
        yield _unproved(identifier, f"que {rules} ne se contredisent pas : {why}")


def _hidden(found: Survey, ready: ReadyTable, name: str, dead: set[int]) -> Iterator[Finding]:
    """Rules that never come first."""
    try:
        for rule in range(1, len(ready.table.rules)):
            before = ((1 << rule) - 1) & ~found.unsettled
            if rule not in dead and not found.gaps(before, found.spread(rule)):
                sentence = f"La règle {rule + 1} de la table « {name} » ne sert jamais : d’autres répondent avant elle."
                yield _warning(ready.table.rules[rule].id, sentence, "Placez-la plus haut, ou retirez-la.")
    except TooMany:
        return  # a rule that serves nothing does no harm: what was found is enough


def _meeting(found: Survey, left: int, right: int) -> Box:
    """One box where two rules match, in its longest stretches."""
    box = []
    for depth, axis in enumerate(found.axes):
        places = [at for at, mask in enumerate(axis.masks) if mask >> left & 1 and mask >> right & 1]
        last = places[0]
        while last + 1 in places:
            last += 1
        if len(places) < len(axis.masks):
            box.append((depth, places[0], last))
    return tuple(box)


def _when(found: Survey, box: Box) -> str:
    if not box:
        return "quelles que soient les entrées"
    parts = []
    for depth, first, last in box:
        axis = found.axes[depth]
        parts.append(f"« {axis.title} » {told(axis.pieces[first : last + 1])}")
    return "quand " + " et ".join(parts)


def _reasons(found: Survey) -> str:
    return " ; ".join(f"« {title} » n’est pas examinée, {why}" for title, why in found.blind)


def _unproved(identifier: str, what: str) -> Finding:
    return _warning(identifier, f"Non prouvé : {what}.", "Vérifiez-le sur des exemples.")


def _warning(identifier: str, sentence: str, remedy: str) -> Finding:
    return Finding(Level.WARNING, identifier, sentence, remedy)
