"""The desks to which an open step, or a question about it, may go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from engine.circuits import Circuit
from engine.database import table_of
from engine.desks.authority import Authority
from engine.desks.model import Desk
from engine.desks.queries import desk_of, holders
from engine.folders.drawn import is_excluded
from engine.folders.facts import StepLoaded
from engine.folders.model import Step
from engine.folders.step_rules import Target

_steps = table_of(Step)


@dataclass(frozen=True, slots=True)
class Choice:
    """A desk that a form proposes."""

    id: UUID
    name: str
    people: tuple[str, ...]  #: who holds it


def target_of(session: Session, circuit: Circuit, loaded: StepLoaded, desk_id: UUID | None) -> Target | None:
    """What decides whether this desk may get the step, or be asked; None when the tenant has no such desk."""
    desk = desk_of(session, loaded.folder.tenant_id, desk_id) if desk_id is not None else None
    if desk is None:
        return None
    people = [account.id for account in holders(session, [desk.id])[desk.id]]
    return Target(
        name=desk.name,
        has_step=desk.id == loaded.desk.id,
        answers=desk.may_act and desk.closed_at is None,
        held=bool(people),
        excluded=all(is_excluded(session, circuit, loaded, one, Authority(desk.id)) for one in people),
        counted=_is_counted(session, loaded, desk.id),
    )


def choices(session: Session, tenant_id: UUID, *, without: UUID) -> Sequence[Choice]:
    """The desks to propose, by name: in use, allowed to act and held. ``without``: the desk that has the step."""
    desks = session.exec(
        select_rows(Desk)
        .where(
            Desk.tenant_id == tenant_id,
            Desk.id != without,
            col(Desk.may_act).is_(True),
            col(Desk.closed_at).is_(None),
        )
        .order_by(col(Desk.name), col(Desk.id))
    ).all()
    people = holders(session, [desk.id for desk in desks])
    return [
        Choice(desk.id, desk.name, tuple(account.full_name for account in people[desk.id]))
        for desk in desks
        if people[desk.id]
    ]


def _is_counted(session: Session, loaded: StepLoaded, desk_id: UUID) -> bool:
    """Whether another of the answers that the same step asks for at once is this desk's: it would count twice."""
    if loaded.step.instance is None:
        return False
    one, other = _steps.alias(), _steps.alias()
    found = session.connection().execute(
        select(
            exists().where(
                one.c.id == loaded.step.id,
                other.c.id != one.c.id,
                other.c.folder_id == one.c.folder_id,
                other.c.element_id == one.c.element_id,
                other.c.path == one.c.path,
                other.c.opened_at == one.c.opened_at,
                other.c.desk_id == desk_id,
                other.c.closed_at.is_(None) | other.c.outcome.is_not(None),
            )
        )
    )
    return bool(found.scalar())
