"""Evaluating in one call."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.feel.parse import compile_expression


def evaluate(source: str, context: Mapping[str, Any]) -> Any:
    """The value of an expression in a context. Raises ``FeelError`` when it cannot be understood."""
    return compile_expression(source)(context)
