"""Acts on a whole folder in a few words, and what people were told of them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete
from sqlmodel import col, select

from engine.desks.model import DeskHolder
from engine.folders.model import Act, Folder, Step
from engine.folders.rewinding import return_to, undo
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from engine.work.model import WorkItem
from notifications.handlers import folder_moved
from notifications.model import Mail
from notifications.whole import folder_stopped
from tests.support.world import NOW, World

LATER = NOW + timedelta(hours=1)


def do(world: World, action: Callable[..., Any], who: str, folder: Folder, **more: Any) -> Any:
    """One act of a whole folder, committed when it was let through."""
    with world.database.writing() as session:
        result = action(
            session,
            tenant_id=world.tenant.id,
            account=world.accounts[who],
            folder_id=folder.id,
            now=more.pop("now", LATER),
            **more,
        )
        if not isinstance(result, Refusal):
            session.commit()
    return result


def code(result: Any) -> str:
    assert isinstance(result, Refusal), result
    return result.code


def present(world: World, folder: Folder) -> Folder:
    with world.database.reading() as session:
        return session.get_one(Folder, folder.id)


def events(world: World, folder: Folder) -> list[str]:
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
        assert broken_at(entries) is None
        return [entry.event for entry in entries]


def rejected(world: World, **how: Any) -> Folder:
    folder = world.sent(**how)
    world.act("dgs", folder, Act.REJECT, "Le montant est faux.")
    return folder


def finished(world: World, **how: Any) -> Folder:
    folder = world.sent(**how)
    world.act("dgs", folder, Act.VISA)
    world.sign("maire", folder)
    return folder


def tell(world: World) -> dict[str, list[str]]:
    """Do the work that tells people, and give what each was told: surname → subjects."""
    handlers = {"folder.moved": folder_moved, "folder.stopped": folder_stopped}
    with world.database.reading() as session:
        items = session.exec(select(WorkItem).where(col(WorkItem.kind).in_(handlers)).order_by(col(WorkItem.id))).all()
    for item in items:
        for _ in range(2):  # a worker may do it again: nobody is told twice
            handlers[item.kind](world.database, json.loads(item.data), base_url="https://essai.example", now=LATER)
    names = {account.id: key for key, account in world.accounts.items()}
    told: dict[str, list[str]] = {}
    with world.database.reading() as session:
        for mail in session.exec(select(Mail).order_by(col(Mail.id))):
            told.setdefault(names[mail.account_id], []).append(mail.subject)
    return told


def first_step(world: World, folder: Folder) -> Step:
    with world.database.reading() as session:
        return session.exec(select(Step).where(Step.folder_id == folder.id).order_by(col(Step.opened_at))).all()[0]


def undo_in(world: World) -> Callable[..., Any]:
    return lambda session, **how: undo(session, world.library, **how)


def return_in(world: World, step_id: UUID) -> Callable[..., Any]:
    return lambda session, **how: return_to(session, world.library, step_id=step_id, **how)


def leave(world: World, who: str) -> None:
    with world.database.writing() as session:
        mine = col(DeskHolder.account_id) == world.accounts[who].id
        session.connection().execute(delete(DeskHolder).where(mine))
        session.commit()
