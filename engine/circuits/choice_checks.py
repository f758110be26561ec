"""Decisions: what their conditions leave without a way out, and ways that are never taken.

An input is cut into the pieces in which every condition answers the same, as for decision tables
(:mod:`engine.feel.tables.coverage`); looking at every box of pieces is a proof, for values of the kind that the
conditions compare.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product

from engine.circuits.around import GIVEN_AT_START, Around
from engine.circuits.data_checks import gives
from engine.circuits.data_flow import DataFlow
from engine.circuits.deciding import decisions_after
from engine.circuits.drawing import CHOICES, EXCLUSIVE, Drawing, Flow, Node
from engine.circuits.findings import error, warning
from engine.circuits.questions import Path, Questions, Unreadable, Verdict
from engine.circuits.values import Finding, Outcome
from engine.feel.tables.coverage import Axis, Patience, TooMany, cut_one
from engine.feel.tables.wording import told
from engine.feel.texts import literal

_DEFAULT = "Choisissez la sortie à prendre quand aucune condition n’est vraie."
#: Stretches of values: for each input, the first and last piece.
Box = tuple[tuple[int, int], ...]


def check_choices(drawing: Drawing, around: Around) -> Iterator[Finding]:
    """Every finding about the decisions of a circuit, those of its sub-processes included."""

    @cache  # few drawings need it
    def sure() -> DataFlow:
        return DataFlow(drawing, GIVEN_AT_START, lambda scope, node: gives_surely(scope, node, around))

    choices = [(scope, node) for scope, node in drawing.every() if node.kind in CHOICES and len(node.outgoing) > 1]
    words = _words(drawing) if choices else {}
    patience = Patience()
    for scope, node in choices:
        yield from _Choice(scope, node, words, patience).findings(sure)


def gives_surely(drawing: Drawing, node: Node, around: Around) -> list[str]:
    """What is never empty once an element is left: outcomes, and fields that nobody may leave empty."""
    step = node.step
    if step is None:
        return []
    found = ["outcome", _of_step(node.id)]
    if (node.repeat is None or node.repeat.of_desks) and not step.desk.startswith("="):
        required = set(step.required_for_approval)
        if any(decisions_after(drawing, node.id)):
            required &= set(step.required_for_rejection)
        found += [name for name in gives(node, around) or () if name in required]
    return found


def _of_step(step_id: str) -> str:
    return f"outcomes {step_id}"


def _words(drawing: Drawing) -> dict[str, str]:
    """Unary tests that ``outcome``, and the outcome of each step, always pass."""
    usual = list(Outcome)
    own = {node.id: [*usual, *node.step.outcomes] for _, node in drawing.every() if node.step is not None}
    every = {word for words in own.values() for word in words} | set(usual)
    return {"": _listed(every), **{step: _listed(words) for step, words in own.items()}}


def _listed(words: set[str] | list[str]) -> str:
    return ", ".join(literal(str(word)) for word in sorted(set(words)))


@dataclass(slots=True)
class _Choice:
    scope: Drawing
    node: Node
    words: dict[str, str]
    patience: Patience

    def findings(self, sure: Callable[[], DataFlow]) -> Iterator[Finding]:
        flows = [self.scope.flows[flow] for flow in self.node.outgoing]
        asking = [flow for flow in flows if flow.condition and flow.id != self.node.default]
        always = any(flow.condition is None and flow.id != self.node.default for flow in flows)
        open_ended = self.node.default is None and not always
        questions = Questions()
        try:
            verdicts = [questions.read(flow.condition or "") for flow in asking]
            axes = self._axes(questions)
            if isinstance(axes, str):
                raise Unreadable(axes)
            yield from self._proved(asking, verdicts, questions, axes, sure, open_ended)
        except (Unreadable, TooMany) as why:
            if open_ended:
                reason = str(why) or "ses conditions ne comparent pas seulement des champs à des valeurs écrites"
                if isinstance(why, TooMany):
                    reason = "il y a trop de cas à examiner"
                yield self._refused(f"Non prouvé : que la décision {self.node.label} ait toujours une sortie, {reason}")

    def _axes(self, questions: Questions) -> dict[Path, Axis] | str:
        paths = list(dict.fromkeys(path for path, _ in questions.asked))
        for path in paths:
            if any(path != other and other[: len(path)] == path for other in paths):
                return f"« {'.'.join(path)} » y est lu en entier et par parties"
        axes = {}
        for path in paths:
            # Questions keep their numbers; those about other variables are asked nothing here.
            cells = [tests for other, tests in questions.asked if other == path]
            title = ".".join(path)
            axis = cut_one(title, cells, self._allowed(path))
            if isinstance(axis, str):
                return f"« {title} » n’est pas examiné, {axis}"
            axes[path] = axis
        return axes

    def _allowed(self, path: Path) -> str:
        if path == ("outcome",):
            return self.words[""]
        if len(path) == 3 and path[0] == "outcomes" and path[2] == "outcome":
            return self.words.get(path[1], "-")
        return "-"

    def _proved(
        self,
        asking: Sequence[Flow],
        verdicts: Sequence[Verdict],
        questions: Questions,
        axes: dict[Path, Axis],
        sure: Callable[[], DataFlow],
        open_ended: bool,
    ) -> Iterator[Finding]:
        taken, true = set[int](), set[int]()
        hole: tuple[int, ...] | None = None
        for box in product(*(range(len(axis.masks)) for axis in axes.values())):
            self.patience.look(2 * (1 + len(questions.asked)))  # about a microsecond each
            answers = _answers(questions, axes, box)
            found = [number for number, verdict in enumerate(verdicts) if verdict(answers)]
            true.update(found)
            taken.update(found[:1])
            if not found and hole is None:
                hole = box
        for number, flow in enumerate(asking):
            if number not in true:
                yield self._useless(flow, "sa condition ne peut pas être vraie")
            elif self.node.kind == EXCLUSIVE and number not in taken:
                yield self._useless(flow, "les sorties dessinées avant elle sont toujours prises à sa place")
        if open_ended and hole is not None:
            where = " et ".join(
                f"« {axis.title} » {told([axis.pieces[place]])}"
                for axis, place in zip(axes.values(), hole, strict=True)
            )
            yield self._refused(f"Aucune sortie de la décision {self.node.label} ne convient quand {where}")
        elif open_ended:
            known = sure().known_at(self.node)
            empty = [".".join(path) for path in axes if not known(_name(path))]
            if empty:
                yield self._refused(
                    f"Les conditions de la décision {self.node.label} couvrent toutes les valeurs, mais"
                    f" « {empty[0]} » peut être vide"
                )

    def _refused(self, what: str) -> Finding:
        return error(
            self.node.id,
            f"{what}. Cette décision n’a pas de sortie par défaut : le dossier pourrait y rester bloqué.",
            _DEFAULT,
        )

    def _useless(self, flow: Flow, why: str) -> Finding:
        return warning(
            flow.id,
            f"La sortie {flow.label} de la décision {self.node.label} n’est jamais prise : {why}.",
            "Corrigez sa condition ou l’ordre des sorties, ou retirez-la.",
        )


def _name(path: Path) -> str:
    """What the data flow calls the value at a path."""
    return _of_step(path[1]) if len(path) == 3 and path[0] == "outcomes" and path[2] == "outcome" else ".".join(path)


def _answers(questions: Questions, axes: dict[Path, Axis], box: tuple[int, ...]) -> int:
    """The answers to every question in a box, as a mask."""
    answers = 0
    places = dict(zip(axes, box, strict=True))
    counted = dict.fromkeys(axes, 0)
    for number, (path, _) in enumerate(questions.asked):
        answers |= (axes[path].masks[places[path]] >> counted[path] & 1) << number
        counted[path] += 1
    return answers
