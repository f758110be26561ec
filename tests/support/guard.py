"""The scene of the guard table: somebody in every role, and a folder in every state, in one commune."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import Session, select

from engine.circuits import open_work
from engine.database import Database
from engine.desks.actions import create_desk, give_desk
from engine.desks.model import DeskSupervisor
from engine.folders.actions import Acted, act
from engine.folders.model import Act, Folder, ProcessInstance, SecondOpinion
from engine.folders.opinions import ask_opinion
from engine.folders.rounds import stop
from engine.ids import new_id
from engine.people.actions import create_account, join_tenant
from engine.people.model import Membership, Role
from engine.work.model import WorkItem
from tests.support.circuits import publish_for
from tests.support.delegations import delegate, desk_of, take_away
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.world import NOW, World, make_world

MOMENT = NOW + timedelta(hours=2)


class Who(StrEnum):
    """What somebody is to the step that is asked of the desk « dgs »."""

    HOLDER = "dgs"
    DELEGATE = "suppleant"
    OUT_OF_SCOPE = "hors-champ"  #: stands in, for other types
    BEYOND_CEILING = "plafonne"  #: stands in, for smaller amounts
    EXPIRED = "revenu"  #: stood in until five minutes ago
    SECOND_HAND = "rebond"  #: stands in for who stands in
    FORMER = "ancien"  #: held the desk
    EMITTER = "secretariat"
    SUPERVISOR = "superviseur"
    ADMINISTRATOR = "administratrice"
    OTHER_DESK = "voisin"
    OTHER_TENANT = "ailleurs"
    ACTED_BEFORE = "maire"  #: gave the visa of the step before; asked for an opinion where one is


class State(StrEnum):
    """Where the folder is."""

    DRAFT = "DRAFT"
    OPEN = "OPEN"
    CHANGED = "CHANGED"  #: open, and the document is no longer the one that was seen
    DONE = "DONE"  #: somebody acted on the step; the next one is open
    FINISHED = "FINISHED"
    REJECTED = "REJECTED"
    STOPPED = "STOPPED"


@dataclass
class Scene:
    """Everybody, and every folder."""

    world: World
    other: World
    folders: dict[tuple[str, State], Folder] = field(default_factory=dict)
    steps: dict[tuple[str, State], UUID] = field(default_factory=dict)
    opinions: dict[State, UUID] = field(default_factory=dict)
    tokens: dict[State, str] = field(default_factory=dict)


@dataclass
class Try:
    """One attempt: somebody, in their tenant, on a folder in a state."""

    scene: Scene
    session: Session
    who: Who
    state: State
    kind: str = "visa"

    @property
    def folder(self) -> Folder:
        return self.scene.folders[self.kind, self.state]

    @property
    def step_id(self) -> UUID:
        """The step asked of the desk; one that does not exist while the folder is a draft."""
        return self.scene.steps.get((self.kind, self.state), new_id())

    @property
    def heads(self) -> str:
        """What the person was shown."""
        return "0" * 64 if self.state is State.CHANGED else self.scene.world.heads(self.folder)

    @property
    def by(self) -> dict[str, Any]:
        """Who asks, where and when: what every act takes."""
        home = self.scene.other if self.who is Who.OTHER_TENANT else self.scene.world
        return {"tenant_id": home.tenant.id, "account": home.accounts[self.who.value], "now": MOMENT}


def make_scene(database: Database, path: Path) -> Scene:
    """Build it with the engine's own use cases."""
    world = make_world(database, path)
    other = make_world(database, path / "ailleurs", "ailleurs")
    _people(world, other)
    _delegations(world)
    _circuits(world)
    scene = Scene(world, other)
    for kind in ("visa", "sign"):
        for state in State:
            _put(scene, kind, state)
    for kind in ("asked", "stuck"):
        for state in (State.OPEN, State.CHANGED):
            _put(scene, kind, state)
    return scene


def _people(world: World, other: World) -> None:
    with world.database.writing() as session:
        for who in Who:
            home = other if who is Who.OTHER_TENANT else world
            if who.value in home.accounts:
                continue
            account = create_account(
                session, email=f"{who}@essai.example", given_name=who.name.title(), surname="Essai", now=NOW
            )
            join_tenant(session, account, home.tenant, title="")
            home.accounts[who.value] = account
            if who not in {Who.SUPERVISOR, Who.ADMINISTRATOR}:
                desk = create_desk(session, tenant_id=home.tenant.id, name=f"Bureau {who}", short_name=who.value)
                give_desk(session, desk, account.id)
        session.get_one(Membership, (world.accounts[Who.ADMINISTRATOR].id, world.tenant.id)).role = Role.TENANT_ADMIN
        dgs = desk_of(world, "dgs").id
        session.add(DeskSupervisor(desk_id=dgs, account_id=world.accounts[Who.SUPERVISOR].id))
        give_desk(session, desk_of(world, "dgs"), world.accounts[Who.FORMER].id)
        session.commit()
    take_away(world, "dgs", Who.FORMER)


def _delegations(world: World) -> None:
    delegate(world, "dgs", Who.DELEGATE)
    delegate(world, "dgs", Who.OUT_OF_SCOPE, subtype_id=world.subtypes["deed"])
    delegate(world, "dgs", Who.BEYOND_CEILING, ceiling=Decimal(10))
    delegate(world, "dgs", Who.EXPIRED, ends_at=MOMENT - timedelta(minutes=5))
    delegate(world, Who.DELEGATE, Who.SECOND_HAND)


def _circuits(world: World) -> None:
    """A visa of the mayor, the step of the desk, one of the deputy; the desk may refer back."""
    for name, kind in (("visa", "visa"), ("sign", "signature")):
        on_paper = ' parapheur:paper="true"/>' if kind == "signature" else "/>"
        asked = step("b", kind=kind).replace("/>", on_paper)
        steps = (exclusive("m", None), step("a", desk="maire"), asked, exclusive("x", "ok"), step("c", desk="adjoint"))
        arrows = flow('start>m m>a a>b b>x x>c:ok x>m:no:outcome="refer_back" c>end')
        publish_for(world, name, drawing(START, *steps, END, arrows))
    service = '<bpmn:serviceTask id="s" name="Envoi" parapheur:service="transmission"/>'
    publish_for(world, "stuck", drawing(START, step("a", desk="maire"), service, END, flow("start>a a>s s>end")))


def _put(scene: Scene, kind: str, state: State) -> None:
    """A folder of that kind in that state."""
    world = scene.world
    folder = world.deposit(circuit="visa" if kind == "asked" else kind)
    scene.folders[kind, state] = folder
    with world.database.writing() as session:
        session.get_one(Folder, folder.id).amount = Decimal(100)
        session.commit()
    if state is State.DRAFT:
        return
    world.send(folder)
    do(world, "maire", folder, Act.VISA)
    if kind == "stuck":
        scene.tokens[state] = _give_up(world, folder)
        return
    scene.steps[kind, state] = world.open_step(folder).id
    if kind == "asked":
        scene.opinions[state] = _ask(world, folder)
    if state in {State.DONE, State.FINISHED, State.REJECTED}:
        do(world, "dgs", folder, Act.SIGNATURE if kind == "sign" else Act.VISA)
    if state in {State.FINISHED, State.REJECTED}:
        do(world, "adjoint", folder, Act.VISA if state is State.FINISHED else Act.REJECT)
    if state is State.STOPPED:
        commit(
            world, lambda session: stop(session, **_by(world, "secretariat"), folder_id=folder.id, reason="Doublon.")
        )


def do(world: World, who: str, folder: Folder, what: Act) -> None:
    """An act that is allowed, on the open step."""
    done = commit(
        world,
        lambda session: act(
            session,
            world.library,
            **_by(world, who),
            step_id=world.open_step(folder).id,
            act=what,
            seen_heads=world.heads(folder),
            reason="Vu.",
            write_signature=(lambda loaded: {}) if what is Act.SIGNATURE else None,
        ),
    )
    assert isinstance(done, Acted), done


def commit(world: World, action: Callable[[Session], Any]) -> Any:
    with world.database.writing() as session:
        result = action(session)
        session.commit()
    return result


def _by(world: World, who: str) -> dict[str, Any]:
    return {"tenant_id": world.tenant.id, "account": world.accounts[who], "now": NOW + timedelta(minutes=30)}


def _ask(world: World, folder: Folder) -> UUID:
    """The desk asks the mayor."""
    asked = commit(
        world,
        lambda session: ask_opinion(
            session,
            world.library,
            **_by(world, "dgs"),
            step_id=world.open_step(folder).id,
            desk_id=desk_of(world, "maire").id,
            question="D’accord ?",
        ),
    )
    assert isinstance(asked, SecondOpinion), asked
    return asked.id


def _give_up(world: World, folder: Folder) -> str:
    """The service of the folder was tried in vain; returns its token."""
    with world.database.writing() as session:
        run = session.get_one(ProcessInstance, folder.id)
        [work] = open_work(world.library.version(session, run.workflow_version_id), run.state)
        for row in session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")):
            row.attempts, row.failures, row.failed_at, row.error = 8, 8, NOW, "panne"
        session.commit()
    return work.token
