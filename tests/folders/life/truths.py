"""What is so of every folder, whatever happened to it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import Session, col, select

from engine.circuits import open_steps
from engine.documents.model import DocumentVersion, VersionKind
from engine.documents.queries import documents_of, versions_of
from engine.folders.model import CLOSED, Folder, FolderStatus, Follower, ProcessInstance, Signature, Step
from engine.folders.queries import visible_folder
from engine.folders.trays import Tray, tray
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from tests.folders.life.replaying import told_by
from tests.support.world import World


def check_folder(session: Session, world: World, folder_id: UUID, versions: dict[UUID, str]) -> None:
    """One known state, no document lost, and a journal that tells the same. ``versions``: those seen so far."""
    folder = session.get_one(Folder, folder_id)
    steps = session.exec(select(Step).where(Step.folder_id == folder_id)).all()
    run = session.get(ProcessInstance, folder_id)
    _one_known_state(folder, steps, run)
    _what_waits_is_what_the_circuit_says(session, world, folder, steps, run)
    _no_document_is_lost(session, world, folder, versions)
    _the_journal_tells_the_same(session, world, folder, steps, run)


def _one_known_state(folder: Folder, steps: Sequence[Step], run: ProcessInstance | None) -> None:
    waiting = [step for step in steps if step.closed_at is None]
    assert (folder.status is FolderStatus.IN_PROGRESS) is bool(waiting)
    assert (folder.status in CLOSED) is (folder.closed_at is not None)
    assert folder.archived_at is None or folder.status in CLOSED
    assert (run is not None) is (folder.sent_at is not None)
    assert all(step.round == folder.round for step in waiting)
    assert all(step.tenant_id == folder.tenant_id for step in steps)
    assert all((step.acted_by is None) is (step.outcome is None) for step in steps)


def _what_waits_is_what_the_circuit_says(
    session: Session, world: World, folder: Folder, steps: Sequence[Step], run: ProcessInstance | None
) -> None:
    if run is None or folder.status is not FolderStatus.IN_PROGRESS:
        return
    circuit = world.library.version(session, run.workflow_version_id)
    asked = {UUID(step.token) for step in open_steps(circuit, run.state)}
    assert asked == {step.id for step in steps if step.closed_at is None}


def _no_document_is_lost(session: Session, world: World, folder: Folder, seen: dict[UUID, str]) -> None:
    documents = documents_of(session, folder.tenant_id, folder.id)
    assert documents
    for document in documents:
        versions = versions_of(session, folder.tenant_id, document.id)
        assert [version.number for version in versions] == list(range(1, len(versions) + 1))
        present = {version.id: version.sha256 for version in versions}
        known = session.exec(select(DocumentVersion.id).where(DocumentVersion.document_id == document.id)).all()
        assert {key for key in seen if key in known} <= present.keys()
        assert all(seen.get(key, sha256) == sha256 for key, sha256 in present.items())  # bytes never change
        for key, sha256 in present.items():
            if key not in seen:
                assert b"".join(world.store.chunks(folder.tenant_id, sha256))
        seen |= present
        _a_signature_in_force_is_in_the_present_document(session, versions)


def _a_signature_in_force_is_in_the_present_document(session: Session, versions: Sequence[DocumentVersion]) -> None:
    """It follows no version to which the document came back since; one that was withdrawn is followed by such."""
    ids = [version.id for version in versions]
    signed = {
        signature.document_version_id: signature
        for signature in session.exec(select(Signature).where(col(Signature.document_version_id).in_(ids)))
    }
    back = 0
    for version in reversed(versions):
        if version.kind is VersionKind.RESTORED and not back:
            back = version.number
        if version.id in signed:
            in_force = signed[version.id].withdrawn_at is None
            assert not (not in_force and not back), "withdrawn, yet still in the present document"
    # What the document came back to is a version from before every signature that was withdrawn since.
    if back:
        restored = versions[back - 1]
        origin = next(version for version in versions if version.sha256 == restored.sha256)
        for version in versions[origin.number : back - 1]:
            if version.id in signed:
                assert signed[version.id].withdrawn_at is not None, "in force, yet no longer in the document"


def _the_journal_tells_the_same(
    session: Session, world: World, folder: Folder, steps: Sequence[Step], run: ProcessInstance | None
) -> None:
    entries = chain_entries(session, folder.tenant_id, folder.id)
    assert broken_at(entries) is None
    told = told_by(session, world.library, folder, entries)
    followers = session.exec(select(Follower.account_id).where(Follower.folder_id == folder.id)).all()
    assert told.status is folder.status
    assert told.round == folder.round
    assert told.archived is (folder.archived_at is not None)
    assert told.followers == set(followers)
    assert told.version == (run.version if run else 0)
    assert told.waiting == Counter(step.element_id for step in steps if step.closed_at is None)


def check_neighbour(session: Session, neighbour: World, folder_id: UUID, now: datetime) -> None:
    """Nobody of another town sees it, by its address or in a tray."""
    towns = [neighbour.tenant.id]
    for account in neighbour.accounts.values():
        assert visible_folder(session, neighbour.tenant.id, account.id, folder_id, now=now) is None
    account_id = neighbour.accounts["secretariat"].id
    for which in (Tray.TO_DO, Tray.SENT, Tray.FINISHED, Tray.REJECTED, Tray.DRAFTS, Tray.FOLLOWED, Tray.ARCHIVED):
        assert tray(session, towns, account_id, which, now=now).rows == ()
