"""Drawings of other modellers, made into circuits that run here: what is changed is told, what is missing is asked.

Each module knows one habit of foreign files; ``pipeline`` says in which order they come.
"""

from engine.circuits.importing.pipeline import import_drawing
from engine.circuits.importing.values import Change, Imported, Proposal, Question, QuestionKind

__all__ = ["Change", "Imported", "Proposal", "Question", "QuestionKind", "import_drawing"]
