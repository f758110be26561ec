"""The road of a folder through the engine, on both databases, with its bad turns."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from io import BytesIO

import pytest
from sqlmodel import col, select

from engine.documents.model import DocumentVersion, VersionKind
from engine.folders.actions import Acted
from engine.folders.model import Act, Folder, FolderStatus, ProcessInstance, Signature, Step
from engine.folders.queries import visible_folder
from engine.folders.timeline import Moment, timeline
from engine.folders.trays import Tray, tray, tray_counts
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.refusals import Refusal
from engine.work.model import WorkItem
from signing.validation import Verdict, validate
from tests.support.world import NOW, World, blank_pdf, make_world


def status(world: World, folder: Folder) -> FolderStatus:
    with world.database.reading() as session:
        return session.get_one(Folder, folder.id).status


def events(world: World, folder: Folder) -> list[str]:
    with world.database.reading() as session:
        return [entry.event for entry in chain_entries(session, world.tenant.id, folder.id)]


def test_a_deed_goes_from_deposit_to_a_valid_signature(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    assert isinstance(world.act("dgs", folder, Act.VISA, "Vote conforme."), Acted)
    world.sign("maire", folder)
    assert status(world, folder) is FolderStatus.FINISHED
    report = validate(BytesIO(world.document(folder)), trust=world.trust, at=datetime.now(UTC))
    assert report.verdict is Verdict.VALID
    assert events(world, folder) == [
        "folder:draft:created",
        "folder:circuit:started",
        "folder:step:approved",
        "folder:step:signed",
    ]


def test_two_successive_signatories_are_both_valid_afterwards(world: World) -> None:
    folder = world.sent(circuit="two-signatures")
    world.sign("adjoint", folder)
    world.sign("maire", folder)
    report = validate(BytesIO(world.document(folder)), trust=world.trust, at=datetime.now(UTC))
    assert [item.signer.common_name for item in report.signatures if item.signer] == [
        "François Noël",
        "Héloïse Lefèvre",
    ]
    assert report.verdict is Verdict.VALID


def test_a_document_signed_in_one_folder_can_be_signed_in_another(world: World) -> None:
    first = world.sent(circuit="simple-signature")
    world.sign("maire", first)
    second = world.sent(circuit="simple-signature", pdf=world.document(first))
    world.sign("maire", second)
    report = validate(BytesIO(world.document(second)), trust=world.trust, at=datetime.now(UTC))
    assert report.verdict is Verdict.VALID
    assert len(report.signatures) == 2


def test_a_signed_version_only_appends_to_the_one_before(world: World) -> None:
    folder = world.sent(circuit="simple-signature", pdf=blank_pdf(3))
    before = world.document(folder)
    world.sign("maire", folder)
    after = world.document(folder)
    assert after.startswith(before)
    with world.database.reading() as session:
        kinds = session.exec(select(DocumentVersion.kind).order_by(col(DocumentVersion.number))).all()
    assert kinds == [VersionKind.DEPOSITED, VersionKind.FIELDS_RESERVED, VersionKind.SIGNED]


def test_a_rejection_ends_the_folder_and_hands_it_back(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    assert isinstance(world.act("dgs", folder, Act.REJECT, "Nombre de votants faux."), Acted)
    assert status(world, folder) is FolderStatus.REJECTED
    with world.database.reading() as session:
        rows = tray(session, (world.tenant.id,), world.accounts["secretariat"].id, Tray.REJECTED, now=NOW).rows
        line = timeline(session, world.library, session.get_one(Folder, folder.id), now=NOW)
    assert [row.folder_id for row in rows] == [folder.id]
    assert [(step.moment, step.reason) for step in line] == [(Moment.REFUSED, "Nombre de votants faux.")]


def test_a_rejection_at_the_signature_ends_the_folder_too(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    assert isinstance(world.act("maire", folder, Act.REJECT, "Montant à revoir."), Acted)
    assert status(world, folder) is FolderStatus.REJECTED


@pytest.mark.parametrize(
    ("who", "what", "reason", "heads", "code"),
    [
        ("maire", Act.VISA, "", None, "not_your_desk"),
        ("secretariat", Act.REJECT, "non", None, "not_your_desk"),
        ("dgs", Act.REJECT, "  ", None, "reason_missing"),
        ("dgs", Act.VISA, "", "0" * 64, "head_moved"),
        ("dgs", Act.SIGNATURE, "", None, "visa_wanted"),
    ],
)
def test_what_is_refused_leaves_the_folder_untouched(
    world: World, who: str, what: Act, reason: str, heads: str | None, code: str
) -> None:
    folder = world.sent()
    before = events(world, folder)
    result = world.act(who, folder, what, reason, heads)
    assert isinstance(result, Refusal)
    assert result.code == code
    assert events(world, folder) == before
    assert world.open_step(folder).name == "Visa de la direction générale"


@pytest.mark.parametrize(
    ("who", "key", "code"),
    [
        ("maire", "expire", "certificate_expired"),
        ("maire", "inconnue", "certificate_no_certificate_chain_found"),
        ("maire", "adjoint", "certificate_of_somebody_else"),
    ],
)
def test_a_certificate_that_will_not_do_is_refused_before_anything_is_prepared(
    world: World, who: str, key: str, code: str
) -> None:
    folder = world.sent(circuit="simple-signature")
    refusal = world.prepare(who, folder, world.key(key))
    assert isinstance(refusal, Refusal)
    assert refusal.code == code
    assert "Rien n’a été signé" in refusal.sentence
    assert status(world, folder) is FolderStatus.IN_PROGRESS


def test_the_signature_of_another_key_is_refused(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    step_id = world.open_step(folder).id
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    refusal = world.finish("maire", step_id, prepared, world.key("adjoint"))
    assert isinstance(refusal, Refusal)
    assert refusal.code == "sig_crypto_failure"
    assert status(world, folder) is FolderStatus.IN_PROGRESS


def test_a_preparation_that_waited_too_long_is_refused(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    step_id = world.open_step(folder).id
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    refusal = world.finish("maire", step_id, prepared, late=16)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "prepared_expired"


def test_the_same_signature_sent_twice_counts_once(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    step_id = world.open_step(folder).id
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    assert isinstance(world.finish("maire", step_id, prepared), Acted)
    assert isinstance(world.finish("maire", step_id, prepared), Refusal)
    with world.database.reading() as session:
        assert len(session.exec(select(Signature)).all()) == 1


def test_a_document_that_moved_between_prepare_and_finish_is_refused(world: World) -> None:
    folder = world.sent(circuit="simple-signature")
    step_id = world.open_step(folder).id
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal)
    with world.database.writing() as session:
        head = session.exec(select(DocumentVersion).order_by(col(DocumentVersion.number).desc())).first()
        assert head is not None
        session.add(
            DocumentVersion(**{**head.model_dump(exclude={"id"}), "number": head.number + 1, "sha256": "f" * 64})
        )
        session.commit()
    refusal = world.finish("maire", step_id, prepared)
    assert isinstance(refusal, Refusal)
    assert refusal.code == "head_moved"


def test_of_two_people_acting_at_once_one_succeeds_and_the_other_is_told(each_world: World) -> None:
    world = each_world
    folder = world.sent()
    heads, step_id = world.heads(folder), world.open_step(folder).id
    barrier, results = threading.Barrier(2), list[Acted | Refusal]()

    def visa() -> None:
        from engine.folders.actions import act

        barrier.wait()
        with world.database.writing() as session:
            result = act(
                session,
                world.library,
                tenant_id=world.tenant.id,
                account=world.accounts["dgs"],
                step_id=step_id,
                act=Act.VISA,
                seen_heads=heads,
                now=datetime.now(UTC),
            )
            if isinstance(result, Acted):
                session.commit()
        results.append(result)

    threads = [threading.Thread(target=visa) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    refusals = [result for result in results if isinstance(result, Refusal)]
    assert len(results) == 2
    assert [refusal.code for refusal in refusals] == ["step_already_done"]
    assert events(world, folder).count("folder:step:approved") == 1
    with world.database.reading() as session:
        assert session.get_one(ProcessInstance, folder.id).version == 2


def test_every_transition_leaves_one_neutral_event_for_the_workers(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    world.sign("maire", folder)
    with world.database.reading() as session:
        keys = session.exec(select(WorkItem.key).order_by(col(WorkItem.key))).all()
    assert keys == [f"folder.moved:{folder.id}:{version}" for version in (1, 2, 3)]


def test_a_journal_that_was_tampered_with_shows_where(world: World) -> None:
    folder = world.sent()
    world.act("dgs", folder, Act.VISA)
    with world.database.writing() as session:
        entries = chain_entries(session, world.tenant.id, folder.id)
        assert broken_at(entries) is None
        entries[1].data = entries[1].data.replace("1", "2")
        assert broken_at(entries) == 2
        assert broken_at([entries[0], entries[2]]) == 2


def test_trays_count_and_show_what_waits(world: World) -> None:
    first, second = world.sent(), world.sent()
    world.deposit("Un brouillon")
    dgs, secretariat = world.accounts["dgs"].id, world.accounts["secretariat"].id
    with world.database.reading() as session:
        to_do = tray(session, (world.tenant.id,), dgs, Tray.TO_DO, now=NOW)
        counts = tray_counts(session, (world.tenant.id,), secretariat, now=NOW)
        sent = tray(session, (world.tenant.id,), secretariat, Tray.SENT, now=NOW)
    assert [row.folder_id for row in to_do.rows] == [first.id, second.id]
    assert (counts[Tray.SENT], counts[Tray.DRAFTS], counts[Tray.TO_DO]) == (2, 1, 0)
    assert sent.rows[0].waiting_for == ("Directrice générale des services",)


def test_trays_are_read_page_by_page_without_losing_a_folder(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("engine.folders.trays.PAGE", 2)
    wanted = [world.sent().id for _ in range(5)]
    for who, which in (("dgs", Tray.TO_DO), ("secretariat", Tray.SENT)):
        seen, cursor = [], None
        while True:
            with world.database.reading() as session:
                page = tray(session, (world.tenant.id,), world.accounts[who].id, which, cursor, now=NOW)
            seen += [row.folder_id for row in page.rows]
            cursor = page.next_cursor
            if cursor is None:
                break
        assert sorted(seen) == sorted(wanted)


def test_a_folder_is_seen_only_by_the_desks_it_passes_through(world: World, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder = world.sent()
    other = make_world(world.database, tmp_path / "autre", "voisine")
    seen = {}
    with world.database.reading() as session:
        for who, account in world.accounts.items():
            seen[who] = visible_folder(session, world.tenant.id, account.id, folder.id, now=NOW) is not None
        assert visible_folder(session, other.tenant.id, other.accounts["dgs"].id, folder.id, now=NOW) is None
        assert visible_folder(session, world.tenant.id, other.accounts["dgs"].id, folder.id, now=NOW) is None
    assert seen == {"secretariat": True, "dgs": True, "maire": False, "adjoint": False}


def test_a_circuit_that_aims_at_a_missing_desk_leaves_the_draft(world: World) -> None:
    from sqlmodel import update

    from engine.desks.model import Desk
    from engine.folders.sending import send_folder

    folder = world.deposit()
    with world.database.writing() as session:
        session.exec(update(Desk).where(col(Desk.short_name) == "dgs").values(short_name="autre"))
        session.commit()
    refusal = send_folder(
        world.database,
        world.store,
        world.library,
        tenant_id=world.tenant.id,
        account=world.accounts["secretariat"],
        folder_id=folder.id,
        now=datetime.now(UTC),
    )
    assert isinstance(refusal, Refusal)
    assert refusal.code == "unknown_desk"
    assert status(world, folder) is FolderStatus.DRAFT
    with world.database.reading() as session:
        assert session.exec(select(Step)).all() == []
