"""Blocks with events: thrown, caught, on boundaries, after an event gateway, links."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.circuits.oracle.building import Context, Tail
from tests.circuits.oracle.drawing import Kind, Timer
from tests.circuits.oracle.expressions import Expression, Lit, Name, Temporal

if TYPE_CHECKING:
    from tests.circuits.oracle.generator import Draughtsman


class EventBlocks:
    """The events of a draughtsman."""

    # Names

    def signal_name(self: Draughtsman) -> str:
        return self.rng.choice(["alarm", "go"])

    def message_name(self: Draughtsman) -> str:
        return self.rng.choice(["reply", "receipt"])

    def code(self: Draughtsman) -> str:
        return self.rng.choice(["broken", "missing"])

    # What an event waits for

    def timer(self: Draughtsman, *, cycles: bool = False) -> dict[str, Any]:
        rng = self.rng
        length = rng.choice(["PT15M", "PT1H", "PT2H", "PT90M", "P1D", "P1DT6H", "P1W", "P1M"])
        choices: list[tuple[str, str | Expression]] = [
            ("timeDuration", length),
            ("timeDuration", length),
            ("timeDuration", Temporal("duration", rng.choice(["PT1H", "P3D"]))),
            ("timeDuration", Name(rng.choice(["soon", "later"]))),
            (
                "timeDate",
                rng.choice(["2027-01-30T13:00:00+01:00", "2027-02-02T00:30:00Z", "2026-12-31T23:00:00-05:00"]),
            ),
            ("timeDate", Temporal("date and time", "2027-02-01T08:00:00Z")),
            ("timeCycle", rng.choice(["R3/PT1H", "R2/P1D"])),
        ]
        if cycles:
            choices += [("timeCycle", rng.choice(["R3/PT1H", "R2/PT45M", "R/PT6H", "R/P1D", "R1/PT20M"]))] * 3
        form, value = rng.choice(choices)
        return {"trigger": "timer", "timer": Timer(form, value)}

    def message(self: Draughtsman, context: Context) -> dict[str, Any]:
        made = self.told_apart(self.rng.choice(["k1", "k2"]), context)
        key = Lit(made) if isinstance(made, str) else made
        return {
            "trigger": "message",
            "name": self.message_name(),
            "correlation": Name("case") if self.chance(0.2) else key,
        }

    def awaited(self: Draughtsman, context: Context, *, cycles: bool = False) -> dict[str, Any]:
        """A timer, a message or a signal."""
        roll = self.rng.random()
        if roll < 0.4:
            return self.timer(cycles=cycles)
        return self.message(context) if roll < 0.7 else {"trigger": "signal", "name": self.signal_name()}

    # Blocks

    def thrown(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """An event that throws."""
        said: list[dict[str, Any]] = [
            {},
            {"trigger": "message", "name": self.message_name(), "service": "transmission"},
            *[{"trigger": "signal", "name": self.signal_name()}] * 3,
        ]
        if context.in_scope or self.chance(0.1):
            said += [{"trigger": "escalation", "name": self.code()}] * 3
        return self.add(Kind.THROW, "throw", tail, **self.rng.choice(said))

    def caught(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """A token waits for a timer or a message."""
        said = self.timer() if self.chance(0.5) else self.message(context)
        return self.add(Kind.CATCH, "catch", tail, **said)

    def event_gateway(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """The first of several events."""
        gate = self.add(Kind.EVENTS, "events", tail)
        caught = [self.add(Kind.CATCH, "catch", gate, **self.awaited(context)) for _ in range(self.rng.randint(2, 3))]
        return self.merge(Kind.EXCLUSIVE, "merge", self.branches(caught, context))

    def linked(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """The rest of the page; sometimes from two places."""
        name = self.names.new("page")
        tails = [tail]
        if self.chance(0.4):
            tails = self.branches(self.split(tail, Kind.EXCLUSIVE, 2), context)
        for end in tails:
            self.add(Kind.THROW, "link", end, trigger="link", name=name)
        return self.add(Kind.CATCH, "link", trigger="link", name=name)

    def rendezvous(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """One branch waits for the signal that the other throws."""
        waits, throws = self.split(tail, Kind.PARALLEL, 2)
        name = self.signal_name()
        waits = self.add(Kind.CATCH, "catch", waits, trigger="signal", name=name)
        if self.chance(0.7):
            throws = self.block(throws, context.branch())
        throws = self.add(Kind.THROW, "throw", throws, trigger="signal", name=name)
        return self.merge(Kind.PARALLEL, "join", [waits, throws])

    def guarded(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """A step with boundary events."""
        return self.with_boundaries(self.plain_step(tail, context), context, at_least=1)

    # Boundaries

    def with_error(self: Draughtsman, activity: Tail, context: Context) -> Tail:
        """Whatever an error leads to meets the way that goes on."""
        name = self.code() if self.chance(0.7) else ""
        caught = self.add(Kind.BOUNDARY, "bound", attached=activity.node, trigger="error", name=name)
        return self.meet(activity, [caught], context)

    def with_boundaries(self: Draughtsman, activity: Tail, context: Context, at_least: int = 0) -> Tail:
        """Boundary events: those that interrupt meet the way that goes on or end, the others end on their own."""
        holds = self.node(activity.node).kind in (Kind.SUB, Kind.CALL)
        interrupting: list[Tail] = []
        for _ in range(max(at_least, self.rng.choice([1, 1, 2, 2] if holds else [0, 0, 1]))):
            interrupts = self.chance(0.6)
            said = self.awaited(context, cycles=not interrupts)
            if holds and self.chance(0.6):
                trigger = self.rng.choice(["error", "escalation"])
                interrupts = interrupts or trigger == "error"
                said = {"trigger": trigger, "name": self.code() if self.chance(0.7) else ""}
                if said["trigger"] in {self.node(t.node).trigger for t in interrupting}:
                    continue
            event = self.add(Kind.BOUNDARY, "bound", attached=activity.node, interrupting=interrupts, **said)
            if interrupts:
                interrupting.append(event)
            else:
                self.side_way(event, context)
        return self.meet(activity, interrupting, context) if interrupting else activity

    def side_way(self: Draughtsman, tail: Tail, context: Context) -> None:
        """A way of its own, that ends."""
        stays = not context.in_loop and self.chance(0.6)
        tail = self.plain_step(tail, context) if stays else self.thrown(tail, context)
        if self.chance(0.1):
            self.dead_end(tail, context)
        else:
            self.add(Kind.END, "end", tail)

    def meet(self: Draughtsman, activity: Tail, others: list[Tail], context: Context) -> Tail:
        tails = [activity]
        for tail in others:
            if self.chance(0.2):
                self.dead_end(tail, context)
                continue
            tails.append(self.block(tail, context) if self.chance(0.5) else tail)
        return self.merge(Kind.EXCLUSIVE, "merge", tails)
