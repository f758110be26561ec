"""What re-aims the open step of a folder: second opinion, transfer; and the reminder that leaves now."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from uuid import UUID

from sqlmodel import Session
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.folders.aiming import choices
from engine.folders.model import Act, Folder, SecondOpinion, Step, Transfer, Verdict
from engine.folders.opinions import ask_opinion, give_opinion, take_back_opinion
from engine.folders.queries import steps_of
from engine.folders.reminding import Reminded, remind
from engine.folders.step_offers import StepOffers, step_offers
from engine.folders.transferring import transfer
from engine.refusals import Refusal
from web.asked import identifier_in
from web.folders import folder_of, folder_page, my_step
from web.journal_steps import VERDICTS
from web.visits import Visit

T = TypeVar("T")

#: Refusals about what was typed or chosen: they are said in the sheet, beside what they are about.
_BESIDE = ("desk_", "question_", "reason_", "verdict_", "opinion_missing", "opinion_too_long", "too_many_transfers")


def offers_of(visit: Visit, session: Session, folder: Folder) -> StepOffers:
    """What this person may do on the open steps, beside ending one."""
    mine = my_step(visit, session, folder)
    step_id = mine.step.id if mine else None
    return step_offers(session, visit.services.library, folder, visit.person.account, step_id, now=visit.now)


def show_ask(visit: Visit) -> Response:
    """Which desk to ask, and what."""
    return _choose_page(visit, Act.ASK_SECOND_OPINION, "ask_opinion", None)


def do_ask(visit: Visit) -> Response:
    """Ask another desk for its opinion."""

    def ask(session: Session) -> SecondOpinion | Refusal:
        return ask_opinion(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            step_id=_step(visit, session),
            desk_id=identifier_in(visit.text("desk")),
            question=visit.text("question"),
            now=visit.now,
        )

    result, folder = _do(visit, ask)
    if isinstance(result, Refusal):
        return _again(visit, result, lambda: _choose_page(visit, Act.ASK_SECOND_OPINION, "ask_opinion", result))
    return visit.go(f"/dossiers/{folder.id}", "L’avis est demandé : le dossier vous reviendra avec la réponse.")


def show_transfer(visit: Visit) -> Response:
    """To which desk the step goes, and why."""
    return _choose_page(visit, Act.TRANSFER, "transfer", None)


def do_transfer(visit: Visit) -> Response:
    """Give the step to another desk."""

    def give(session: Session) -> Transfer | Refusal:
        return transfer(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            step_id=_step(visit, session),
            desk_id=identifier_in(visit.text("desk")),
            reason=visit.text("reason"),
            now=visit.now,
        )

    result, folder = _do(visit, give)
    if isinstance(result, Refusal):
        return _again(visit, result, lambda: _choose_page(visit, Act.TRANSFER, "transfer", result))
    return visit.go(f"/dossiers/{folder.id}", "L’étape est transférée ; le bureau qui la reçoit est prévenu.")


def show_give(visit: Visit) -> Response:
    """The question, and the answer to give."""
    return _give_page(visit, None)


def do_give(visit: Visit) -> Response:
    """Give the opinion that was asked, or decline."""

    def give(session: Session) -> SecondOpinion | Refusal:
        return give_opinion(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            opinion_id=_opinion(visit, session),
            verdict=_verdict(visit.text("verdict")),
            text=visit.text("text"),
            now=visit.now,
        )

    result, _ = _do(visit, give)
    if isinstance(result, Refusal):
        return _again(visit, result, lambda: _give_page(visit, result))
    return visit.go("/a-traiter", "Votre réponse est enregistrée ; le bureau qui la demandait est prévenu.")


def show_take_back(visit: Visit) -> Response:
    """Whether to take the question back."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        offered = offers_of(visit, session, folder).to_take_back
    if offered is None:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render("folders/take_back_opinion.html", folder=folder, view=offered)


def do_take_back(visit: Visit) -> Response:
    """Take back a question that has no answer."""

    def take_back(session: Session) -> SecondOpinion | Refusal:
        return take_back_opinion(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            opinion_id=_opinion(visit, session),
            now=visit.now,
        )

    result, folder = _do(visit, take_back)
    if isinstance(result, Refusal):
        return folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", "La question est reprise : l’étape vous attend de nouveau.")


def show_remind(visit: Visit) -> Response:
    """Whom to remind."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        offered = offers_of(visit, session, folder).to_remind
        waiting = [view for view in steps_of(session, visit.tenant_id, folder.id) if view.step.id in offered]
    if not waiting:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render("folders/remind.html", folder=folder, waiting=waiting)


def do_remind(visit: Visit) -> Response:
    """Send the reminder of an open step now."""

    def send(session: Session) -> Reminded | Refusal:
        return remind(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            step_id=_step(visit, session),
            now=visit.now,
        )

    result, folder = _do(visit, send)
    if isinstance(result, Refusal):
        return folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", f"La relance part : {', '.join(result.people)}.")


def _do(visit: Visit, action: Callable[[Session], T | Refusal]) -> tuple[T | Refusal, Folder]:
    """Do something on a folder that this person sees; kept unless it is refused."""
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        result = action(session)
        if not isinstance(result, Refusal):
            session.commit()
    return result, folder


def _again(visit: Visit, refusal: Refusal, page: Callable[[], Response]) -> Response:
    return page() if refusal.code.startswith(_BESIDE) else folder_page(visit, refusal, 409)


def _choose_page(visit: Visit, what: Act, template: str, fault: Refusal | None) -> Response:
    """A sheet that asks for a desk; back to the folder when this act is not for this person there."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        mine = my_step(visit, session, folder)
        offered = offers_of(visit, session, folder)
        desks = choices(session, visit.tenant_id, without=mine.desk.id) if mine else ()
    if mine is None or (what not in offered.acts and fault is None):
        return visit.go(f"/dossiers/{folder.id}")
    return _render(
        visit,
        template,
        fault,
        folder=folder,
        mine=mine,
        desks=desks,
        chosen=visit.text("desk"),
        typed=visit.text("reason") or visit.text("question"),
    )


def _give_page(visit: Visit, fault: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        offered = offers_of(visit, session, folder).to_give
    if offered is None:
        return visit.go(f"/dossiers/{folder.id}")
    return _render(
        visit,
        "give_opinion",
        fault,
        folder=folder,
        view=offered,
        verdicts=VERDICTS,
        chosen=visit.text("verdict"),
        typed=visit.text("text"),
    )


def _render(visit: Visit, template: str, fault: Refusal | None, **context: Any) -> Response:
    return visit.render(f"folders/{template}.html", status=422 if fault else 200, fault=fault, **context)


def _verdict(text: str) -> Verdict | None:
    return next((one for one in Verdict if one.value == text), None)


def _step(visit: Visit, session: Session) -> UUID:
    """The step of the form, which is one of this folder."""
    step = session.get(Step, identifier_in(visit.text("step")) or UUID(int=0))
    if step is None or step.folder_id != visit.identifier("folder"):
        raise HTTPException(404)
    return step.id


def _opinion(visit: Visit, session: Session) -> UUID:
    """The question of the form, which is one of this folder."""
    opinion = session.get(SecondOpinion, identifier_in(visit.text("opinion")) or UUID(int=0))
    if opinion is None or opinion.folder_id != visit.identifier("folder"):
        raise HTTPException(404)
    return opinion.id
