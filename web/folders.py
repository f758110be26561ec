"""The folder page and the acts on it."""

from __future__ import annotations

from uuid import UUID

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.model import Desk
from engine.documents.queries import documents_of, head_of
from engine.folders.actions import Acted, act, discard_draft, note_reading
from engine.folders.facts import heads_seal, held_ids, main_heads
from engine.folders.model import Act, Folder, Step
from engine.folders.queries import next_to_do, steps_of, visible_folder
from engine.folders.timeline import timeline
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.queries import certificates_of
from engine.refusals import Refusal
from web.certificates import certificate_notice
from web.deposit import send
from web.journal import sentences
from web.visits import Visit


def folder_of(visit: Visit, session: Session) -> Folder:
    """The folder of the address, if this person may see it; otherwise 404, which tells nothing."""
    folder = visible_folder(session, visit.tenant_id, visit.person.account.id, visit.identifier("folder"))
    if folder is None:
        raise HTTPException(404)
    return folder


def show_folder(visit: Visit) -> Response:
    """Read, then act."""
    with visit.services.database.reading() as session:
        folder_of(visit, session)
    _note(visit)
    return _folder_page(visit)


def _note(visit: Visit) -> None:
    with visit.services.database.writing() as session:
        if note_reading(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=visit.identifier("folder"),
            now=visit.now,
        ):
            session.commit()


def _folder_page(visit: Visit, fault: Refusal | None = None, status: int = 200) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        account = visit.person.account
        held = held_ids(session, visit.tenant_id, account.id)
        documents = [
            (document, head_of(session, visit.tenant_id, document.id))
            for document in documents_of(session, visit.tenant_id, folder.id)
        ]
        views = steps_of(session, visit.tenant_id, folder.id)
        mine = next((view for view in views if view.step.closed_at is None and view.desk.id in held), None)
        known = certificates_of(session, account.id)
        return visit.render(
            "folders/folder.html",
            status=status,
            folder=folder,
            documents=documents,
            heads=heads_seal(main_heads(session, folder)),
            emitter=session.get_one(Desk, folder.emitter_desk_id).name,
            line=timeline(session, visit.services.library, folder),
            mine=mine,
            may_send=folder.status == "DRAFT" and folder.emitter_desk_id in held,
            notice=certificate_notice(known, visit.now) if mine and mine.step.kind == Act.SIGNATURE else None,
            fault=fault,
            reason=visit.text("reason"),
        )


def do_send(visit: Visit) -> Response:
    """Send a draft."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
    return send(visit, folder.id)


def do_discard(visit: Visit) -> Response:
    """Erase a draft."""
    with visit.services.database.writing() as session:
        result = discard_draft(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=visit.identifier("folder"),
            now=visit.now,
        )
        if isinstance(result, Folder):
            session.commit()
    if isinstance(result, Refusal):
        return visit.go("/brouillons", result.sentence)
    return visit.go("/brouillons", f"Le brouillon « {result.title} » est supprimé.")


def do_visa(visit: Visit) -> Response:
    """Approve the open step."""
    return _act(visit, Act.VISA)


def show_reject(visit: Visit) -> Response:
    """The reason of a rejection, on a page of its own where scripts are off."""
    return _reject_page(visit, None)


def do_reject(visit: Visit) -> Response:
    """Reject the open step."""
    return _act(visit, Act.REJECT)


def _reject_page(visit: Visit, fault: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        held = held_ids(session, visit.tenant_id, visit.person.account.id)
        views = steps_of(session, visit.tenant_id, folder.id)
        mine = next((view for view in views if view.step.closed_at is None and view.desk.id in held), None)
    if mine is None:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render(
        "folders/reject.html",
        status=422 if fault else 200,
        folder=folder,
        mine=mine,
        fault=fault,
        reason=visit.text("reason"),
        heads=visit.text("heads"),
    )


def _act(visit: Visit, what: Act) -> Response:
    try:
        step_id = UUID(visit.text("step"))
    except ValueError:
        raise HTTPException(404) from None
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        step = session.get(Step, step_id)
        if step is None or step.folder_id != folder.id:
            raise HTTPException(404)
        result = act(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            step_id=step_id,
            act=what,
            seen_heads=visit.text("heads"),
            reason=visit.text("reason"),
            now=visit.now,
        )
        if isinstance(result, Acted):
            session.commit()
    if isinstance(result, Refusal):
        if result.code.startswith("reason_") and what is Act.REJECT:
            return _reject_page(visit, result)
        return _folder_page(visit, result, 409)
    done = (
        "Le dossier est visé."
        if what is Act.VISA
        else "Le dossier est rejeté ; la personne qui l’a déposé est prévenue."
    )
    return visit.go(after_act(visit, result.folder_id), f"{done}")


def after_act(visit: Visit, folder_id: UUID) -> str:
    """Where to go once something is done: the next folder that waits, else the tray."""
    with visit.services.database.reading() as session:
        following = next_to_do(session, visit.tenant_id, visit.person.account.id, folder_id)
    return f"/dossiers/{following}" if following else "/a-traiter"


def show_journal(visit: Visit) -> Response:
    """Everything that happened to a folder."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        entries = chain_entries(session, visit.tenant_id, folder.id)
        lines = sentences(session, entries)
    return visit.render("folders/journal.html", folder=folder, lines=lines, broken=broken_at(entries))
