"""A refusal is a value, not an exception: what was asked cannot be done, and here is the sentence to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act did not happen. Nothing was written."""

    code: str  #: stable name for programs and tests, e.g. ``step_already_done``
    sentence: str  #: French: what happened, that nothing is lost, what to do next


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong in a form, by field, so that everything can be mended at once. Nothing was written."""

    by_field: Mapping[str, Refusal]

    @property
    def sentences(self) -> dict[str, str]:
        """The sentence to show beside each field."""
        return {field: refusal.sentence for field, refusal in self.by_field.items()}


class Refused(Exception):
    """Carries a :class:`Refusal` out of nested code; use cases turn it back into the value."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(code, sentence)
        self.refusal = Refusal(code, sentence)

    def __str__(self) -> str:
        return self.refusal.sentence
