"""Rehearsing a saved example: playing it as the product would, and comparing with what it expects.

Pure: nothing is stored, and time is that of the example.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from engine.circuits.circuit import Circuit
from engine.circuits.examples import Example, ExampleAct, ExampleFault, Situation, listed, quoted
from engine.circuits.playing import advance, answer, complete, deliver, open_steps, open_work, start, variables_of
from engine.circuits.timing import TimingFault, after_period
from engine.circuits.values import CircuitStuck, OpenStep, OpenWork, Outcome, Progress, StepSpec

#: Timers fired while time passes in one act before it is given up.
MAX_TIMERS = 1_000


def rehearse(circuit: Circuit, example: Example) -> list[Situation]:
    """Play an example and give back where the folder was at the start and after each act.

    Raises :class:`ExampleFault` as soon as the circuit does something else than the example says.
    """
    return _Rehearsal(circuit, example).all()


class _Rehearsal:
    def __init__(self, circuit: Circuit, example: Example) -> None:
        self.circuit, self.example = circuit, example
        self.now = example.begins
        self.where = f"Exemple « {example.name} », au départ"
        self.progress: Progress

    def all(self) -> list[Situation]:
        self._move(lambda: start(self.circuit, self.example.variables, now=self.now))
        found = [self._compare(self.example.then)]
        for number, act in enumerate(self.example.acts, start=1):
            self.where = f"Exemple « {self.example.name} », acte {number}"
            self._wait(act.after)
            doing = {"step": self._step, "work": self._work, "message": self._message}.get(act.kind)
            if doing is not None:
                if self.progress.finished:
                    raise self._fault(f"« {act.name} » est attendu alors que {self._situation().sentence()}")
                doing(act)
            found.append(self._compare(act.then))
        return found

    def _step(self, act: ExampleAct) -> None:
        step = self._chosen(act)
        spec = self.circuit.at(step.path).steps[step.element_id]
        self._allowed(act, spec)
        desk = str(self.example.variables.get("emitter", "")) if step.desk == "emitter" else step.desk
        self._move(
            lambda: complete(
                self.circuit,
                self.progress.state,
                step.token,
                outcome=act.outcome,
                by={"desk": desk, "account": desk},
                variables=act.fills,
                now=self.now,
            )
        )

    def _chosen(self, act: ExampleAct) -> OpenStep:
        opened = open_steps(self.circuit, self.progress.state)
        found = [
            step
            for step in opened
            if _same(step.name, act.name) and act.desk in {"", step.desk} and act.instance in {None, step.index}
        ]
        if not found:
            asked = f"« {act.name} » ({act.desk})" if act.desk else f"« {act.name} »"
            raise self._fault(f"l’étape {asked} n’est pas ouverte : {self._situation().sentence()}")
        if len(found) > 1:
            desks = listed("bureau", "bureaux", [step.desk for step in found])
            raise self._fault(f"l’étape « {act.name} » est ouverte plusieurs fois ({desks}) ; dites par qui (desk)")
        return found[0]

    def _allowed(self, act: ExampleAct, spec: StepSpec) -> None:
        """What the product itself would refuse on this step."""
        if not spec.allows(act.outcome):
            words = ", ".join([*Outcome, *spec.outcomes])
            raise self._fault(f"l’étape « {act.name} » ne finit pas par « {act.outcome} » ; elle connaît : {words}")
        strange = sorted(set(act.fills) - set(spec.fills))
        if strange:
            raise self._fault(f"l’étape « {act.name} » ne remplit pas {quoted(strange)}")
        refusing = act.outcome in {Outcome.REJECTED, Outcome.REFER_BACK}
        required = spec.required_for_rejection if refusing else spec.required_for_approval
        known = {**variables_of(self.circuit, self.progress.state), **act.fills}
        missing = [name for name in required if known.get(name) in (None, "")]
        if missing:
            raise self._fault(f"l’étape « {act.name} » demande de remplir {quoted(missing)}")

    def _work(self, act: ExampleAct) -> None:
        for work in open_work(self.circuit, self.progress.state):
            if _same(self._work_name(work), act.name) and act.instance in {None, work.index}:
                token = work.token
                break
        else:
            raise self._fault(f"la tâche « {act.name} » n’est pas demandée : {self._situation().sentence()}")
        self._move(
            lambda: answer(self.circuit, self.progress.state, token, variables=act.fills, error=act.error, now=self.now)
        )

    def _message(self, act: ExampleAct) -> None:
        def given() -> Progress:
            progress = deliver(
                self.circuit, self.progress.state, message=act.name, key=act.key, variables=act.fills, now=self.now
            )
            if progress is None:
                awaited = [f"{one.message} ({one.key})" for one in self.progress.awaited]
                waiting = f" ; il attend {quoted(awaited)}" if awaited else ""
                raise self._fault(f"le dossier n’attend pas le message « {act.name} » de clé « {act.key} »{waiting}")
            return progress

        self._move(given)

    def _wait(self, duration: str) -> None:
        """Let time pass: each timer fires at its own moment, as a worker would do it."""
        if not duration:
            return
        try:
            until = after_period(self.now, duration)
        except TimingFault as fault:
            raise self._fault(str(fault)) from None
        for _ in range(MAX_TIMERS):
            due = self.progress.next_due
            if self.progress.finished or due is None or due > until:
                self.now = until
                return
            self.now = max(self.now, due)
            self._move(lambda: advance(self.circuit, self.progress.state, now=self.now))
        raise self._fault(f"plus de {MAX_TIMERS} échéances arrivent pendant « {duration} »")

    def _move(self, transition: Callable[[], Progress]) -> None:
        try:
            self.progress = transition()
        except CircuitStuck as stuck:
            raise self._fault(str(stuck).rstrip(".")) from None

    def _situation(self) -> Situation:
        if self.progress.finished:
            rejected = self.progress.result == Outcome.REJECTED
            return Situation(finished=True, rejected=rejected, state=self.progress.state)
        steps = open_steps(self.circuit, self.progress.state)
        work = open_work(self.circuit, self.progress.state)
        return Situation(
            tuple(f"{step.name} ({step.desk})" for step in steps),
            tuple(self._work_name(item) for item in work),
            state=self.progress.state,
        )

    def _work_name(self, work: OpenWork) -> str:
        return _node_names(self.circuit).get(work.element_id, work.element_id)

    def _compare(self, expected: Situation | None) -> Situation:
        found = self._situation()
        if expected is None:
            return found
        ends = (found.finished, found.rejected) == (expected.finished, expected.rejected)
        if not ends or not _all_named(expected.open, found.open) or not _all_named(expected.work, found.work):
            raise self._fault(f"on attend ceci : {expected.sentence()} ; voici ce qui est : {found.sentence()}")
        return found

    def _fault(self, what: str) -> ExampleFault:
        return ExampleFault(f"{self.where} : {what}.")


def _node_names(circuit: Circuit) -> dict[str, str]:
    names = {name: label for inner in circuit.called.values() for name, label in _node_names(inner).items()}
    return {**names, **{node.id: node.name or node.id for _, node in circuit.drawing.every()}}


def _all_named(expected: Sequence[str], found: Sequence[str]) -> bool:
    """Whether each open thing is expected once, with its desk or without."""
    left = [_spaced(name) for name in found]
    for name in sorted(map(_spaced, expected), key=lambda name: not name.endswith(")")):
        matching = [item for item in left if name in {item, item.rpartition(" (")[0]}]
        if not matching:
            return False
        left.remove(matching[0])
    return not left


def _spaced(text: str) -> str:
    """The same words with plain spaces: nobody sees which space they typed."""
    return " ".join(text.split())


def _same(one: str, other: str) -> bool:
    return _spaced(one) == _spaced(other)
