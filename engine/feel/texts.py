"""Values as text: what ``string()`` gives, and what an expression would write to have them back."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from engine.feel import temporal
from engine.feel.values import Months, Range, kind_of, value

_TEMPORAL = (date, datetime, time, timedelta, Months)
#: Whole numbers beyond are not safe in JSON: JavaScript reads them as floats (RFC 8259 §6).
_SAFE_INT = 2**53
_PLAIN_KEY = re.compile(r"\w+")
_RAISED = {"\n": "\\n", "\r": "\\r", "\t": "\\t", '"': '\\"', "\\": "\\\\"}


def write_number(number: Decimal) -> str:
    """Digits without exponent or useless zeros."""
    if not number:
        return "0"
    text = format(number, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def write(item: Any, inside: bool = False) -> str:
    """The text of a value (DMN 1.3 table 64); strings are quoted inside lists and contexts."""
    if item is None:
        return "null"
    if type(item) is str:
        return '"' + item.replace("\\", "\\\\").replace('"', '\\"') + '"' if inside else item
    if type(item) is bool:
        return "true" if item else "false"
    if type(item) is Decimal:
        return write_number(item)
    if type(item) in _TEMPORAL:
        return temporal.write(item)
    return _write_whole(item)


def _write_whole(item: Any) -> str:
    if type(item) is list:
        return "[" + ", ".join(write(part, True) for part in item) + "]"
    if type(item) is dict:
        return "{" + ", ".join(f"{_key(name)}: {write(value(part), True)}" for name, part in item.items()) + "}"
    if type(item) is Range:
        low, high = ("" if bound is None else write(bound, True) for bound in (item.low, item.high))
        return f"{'[' if item.low_included else '('}{low}..{high}{']' if item.high_included else ')'}"
    return "function"


def _key(name: Any) -> str:
    return str(name) if _PLAIN_KEY.fullmatch(str(name)) else write(str(name), True)


def to_json(item: Any) -> Any:
    """A value as JSON keeps it: numbers as such when no digit is lost, else, like dates and durations, as text.

    ``value`` reads numbers back as they were; a text is read back by ``date``, ``duration`` and their like.
    """
    if type(item) is Decimal:
        number = int(item) if item == item.to_integral_value() and abs(item) < _SAFE_INT else float(item)
        return number if Decimal(repr(number)) == item else write_number(item)
    if type(item) is list:
        return [to_json(part) for part in item]
    if type(item) is dict:
        return {str(name): to_json(value(part)) for name, part in item.items()}
    return item if item is None or type(item) in (str, bool) else write(item)


def literal(item: Any) -> str:
    """The expression whose value is ``item``: evaluating it gives the same value back. No functions."""
    if type(item) is str:
        return '"' + "".join(_RAISED.get(sign, sign) for sign in item) + '"'
    if type(item) in _TEMPORAL:
        return f'@"{temporal.write(item)}"'
    if type(item) is list:
        return "[" + ", ".join(literal(part) for part in item) + "]"
    if type(item) is dict:
        return "{" + ", ".join(f"{literal(str(name))}: {literal(value(part))}" for name, part in item.items()) + "}"
    if type(item) is Range:
        return _literal_range(item)
    if kind_of(item) == "function":
        raise TypeError("functions have no literal")
    return write(item)


def _literal_range(item: Range) -> str:
    if item.low is None:
        return f"({'<=' if item.high_included else '<'} {literal(item.high)})"
    if item.high is None:
        return f"({'>=' if item.low_included else '>'} {literal(item.low)})"
    # « (1..3) », not « ]1..3[ », which could be read with the brackets of a list around it.
    opening, closing = "[" if item.low_included else "(", "]" if item.high_included else ")"
    return f"{opening}{literal(item.low)}..{literal(item.high)}{closing}"
