"""The folder page: read, then act; and the journal of the folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.clock import utc_now
from engine.desks.authority import Authority
from engine.desks.model import Desk
from engine.documents.model import Document, DocumentVersion
from engine.documents.queries import documents_of, head_of, versions_of
from engine.folders.actions import note_reading
from engine.folders.beside import beside_of
from engine.folders.facts import acting_for, beyond_ceiling, heads_seal, held_ids, main_heads
from engine.folders.following import followers_of
from engine.folders.going_back import Undoable, undoable
from engine.folders.model import Folder, FolderStatus, Signature
from engine.folders.opinions import note_opinion_read
from engine.folders.queries import StepView, signatures_of, steps_of, visible_folder
from engine.folders.step_offers import step_offers
from engine.folders.timeline import earlier_rounds, stopped_of, timeline
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.model import Account
from engine.people.queries import certificates_of
from engine.refusals import Refusal
from engine.typology.model import FolderType, Subtype
from web.certificates import certificate_notice
from web.journal import sentences
from web.journal_steps import VERDICTS
from web.offers import menu_of, step_menu
from web.sheets import Sheet, sheet_of
from web.visits import Visit

#: The tray in which its emitter finds a folder again, by its state.
BACK = {
    FolderStatus.DRAFT: ("/brouillons", "Brouillons"),
    FolderStatus.IN_PROGRESS: ("/en-cours", "En cours"),
    FolderStatus.FINISHED: ("/termines", "Terminés"),
    FolderStatus.REJECTED: ("/rejetes", "Rejetés"),
    FolderStatus.STOPPED: ("/rejetes", "Rejetés"),
}


def folder_of(visit: Visit, session: Session) -> Folder:
    """The folder of the address, if this person may see it; otherwise 404, which tells nothing."""
    me = visit.person.account.id
    folder = visible_folder(session, visit.tenant_id, me, visit.identifier("folder"), now=visit.now)
    if folder is None:
        raise HTTPException(404)
    return folder


def my_step(visit: Visit, session: Session, folder: Folder) -> StepView | None:
    """The open step that waits for this person, or None."""
    views = steps_of(session, visit.tenant_id, folder.id)
    return waiting_for(views, acting_for(session, folder, visit.person.account.id, now=visit.now))


def waiting_for(views: Sequence[StepView], acting: Mapping[UUID, Authority]) -> StepView | None:
    """The first open step of the desks for which somebody may act; first of those that they hold."""
    mine = [view for view in views if view.step.closed_at is None and view.desk.id in acting]
    return min(mine, key=lambda view: acting[view.desk.id].delegation_id is not None, default=None)


def show_folder(visit: Visit) -> Response:
    """Read, then act."""
    with visit.services.database.reading() as session:
        folder_of(visit, session)
    _note(visit)
    return folder_page(visit)


def _note(visit: Visit) -> None:
    """Write who opened the folder, for a step or for an opinion."""
    me = visit.person.account
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        read = note_reading(session, tenant_id=visit.tenant_id, account=me, folder_id=folder.id, now=visit.now)
        asked = note_opinion_read(
            session,
            tenant_id=visit.tenant_id,
            account_id=me.id,
            folder_id=folder.id,
            desk_ids=list(acting_for(session, folder, me.id, now=visit.now)),
            now=visit.now,
        )
        if read or asked:
            session.commit()


def folder_page(visit: Visit, fault: Refusal | None = None, status: int = 200) -> Response:
    """The page, with what was refused when something was; what had been typed stays in its field."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        account = visit.person.account
        held = held_ids(session, visit.tenant_id, account.id)
        documents = [
            (document, head_of(session, visit.tenant_id, document.id))
            for document in documents_of(session, visit.tenant_id, folder.id)
        ]
        views = steps_of(session, visit.tenant_id, folder.id)
        acting = acting_for(session, folder, account.id, now=visit.now)
        mine = waiting_for(views, acting)
        heads = heads_seal(main_heads(session, folder))
        sheet = sheet_of(visit, session, mine, heads) if mine else None
        offers = step_offers(
            session, visit.services.library, folder, account, mine.step.id if mine else None, now=visit.now
        )
        line = timeline(session, visit.services.library, folder, now=utc_now())
        known = certificates_of(session, account.id)
        return visit.render(
            "folders/folder.html",
            status=status,
            folder=folder,
            documents=documents,
            versions=_versions(session, folder, documents),
            kind=_kind(session, folder),
            emitter=session.get_one(Desk, folder.emitter_desk_id).name,
            depositor=session.get_one(Account, folder.created_by).full_name,
            line=line,
            signatures=signatures_of(session, visit.tenant_id, folder.id),
            sheet=sheet,
            undoable=_undoable(visit, session, folder, views),
            menu=[*step_menu(offers), *menu_of(visit, session, folder)],
            offers=offers,
            beside=beside_of(session, folder),
            verdicts=VERDICTS,
            may_send=folder.status == "DRAFT" and folder.emitter_desk_id in held,
            notice=certificate_notice(known, visit.now, visit.zone) if sheet and sheet.signs else None,
            rounds=earlier_rounds(session, visit.services.library, folder, now=visit.now),
            stopped=stopped_of(session, folder),
            followers=[account.full_name for account in followers_of(session, folder, now=visit.now)],
            back=_back(folder, sheet, emits=folder.emitter_desk_id in held),
            beyond=_beyond(visit, session, folder, views) if mine is None else None,
            fault=fault,
        )


def _back(folder: Folder, sheet: Sheet | None, *, emits: bool) -> tuple[str, str]:
    """The tray that leads here: address and title."""
    if sheet is not None and sheet.on_behalf_of:
        return "/en-delegation", "En délégation"
    if emits and folder.archived_at is not None:
        return "/archives", "Archivés"
    return BACK[folder.status] if emits and sheet is None else ("/a-traiter", "À traiter")


def _beyond(visit: Visit, session: Session, folder: Folder, views: Sequence[StepView]) -> Refusal | None:
    """What somebody reads who stands in for a desk that has the folder, when its amount is beyond their ceiling."""
    waiting = [view.desk for view in views if view.step.closed_at is None]
    return beyond_ceiling(session, folder, waiting, visit.person.account.id, now=visit.now)


def _undoable(visit: Visit, session: Session, folder: Folder, views: Sequence[StepView]) -> Undoable | None:
    """The act that this person may take back; the journal is only read for somebody who did something here."""
    me = visit.person.account.id
    if folder.status is not FolderStatus.IN_PROGRESS or not any(view.step.acted_by == me for view in views):
        return None
    found = undoable(session, folder, me, now=visit.now)
    return found if isinstance(found, Undoable) else None


def _versions(
    session: Session, folder: Folder, documents: Sequence[tuple[Document, DocumentVersion]]
) -> dict[UUID, list[tuple[DocumentVersion, Signature | None]]]:
    """The versions of each document, the newest first, each with the signature that made it."""
    signed = {item.document_version_id: item for item in signatures_of(session, folder.tenant_id, folder.id)}
    return {
        document.id: [
            (version, signed.get(version.id))
            for version in reversed(versions_of(session, folder.tenant_id, document.id))
        ]
        for document, _ in documents
    }


def _kind(session: Session, folder: Folder) -> str:
    subtype = session.get_one(Subtype, folder.subtype_id)
    return f"{session.get_one(FolderType, subtype.folder_type_id).name} · {subtype.name}"


def show_journal(visit: Visit) -> Response:
    """Everything that happened to a folder."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        entries = chain_entries(session, visit.tenant_id, folder.id)
        lines = sentences(session, entries)
    return visit.render("folders/journal.html", folder=folder, lines=lines, broken=broken_at(entries))
