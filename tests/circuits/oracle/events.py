"""Events, as the section of that name says."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.circuits.oracle import moments
from tests.circuits.oracle.drawing import Kind, Node
from tests.circuits.oracle.marks import Token, Wait, lives, scopes_below

if TYPE_CHECKING:
    from tests.circuits.oracle.interpreter import Run

CAUGHT_OUTSIDE = ("timer", "message", "signal")


class Events:
    """The part of a run that waits, catches and throws."""

    # Waiting

    def wait(self: Run, token: Token, event: Node) -> None:
        """A token begins to wait: due moment and correlation key are computed now."""
        made = Wait(token, event, since=self.tick())
        read = token.scope.frame.read
        if event.trigger == "message" and event.correlation:
            made.key = event.correlation.value(read)
        if event.timer:
            value = event.timer.value
            self._set_timer(made, value if isinstance(value, str) else value.value(read))
        token.waits.append(made)

    def _set_timer(self: Run, wait: Wait, text: str) -> None:
        if text.startswith("R"):
            cycle = moments.cycle(text)
            repeats = wait.event.kind is Kind.BOUNDARY and not wait.event.interrupting
            wait.left, wait.period = cycle.times if repeats else 1, cycle.period
            wait.due = moments.after(self.now, cycle.period)
        elif re.match(r"P", text):
            wait.due = moments.after(self.now, text)
        else:
            wait.due = moments.date(text)

    def waits(self: Run, trigger: str) -> list[Wait]:
        """Who waits for a timer, a message, a signal, in the order in which they began."""
        found = [
            wait
            for scope in scopes_below(self.root)
            for token in scope.tokens
            for wait in token.waits
            if wait.event.trigger == trigger
        ]
        return sorted(found, key=lambda wait: wait.since)

    # Catching

    def happen(self: Run, wait: Wait) -> None:
        """What a token waited for comes."""
        token, event = wait.token, wait.event
        if event.kind is not Kind.BOUNDARY or event.interrupting:
            self.leave(token, event)
            return
        if wait.due is not None:
            wait.left = None if wait.left is None else wait.left - 1
            if wait.left == 0:
                token.waits.remove(wait)
            elif wait.period:
                wait.due = moments.after(wait.due, wait.period)
        self.add(token.scope, event)

    # Throwing

    def throw(self: Run, token: Token) -> None:
        """An intermediate event throws, then its token goes on if it is still there."""
        node = token.node
        if node.trigger == "link":
            catch = token.scope.drawing.link_catch(node.name)
            token.node = catch
            self.turn.append(token)
            return
        self.emit(token)
        if not self.finished and lives(token):
            self.leave(token, node)

    def end(self: Run, token: Token) -> None:
        """An end event throws; its token is consumed."""
        node = token.node
        if node.rejects:
            self.end_run()
        elif node.trigger == "error":
            self.throw_error(token.scope.holder, node.name)
        elif node.trigger == "terminate":
            scope = token.scope
            scope.tokens.clear()
            self.end_scope(scope)
        else:
            self.emit(token)
            if not self.finished and lives(token):
                self.consume(token)

    def emit(self: Run, token: Token) -> None:
        """Message, signal or escalation."""
        node = token.node
        if node.trigger == "message":
            self.thrown.append(("message", node.name, node.id))
        elif node.trigger == "signal":
            self.signal(node.name)
        elif node.trigger == "escalation":
            self.escalate(token)

    def signal(self: Run, name: str) -> None:
        """Heard by every token that waits for it; who was withdrawn by an earlier hearer hears nothing."""
        for wait in self.waits("signal"):
            if wait.event.name == name and wait in wait.token.waits and lives(wait.token):
                self.happen(wait)

    def throw_error(self: Run, around: Token | None, code: str) -> None:
        """Goes to the nearest activity around that catches it; nobody: the folder is rejected."""
        caught = self._catcher(around, "error", code)
        if caught:
            self.leave(*caught)
        else:
            self.end_run()

    def escalate(self: Run, token: Token) -> None:
        """As an error, but the thrower goes on; nobody catches it: it is noted."""
        caught = self._catcher(token.scope.holder, "escalation", token.node.name)
        if caught is None:
            self.thrown.append(("escalation", token.node.name, token.node.id))
        elif caught[1].interrupting:
            self.leave(*caught)
        else:
            self.add(caught[0].scope, caught[1])

    def _catcher(self: Run, around: Token | None, trigger: str, code: str) -> tuple[Token, Node] | None:
        while around is not None:
            listening = [n for n in around.scope.drawing.boundaries[around.node.id] if n.trigger == trigger]
            for wanted in (code, ""):
                for node in listening:
                    if node.name == wanted:
                        return around, node
            around = around.scope.holder
        return None
