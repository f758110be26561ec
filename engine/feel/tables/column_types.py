"""Types of columns: their names in files, and the values of JSON taken as such."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

from engine.feel import temporal
from engine.feel.values import kind_of, value

#: The names of types in files: those of FEEL, those of DMN 1.1 and those of Camunda 7.
_NAMES = {
    "": "",
    "Any": "",
    "string": "string",
    "boolean": "boolean",
    "number": "number",
    "double": "number",
    "integer": "integer",
    "long": "integer",
    "date": "date",
    "time": "time",
    "dateTime": "date and time",
    "date and time": "date and time",
    "dayTimeDuration": "days and time duration",
    "days and time duration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "years and months duration": "years and months duration",
    "list": "list",
    "context": "context",
}
#: The names that dmn-js and the standard give them (DMN 1.3 §7.3.2).
WRITTEN = {
    "": "Any",
    "date and time": "dateTime",
    "days and time duration": "dayTimeDuration",
    "years and months duration": "yearMonthDuration",
    "integer": "number",
}
#: What people call them.
FRENCH = {
    "string": "un texte",
    "boolean": "oui ou non",
    "number": "un nombre",
    "integer": "un nombre entier",
    "date": "une date",
    "time": "une heure",
    "date and time": "une date et une heure",
    "days and time duration": "une durée",
    "years and months duration": "une durée en mois",
    "list": "une liste",
    "context": "un contexte",
}
#: Types that may be defined one by another.
_MAX_STEPS = 20
_PARSERS: Mapping[str, Callable[[str], Any]] = {
    "date": temporal.parse_date,
    "time": temporal.parse_time,
    "date and time": temporal.parse_moment,
    "days and time duration": temporal.parse_duration,
    "years and months duration": temporal.parse_duration,
}


@dataclass(frozen=True, slots=True)
class NamedType:
    """What a name of type stands for."""

    name: str
    allowed: str = ""


TypeNames = dict[str, NamedType]


def read_types(root: etree._Element, space: str) -> TypeNames:
    """The types a file may name: those of the standard, and its own ``itemDefinition``."""
    names = {name: NamedType(kind) for name, kind in _NAMES.items()}
    definitions = {node.get("name", ""): node for node in root.iterchildren(space + "itemDefinition")}
    own = {name: _resolve(name, definitions, names, space) for name in definitions}
    return names | {name: found for name, found in own.items() if found is not None}


def _resolve(name: str, definitions: Mapping[str, etree._Element], names: TypeNames, space: str) -> NamedType | None:
    """What a type of the file is in the end; ``None`` when it is defined by itself, or through too many others."""
    allowed = ""
    for _ in range(_MAX_STEPS):
        if name not in definitions:
            known = names.get(name)
            return known and NamedType(known.name, allowed or known.allowed)
        node = definitions[name]
        if node.get("isCollection") == "true":
            return NamedType("list")
        if node.find(space + "itemComponent") is not None:
            return NamedType("context")
        text = node.find(f"{space}allowedValues/{space}text")
        allowed = allowed or (str(text.text or "").strip() if text is not None else "")
        base = node.find(space + "typeRef")
        name = str(base.text or "").rpartition(":")[2].strip() if base is not None else ""
    return None


def typed(kind: str, given: Any) -> tuple[bool, Any]:
    """Whether a value can be taken as a column's type, and what it becomes.

    JSON has no dates: a string is read as the date, time or duration that the column asks for. ``null`` is of every
    type.
    """
    found = value(given)
    if found is None or not kind:
        return True, found
    if kind == "integer":
        return type(found) is Decimal and found == found.to_integral_value(), found
    if type(found) is str and kind in _PARSERS:
        found = _PARSERS[kind](found)
    return found is not None and kind_of(found) == kind, found
