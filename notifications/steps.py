"""What workers tell when an open step is asked about, or changes hands. Each may be run again."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlmodel import Session, col, select

from engine.database import Database
from engine.desks.model import Desk
from engine.folders.audience import Told, audience
from engine.folders.model import Folder, SecondOpinion, Step, Transfer, Verdict
from engine.people.model import Account
from notifications.actions import tell
from notifications.rules import Telling
from notifications.step_rules import tell_answered, tell_asked, tell_question_over, tell_transferred


def opinion_asked(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell the asked desk, unless the question is over already."""
    with database.writing() as session:
        opinion = session.get(SecondOpinion, UUID(data["opinion_id"]))
        if opinion is None or not is_awaited(session, opinion):
            return
        _ask(session, opinion, f"opinion_asked:{opinion.id}", base_url, now)
        session.commit()


def opinion_closed(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell whoever waits for the answer; or, of a question that was taken back, those who were asked."""
    with database.writing() as session:
        opinion = session.get(SecondOpinion, UUID(data["opinion_id"]))
        if opinion is None or opinion.verdict is None:
            return
        folder, step = session.get_one(Folder, opinion.folder_id), session.get_one(Step, opinion.step_id)
        if opinion.verdict is Verdict.TAKEN_BACK:
            question_over(session, opinion, "taken_back", base_url, now)
        else:
            who = session.get_one(Account, opinion.closed_by)
            waiting = {told.account.id: told.account for told in _people(session, folder, step.desk_id, now)}
            asker = session.get_one(Account, opinion.asked_by)
            for account in {**waiting, asker.id: asker}.values():
                telling = tell_answered(
                    account_id=account.id,
                    opinion_id=opinion.id,
                    title=folder.title,
                    desk=session.get_one(Desk, opinion.asked_desk_id).name,
                    step=step.name,
                    who=who.full_name,
                    verdict=opinion.verdict,
                    text=opinion.text,
                )
                _tell(session, telling, account, folder, base_url, now)
        session.commit()


def step_transferred(database: Database, data: dict[str, Any], *, base_url: str, now: datetime) -> None:
    """Tell the desk that a step is now theirs, unless it has gone on since."""
    with database.writing() as session:
        moved = session.get(Transfer, UUID(data["transfer_id"]))
        step = session.get_one(Step, moved.step_id) if moved is not None else None
        if moved is None or step is None or step.closed_at is not None or step.desk_id != moved.to_desk_id:
            return
        folder = session.get_one(Folder, moved.folder_id)
        for told in _people(session, folder, moved.to_desk_id, now):
            telling = tell_transferred(
                account_id=told.account.id,
                transfer_id=moved.id,
                kind=step.kind,
                title=folder.title,
                desk=session.get_one(Desk, moved.to_desk_id).name,
                step=step.name,
                who=session.get_one(Account, moved.transferred_by).full_name,
                origin=session.get_one(Desk, moved.from_desk_id).name,
                reason=moved.reason,
                on_behalf_of=told.on_behalf_of,
            )
            _tell(session, telling, told.account, folder, base_url, now)
        session.commit()


def remind_of_question(session: Session, step_id: UUID, key: str, *, base_url: str, now: datetime) -> bool:
    """Remind the desk whose opinion a step waits for; False when it waits for none. The caller commits."""
    opinion = session.exec(
        select(SecondOpinion).where(SecondOpinion.step_id == step_id, col(SecondOpinion.closed_at).is_(None))
    ).first()
    if opinion is None:
        return False
    _ask(session, opinion, key, base_url, now, again=True)
    return True


def questions_over(session: Session, step_ids: list[UUID], mark: str, *, base_url: str, now: datetime) -> None:
    """Tell those whose opinion is wanted no more, since their steps are withdrawn. The caller commits."""
    for opinion in session.exec(
        select(SecondOpinion).where(col(SecondOpinion.step_id).in_(step_ids), col(SecondOpinion.closed_at).is_(None))
    ).all():
        question_over(session, opinion, mark, base_url, now)


def question_over(session: Session, opinion: SecondOpinion, mark: str, base_url: str, now: datetime) -> None:
    """Tell those who were asked that no answer is waited for. ``mark``: why."""
    folder = session.get_one(Folder, opinion.folder_id)
    desk = session.get_one(Desk, opinion.asked_desk_id).name
    for told in _people(session, folder, opinion.asked_desk_id, now):
        telling = tell_question_over(told.account.id, f"{opinion.id}:{mark}", folder.title, desk, told.on_behalf_of)
        _tell(session, telling, told.account, folder, base_url, now)


def is_awaited(session: Session, opinion: SecondOpinion) -> bool:
    """Whether an answer is still waited for."""
    return opinion.closed_at is None and session.get_one(Step, opinion.step_id).closed_at is None


def _ask(
    session: Session, opinion: SecondOpinion, key: str, base_url: str, now: datetime, *, again: bool = False
) -> None:
    folder = session.get_one(Folder, opinion.folder_id)
    for told in _people(session, folder, opinion.asked_desk_id, now):
        telling = tell_asked(
            account_id=told.account.id,
            key=key,
            title=folder.title,
            desk=session.get_one(Desk, opinion.asked_desk_id).name,
            step=session.get_one(Step, opinion.step_id).name,
            who=session.get_one(Account, opinion.asked_by).full_name,
            asking=session.get_one(Desk, opinion.asking_desk_id).name,
            question=opinion.question,
            on_behalf_of=told.on_behalf_of,
            again=again,
        )
        _tell(session, telling, told.account, folder, base_url, now)


def _people(session: Session, folder: Folder, desk_id: UUID, now: datetime) -> list[Told]:
    return audience(session, folder, [desk_id], now=now)[desk_id]


def _tell(session: Session, telling: Telling, account: Account, folder: Folder, base_url: str, now: datetime) -> None:
    tell(
        session,
        telling,
        account,
        url=f"{base_url}/dossiers/{folder.id}",
        button="Ouvrir le dossier",
        base_url=base_url,
        now=now,
        tenant_id=folder.tenant_id,
        folder_id=folder.id,
    )
