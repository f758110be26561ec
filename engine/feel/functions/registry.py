"""What a built-in function is: its forms, how arguments fit them, how a call is bound."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal, DecimalException
from typing import Any

from engine.feel.lex import FeelError, FeelLimit
from engine.feel.scope import Names
from engine.feel.values import MAX_LIST, kind_of, value, weight

#: Work of a power, a logarithm or an exponential, each computed to 34 digits.
SLOW = 200

Run = Callable[[Names], Any]
Implementation = Callable[..., Any]


#: Python types of the FEEL types that have just one.
_PLAIN: dict[str, type] = {"string": str, "number": Decimal, "boolean": bool, "list": list, "context": dict}
#: Types of values that weigh nothing.
_LIGHT = frozenset({Decimal, bool, type(None)})


class _Unfit(Exception):
    """An argument that the form does not take: the call gives ``null``."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter: its FEEL name and type (``any`` takes ``null`` too)."""

    name: str
    type: str
    optional: bool


@dataclass(frozen=True, slots=True)
class Form:
    """One way to call a function."""

    parameters: tuple[Parameter, ...]
    variadic: bool  #: the last parameter takes any number of arguments, or one list
    implementation: Implementation

    def usage(self) -> str:
        """Its parameters, for messages."""
        return ", ".join(parameter.name for parameter in self.parameters) + ("…" if self.variadic else "")

    def takes(self, count: int) -> bool:
        """Whether that many arguments can be given by position."""
        needed = sum(not parameter.optional for parameter in self.parameters)
        return needed <= count and (self.variadic or count <= len(self.parameters))

    def plain(self, count: int) -> list[type] | None:
        """The Python types of so many arguments that need no conversion; ``None`` when types do not tell."""
        kinds = [_PLAIN.get(parameter.type) for parameter in self.parameters[:count]]
        return None if self.variadic or None in kinds else [kind for kind in kinds if kind is not None]

    def order(self, names: Sequence[str]) -> list[int | None] | None:
        """Where each parameter finds its argument among named ones; ``None`` when the form has other names."""
        places = {name: place for place, name in enumerate(names)}
        known = {parameter.name for parameter in self.parameters}
        needed = {parameter.name for parameter in self.parameters if not parameter.optional}
        if len(places) != len(names) or not needed <= places.keys() <= known:
            return None
        return [places.get(parameter.name) for parameter in self.parameters]

    def fit(self, arguments: Sequence[Any]) -> list[Any]:
        """The arguments converted to the parameters."""
        if self.variadic:
            return self._fit_list(arguments)
        return [
            None if argument is None and parameter.optional else fit(parameter.type, argument)
            for parameter, argument in zip(self.parameters, arguments, strict=False)
        ]

    def _fit_list(self, arguments: Sequence[Any]) -> list[Any]:
        fixed, last = len(self.parameters) - 1, self.parameters[-1].type
        first = [fit(parameter.type, arguments[at]) for at, parameter in enumerate(self.parameters[:-1])]
        rest = list(arguments[fixed:])
        if not fixed and last != "list" and len(rest) == 1 and type(rest[0]) is list:
            rest = rest[0]
        return [*first, *(fit(last, item) for item in rest)]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A built-in function."""

    name: str
    forms: tuple[Form, ...]
    cost: int = 1  #: work of a call, beside walking through its arguments

    def bind(self, arguments: Sequence[Run], names: Sequence[str] | None, position: int) -> Run:
        """The call as a function of the scope. Raises :class:`FeelError` when no form takes these arguments."""
        forms: list[tuple[Form, Sequence[int | None]]]
        if names is None:
            forms = [(form, list(range(len(arguments)))) for form in self.forms if form.takes(len(arguments))]
        else:
            ordered = [(form, form.order(names)) for form in self.forms]
            forms = [(form, order) for form, order in ordered if order is not None]
        if not forms:
            raise FeelError(f"La fonction « {self.name} » s’écrit {self.usage()}", position)
        return _call(forms, tuple(arguments), self.cost)

    def usage(self) -> str:
        """How it is written, for messages."""
        return " ou ".join(f"{self.name}({form.usage()})" for form in self.forms)


def _call(forms: Sequence[tuple[Form, Sequence[int | None]]], arguments: tuple[Run, ...], cost: int) -> Run:
    first, placed = forms[0][0], list(forms[0][1]) == list(range(len(arguments)))
    plain = first.plain(len(arguments)) if placed else None

    def run(scope: Names) -> Any:
        given = [argument(scope) for argument in arguments]
        scope.root.spend(cost + sum(_weight(item, scope) for item in given if type(item) not in _LIGHT))
        if plain == [type(item) for item in given]:
            return _result(first.implementation, given)  # nothing to convert: what most calls are
        for form, order in forms:
            try:
                fitted = form.fit([None if place is None else given[place] for place in order])
            except _Unfit:
                continue
            return _result(form.implementation, fitted)
        return None

    return run


def _weight(item: Any, scope: Names) -> int:
    return weight(item, scope.root.left)


def _result(implementation: Implementation, arguments: list[Any]) -> Any:
    try:
        found = value(implementation(*arguments))
    except FeelError:
        raise
    except (DecimalException, ArithmeticError, ValueError, LookupError):
        return None
    if type(found) is list and len(found) > MAX_LIST:
        raise FeelLimit(f"Cette expression construit une liste de plus de {MAX_LIST} éléments")
    return found


FUNCTIONS: dict[str, Builtin] = {}


def builtin(name: str, *signatures: str, cost: int = 1) -> Callable[[Implementation], Implementation]:
    """Register an implementation under a FEEL name, with its signatures: ``"list: list, position: number?"``.

    ``?`` after the type marks an optional parameter, ``...`` after the last name any number of them.
    """

    def register(implementation: Implementation) -> Implementation:
        forms = tuple(_form(signature, implementation) for signature in signatures)
        before = FUNCTIONS[name].forms if name in FUNCTIONS else ()
        FUNCTIONS[name] = Builtin(name, before + forms, cost)
        return implementation

    return register


def _form(signature: str, implementation: Implementation) -> Form:
    parameters = []
    for part in filter(None, signature.split(", ")):
        name, _, kind = part.partition(": ")
        parameters.append(Parameter(name.removesuffix("..."), kind.removesuffix("?"), kind.endswith("?")))
    return Form(tuple(parameters), "...: " in signature, implementation)


# Fitting arguments (DMN 1.3 §10.3.2.9.4) ------------------------------------------------------------------------------


def fit(wanted: str, argument: Any) -> Any:
    """The argument as the type wanted. Raises :class:`_Unfit`."""
    if wanted == "any":
        return argument
    if wanted == "list":
        if argument is None:
            raise _Unfit
        return argument if type(argument) is list else [argument]
    if type(argument) is list and len(argument) == 1:
        argument = argument[0]
    kind = kind_of(argument)
    if kind == wanted or kind in _SETS.get(wanted, ()):
        return argument
    return _cast(wanted, argument)


_SETS = {
    "duration": {"days and time duration", "years and months duration"},
    "point": {
        "number",
        "string",
        "date",
        "time",
        "date and time",
        "days and time duration",
        "years and months duration",
        "range",
    },
}


def _cast(wanted: str, argument: Any) -> Any:
    if type(argument) is date and wanted == "date and time":
        return datetime.combine(argument, time(), UTC)
    if type(argument) is datetime and wanted == "date":
        return argument.date()
    if type(argument) is datetime and wanted == "time":
        return argument.timetz()
    raise _Unfit
