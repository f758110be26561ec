"""Our FEEL gives what feelin gives, which modellers of bpmn.io use; where it does not, the difference is known."""

from __future__ import annotations

import json
import math
import shutil
import subprocess
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from engine.feel import FeelError, compile_unary_tests, evaluate
from engine.feel.functions import FUNCTIONS
from engine.feel.temporal import write
from engine.feel.values import Function, Months, Range
from tests.feel.differences import CELL_DIFFERENCES, DIFFERENCES

HERE = Path(__file__).parent
CONTEXT: dict[str, Any] = {
    "amount": 45000,
    "service": "technique",
    "services": ["finances", "voirie"],
    "liste": [1, 2, 3],
    "urgent": False,
    "montant total": 12500.5,
    "commande": {"montant": 1200, "service": {"nom": "voirie"}},
    "agents": [
        {"nom": "Anne", "grade": "A", "jours": 25},
        {"nom": "Bruno", "grade": "B", "jours": 12},
        {"nom": "Chloé", "grade": "A", "jours": 10},
    ],
    "élu": "maire",
    "date de fin": "2026-12-31",
}
#: Cells of tables with the input they are asked about.
CELLS: list[tuple[str, Any]] = [
    ("-", 1),
    ("1", 1),
    ("1", 2),
    ('"a"', "a"),
    ('"a","b"', "b"),
    ('"a", "b"', "c"),
    ('not("a")', "a"),
    ('not("a","b")', "c"),
    ("< 10", 5),
    ("<= 10", 10),
    ("> 10", 10),
    (">= 10", 10),
    ("[4000..40000[", 4000),
    ("[4000..40000[", 40000),
    ("]4000..40000]", 4000),
    ("(4000..40000)", 5000),
    ("[1..2], [5..6]", 5),
    ("[1..2], > 5", 4),
    ("not(< 10)", 12),
    ("true", True),
    ("true", False),
    ("false", False),
    ("null", None),
    ("1", None),
    ("? > 3", 5),
    ("? > 3", 2),
    ('contains(?, "b")', "abc"),
    ("amount", 45000),
    ("liste", 2),
    ("liste", 9),
    ("liste[1]", 1),
    ("-1", -1),
    ("[-5..-1]", -3),
    ("1 + 1", 2),
    ("not(1, 2)", 2),
    ("? in [1, 2]", 2),
    ('? = "a" or ? = "b"', "b"),
    ("amount > 3", "quoi"),
    ('"a" = ?', "a"),
    ("some x in liste satisfies x = ?", 3),
    ("? >= 3 and ? < 5", 5),
    ("? >= 3 and ? < 5", 3),
    ("? = 3", 3),
    ("? > 3, ? = 1", 1),
    ("? > 1 and ? < 5 and ? != 3", 3),
    ("!= 3", 4),
    ("!= 3", 3),
    ("= 3", 3),
    ("not(liste)", 9),
]
LINES = (HERE / "agreement.txt").read_text("utf-8").splitlines()
AGREED = [line for line in LINES if line and not line.startswith("# ") and line != "// un commentaire"]


def ours(source: str) -> Any:
    try:
        return plain(evaluate(source, CONTEXT))
    except FeelError:
        return {"$": "error"}


def ours_of_cell(source: str, given: Any) -> Any:
    try:
        return compile_unary_tests(source)(given, CONTEXT)
    except FeelError:
        return {"$": "error"}


def plain(item: Any) -> Any:
    """A value in the words of reference.mjs."""
    if isinstance(item, Decimal):
        return float(item)
    if isinstance(item, list):
        return [plain(part) for part in item]
    if isinstance(item, dict):
        return {name: plain(part) for name, part in item.items()}
    if isinstance(item, Range):
        return {
            "$": "range",
            "low": plain(item.low),
            "high": plain(item.high),
            "closed": [item.low_included, item.high_included],
        }
    if isinstance(item, Function):
        return {"$": "function"}
    kinds = {date: "date", time: "time", datetime: "date and time", timedelta: "duration", Months: "duration"}
    return {"$": kinds[type(item)], "text": write(item)} if type(item) in kinds else item


def same(left: Any, right: Any) -> bool:
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[name], right[name]) for name in left)
    if isinstance(left, bool) or isinstance(right, bool):
        return left is right
    if isinstance(left, int | float) and isinstance(right, int | float):
        return math.isclose(left, right, rel_tol=1e-12, abs_tol=1e-12)
    return type(left) is type(right) and left == right


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    """What feelin answers to everything, asked once."""
    node = shutil.which("node")
    if node is None or not (HERE.parents[1] / "node_modules/feelin").is_dir():
        pytest.skip("needs Node and the development packages: npm ci")
    expressions = [*AGREED, *DIFFERENCES]
    cells = [*CELLS, *CELL_DIFFERENCES]
    asked = json.dumps({"context": CONTEXT, "expressions": expressions, "cells": cells})
    done = subprocess.run([node, HERE / "reference.mjs"], input=asked, capture_output=True, text=True, check=True)
    answer = json.loads(done.stdout)
    return {
        **dict(zip(expressions, answer["values"], strict=True)),
        **dict(zip(cells, answer["answers"], strict=True)),
    }


def test_the_comparison_is_wide() -> None:
    assert len(set(AGREED)) == len(AGREED) >= 300
    assert not set(AGREED) & set(DIFFERENCES)


def test_the_page_lists_every_function() -> None:
    page = (HERE.parents[1] / "docs/feel.md").read_text("utf-8")
    listed = next(line for line in page.splitlines() if line.startswith("| functions |"))
    names = {name.replace("-", " ") for name in listed.split("`")[1].split()}
    assert names == {*FUNCTIONS, "now", "today"}


@pytest.mark.parametrize("source", AGREED)
def test_an_expression_has_the_value_of_feelin(source: str, theirs: dict[str, Any]) -> None:
    found = ours(source)
    assert same(found, theirs[source]), (found, theirs[source])


@pytest.mark.parametrize(("source", "given"), CELLS)
def test_a_cell_answers_like_feelin(source: str, given: Any, theirs: dict[Any, Any]) -> None:
    found = ours_of_cell(source, given)
    assert found is theirs[source, given]


@pytest.mark.parametrize("source", DIFFERENCES)
def test_a_difference_is_what_the_page_says(source: str, theirs: dict[str, Any]) -> None:
    wanted = DIFFERENCES[source]
    assert same(ours(source), wanted.ours), ours(source)
    assert same(theirs[source], wanted.theirs), theirs[source]
    assert not same(wanted.ours, wanted.theirs)


@pytest.mark.parametrize(("source", "given"), CELL_DIFFERENCES)
def test_a_difference_of_cells_is_what_the_page_says(source: str, given: Any, theirs: dict[Any, Any]) -> None:
    wanted = CELL_DIFFERENCES[source, given]
    assert ours_of_cell(source, given) is wanted.ours
    assert theirs[source, given] == wanted.theirs
