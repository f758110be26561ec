"""What the drawing says of a step, and whom it keeps away from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import Session

from engine.circuits import Circuit, StepSpec, variables_seen
from engine.circuits.aims import EMITTER
from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.desks.authority import Authority
from engine.desks.model import Delegation
from engine.folders.events import CHAINED, STARTED
from engine.folders.facts import StepLoaded, authority_of, load_step
from engine.folders.fallen import what_fell
from engine.folders.model import Step
from engine.folders.rules import Asked
from engine.journal.model import JournalEntry
from engine.refusals import Refusal

_steps, _delegations, _entries = table_of(Step), table_of(Delegation), table_of(JournalEntry)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a page shows of an open step: what the drawing says of it, and what the circuit knows already."""

    spec: StepSpec
    refers_back: bool  #: whether the drawing says where a step that is referred back goes
    excluded: bool  #: whether its separation of duties keeps this person away
    known: Mapping[str, Any]  #: present values of the variables that the step may fill
    authority: Authority | Refusal  #: in what capacity this person would act, or why they may not


def drawn_step(
    session: Session, library: CircuitLibrary, tenant_id: UUID, account_id: UUID, step_id: UUID, *, now: datetime
) -> Drawn | None:
    """What is drawn of an open step, for this person; None when there is no such step, or when it is closed."""
    loaded = load_step(session, tenant_id, step_id, account_id)
    if loaded is None or loaded.facts.closed:
        return None
    circuit = library.version(session, loaded.run.workflow_version_id)
    asked, authority = asked_of(circuit, loaded), authority_of(session, loaded, account_id, now=now)
    seen = variables_seen(circuit, loaded.run.state, str(step_id)) if asked.spec.fills else {}
    return Drawn(
        spec=asked.spec,
        refers_back=asked.refers_back,
        excluded=is_excluded(session, circuit, loaded, account_id, authority),
        known={name: seen[name] for name in asked.spec.fills if name in seen},
        authority=authority,
    )


def asked_of(circuit: Circuit, loaded: StepLoaded) -> Asked:
    """What the drawing asks of this step."""
    where = circuit.at(loaded.step.path)
    return Asked(where.step(loaded.step.element_id), loaded.step.element_id in where.refers_back)


def is_excluded(
    session: Session, circuit: Circuit, loaded: StepLoaded, account_id: UUID, authority: Authority | Refusal
) -> bool:
    """Whether the separation of duties drawn on the step excludes this person (docs/circuits.md, Human steps).

    Whoever acts in the absence of somebody is excluded with them, and an act given in the absence of somebody counts
    as done by both: a delegation is no way around. Acts that fell because the folder went back do not count.
    """
    separated = circuit.at(loaded.step.path).step(loaded.step.element_id).separation
    if not separated:
        return False
    people = {account_id}
    if isinstance(authority, Authority) and authority.principal_id is not None:
        people.add(authority.principal_id)
    if EMITTER in separated and not people.isdisjoint(_emitters(session, loaded)):
        return True
    acted = set(
        session.connection()
        .execute(
            select(_steps.c.id)
            .select_from(_steps)
            .outerjoin(_delegations, _delegations.c.id == _steps.c.delegation_id)
            .where(
                _steps.c.folder_id == loaded.folder.id,
                _steps.c.round == loaded.folder.round,
                _steps.c.path == loaded.step.path,
                _steps.c.element_id.in_(separated),
                _steps.c.acted_by.in_(people) | _delegations.c.principal_id.in_(people),
            )
        )
        .scalars()
    )
    return bool(acted) and not acted <= what_fell(session, loaded.folder.id)[0]


def _emitters(session: Session, loaded: StepLoaded) -> set[UUID | None]:
    """Who deposited a folder, and who sent it into its present circuit: a draft made again may be another holder's."""
    sent = select(_entries.c.actor_id).where(
        _entries.c.chain == loaded.folder.id, _entries.c.event.in_([STARTED, CHAINED])
    )
    last = session.connection().execute(sent.order_by(_entries.c.seq.desc()).limit(1)).scalar()
    return {loaded.folder.created_by, last}
