"""Acts on a folder: visa, rejection, referring back, sending or erasing a draft. Each has a page without scripts."""

from __future__ import annotations

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.folders.actions import Acted, act, discard_draft
from engine.folders.drawn import drawn_step
from engine.folders.facts import heads_seal, held_ids, main_heads
from engine.folders.going_back import Undoable, undoable
from engine.folders.model import Act, Folder, FolderStatus, Step
from engine.folders.trays import next_to_do
from engine.refusals import Refusal
from web.deposit import send
from web.folders import folder_of, folder_page, my_step
from web.sheets import Sheet, sheet_of, typed_in, values_typed
from web.visits import Visit

#: What is said once an act is done, after the title of the folder.
DONE = {
    Act.VISA: "est visé",
    Act.SIGNATURE: "est signé",
    Act.PAPER_SIGNATURE: "a sa signature papier déclarée",
    Act.REJECT: "est rejeté ; la personne qui l’a déposé est prévenue",
    Act.REFER_BACK: "est renvoyé",
}
#: The page of each act.
SHEETS = {Act.VISA: "visa.html", Act.REJECT: "reject.html", Act.REFER_BACK: "refer_back.html"}
#: Refusals about what was typed: they are said in the sheet, beside what they are about.
_BESIDE = ("reason_", "field_", "unknown_outcome", "circuit_stuck")
#: How much of a title a word about it repeats, in characters.
_SHORT_TITLE = 120


def do_send(visit: Visit) -> Response:
    """Send a draft."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
    return send(visit, folder.id)


def show_discard(visit: Visit) -> Response:
    """The question before a draft is erased."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        mine = folder.emitter_desk_id in held_ids(session, visit.tenant_id, visit.person.account.id)
    if folder.status is not FolderStatus.DRAFT or folder.sent_at is not None or not mine:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render("folders/discard.html", folder=folder)


def do_discard(visit: Visit) -> Response:
    """Erase a draft."""
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        result = discard_draft(
            session, tenant_id=visit.tenant_id, account=visit.person.account, folder_id=folder.id, now=visit.now
        )
        if isinstance(result, Folder):
            session.commit()
    if isinstance(result, Refusal):
        return visit.go(f"/dossiers/{folder.id}", result.sentence, tone="bad")
    return visit.go("/brouillons", f"Le brouillon « {short_title(result.title)} » est supprimé.")


def show_visa(visit: Visit) -> Response:
    """The annotation, the fields and the answers of a visa."""
    return _act_page(visit, Act.VISA, None)


def do_visa(visit: Visit) -> Response:
    """Approve the open step, or give one of the drawing's own answers."""
    return _act(visit, Act.VISA)


def show_reject(visit: Visit) -> Response:
    """The reason of a rejection."""
    return _act_page(visit, Act.REJECT, None)


def do_reject(visit: Visit) -> Response:
    """Reject the open step."""
    return _act(visit, Act.REJECT)


def show_refer_back(visit: Visit) -> Response:
    """The reason for which a step is referred back."""
    return _act_page(visit, Act.REFER_BACK, None)


def do_refer_back(visit: Visit) -> Response:
    """Refer the open step back, where the drawing says where to."""
    return _act(visit, Act.REFER_BACK)


def _act_page(visit: Visit, what: Act, fault: Refusal | None) -> Response:
    """The sheet of an act as a page; back to the folder when this act is not for this person there."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        mine = my_step(visit, session, folder)
        heads = visit.text("heads") or heads_seal(main_heads(session, folder))
        sheet = sheet_of(visit, session, mine, heads, fault) if mine else None
    if sheet is None or not _offered(sheet, what):
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render(f"folders/{SHEETS[what]}", status=422 if fault else 200, folder=folder, sheet=sheet)


def _offered(sheet: Sheet, what: Act) -> bool:
    if sheet.drawn.excluded or (what is Act.VISA and sheet.signs):
        return False
    return what is not Act.REFER_BACK or sheet.drawn.refers_back


def _act(visit: Visit, what: Act) -> Response:
    step_id = _step_asked(visit)
    answer = visit.text("outcome") if what is Act.VISA else ""
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        step = session.get(Step, step_id)
        if step is None or step.folder_id != folder.id:
            raise HTTPException(404)
        account = visit.person.account
        drawn = drawn_step(session, visit.services.library, visit.tenant_id, account.id, step_id, now=visit.now)
        result = act(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=account,
            step_id=step_id,
            act=what,
            seen_heads=visit.text("heads"),
            reason=visit.text("reason"),
            outcome=answer,
            fields=values_typed(drawn, typed_in(visit)) if drawn else {},
            now=visit.now,
        )
        if isinstance(result, Acted):
            session.commit()
    if isinstance(result, Refusal):
        if result.code.startswith(_BESIDE):
            return _act_page(visit, what, result)
        return folder_page(visit, result, 409)
    return visit.go(**after_act(visit, folder, what, drawn.spec.outcomes.get(answer, "") if drawn else ""))


def _step_asked(visit: Visit) -> UUID:
    try:
        return UUID(visit.text("step"))
    except ValueError:
        raise HTTPException(404) from None


def after_act(visit: Visit, folder: Folder, what: Act, answer: str = "") -> dict[str, str]:
    """Where to go once something is done, and what to say there, for :meth:`Visit.go`.

    The next folder that waits, else the tray; with the way to take the act back while that may be done. ``answer``:
    what the drawing calls the answer that was given, when it is its own.
    """
    account_id = visit.person.account.id
    with visit.services.database.reading() as session:
        following = next_to_do(session, visit.person.tenant_ids, account_id, folder.id, now=visit.now)
        found = undoable(session, session.get_one(Folder, folder.id), account_id, now=visit.now)
    done = f"a reçu la réponse « {answer} »" if answer else DONE[what]
    said = f"Le dossier « {short_title(folder.title)} » {done}."
    return {
        "address": f"/dossiers/{following}" if following else "/a-traiter",
        "flash": f"{said} Voici le suivant." if following else said,
        "undo": f"/dossiers/{folder.id}/recuperer" if isinstance(found, Undoable) else "",
    }


def short_title(title: str) -> str:
    """A title short enough to be repeated in a sentence."""
    return title if len(title) <= _SHORT_TITLE else f"{title[:_SHORT_TITLE].rstrip()}…"
