"""Expressions give the value FEEL says, within bounds, and never an exception that is not ours."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import FeelError, FeelLimit, compile_expression, evaluate, to_json
from engine.feel.texts import literal
from engine.feel.values import Months, Range

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
        ("services.__class__", [None, None]),  # of each item: no attribute is read
        ("montant.real", None),
        ('date("2026-11-24").resolution', None),
        ("-(2 + 3) * 4", Decimal(-20)),
        ('number("1\u202f000,50", "\u202f", ",")', Decimal("1000.50")),
    ],
)
def test_an_expression_has_the_value_of_the_specification(source: str, value: object) -> None:
    assert evaluate(source, CONTEXT) == value


class _Word(StrEnum):
    OUI = "oui"


@pytest.mark.parametrize(
    ("given", "value"),
    [
        (0.1, Decimal("0.1")),
        (1e22, Decimal("1e22")),
        (10**40, Decimal("1e40")),
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("NaN"), None),
        (Decimal("12.50"), Decimal("12.5")),
        (_Word.OUI, "oui"),
        ((1, 2), [Decimal(1), Decimal(2)]),
        ({"a": [1, {"b": 2.5}]}, {"a": [Decimal(1), {"b": Decimal("2.5")}]}),
        (date(2026, 11, 24), date(2026, 11, 24)),
        (object(), None),
        (len, None),
        (b"octets", None),
    ],
)
def test_data_become_values_of_feel_and_objects_do_not_get_in(given: object, value: object) -> None:
    found = evaluate("champ", {"champ": given})
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "position"),
    [
        ("montant >", 9),
        ("montant $ 3", 8),
        ('"abc', 0),
        ("(1 + 2", 6),
        ("f(1)", 0),
        ("1 2", 2),
        ("1 in [1..2", 10),
        ("", 0),
        ("  = montant >", 13),
        ("contains(1)", 0),
        ("x instance of bidule", 14),
        ('@"demain"', 1),
        ("a.", 2),
        ("{a: 1 b: 2}", 6),
        ('matches("a", "b")', 0),
        ("1" * 40, 0),
    ],
)
def test_a_fault_says_where_it_is(source: str, position: int) -> None:
    with pytest.raises(FeelError) as caught:
        compile_expression(source)
    assert caught.value.position == position
    assert f"caractère {position + 1}" in str(caught.value)


def test_what_an_expression_reads_is_known() -> None:
    read = compile_expression("every x in agents satisfies x.jours > seuil and {a: délai, b: a}.b > montant total")
    assert read.names == {"agents", "seuil", "délai", "montant total"}
    assert not read.reads_clock
    assert compile_expression("today() > date(fin)").reads_clock


def test_a_name_may_have_spaces_accents_and_an_apostrophe() -> None:
    context = {"date d’échéance": "2026-11-24", "n° d'ordre": 3, "café": 1}
    assert evaluate("date(date d’échéance).year", context) == 2026
    assert evaluate("`n° d'ordre` + 1", context) == 4
    assert evaluate("cafe\u0301", context) == 1  # the same word, typed in another way


def test_the_moment_is_given_and_never_read() -> None:
    source = "today() = date(2026, 11, 24) and now().hour = 9"
    moment = datetime(2026, 11, 24, 9, tzinfo=ZoneInfo("Europe/Paris"))
    assert compile_expression(source)({}, moment) is True
    with pytest.raises(FeelError):
        compile_expression(source)({})


@pytest.mark.parametrize(
    "bomb",
    [
        "(" * 500,
        "-" * 900 + "1",
        "1+" * 600 + "1",
        "x+" * 400 + "1",
        "x" + ".a" * 400,
        "x" + "[1]" * 300,
        "not(" * 150 + "true" + ")" * 150,
        "if " * 300,
        "[" * 500,
        "{a:" * 300,
        "for x in " * 100,
        '"' + "a" * 2000,
        "x instance of " + "list<" * 150 + "Any" + ">" * 150,
    ],
)
def test_expression_bombs_are_refused(bomb: str) -> None:
    with pytest.raises(FeelError):
        compile_expression(bomb)


@pytest.mark.parametrize(
    "source",
    [
        "for a in 1..1000, b in 1..1000 return 1",
        "for a in 1..1000000000 return 1",
        "some a in 1..900, b in 1..900, c in 1..900 satisfies a + b + c = 0",
        "count(for a in 1..9000 return grande)",
        "for a in 1..9000 return a in grande",
        "for a in 1..9000 return sum(grande)",
        "for a in 1..9000 return grande = grande",
        "for a in 1..5000 return partial",
        "grande[count(grande[item > 2]) > 1]",
        "{a: [1,1,1,1,1,1,1,1], b: [a,a,a,a,a,a,a,a], c: [b,b,b,b,b,b,b,b], d: [c,c,c,c,c,c,c,c], "
        "e: [d,d,d,d,d,d,d,d], f: [e,e,e,e,e,e,e,e], g: [f,f,f,f,f,f,f,f]}",
        "{a: long + long, b: a + a, c: b + b, d: c + c, e: d + d, f: e + e}",
        "for a in 1..9000 return long + long",
        "sort(grande, function(a, b) count(grande) > 0)",
        "concatenate(grande, grande, grande)",
        "string(for a in 1..9000 return 123456)",
    ],
)
def test_evaluation_bombs_are_stopped(source: str) -> None:
    with pytest.raises(FeelLimit):
        compile_expression(source)({"grande": list(range(9000)), "long": "x" * 4000})


@pytest.mark.parametrize(
    "source", ["9 ** 9 ** 9", "9 ** (9 ** 9)", "exp(1000000)", "10 ** 6000 * 10 ** 6000", "0 ** -1", "(-8) ** 0.5"]
)
def test_numbers_stay_small(source: str) -> None:
    found = evaluate(source, {})
    assert found is None or len(found.as_tuple().digits) <= 34


def test_data_with_too_many_levels_are_refused_with_our_error() -> None:
    deep: list[Any] = []
    for _ in range(5000):
        deep = [deep]
    for source in ("champ", "flatten(champ)", "champ = champ", "string(champ)", "distinct values([champ])"):
        with pytest.raises(FeelError):
            evaluate(source, {"champ": deep})


@given(st.text(max_size=60))
def test_no_text_raises_anything_but_our_error(source: str) -> None:
    try:
        evaluate(source, CONTEXT)
    except FeelError as error:
        assert 0 <= error.position <= len(source)  # noqa: PT017 most texts raise nothing


_VOCABULARY = """
if then else for in return some every satisfies and or not ( ) [ ] { } , : . .. = != < >= + - * / ** ? @ "a" 1 2.5
montant services outcomes rien null true item partial function date @"2026-11-24" duration("P1D") count sum sort string
between instance of number list < >
"""
_WORDS = st.sampled_from(_VOCABULARY.split())


@given(st.lists(_WORDS, max_size=25))
def test_no_heap_of_words_raises_anything_but_our_error(words: list[str]) -> None:
    source = " ".join(words)
    try:
        evaluate(source, CONTEXT)
    except FeelError as error:
        assert 0 <= error.position <= len(source)  # noqa: PT017 some are expressions


_ATOMS = st.sampled_from(
    ["1", "montant", '"a"', "true", "null", "rien", "services", '@"2026-11-24"', '@"P1D"', "[1..3]"]
)
_SIGNS = st.sampled_from(["+", "-", "*", "/", "**", "<", "=", "!=", ">=", "and", "or", "in"])
_SHAPES = st.sampled_from(
    [
        "({} {} {})",
        "[{0}, {2}]",
        "{{a: {0}, b: {2}}}",
        "(if {0} then {2} else {0})",
        "(for x in [{0}, {2}] return x)",
        "(some x in [{0}] satisfies x = {2})",
        "[{0}, {2}][item = {0}]",
        "count([{0}, {2}])",
        "string({0})",
        "distinct values([{0}, {2}])",
        "min({0}, {2})",
        "({0} between {2} and {0})",
    ]
)


@given(st.recursive(_ATOMS, lambda part: st.builds(str.format, _SHAPES, part, _SIGNS, part), max_leaves=12))
def test_well_formed_expressions_always_have_a_value(source: str) -> None:
    if len(source) <= 1000:
        evaluate(source, CONTEXT)


_NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**15), max_value=10**15, places=4)
_ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=-3, minutes=-30)), ZoneInfo("Europe/Paris")])
_SCALARS = st.one_of(
    _NUMBERS,
    st.text(max_size=20).filter(lambda text: not any(0xD800 <= ord(sign) <= 0xDFFF for sign in text)),
    st.booleans(),
    st.none(),
    st.dates(),
    st.datetimes(timezones=_ZONES),
    st.times(timezones=_ZONES),
    st.timedeltas(),
    st.builds(Months, st.integers(-(10**6), 10**6)),
    st.builds(
        lambda low, size, a, b: Range(low, a, low + size, b), _NUMBERS, _NUMBERS.map(abs), st.booleans(), st.booleans()
    ),
)
_VALUES = st.recursive(
    _SCALARS,
    lambda part: st.lists(part, max_size=4) | st.dictionaries(st.text("ab é", min_size=1), part, max_size=3),
    max_leaves=8,
)


@given(_VALUES)
def test_a_value_written_as_an_expression_is_read_back(value: object) -> None:
    source = literal(value)
    if len(source) <= 1000:
        found = evaluate(source, {})
        assert found == value
        assert type(found) is type(value)


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("1 + 1", 2),
        ("0.1 + 0.2", 0.3),
        ("1 / 3", "0." + "3" * 34),
        ("2 ** 60", "1152921504606846976"),
        ('[null, true, "a", 1.5]', [None, True, "a", 1.5]),
        (
            '{jour: date("2026-11-24"), délai: duration("P14M"), durée: duration("PT36H")}',
            {
                "jour": "2026-11-24",
                "délai": "P1Y2M",
                "durée": "P1DT12H",
            },
        ),
        ('@"2026-11-24T10:30:00@Europe/Paris"', "2026-11-24T10:30:00@Europe/Paris"),
        ("[1..5[", "[1..5)"),
    ],
)
def test_a_value_is_kept_in_json_without_losing_a_digit(source: str, kept: object) -> None:
    assert to_json(evaluate(source, {})) == kept


@given(_VALUES)
def test_what_json_keeps_is_json(value: object) -> None:
    assert json.loads(json.dumps(to_json(value))) == to_json(value)


@given(_NUMBERS, _NUMBERS)
def test_sums_and_orders_of_numbers_are_exact(left: Decimal, right: Decimal) -> None:
    context = {"a": left, "b": right}
    assert evaluate("a + b - b = a", context) is True
    assert evaluate("[a < b, a = b, a > b]", context) == [left < right, left == right, left > right]


@given(st.dates(date(1900, 1, 1), date(2200, 1, 1)), st.integers(-1000, 1000))
def test_dates_and_durations_go_forth_and_back(day: date, count: int) -> None:
    context = {"jour": day, "jours": timedelta(days=count), "midi": time(12)}
    assert evaluate("jour + jours - jours = jour", context) is True
    assert evaluate("(jour + jours) - jour = jours", context) is True
    assert evaluate("date(string(jour)) = jour", context) is True
