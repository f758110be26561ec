"""Moving a run from one version of its circuit to another: where each token lands, or why it cannot.

Pure. A token lands on the element that has the same id, is of the same kind and is in the same sub-process. Moments of
timers, keys of messages, instances, desks and inputs stay what they were when they were asked. The tokens are then
played on the new drawing: a run only moves to where it can go on to an end.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from engine.circuits.aims import aimed, is_calculated
from engine.circuits.circuit import Circuit
from engine.circuits.drawing import (
    CALL,
    CATCH,
    EVENT_GATEWAY,
    INCLUSIVE,
    MESSAGE,
    PARALLEL,
    SERVICE,
    STEPS,
    TIMER,
    Drawing,
    Node,
)
from engine.circuits.playing import awaited
from engine.circuits.running.tokens import AIMED, FLOW, INDEX, KEYS, TIMERS
from engine.circuits.soundness import play
from engine.circuits.state import dump, load
from engine.circuits.values import Awaited, Level

_ANY = datetime.max.replace(tzinfo=UTC)
#: Ids of the sub-processes that lead to an element, then its own.
_Place = tuple[str, ...]
#: Where a token is in its row (see ``engine.circuits.state``).
_NODE, _SERIAL, _INTERNAL, _INSTANCES, _INSIDE = range(5)


class Immovable(Exception):
    """A run that cannot move; the message is French."""


@dataclass(frozen=True, slots=True)
class Landing:
    """Where one token of a run lands."""

    token: str  #: its public identifier
    element_id: str
    what: str  #: French: « étape », « tâche »…
    before: str  #: name of the element in the present version
    after: str  #: and in the other
    is_step: bool


@dataclass(frozen=True, slots=True)
class Moved:
    """A run as it is once moved."""

    state: bytes
    landings: tuple[Landing, ...]
    awaited: tuple[Awaited, ...]


def move(state: bytes, old: Circuit, new: Circuit) -> Moved:
    """The run of ``state`` on ``new``, with where each of its tokens lands. Raises :class:`Immovable`."""
    run = load(state, old, _ANY)
    if new.keeps_outcomes and not old.keeps_outcomes:
        raise Immovable(
            "la nouvelle version lit les réponses des étapes déjà faites (outcomes), que ce dossier n’a pas gardées"
        )
    stored = orjson.loads(dump(run))
    landings: list[Landing] = []
    stored[4] = _Mover(old, new, landings, run.public).scope(stored[4], old.drawing, new.drawing)
    moved = orjson.dumps(stored)
    load(moved, new, _ANY)
    return Moved(moved, tuple(landings), tuple(awaited(new, moved)))


class _Mover:
    def __init__(self, old: Circuit, new: Circuit, landings: list[Landing], public: Any) -> None:
        self._old, self._new = old, new
        self._landings, self._public = landings, public
        self._places = {id(node): place for place, _, node in _placed(old.drawing)}
        self._nodes = {place: node for place, _, node in _placed(new.drawing)}
        self._numbers = {id(spec.node): spec.number for spec in new.specs}
        self._old_flows = [flow.id for scope in old.drawing.scopes() for flow in scope.flows.values()]
        flows = [(id(scope), flow.id) for scope in new.drawing.scopes() for flow in scope.flows.values()]
        self._new_flows = {flow: number for number, flow in enumerate(flows)}

    def scope(self, stored: list[Any], before: Drawing, after: Drawing) -> list[Any]:
        """The tokens of a scope, moved, then played from there."""
        rows, marking = [], set[str]()
        for row in stored[1]:
            moved, node = self._row(row, after)
            flow = self._flow_of(row, node)
            if flow in marking:
                raise Immovable(f"deux branches arriveraient ensemble sur {_called(node)}")
            marking |= {flow, *self._happened(after, node, _kept(moved))}
            rows.append(moved)
        faults = [finding for finding in play(after, marking=frozenset(marking)) if finding.level is Level.ERROR]
        if rows and faults:
            raise Immovable(f"le circuit ne pourrait pas continuer de là : {_inside(faults[0].sentence)}")
        return [stored[0], rows]

    def _flow_of(self, row: Sequence[Any], node: Node) -> str:
        """The flow by which a token is taken to have come: at a join it matters, elsewhere any will do."""
        kept = _kept(row)
        return self._old_flows[kept[FLOW]] if FLOW in kept else node.incoming[0]

    def _row(self, row: list[Any], after: Drawing) -> tuple[list[Any], Node]:
        old = self._old.specs[row[_NODE]].node
        node = self._landing(old)
        made = [self._numbers[id(node)], *row[1:]]
        if kept := _kept(row):
            made[_INTERNAL] = self._internal(kept, old, node, after)
        else:
            self._same_events(old, node, after)
        self._aim(made, old, node)
        several = len(row) > _INSTANCES and row[_INSTANCES]
        if several:
            made[_INSTANCES] = [self._row(instance, after)[0] for instance in row[_INSTANCES]]
        if len(row) > _INSIDE and row[_INSIDE]:
            made[_INSIDE] = self._within(row[_INSIDE], old, node)
        if not several:
            token = self._public(row[_SERIAL])
            self._landings.append(
                Landing(token, node.id, _what(node), old.name or old.id, node.name or node.id, node.kind in STEPS)
            )
        return made, node

    def _landing(self, old: Node) -> Node:
        node = self._nodes.get(self._places[id(old)])
        if node is None:
            raise Immovable(f"{_called(old)} n’existe plus, ou n’est plus au même endroit")
        if (node.kind, node.event_kind) != (old.kind, old.event_kind) or _kind_of_step(node) != _kind_of_step(old):
            raise Immovable(f"{_called(old)} n’est plus du même genre")
        if _repetition(old) != _repetition(node):
            raise Immovable(f"{_called(old)} n’est plus demandée de la même façon à plusieurs")
        if old.kind == CALL and old.called != node.called:
            raise Immovable(f"{_called(old)} appelle un autre circuit")
        if node.service is not None and old.service is not None and node.service.service != old.service.service:
            raise Immovable(f"{_called(old)} ne demande plus le même service")
        if old.kind in {PARALLEL, INCLUSIVE} and set(old.incoming) != set(node.incoming):
            raise Immovable(f"{_called(old)} n’attend plus les mêmes branches")
        return node

    def _internal(self, kept: Mapping[str, Any], old: Node, node: Node, after: Drawing) -> dict[str, Any]:
        made = dict(kept)
        if FLOW in kept:
            made[FLOW] = self._new_flows[id(after), self._old_flows[kept[FLOW]]]
        if INDEX not in kept:  # the events of a repeated activity belong to the whole
            self._same_events(old, node, after)
        for key in (TIMERS, KEYS):
            if key in kept:
                made[key] = [[self._event(row[0]), *row[1:]] for row in kept[key]]
        return made

    def _event(self, number: int) -> int:
        return self._numbers[id(self._landing(self._old.specs[number].node))]

    def _same_events(self, old: Node, node: Node, after: Drawing) -> None:
        """What a token waits for was armed when it arrived: nothing may have been added, nor taken away."""
        before = dict(self._armed(self._old.drawing, old))
        now = dict(self._armed(self._new.drawing, node))
        for place in before.keys() ^ now.keys():
            event = before.get(place) or now[place]
            word = "n’existe plus" if place in before else "est nouveau"
            raise Immovable(f"l’évènement {event.label}, attendu par {_called(old)}, {word}")

    def _armed(self, drawing: Drawing, node: Node) -> Iterator[tuple[_Place, Node]]:
        """The timers and messages that a token which rests on this element waits for."""
        for place, scope, other in _placed(drawing):
            follows = node.kind == EVENT_GATEWAY and any(
                scope.flows[flow].source == node.id and scope.nodes.get(node.id) is node for flow in other.incoming
            )
            attached = other.attached_to == node.id and scope.nodes.get(node.id) is node
            if (other is node or follows or attached) and other.event_kind in {TIMER, MESSAGE}:
                yield place, other

    def _aim(self, made: list[Any], old: Node, node: Node) -> None:
        """A step that is open stays with its desk, whatever the new drawing says."""
        if old.step is None or node.step is None or old.repeat is not None or old.step.desk == node.step.desk:
            return
        if is_calculated(old.step.desk) or len(aimed(old.step.desk)) != 1:
            return  # kept already, where it was calculated
        while len(made) <= _INTERNAL:
            made.append(0)
        made[_INTERNAL] = {AIMED: old.step.desk, **(made[_INTERNAL] or {})}

    def _within(self, stored: list[Any], old: Node, node: Node) -> list[Any]:
        if old.kind == CALL:
            before, after = self._old.called[old.called], self._new.called[node.called]
            return _Mover(before, after, self._landings, self._public).scope(stored, before.drawing, after.drawing)
        assert old.inner is not None
        assert node.inner is not None
        return self.scope(stored, old.inner, node.inner)

    def _happened(self, after: Drawing, node: Node, internal: Mapping[str, Any]) -> Iterator[str]:
        """Boundary events that do not interrupt and have already come, or come again and again."""
        waiting = {row[0]: len(row) for key in (TIMERS, KEYS) for row in internal.get(key, ())}
        for boundary_id in after.boundaries.get(node.id, ()):
            boundary = after.nodes[boundary_id]
            armed = waiting.get(self._numbers[id(boundary)])
            again = armed is not None and armed > 2
            if not boundary.interrupting and boundary.event_kind in {TIMER, MESSAGE} and (armed is None or again):
                yield boundary_id


def _kept(row: Sequence[Any]) -> dict[str, Any]:
    """What a token keeps of its own."""
    found: dict[str, Any] = (row[_INTERNAL] if len(row) > _INTERNAL else None) or {}
    return found


def _placed(drawing: Drawing, outside: _Place = ()) -> Iterator[tuple[_Place, Drawing, Node]]:
    for node in drawing.nodes.values():
        place = (*outside, node.id)
        yield place, drawing, node
        if node.inner is not None:
            yield from _placed(node.inner, place)


def _kind_of_step(node: Node) -> str:
    return node.step.kind.value if node.step is not None else ""


def _repetition(node: Node) -> tuple[bool, ...]:
    repeat = node.repeat
    return () if repeat is None else (repeat.sequential, repeat.of_desks, bool(repeat.condition))


def _what(node: Node) -> str:
    if node.kind in STEPS:
        return "étape"
    if node.kind == SERVICE:
        return "tâche"
    if node.kind in {PARALLEL, INCLUSIVE}:
        return "jonction"
    return "évènement" if node.kind in {CATCH, EVENT_GATEWAY} else "sous-circuit"


def _called(node: Node) -> str:
    articles = {"étape": "l’étape", "tâche": "la tâche", "jonction": "la jonction", "évènement": "l’évènement"}
    return f"{articles.get(_what(node), 'le sous-circuit')} {node.label}"


def _inside(sentence: str) -> str:
    """A sentence within another."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
