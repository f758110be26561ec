"""Whom a step aims at: short names of desks, and words that stand for a desk of the folder (docs/circuits.md)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import orjson

#: The desk that deposited the folder.
EMITTER = "emitter"
#: The desk above it.
SUPERIOR = "superior"
#: A desk that whoever deposits chooses for this step.
CHOSEN = "chosen"
#: Followed by a function: the nearest desk, from the emitter upwards, that has it.
UP_TO = "up-to:"
WORDS = frozenset({EMITTER, SUPERIOR, CHOSEN})

#: Variables given at start that these words read.
HIERARCHY, FUNCTIONS, CHOICES = "hierarchy", "functions", "chosen"


def aimed(desk: str) -> tuple[str, ...]:
    """The names and words of ``parapheur:desk``; none of an expression."""
    if desk.startswith("="):
        return ()
    return tuple(part.strip() for part in desk.split(",") if part.strip())


def is_word(name: str) -> bool:
    """Whether it stands for a desk of the folder, and names none."""
    return name in WORDS or name.startswith(UP_TO)


def is_calculated(desk: str) -> bool:
    """Whether the desks of a step are only known when it opens: an expression, or a word other than ``emitter``."""
    return desk.startswith("=") or any(is_word(name) and name != EMITTER for name in aimed(desk))


def place_of(path: str, element_id: str) -> str:
    """The step of a circuit, told from those of the circuits that it calls. ``path``: the call activities before it."""
    return f"{path}/{element_id}".lstrip("/")


def designated(name: str, place: str, variables: Mapping[str, Any]) -> str | None:
    """The short name that a name or word gives in this folder, ``emitter`` as it is; None when it gives none."""
    if name == SUPERIOR:
        above = variables.get(HIERARCHY)
        return _text(above[0]) if isinstance(above, list) and above else None
    if name == CHOSEN:
        return _text(_entry(variables.get(CHOICES), place))
    if name.startswith(UP_TO):
        return _text(_entry(variables.get(FUNCTIONS), name.removeprefix(UP_TO).strip()))
    return name


def in_feel(name: str, place: str) -> str:
    """A name or word as the FEEL expression that gives the same desk."""
    if name == SUPERIOR:
        return f"{HIERARCHY}[1]"
    if name == CHOSEN:
        return f"get value({CHOICES}, {_quoted(place)})"
    if name.startswith(UP_TO):
        return f"get value({FUNCTIONS}, {_quoted(name.removeprefix(UP_TO).strip())})"
    return _quoted(name)


def each_once(names: Iterable[str], variables: Mapping[str, Any]) -> list[str]:
    """Desks without those said twice: one that has two of the functions asked acts once."""
    emitter = variables.get(EMITTER)
    found: dict[object, str] = {}
    for name in names:
        found.setdefault(emitter if name == EMITTER and emitter else name, name)
    return list(found.values())


def nobody(label: str, name: str, variables: Mapping[str, Any]) -> str:
    """Why a word gives no desk in this folder, in French. ``label``: the step, between quotation marks."""
    emitter = variables.get(EMITTER) or "le bureau qui dépose"
    whose = f"« {emitter} »" if variables.get(EMITTER) else emitter
    if name == SUPERIOR:
        return (
            f"L’étape {label} revient au supérieur de {whose}, au-dessus duquel aucun bureau ne peut agir."
            " Déposez au nom d’un autre bureau, ou faites compléter l’arbre des bureaux par l’administrateur."
        )
    if name == CHOSEN:
        return (
            f"L’étape {label} revient à un bureau choisi au dépôt, et aucun ne l’a été."
            " Choisissez-le parmi les bureaux associés à celui qui dépose."
        )
    function = name.removeprefix(UP_TO).strip()
    return (
        f"L’étape {label} remonte l’arbre des bureaux depuis {whose} jusqu’à la fonction « {function} »,"
        " que n’y porte aucun bureau qui puisse agir. Déposez au nom d’un autre bureau, ou prévenez l’administrateur."
    )


def _entry(context: Any, key: str) -> Any:
    return context.get(key) if isinstance(context, Mapping) else None


def _quoted(text: str) -> str:
    return orjson.dumps(text).decode()


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) and value else None
