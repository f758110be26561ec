"""SpiffWorkflow as its documentation shows it: its parser, its serializer, the specification inside each state."""

from __future__ import annotations

from importlib.metadata import version

from SpiffWorkflow import TaskState
from SpiffWorkflow.bpmn import BpmnWorkflow
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer

NAME = f"SpiffWorkflow {version('SpiffWorkflow')} comme documenté, même circuit, mêmes écritures SQLite"


class Spiff:
    """A drawing that it runs."""

    def __init__(self, bpmn: bytes, process_id: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(bpmn)
        self._spec = parser.get_spec(process_id)
        self._serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure())

    def begin(self) -> bytes:
        """The state of a new run."""
        workflow = BpmnWorkflow(self._spec)
        workflow.do_engine_steps()
        return self._dump(workflow)

    def transition(self, state: bytes) -> bytes:
        """Complete the step that waits, from serialised state to serialised state."""
        workflow = self._serializer.deserialize_json(state.decode())
        [task] = workflow.get_tasks(state=TaskState.READY, manual=True)
        task.data.update(outcome="approved")
        task.run()
        workflow.do_engine_steps()
        return self._dump(workflow)

    def _dump(self, workflow: BpmnWorkflow) -> bytes:
        return str(self._serializer.serialize_json(workflow)).encode()
