"""Random drawings from a seed: a line of elements, then arrows pulled about, with no care for what belongs together."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html import escape

#: Fields that every folder of these games brings, always as numbers.
FIELDS = ("n", "m")
_CONDITIONS = ("n>5", "n<=5", "n>2 and n<=9", "m=3", 'outcome="approved"', 'outcome!="approved"', 'outcome="rejected"')
_COMPLETE = (("n>5", "n<=5"), ('outcome="approved"', 'outcome!="approved"'), ("n<3 or n>7", "n in [3..7]"))
_GATES = ("exclusiveGateway", "parallelGateway", "inclusiveGateway")


@dataclass
class Sketch:
    """Elements by id, and arrows."""

    rng: random.Random
    prefix: str = "e"
    kinds: dict[str, str] = field(default_factory=dict)
    arrows: list[list[str]] = field(default_factory=list)
    events: list[tuple[str, str, bool]] = field(default_factory=list)  #: boundary timers: id, host, interrupting
    inner: dict[str, Sketch] = field(default_factory=dict)

    def add(self, kind: str) -> str:
        name = f"{self.prefix}{len(self.kinds)}"
        self.kinds[name] = kind
        return name

    def activity(self, depth: int) -> str:
        kind = self.rng.choice(
            ["userTask"] * 5 + ["serviceTask", "intermediateCatchEvent"] + ["subProcess"] * (depth > 0)
        )
        name = self.add(kind)
        if kind == "subProcess":
            self.inner[name] = sketch(self.rng, f"{name}_", depth - 1, self.rng.randint(1, 3))
        if kind != "intermediateCatchEvent" and self.rng.random() < 0.15:
            event = self.add("boundaryEvent")
            self.events.append((event, name, self.rng.random() < 0.6))
            self.arrows.append([event, self.rng.choice([*self._targets(), self.activity(0)])])
        return name

    def _targets(self) -> list[str]:
        return [name for name, kind in self.kinds.items() if kind not in {"startEvent", "boundaryEvent"}]

    def split(self, depth: int) -> None:
        """Put a pair of gateways, which need not agree, in the place of an arrow."""
        arrow = self.rng.choice(self.arrows)
        opening = self.rng.choice(_GATES)
        closing = opening if self.rng.random() < 0.75 else self.rng.choice(_GATES)
        first, second = self.add(opening), self.add(closing)
        target, arrow[1] = arrow[1], first
        for _ in range(self.rng.randint(2, 3)):
            between = self.activity(depth) if self.rng.random() < 0.85 else None
            self.arrows += [[first, between], [between, second]] if between else [[first, second]]
        self.arrows.append([second, target])

    def pull(self) -> None:
        """Move the end of one arrow, or draw one more from a gateway."""
        arrow = self.rng.choice(self.arrows)
        target = self.rng.choice(self._targets())
        if self.kinds[arrow[0]] in _GATES and self.rng.random() < 0.5:
            self.arrows.append([arrow[0], target])
        else:
            arrow[1] = target


def sketch(rng: random.Random, prefix: str, depth: int, size: int) -> Sketch:
    """One scope."""
    made = Sketch(rng, prefix)
    start, first, end = made.add("startEvent"), made.activity(depth), made.add("endEvent")
    made.arrows += [[start, first], [first, end]]
    for _ in range(size):
        made.split(depth)
    for _ in range(rng.choice([0, 0, 1, 1, 2])):
        made.pull()
    return made


def drawn(seed: int) -> bytes:
    """The drawing of a seed, always the same."""
    rng = random.Random(seed)
    body = _xml(sketch(rng, "e", 1, rng.randint(1, 4)))
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"'
        ' xmlns:parapheur="urn:parapheur:bpmn:1" targetNamespace="t"><bpmn:process id="p">'
        f"{body}</bpmn:process></bpmn:definitions>"
    ).encode()


def _xml(made: Sketch) -> str:
    rng, parts = made.rng, []
    leaving: dict[str, list[str]] = {}
    conditions: dict[str, str] = {}
    for number, (source, _) in enumerate(made.arrows):
        leaving.setdefault(source, []).append(f"{made.prefix}f{number}")
    hosts = {event: (host, interrupting) for event, host, interrupting in made.events}
    for name, kind in made.kinds.items():
        attributes = ""
        flows = leaving.get(name, [])
        if kind in {"exclusiveGateway", "inclusiveGateway"} and len(flows) > 1:
            attributes = _choose(rng, flows, conditions)
        parts.append(_element(made, name, kind, attributes, hosts))
    for number, (source, target) in enumerate(made.arrows):
        flow = f"{made.prefix}f{number}"
        text = conditions.get(flow)
        inside = f"<bpmn:conditionExpression>{escape(text)}</bpmn:conditionExpression>" if text else ""
        parts.append(
            f'<bpmn:sequenceFlow id="{flow}" sourceRef="{source}" targetRef="{target}">{inside}</bpmn:sequenceFlow>'
        )
    return "".join(parts)


def _choose(rng: random.Random, flows: list[str], conditions: dict[str, str]) -> str:
    """Give conditions to the ways out of a gateway: often all but a default, at times to each."""
    if len(flows) == 2 and rng.random() < 0.4:
        conditions.update(zip(flows, rng.choice(_COMPLETE), strict=True))
        return ""
    conditions.update((flow, rng.choice(_CONDITIONS)) for flow in flows)
    if rng.random() < 0.15:
        return ""
    default = rng.choice(flows)
    del conditions[default]
    return f' default="{default}"'


def _element(made: Sketch, name: str, kind: str, attributes: str, hosts: dict[str, tuple[str, bool]]) -> str:
    inside = ""
    if kind == "userTask":
        attributes += f' name="{name}" parapheur:desk="dgs"'
        if made.rng.random() < 0.3:
            attributes += ' parapheur:fills="n" parapheur:requiredForApproval="n" parapheur:requiredForRejection="n"'
    elif kind == "serviceTask":
        attributes += ' parapheur:service="notify"'
    elif kind == "subProcess":
        inside = _xml(made.inner[name])
    elif kind == "boundaryEvent":
        host, interrupting = hosts[name]
        attributes += f' attachedToRef="{host}" cancelActivity="{str(interrupting).lower()}"'
    if kind in {"boundaryEvent", "intermediateCatchEvent"}:
        inside = "<bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    return f'<bpmn:{kind} id="{name}"{attributes}>{inside}</bpmn:{kind}>'
