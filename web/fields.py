"""What a step fills, as people type it: labels, French numbers and dates, yes and no."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from engine.circuits import StepSpec

#: What stands before the name of a field in the forms, so that it is never taken for a field of ours.
PREFIX = "champ-"
_YES_NO = {"oui": True, "non": False}
_SPACES = str.maketrans("", "", " \u00a0\u202f")
_NUMBER = re.compile(r"[-+]?(?:0|[1-9]\d*)(?:[.,]\d+)?$")
#: ``1 234 567``: spaces where the French put them, nowhere else, so that ``12 3`` stays a text.
_GROUPED = re.compile(r"[-+]?[1-9]\d{0,2}(?:[ \u00a0\u202f]\d{3})+(?:[.,]\d+)?$")
_DATE = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})$")
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}$")
#: Digits that a number keeps in JSON (IEEE 754 double): what is longer is an identifier, hence a text.
_DIGITS = 15


@dataclass(frozen=True, slots=True)
class Field:
    """A field of a sheet."""

    name: str
    label: str
    text: str  #: what it shows
    for_approval: bool  #: compulsory to approve
    for_rejection: bool  #: compulsory to reject

    @property
    def key(self) -> str:
        """Its name in the form."""
        return f"{PREFIX}{self.name}"


def fields_of(spec: StepSpec, known: Mapping[str, Any], typed: Mapping[str, str]) -> list[Field]:
    """The fields of a step, with what was typed, else what the circuit knows already."""
    return [
        Field(
            name=name,
            label=spec.label(name),
            text=typed.get(name, shown(known.get(name))),
            for_approval=name in spec.required_for_approval,
            for_rejection=name in spec.required_for_rejection,
        )
        for name in spec.fills
    ]


def values_of(spec: StepSpec, known: Mapping[str, Any], typed: Mapping[str, str]) -> dict[str, Any]:
    """What the circuit is given: a field left as it was keeps its value, one that was emptied gives null.

    Fields that were empty and stay so are left out; so are those that the step does not fill.
    """
    values: dict[str, Any] = {}
    for name in spec.fills:
        if name not in typed:
            continue
        text, before = typed[name].strip(), known.get(name)
        if text == shown(before).strip():
            if text:
                values[name] = before
        else:
            values[name] = value_of(text)
    return values


def value_of(text: str) -> Any:
    """What somebody meant by what they typed.

    ``1 234,50`` is a number, ``oui`` and ``non`` are yes and no, ``24/11/2026`` a date as circuits write it
    (``2026-11-24``), nothing is null; the rest, identifiers with leading zeros or beyond 15 digits too, is the text.
    """
    if not text:
        return None
    if text.lower() in _YES_NO:
        return _YES_NO[text.lower()]
    if _NUMBER.match(text) or _GROUPED.match(text):
        number = Decimal(text.translate(_SPACES).replace(",", "."))
        if len(number.as_tuple().digits) <= _DIGITS:
            return int(number) if number == number.to_integral_value() else number
    if found := _DATE.match(text):
        day, month, year = map(int, found.groups())
        try:
            return date(year, month, day).isoformat()
        except ValueError:
            return text
    return text


def shown(value: Any) -> str:
    """A value of a circuit as people read and type it."""
    match value:
        case None:
            return ""
        case bool():
            return "oui" if value else "non"
        case int() | float() | Decimal():
            return f"{Decimal(str(value)):f}".replace(".", ",")
        case str() if _ISO_DATE.match(value):
            return "/".join(reversed(value.split("-")))
        case list():
            return ", ".join(map(shown, value))
        case _:
            return str(value)
