"""A run and the scopes within it: who holds tokens, how a scope ends, what is seen from where."""

from __future__ import annotations

from collections import ChainMap, deque
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow

from engine.calendar import WorkingCalendar
from engine.circuits.running.tokens import FLOW, Token, maps_of
from engine.circuits.timing import PLAIN
from engine.circuits.values import CircuitStuck, NotOpen, Thrown

if TYPE_CHECKING:
    from engine.circuits.circuit import Circuit
    from engine.circuits.running.specs import NodeSpec, ProcessSpec

#: Automatic nodes in one transition before it is abandoned.
BUDGET = 1_000
ROUND = "Ce circuit tourne en rond sans jamais demander quelque chose à quelqu’un. Rien n’a été enregistré."
#: Variables that the engine writes after each human step.
OUTCOME, OUTCOMES = "outcome", "outcomes"


class Scope:
    """What a run and the scopes within it have in common. Its tokens are the children of its root, oldest first."""

    run: Run
    circuit: Circuit  #: whose drawing this is
    opener: Token | None  #: the token of the activity that opened it
    own: dict[str, Any]  #: variables written here
    view: Mapping[str, Any]  #: variables seen from here
    path: str = ""  #: ids of the call activities that lead to its circuit, separated by ``/``
    place: tuple[int, ...] = ()  #: numbers of the nodes that lead to it, from the outside
    ages: tuple[int, ...] = ()  #: numbers of the tokens that opened these
    shares: bool  #: whether ``own`` belongs to the scope around
    tasks: dict[int, Token]
    task_tree: Token
    spec: ProcessSpec

    def set_up(self, run: Run, circuit: Circuit, opener: Token | None, own: dict[str, Any] | None) -> None:
        """Place the root. ``own``: variables over those around; None: the same as those around."""
        self.run, self.circuit, self.opener, self.shares = run, circuit, opener, own is None
        around = opener.workflow if opener is not None else None
        if opener is not None:
            self.place = (*opener.workflow.place, opener.task_spec.number)
            self.ages = (*opener.workflow.ages, opener.id)
            self.path = opener.workflow.path
            if circuit is not opener.workflow.circuit:
                self.path = f"{self.path}/{opener.task_spec.node.id}".lstrip("/")
        if own is None:
            assert around is not None
            assert opener is not None
            self.own, self.view = around.own, opener.data
        else:
            self.own = own
            self.view = own if opener is None else ChainMap(own, *maps_of(opener.data))
        self.task_tree = Token(self, self.spec.start, None, 0)
        self.task_tree._set_state(TaskState.COMPLETED)

    def begin(self) -> None:
        """Put a token on the start event."""
        self.arrive(self.spec.first)

    def put(self, parent: Token, spec: NodeSpec, flow: int | None = None) -> Token:
        """A new token on a node, to be looked at when its parent is done."""
        token = Token(self, spec, parent, self.run.next_serial())
        if flow is not None and spec.is_join:
            token.internal_data[FLOW] = flow
        return token

    def arrive(self, spec: NodeSpec) -> None:
        """A new token on a node: what a start does."""
        spec._update(self.put(self.task_tree, spec))

    def go_through(self, spec: NodeSpec) -> None:
        """A new token through a boundary event, before anything else moves."""
        token = self.put(self.task_tree, spec)
        token._set_state(TaskState.READY)
        token.run()

    def tokens(self) -> Iterator[Token]:
        """The tokens of this scope, oldest first; instances of repeated activities are within theirs."""
        for serial in tuple(self.task_tree._children):
            yield self.tasks[serial]

    def passed(self, token: Token) -> None:
        """A token is done: it leaves the tree, which therefore never grows with history, and those it put arrive."""
        arriving = [self.tasks[serial] for serial in token._children]
        self.detach(token)
        for child in arriving:
            if child._state == TaskState.FUTURE:
                child.task_spec._update(child)
        if not self.task_tree._children and not self.completed:
            self.end()

    def detach(self, token: Token) -> None:
        """Take a token out; those it put stay."""
        if token.id not in self.tasks:
            return
        parent = self.tasks[token._parent or 0]
        parent._children.remove(token.id)
        for serial in token._children:
            self.tasks[serial]._parent = self.task_tree.id
        self.task_tree._children.extend(token._children)
        token._children = []
        del self.tasks[token.id]

    def withdraw(self, token: Token) -> None:
        """Take a token away with everything inside it."""
        for instance in token.instances():
            self.withdraw(instance)
        inner = token.inner()
        if inner is not None:
            inner.withdraw_all()
            del self.run.subprocesses[token.id]
        if token.is_live:
            self.run.note_withdrawn(token)
            token._set_state(TaskState.CANCELLED)
        self.detach(token)

    def withdraw_all(self) -> None:
        """Take every token of this scope away."""
        for token in self.tokens():
            self.withdraw(token)
        self.completed = True

    def end(self) -> None:
        """No token is left."""
        self.completed = True
        if self.opener is None:
            return
        opener = self.opener
        del self.run.subprocesses[opener.id]
        opener.task_spec.scope_ended(opener, self)

    completed: bool


class Inner(Scope, BpmnSubWorkflow):  # type: ignore[misc]
    """The scope of a sub-process or of a called circuit."""

    def __init__(self, circuit: Circuit, spec: ProcessSpec, opener: Token, own: dict[str, Any] | None) -> None:
        self.opener = opener
        BpmnSubWorkflow.__init__(self, spec, opener.id, opener.workflow.run, deserializing=True)
        self.set_up(opener.workflow.run, circuit, opener, own)
        self.run.subprocesses[opener.id] = self

    @property
    def parent_workflow(self) -> Scope:
        """The scope around."""
        assert self.opener is not None
        return self.opener.workflow


class Run(Scope, BpmnWorkflow):  # type: ignore[misc]
    """A folder's run."""

    def __init__(
        self,
        circuit: Circuit,
        own: dict[str, Any],
        now: datetime,
        *,
        base: int,
        serial: int = 0,
        calendar: WorkingCalendar | None = None,
    ) -> None:
        BpmnWorkflow.__init__(self, circuit.spec, script_engine=_NO_SCRIPT, deserializing=True)
        self.calendar = calendar or PLAIN  #: in which timers and delays are counted
        self.now = now if calendar is None else now.astimezone(calendar.zone)  #: as expressions see it
        self.base = base  #: identifiers of steps are counted from here
        self.serial = serial
        self._stored = serial
        self.agenda: deque[Token] = deque()
        self.opened: dict[int, Token] = {}
        self.asked: dict[int, Token] = {}
        self.closed: list[int] = []
        self.thrown: list[Thrown] = []
        self.rejected = False
        self.set_up(self, circuit, None, own)

    def next_serial(self) -> int:
        """Each token of a run has a number, never given twice."""
        self.serial += 1
        return self.serial

    def public(self, serial: int) -> str:
        """The identifier by which the world knows a token."""
        text = f"{self.base + serial:032x}"
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def find(self, token: str) -> Token:
        """The token behind a public identifier. Raises :class:`NotOpen` when it is not there."""
        try:
            serial = int(token.replace("-", ""), 16) - self.base
        except ValueError:
            raise NotOpen(token) from None
        for scope in (self, *self.subprocesses.values()):
            found: Token | None = scope.tasks.get(serial)
            if found is not None and serial > 0:
                return found
        raise NotOpen(token)

    def scopes(self) -> list[Scope]:
        """Every scope that is there."""
        return [self, *self.subprocesses.values()]

    def everywhere(self) -> list[Token]:
        """Every token of every scope, instances included, in the order in which they came."""
        found = (scope.tasks.values() for scope in self.scopes())
        return sorted((token for tokens in found for token in tokens if token.id), key=lambda token: token.id)

    def note_withdrawn(self, token: Token) -> None:
        """Remember that something asked for is no longer."""
        self.opened.pop(token.id, None)
        self.asked.pop(token.id, None)
        if token.id <= self._stored and token.task_spec.is_step and token._state == TaskState.READY:
            self.closed.append(token.id)

    def reject(self) -> None:
        """End the run as rejected, wherever it is."""
        self.rejected = True
        self.withdraw_all()
        self.agenda.clear()

    def settle(self) -> None:
        """Let everything automatic happen. Raises :class:`CircuitStuck` beyond the budget."""
        steps = 0
        while not self.completed:
            while self.agenda:
                token = self.agenda.popleft()
                if token._state != TaskState.READY:
                    continue
                steps += 1
                if steps > BUDGET:
                    raise CircuitStuck(ROUND)
                token.run()
            if not self._fire_inclusive():
                return

    def _fire_inclusive(self) -> bool:
        """One inclusive join that may fire, if any: only once nothing else moves by itself."""
        waiting = {
            ((*scope.place, token.task_spec.number), scope.ages, token.id): token
            for scope in self.scopes()
            if scope.spec.inclusive
            for token in scope.tokens()
            if token.task_spec.is_inclusive_join and token._state == TaskState.WAITING
        }
        return any(waiting[key].task_spec.fire_if_complete(waiting[key]) for key in sorted(waiting))


class _NoScript:
    """Circuits hold no script: expressions are compiled with the drawing."""

    def evaluate(self, *_arguments: object, **_named: object) -> None:
        raise TypeError("nothing is evaluated by SpiffWorkflow")


_NO_SCRIPT = _NoScript()
