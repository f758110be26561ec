"""Bringing a tenant to what a file says: all of it, or nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.administration.configuration.apply_circuits import apply_circuits, apply_tables
from engine.administration.configuration.apply_desks import apply_desks, refuse_needed
from engine.administration.configuration.apply_people import apply_people, apply_town
from engine.administration.configuration.apply_types import apply_delegations, apply_types
from engine.administration.configuration.model import Configuration, ConfigurationRefused
from engine.administration.configuration.work import Work
from engine.desks.actions import hold_tenant
from engine.desks.members import Invited
from engine.journal.actions import record


@dataclass(frozen=True, slots=True)
class Applied:
    """What an import did, or would do."""

    changes: tuple[str, ...]  #: French sentences, in the order of the file
    notes: tuple[str, ...]  #: French: what stays as it is
    invited: tuple[Invited, ...]  #: new people, to whom the caller writes


def apply(
    session: Session,
    configuration: Configuration,
    *,
    tenant_id: UUID,
    by: UUID,
    services: Collection[str],
    now: datetime,
    inviting: bool = False,
) -> Applied:
    """Add and change what the file says; nothing that it does not name is taken away.

    Applied twice, it changes nothing the second time. The same call tells what would be done: the caller then does not
    commit. ``services``: names of what circuits may ask to be done; ``inviting``: whether new people get an invitation.
    Raises :class:`ConfigurationRefused` with every fault; the caller must not commit then.
    """
    work = Work(session, hold_tenant(session, tenant_id), by, now, services, inviting)
    apply_town(work, configuration.town)
    apply_people(work, configuration.people)
    apply_desks(work, configuration.desks)
    if not work.faults:  # what follows names people and desks: told afterwards, when they are right
        changed = apply_tables(work, configuration.tables)
        apply_circuits(work, configuration.circuits, changed)
        apply_types(work, configuration.types)
        apply_delegations(work, configuration.delegations)
        session.flush()
        refuse_needed(work, configuration.desks)
    if work.faults:
        raise ConfigurationRefused(sorted(work.faults, key=lambda fault: fault.line))
    session.flush()
    if work.changes:
        record(
            session,
            tenant_id=tenant_id,
            chain=tenant_id,
            event="tenant:configuration:imported",
            at=now,
            actor_id=by,
            data={"changes": work.changes},
        )
    return Applied(tuple(work.changes), tuple(work.notes), tuple(work.invited))
