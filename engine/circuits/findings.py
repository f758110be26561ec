"""Short ways to say something about a drawing."""

from __future__ import annotations

from engine.circuits.values import Finding, Level


def error(element_id: str | None, sentence: str, remedy: str) -> Finding:
    """It cannot be published."""
    return Finding(Level.ERROR, element_id, sentence, remedy)


def warning(element_id: str | None, sentence: str, remedy: str) -> Finding:
    """It can, but look at it."""
    return Finding(Level.WARNING, element_id, sentence, remedy)
