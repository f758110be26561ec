"""Acts on a folder: visa, rejection, sending or erasing a draft. Each has a page of its own without scripts."""

from __future__ import annotations

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.folders.actions import Acted, act, discard_draft
from engine.folders.facts import heads_seal, held_ids, main_heads
from engine.folders.model import Act, Folder, FolderStatus, Step
from engine.folders.queries import next_to_do
from engine.refusals import Refusal
from web.deposit import send
from web.folders import folder_of, folder_page, my_step
from web.visits import Visit

#: What is said once an act is done, after the title of the folder.
DONE = {
    Act.VISA: "est visé",
    Act.SIGNATURE: "est signé",
    Act.REJECT: "est rejeté ; la personne qui l’a déposé est prévenue",
}
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
    if folder.status is not FolderStatus.DRAFT or not mine:
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
    """The annotation of a visa."""
    return _act_page(visit, Act.VISA, None)


def do_visa(visit: Visit) -> Response:
    """Approve the open step."""
    return _act(visit, Act.VISA)


def show_reject(visit: Visit) -> Response:
    """The reason of a rejection."""
    return _act_page(visit, Act.REJECT, None)


def do_reject(visit: Visit) -> Response:
    """Reject the open step."""
    return _act(visit, Act.REJECT)


def _act_page(visit: Visit, what: Act, fault: Refusal | None) -> Response:
    """The sheet of an act as a page; back to the folder when nothing waits for this person there."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        mine = my_step(visit, session, folder)
        heads = visit.text("heads") or heads_seal(main_heads(session, folder))
    if mine is None or (what is Act.VISA and mine.step.kind != Act.VISA):
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render(
        "folders/reject.html" if what is Act.REJECT else "folders/visa.html",
        status=422 if fault else 200,
        folder=folder,
        mine=mine,
        fault=fault,
        reason=visit.text("reason"),
        heads=heads,
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
        if result.code.startswith("reason_"):
            return _act_page(visit, what, result)
        return folder_page(visit, result, 409)
    return visit.go(*after_act(visit, folder, what))


def after_act(visit: Visit, folder: Folder, what: Act) -> tuple[str, str]:
    """Where to go once something is done, and what to say: the next folder that waits, else the tray."""
    with visit.services.database.reading() as session:
        following = next_to_do(session, visit.tenant_id, visit.person.account.id, folder.id)
    done = f"Le dossier « {short_title(folder.title)} » {DONE[what]}."
    if following:
        return f"/dossiers/{following}", f"{done} Voici le suivant."
    return "/a-traiter", done


def short_title(title: str) -> str:
    """A title short enough to be repeated in a sentence."""
    return title if len(title) <= _SHORT_TITLE else f"{title[:_SHORT_TITLE].rstrip()}…"
