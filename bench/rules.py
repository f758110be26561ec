"""Conditions and decision tables: what one evaluation takes, once compiled."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from bench import imports
from bench.measure import PROCESSOR, Figure, Measure, duration, seconds, times
from bench.peers import feelin
from engine.feel import compile_expression
from engine.feel.tables import Column, Decision, HitPolicy, Rule, Table, Tables, compile_tables

RUNS = 15
#: Evaluations in one sample.
BATCH = 2_000
#: Evaluations before the first sample: compilers of JavaScript want to see a thing several times.
WARM_UP = 20_000
CONDITION = 'amount >= 40000 and service = "technique"'
FOLDER: dict[str, Any] = {"amount": 45_000, "service": "technique", "zone": "nord"}
RULES = 200


def _condition() -> Iterator[Figure]:
    """A typical condition of a gateway."""
    expression = compile_expression(CONDITION)
    with feelin.feelin(CONDITION, FOLDER) as peer:
        assert peer.value is expression(FOLDER) is True
        peer.seconds(WARM_UP)
        mine: list[float] = []
        theirs: list[float] = []
        for number in range(RUNS + 1):
            taken = _each(lambda: expression(FOLDER))
            other = peer.seconds(BATCH)
            if number:
                mine.append(taken)
                theirs.append(other)
    compared = times("feel.us", mine, theirs, feelin.NAME)
    yield replace(duration("feel.us", mine, "µs"), ratio=compared.ratio, peer=feelin.NAME)


def _table() -> Iterator[Figure]:
    """A table of 200 rules on an amount, a service and a zone; each evaluation ends in another rule."""
    decisions = compile_tables(table_of(RULES))
    folders = [{**FOLDER, "amount": 100 * number + 50, "service": f"s{number % 7}"} for number in range(RULES)]
    assert all(decisions.decide("visa", folder) == f"v{at}" for at, folder in enumerate(folders))

    def every_rule() -> None:
        for folder in folders:
            decisions.decide("visa", folder)

    samples = [seconds(every_rule, PROCESSOR) / RULES for _ in range(RUNS + 1)]
    yield duration("dmn.200_rules_ms", samples[1:], "ms")


def table_of(rules: int) -> Tables:
    """A table of so many rules: a slice of 100 of the amount, one service of seven, and any zone or all but one."""
    inputs = (
        Column("i1", "Montant", "amount", "number"),
        Column("i2", "Service", "service", "string"),
        Column("i3", "Zone", "zone", "string"),
    )
    rows = tuple(
        Rule(
            f"r{number}",
            (f"[{100 * number}..{100 * number + 100}[", f'"s{number % 7}"', "-" if number % 3 else 'not("sud")'),
            (f'"v{number}"',),
        )
        for number in range(rules)
    )
    table = Table("t", HitPolicy.UNIQUE, inputs, (Column("o1", "Visa", "visa", "string"),), rows)
    return Tables("d", "Visas", (Decision("visa", "Visa", table),))


def _each(action: Callable[[], object]) -> float:
    def batch() -> None:
        for _ in range(BATCH):
            action()

    return seconds(batch, PROCESSOR) / BATCH


FAMILY = (Measure(("feel.us",), _condition), Measure(("dmn.200_rules_ms",), _table), *imports.MEASURES)
