"""Which variables have a value at each element of a drawing, whatever way a folder came.

A name is known at an element when every way that leads there passes something that gives it. Ways run through
sub-processes and out of boundary events; the branches that a parallel join gathers have all been gone through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from engine.circuits.drawing import (
    BOUNDARY,
    END,
    ERROR,
    PARALLEL,
    START,
    SUB_PROCESS,
    Drawing,
    Node,
    is_link_catch,
)

#: What an element adds to what is known: names of variables; None: nobody knows, so perhaps any.
Given = Callable[[Drawing, Node], Iterable[str] | None]
#: Every name: what is known of an element that is never reached.
_ALL = -1
#: Names that each instance of a repeated activity sees, besides its item.
LOOP_COUNTER = "loopCounter"


class DataFlow:
    """The names known at each element."""

    def __init__(self, drawing: Drawing, start: Iterable[str], given: Given) -> None:
        """``start``: names known when the circuit starts; ``given``: what each element adds once it is left."""
        self._bits: dict[str, int] = {}
        self._places: dict[int, int] = {}
        self._every = list(drawing.every())
        for place, (_, node) in enumerate(self._every):
            self._places[id(node)] = place
        self._start = self._mask(start)
        added = [given(scope, node) for scope, node in self._every]
        self._adds = [_ALL if names is None else self._mask(names) for names in added]
        self._hosts = {id(node.inner): node for _, node in self._every if node.inner is not None}
        self._before = [_ALL] * len(self._every)
        self._after = [_ALL] * len(self._every)
        self._run()

    def known_at(self, node: Node) -> Callable[[str], bool]:
        """Tells of a name whether it is known when a token reaches ``node``, or has been."""
        mask = self._before[self._places[id(node)]]
        return lambda name: bool(mask & self._bits.get(name, 0)) or mask == _ALL

    def known_at_end(self, drawing: Drawing) -> frozenset[str]:
        """The names known however the circuit ends."""
        mask = self._at_ends(drawing)
        return frozenset(name for name, bit in self._bits.items() if mask & bit) if mask != _ALL else frozenset()

    def _mask(self, names: Iterable[str]) -> int:
        mask = 0
        for name in names:
            mask |= self._bits.setdefault(name, 1 << len(self._bits))
        return mask

    def _run(self) -> None:
        changed = True
        while changed:
            changed = False
            for place, (scope, node) in enumerate(self._every):
                before = self._arriving(scope, node)
                after = (self._inside(node) if node.inner is not None else before) | self._adds[place]
                if (before, after) != (self._before[place], self._after[place]):
                    self._before[place], self._after[place] = before, after
                    changed = True

    def _arriving(self, scope: Drawing, node: Node) -> int:
        if node.kind == START:
            host = self._hosts.get(id(scope))
            return (
                self._start if host is None else self._before[self._places[id(host)]] | self._mask(instance_names(host))
            )
        if node.kind == BOUNDARY:
            return self._before[self._places[id(scope.nodes[node.attached_to])]]
        sources = [scope.nodes[scope.flows[flow].source] for flow in node.incoming]
        if is_link_catch(node):
            sources += [other for other in scope.nodes.values() if node.id in scope.after(other)]
        masks = [self._after[self._places[id(source)]] for source in sources]
        joined = 0 if node.kind == PARALLEL else _ALL
        for mask in masks:
            joined = joined | mask if node.kind == PARALLEL else joined & mask
        return joined

    def _inside(self, node: Node) -> int:
        """What is known when a sub-process is left; what its instances write is forgotten."""
        if node.kind != SUB_PROCESS or node.repeat is not None or node.inner is None:
            return self._before[self._places[id(node)]]
        return self._at_ends(node.inner)

    def _at_ends(self, scope: Drawing) -> int:
        mask = _ALL
        for node in scope.nodes.values():
            if node.kind == END and node.event_kind != ERROR and not node.result:
                mask &= self._before[self._places[id(node)]]
        return mask


def instance_names(node: Node) -> list[str]:
    """What an instance of a repeated activity sees of its own."""
    repeat = node.repeat
    if repeat is None:
        return []
    return [LOOP_COUNTER, *(["desk"] if repeat.of_desks else [repeat.item] if repeat.item else [])]
