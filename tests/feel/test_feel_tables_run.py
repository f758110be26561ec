"""A table answers what its rules and its hit policy say, alone or in a chain."""

from __future__ import annotations

import contextlib
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import FeelError, compile_unary_tests
from engine.feel.tables import DecisionFailed, Formula, InputData, Tables, TablesRefused, compile_tables
from engine.feel.tables.model import Decision
from tests.feel.tables import alone, chain, needing

THRESHOLDS = """
    < 4000            | -           => "chef"
    [4000..40000[     | "technique" => "dst"
    [4000..40000[     | not("technique") => "dgs"
    >= 40000          | -           => "maire"
"""
TWO = {"inputs": "montant: number; service: string"}


def decide(tables: Tables, context: dict[str, Any], identifier: str = "choix", now: datetime | None = None) -> Any:
    return compile_tables(tables).decide(identifier, context, now)


@pytest.mark.parametrize(
    ("montant", "service", "visa"),
    [
        (3999.99, "finances", "chef"),
        (4000, "technique", "dst"),
        (39999, "finances", "dgs"),
        (40000, "technique", "maire"),
        (10**12, None, "maire"),
        (None, "technique", None),
        (5000, None, "dgs"),  # not("technique") holds for a field that nobody filled
    ],
)
def test_the_rule_that_matches_answers(montant: float | None, service: str | None, visa: str | None) -> None:
    assert decide(alone(THRESHOLDS, **TWO), {"montant": montant, "service": service}) == visa


OVERLAPPING = """
    > 10  => "a"
    > 100 => "b"
    > 20  => "b"
    < 0   => "c"
"""


@pytest.mark.parametrize(
    ("policy", "montant", "answer"),
    [
        ("FIRST", 150, "a"),
        ("PRIORITY", 150, "b"),
        ("COLLECT", 150, ["a", "b", "b"]),
        ("RULE ORDER", 150, ["a", "b", "b"]),
        ("OUTPUT ORDER", 150, ["b", "b", "a"]),
        ("UNIQUE", 15, "a"),
        ("ANY", 15, "a"),
        ("FIRST", 5, None),
        ("PRIORITY", 5, None),
        ("UNIQUE", 5, None),
        ("ANY", 5, None),
        ("COLLECT", 5, []),
        ("RULE ORDER", 5, []),
        ("OUTPUT ORDER", 5, []),
    ],
)
def test_every_hit_policy(policy: str, montant: int, answer: Any) -> None:
    tables = alone(OVERLAPPING, policy=policy, outputs='visa: string = "c", "b", "a"')
    assert decide(tables, {"montant": montant}) == answer


@pytest.mark.parametrize(
    ("aggregation", "answer", "nothing"), [("SUM", 42, None), ("MIN", 2, None), ("MAX", 30, None), ("COUNT", 3, 0)]
)
def test_every_aggregation(aggregation: str, answer: int, nothing: int | None) -> None:
    rows = "> 0 => 10\n > 10 => 30\n > 20 => montant / 50\n > 1000 => 7"
    tables = alone(rows, outputs="jours: number", policy="COLLECT", aggregation=aggregation)
    assert decide(tables, {"montant": 100}) == answer
    assert decide(tables, {"montant": -1}) == nothing


def test_dates_are_collected_to_the_latest() -> None:
    rows = '> 0 => date("2026-01-31")\n > 10 => date("2026-03-31")'
    tables = alone(rows, outputs="échéance: date", policy="COLLECT", aggregation="MAX")
    assert decide(tables, {"montant": 100}) == date(2026, 3, 31)


def test_rules_that_contradict_each_other_are_refused_when_they_meet() -> None:
    with pytest.raises(DecisionFailed, match=r"Plusieurs règles de la table « Choix » .* : 1, 2, 3"):
        decide(alone(OVERLAPPING), {"montant": 150})
    with pytest.raises(DecisionFailed, match="pas la même chose"):
        decide(alone(OVERLAPPING, policy="ANY"), {"montant": 150})
    same = alone("> 10 => 1 + 1\n > 20 => 2", policy="ANY", outputs="n: number")
    assert decide(same, {"montant": 150}) == 2


def test_several_outputs_make_a_context_and_nothing_gives_the_default() -> None:
    tables = alone('> 10 => "maire" | 3', outputs='visa: string ? "chef"; jours: number ? 1')
    assert decide(tables, {"montant": 11}) == {"visa": "maire", "jours": Decimal(3)}
    assert decide(tables, {"montant": 9}) == {"visa": "chef", "jours": Decimal(1)}


def test_priority_looks_at_the_first_output_then_at_the_next() -> None:
    rows = '> 0 => "b" | 1\n > 0 => "a" | 2\n > 0 => "a" | 1'
    outputs = 'visa: string = "a", "b"; rang: number = 1, 2'
    assert decide(alone(rows, outputs=outputs, policy="PRIORITY"), {"montant": 5}) == {"visa": "a", "rang": 1}
    ordered = decide(alone(rows, outputs=outputs, policy="OUTPUT ORDER"), {"montant": 5})
    assert [(answer["visa"], answer["rang"]) for answer in ordered] == [("a", 1), ("a", 2), ("b", 1)]


@pytest.mark.parametrize(
    ("kind", "given", "cell"),
    [
        ("number", 4.5, "4.5"),
        ("integer", 4, "[1..5]"),
        ("boolean", True, "true"),
        ("string", "é", '"é"'),
        ("date", "2026-11-24", '>= date("2026-01-01")'),
        ("date", date(2026, 11, 24), '@"2026-11-24"'),
        ("time", "10:00:00", '< time("12:00:00")'),
        ("date and time", "2026-11-24T10:00:00Z", '[@"2026-01-01T00:00:00Z"..@"2027-01-01T00:00:00Z"['),
        ("days and time duration", "PT36H", '> duration("P1D")'),
        ("years and months duration", "P14M", '[@"P1Y"..@"P2Y"]'),
        ("", [1, 2], "count(?) = 2"),
        ("list", ["a", "b"], 'list contains(?, "a")'),
    ],
)
def test_typed_inputs_take_the_values_of_json(kind: str, given: Any, cell: str) -> None:
    assert decide(alone(f'{cell} => "oui"', inputs=f"champ: {kind}" if kind else "champ"), {"champ": given}) == "oui"


@pytest.mark.parametrize(
    ("inputs", "given", "sentence"),
    [
        ("montant: number", "douze", 'L’entrée « Montant » vaut "douze", qui n’est pas un nombre.'),
        ("montant: integer", 1.5, "L’entrée « Montant » vaut 1.5, qui n’est pas un nombre entier."),
        ("montant: date", "hier", "L’entrée « Montant » vaut"),
        ('montant: string = "a", "b"', "c", "n’est pas une des valeurs permises"),
        ("montant: number = [0..100]", 101, "n’est pas une des valeurs permises : \\[0..100\\]"),
    ],
)
def test_an_input_that_the_table_does_not_take_is_told(inputs: str, given: Any, sentence: str) -> None:
    with pytest.raises(DecisionFailed, match=sentence):
        decide(alone('- => "oui"', inputs=inputs), {"montant": given})


def test_an_input_at_fault_is_told_even_when_another_lets_no_rule_match() -> None:
    with pytest.raises(DecisionFailed, match="n’est pas un nombre"):
        decide(alone('"a" | 1 => "oui"', inputs="mot: string; n: number"), {"mot": "b", "n": "un"})


def test_an_answer_of_another_type_is_told() -> None:
    with pytest.raises(DecisionFailed, match='La sortie « Jours » vaut "x", qui n’est pas un nombre'):
        decide(alone("- => autre", outputs="jours: number"), {"montant": 1, "autre": "x"})


def test_cells_may_ask_anything_and_read_other_fields() -> None:
    rows = """
        ? > seuil and ? < seuil * 10 => "proche"
        some x in paliers satisfies x = ? => "palier"
        - => if ? = null then "vide" else "autre"
    """
    tables = compile_tables(alone(rows.replace("if ? = null", "if montant = null"), policy="FIRST"))
    data = {"seuil": 10, "paliers": [1, 2]}
    found = [tables.decide("choix", {**data, "montant": montant}) for montant in (50, 2, 1000, None)]
    assert found == ["proche", "palier", "autre", "vide"]
    assert tables.names("choix") == {"montant", "seuil", "paliers"}


def test_the_moment_is_the_one_given() -> None:
    tables = alone('< today() => "passé"\n >= today() => "à venir"', inputs="échéance: date")
    now = datetime(2026, 11, 24, tzinfo=UTC)
    assert decide(tables, {"échéance": "2026-11-23"}, now=now) == "passé"
    with pytest.raises(DecisionFailed, match="date du jour"):
        decide(tables, {"échéance": "2026-11-23"})


def test_decisions_chain_by_name_by_variable_and_by_id() -> None:
    tables = chain(
        needing("visa", ["niveau", "délai"], '"haut" => "maire"\n "bas" => "chef"', inputs="niveau: string"),
        needing("niveau", ["seuil"], '> Seuil => "haut"\n <= Seuil => "bas"'),
        Decision("seuil", "Seuil", Formula("f", "base * 2"), variable="plafond"),
        Decision("délai", "Délai légal", Formula("d", "plafond + 1"), ("seuil",)),
    )
    decisions = compile_tables(tables)
    assert decisions.decide("visa", {"montant": 21, "base": 10}) == "maire"
    assert decisions.decide("visa", {"montant": 20, "base": 10}) == "chef"
    assert decisions.decide("délai", {"base": 10}) == 21
    assert decisions.names("visa") == {"montant", "base"}
    assert "visa" in decisions
    assert "autre" not in decisions


def test_a_long_chain_of_shared_decisions_is_asked_once_each() -> None:
    steps = [Decision("d0", "d0", Formula("f0", "base"))]
    for at in range(1, 60):  # each needs the two before: asked again and again, it would never end
        steps.append(
            Decision(
                f"d{at}",
                f"d{at}",
                Formula(f"f{at}", f"d{at - 1} + d{max(at - 2, 0)} * 0"),
                (f"d{at - 1}", f"d{max(at - 2, 0)}"),
            )
        )
    assert compile_tables(chain(*steps)).decide("d59", {"base": 7}) == 7


def test_decisions_in_a_circle_are_refused() -> None:
    tables = chain(
        needing("a", ["b"], "1 => 1", outputs="n: number"),
        needing("b", ["c"], "1 => 1", outputs="n: number"),
        needing("c", ["a"], "1 => 1", outputs="n: number"),
    )
    with pytest.raises(TablesRefused, match="dépend d’elle-même"):
        compile_tables(tables)
    with pytest.raises(TablesRefused, match="n’existe pas : « z »"):
        compile_tables(chain(needing("a", ["z"], "1 => 1", outputs="n: number")))


def test_the_type_of_an_input_without_one_is_that_of_the_data() -> None:
    made = alone('>= @"2026-01-01" => "oui"', inputs="échéance")
    tables = Tables(made.id, made.name, made.decisions, (InputData("i", "échéance", "date"),))
    assert decide(tables, {"échéance": "2026-11-24"}) == "oui"


_CELLS = st.sampled_from(
    [
        "-",
        "1",
        "2",
        "< 1",
        "<= 2",
        "> 0",
        "[1..2]",
        "]1..2[",
        "not(1)",
        "not([1..3])",
        "1, 3",
        "< 0, > 2",
        "null",
        '"a"',
        "? = 2",
        "? > 0 and ? <= 2",
        "? = null",
        "? > 1 or ? = 0",
        '? < 2 and ? < "b"',
        "true",
    ]
)
_GIVEN = st.sampled_from(
    [None, -1, 0, 0.5, 1, 1.5, 2, 3, 4, "a", "b", True, False, [1], [1, 2], {"a": 1}, date(2026, 1, 1)]
)


@given(st.lists(st.tuples(_CELLS, _CELLS), min_size=1, max_size=12), _GIVEN, _GIVEN)
def test_rules_found_by_the_index_are_those_found_one_by_one(cells: list[tuple[str, str]], x: Any, y: Any) -> None:
    rows = "\n".join(f"{left} | {right} => {number}" for number, (left, right) in enumerate(cells))
    tables = alone(rows, inputs="x; y", outputs="n: number", policy="RULE ORDER")
    wanted = [
        number
        for number, (left, right) in enumerate(cells)
        if compile_unary_tests(left)(x, {}) and compile_unary_tests(right)(y, {})
    ]
    assert decide(tables, {"x": x, "y": y}) == wanted


@given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), min_size=1, max_size=4), _GIVEN)
def test_no_table_raises_anything_but_our_errors(rows: list[tuple[str, str]], given_value: Any) -> None:
    text = "\n".join(f"{left} => {right}".replace("\n", " ") for left, right in rows)
    with contextlib.suppress(TablesRefused, DecisionFailed, FeelError):
        decide(alone(text, policy="FIRST"), {"montant": given_value})
