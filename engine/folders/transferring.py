"""Transfer: another desk takes an open step. The circuit knows nothing of it, the journal tells all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import bindparam, delete, func, update
from sqlalchemy.orm import aliased
from sqlmodel import Session, select

from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.desks.authority import Authority
from engine.desks.model import Desk
from engine.folders.actions import told_of
from engine.folders.aiming import target_of
from engine.folders.facts import StepLoaded, authority_of, hold_folder_of, load_step
from engine.folders.model import PreparedSignature, Step, Transfer
from engine.folders.rules import NOT_FOUND
from engine.folders.step_rules import may_transfer
from engine.folders.transitions import CONFLICT
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal
from engine.work.actions import enqueue

#: Work kind: a step went to another desk; whoever holds it is told.
STEP_TRANSFERRED = "folder.step.transferred"

_steps, _prepared = table_of(Step), table_of(PreparedSignature)
_MOVE = update(_steps).where(
    _steps.c.id == bindparam("step"), _steps.c.desk_id == bindparam("from_desk"), _steps.c.closed_at.is_(None)
)


@dataclass(frozen=True, slots=True)
class TransferView:
    """A transfer as pages show it."""

    transfer: Transfer
    origin: Desk
    target: Desk
    by: Account


def transfer(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    desk_id: UUID | None,
    reason: str,
    now: datetime,
) -> Transfer | Refusal:
    """Give an open step to another desk, which then acts on it as if the drawing had aimed at it.

    Nothing is kept unless the caller commits; on a refusal the caller must not commit.
    """
    hold_folder_of(session, step_id)
    loaded = load_step(session, tenant_id, step_id, account.id)
    if loaded is None:
        return NOT_FOUND
    authority = authority_of(session, loaded, account.id, now=now)
    circuit = library.version(session, loaded.run.workflow_version_id)
    refusal = may_transfer(
        loaded.facts,
        authority,
        target_of(session, circuit, loaded, desk_id),
        reason,
        transfers=_how_many(session, step_id),
    )
    if refusal:
        return refusal
    assert isinstance(authority, Authority)  # refused otherwise
    assert desk_id is not None  # refused otherwise
    return _write(session, loaded, account, authority, desk_id, reason.strip(), now)


def transfers_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[TransferView]:
    """Every transfer of a folder, in order."""
    origin, target = aliased(Desk), aliased(Desk)
    rows = session.exec(
        select(Transfer, origin, target, Account)
        .join(origin, origin.id == Transfer.from_desk_id)  # type: ignore[arg-type]
        .join(target, target.id == Transfer.to_desk_id)  # type: ignore[arg-type]
        .join(Account, Account.id == Transfer.transferred_by)  # type: ignore[arg-type]
        .where(Transfer.tenant_id == tenant_id, Transfer.folder_id == folder_id)
        .order_by(Transfer.transferred_at, Transfer.id)  # type: ignore[arg-type]
    )
    return [TransferView(*row) for row in rows]


def _how_many(session: Session, step_id: UUID) -> int:
    return session.exec(select(func.count()).select_from(Transfer).where(Transfer.step_id == step_id)).one()


def _write(
    session: Session,
    loaded: StepLoaded,
    account: Account,
    authority: Authority,
    desk_id: UUID,
    reason: str,
    now: datetime,
) -> Transfer | Refusal:
    moved = session.connection().execute(
        _MOVE, {"step": loaded.step.id, "from_desk": loaded.desk.id, "desk_id": desk_id, "read_at": None}
    )
    if moved.rowcount != 1:
        return Refusal(*CONFLICT)
    # Its mark names the desk that had the step: whoever holds both would sign with it for the wrong one.
    session.connection().execute(delete(_prepared).where(_prepared.c.step_id == loaded.step.id))
    made = Transfer(
        tenant_id=loaded.folder.tenant_id,
        folder_id=loaded.folder.id,
        step_id=loaded.step.id,
        from_desk_id=loaded.desk.id,
        to_desk_id=desk_id,
        transferred_by=account.id,
        transferred_at=now,
        reason=reason,
    )
    session.add(made)
    session.flush()
    record(
        session,
        tenant_id=made.tenant_id,
        chain=made.folder_id,
        event="folder:step:transferred",
        at=now,
        actor_id=account.id,
        data={
            "step": loaded.step.name,
            "desk": loaded.desk.name,
            "to": session.get_one(Desk, desk_id).name,
            **({"reason": reason} if reason else {}),
            **told_of(authority),
        },
    )
    key = f"{STEP_TRANSFERRED}:{made.id}"
    enqueue(session, STEP_TRANSFERRED, {"transfer_id": made.id}, now=now, tenant_id=made.tenant_id, key=key)
    return made
