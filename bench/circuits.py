"""The drawing that the engine and its peers run: five persons, one after the other, nothing else.

Nothing in it needs an expression, so that every engine reads the same bytes.
"""

from __future__ import annotations

from itertools import pairwise

from engine.circuits.actions import publish
from engine.typology.model import FolderType, Subtype
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.world import NOW, World

#: Short name of the circuit once it is published.
FIVE_STEPS = "five-steps"
#: The steps, in their order.
STEPS = ("e1", "e2", "e3", "e4", "e5")


def five_steps() -> bytes:
    """The BPMN file."""
    way = ("start", *STEPS, "end")
    flows = " ".join(f"{source}>{target}" for source, target in pairwise(way))
    return drawing(START, *map(step, STEPS), END, flow(flows))


def publish_five_steps(world: World) -> None:
    """Let folders of this commune be deposited for the circuit."""
    with world.database.writing() as session:
        version = publish(
            session, tenant_id=world.tenant.id, short_name=FIVE_STEPS, name="Cinq visas", bpmn=five_steps(), now=NOW
        )
        kind = FolderType(tenant_id=world.tenant.id, name="Cinq visas")
        session.add(kind)
        session.flush()
        subtype = Subtype(
            tenant_id=world.tenant.id,
            folder_type_id=kind.id,
            name="Cinq visas",
            workflow_definition_id=version.workflow_definition_id,
        )
        session.add(subtype)
        session.commit()
    world.subtypes[FIVE_STEPS] = subtype.id
