"""From tables as written to tables that run; every fault of writing is a finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from engine.feel.evaluate import Expression, compile_expression
from engine.feel.lex import FeelError
from engine.feel.tables.column_types import FRENCH, typed
from engine.feel.tables.index import Index
from engine.feel.tables.model import Aggregation, Column, Decision, Formula, HitPolicy, InputData, Table, Tables
from engine.feel.unary import UnaryTests, compile_unary_tests
from engine.findings import Finding, Level

_Compiled = TypeVar("_Compiled")
_ANYTHING = compile_unary_tests("-")
_NULL = compile_expression("null")


@dataclass(frozen=True, slots=True)
class Input:
    """An input column, ready."""

    column: Column
    expression: Expression
    allowed: UnaryTests
    index: Index


@dataclass(frozen=True, slots=True)
class Output:
    """An output column, ready."""

    column: Column
    allowed: UnaryTests
    default: Expression | None
    cells: tuple[Expression, ...]

    @property
    def name(self) -> str:
        """Its name in the answer."""
        return self.column.expression


@dataclass(frozen=True, slots=True)
class ReadyTable:
    """A table, ready."""

    table: Table
    inputs: tuple[Input, ...]
    outputs: tuple[Output, ...]


@dataclass(frozen=True, slots=True)
class ReadyDecision:
    """A decision, ready."""

    decision: Decision
    logic: ReadyTable | Expression

    @property
    def names(self) -> frozenset[str]:
        """The names that its expressions read."""
        if isinstance(self.logic, Expression):
            return self.logic.names
        inputs, outputs = self.logic.inputs, self.logic.outputs
        read = [part.expression.names for part in inputs]
        read += [cell.names for part in inputs for cell in part.index.cells]
        read += [cell.names for part in outputs for cell in part.cells]
        return frozenset().union(*read)


class Compiler:
    """Compiles the decisions of a file, gathering what is wrong."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self._given = {data.name: data for data in tables.inputs}
        self.findings: list[Finding] = []

    def decisions(self) -> dict[str, ReadyDecision]:
        """Those that could be compiled."""
        found = {}
        for decision in self._tables.decisions:
            logic: ReadyTable | Expression | None
            if isinstance(decision.logic, Formula):
                where = f"la décision « {decision.name or decision.id} »"
                logic = self._try(compile_expression, decision.logic.expression, decision.logic.id, where, _NULL)
            else:
                logic = self._table(decision, decision.logic)
            if logic is not None:
                found[decision.id] = ReadyDecision(decision, logic)
        return found

    def _table(self, decision: Decision, table: Table) -> ReadyTable | None:
        before = len(self.findings)
        self.findings += _shape(decision, table)
        if len(self.findings) > before:
            return None
        inputs = tuple(self._input(at, column, table) for at, column in enumerate(table.inputs))
        outputs = tuple(self._output(at, column, table) for at, column in enumerate(table.outputs))
        return ReadyTable(table, inputs, outputs)

    def _input(self, at: int, column: Column, table: Table) -> Input:
        where = f"l’entrée « {column.title} »"
        expression = self._try(compile_expression, column.expression, column.id, where, _NULL)
        cells = [
            self._try(compile_unary_tests, rule.inputs[at], rule.id, f"la règle {number}, {where}", _ANYTHING)
            for number, rule in enumerate(table.rules, 1)
        ]
        column = _described(column, self._given.get(column.expression))
        return Input(column, expression, self._allowed(column, where), Index(cells))

    def _output(self, at: int, column: Column, table: Table) -> Output:
        where = f"la sortie « {column.title} »"
        allowed = self._allowed(column, where)
        cells = []
        for number, rule in enumerate(table.rules, 1):
            place = f"la règle {number}, {where}"
            cell = self._try(compile_expression, rule.outputs[at] or "null", rule.id, place, _NULL)
            self.findings += _misfit(cell, column, allowed, rule.id, place)
            cells.append(cell)
        default = None
        if column.default:
            place = f"la réponse par défaut de {where}"
            default = self._try(compile_expression, column.default, column.id, place, _NULL)
            self.findings += _misfit(default, column, allowed, column.id, place)
        return Output(column, allowed, default, tuple(cells))

    def _allowed(self, column: Column, where: str) -> UnaryTests:
        return self._try(compile_unary_tests, column.allowed, column.id, f"les valeurs permises de {where}", _ANYTHING)

    def _try(
        self, compile_it: Callable[[str], _Compiled], text: str, identifier: str, where: str, instead: _Compiled
    ) -> _Compiled:
        try:
            return compile_it(text)
        except FeelError as error:
            sentence = f"Dans {where} : {error}."
            self.findings.append(Finding(Level.ERROR, identifier, sentence, f"Corrigez « {text[:80]} »."))
            return instead


def _described(column: Column, data: InputData | None) -> Column:
    """A column that says no type has that of the input it reads."""
    return replace(column, type=data.type) if data and not column.type else column


def _misfit(cell: Expression, column: Column, allowed: UnaryTests, identifier: str, where: str) -> Iterator[Finding]:
    """What is wrong with an answer that is written out."""
    answer = cell({}) if cell.constant else None
    if answer is None:
        return
    fits, answer = typed(column.type, answer)
    if not fits:
        yield Finding(
            Level.ERROR,
            identifier,
            f"Dans {where} : « {cell.source} » n’est pas {FRENCH[column.type]}.",
            "Corrigez la case, ou le type de la colonne.",
        )
    elif not allowed.names and not allowed(answer, {}):
        yield Finding(
            Level.ERROR,
            identifier,
            f"Dans {where} : « {cell.source} » n’est pas une des valeurs permises.",
            f"Choisissez parmi : {column.allowed}.",
        )


def _shape(decision: Decision, table: Table) -> list[Finding]:
    """What is wrong with a table before looking into its cells."""
    return [
        Finding(Level.ERROR, identifier, sentence, remedy)
        for identifier, sentence, remedy in _faults(decision.name or decision.id, table)
    ]


def _faults(name: str, table: Table) -> Iterator[tuple[str, str, str]]:
    if not table.outputs:
        yield table.id, f"La table « {name} » n’a aucune sortie.", "Ajoutez une colonne de sortie."
    names = [column.expression for column in table.outputs]
    if len(names) > 1 and (len(set(names)) < len(names) or "" in names):
        yield (
            table.id,
            f"Les sorties de la table « {name} » n’ont pas toutes un nom à elles.",
            "Donnez à chaque sortie un nom différent.",
        )
    for number, rule in enumerate(table.rules, 1):
        if (len(rule.inputs), len(rule.outputs)) != (len(table.inputs), len(table.outputs)):
            yield (
                rule.id,
                f"La règle {number} de la table « {name} » n’a pas une case par colonne.",
                "Enregistrez la table à nouveau dans votre modeleur.",
            )
    yield from _policy_faults(name, table)


def _policy_faults(name: str, table: Table) -> Iterator[tuple[str, str, str]]:
    if table.aggregation and table.policy is not HitPolicy.COLLECT:
        yield (
            table.id,
            f"La table « {name} » agrège ses réponses ({table.aggregation}) sans les rassembler.",
            "Choisissez COLLECT, ou retirez l’agrégation.",
        )
    if table.aggregation not in {None, Aggregation.COUNT} and len(table.outputs) > 1:
        yield (
            table.id,
            f"La table « {name} » agrège plusieurs sorties à la fois.",
            "Gardez une seule sortie, ou retirez l’agrégation.",
        )
    if table.policy in {HitPolicy.PRIORITY, HitPolicy.OUTPUT_ORDER} and not any(o.allowed for o in table.outputs):
        yield (
            table.id,
            f"La table « {name} » choisit par priorité, sans dire laquelle.",
            "Listez les valeurs permises d’une sortie, de la plus prioritaire à la moins prioritaire.",
        )


def requirement_faults(decisions: Sequence[Decision]) -> list[Finding]:
    """Decisions that need one that is not there, or, through others, themselves."""
    known = {decision.id: decision for decision in decisions}
    findings = []
    for decision in decisions:
        findings += [
            Finding(
                Level.ERROR,
                decision.id,
                f"La décision « {decision.name or decision.id} » en demande une qui n’existe pas : « {missing} ».",
                "Reliez-la à une décision du même fichier.",
            )
            for missing in decision.requires
            if missing not in known
        ]
    order = in_order(known)
    if isinstance(order, str):
        decision = known[order]
        findings.append(
            Finding(
                Level.ERROR,
                order,
                f"La décision « {decision.name or order} » dépend d’elle-même, directement ou par d’autres.",
                "Retirez un des liens de la boucle.",
            )
        )
    return findings


def in_order(known: dict[str, Decision]) -> list[str] | str:
    """The decisions, each after those it needs; or the one that needs itself."""
    order: list[str] = []
    state: dict[str, bool] = {}  # False while those it needs are looked at, True when placed
    for start in known:
        stack = [(start, iter(known[start].requires))] if start not in state else []
        state.setdefault(start, False)
        while stack:
            current, needs = stack[-1]
            needed = next((need for need in needs if need in known and not state.get(need, False)), None)
            if needed is None:
                state[current] = True
                order.append(current)
                stack.pop()
            elif needed in state:
                return needed
            else:
                state[needed] = False
                stack.append((needed, iter(known[needed].requires)))
    return order
