"""Human steps, work, sub-processes and calls, repeated or not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.circuits.oracle.drawing import HUMAN, Circuit, Kind, Node
from tests.circuits.oracle.events import CAUGHT_OUTSIDE
from tests.circuits.oracle.marks import Frame, Instance, Scope, Seat, Token
from tests.circuits.oracle.paths import refusal_is_drawn
from tests.circuits.oracle.quorum import REFUSALS, by_mode, counters

if TYPE_CHECKING:
    from tests.circuits.oracle.interpreter import Run


class Activities:
    """The part of a run that opens activities and ends them."""

    # Opening

    def open_activity(self: Run, token: Token) -> None:
        """Boundary events listen, then the instances open: all, or the first of a sequence."""
        node, frame = token.node, token.scope.frame
        if node.repeat is None:
            token.instances = [Instance(None, frame)]
        else:
            token.instances = [
                Instance(index, Frame({**named, "loopCounter": index}, frame))
                for index, named in enumerate(self.items(node, frame), 1)
            ]
        if not token.instances:
            self.finish(token, "approved", {})
            return
        for event in token.scope.drawing.boundaries[node.id]:
            if event.trigger in CAUGHT_OUTSIDE:
                self.wait(token, event)
        first = 1 if node.repeat and node.repeat.sequential else len(token.instances)
        for instance in token.instances[:first]:
            self.open_instance(token, instance)

    def items(self: Run, node: Node, frame: Frame) -> list[dict[str, Any]]:
        """What each instance sees of the list, or nothing when it is only a number of times."""
        repeat = node.repeat
        if repeat.times:
            return [{} for _ in range(int(repeat.times.value(frame.read)))]
        listed = repeat.collection.value(frame.read) if repeat.collection else frame.read(repeat.over)
        return [{repeat.item: item} if repeat.item else {} for item in listed]

    def open_instance(self: Run, token: Token, instance: Instance) -> None:
        node = token.node
        instance.status = "open"
        if node.kind in HUMAN:
            aimed = desks(node, instance.frame)
            for position, desk in enumerate(aimed, 1):
                index = position if len(aimed) > 1 else instance.index
                instance.seats.append(Seat(self.tick(), token, instance, desk=desk, index=index))
        elif node.kind is Kind.WORK:
            given = {name: value.value(instance.frame.read) for name, value in node.input.items()}
            instance.seats.append(Seat(self.tick(), token, instance, index=instance.index, input=given))
        else:
            instance.scope = self.scope_inside(token, instance)
            self.arrive_at_start(instance.scope)

    def scope_inside(self: Run, token: Token, instance: Instance) -> Scope:
        """A sub-process shares the variables around it; a called circuit has its own over them."""
        node, around = token.node, token.scope
        place = around.place_of(node)
        if node.kind is Kind.SUB:
            return Scope(node.inside, around.circuit, instance.frame, token, instance, self.tick(), place)
        called: Circuit = around.circuit.called[node.called]
        return Scope(called.drawing, called, Frame({}, instance.frame), token, instance, self.tick(), place)

    # Ending

    def act(self: Run, seat: Seat, outcome: str, by: dict[str, Any]) -> None:
        """One desk gives an outcome: the instance ends when its desks are enough."""
        instance = seat.instance
        seat.outcome = outcome
        instance.by = by
        instance.given.append(outcome)
        if len(instance.seats) == 1:
            decided: str | None = outcome
        else:
            decided = by_mode(seat.token.node.mode, instance.given, len(instance.seats))
        if decided:
            instance.outcome = decided
            self.end_instance(seat.token, instance)

    def end_instance(self: Run, token: Token, instance: Instance) -> None:
        """What the instance gave is collected, then the whole activity may be decided, or the next instance opens."""
        instance.status = "done"
        repeat = token.node.repeat
        if repeat is None:
            self.finish(token, instance.outcome, instance.by)
            return
        if repeat.collect:
            instance.collected = instance.frame.own.get(repeat.collect)
        token.ended.append(instance)
        decided = self.decide(token)
        if decided:
            self.finish(token, decided, instance.by)
        elif repeat.sequential:
            self.open_instance(token, next(other for other in token.instances if other.status == "future"))

    def decide(self: Run, token: Token) -> str | None:
        """A completion condition, else the mode of a human step, else all instances."""
        repeat, total = token.node.repeat, len(token.instances)
        given = [instance.outcome for instance in token.ended]
        if repeat.completion:
            active = sum(instance.status == "open" for instance in token.instances)
            seen = Frame(counters(total, active, given), token.scope.frame)
            if repeat.completion.value(seen.read) is True:
                return "approved"
        elif token.node.kind in HUMAN:
            return by_mode(token.node.mode, given, total)
        if len(given) < total:
            return None
        return "rejected" if any(word in REFUSALS for word in given) else "approved"

    def finish(self: Run, token: Token, outcome: str, by: dict[str, Any]) -> None:
        """The activity is left; a human step first says how it ended, and a refusal that is not drawn ends the run."""
        node, scope = token.node, token.scope
        if node.repeat and node.repeat.into:
            scope.frame.own[node.repeat.into] = [instance.collected for instance in token.instances]
        if node.kind in HUMAN:
            scope.frame.own["outcome"] = outcome
            given = {"outcome": outcome, "desk": by.get("desk"), "account": by.get("account")}
            scope.frame.own["outcomes"] = {**scope.frame.own.get("outcomes", {}), node.id: given}
            if outcome in REFUSALS and not refusal_is_drawn(scope.drawing, node.id):
                self.end_run()
                return
        self.leave(token, node)


def desks(node: Node, frame: Frame) -> list[str]:
    """Short names, the word ``emitter`` (which the folder understands), what an expression gives, or the lane."""
    if not node.desk:
        return [node.lane]
    found = node.desk.split(",") if isinstance(node.desk, str) else node.desk.value(frame.read)
    return [found] if isinstance(found, str) else list(found)
