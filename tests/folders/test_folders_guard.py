"""Every act × role × state: what is not allowed is refused and writes nothing; what is allowed passes and is written.

To add an act: a function that tries it, and its line in ``ROWS``. An :class:`Act` without a line fails.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from itertools import product
from typing import Any

import pytest
from sqlalchemy import func
from sqlmodel import select

from engine.database import Database
from engine.desks.members import disable_member
from engine.folders.actions import Deposited, act, discard_draft, note_reading, send
from engine.folders.bypassing import bypass
from engine.folders.clearing import archive, unarchive
from engine.folders.copying import duplicate
from engine.folders.editing import edit_draft
from engine.folders.following import follow, unfollow
from engine.folders.model import CLOSED, Act, Folder, FolderStatus, Follower, Verdict
from engine.folders.opinions import ask_opinion, give_opinion, take_back_opinion
from engine.folders.paper import declare_paper_signature
from engine.folders.queries import steps_of, visible_folder
from engine.folders.reminding import remind
from engine.folders.rewinding import return_to, undo
from engine.folders.rounds import chain, recycle, stop
from engine.folders.rules import NOT_FOUND
from engine.folders.transferring import transfer
from engine.ids import new_id
from engine.journal.model import JournalEntry
from engine.refusals import Refusal
from parapheur.migrating import migrate
from tests.support.delegations import delegate, desk_of, end_now, take_away
from tests.support.guard import MOMENT, Scene, State, Try, Who, make_scene
from tests.support.world import NOW, World

Cells = frozenset[tuple[Who, State]]
UNDER_WAY = (State.OPEN, State.CHANGED)
OVER = (State.FINISHED, State.REJECTED, State.STOPPED)


def cells(roles: Iterable[Who], states: Iterable[State]) -> Cells:
    return frozenset(product(roles, states))


def ending(what: Act) -> Callable[[Try], Any]:
    """An act that ends the step."""

    def attempt(one: Try) -> Any:
        return act(
            one.session,
            one.scene.world.library,
            **one.by,
            step_id=one.step_id,
            act=what,
            seen_heads=one.heads,
            reason="Motif.",
            write_signature=(lambda loaded: {}) if what is Act.SIGNATURE else None,
        )

    return attempt


def on_paper(one: Try) -> Any:
    return declare_paper_signature(
        one.session,
        one.scene.world.library,
        **one.by,
        step_id=one.step_id,
        seen_heads=one.heads,
        signatory="Zoé Çelik",
        signed_on=NOW.date() - timedelta(days=1),
        scan=Deposited("scan.pdf", "0" * 64, 10, "application/pdf", 1),
    )


def ask(one: Try) -> Any:
    desk = desk_of(one.scene.world, "adjoint").id
    return ask_opinion(
        one.session,
        one.scene.world.library,
        **one.by,
        step_id=one.step_id,
        desk_id=desk,
        question="D’accord ?",
    )


def answer(one: Try) -> Any:
    opinion = one.scene.opinions.get(one.state, new_id())
    return give_opinion(one.session, **one.by, opinion_id=opinion, verdict=Verdict.FAVOURABLE, text="Oui.")


def ask_no_more(one: Try) -> Any:
    return take_back_opinion(one.session, **one.by, opinion_id=one.scene.opinions.get(one.state, new_id()))


def hand_over(one: Try) -> Any:
    desk = desk_of(one.scene.world, "adjoint").id
    return transfer(
        one.session, one.scene.world.library, **one.by, step_id=one.step_id, desk_id=desk, reason="Pour vous."
    )


def ask_again(one: Try) -> Any:
    return remind(one.session, **one.by, step_id=one.step_id)


def go_round(one: Try) -> Any:
    token = one.scene.tokens.get(one.state, new_id().hex)
    library = one.scene.world.library
    return bypass(one.session, library, **one.by, folder_id=one.folder.id, token=token, reason="Fait à la main.")


def send_back(one: Try) -> Any:
    opened = steps_of(one.session, one.scene.world.tenant.id, one.folder.id)
    first = opened[0].step.id if opened else new_id()
    library = one.scene.world.library
    return return_to(one.session, library, **one.by, folder_id=one.folder.id, step_id=first, reason="À revoir.")


def edit(one: Try) -> Any:
    more = {"title": "Autre titre", "amount": Decimal(100), "document": None}
    return edit_draft(one.session, **one.by, folder_id=one.folder.id, **more)  # type: ignore[arg-type]


def link(one: Try) -> Any:
    return chain(
        one.session,
        one.scene.world.library,
        **one.by,
        folder_id=one.folder.id,
        subtype_id=one.scene.world.subtypes["visa"],
        seen_heads=one.scene.world.heads(one.folder),
    )


def halt(one: Try) -> Any:
    return stop(one.session, **one.by, folder_id=one.folder.id, reason="Doublon.")


def whole(action: Callable[..., Any]) -> Callable[[Try], Any]:
    """An act on the folder that takes nothing more."""
    return lambda one: action(one.session, **one.by, folder_id=one.folder.id)


def follow_no_more(one: Try) -> Any:
    """By somebody who followed, whatever they have become since."""
    if one.who is not Who.OTHER_TENANT:
        account = one.by["account"].id
        one.session.add(
            Follower(folder_id=one.folder.id, account_id=account, tenant_id=one.scene.world.tenant.id, since=MOMENT)
        )
        one.session.flush()
    return unfollow(one.session, **one.by, folder_id=one.folder.id)


def put_back(one: Try) -> Any:
    """From the archive, when the folder may be there."""
    folder = one.session.get_one(Folder, one.folder.id)
    folder.archived_at = MOMENT if folder.status in CLOSED else None
    one.session.flush()
    return unarchive(one.session, **one.by, folder_id=one.folder.id)


def start(one: Try) -> Any:
    heads = one.scene.world.heads(one.folder)
    return send(one.session, one.scene.world.library, **one.by, folder_id=one.folder.id, seen_heads=heads)


def take_back(one: Try) -> Any:
    return undo(one.session, one.scene.world.library, **one.by, folder_id=one.folder.id)


def read(one: Try) -> Any:
    found = visible_folder(one.session, one.by["tenant_id"], one.by["account"].id, one.folder.id, now=MOMENT)
    return found or NOT_FOUND


def be_noted(one: Try) -> Any:
    return note_reading(one.session, **one.by, folder_id=one.folder.id) or NOT_FOUND


@dataclass(frozen=True)
class Row:
    """An act, and to whom it is allowed where; nobody else anywhere."""

    attempt: Callable[[Try], Any]
    allowed: Cells
    kind: str = "visa"  #: of folder


MINE = (Who.HOLDER, Who.DELEGATE)
#: Who holds a desk through which the folder went.
PASSED = (Who.EMITTER, Who.HOLDER, Who.ACTED_BEFORE)
EVERYBODY_HERE = frozenset(Who) - {Who.OTHER_TENANT}
SEEN = (
    cells([Who.EMITTER], State)
    | cells([Who.HOLDER, Who.ACTED_BEFORE, Who.SUPERVISOR], frozenset(State) - {State.DRAFT})
    | cells([Who.DELEGATE, Who.BEYOND_CEILING], UNDER_WAY)
)
ROWS: dict[str, Row] = {
    Act.VISA: Row(ending(Act.VISA), cells(MINE, [State.OPEN])),
    Act.SIGNATURE: Row(ending(Act.SIGNATURE), cells(MINE, [State.OPEN]), "sign"),
    Act.PAPER_SIGNATURE: Row(on_paper, cells(MINE, [State.OPEN]), "sign"),
    Act.REJECT: Row(ending(Act.REJECT), cells(MINE, UNDER_WAY)),
    Act.REFER_BACK: Row(ending(Act.REFER_BACK), cells(MINE, UNDER_WAY)),
    Act.ASK_SECOND_OPINION: Row(ask, cells(MINE, UNDER_WAY)),
    Act.SECOND_OPINION: Row(answer, cells([Who.ACTED_BEFORE], UNDER_WAY), "asked"),
    Act.TAKE_BACK_OPINION: Row(ask_no_more, cells(MINE, UNDER_WAY), "asked"),
    Act.TRANSFER: Row(hand_over, cells(MINE, UNDER_WAY)),
    Act.REMIND: Row(ask_again, cells([Who.EMITTER, Who.SUPERVISOR, Who.ADMINISTRATOR], UNDER_WAY)),
    Act.BYPASS: Row(go_round, cells([Who.ADMINISTRATOR], UNDER_WAY), "stuck"),
    Act.RETURN: Row(send_back, cells([Who.EMITTER, *MINE], UNDER_WAY) | cells([Who.EMITTER], [State.DONE])),
    Act.EDIT: Row(edit, cells([Who.EMITTER], [State.DRAFT])),
    Act.RECYCLE: Row(whole(recycle), cells([Who.EMITTER], [State.REJECTED, State.STOPPED])),
    Act.CHAIN: Row(link, cells(PASSED, [State.FINISHED])),
    Act.DUPLICATE: Row(whole(duplicate), cells([Who.EMITTER], State)),
    Act.STOP: Row(halt, cells([Who.EMITTER], [*UNDER_WAY, State.DONE])),
    Act.FOLLOW: Row(whole(follow), SEEN - cells(Who, [State.DRAFT, *OVER])),
    Act.UNFOLLOW: Row(follow_no_more, cells(EVERYBODY_HERE, State)),
    Act.ARCHIVE: Row(whole(archive), cells([Who.EMITTER], OVER)),
    Act.UNARCHIVE: Row(put_back, cells([Who.EMITTER], OVER)),
    "SEND": Row(start, cells([Who.EMITTER], [State.DRAFT])),
    "DISCARD": Row(whole(discard_draft), cells([Who.EMITTER], [State.DRAFT])),
    "UNDO": Row(take_back, cells([Who.ACTED_BEFORE], UNDER_WAY) | cells([Who.HOLDER], [State.DONE])),
    "READ": Row(read, SEEN),
    "NOTE_READING": Row(be_noted, cells(MINE, UNDER_WAY)),
}


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Scene:
    """One for the whole table: no attempt is ever committed."""
    path = tmp_path_factory.mktemp("guard")
    database = Database(f"sqlite:///{path / 'parapheur.db'}", synchronous="OFF")
    migrate(database)
    return make_scene(database, path)


def test_every_act_has_its_line() -> None:
    assert {act.value for act in Act} <= set(ROWS)


@pytest.mark.parametrize("name", ROWS)
def test_what_is_not_allowed_is_refused_and_what_is_allowed_passes(scene: Scene, name: str) -> None:
    row = ROWS[name]
    wrong = []
    for who, state in product(Who, State):
        kind = row.kind if (row.kind, state) in scene.folders else "visa"
        with scene.world.database.writing() as session:
            before = _entries(session)
            result = row.attempt(Try(scene, session, who, state, kind))
            written = _entries(session) - before
        allowed = (who, state) in row.allowed
        if isinstance(result, Refusal) is allowed:
            wrong.append(f"{who.name} in {state}: {getattr(result, 'code', 'let through')}")
        elif isinstance(result, Refusal) and (written or not result.sentence.strip().endswith(".")):
            wrong.append(f"{who.name} in {state}: refused, with {written} entries written")
        elif not isinstance(result, Refusal) and not written and name != "READ":
            wrong.append(f"{who.name} in {state}: done, and not written in the journal")
    assert wrong == []


def _entries(session: Any) -> int:
    found: int = session.exec(select(func.count()).select_from(JournalEntry)).one()
    return found


def test_no_act_of_the_table_was_kept(scene: Scene) -> None:
    for (kind, state), folder in scene.folders.items():
        with scene.world.database.reading() as session:
            assert session.get_one(Folder, folder.id).status is folder_status(state), (kind, state)


def folder_status(state: State) -> FolderStatus:
    under_way = {State.OPEN, State.CHANGED, State.DONE}
    return FolderStatus.IN_PROGRESS if state in under_way else FolderStatus(state.value)


@pytest.mark.parametrize("lost", ["removed", "access closed", "delegation ended", "principal removed"])
def test_whoever_loses_the_right_while_signing_signs_nothing(world: World, lost: str) -> None:
    """Between the preparation of a signature and its end: refused with a sentence, the document as it was."""
    who = "adjoint" if lost in {"delegation ended", "principal removed"} else "maire"
    given = delegate(world) if who == "adjoint" else None
    folder = world.sent(circuit="simple-signature")
    step_id, before = world.open_step(folder).id, world.document(folder)
    prepared = world.prepare(who, folder)
    assert not isinstance(prepared, Refusal)
    if lost in {"removed", "principal removed"}:
        take_away(world, "maire", "maire")
    elif lost == "access closed":
        with world.database.writing() as session:
            by, gone = world.accounts["secretariat"].id, world.accounts["maire"].id
            disable_member(session, tenant_id=world.tenant.id, by=by, account_id=gone, now=NOW)
            session.commit()
    elif given is not None:
        end_now(world, given, NOW + timedelta(minutes=11))
    result = world.finish(who, step_id, prepared, late=2)
    assert isinstance(result, Refusal)
    assert result.code == ("delegation_over" if who == "adjoint" else "not_your_desk")
    assert "Rien n’a été fait" in result.sentence
    assert world.document(folder) == before
    assert world.open_step(folder).id == step_id
