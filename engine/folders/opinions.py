"""Second opinions: asking another desk about an open step, its answer, the question taken back.

The circuit knows nothing of it: the step stays open, and waits for the answer before anything else is done on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from engine.circuits.library import CircuitLibrary
from engine.database import table_of
from engine.desks.authority import Authority, authority_over
from engine.desks.model import Desk
from engine.folders.actions import told_of
from engine.folders.aiming import target_of
from engine.folders.drawn import is_excluded
from engine.folders.facts import StepLoaded, authority_of, hold_folder, hold_folder_of, load_step
from engine.folders.model import FolderStatus, SecondOpinion, Step, Verdict
from engine.folders.rules import NOT_FOUND
from engine.folders.step_rules import OpinionFacts, may_ask_opinion, may_give_opinion, may_take_back_opinion
from engine.journal.actions import record
from engine.people.model import Account
from engine.refusals import Refusal
from engine.work.actions import cancel, enqueue

#: Work kind: a desk is asked for its opinion; whoever holds it is told.
OPINION_ASKED = "folder.opinion.asked"
#: Work kind: an opinion came, was declined, or is wanted no more; whoever waits is told.
OPINION_CLOSED = "folder.opinion.closed"

_steps, _opinions = table_of(Step), table_of(SecondOpinion)


@dataclass(frozen=True, slots=True)
class OpinionView:
    """A second opinion as pages show it."""

    opinion: SecondOpinion
    asking: Desk
    asked: Desk
    asker: Account
    answerer: Account | None
    step_open: bool

    @property
    def is_awaited(self) -> bool:
        """Whether the answer is still waited for."""
        return self.opinion.closed_at is None and self.step_open


def ask_opinion(
    session: Session,
    library: CircuitLibrary,
    *,
    tenant_id: UUID,
    account: Account,
    step_id: UUID,
    desk_id: UUID | None,
    question: str,
    now: datetime,
) -> SecondOpinion | Refusal:
    """Ask another desk for its opinion on the step; until it comes, nothing else is done there.

    Nothing is kept unless the caller commits.
    """
    hold_folder_of(session, step_id)
    loaded = load_step(session, tenant_id, step_id, account.id)
    if loaded is None:
        return NOT_FOUND
    authority = authority_of(session, loaded, account.id, now=now)
    circuit = library.version(session, loaded.run.workflow_version_id)
    refusal = may_ask_opinion(
        loaded.facts,
        authority,
        target_of(session, circuit, loaded, desk_id),
        question,
        excluded=is_excluded(session, circuit, loaded, account.id, authority),
    )
    if refusal:
        return refusal
    assert isinstance(authority, Authority)  # refused otherwise
    assert desk_id is not None  # refused otherwise
    opinion = SecondOpinion(
        tenant_id=tenant_id,
        folder_id=loaded.folder.id,
        step_id=step_id,
        asking_desk_id=loaded.desk.id,
        asked_by=account.id,
        asked_desk_id=desk_id,
        question=question.strip(),
        asked_at=now,
    )
    session.add(opinion)
    session.flush()
    asked = session.get_one(Desk, desk_id).name
    _record(
        session,
        loaded,
        account,
        "folder:opinion:asked",
        {"desk": loaded.desk.name, "to": asked, "question": opinion.question, **told_of(authority)},
        now,
    )
    _announce(session, OPINION_ASKED, opinion, now)
    return opinion


def give_opinion(
    session: Session,
    *,
    tenant_id: UUID,
    account: Account,
    opinion_id: UUID,
    verdict: Verdict | None,
    text: str,
    now: datetime,
) -> SecondOpinion | Refusal:
    """Answer, or decline: the step comes back to the desk that had asked. Nothing is kept unless the caller commits."""
    found = _loaded(session, tenant_id, opinion_id, account)
    if found is None:
        return NOT_FOUND
    opinion, desk, loaded = found
    authority = authority_over(
        session,
        tenant_id=tenant_id,
        account_id=account.id,
        desk_id=desk.id,
        desk_name=desk.name,
        matter=loaded.folder.matter,
        now=now,
    )
    refusal = may_give_opinion(_facts(opinion, desk, loaded), authority, verdict, text)
    if refusal:
        return refusal
    assert isinstance(authority, Authority)  # refused otherwise
    assert verdict is not None  # refused otherwise
    _close(session, opinion, account, verdict, text.strip(), now)
    event = "folder:opinion:declined" if verdict is Verdict.DECLINED else "folder:opinion:given"
    said = {"desk": desk.name, "verdict": verdict.value, "text": opinion.text, **told_of(authority)}
    _record(session, loaded, account, event, said, now)
    _announce(session, OPINION_CLOSED, opinion, now)
    return opinion


def take_back_opinion(
    session: Session, *, tenant_id: UUID, account: Account, opinion_id: UUID, now: datetime
) -> SecondOpinion | Refusal:
    """Take back a question that has no answer: the step waits again for the desk that has it.

    Nothing is kept unless the caller commits.
    """
    found = _loaded(session, tenant_id, opinion_id, account)
    if found is None:
        return NOT_FOUND
    opinion, desk, loaded = found
    authority = authority_of(session, loaded, account.id, now=now)
    refusal = may_take_back_opinion(_facts(opinion, desk, loaded), authority)
    if refusal:
        return refusal
    assert isinstance(authority, Authority)  # refused otherwise
    _close(session, opinion, account, Verdict.TAKEN_BACK, "", now)
    _record(
        session,
        loaded,
        account,
        "folder:opinion:taken_back",
        {"desk": loaded.desk.name, "to": desk.name, **told_of(authority)},
        now,
    )
    told = cancel(session, [f"{OPINION_ASKED}:{opinion.id}"], now=now, reason="annulé : la question a été reprise")
    if told:
        _announce(session, OPINION_CLOSED, opinion, now)
    return opinion


def note_opinion_read(
    session: Session, *, tenant_id: UUID, account_id: UUID, folder_id: UUID, desk_ids: Sequence[UUID], now: datetime
) -> bool:
    """Write that somebody of an asked desk has opened the folder; False when there was nothing to note."""
    hold_folder(session, folder_id)
    unread = session.exec(
        select(SecondOpinion, Desk)
        .join(Desk, col(Desk.id) == SecondOpinion.asked_desk_id)
        .join(Step, col(Step.id) == SecondOpinion.step_id)
        .where(
            SecondOpinion.tenant_id == tenant_id,
            SecondOpinion.folder_id == folder_id,
            col(SecondOpinion.closed_at).is_(None),
            col(SecondOpinion.read_at).is_(None),
            col(SecondOpinion.asked_desk_id).in_(desk_ids),
            col(Step.closed_at).is_(None),
        )
    ).all()
    for opinion, desk in unread:
        opinion.read_at = now
        record(
            session,
            tenant_id=tenant_id,
            chain=folder_id,
            event="folder:opinion:read",
            at=now,
            actor_id=account_id,
            data={"desk": desk.name},
        )
    session.flush()
    return bool(unread)


def opinions_of(session: Session, tenant_id: UUID, folder_id: UUID) -> Sequence[OpinionView]:
    """Every opinion asked in a folder, in order."""
    asking, asked = aliased(Desk), aliased(Desk)
    asker, answerer = aliased(Account), aliased(Account)
    rows = session.exec(
        select(SecondOpinion, asking, asked, asker, answerer, Step)  # type: ignore[call-overload]
        .join(asking, asking.id == SecondOpinion.asking_desk_id)
        .join(asked, asked.id == SecondOpinion.asked_desk_id)
        .join(asker, asker.id == SecondOpinion.asked_by)
        .outerjoin(answerer, answerer.id == SecondOpinion.closed_by)
        .join(Step, Step.id == SecondOpinion.step_id)
        .where(SecondOpinion.tenant_id == tenant_id, SecondOpinion.folder_id == folder_id)
        .order_by(SecondOpinion.asked_at, SecondOpinion.id)
    )
    return [
        OpinionView(opinion, desk, other, who, reply, step_open=step.closed_at is None)
        for opinion, desk, other, who, reply, step in rows
    ]


def _loaded(
    session: Session, tenant_id: UUID, opinion_id: UUID, account: Account
) -> tuple[SecondOpinion, Desk, StepLoaded] | None:
    opinion = session.get(SecondOpinion, opinion_id)
    if opinion is None or opinion.tenant_id != tenant_id:
        return None
    hold_folder(session, opinion.folder_id)
    session.refresh(opinion)
    loaded = load_step(session, tenant_id, opinion.step_id, account.id)
    return (opinion, session.get_one(Desk, opinion.asked_desk_id), loaded) if loaded is not None else None


def _facts(opinion: SecondOpinion, desk: Desk, loaded: StepLoaded) -> OpinionFacts:
    step_open = not loaded.facts.closed and loaded.facts.status is FolderStatus.IN_PROGRESS
    return OpinionFacts(desk.name, step_open=step_open, verdict=opinion.verdict)


def _close(
    session: Session, opinion: SecondOpinion, account: Account, verdict: Verdict, text: str, now: datetime
) -> None:
    opinion.closed_at, opinion.closed_by, opinion.verdict, opinion.text = now, account.id, verdict, text
    session.flush()
    if verdict is not Verdict.TAKEN_BACK:  # it comes back as something new to read
        session.connection().execute(update(_steps).where(_steps.c.id == opinion.step_id).values(read_at=None))


def _record(
    session: Session, loaded: StepLoaded, account: Account, event: str, data: dict[str, Any], now: datetime
) -> None:
    record(
        session,
        tenant_id=loaded.folder.tenant_id,
        chain=loaded.folder.id,
        event=event,
        at=now,
        actor_id=account.id,
        data={"step": loaded.step.name, **data},
    )


def _announce(session: Session, kind: str, opinion: SecondOpinion, now: datetime) -> None:
    enqueue(
        session,
        kind,
        {"opinion_id": opinion.id},
        now=now,
        tenant_id=opinion.tenant_id,
        key=f"{kind}:{opinion.id}",
    )
