"""Functions on strings and conversions to and from them (DMN 1.3 tables 64 and 66)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from engine.feel.functions.registry import builtin
from engine.feel.operations import joined
from engine.feel.texts import write
from engine.feel.values import ARITHMETIC, integer

_NUMBER = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)")
#: What may part thousands: the standard's three, and the no-break spaces of French typography.
_GROUPS = {" ", ",", ".", "\u00a0", "\u202f"}


@builtin("number", "from: string, grouping separator: string?, decimal separator: string?")
def _number(text: str, group: str | None = None, point: str | None = None) -> Decimal | None:
    if (group is not None and group not in _GROUPS) or point not in {None, ".", ","} or group == (point or "."):
        return None
    plain = text.replace(group, "") if group else text
    if point == ",":
        if "." in plain:
            return None
        plain = plain.replace(",", ".")
    return ARITHMETIC.create_decimal(plain) if _NUMBER.fullmatch(plain) else None


@builtin("string", "from: any")
def _string(item: Any) -> str | None:
    return None if item is None else joined((write(item),))


@builtin("substring", "string: string, start position: number, length: number?")
def _substring(text: str, start: Decimal, length: Decimal | None = None) -> str | None:
    first = integer(start)
    count = len(text) if length is None else integer(length)
    if not first or count is None or count < 0:
        return None
    begin = first - 1 if first > 0 else max(len(text) + first, 0)
    return text[begin : begin + count]


@builtin("string length", "string: string")
def _length(text: str) -> int:
    return len(text)


@builtin("upper case", "string: string")
def _upper(text: str) -> str:
    return text.upper()


@builtin("lower case", "string: string")
def _lower(text: str) -> str:
    return text.lower()


@builtin("substring before", "string: string, match: string")
def _before(text: str, match: str) -> str:
    return text.partition(match)[0] if match and match in text else ""


@builtin("substring after", "string: string, match: string")
def _after(text: str, match: str) -> str:
    return text.partition(match)[2] if match else text


@builtin("contains", "string: string, match: string")
def _contains(text: str, match: str) -> bool:
    return match in text


@builtin("starts with", "string: string, match: string")
def _starts(text: str, match: str) -> bool:
    return text.startswith(match)


@builtin("ends with", "string: string, match: string")
def _ends(text: str, match: str) -> bool:
    return text.endswith(match)


@builtin("string join", "list: list, delimiter: string?")
def _join(items: list[Any], delimiter: str | None = None) -> str | None:
    texts = [item for item in items if item is not None]
    return joined(texts, delimiter or "") if all(type(text) is str for text in texts) else None
