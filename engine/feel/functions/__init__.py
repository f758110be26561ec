"""The built-in functions of FEEL (DMN 1.3 §10.3.4); importing the modules registers them."""

from engine.feel.functions import contexts, dates, lists, numbers, ranges, strings
from engine.feel.functions.registry import FUNCTIONS, Builtin

__all__ = ["FUNCTIONS", "Builtin", "contexts", "dates", "lists", "numbers", "ranges", "strings"]
