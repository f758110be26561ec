"""What surrounds a drawing, as far as it is known to who checks it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.circuits.circuit import Circuit
    from engine.feel.tables import Decisions


@dataclass(frozen=True, slots=True)
class Around:
    """What a drawing may name that is not in it. None: not known, and nothing is said about it."""

    circuits: Collection[str] | Mapping[str, Circuit] | None = None  #: short names, compiled if they can be
    desks: Collection[str] | None = None  #: short names
    unfit: Mapping[str, str] = field(default_factory=dict)  #: desks that nothing may aim at: why, in French
    functions: Collection[str] | None = None  #: functions that desks have, and their short names
    services: Collection[str] | None = None  #: names of those that are installed
    rewriting: Collection[str] = ()  #: services that give a signed document other bytes than those signed
    fields: Collection[str] | None = None  #: variables that folders bring, besides those given to all
    advice: bool = False  #: whether to say also what is right and yet often forgotten: steps without delay
    decisions: Mapping[str, Decisions] | None = None  #: files of decisions, by short name


#: What every folder gives to its circuit (docs/circuits.md, Variables).
GIVEN_AT_START = frozenset({"title", "type", "subtype", "emitter", "hierarchy", "functions", "chosen"})
#: What it gives when it has one: the amount in euros.
GIVEN_PERHAPS = frozenset({"amount"})
