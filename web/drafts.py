"""Correcting a draft."""

from __future__ import annotations

from starlette.responses import Response

from engine.euros import french_euros, read_euros
from engine.folders.actions import Deposited, draft_of
from engine.folders.editing import edit_draft
from engine.folders.model import Folder
from engine.folders.variables import chosen_desks
from engine.refusals import Refusal, Refused
from engine.typology.queries import subtype_of
from web.choosing import answers, way_of
from web.deposit import received
from web.folders import folder_of, folder_page
from web.visits import Visit


def show_edit(visit: Visit) -> Response:
    """The form."""
    return _form(visit, None)


def do_edit(visit: Visit) -> Response:
    """Change the draft."""
    upload = visit.upload("document")
    with visit.services.database.reading() as session:
        draft = draft_of(session, visit.tenant_id, visit.person.account.id, folder_of(visit, session).id)
        subtype = None if isinstance(draft, Refusal) else subtype_of(session, visit.tenant_id, draft.subtype_id)
    if isinstance(draft, Refusal):  # said before anything is received
        return folder_page(visit, draft, 409)
    amount = read_euros(visit.text("amount")) if subtype is not None and subtype.asks_amount else None
    if isinstance(amount, Refusal):
        return _form(visit, amount)
    try:
        document: Deposited | None = received(visit, upload) if upload else None
    except Refused as refused:
        return _form(visit, Refusal(f"document_{refused.refusal.code}", str(refused)))
    with visit.services.database.writing() as session:
        result = edit_draft(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=draft.id,
            title=visit.text("title"),
            amount=amount,
            document=document,
            library=visit.services.library,
            chosen=answers(visit, draft.subtype_id),
            now=visit.now,
        )
        if isinstance(result, Folder):
            session.commit()
    if isinstance(result, Refusal):
        return _form(visit, result)
    return visit.go(f"/dossiers/{draft.id}", "Le brouillon est corrigé.")


def _form(visit: Visit, fault: Refusal | None) -> Response:
    """The form, with what was typed and what is wrong beside its field."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        draft = draft_of(session, visit.tenant_id, visit.person.account.id, folder.id)
        subtype = subtype_of(session, visit.tenant_id, folder.subtype_id)
        assert subtype is not None, "a folder has a sub-type of its tenant"
        typed = visit.request.method == "POST"
        chosen = answers(visit, subtype.id) if typed else chosen_desks(session, folder.id)
        way = way_of(visit, session, subtype, folder.emitter_desk_id, chosen)
    if isinstance(draft, Refusal):
        return visit.go(f"/dossiers/{folder.id}", draft.sentence, tone="bad")
    known = "" if folder.amount is None else french_euros(folder.amount)
    return visit.render(
        "folders/edit.html",
        status=422 if fault else 200,
        folder=folder,
        fault=fault,
        title=visit.text("title") if typed else folder.title,
        amount=visit.text("amount") if typed else known,
        asks_amount=subtype.asks_amount,
        way=way,
        max_bytes=visit.services.settings.max_upload_bytes,
    )
