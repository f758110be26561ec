"""Functions on contexts (DMN 1.3 table 77 and, for the making of contexts, those of DMN 1.4)."""

from __future__ import annotations

from typing import Any

from engine.feel.functions.registry import builtin
from engine.feel.values import value


@builtin("get value", "m: context, key: string")
def _get_value(context: dict[str, Any], key: str) -> Any:
    return context.get(key)


@builtin("get value", "m: context, keys: list")
def _get_deep_value(context: dict[str, Any], keys: list[Any]) -> Any:
    found: Any = context
    for key in keys:
        found = found.get(key) if type(found) is dict and type(key) is str else None
    return found


@builtin("get entries", "m: context")
def _get_entries(context: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": item} for key, item in context.items()]


@builtin("context", "entries...: context")
def _context(*entries: dict[str, Any]) -> dict[str, Any] | None:
    made: dict[str, Any] = {}
    for entry in entries:
        key = entry.get("key")
        if type(key) is not str or "value" not in entry or key in made:
            return None
        made[key] = entry["value"]
    return made


@builtin("context put", "context: context, key: string, value: any")
def _put(context: dict[str, Any], key: str, item: Any) -> dict[str, Any]:
    return {**context, key: item}


@builtin("context put", "context: context, keys: list, value: any")
def _put_deep(context: dict[str, Any], keys: list[Any], item: Any) -> dict[str, Any] | None:
    if not keys or type(keys[0]) is not str:
        return None
    if len(keys) > 1:
        inner = value(context.get(keys[0]))
        item = _put_deep(inner, keys[1:], item) if type(inner) is dict else None
        if item is None:
            return None
    return {**context, keys[0]: item}


@builtin("context merge", "contexts...: context")
def _merge(*contexts: dict[str, Any]) -> dict[str, Any]:
    return {key: item for context in contexts for key, item in context.items()}
