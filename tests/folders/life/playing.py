"""What a game of folders is played with: the town, what is known of it beside the database, and short ways to act."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis.stateful import RuleBasedStateMachine
from sqlmodel import Session, col, select

from engine.desks.model import Delegation, Desk
from engine.folders.model import Folder, FolderStatus, Step
from engine.refusals import Refusal
from tests.support.world import NOW, World


@dataclass(frozen=True)
class Town:
    """Where the games are played, one after the other: migrating a database for each would take all the time."""

    world: World
    neighbour: World


class Played(RuleBasedStateMachine):
    """A game: its folders, and what its author knows of the people."""

    town: Town
    done: dict[str, int]  #: how often each act was let through, over all games

    def __init__(self) -> None:
        super().__init__()
        self.world = self.town.world
        self.now = NOW + timedelta(hours=1)
        self.folders: list[UUID] = []
        self.held: dict[str, set[str]] = {}
        self.delegations: list[Delegation] = []
        self.touched: set[UUID] = set()
        self.versions: dict[UUID, str] = {}  #: every version of a document ever seen → its digest

    def by(self, who: str, folder_id: UUID) -> dict[str, Any]:
        return {
            "tenant_id": self.world.tenant.id,
            "account": self.world.accounts[who],
            "folder_id": folder_id,
            "now": self.now,
        }

    def whole(self, name: str, what: Callable[..., Any], who: str, folder: Folder, *args: Any, **more: Any) -> Any:
        """An act on a whole folder; what it made, or None when it was refused."""
        result = self.try_it(name, lambda session: what(session, *args, **self.by(who, folder.id), **more))
        return None if isinstance(result, Refusal) else result

    def try_it(self, name: str, do: Callable[[Session], Any]) -> Any:
        """In a transaction of its own, kept only when the guards let it through."""
        with self.world.database.writing() as session:
            result = do(session)
            if not isinstance(result, Refusal):
                session.commit()
                self.done[name] = self.done.get(name, 0) + 1
        return result

    def emitter(self, otherwise: str) -> str:
        """Somebody who holds the desk that deposits, if anybody does."""
        return next(iter(sorted(self.held["secretariat"])), otherwise)

    def folder(self, at: int, wanted: FolderStatus | None = None) -> Folder | None:
        """One of the folders of this game, in the state wanted if there is one; None when there is none at all."""
        with self.world.database.reading() as session:
            found = [session.get_one(Folder, folder_id) for folder_id in self.folders]
        fitting = [folder for folder in found if folder.status is wanted] or found
        if not fitting:
            return None
        chosen = fitting[at % len(fitting)]
        self.touched.add(chosen.id)
        return chosen

    def every_step(self, folder: Folder) -> list[Step]:
        with self.world.database.reading() as session:
            found = select(Step).where(Step.folder_id == folder.id).order_by(col(Step.id))
            return list(session.exec(found))

    def steps(self, folder: Folder) -> list[Step]:
        """The open steps; when there is none, those that are closed, which nobody may act on any more."""
        found = self.every_step(folder)
        return [step for step in found if step.closed_at is None] or found

    def key_of(self, desk_id: UUID) -> str:
        with self.world.database.reading() as session:
            return session.get_one(Desk, desk_id).short_name

    def name_of(self, account_id: UUID | None) -> str:
        return next(key for key, account in self.world.accounts.items() if account.id == account_id)

    def acted(self, step: Step, who: str) -> bool:
        return step.acted_by == self.world.accounts[who].id


def desks(session: Session, world: World) -> dict[str, Desk]:
    """The desks of a town by short name."""
    return {desk.short_name: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == world.tenant.id))}
