"""Amounts in euros: exact in both databases, read and written as the French do."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Dialect, TypeDecorator

from engine.refusals import Refusal

#: What an amount never exceeds: its digits stay exact wherever JSON carries it (IEEE 754 double, 15 digits).
MAX_EUROS = Decimal("999999999999.99")
_CENT = Decimal("0.01")
_SPACES = str.maketrans("", "", " \u00a0\u202f")
_AMOUNT = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?")
#: ``12 500``: spaces where the French put them, nowhere else, so that ``12 5`` is not read as 125.
_GROUPED = re.compile(r"[0-9]{1,3}(?:[ \u00a0\u202f][0-9]{3})*(?:[.,][0-9]+)?|[0-9]+(?:[.,][0-9]+)?")


class Euros(TypeDecorator[Decimal]):
    """A column of amounts, kept in cents: SQLite has no exact decimals."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: Dialect) -> int | None:
        """To cents. Raises :class:`ValueError` rather than lose a fraction of one."""
        if value is None:
            return None
        cents = Decimal(value) * 100
        if cents != cents.to_integral_value():
            raise ValueError(f"{value} has fractions of a cent")
        return int(cents)

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        """From cents, always with two decimals."""
        return None if value is None else (Decimal(value) / 100).quantize(_CENT)


def read_euros(text: str) -> Decimal | Refusal | None:
    """An amount as somebody typed it: ``12 500``, ``12500,50``, ``12 500,00 €``; None when nothing was.

    A :class:`Refusal` says what is wrong: letters, a negative amount, more than two decimals, too large.
    """
    typed = text.strip().removesuffix("€").strip()
    if not typed:
        return None
    if typed[0] in "-−–" and _GROUPED.fullmatch(typed[1:].strip()):
        return Refusal("amount_negative", "Le montant ne peut pas être négatif. Écrivez-le sans signe.")
    if not _GROUPED.fullmatch(typed):
        return Refusal(
            "amount_unreadable",
            f"« {typed[:40]} » n’est pas un montant. Écrivez-le en chiffres, par exemple 12 500,00.",
        )
    digits = typed.translate(_SPACES)
    if not _AMOUNT.fullmatch(digits):
        return Refusal(
            "amount_too_precise", "Un montant en euros a deux décimales au plus. Écrivez par exemple 12 500,50."
        )
    amount = Decimal(digits.replace(",", ".")).quantize(_CENT) if len(digits) < 20 else MAX_EUROS + 1
    if amount > MAX_EUROS:
        return Refusal("amount_too_large", "Ce montant est trop grand pour être exact. Vérifiez le nombre de chiffres.")
    return amount


def french_euros(amount: Decimal) -> str:
    """``12 500,00 €``, with the spaces that do not break."""
    whole = f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")
    return f"{whole}\u00a0€"
