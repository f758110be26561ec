"""Creating types and sub-types, and changing them. Each change is in the tenant's journal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session

from engine.desks.actions import hold_tenant
from engine.journal.actions import record
from engine.people.rules import folded_name, tidied
from engine.refusals import Faults, Refusal
from engine.typology.model import FolderType, Subtype
from engine.typology.queries import all_types, subtype_of
from engine.typology.rules import SubtypeForm, faults_of_subtype, refuse_type_name


def add_subtype(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID | None,
    form: SubtypeForm,
    circuits: Mapping[UUID, str],
    now: datetime,
) -> Subtype | Faults:
    """Create a sub-type, and its type when the tenant has none of that name.

    ``circuits``: the names of those that may be chosen, by id.
    """
    hold_tenant(session, tenant_id)
    form = form.tidied()
    types = all_types(session, tenant_id)
    kind, siblings = next((pair for pair in types if _same(pair[0], form.type_name)), (None, []))
    faults = faults_of_subtype(form, siblings, circuits, new=True)
    if faults or form.circuit_id is None:
        return Faults(faults)
    if kind is None:
        kind = FolderType(tenant_id=tenant_id, name=form.type_name)
        session.add(kind)
        session.flush()
    subtype = Subtype(
        tenant_id=tenant_id, folder_type_id=kind.id, name=form.name, workflow_definition_id=form.circuit_id
    )
    _write(subtype, form, now)
    session.add(subtype)
    session.flush()
    _note(session, "tenant:subtype:created", kind, subtype, circuits, by, now)
    return subtype


def change_subtype(
    session: Session,
    *,
    tenant_id: UUID,
    by: UUID | None,
    subtype_id: UUID,
    form: SubtypeForm,
    circuits: Mapping[UUID, str],
    now: datetime,
) -> Subtype | Faults | None:
    """Change a sub-type; it stays in its type. Folders under way keep their circuit, drafts take the new one.

    None when this tenant has no such sub-type. A circuit that was retired may stay, not be chosen anew.
    """
    hold_tenant(session, tenant_id)
    subtype = subtype_of(session, tenant_id, subtype_id)
    if subtype is None:
        return None
    form = form.tidied()
    kind, others = next(
        (kind, [one for one in kinds if one.id != subtype_id])
        for kind, kinds in all_types(session, tenant_id)
        if kind.id == subtype.folder_type_id
    )
    faults = faults_of_subtype(form, others, {*circuits, subtype.workflow_definition_id}, new=False)
    if faults or form.circuit_id is None:
        return Faults(faults)
    before = _facts(subtype)
    subtype.workflow_definition_id = form.circuit_id
    _write(subtype, form, now)
    if _facts(subtype) == before:
        return subtype
    session.flush()
    _note(session, "tenant:subtype:changed", kind, subtype, circuits, by, now)
    return subtype


def rename_type(
    session: Session, *, tenant_id: UUID, by: UUID | None, type_id: UUID, name: str, now: datetime
) -> FolderType | Refusal | None:
    """Give a type another name. None when this tenant has no such type."""
    hold_tenant(session, tenant_id)
    types = [kind for kind, _ in all_types(session, tenant_id)]
    kind = next((kind for kind in types if kind.id == type_id), None)
    if kind is None:
        return None
    name = tidied(name)
    if refusal := refuse_type_name(name, [other for other in types if other.id != type_id]):
        return refusal
    if kind.name == name:
        return kind
    was, kind.name = kind.name, name
    session.flush()
    _record(session, tenant_id, "tenant:type:renamed", {"type_id": type_id, "type": name, "was": was}, by, now)
    return kind


def _same(kind: FolderType, name: str) -> bool:
    return folded_name(kind.name) == folded_name(name)


def _write(subtype: Subtype, form: SubtypeForm, now: datetime) -> None:
    subtype.name, subtype.position, subtype.asks_amount = form.name, int(form.position), form.asks_amount
    subtype.closed_at = (subtype.closed_at or now) if form.closed else None


def _facts(subtype: Subtype) -> tuple[object, ...]:
    closed = subtype.closed_at is not None
    return subtype.name, subtype.workflow_definition_id, subtype.position, subtype.asks_amount, closed


def _note(
    session: Session,
    event: str,
    kind: FolderType,
    subtype: Subtype,
    circuits: Mapping[UUID, str],
    by: UUID | None,
    now: datetime,
) -> None:
    data = {
        "subtype_id": subtype.id,
        "type": kind.name,
        "subtype": subtype.name,
        "circuit": circuits.get(subtype.workflow_definition_id, ""),
        "position": subtype.position,
        "asks_amount": subtype.asks_amount,
        "closed": subtype.closed_at is not None,
    }
    _record(session, subtype.tenant_id, event, data, by, now)


def _record(
    session: Session, tenant_id: UUID, event: str, data: dict[str, Any], by: UUID | None, now: datetime
) -> None:
    record(session, tenant_id=tenant_id, chain=tenant_id, event=event, at=now, actor_id=by, data=data)
