"""Expressions give the value FEEL says, and never an exception that is not ours."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import FeelError, compile_expression, evaluate

CONTEXT: dict[str, Any] = {
    "outcome": "rejected",
    "montant": 12500.5,
    "urgent": False,
    "services": ["finances", "voirie"],
    "outcomes": {"visa": {"outcome": "approved"}},
    "rien": None,
}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ('outcome = "rejected"', True),
        ('= outcome != "rejected"', False),
        ("montant >= 12500 and not(urgent)", True),
        ("montant in [4000..12500.5]", True),
        ("montant in [4000..12500.5[", False),
        ('"voirie" in services', True),
        ('outcome in ("approved", "rejected")', True),
        ('outcomes.visa.outcome = "approved"', True),
        ("outcomes.inconnu.outcome", None),
        ("0.1 + 0.2 = 0.3", True),  # exact decimals, unlike floats
        ("1 / 0", None),
        ('1 < "b"', None),
        ("rien = null", True),
        ("rien = 1", False),
        ("urgent or rien", None),  # three-valued logic: false or null is null
        ("urgent and rien", False),
        ('if montant > 1000 then "gros" else "petit"', "gros"),
        ("montant between 1 and 20000", True),
        ("sum([1, 2, 3.5])", Decimal("6.5")),
        ("count(services)", Decimal(2)),
        ("max([1, 3, 2]) - 1", Decimal(2)),
        ('date("2026-11-24") < date("2026-12-01")', True),
        ("__class__", None),
        ("services.__class__", None),
        ("-(2 + 3) * 4", Decimal(-20)),
    ],
)
def test_an_expression_has_the_value_of_the_specification(source: str, value: object) -> None:
    assert evaluate(source, CONTEXT) == value


@pytest.mark.parametrize(
    ("source", "position"),
    [("montant >", 9), ("montant @ 3", 8), ('"abc', 0), ("(1 + 2", 6), ("f(1)", 0), ("1 2", 2), ("1 in [1..2", 10)],
)
def test_a_fault_says_where_it_is(source: str, position: int) -> None:
    with pytest.raises(FeelError) as caught:
        compile_expression(source)
    assert caught.value.position == position
    assert f"caractère {position + 1}" in str(caught.value)


@pytest.mark.parametrize("bomb", ["(" * 500, "-" * 900 + "1", "1+" * 600 + "1", "if " * 300, '"' + "a" * 2000])
def test_expression_bombs_are_refused(bomb: str) -> None:
    with pytest.raises(FeelError):
        compile_expression(bomb)


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_our_error(source: str) -> None:
    try:
        evaluate(source, CONTEXT)
    except FeelError as error:
        assert 0 <= error.position <= len(source)  # noqa: PT017 most texts raise nothing


_ATOMS = st.sampled_from(["1", "montant", '"a"', "true", "null", "rien"])
_SIGNS = st.sampled_from(["+", "-", "*", "/", "<", "=", "and", "or", "in"])


@given(st.recursive(_ATOMS, lambda part: st.builds("({} {} {})".format, part, _SIGNS, part), max_leaves=12))
def test_well_formed_expressions_always_have_a_value(source: str) -> None:
    evaluate(source, CONTEXT)
