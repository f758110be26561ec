"""Circuits of a few words, published in a small commune."""

from __future__ import annotations

from engine.circuits.actions import publish
from engine.circuits.model import WorkflowVersion
from engine.typology.model import FolderType, Subtype
from tests.support.world import NOW, World


def publish_for(world: World, short_name: str, bpmn: bytes) -> WorkflowVersion:
    """Publish a drawing and give it a sub-type of its own, so that ``world.sent(circuit=short_name)`` takes it."""
    with world.database.writing() as session:
        version = publish(
            session, tenant_id=world.tenant.id, short_name=short_name, name=short_name, bpmn=bpmn, now=NOW
        )
        if short_name not in world.subtypes:
            folder_type = FolderType(tenant_id=world.tenant.id, name=short_name)
            session.add(folder_type)
            session.flush()
            subtype = Subtype(
                tenant_id=world.tenant.id,
                folder_type_id=folder_type.id,
                name=f"Circuit {short_name}",
                workflow_definition_id=version.workflow_definition_id,
            )
            session.add(subtype)
            session.flush()
            world.subtypes[short_name] = subtype.id
        session.commit()
    return version
