"""Blocks with activities: steps, work, sub-processes, calls, repeated or not."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tests.circuits.oracle.building import CONSTANTS, LISTS, VARIABLES, Context, Tail, counter_text
from tests.circuits.oracle.drawing import Kind, Repeat
from tests.circuits.oracle.expressions import Expression, Lit, Name, Two, outcome_is

if TYPE_CHECKING:
    from tests.circuits.oracle.generator import Draughtsman


class ActivityBlocks:
    """The activities of a draughtsman."""

    # Human steps and work

    def step(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """A human step, whose refusal is drawn half of the time."""
        tail = self.plain_step(tail, context)
        return self.refusal(tail, context) if self.chance(0.5) else tail

    def plain_step(self: Draughtsman, tail: Tail, context: Context, **said: Any) -> Tail:
        kind = Kind.MANUAL if self.chance(0.1) else Kind.STEP
        fills = tuple(self.rng.sample(sorted(VARIABLES), self.rng.choice([0, 1, 1, 2])))
        said = {"fills": fills, **said}
        if self.chance(0.15):
            said["outcomes"] = ("later",)
        if "desk" not in said:
            said |= self.desk(context)
        made = self.add(kind, "step", tail, **said)
        self.steps.append(made.node)
        return made

    def desk(self: Draughtsman, context: Context) -> dict[str, Any]:
        """Who is aimed at: by name, by lane, the emitter, several, or what an expression gives."""
        base = self.names.new("desk")
        roll = self.rng.random()
        if context.items or roll < 0.6:
            return {"desk": self.told_apart(base, context)}
        if roll < 0.7:
            return {"lane": self.rng.choice(["accueil", "finances"])}
        if roll < 0.75:
            return {"desk": "emitter"}
        if roll < 0.8:
            return {"desk": Name("color")}
        mode = self.rng.choice(["", "all", "one", "1", "2"])
        return {"desk": f"{base}a,{base}b" if self.chance(0.7) else Name("pair"), "mode": mode}

    def refusal(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """A gateway that reads the outcome: the refusal ends, is thrown, or is repaired and comes back."""
        if self.chance(0.15):
            tail = self.add(Kind.THROW, "said", tail)
        if self.chance(0.1):
            tail = self.merge(Kind.EXCLUSIVE, "merge", self.split(tail, Kind.EXCLUSIVE, 2))
        word = self.rng.choice(["rejected", "rejected", "refer_back"])
        gate = self.add(Kind.EXCLUSIVE, "xor", tail)
        refused, goes_on = replace(gate, condition=outcome_is(word)), replace(gate, default=True)
        if self.chance(0.25):
            self.dead_end(refused, context)
            return goes_on
        return self.merge(Kind.EXCLUSIVE, "merge", [self.block(refused, context), goes_on])

    def work(self: Draughtsman, tail: Tail, context: Context, **said: Any) -> Tail:
        """A service task; its errors are caught half of the time."""
        given = {"who": _expression(self.told_apart("x", context)), "amount": Name("amount")}
        fills = tuple(self.rng.sample(sorted(VARIABLES), self.rng.choice([0, 1])))
        made = self.add(
            Kind.WORK,
            "work",
            tail,
            **{"service": self.rng.choice(["seal", "mail"]), "fills": fills, "input": given} | said,
        )
        return self.with_error(made, context) if self.chance(0.5) else made

    # Sub-processes and calls

    def sub_process(self: Draughtsman, tail: Tail, context: Context, **said: Any) -> Tail:
        inner = said.pop("inner", context.inside(counted=context.counted))
        drawn = self.another("inside")
        drawn.called, drawn.steps = self.called, list(self.steps)
        made = self.add(Kind.SUB, "sub", tail, inside=drawn.whole(inner).drawing, **said)
        return self.with_boundaries(made, context)

    def call(self: Draughtsman, tail: Tail, context: Context, **said: Any) -> Tail:
        inner = said.pop("inner", context.inside(counted=context.counted))
        short = self.circuit_to_call(inner)
        made = self.add(Kind.CALL, "call", tail, called=short, **said)
        return self.with_boundaries(made, context)

    def circuit_to_call(self: Draughtsman, inner: Context) -> str:
        """A new circuit, or one already drawn when it names nobody of this place."""
        alone = not inner.items and not inner.concurrent
        if self.names.reusable and alone and self.chance(0.4):
            short = self.rng.choice(sorted(self.names.reusable))
            self.called[short] = self.names.reusable[short]
            return short
        short = self.names.new("circuit")
        self.called[short] = self.another(short).whole(replace(inner, depth=min(inner.depth, 1)))
        if alone:
            self.names.reusable[short] = self.called[short]
        return short

    # Repeated

    def repeated(self: Draughtsman, tail: Tail, context: Context) -> Tail:
        """An activity for each of a list, or a number of times."""
        if context.counted:
            return self.step(tail, context)
        repeat, item, count = self.repeat()
        kind = self.rng.choice([Kind.STEP, Kind.STEP, Kind.WORK, Kind.SUB, Kind.CALL])
        if kind is Kind.STEP:
            return self.repeated_step(tail, context, repeat, item, count)
        if self.chance(0.3) and count:
            repeat.completion = Two(self.counter("CompletedInstances"), ">=", Lit(self.rng.randint(1, count)))
        if self.chance(0.5):
            repeat.collect, repeat.into = "note", "notes"
        if kind is Kind.WORK:
            who = _expression(self.told_apart("x", context, item))
            return self.work(tail, context, repeat=repeat, fills=("note",), input={"who": who})
        inner = context.inside(item, counted=not repeat.item)
        draw = self.sub_process if kind is Kind.SUB else self.call
        return draw(tail, context, repeat=repeat, inner=inner)

    def repeat(self: Draughtsman) -> tuple[Repeat, Expression, int]:
        """How it repeats, what tells its instances apart, how many there are."""
        sequential = self.chance(0.4)
        if self.chance(0.25):
            count = self.rng.randint(0, 3) if self.chance(0.2) else self.rng.randint(1, 3)
            return Repeat(sequential, times=Lit(count)), counter_text(), count
        item = self.names.new("member")
        name = self.rng.choice(LISTS[1:] * 3 + LISTS)
        if self.chance(0.3):
            return (
                Repeat(sequential, collection=Lit(tuple(CONSTANTS[name])), item=item),
                Name(item),
                len(CONSTANTS[name]),
            )
        return Repeat(sequential, over=name, item=item), Name(item), len(CONSTANTS[name])

    def repeated_step(
        self: Draughtsman, tail: Tail, context: Context, repeat: Repeat, item: Expression, count: int
    ) -> Tail:
        """A human step with a mode or a completion condition."""
        said: dict[str, Any] = {"desk": self.told_apart(self.names.new("desk"), context, item), "fills": ("note",)}
        if self.chance(0.4) and count:
            counted = self.rng.choice(["Approved", "Rejected", "CompletedInstances", "Instances", "ActiveInstances"])
            sign = "<=" if counted == "ActiveInstances" else ">="
            repeat.completion = Two(self.counter(counted), sign, Lit(self.rng.randint(1, count)))
        elif count:
            said["mode"] = self.rng.choice(["", "all", "one", str(self.rng.randint(1, count))])
        if self.chance(0.5):
            repeat.collect, repeat.into = "note", "notes"
        made = self.plain_step(tail, context, repeat=repeat, **said)
        return self.refusal(self.with_boundaries(made, context), context) if self.chance(0.6) else made

    def counter(self: Draughtsman, name: str) -> Expression:
        prefix = "numberOf" if name in ("Approved", "Rejected") else self.rng.choice(["numberOf", "nrOf"])
        return Name(prefix + name)


def _expression(text: str | Expression) -> Expression:
    return Lit(text) if isinstance(text, str) else text
