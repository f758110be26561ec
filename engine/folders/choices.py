"""The desks that whoever deposits chooses for the steps of a circuit that leave them open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import Session, col

from engine.circuits import Circuit, reachable_steps, steps_to_choose, who_is_missing
from engine.circuits.aims import EMITTER, aimed, designated
from engine.circuits.library import CircuitLibrary, latest_version
from engine.desks.model import Desk
from engine.desks.queries import all_desks, associated_desks
from engine.folders.aim_rules import Choice, refuse_aim, refuse_choices
from engine.folders.model import ChosenDesk, Folder
from engine.folders.variables import variables_at_start
from engine.journal.actions import record
from engine.refusals import Refusal
from engine.typology.queries import subtype_of

#: Stands in a forecast for a desk that is still to be chosen; no short name is written so.
TO_CHOOSE = "?"


def choices_of(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> list[Choice]:
    """The steps whose desk a folder which brings these variables must say."""
    return [Choice(one.place, one.step.name) for one in steps_to_choose(circuit, variables, now=now)]


@dataclass(frozen=True, slots=True)
class Departure:
    """What a folder of a sub-type needs before it may leave in the name of a desk."""

    choices: tuple[Choice, ...] = ()  #: steps whose desk is to be chosen
    offered: tuple[Desk, ...] = ()  #: among which
    missing: str = ""  #: why it cannot leave, whatever is chosen


def departure(
    session: Session,
    library: CircuitLibrary,
    tenant_id: UUID,
    subtype_id: UUID,
    emitter_desk_id: UUID | None,
    variables: Mapping[str, Any],
    *,
    now: datetime,
) -> Departure:
    """What must be chosen today for a folder of this sub-type. ``variables``: what it would give to its circuit."""
    subtype = subtype_of(session, tenant_id, subtype_id)
    version = latest_version(session, tenant_id, subtype.workflow_definition_id) if subtype else None
    if version is None or emitter_desk_id is None:
        return Departure()
    circuit = library.version(session, version.id)
    choices = choices_of(circuit, variables, now=now)
    return Departure(
        tuple(choices),
        tuple(offered_desks(session, tenant_id, emitter_desk_id)) if choices else (),
        who_is_missing(circuit, to_be_chosen(circuit, variables, now=now), now=now) or "",
    )


def to_be_chosen(circuit: Circuit, variables: Mapping[str, Any], *, now: datetime) -> dict[str, Any]:
    """The same variables, with :data:`TO_CHOOSE` for what has not been chosen yet: to foresee what follows."""
    unknown = {choice.place: TO_CHOOSE for choice in choices_of(circuit, variables, now=now)}
    chosen = {place: desk for place, desk in variables["chosen"].items() if desk}
    return {**variables, "chosen": {**unknown, **chosen}}


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
    session: Session, library: CircuitLibrary, folder: Folder, wanted: Mapping[str, str], *, by: UUID, now: datetime
) -> Refusal | None:
    """Write the desks chosen for a draft, and say so in its journal. ``wanted``: short names, by step.

    Steps that are not chosen yet stay so: whoever keeps a draft may finish it later. What is written is associated.
    """
    variables = variables_at_start(session, folder)
    before: dict[str, str] = variables["chosen"]
    given = {**variables, "chosen": dict(wanted)}
    needs = departure(session, library, folder.tenant_id, folder.subtype_id, folder.emitter_desk_id, given, now=now)
    emitter = session.get_one(Desk, folder.emitter_desk_id)
    offered = {desk.short_name: desk for desk in needs.offered}
    kept = [choice for choice in needs.choices if wanted.get(choice.place)]
    if refusal := refuse_choices(kept, wanted, offered, emitter.name):
        return refusal
    told = {choice.place: wanted[choice.place] for choice in kept}
    if told == before:
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
        data={"desks": {choice.name: offered[told[choice.place]].name for choice in kept}},
    )
    return None


def offered_desks(session: Session, tenant_id: UUID, emitter_id: UUID) -> list[Desk]:
    """What a desk that deposits may choose: the desks associated with it that may act."""
    return [desk for desk in associated_desks(session, tenant_id, emitter_id) if desk.may_act]
