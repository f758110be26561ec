"""Asking decisions: rules that match, hit policies, aggregations, chains (DMN 1.3 §8.2.10 and §10.4)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import reduce
from typing import Any

from engine.feel import operations
from engine.feel.evaluate import Expression
from engine.feel.lex import FeelError, FeelLimit
from engine.feel.scope import MAX_WORK, Names, Root
from engine.feel.tables.column_types import FRENCH, typed
from engine.feel.tables.compiling import (
    Compiler,
    Input,
    Output,
    ReadyDecision,
    ReadyTable,
    in_order,
    requirement_faults,
)
from engine.feel.tables.index import bits
from engine.feel.tables.model import (
    SINGLE,
    Aggregation,
    DecisionFailed,
    HitPolicy,
    Tables,
    TablesRefused,
)
from engine.feel.texts import write
from engine.feel.unary import asking
from engine.feel.values import whole


class Decisions:
    """The decisions of a file, ready to be asked; read-only, shared between threads."""

    def __init__(self, ready: Mapping[str, ReadyDecision]) -> None:
        self._ready = ready
        known = {name: decision.decision for name, decision in ready.items()}
        order = in_order(known)
        assert not isinstance(order, str)
        self._order = order

    def __contains__(self, decision_id: str) -> bool:
        return decision_id in self._ready

    def final(self) -> list[str]:
        """The decisions that no other needs."""
        needed = {need for ready in self._ready.values() for need in ready.decision.requires}
        return [each for each in self._order if each not in needed]

    def outputs(self, decision_id: str) -> list[str]:
        """The names of what a decision answers: its outputs, or itself."""
        ready = self._ready[decision_id]
        if isinstance(ready.logic, ReadyTable) and all(output.name for output in ready.logic.outputs):
            return [output.name for output in ready.logic.outputs]
        return [_answer_names(ready)[0]]

    def answers_list(self, decision_id: str) -> bool:
        """Whether a decision answers a list of answers, one for each rule that matches."""
        logic = self._ready[decision_id].logic
        table = logic.table if isinstance(logic, ReadyTable) else None
        return table is not None and table.policy not in SINGLE and table.aggregation is None

    def names(self, decision_id: str) -> frozenset[str]:
        """The names that must be given to ask a decision: those it reads, less what those it needs answer."""
        needed = self._needed(decision_id)
        answered = {name for other in needed[:-1] for name in _answer_names(self._ready[other])}
        return frozenset().union(*(self._ready[each].names for each in needed)) - answered

    def decide(self, decision_id: str, context: Mapping[str, Any], now: datetime | None = None) -> Any:
        """The answer of a decision, in FEEL values: ``None`` when no rule matches, a ``dict`` for several outputs.

        ``context`` holds values of JSON or FEEL by name, ``now`` is what ``now()`` and ``today()`` give. Raises
        :class:`DecisionFailed` when the data are not what the table takes or when rules contradict each other,
        ``KeyError`` for a decision that does not exist.
        """
        needed = self._needed(decision_id)
        data = context if len(needed) == 1 else dict(context)
        left = MAX_WORK  # one decision and all it needs are one evaluation
        found = None
        for each in needed:
            ready, scope = self._ready[each], Root(data, now)
            scope.left = left
            found = _answer(ready, scope)
            left = scope.left
            if isinstance(data, dict) and each != decision_id:
                *names, last = _answer_names(ready)
                data.update(dict.fromkeys(names, found))
                data.setdefault(last, found)
        return found

    def _needed(self, decision_id: str) -> list[str]:
        """Those to be asked before, in order, then itself."""
        wanted, waiting = {decision_id}, [decision_id]
        while waiting:
            for need in self._ready[waiting.pop()].decision.requires:
                if need not in wanted:
                    wanted.add(need)
                    waiting.append(need)
        return [each for each in self._order if each in wanted] if len(wanted) > 1 else [decision_id]


def _answer_names(ready: ReadyDecision) -> list[str]:
    """The names under which others read an answer: of its variable, of the decision, its id.

    The last, for the files of Camunda 7, is the name of the output, and gives way to what the context holds.
    """
    decision = ready.decision
    outputs = ready.logic.outputs if isinstance(ready.logic, ReadyTable) else ()
    last = outputs[0].name if len(outputs) == 1 and outputs[0].name else decision.id
    return [name for name in (decision.variable, decision.name, decision.id) if name] + [last]


def compile_tables(tables: Tables) -> Decisions:
    """Decisions ready to be asked. Raises :class:`TablesRefused` with every fault of writing."""
    compiler = Compiler(tables)
    ready = compiler.decisions()
    findings = [*requirement_faults(tables.decisions), *compiler.findings]
    if findings:
        raise TablesRefused(findings)
    return Decisions(ready)


def _answer(ready: ReadyDecision, scope: Root) -> Any:
    name = ready.decision.name or ready.decision.id
    try:
        if isinstance(ready.logic, Expression):
            found = whole(ready.logic.run(scope))
            return _of_type(ready.decision.type, found, ready.decision.id, f"La décision « {name} »")
        return whole(_ask(ready.logic, name, scope))
    except FeelError as error:
        raise DecisionFailed(ready.decision.id, f"La décision « {name} » n’a pas pu être prise : {error}.") from None
    except RecursionError:
        raise DecisionFailed(ready.decision.id, str(FeelLimit("Ces données ont trop de niveaux"))) from None


def _ask(ready: ReadyTable, name: str, scope: Names) -> Any:
    matching = _matching(ready, scope)
    policy, aggregation = ready.table.policy, ready.table.aggregation
    if aggregation is Aggregation.COUNT:
        return Decimal(len(matching))
    if policy is HitPolicy.UNIQUE and len(matching) > 1:
        rules = ", ".join(str(number + 1) for number in matching)
        raise DecisionFailed(
            ready.table.id, f"Plusieurs règles de la table « {name} » répondent à la fois : {rules}. Une seule le doit."
        )
    if policy is HitPolicy.FIRST:
        matching = matching[:1]
    answers = [_outputs(ready.outputs, number, scope) for number in matching]
    if not answers and (default := _default(ready.outputs, scope)) is not None:
        answers = [default]
    if policy in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER}:
        answers.sort(key=lambda answer: [_rank(*pair) for pair in zip(ready.outputs, answer, strict=True)])
    if policy is HitPolicy.ANY and any(operations.equal(answer, answers[0]) is not True for answer in answers[1:]):
        sentence = f"Des règles de la table « {name} » répondent à la fois, et pas la même chose."
        raise DecisionFailed(ready.table.id, sentence)
    if aggregation:
        return _aggregate(aggregation, [answer[0] for answer in answers], ready.table.id, name)
    found = [_shaped(ready.outputs, answer) for answer in answers]
    if policy in SINGLE:
        return found[0] if found else None
    return found


def _matching(ready: ReadyTable, scope: Names) -> list[int]:
    """The numbers of the rules that match, from 0, in their order."""
    mask = (1 << len(ready.table.rules)) - 1
    asked: list[tuple[Input, Any]] = []
    for part in ready.inputs:
        given = _given(part, scope)
        index = part.index
        if type(given) is list:  # a list of one counts as its item: cells are asked one by one
            asked.append((part, given))
            continue
        if index.slow:
            asked.append((part, given))
        mask &= index.mask(given) | index.slow
    found = list(bits(mask))
    for part, given in asked:
        slow, cells, inside = part.index.slow, part.index.cells, asking(given, scope)
        every = type(given) is list
        found = [
            number for number in found if not (every or slow >> number & 1) or cells[number].test(given, inside) is True
        ]
    return found


def _given(part: Input, scope: Names) -> Any:
    """The value of an input. Raises :class:`DecisionFailed` when it is not what the column takes."""
    column = part.column
    found = part.expression.run(scope)
    if column.type:
        found = _of_type(column.type, found, column.id, f"L’entrée « {column.title} »")
    if found is not None and not part.allowed.everything and part.allowed.test(found, asking(found, scope)) is not True:
        raise DecisionFailed(
            column.id,
            f"L’entrée « {column.title} » vaut {write(found, True)}, "
            f"qui n’est pas une des valeurs permises : {column.allowed}.",
        )
    return found


def _of_type(kind: str, found: Any, identifier: str, what: str) -> Any:
    fits, taken = typed(kind, found)
    if not fits:
        raise DecisionFailed(identifier, f"{what} vaut {write(found, True)}, qui n’est pas {FRENCH[kind]}.")
    return taken


def _outputs(outputs: Sequence[Output], number: int, scope: Names) -> list[Any]:
    return [_checked(output, output.cells[number].run(scope)) for output in outputs]


def _default(outputs: Sequence[Output], scope: Names) -> list[Any] | None:
    if all(output.default is None for output in outputs):
        return None
    return [None if output.default is None else _checked(output, output.default.run(scope)) for output in outputs]


def _checked(output: Output, found: Any) -> Any:
    column = output.column
    return _of_type(column.type, found, column.id, f"La sortie « {column.title} »") if column.type else found


def _shaped(outputs: Sequence[Output], answer: Sequence[Any]) -> Any:
    """One value for one output, a context for several."""
    if len(outputs) == 1:
        return answer[0]
    return {output.name: found for output, found in zip(outputs, answer, strict=True)}


def _rank(output: Output, found: Any) -> int:
    """The place of an answer among the allowed values of its column, in order of priority."""
    ranked = output.allowed.parts or ()
    return next((at for at, item in enumerate(ranked) if operations.within(found, item) is True), len(ranked))


def _aggregate(aggregation: Aggregation, answers: list[Any], identifier: str, name: str) -> Any:
    given = [answer for answer in answers if answer is not None]
    if not given:
        return None
    found = reduce(_AGGREGATIONS[aggregation], given)
    if found is None or (len(given) == 1 and operations.compare("<=", found, found) is None):
        raise DecisionFailed(identifier, f"La table « {name} » ne peut pas agréger ({aggregation}) ces réponses.")
    return found


def _least(left: Any, right: Any) -> Any:
    before = operations.compare("<=", left, right)
    return None if before is None else left if before else right


def _greatest(left: Any, right: Any) -> Any:
    before = operations.compare(">=", left, right)
    return None if before is None else left if before else right


def _plus(left: Any, right: Any) -> Any:
    return operations.add(left, right) if type(left) is not str else None


_AGGREGATIONS: dict[Aggregation, Callable[[Any, Any], Any]] = {
    Aggregation.SUM: _plus,
    Aggregation.MIN: _least,
    Aggregation.MAX: _greatest,
}
