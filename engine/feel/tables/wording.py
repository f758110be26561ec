"""Pieces of inputs, in French."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.feel.texts import write, write_number

_MONTHS = "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"


#: Numbers or dates told one by one; beyond, only the first and the last.
_LISTED = 3


@dataclass(frozen=True, slots=True)
class Piece:
    """A value, the values between two others, or all those not listed."""

    low: Any
    low_included: bool
    high: Any
    high_included: bool
    other: bool = False

    @property
    def point(self) -> bool:
        """Whether it is one value."""
        return self.low_included and self.high_included


def told(pieces: Sequence[Piece]) -> str:
    """What a stretch of neighbouring pieces holds, to follow the title of an input."""
    first, last = pieces[0], pieces[-1]
    listed = len(pieces) <= _LISTED or type(first.low) in (str, bool)
    if listed and all(piece.point or piece.other for piece in pieces):
        values = [_value(piece.low) for piece in pieces if piece.point]
        if any(piece.other for piece in pieces):
            values.append("toute autre valeur")
        return "vaut " + " ou ".join(values)
    low, high = first.low, last.high
    if low is None and high is None:
        return "a n’importe quelle valeur"
    above = "" if low is None else f"{_value(low)} ({'inclus' if first.low_included else 'exclu'})"
    below = "" if high is None else f"{_value(high)} ({'inclus' if last.high_included else 'exclu'})"
    if not above:
        return f"va jusqu’à {below}"
    return f"va de {above} à {below}" if below else f"dépasse {above}" if "exclu" in above else f"part de {above}"


def _value(item: Any) -> str:
    if type(item) is Decimal:
        return _number(item)
    if type(item) is date:
        return f"{'1er' if item.day == 1 else item.day} {_MONTHS.split()[item.month - 1]} {item.year}"
    if type(item) is bool:
        return "oui" if item else "non"
    return f"« {item} »" if type(item) is str else write(item)


def _number(number: Decimal) -> str:
    whole, _, rest = write_number(abs(number)).partition(".")
    groups = f"{int(whole):,}".replace(",", "\u202f") if len(whole) < 20 else whole
    return ("−" if number < 0 else "") + groups + (f",{rest}" if rest else "")
