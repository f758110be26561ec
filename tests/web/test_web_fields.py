"""What people type in the fields of a step, and what the circuit is given."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from engine.circuits import StepKind, StepSpec
from web.fields import fields_of, shown, value_of, values_of


def spec(**how: Any) -> StepSpec:
    return StepSpec("a", "Étape", StepKind.VISA, "dgs", **how)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("12", 12),
        ("-3", -3),
        ("12,50", Decimal("12.50")),
        ("12.5", Decimal("12.5")),
        ("1 234,5", Decimal("1234.5")),
        ("40\u00a0000", 40_000),
        ("40\u202f000", 40_000),
        ("2,0", 2),
        ("12 3", "12 3"),
        ("007", "007"),
        ("0,5", Decimal("0.5")),
        ("1e5", "1e5"),
        ("123456789012345", 123_456_789_012_345),
        ("1234567890123456", "1234567890123456"),
        ("oui", True),
        ("Non", False),
        ("24/11/2026", "2026-11-24"),
        ("1/2/2027", "2027-02-01"),
        ("31/02/2027", "31/02/2027"),
        ("À revoir, 12,5", "À revoir, 12,5"),
        ("١٢", "١٢"),
        ("", None),
    ],
)
def test_what_is_typed_is_taken_as_it_was_meant(typed: str, value: object) -> None:
    found = value_of(typed)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("value", [None, True, False, 12, -40_000, Decimal("1234.56"), "2026-11-24", "bonjour"])
def test_a_value_comes_back_as_it_was_shown(value: object) -> None:
    assert value_of(shown(value)) == value


def test_a_field_left_as_it_was_keeps_its_value_even_when_it_looks_like_another() -> None:
    known = {"code": "34000", "desks": ["maire", "dgs"], "rate": 0.1}
    asked = spec(fills=("code", "desks", "rate", "free"))
    typed = {field.name: field.text for field in fields_of(asked, known, {})}
    assert typed == {"code": "34000", "desks": "maire, dgs", "rate": "0,1", "free": ""}
    assert values_of(asked, known, typed) == known
    assert values_of(asked, known, {**typed, "code": "34070"}) == {**known, "code": 34_070}


def test_a_field_that_is_emptied_gives_null_and_one_that_was_empty_nothing() -> None:
    asked = spec(fills=("a", "b"))
    assert values_of(asked, {"a": "x"}, {"a": " ", "b": ""}) == {"a": None}


def test_a_field_is_called_what_the_drawing_says_else_its_name_in_words() -> None:
    asked = spec(fills=("cout_estime", "x"), labels={"x": "Numéro d’engagement"}, required_for_approval=("x",))
    first, second = fields_of(asked, {}, {"x": "E-9"})
    assert (first.label, first.for_approval, second.label, second.for_approval, second.text) == (
        "Cout estime",
        False,
        "Numéro d’engagement",
        True,
        "E-9",
    )
