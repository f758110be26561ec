"""What a person may do now on an open step, beside ending it: asked of the same guards as the actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from engine.circuits.library import CircuitLibrary
from engine.desks.authority import authority_over
from engine.folders.drawn import asked_of, is_excluded
from engine.folders.facts import StepLoaded, authority_of, load_step
from engine.folders.model import Act, Folder, FolderStatus, Step, Verdict
from engine.folders.opinions import OpinionView, opinions_of
from engine.folders.reminding import is_concerned
from engine.folders.rules import may_act, may_act_as_drawn
from engine.folders.step_rules import (
    OpinionFacts,
    Target,
    may_ask_opinion,
    may_give_opinion,
    may_remind,
    may_take_back_opinion,
    may_transfer,
)
from engine.folders.transferring import transfers_of
from engine.people.model import Account

#: Some other desk, which could take a step: which one is chosen in the form.
_ANY = Target("")


@dataclass(frozen=True, slots=True)
class StepOffers:
    """What this person may do on the open steps of a folder."""

    step_id: UUID | None = None  #: the step that waits for them, if one does
    acts: tuple[Act, ...] = ()  #: on that step, in order
    to_give: OpinionView | None = None  #: the question that their desk may answer
    to_take_back: OpinionView | None = None  #: the question that they may take back
    to_remind: tuple[UUID, ...] = ()  #: the open steps of which they may send a reminder


def step_offers(
    session: Session, library: CircuitLibrary, folder: Folder, account: Account, step_id: UUID | None, *, now: datetime
) -> StepOffers:
    """``step_id``: the step that waits for this person, if one does."""
    if folder.status is not FolderStatus.IN_PROGRESS:
        return StepOffers()
    loaded = load_step(session, folder.tenant_id, step_id, account.id) if step_id is not None else None
    awaited = [view for view in opinions_of(session, folder.tenant_id, folder.id) if view.is_awaited]
    return StepOffers(
        step_id=step_id,
        acts=_acts(session, library, loaded, account.id, now) if loaded is not None else (),
        to_give=next((view for view in awaited if _may_give(session, folder, view, account.id, now)), None),
        to_take_back=next((view for view in awaited if _may_take_back(session, view, account.id, now)), None),
        to_remind=_to_remind(session, folder, account.id, now),
    )


def _acts(
    session: Session, library: CircuitLibrary, loaded: StepLoaded, account_id: UUID, now: datetime
) -> tuple[Act, ...]:
    circuit = library.version(session, loaded.run.workflow_version_id)
    authority = authority_of(session, loaded, account_id, now=now)
    excluded = is_excluded(session, circuit, loaded, account_id, authority)
    asked = asked_of(circuit, loaded)
    moves = transfers_of(session, loaded.folder.tenant_id, loaded.folder.id)
    gone = sum(view.transfer.step_id == loaded.step.id for view in moves)
    paper = may_act(
        loaded.facts, Act.PAPER_SIGNATURE, authority=authority, document_unchanged=True, signed=True
    ) or may_act_as_drawn(
        asked, Act.PAPER_SIGNATURE, "approved", dict.fromkeys(asked.spec.fills, "à remplir"), excluded=excluded
    )
    refusals = {
        Act.ASK_SECOND_OPINION: may_ask_opinion(loaded.facts, authority, _ANY, "à écrire", excluded=excluded),
        Act.TRANSFER: may_transfer(loaded.facts, authority, _ANY, "", transfers=gone),
        Act.PAPER_SIGNATURE: paper,
    }
    return tuple(act for act, refusal in refusals.items() if refusal is None)


def _may_give(session: Session, folder: Folder, view: OpinionView, account_id: UUID, now: datetime) -> bool:
    loaded = load_step(session, folder.tenant_id, view.opinion.step_id, account_id)
    if loaded is None:
        return False
    authority = authority_over(
        session,
        tenant_id=folder.tenant_id,
        account_id=account_id,
        desk_id=view.asked.id,
        desk_name=view.asked.name,
        matter=loaded.folder.matter,
        now=now,
    )
    facts = OpinionFacts(view.asked.name, step_open=True)
    return may_give_opinion(facts, authority, Verdict.FAVOURABLE, "") is None


def _may_take_back(session: Session, view: OpinionView, account_id: UUID, now: datetime) -> bool:
    loaded = load_step(session, view.opinion.tenant_id, view.opinion.step_id, account_id)
    if loaded is None:
        return False
    facts = OpinionFacts(view.asked.name, step_open=True)
    return may_take_back_opinion(facts, authority_of(session, loaded, account_id, now=now)) is None


def _to_remind(session: Session, folder: Folder, account_id: UUID, now: datetime) -> tuple[UUID, ...]:
    """Those whose last reminder is old enough."""
    steps = session.exec(
        select(Step).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None)).order_by(col(Step.id))
    ).all()
    found = []
    for step in steps:
        loaded = load_step(session, folder.tenant_id, step.id, account_id)
        if loaded is None or not is_concerned(session, loaded, account_id, now=now):
            continue
        if may_remind(loaded.facts, concerned=True, last=step.reminded_at, now=now) is None:
            found.append(step.id)
    return tuple(found)
