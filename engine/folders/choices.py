"""The desks that whoever deposits chooses for the steps of a circuit that leave them open."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col, select

from engine.circuits import Circuit, reachable_steps, steps_to_choose, who_is_missing
from engine.circuits.aims import EMITTER, aimed, designated
from engine.desks.model import Desk
from engine.desks.queries import all_desks, associated_desks
from engine.folders.aim_rules import Choice, refuse_aim, refuse_choices
from engine.folders.model import ChosenDesk, Folder
from engine.journal.actions import record
from engine.refusals import Refusal


def choices_of(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> list[Choice]:
    """The steps whose desk a folder which brings these variables must say."""
    return [Choice(one.place, one.step.name) for one in steps_to_choose(circuit, variables, now=now)]


def chosen_desks(session: Session, folder_id: UUID) -> dict[str, str]:
    """The short names of the desks that were chosen for a folder, by step."""
    return dict(
        session.exec(
            select(ChosenDesk.step, Desk.short_name)
            .join(Desk, col(Desk.id) == ChosenDesk.desk_id)
            .where(ChosenDesk.folder_id == folder_id)
        ).all()
    )


def refuse_sending(
    session: Session, circuit: Circuit, folder: Folder, variables: Mapping[str, Any], *, now: datetime
) -> Refusal | None:
    """Whether each step that a folder may come to has its desk: said before it leaves, not in the middle of its way."""
    desks = {desk.short_name: desk for desk in all_desks(session, folder.tenant_id)}
    emitter = session.get_one(Desk, folder.emitter_desk_id)
    if emitter.closed_at is not None:
        return Refusal("emitter_closed", f"Le bureau « {emitter.name} » est fermé : rien ne part plus en son nom.")
    choices = choices_of(circuit, variables, now=now)
    if choices:
        offered = {desk.short_name for desk in offered_desks(session, folder.tenant_id, emitter.id)}
        if refusal := refuse_choices(choices, variables["chosen"], offered, emitter.name):
            return refusal
    if (missing := who_is_missing(circuit, variables, now=now)) is not None:
        return Refusal("nobody_aimed", missing)
    for one in reachable_steps(circuit, variables, now=now):
        for name in aimed(one.step.desk):
            found = emitter if name == EMITTER else desks.get(designated(name, one.place, variables) or "")
            if refusal := refuse_aim(one.step.name, name, found):
                return refusal
    return None


def choose(
    session: Session, folder: Folder, choices: Collection[Choice], wanted: Mapping[str, str], *, by: UUID, now: datetime
) -> Refusal | None:
    """Write the desks chosen for a draft, and say so in its journal. ``wanted``: short names, by step.

    Steps that were not chosen yet stay so: whoever keeps a draft may finish it later. What is written is associated.
    """
    emitter = session.get_one(Desk, folder.emitter_desk_id)
    offered = {desk.short_name: desk for desk in offered_desks(session, folder.tenant_id, emitter.id)}
    kept = [choice for choice in choices if wanted.get(choice.place)]
    if refusal := refuse_choices(kept, wanted, offered, emitter.name):
        return refusal
    told = {choice.place: wanted[choice.place] for choice in kept}
    if told == chosen_desks(session, folder.id):
        return None
    session.connection().execute(delete(ChosenDesk).where(col(ChosenDesk.folder_id) == folder.id))
    session.add_all(
        ChosenDesk(folder_id=folder.id, step=place, desk_id=offered[short_name].id)
        for place, short_name in told.items()
    )
    session.flush()
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event="folder:desks:chosen",
        at=now,
        actor_id=by,
        data={choice.name: offered[wanted[choice.place]].name for choice in kept},
    )
    return None


def offered_desks(session: Session, tenant_id: UUID, emitter_id: UUID) -> list[Desk]:
    """What a desk that deposits may choose: the desks associated with it that may act."""
    return [desk for desk in associated_desks(session, tenant_id, emitter_id) if desk.may_act]
