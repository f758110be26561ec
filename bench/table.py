"""The table that a person reads, in French."""

from __future__ import annotations

from collections.abc import Sequence

from bench.measure import Figure

HEADINGS = ("Mesure", "Valeur", "Unité", "Plancher", "Rapport", "Comparé à", "Passages")
#: Columns that hold numbers, aligned on the right.
_NUMBERS = {1, 3, 4, 6}
_NARROW = "\u202f"


def french(number: float | None) -> str:
    """Three significant digits at least, a decimal comma, thousands apart; nothing when there is no number."""
    if number is None:
        return ""
    decimals = next((count for limit, count in ((100, 0), (10, 1), (1, 2)) if abs(number) >= limit), 3)
    return f"{number:,.{decimals}f}".translate({ord(","): _NARROW, ord("."): ","})


def table(figures: Sequence[Figure]) -> str:
    """The figures as lines of text, columns aligned."""
    rows = [HEADINGS, *(_row(figure) for figure in figures)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(
            cell.rjust(width) if number in _NUMBERS else cell.ljust(width)
            for number, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "  ".join("─" * width for width in widths), *lines[1:]])


def _row(figure: Figure) -> tuple[str, ...]:
    ratio = f"{french(figure.ratio)}{_NARROW}×" if figure.ratio is not None else ""
    value, floor = french(figure.value), french(figure.floor)
    return figure.name, value, figure.unit, floor, ratio, figure.peer or "", str(figure.runs)
