"""Remind now: whoever holds an open step gets its reminder at once, at most once an hour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlmodel import Session, select

from engine.database import table_of
from engine.desks.authority import Authority, authority_over
from engine.desks.queries import desks_supervised
from engine.folders.audience import audience
from engine.folders.facts import StepLoaded, hold_folder_of, load_step
from engine.folders.model import Folder, SecondOpinion, Step
from engine.folders.rules import NOT_FOUND
from engine.folders.step_rules import may_remind
from engine.folders.transitions import REMINDER_DUE
from engine.journal.actions import record
from engine.people.model import Account, Membership, Role
from engine.refusals import Refusal
from engine.work.actions import enqueue

_steps = table_of(Step)
#: The number of a reminder that somebody asked for; those of the drawing count from 0.
ASKED_FOR = -1


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder that leaves (once the caller commits)."""

    desk: str  #: the desk that it goes to
    people: tuple[str, ...]  #: who receives it


def remind(
    session: Session,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    now: datetime,
) -> Reminded | Refusal:
    """Send the reminder of an open step now: to the desk that has it, or to the one whose opinion is waited for.

    Nothing is kept unless the caller commits.
    """
    hold_folder_of(session, step_id)
    loaded = load_step(session, tenant_id, step_id, account.id)
    if loaded is None:
        return NOT_FOUND
    desk_id = _awaited_desk(session, loaded)
    people = audience(session, session.get_one(Folder, loaded.folder.id), [desk_id], now=now)[desk_id]
    last = session.connection().execute(select(_steps.c.reminded_at).where(_steps.c.id == step_id)).scalar()
    concerned = is_concerned(session, loaded, account.id, now=now)
    if refusal := may_remind(loaded.facts, concerned=concerned, last=last, now=now, people=len(people)):
        return refusal
    session.connection().execute(update(_steps).where(_steps.c.id == step_id).values(reminded_at=now))
    desk = loaded.facts.opinion_of or loaded.desk.name
    seq = record(
        session,
        tenant_id=tenant_id,
        chain=loaded.folder.id,
        event="folder:step:reminded",
        at=now,
        actor_id=account.id,
        data={"step": loaded.step.name, "desk": desk},
    )
    told = {"step_id": str(step_id), "number": ASKED_FOR, "again": seq, "by": account.full_name}
    enqueue(
        session, REMINDER_DUE, told, now=now, tenant_id=tenant_id, key=f"{REMINDER_DUE}:{step_id}:{ASKED_FOR}:{seq}"
    )
    return Reminded(desk, tuple(told.account.full_name for told in people))


def is_concerned(session: Session, loaded: StepLoaded, account_id: UUID, *, now: datetime) -> bool:
    """Whether a person may have this step reminded of: they act for its emitter desk, supervise, or administer."""
    folder = loaded.folder
    authority = authority_over(
        session,
        tenant_id=folder.tenant_id,
        account_id=account_id,
        desk_id=folder.emitter_desk_id,
        desk_name="",
        matter=folder.matter,
        now=now,
    )
    if isinstance(authority, Authority) or administers(session, folder.tenant_id, account_id):
        return True
    watched = {desk.id for desk in desks_supervised(session, folder.tenant_id, account_id)}
    return bool(watched & {folder.emitter_desk_id, loaded.desk.id})


def administers(session: Session, tenant_id: UUID, account_id: UUID) -> bool:
    """Whether a person administers the tenant now."""
    membership = session.get(Membership, (account_id, tenant_id))
    return membership is not None and membership.disabled_at is None and membership.role is Role.TENANT_ADMIN


def _awaited_desk(session: Session, loaded: StepLoaded) -> UUID:
    asked = session.exec(
        select(SecondOpinion.asked_desk_id).where(
            SecondOpinion.step_id == loaded.step.id,
            SecondOpinion.closed_at == None,  # noqa: E711
        )
    ).first()
    return asked or loaded.desk.id
