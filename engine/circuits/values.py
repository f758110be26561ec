"""What a circuit is made of and what a transition gives back: frozen values, no engine inside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class StepKind(StrEnum):
    """What a human step asks for."""

    VISA = "VISA"
    SIGNATURE = "SIGNATURE"


class Level(StrEnum):
    """How grave a finding is: an error forbids publication."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a drawing."""

    level: Level
    element_id: str | None
    sentence: str  #: French
    remedy: str  #: French: what to do


class CircuitRefused(Exception):
    """A drawing that cannot be run as drawn; ``findings`` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = tuple(findings)


class CircuitStuck(Exception):
    """A run that goes round without ever asking anybody: the transition is abandoned, nothing is saved."""


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A human step as drawn."""

    element_id: str
    name: str
    kind: StepKind
    desk: str  #: short name of the desk aimed at, or ``emitter``


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that waits for somebody."""

    token: str  #: stable identifier of this opening of the step (UUID)
    element_id: str
    name: str
    kind: StepKind
    desk: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a transition did."""

    state: bytes
    opened: tuple[OpenStep, ...]
    closed: tuple[str, ...]  #: tokens withdrawn without anybody acting on them
    next_due: datetime | None
    finished: bool
    result: str | None  #: ``rejected`` when the end that was reached, or an undrawn rejection, says so
