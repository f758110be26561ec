"""Acts on a whole folder: stop, make a draft again, send into another circuit, copy, follow, archive."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlmodel import Session
from starlette.responses import Response

from engine.euros import read_euros
from engine.folders.clearing import archive, unarchive
from engine.folders.copying import duplicate
from engine.folders.following import follow, unfollow
from engine.folders.model import Act, Folder
from engine.folders.offers import offers
from engine.folders.queries import signatures_of
from engine.folders.rounds import UNKNOWN_CIRCUIT, recycle, stop
from engine.folders.sending import chain_folder
from engine.folders.standing import standing_of
from engine.folders.timeline import TimelineStep, forecast_of_subtype
from engine.refusals import Refusal, Refused
from engine.typology.model import FolderType, Subtype
from engine.typology.queries import subtypes
from web.folders import folder_of, folder_page
from web.visits import View, Visit

#: Refusals about what was typed or chosen: said in the sheet.
_BESIDE = ("reason_", "unknown_subtype", "amount_", "no_circuit", "circuit_stuck", "unknown_desk", "head_moved")


@dataclass(frozen=True, slots=True)
class Way:
    """A circuit in which a finished folder could go on, with the steps that it would take there."""

    folder_type: FolderType
    subtype: Subtype
    line: Sequence[TimelineStep]


def at_once(do: Callable[..., Folder | Refusal], said: str, *, goes_there: bool = False) -> View:
    """The view of an act that asks nothing. ``goes_there``: to the folder that it made."""

    def view(visit: Visit) -> Response:
        with visit.services.database.writing() as session:
            folder = folder_of(visit, session)
            result = do(
                session,
                tenant_id=visit.tenant_id,
                account=visit.person.account,
                folder_id=folder.id,
                now=visit.now,
            )
            if isinstance(result, Folder):
                session.commit()
        if isinstance(result, Refusal):
            return folder_page(visit, result, 409)
        return visit.go(f"/dossiers/{result.id if goes_there else folder.id}", said)

    view.__name__ = do.__name__
    return view


do_follow = at_once(follow, "Vous suivez ce dossier : un courriel vous dira sa fin. Il est dans Suivis.")
do_unfollow = at_once(unfollow, "Vous ne suivez plus ce dossier.")
do_archive = at_once(archive, "Le dossier est archivé : vous le retrouvez dans Archivés.")
do_unarchive = at_once(unarchive, "Le dossier n’est plus archivé.")
do_duplicate = at_once(
    duplicate, "Voici la copie, en brouillon, avec les documents tels qu’ils ont été déposés.", goes_there=True
)
do_recycle = at_once(recycle, "Le dossier est de nouveau un brouillon. Corrigez-le, puis envoyez-le.")


def back_to_folder(visit: Visit) -> Response:
    """An address that only does something when a form is sent leads to the folder."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
    return visit.go(f"/dossiers/{folder.id}")


def show_recycle(visit: Visit) -> Response:
    """What becomes of the folder, and of its signatures, before it is a draft again."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        if not _offered(visit, session, folder, Act.RECYCLE):
            return visit.go(f"/dossiers/{folder.id}")
        signatures = [one for one in signatures_of(session, visit.tenant_id, folder.id) if one.withdrawn_at is None]
    return visit.render("folders/recycle.html", folder=folder, signatures=signatures)


def show_stop(visit: Visit) -> Response:
    """The reason for which a folder is stopped."""
    return _stop_page(visit, None)


def do_stop(visit: Visit) -> Response:
    """Stop the folder."""
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        result = stop(
            session,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=folder.id,
            reason=visit.text("reason"),
            now=visit.now,
        )
        if isinstance(result, Folder):
            session.commit()
    if isinstance(result, Refusal):
        return _stop_page(visit, result) if result.code.startswith(_BESIDE) else folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", "Le dossier est arrêté ; ceux qu’il concernait sont prévenus.")


def _stop_page(visit: Visit, fault: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        if not _offered(visit, session, folder, Act.STOP):
            return visit.go(f"/dossiers/{folder.id}")
    return visit.render(
        "folders/stop.html",
        status=422 if fault else 200,
        folder=folder,
        reason=visit.text("reason"),
        fault=fault,
    )


def show_chain(visit: Visit) -> Response:
    """The circuits in which the folder may go on, with the steps of each."""
    return _chain_page(visit, None)


def do_chain(visit: Visit) -> Response:
    """Send the folder into another circuit."""
    try:
        subtype_id = UUID(visit.text("subtype"))
    except ValueError:
        return _chain_page(visit, UNKNOWN_CIRCUIT)
    amount = read_euros(visit.text("amount"))
    if isinstance(amount, Refusal):
        return _chain_page(visit, amount)
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
    services = visit.services
    try:
        result = chain_folder(
            services.database,
            services.store,
            services.library,
            tenant_id=visit.tenant_id,
            account=visit.person.account,
            folder_id=folder.id,
            subtype_id=subtype_id,
            amount=amount,
            now=visit.now,
        )
    except Refused as refused:
        result = refused.refusal
    if isinstance(result, Refusal):
        return _chain_page(visit, result) if result.code.startswith(_BESIDE) else folder_page(visit, result, 409)
    return visit.go(f"/dossiers/{folder.id}", "Le dossier continue dans le circuit choisi.")


def _chain_page(visit: Visit, fault: Refusal | None) -> Response:
    library = visit.services.library
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        if not _offered(visit, session, folder, Act.CHAIN):
            return visit.go(f"/dossiers/{folder.id}")
        ways = [
            Way(
                folder_type,
                subtype,
                forecast_of_subtype(
                    session, library, visit.tenant_id, subtype.id, folder.emitter_desk_id, now=visit.now
                ),
            )
            for folder_type, subtype in subtypes(session, visit.tenant_id)
        ]
    return visit.render(
        "folders/chain.html",
        status=422 if fault else 200,
        folder=folder,
        ways=[way for way in ways if way.line],
        chosen=visit.text("subtype"),
        amount=visit.text("amount"),
        fault=fault,
    )


def _offered(visit: Visit, session: Session, folder: Folder, act: Act) -> bool:
    return act in offers(standing_of(session, folder, visit.person.account.id, now=visit.now))
