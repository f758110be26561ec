"""A safe subset of FEEL (OMG DMN 1.3 §10): what the conditions of circuits are written in. No Python, ever."""

from engine.feel.evaluate import evaluate
from engine.feel.lex import FeelError
from engine.feel.parse import Expression, compile_expression

__all__ = ["Expression", "FeelError", "compile_expression", "evaluate"]
