"""A document that changes after a signature: what was signed would no longer be what is sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from engine.circuits.around import Around
from engine.circuits.drawing import Drawing, Node
from engine.circuits.findings import error, warning
from engine.circuits.soundness import Budget, Spent, resting
from engine.circuits.values import Finding, StepKind

_REMEDY = "Placez ce service avant la première signature."


def check_signatures(drawing: Drawing, around: Around) -> Iterator[Finding]:
    """Services that rewrite documents, where a signature may have been given: before them, or beside them.

    What a called circuit holds is laid to its call activity; within it, its own check speaks.
    """
    if not around.rewriting:
        return
    look = _Look(drawing, around)
    late = look.after_a_signature() | look.in_another_instance()
    beside: set[int] = set()
    unproved: set[int] = set()
    for scope in drawing.scopes():
        try:
            beside |= look.beside_a_signature(scope)
        except Spent:
            unproved |= {id(one) for node in scope.nodes.values() for one in _within(node)}
    for _, node in drawing.every():
        if not look.rewrites_itself(node):
            continue
        what = f"{node.label} réécrit le document (service « {look.service_of(node)} »)"
        if id(node) in late:
            yield error(node.id, f"{what} alors qu’il peut être déjà signé : la signature ne vaudrait plus.", _REMEDY)
        elif id(node) in beside:
            yield error(
                node.id,
                f"{what} pendant qu’une autre branche le signe : la signature pourrait ne plus valoir.",
                _REMEDY,
            )
        elif id(node) in unproved:
            yield warning(
                node.id, f"Non prouvé : que {what} avant toute signature. Les branches sont trop nombreuses.", _REMEDY
            )


class _Look:
    """Where a drawing signs, and where it rewrites."""

    def __init__(self, drawing: Drawing, around: Around) -> None:
        self._every = list(drawing.every())
        self._around = around
        self._hosts = {id(node.inner): (scope, node) for scope, node in self._every if node.inner is not None}

    def service_of(self, node: Node) -> str:
        """The service by which an element rewrites, in itself or in the circuit that it calls."""
        if node.service is not None and node.service.service in self._around.rewriting:
            return node.service.service
        inside = (other for _, other in self._called(node))
        return next((other.service.service for other in inside if _asks(other, self._around)), "")  # type: ignore[union-attr]

    def rewrites_itself(self, node: Node) -> bool:
        """Whether an element rewrites, but for what is drawn inside it."""
        return bool(self.service_of(node))

    def rewrites(self, node: Node) -> bool:
        """Whether it does, or something inside it."""
        return any(self.rewrites_itself(one) for one in _within(node))

    def signs_itself(self, node: Node) -> bool:
        """Whether an element asks for a signature, in itself or in the circuit that it calls."""
        return _is_signature(node) or any(_is_signature(other) for _, other in self._called(node))

    def signs(self, node: Node) -> bool:
        """Whether it does, or something inside it."""
        return any(self.signs_itself(one) for one in _within(node))

    def _called(self, node: Node) -> Iterator[tuple[Drawing, Node]]:
        known = self._around.circuits if isinstance(self._around.circuits, Mapping) else {}
        waiting = [known[node.called]] if node.called in known else []
        while waiting:
            circuit = waiting.pop()
            yield from circuit.drawing.every()
            waiting += circuit.called.values()

    def after_a_signature(self) -> set[int]:
        """The elements that a token may reach after a signature was given, in whatever scope."""
        waiting = [(scope, node) for scope, node in self._every if self.signs_itself(node)]
        found: set[int] = set()
        looked: set[tuple[int, bool]] = set()
        while waiting:
            scope, node = waiting.pop()
            state = (id(node), id(node) in found)
            if state in looked:
                continue
            looked.add(state)
            following = [(scope, scope.nodes[other]) for other in scope.after(node)]
            if node.inner is not None and id(node) in found:
                following += [(node.inner, inner) for inner in node.inner.nodes.values()]
            found.update(id(other) for _, other in following)
            waiting += following
            if id(scope) in self._hosts:
                waiting.append(self._hosts[id(scope)])
        return found

    def in_another_instance(self) -> set[int]:
        """What rewrites inside something repeated that signs too: one instance may sign before another rewrites."""
        repeated = [node for _, node in self._every if node.repeat is not None and not node.repeat.of_desks]
        return {id(one) for node in repeated if self.signs(node) for one in _within(node) if self.rewrites_itself(one)}

    def beside_a_signature(self, scope: Drawing) -> set[int]:
        """What may be waiting to rewrite while another branch of the scope signs. Raises ``Spent``."""
        signing = {node.id for node in scope.nodes.values() if self.signs(node)}
        rewriting = {node.id for node in scope.nodes.values() if self.rewrites(node)}
        if not signing or not rewriting or len(signing | rewriting) < 2:
            return set()
        found: set[str] = set()
        for held in resting(scope, Budget()):
            for name in held & rewriting:
                if (held & signing) - {name}:
                    found.add(name)
        return {id(one) for name in found for one in _within(scope.nodes[name]) if self.rewrites_itself(one)}


def _within(node: Node) -> Iterator[Node]:
    yield node
    if node.inner is not None:
        yield from (inner for _, inner in node.inner.every())


def _is_signature(node: Node) -> bool:
    return node.step is not None and node.step.kind is StepKind.SIGNATURE


def _asks(node: Node, around: Around) -> bool:
    return node.service is not None and node.service.service in around.rewriting
