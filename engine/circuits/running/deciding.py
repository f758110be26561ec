"""Decision tables, asked in passing."""

from __future__ import annotations

from engine.circuits.asking import answer
from engine.circuits.running.specs import NodeSpec
from engine.circuits.running.tokens import Token
from engine.circuits.values import CircuitStuck
from engine.feel.tables import DecisionFailed


class RuleSpec(NodeSpec):
    """A business rule task: its answer becomes variables, and the token goes on at once."""

    def _run_hook(self, token: Token) -> bool | None:
        asked = self.node.asked
        assert asked is not None
        decisions = token.workflow.circuit.decisions[asked.table]
        try:
            token.write(answer(asked, decisions, token.data, token.workflow.run.now))
        except DecisionFailed as failed:
            raise CircuitStuck(f"{self.node.label} : {failed.sentence.rstrip('.')}. Rien n’a été enregistré.") from None
        self.leave(token)
        return True
