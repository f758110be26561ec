"""A check proves that a table always answers and never twice, or says that it is not proved."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.feel import compile_unary_tests
from engine.feel.tables import check_tables
from engine.findings import Finding, Level
from tests.feel.tables import alone, chain, needing


def sentences(findings: Sequence[Finding]) -> list[str]:
    return [finding.sentence.replace("\u202f", " ") for finding in findings]


COMPLETE = [
    '< 4000 => "a"\n [4000..40000[ => "b"\n >= 40000 => "c"',
    '< 0, > 0 => "a"\n 0 => "b"',
    'not([1..2]) => "a"\n [1..2] => "b"',
    '- => "a"',
    '? < 4 => "a"\n ? >= 4 and ? < 10 => "b"\n ? = 10 => "c"\n ? > 10 => "d"',
]


@pytest.mark.parametrize("rows", COMPLETE)
def test_a_table_without_fault_has_no_finding(rows: str) -> None:
    assert check_tables(alone(rows)) == []


@pytest.mark.parametrize(
    ("rows", "how", "sentence"),
    [
        (
            '< 4000 => "a"\n > 5000 => "b"',
            {},
            "Aucune règle de la table « Choix » ne répond quand « Montant » va de 4 000 (inclus) à 5 000 (inclus).",
        ),
        (
            '< 4000 => "a"\n > 4000 => "b"',
            {},
            "Aucune règle de la table « Choix » ne répond quand « Montant » vaut 4 000.",
        ),
        (
            '[0..10] => "a"\n > 10 => "b"',
            {},
            "Aucune règle de la table « Choix » ne répond quand « Montant » va jusqu’à 0 (exclu).",
        ),
        (
            '<= 10.5 => "a"',
            {},
            "Aucune règle de la table « Choix » ne répond quand « Montant » dépasse 10,5 (exclu).",
        ),
        (
            '"dst" => "a"\n "dgs" => "b"',
            {"inputs": "service: string"},
            "Aucune règle de la table « Choix » ne répond quand « Service » vaut toute autre valeur.",
        ),
        (
            '"dst" => "a"',
            {"inputs": 'service: string = "dst","dgs","rh"'},
            "Aucune règle de la table « Choix » ne répond quand « Service » vaut « dgs » ou « rh ».",
        ),
        (
            'true => "a"',
            {"inputs": "urgent: boolean"},
            "Aucune règle de la table « Choix » ne répond quand « Urgent » vaut non.",
        ),
        (
            '< @"2026-03-01" => "a"\n > @"2026-03-02" => "b"',
            {"inputs": "jour: date"},
            "Aucune règle de la table « Choix » ne répond quand « Jour » vaut 1er mars 2026 ou 2 mars 2026.",
        ),
        (
            '< 4000 | - => "a"\n >= 4000 | "dst" => "b"',
            {"inputs": 'montant: number; service: string = "dst","dgs"'},
            "Aucune règle de la table « Choix » ne répond quand « Montant » part de 4 000 (inclus)"
            " et « Service » vaut « dgs ».",
        ),
        (
            '< 4000 | true | "x" => "a"\n >= 4000 | - | - => "b"',
            {"inputs": 'montant: number; urgent: boolean; zone: string = "x"'},
            "Aucune règle de la table « Choix » ne répond quand « Montant » va jusqu’à 4 000 (exclu)"
            " et « Urgent » vaut non.",
        ),
    ],
)
def test_a_hole_is_told_with_its_place(rows: str, how: dict[str, str], sentence: str) -> None:
    findings = check_tables(alone(rows, **how))
    assert sentences(findings) == [sentence]
    assert findings[0].level is Level.WARNING
    assert findings[0].element_id == "choix-table"


@pytest.mark.parametrize(
    ("rows", "how"),
    [
        ('<= 3 => "a"\n >= 4 => "b"', {"inputs": "n: integer"}),  # nothing between 3 and 4
        ('<= @"2026-03-01" => "a"\n >= @"2026-03-02" => "b"', {"inputs": "jour: date"}),
        ('[0..10] => "a"', {"inputs": "montant: number = [0..10]"}),
        ('> 10 => "a"', {"outputs": 'visa: string ? "b"'}),  # a default answers
        ('> 10 => "a"', {"policy": "COLLECT"}),  # nothing is an answer
        ('"a" => 1\n "b" => 2', {"inputs": 'x: string = "a","b"', "outputs": "n: number"}),
        ('true => "a"\n false => "b"', {"inputs": "urgent: boolean"}),
    ],
)
def test_what_cannot_be_is_no_hole(rows: str, how: dict[str, str]) -> None:
    assert check_tables(alone(rows, **how)) == []


def test_rules_that_meet_are_an_error_of_unique_tables() -> None:
    rows = '[0..10] | "a","b" => "x"\n ]5..20] | "b" => "y"\n > 20 | - => "z"\n [0..20] | "c" => "t"'
    how = {"inputs": 'montant: number = >= 0; service: string = "a","b","c"'}
    findings = check_tables(alone(rows, **how))
    assert sentences(findings) == [
        "Les règles 1 et 2 de la table « Choix » répondent à la fois quand « Montant » va de 5 (exclu) à 10 (inclus)"
        " et « Service » vaut « b ».",
        "Aucune règle de la table « Choix » ne répond quand « Montant » va de 10 (exclu) à 20 (inclus)"
        " et « Service » vaut « a ».",
    ]
    assert findings[0].level is Level.ERROR
    assert findings[0].element_id == "choix-r2"
    assert sentences(check_tables(alone(rows, policy="FIRST", **how))) == sentences(findings)[1:]


def test_rules_of_any_may_meet_when_they_say_the_same() -> None:
    assert check_tables(alone('< 10 => "a"\n > 5 => "a"', policy="ANY")) == []
    findings = check_tables(alone('< 10 => "a"\n > 5 => "b"', policy="ANY"))
    assert (
        "répondent à la fois, et pas la même chose quand « Montant » va de 5 (exclu) à 10 (exclu)"
        in findings[0].sentence
    )
    doubtful = check_tables(alone("< 10 => x\n > 5 => y", policy="ANY"))
    assert sentences(doubtful) == [
        "Non prouvé : que les règles 1 et 2 de la table « Choix » ne se contredisent pas :"
        " leurs réponses sont calculées."
    ]


@pytest.mark.parametrize(
    ("rows", "how", "reason"),
    [
        ('contains(?, "x") => "a"\n "b" => "b"', {"inputs": "mot: string"}, "une question"),
        ('< 10 => "a"\n >= 10 => "b"', {"inputs": "montant * 2: number"}, "elle est calculée"),
        ('< 10 | - => "a"\n >= 10 | > 3 => "b"', {"inputs": "montant: number; montant: number"}, "dépend d’une autre"),
        ('< 10 => "a"\n "x" => "b"', {"inputs": "montant"}, "plusieurs types"),
        ('["a".."c"] => "a"\n "d" => "b"', {"inputs": "mot: string"}, "une question"),
    ],
)
def test_what_is_not_proved_is_said(rows: str, how: dict[str, str], reason: str) -> None:
    found = [text for text in sentences(check_tables(alone(rows, **how))) if text.startswith("Non prouvé")]
    assert found
    assert all(reason in text for text in found)


def test_what_another_column_settles_is_proved() -> None:
    rows = '< 10 | contains(?, "x") => "a"\n >= 10 | - => "b"\n < 10 | - => "c"'
    inputs = "montant: number; mot: string"
    assert check_tables(alone(rows, inputs=inputs, policy="FIRST")) == []
    apart = '< 10 | contains(?, "x") => "a"\n >= 10 | starts with(?, "y") => "b"'
    unproved = check_tables(alone(apart, inputs=inputs))
    assert len(unproved) == 1  # the holes; that they are apart is proved by the amount
    assert "réponde toujours" in unproved[0].sentence


def test_a_rule_that_serves_nothing_is_told() -> None:
    findings = check_tables(alone('< 10 => "a"\n < 5 => "b"\n - => "c"', policy="FIRST"))
    assert [finding.element_id for finding in findings] == ["choix-r2"]
    findings = check_tables(alone('"x" => "a"\n - => "c"', policy="FIRST", inputs='mot: string = "a","b"'))
    assert [finding.element_id for finding in findings] == ["choix-r1"]
    assert "ne peuvent pas être remplies" in findings[0].sentence


def test_the_answers_of_a_decision_are_the_values_of_the_input_that_reads_it() -> None:
    level = needing("niveau", [], '> 10 => "haut"\n <= 10 => "bas"')
    complete = needing("visa", ["niveau"], '"haut" => "maire"\n "bas" => "chef"', inputs="niveau: string")
    assert check_tables(chain(level, complete)) == []
    missing = needing("visa", ["niveau"], '"haut" => "maire"', inputs="niveau: string")
    assert sentences(check_tables(chain(level, missing))) == [
        "Aucune règle de la table « Visa » ne répond quand « Niveau » vaut « bas »."
    ]


@pytest.mark.parametrize(
    ("rows", "how", "element", "sentence"),
    [
        (
            "> => 1",
            {"outputs": "n: number"},
            "choix-r1",
            "Dans la règle 1, l’entrée « Montant » : L’expression n’est pas finie",
        ),
        ('- => "a"', {"outputs": "n: number"}, "choix-r1", '« "a" » n’est pas un nombre'),
        ('- => "c"', {"outputs": 'visa: string = "a","b"'}, "choix-r1", "n’est pas une des valeurs permises"),
        ('- => "a"', {"policy": "PRIORITY"}, "choix-table", "choisit par priorité, sans dire laquelle"),
        ("- => 1 | 2", {"outputs": "n; n"}, "choix-table", "n’ont pas toutes un nom à elles"),
        ("- | - => 1", {"outputs": "n"}, "choix-r1", "n’a pas une case par colonne"),
        ("- => 1", {"outputs": "n", "aggregation": "SUM"}, "choix-table", "sans les rassembler"),
        (
            "- => 1 | 2",
            {"outputs": "n; m", "policy": "COLLECT", "aggregation": "SUM"},
            "choix-table",
            "plusieurs sorties",
        ),
        ('- => "a"', {"inputs": "montant >: number"}, "choix-e-montant >", "Dans l’entrée"),
        ('- => "a"', {"inputs": "m: number = [1.."}, "choix-e-m", "Dans les valeurs permises de l’entrée"),
    ],
)
def test_a_fault_of_writing_says_where_it_is(rows: str, how: dict[str, str], element: str, sentence: str) -> None:
    findings = check_tables(alone(rows, **how))
    assert findings[0].level is Level.ERROR
    assert findings[0].element_id == element
    assert sentence in findings[0].sentence
    assert all(finding.remedy for finding in findings)


_NUMBER_CELLS = st.sampled_from(
    [
        "-",
        "1",
        "2",
        "3",
        "< 1",
        "<= 2",
        "> 2",
        ">= 3",
        "[1..2]",
        "]1..3[",
        "[2..3[",
        "not(2)",
        "not([1..2])",
        "1, 3",
        "< 1, > 3",
    ]
)
_WORD_CELLS = st.sampled_from(["-", '"a"', '"b"', '"a","b"', 'not("a")', 'not("a","c")', '"c"'])
_NUMBERS = [0, 1, 1.5, 2, 2.5, 3, 4]  # one in each piece that these cells can cut
_WORDS = ["a", "b", "c", "autre"]


@given(st.lists(st.tuples(_NUMBER_CELLS, _WORD_CELLS), min_size=1, max_size=8))
def test_the_proof_says_what_trying_every_case_says(cells: list[tuple[str, str]]) -> None:
    rows = "\n".join(f"{left} | {right} => {number}" for number, (left, right) in enumerate(cells))
    findings = check_tables(alone(rows, inputs="montant: number; mot: string", outputs="n: number"))
    hits = [
        [n for n, (x, y) in enumerate(cells) if compile_unary_tests(x)(number, {}) and compile_unary_tests(y)(word, {})]
        for number, word in product(_NUMBERS, _WORDS)
    ]
    told = sentences(findings)
    assert any("Aucune règle" in text for text in told) is ([] in hits)
    pairs = {pair for hit in hits for pair in product(hit, hit) if pair[0] < pair[1]}
    shown = [text for text in told if "répondent à la fois quand" in text or "répondent à la fois quelles" in text]
    assert len(shown) == min(len(pairs), 5)
    assert not any("Non prouvé" in text for text in told)


@given(st.lists(st.tuples(_NUMBER_CELLS, _WORD_CELLS), min_size=2, max_size=6))
def test_a_rule_is_hidden_exactly_when_it_never_comes_first(cells: list[tuple[str, str]]) -> None:
    rows = "\n".join(f"{left} | {right} => {number}" for number, (left, right) in enumerate(cells))
    how = {"inputs": "montant: number; mot: string", "outputs": "n: number", "policy": "FIRST"}
    told = {finding.element_id for finding in check_tables(alone(rows, **how)) if "ne sert jamais" in finding.sentence}
    first = {
        next(
            (
                n
                for n, (x, y) in enumerate(cells)
                if compile_unary_tests(x)(number, {}) and compile_unary_tests(y)(word, {})
            ),
            None,
        )
        for number, word in product(_NUMBERS, _WORDS)
    }
    assert told == {f"choix-r{number + 1}" for number in range(len(cells)) if number not in first}
