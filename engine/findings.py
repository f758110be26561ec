"""What a check has to say about a drawing or a table: the same values for all, frozen."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How grave a finding is: an error forbids publication."""

    ERROR = "ERROR"
    WARNING = "WARNING"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to say about a drawing or a table."""

    level: Level
    element_id: str | None
    sentence: str  #: French
    remedy: str  #: French: what to do
