"""Where names are looked up during one evaluation, and the work that it may still do."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from engine.feel.lex import FeelLimit
from engine.feel.values import value, weight

#: Work allowed to one evaluation: about one unit for each word evaluated in a loop and each item walked over.
MAX_WORK = 200_000


class Root:
    """The context given, with what remains of the work allowed."""

    __slots__ = ("_context", "_lists", "left", "now")

    def __init__(self, context: Mapping[str, Any], now: datetime | None = None) -> None:
        self._context = context
        self._lists: dict[str, Any] | None = None
        self.left = MAX_WORK
        self.now = now

    def get(self, name: str) -> Any:
        """The value of a name, ``null`` when nobody gave it."""
        raw = self._context.get(name)
        kind: type = type(raw)
        if kind is str or kind is bool or kind is dict:
            return raw
        if kind is not list:
            return value(raw)
        if self._lists is None:
            self._lists = {}
        if name not in self._lists:
            self._lists[name] = take(raw, self)
        return self._lists[name]

    @property
    def root(self) -> Root:
        """Itself."""
        return self

    def spend(self, work: int) -> None:
        """Count work done. Raises :class:`FeelLimit` when it is too much."""
        self.left -= work
        if self.left < 0:
            raise FeelLimit("Cette expression demande trop de calculs sur ces données")


class Scope:
    """Names of a loop, a function or a context, in front of those outside."""

    __slots__ = ("_names", "_outer", "root")

    def __init__(self, outer: Names, names: Mapping[str, Any]) -> None:
        self.root: Root = outer.root
        self._outer = outer
        self._names = names

    def get(self, name: str) -> Any:
        """The value of a name, ``null`` when nobody gave it."""
        return self._names[name] if name in self._names else self._outer.get(name)

    def spend(self, work: int) -> None:
        """Count work done. Raises :class:`FeelLimit` when it is too much."""
        self.root.spend(work)


class ItemScope(Scope):
    """The item that a filter looks at: ``item`` itself and, when it is a context, its entries."""

    __slots__ = ("_item",)

    def __init__(self, outer: Names, item: Any) -> None:
        super().__init__(outer, item if type(item) is dict else {})
        self._item = item

    def get(self, name: str) -> Any:
        """An entry of the item, the item, or a name outside."""
        if name in self._names:
            return take(self._names[name], self)
        return self._item if name == "item" else self._outer.get(name)


Names = Root | Scope


def take(raw: Any, scope: Names) -> Any:
    """The value of something read inside data, its size counted as work."""
    if type(raw) in _SIZED:
        charge(raw, scope)
    return value(raw)


def charge(item: Any, scope: Names) -> None:
    """Count a value as work, for what it holds."""
    root = scope.root
    root.spend(weight(item, root.left))


_SIZED = (list, tuple, str)
