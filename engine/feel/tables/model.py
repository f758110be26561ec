"""What a file of decisions is made of: frozen values, as written, nothing compiled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.findings import Finding


class HitPolicy(StrEnum):
    """What to do with the rules that match (DMN 1.3 §8.2.10)."""

    UNIQUE = "UNIQUE"
    FIRST = "FIRST"
    PRIORITY = "PRIORITY"
    ANY = "ANY"
    COLLECT = "COLLECT"
    RULE_ORDER = "RULE ORDER"
    OUTPUT_ORDER = "OUTPUT ORDER"


#: Policies that give one answer; the others give a list.
SINGLE = frozenset({HitPolicy.UNIQUE, HitPolicy.FIRST, HitPolicy.PRIORITY, HitPolicy.ANY})


class Aggregation(StrEnum):
    """What becomes of the answers that ``COLLECT`` gathers."""

    SUM = "SUM"
    MIN = "MIN"
    MAX = "MAX"
    COUNT = "COUNT"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of inputs or outputs."""

    id: str
    label: str  #: what people read
    expression: str  #: of an input: what is looked at; of an output: its name
    type: str = ""  #: FEEL type of the values, empty when any will do
    allowed: str = ""  #: unary tests that values pass, empty when any will do; for outputs, in the order of priority
    default: str = ""  #: of an output: its expression when no rule matches

    @property
    def title(self) -> str:
        """What to call it in a sentence."""
        return self.label or self.expression or self.id


@dataclass(frozen=True, slots=True)
class Rule:
    """A row: a cell for each column."""

    id: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """A decision table."""

    id: str
    policy: HitPolicy
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    rules: tuple[Rule, ...]
    aggregation: Aggregation | None = None


@dataclass(frozen=True, slots=True)
class Formula:
    """A decision written as an expression."""

    id: str
    expression: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision and those it needs first."""

    id: str
    name: str
    logic: Table | Formula
    requires: tuple[str, ...] = ()  #: ids of decisions
    reads: tuple[str, ...] = ()  #: ids of input data
    variable: str = ""  #: name of its answer for those that need it, when not its own name
    type: str = ""  #: FEEL type of its answer


@dataclass(frozen=True, slots=True)
class InputData:
    """Something given from outside."""

    id: str
    name: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Tables:
    """A file of decisions."""

    id: str
    name: str
    decisions: tuple[Decision, ...]
    inputs: tuple[InputData, ...] = ()
    findings: tuple[Finding, ...] = ()  #: what reading had to say without refusing

    def decision(self, decision_id: str) -> Decision:
        """One decision. Raises ``KeyError``."""
        for decision in self.decisions:
            if decision.id == decision_id:
                return decision
        raise KeyError(decision_id)


class TablesRefused(Exception):
    """A file of decisions that cannot be run; ``findings`` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = tuple(findings)


class DecisionFailed(Exception):
    """A decision that these data leave without answer; ``element_id`` is the column or table at fault."""

    def __init__(self, element_id: str, sentence: str) -> None:
        super().__init__(sentence)
        self.element_id = element_id
        self.sentence = sentence
