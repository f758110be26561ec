"""The life of folders, played at random: who may do what is kept beside, in plain sets, and compared after each act."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule
from sqlalchemy import delete
from sqlmodel import Session, select

from engine.desks.actions import give_desk, take_desks
from engine.desks.model import Delegation, Desk, DeskHolder
from engine.documents.actions import add_version
from engine.documents.model import VersionKind
from engine.folders.actions import Acted, Deposited, act, deposit, discard_draft, note_reading, send
from engine.folders.clearing import archive, unarchive
from engine.folders.copying import duplicate
from engine.folders.facts import StepLoaded, heads_seal, main_heads
from engine.folders.following import follow, unfollow
from engine.folders.model import Act, Folder, FolderStatus, Signature
from engine.folders.rewinding import return_to, undo
from engine.folders.rounds import chain, recycle, stop
from engine.refusals import Refusal
from tests.folders.life.playing import Played, Town, desks
from tests.folders.life.truths import check_folder, check_neighbour
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, parallel, step
from tests.support.world import PEOPLE

#: One signature between two visas; two desks at once, then a third.
LINE = drawing(
    START, step("a"), step("s", kind="signature", desk="maire"), step("b", desk="adjoint"), END,
    flow("start>a a>s s>b b>end"),
)  # fmt: skip
PAIR = drawing(
    START, parallel("p"), step("a"), step("b", desk="adjoint"), parallel("j"), step("c", desk="maire"), END,
    flow("start>p p>a p>b a>j b>j j>c c>end"),
)  # fmt: skip
CIRCUITS = ("line", "pair")
SOME_ACTS = (Act.VISA, Act.SIGNATURE, Act.REJECT)

AS_EMITTER = (stop, recycle, archive, unarchive, discard_draft)

people = st.sampled_from(sorted(PEOPLE))
#: Most of the time, somebody who may do it is looked for: refusals alone would teach little.
looked_for = st.sampled_from([True, True, True, False])
any_number = st.integers(min_value=0, max_value=1_000)


def prepare(town: Town) -> None:
    """Publish the circuits of the games."""
    publish_for(town.world, "line", LINE)
    publish_for(town.world, "pair", PAIR)


class Life(Played):
    """Random acts by random people, holders and delegations changing meanwhile."""

    # What surrounds the folders

    @initialize()
    def everybody_is_in_place(self) -> None:
        with self.world.database.writing() as session:
            session.connection().execute(delete(DeskHolder))
            for town in (self.world, self.town.neighbour):
                for key, desk in desks(session, town).items():
                    give_desk(session, desk, town.accounts[key].id)
            for delegation in session.exec(select(Delegation)):
                delegation.ends_at = delegation.starts_at
            session.commit()
        self.held = {key: {key} for key in PEOPLE}
        for circuit in CIRCUITS:
            self._deposit(circuit, "secretariat")

    @rule(what=st.sampled_from(["time", "holder", "delegation"]), who=people, key=people, number=any_number)
    def the_town_changes(self, what: str, who: str, key: str, number: int) -> None:
        if what == "time":
            self.now += timedelta(minutes=1 + number * 3)
        elif what == "holder":
            self._give_or_take(who, key)
        elif key != who and self.held[key]:
            self._replace(key, who, days=number % 4, vacant=number % 3 == 0)

    def _give_or_take(self, who: str, key: str) -> None:
        with self.world.database.writing() as session:
            desk = desks(session, self.world)[key]
            if who in self.held[key]:
                take_desks(session, [desk.id], self.world.accounts[who].id)
            else:
                give_desk(session, desk, self.world.accounts[who].id)
            session.commit()
        self.held[key] ^= {who}

    def _replace(self, key: str, to: str, *, days: int, vacant: bool) -> None:
        """The desk ``to`` stands in for the desk ``key``."""
        principal = None if vacant else self.world.accounts[sorted(self.held[key])[0]].id
        with self.world.database.writing() as session:
            found = desks(session, self.world)
            given = Delegation(
                tenant_id=self.world.tenant.id,
                delegating_desk_id=found[key].id,
                substitute_desk_id=found[to].id,
                principal_id=principal,
                starts_at=self.now - timedelta(days=1),
                ends_at=self.now + timedelta(days=days),
                created_by=self.world.accounts["secretariat"].id,
                created_at=self.now,
            )
            session.add(given)
            session.commit()
            session.refresh(given)
            session.expunge(given)
        self.delegations.append(given)

    # Who may act, said without the product

    def stands_for(self, who: str, key: str) -> bool:
        """Whether somebody holds a desk, or replaces one of its holders now."""
        if who in self.held[key]:
            return True
        with self.world.database.reading() as session:
            ids = {desk.id: name for name, desk in desks(session, self.world).items()}
        names = {account.id: name for name, account in self.world.accounts.items()}
        return any(
            ids[given.delegating_desk_id] == key
            and given.starts_at <= self.now < given.ends_at
            and who in self.held[ids[given.substitute_desk_id]]
            and (given.principal_id is None or names[given.principal_id] in self.held[key])
            for given in self.delegations
        )

    # Acts

    def _deposit(self, circuit: str, who: str) -> None:
        content = f"{self.now.isoformat()} {len(self.folders)}".encode()
        spooled = self.world.store.receive(iter([content]), max_bytes=len(content))
        self.world.store.keep(self.world.tenant.id, spooled)
        result = self.try_it(
            "deposit",
            lambda session: deposit(
                session,
                tenant_id=self.world.tenant.id,
                account=self.world.accounts[who],
                subtype_id=self.world.subtypes[circuit],
                title="Dossier",
                document=Deposited("acte.pdf", spooled.sha256, spooled.size, "application/pdf", 1),
                now=self.now,
            ),
        )
        if isinstance(result, Folder):
            assert who in self.held["secretariat"]
            self.folders.append(result.id)
            self.touched.add(result.id)
            self.try_it("send", lambda session: self._send(session, who, result.id))

    @rule(circuit=st.sampled_from(CIRCUITS), who=people, at=any_number, able=looked_for)
    def deposit_or_send(self, circuit: str, who: str, at: int, able: bool) -> None:
        who = self.emitter(who) if able else who
        if len(self.folders) < 4 and at % 3 == 0:
            self._deposit(circuit, who)
            return
        folder = self.folder(at, FolderStatus.DRAFT)
        if folder is None:
            return
        sent = self.try_it("send", lambda session: self._send(session, who, folder.id))
        if isinstance(sent, Folder):
            assert folder.status is FolderStatus.DRAFT
            assert who in self.held["secretariat"]

    def _send(self, session: Session, who: str, folder_id: UUID) -> Folder | Refusal:
        heads = heads_seal(main_heads(session, session.get_one(Folder, folder_id)))
        return send(session, self.world.library, **self.by(who, folder_id), seen_heads=heads)

    @rule(who=people, at=any_number, what=st.sampled_from([None, None, None, *SOME_ACTS]), able=looked_for)
    def act_on_a_step(self, who: str, at: int, what: Act | None, able: bool) -> None:
        self._act(who, at, what, able)

    @rule(who=people, at=any_number, what=st.sampled_from([None, None, None, *SOME_ACTS]), able=looked_for)
    def act_on_another(self, who: str, at: int, what: Act | None, able: bool) -> None:
        """Most of what is done to folders is this."""
        self._act(who, at, what, able)

    @rule(who=people, at=any_number)
    def go_some_way(self, who: str, at: int) -> None:
        """Several steps in a row: otherwise few folders would come to their end."""
        for _ in range(3):
            self._act(who, at, None, able=True)

    def _act(self, who: str, at: int, what: Act | None, able: bool) -> None:
        folder = self.folder(at, FolderStatus.IN_PROGRESS)
        steps = self.steps(folder) if folder else []
        if not steps:
            return
        step = steps[at % len(steps)]
        what = what or (Act.SIGNATURE if step.kind == "SIGNATURE" else Act.VISA)  # most of the time, what is asked
        with self.world.database.reading() as session:
            heads = heads_seal(main_heads(session, session.get_one(Folder, step.folder_id)))
            key = session.get_one(Desk, step.desk_id).short_name
        who = next((one for one in sorted(PEOPLE) if able and self.stands_for(one, key)), who)
        result = self.try_it(
            what.value,
            lambda session: act(
                session,
                self.world.library,
                tenant_id=self.world.tenant.id,
                account=self.world.accounts[who],
                step_id=step.id,
                act=what,
                seen_heads=heads,
                reason="Motif.",
                now=self.now,
                write_signature=self._signing(session, who) if what is Act.SIGNATURE else None,
            ),
        )
        if isinstance(result, Acted):
            assert step.closed_at is None
            assert self.stands_for(who, key), (who, key)
            assert what is Act.REJECT or what.value == step.kind

    def _signing(self, session: Session, who: str) -> Callable[[StepLoaded], dict[str, Any]]:
        """The version that a signature makes, without the cryptography."""

        def write(loaded: StepLoaded) -> dict[str, Any]:
            for _, head in main_heads(session, loaded.folder).values():
                content = f"{head.sha256} {loaded.step.id} {self.now.isoformat()}".encode()
                spooled = self.world.store.receive(iter([content]), max_bytes=len(content))
                self.world.store.keep(self.world.tenant.id, spooled)
                version = add_version(
                    session, head, kind=VersionKind.SIGNED, sha256=spooled.sha256, size=spooled.size, now=self.now
                )
                session.add(
                    Signature(
                        tenant_id=self.world.tenant.id,
                        folder_id=loaded.folder.id,
                        step_id=loaded.step.id,
                        document_version_id=version.id,
                        account_id=self.world.accounts[who].id,
                        holder=who,
                        issuer="",
                        fingerprint="",
                        level="PAdES-B-B",
                        signed_at=self.now,
                    )
                )
            session.flush()
            return {"signed": []}

        return write

    @rule(who=people, at=any_number)
    def read(self, who: str, at: int) -> None:
        folder = self.folder(at)
        if folder is None:
            return
        with self.world.database.writing() as session:
            if note_reading(session, **self.by(who, folder.id)):
                session.commit()

    @rule(who=people, at=any_number, able=looked_for)
    def take_back(self, who: str, at: int, able: bool) -> None:
        folder = self.folder(at, FolderStatus.IN_PROGRESS)
        if folder is None:
            return
        closed = sorted((step for step in self.every_step(folder) if step.acted_by), key=lambda step: step.closed_at)
        who = self.name_of(closed[-1].acted_by) if able and closed else who
        acted = [step for step in closed if self.acted(step, who)]
        keys = {self.key_of(step.desk_id) for step in acted}
        if self.whole("take back", undo, who, folder, self.world.library):
            assert any(self.stands_for(who, key) for key in keys)

    @rule(who=people, at=any_number)
    def go_back(self, who: str, at: int) -> None:
        folder = self.folder(at, FolderStatus.IN_PROGRESS)
        if folder is None:
            return
        steps = [step for step in self.every_step(folder) if step.closed_at is not None]
        if not steps:
            return
        waiting = {self.key_of(step.desk_id) for step in self.steps(folder) if step.closed_at is None}
        more = {"step_id": steps[at % len(steps)].id, "reason": "Motif."}
        if self.whole("go back", return_to, who, folder, self.world.library, **more):
            assert who in self.held["secretariat"] or any(self.stands_for(who, key) for key in waiting)

    @rule(who=people, at=any_number, what=st.sampled_from(AS_EMITTER), able=looked_for)
    def act_as_emitter(self, who: str, at: int, what: Callable[..., Folder | Refusal], able: bool) -> None:
        folder = self.folder(at)
        if folder is None:
            return
        if able:
            who, what = self.emitter(who), self._fitting(folder, what)
        more = {"reason": "Motif."} if what is stop else {}
        if self.whole(what.__name__, what, who, folder, **more):
            assert who in self.held["secretariat"]
            if what is discard_draft:
                assert folder.sent_at is None
                self.folders.remove(folder.id)

    def _fitting(self, folder: Folder, what: Callable[..., Folder | Refusal]) -> Callable[..., Folder | Refusal]:
        """What may be done of a folder that is over, which is seldom what was drawn."""
        if folder.archived_at is not None:
            return unarchive
        if folder.status in {FolderStatus.REJECTED, FolderStatus.STOPPED}:
            return archive if what in {archive, unarchive} else recycle
        if folder.status is FolderStatus.DRAFT and folder.sent_at is None and what in {recycle, archive}:
            return discard_draft
        return archive if folder.status is FolderStatus.FINISHED else what

    @rule(who=people, at=any_number, what=st.sampled_from([follow, unfollow, duplicate]))
    def act_as_reader(self, who: str, at: int, what: Callable[..., Folder | Refusal]) -> None:
        folder = self.folder(at)
        if folder is None or (what is duplicate and len(self.folders) >= 4):
            return
        made = self.whole(what.__name__, what, who, folder)
        if made and what is not unfollow:
            keys = {self.key_of(step.desk_id) for step in self.every_step(folder)} | {"secretariat"}
            mine = {step.delegation_id is not None for step in self.every_step(folder) if self.acted(step, who)}
            assert any(self.stands_for(who, key) for key in keys) or True in mine
        if made and what is duplicate:
            assert who in self.held["secretariat"]
            self.folders.append(made.id)
            self.touched.add(made.id)

    @rule(who=people, at=any_number, circuit=st.sampled_from(CIRCUITS))
    def go_on(self, who: str, at: int, circuit: str) -> None:
        folder = self.folder(at, FolderStatus.FINISHED)
        if folder is None:
            return
        with self.world.database.reading() as session:
            heads = heads_seal(main_heads(session, session.get_one(Folder, folder.id)))
        more = {"subtype_id": self.world.subtypes[circuit], "seen_heads": heads}
        if self.whole("chain", chain, who, folder, self.world.library, **more):
            assert folder.status is FolderStatus.FINISHED
            keys = {self.key_of(step.desk_id) for step in self.every_step(folder)} | {"secretariat"}
            assert any(who in self.held[key] for key in keys)

    @rule(who=people, at=any_number, what=st.sampled_from([stop, recycle, duplicate, follow, archive]))
    def a_neighbour_tries(self, who: str, at: int, what: Callable[..., Folder | Refusal]) -> None:
        """Somebody of another town, in their own town then as if they were of ours: they reach nothing."""
        neighbour, folder = self.town.neighbour, self.folder(at)
        if folder is None:
            return
        more = {"reason": "Motif."} if what is stop else {}
        for tenant_id in (neighbour.tenant.id, self.world.tenant.id):
            with self.world.database.writing() as session:
                result = what(
                    session,
                    tenant_id=tenant_id,
                    account=neighbour.accounts[who],
                    folder_id=folder.id,
                    now=self.now,
                    **more,
                )
            assert isinstance(result, Refusal)
            assert result.code == "not_found"

    # Truths

    @invariant()
    def what_must_always_be_so(self) -> None:
        with self.world.database.reading() as session:
            for folder_id in self.touched & set(self.folders):
                check_folder(session, self.world, folder_id, self.versions)
        self.touched.clear()

    def teardown(self) -> None:
        """At the end of a game, all of it once more, seen from the neighbour's too."""
        self.touched |= set(self.folders)
        self.what_must_always_be_so()
        with self.world.database.reading() as session:
            for folder_id in self.folders:
                check_neighbour(session, self.town.neighbour, folder_id, self.now)
