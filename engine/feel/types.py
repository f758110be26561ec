"""The types that ``instance of`` and the columns of tables name (DMN 1.3 §10.3.2.9.3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from engine.feel.values import kind_of, value

#: Types without parameters.
SIMPLE = frozenset(
    {
        "Any",
        "Null",
        "number",
        "string",
        "boolean",
        "date",
        "time",
        "date and time",
        "duration",
        "days and time duration",
        "years and months duration",
        "list",
        "context",
        "range",
        "function",
    }
)


@dataclass(frozen=True, slots=True)
class Type:
    """A type; ``parts`` are those of a list's items, of an interval's bounds, or of a context's entries."""

    name: str
    parts: tuple[tuple[str, Type], ...] = ()

    def holds(self, item: Any) -> bool:
        """Whether a value is of this type; ``null`` is only of type ``Null``."""
        kind = kind_of(item)
        if item is None or self.name in {"Any", "Null"}:
            return (item is None) is (self.name == "Null")
        if self.name == "duration":
            return kind.endswith(" duration")
        if kind != self.name:
            return False
        if kind == "list":
            return all(part.holds(inside) for _, part in self.parts for inside in item)
        if kind == "range":
            return all(part.holds(item.low if item.low is not None else item.high) for _, part in self.parts)
        if kind == "context":
            return all(name in item and part.holds(value(item[name])) for name, part in self.parts)
        return True
