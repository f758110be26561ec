"""Going back: taking back one's own act, and returning a folder to a step that is done."""

from __future__ import annotations

from uuid import UUID

from starlette.responses import Response

from engine.folders.actions import Acted
from engine.folders.going_back import returns, undoable
from engine.folders.rewinding import return_to, undo
from engine.folders.standing import standing_of
from engine.folders.whole_rules import may_be_returned
from engine.refusals import Refusal
from web.folders import folder_of, folder_page
from web.visits import Visit

_NO_STEP = Refusal("step_not_chosen", "Choisissez l’étape à laquelle le dossier revient.")


def show_undo(visit: Visit) -> Response:
    """The question before an act is taken back."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        found = undoable(session, folder, visit.person.account.id, now=visit.now)
    if isinstance(found, Refusal):
        return visit.go(f"/dossiers/{folder.id}", found.sentence, tone="bad")
    return visit.render("folders/undo.html", folder=folder, undoable=found)


def do_undo(visit: Visit) -> Response:
    """Take back one's own act."""
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        result = undo(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=folder.id,
            now=visit.now,
        )
        if isinstance(result, Acted):
            session.commit()
    if isinstance(result, Refusal):
        return folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", "Votre action est reprise : le dossier vous attend de nouveau.")


def show_return(visit: Visit) -> Response:
    """The steps to which the folder can go back, and what falls with each."""
    return _return_page(visit, None)


def do_return(visit: Visit) -> Response:
    """Send the folder back to a step that is done."""
    try:
        step_id = UUID(visit.text("step"))
    except ValueError:
        return _return_page(visit, _NO_STEP)
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        result = return_to(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=folder.id,
            step_id=step_id,
            reason=visit.text("reason"),
            now=visit.now,
            seen=_seen(visit, step_id),
        )
        if isinstance(result, Acted):
            session.commit()
    if isinstance(result, Refusal):
        if result.code.startswith(("reason_", "step_", "folder_moved")):
            return _return_page(visit, result)
        return folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", "Le dossier est revenu à l’étape choisie ; chacun est prévenu.")


def _seen(visit: Visit, step_id: UUID) -> frozenset[UUID]:
    """The steps whose acts the page said would fall."""
    try:
        return frozenset(map(UUID, visit.text(f"falls-{step_id}").split()))
    except ValueError:
        return frozenset()


def _return_page(visit: Visit, fault: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        standing = standing_of(session, folder, visit.person.account.id, now=visit.now)
        offered = returns(session, folder) if may_be_returned(standing) is None else []
    if not offered:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render(
        "folders/return.html",
        status=422 if fault else 200,
        folder=folder,
        offered=offered,
        chosen=visit.text("step"),
        reason=visit.text("reason"),
        fault=fault,
    )
