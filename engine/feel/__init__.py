"""A safe subset of FEEL (OMG DMN 1.3 §10): what the conditions of circuits are written in. No Python, ever.

What is understood, and where it parts from other readers of FEEL, is said in docs/feel.md.
"""

from engine.feel.evaluate import Expression, compile_expression, evaluate
from engine.feel.lex import FeelError, FeelLimit
from engine.feel.texts import to_json
from engine.feel.unary import UnaryTests, compile_unary_tests

__all__ = [
    "Expression",
    "FeelError",
    "FeelLimit",
    "UnaryTests",
    "compile_expression",
    "compile_unary_tests",
    "evaluate",
    "to_json",
]
