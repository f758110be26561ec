"""What a circuit is made of and what a transition gives back: frozen values, no engine inside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from engine.findings import Finding as Finding
from engine.findings import Level as Level


class StepKind(StrEnum):
    """What a human step asks for."""

    VISA = "VISA"
    SIGNATURE = "SIGNATURE"


class Outcome(StrEnum):
    """How a human step may end; a drawing may name further words."""

    APPROVED = "approved"
    REJECTED = "rejected"
    REFER_BACK = "refer_back"


class CircuitRefused(Exception):
    """A drawing that cannot be run as drawn; ``findings`` say why."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        super().__init__(" ".join(finding.sentence for finding in findings))
        self.findings = tuple(findings)


class CircuitStuck(Exception):
    """A transition that cannot go on as drawn: it is abandoned and nothing is saved. The message is French."""


class NotOpen(KeyError):
    """Nobody waits for this step or this work any more."""


def spelled(name: str) -> str:
    """The name of a field as a form shows it: ``cost_center`` gives « Cost center »."""
    spaced = " ".join(name.replace("_", " ").replace("-", " ").split())
    return spaced[:1].upper() + spaced[1:]


@dataclass(frozen=True, slots=True)
class StepSpec:
    """A human step as drawn; the attributes are those of docs/circuits.md."""

    element_id: str
    name: str
    kind: StepKind
    desk: str  #: short names separated by commas, ``emitter``, or FEEL after ``=``
    mode: str = "all"  #: ``all``, ``one``, or a number of approvals
    delay: str = ""
    counting: str = ""  #: of the delay and the reminders: ``working`` or ``calendar``; empty: ``calendar``
    reminders: tuple[str, ...] = ()
    required_for_approval: tuple[str, ...] = ()
    required_for_rejection: tuple[str, ...] = ()
    fills: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)  #: what to call what it fills, where the drawing says so
    outcomes: Mapping[str, str] = field(default_factory=dict)  #: words of its own and what to call them
    separation: tuple[str, ...] = ()
    paper: bool = False  #: whether a signature may be given on paper, and its scan declared
    documentation: str = ""

    def label(self, name: str) -> str:
        """What to call a field: what the drawing says, else its name, spelled out."""
        return self.labels.get(name) or spelled(name)

    def allows(self, outcome: str) -> bool:
        """Whether the step may end with this word."""
        return outcome in set(Outcome) or outcome in self.outcomes


@dataclass(frozen=True, slots=True)
class ServiceSpec:
    """What a worker is asked to do."""

    element_id: str
    service: str
    input: str = ""  #: FEEL context
    fills: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenStep:
    """A step that waits for somebody."""

    token: str  #: stable identifier of this opening of the step (UUID)
    element_id: str
    name: str
    kind: StepKind
    desk: str  #: the one desk aimed at: a short name, or ``emitter``
    index: int | None = None  #: which instance it is, from 1, when the step is asked several times
    path: str = ""  #: ids of the call activities that lead to its circuit, separated by ``/``
    due_at: datetime | None = None  #: when its delay ends
    reminders: tuple[datetime, ...] = ()  #: when whoever holds it is to be reminded


@dataclass(frozen=True, slots=True)
class OpenWork:
    """A service task that waits for a worker's answer."""

    token: str
    element_id: str
    service: str
    input: Mapping[str, Any]
    index: int | None = None


@dataclass(frozen=True, slots=True)
class WorkAnswers:
    """How a service task may be answered, as drawn."""

    name: str  #: what the drawing calls the task
    service: ServiceSpec
    errors: tuple[str, ...]  #: codes of error that somebody catches; an empty one catches any


@dataclass(frozen=True, slots=True)
class Thrown:
    """Something that left the circuit: a message for a worker, or an escalation that nobody caught."""

    kind: str  #: ``message`` or ``escalation``
    name: str
    element_id: str
    variables: Mapping[str, Any]
    service: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """A message that the run waits for."""

    message: str
    key: str  #: empty: the folder itself
    element_id: str


@dataclass(frozen=True, slots=True)
class Progress:
    """What a transition did."""

    state: bytes
    opened: tuple[OpenStep, ...]
    closed: tuple[str, ...]  #: tokens of steps withdrawn without anybody acting on them
    next_due: datetime | None
    finished: bool
    result: str | None  #: ``rejected`` when the end that was reached, or an undrawn rejection, says so
    work: tuple[OpenWork, ...] = ()
    thrown: tuple[Thrown, ...] = ()
    awaited: tuple[Awaited, ...] = ()  #: every message the run waits for now


@dataclass(frozen=True, slots=True)
class Rewound:
    """What going back to an earlier state does."""

    state: bytes
    reopened: tuple[OpenStep, ...]  #: steps that were open then and are not now
    withdrawn: tuple[str, ...]  #: tokens of steps that are open now and were not then
    work: tuple[OpenWork, ...]  #: work that was waited for then and is not now: asked again
    next_due: datetime | None
    awaited: tuple[Awaited, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """When something is due: a moment, then perhaps again."""

    at: datetime
    period: str | None = None  #: ISO 8601 duration
    times: int = 1  #: how many times in all; -1: as long as it lasts
