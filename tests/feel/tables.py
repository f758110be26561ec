"""Tables written in a few words, for tests."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from engine.feel.tables import Aggregation, Column, Decision, HitPolicy, Rule, Table, Tables


def column(text: str, at: str = "") -> Column:
    """A column from ``name: type = allowed ? default``; all but the name may be left out."""
    text, _, default = text.partition(" ? ")
    text, _, allowed = text.partition(" = ")
    name, _, kind = text.partition(": ")
    return Column(f"{at}{name}", name.capitalize(), name, kind, allowed, default)


def table(
    rows: str,
    inputs: str = "montant: number",
    outputs: str = "visa: string",
    policy: str = "UNIQUE",
    aggregation: str | None = None,
    name: str = "choix",
) -> Table:
    """A table from lines ``cell | cell => answer | answer``; columns are separated by ``;``."""
    rules = []
    for number, row in enumerate(filter(str.strip, rows.splitlines()), 1):
        left, _, right = row.partition("=>")
        rules.append(Rule(f"{name}-r{number}", _cells(left), _cells(right)))
    return Table(
        f"{name}-table",
        HitPolicy(policy),
        tuple(column(part.strip(), f"{name}-e-") for part in inputs.split(";")),
        tuple(column(part.strip(), f"{name}-s-") for part in outputs.split(";")),
        tuple(rules),
        Aggregation(aggregation) if aggregation else None,
    )


def _cells(text: str) -> tuple[str, ...]:
    return tuple(cell.strip() for cell in text.split("|"))


def alone(rows: str, **how: Any) -> Tables:
    """A file with that one table, its decision called « choix »."""
    return Tables("essai", "Essai", (Decision("choix", "Choix", table(rows, **how)),))


def chain(*decisions: Decision) -> Tables:
    """A file of several decisions."""
    return Tables("essai", "Essai", tuple(decisions))


def needing(identifier: str, needs: Sequence[str], rows: str, **how: Any) -> Decision:
    """A decision with a table that needs others."""
    return Decision(identifier, identifier.capitalize(), table(rows, name=identifier, **how), tuple(needs))
