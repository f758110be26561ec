"""What an import gives back: frozen values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from engine.circuits.values import Finding


class QuestionKind(StrEnum):
    """What is asked; it says how the answer is written."""

    PROCESS = "process"  #: which of several processes: its id
    START = "start"  #: which of several starts: its id
    DESK = "desk"  #: short names of desks separated by commas, ``emitter``, or FEEL after ``=``
    SERVICE = "service"  #: name of the service that a worker renders
    CIRCUIT = "circuit"  #: short name of a circuit
    TIMER = "timer"  #: ISO 8601 (``P2D``), « 2 jours », or FEEL
    LIST = "list"  #: a number, or a FEEL list
    CONDITION = "condition"  #: FEEL, or ``autrement``
    DEFAULT = "default"  #: id of the flow to take when no condition is true
    CHOICE = "choice"  #: one of the values proposed


@dataclass(frozen=True, slots=True)
class Proposal:
    """An answer that can be given as it is."""

    value: str
    label: str  #: French: what it means


@dataclass(frozen=True, slots=True)
class Question:
    """Something that the file does not say and that only a person knows."""

    id: str  #: the same each time the same file is imported
    element_id: str | None
    question: str  #: French
    kind: QuestionKind
    proposals: tuple[Proposal, ...] = ()  #: the likeliest first
    fault: str = ""  #: French: why the answer given was not taken


@dataclass(frozen=True, slots=True)
class Change:
    """Something that is not in the circuit as it was in the file."""

    element_id: str | None
    sentence: str  #: French


@dataclass(frozen=True, slots=True)
class Imported:
    """The outcome of an import.

    While questions are left, ``bpmn`` is the drawing as far as it is known, to be shown, not to be published; it is
    None when the file cannot be read or the process is not chosen. Without questions, ``findings`` are those of
    :func:`engine.circuits.check_circuit`.
    """

    bpmn: bytes | None
    changes: tuple[Change, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
