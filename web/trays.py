"""The lists a person works from."""

from __future__ import annotations

from uuid import UUID

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.folders.queries import Tray, tray, tray_counts
from web.visits import View, Visit

#: tray → (address, title, what to say when it is empty)
TRAYS = {
    Tray.TO_DO: ("/a-traiter", "À traiter", "Rien n’attend votre visa ni votre signature."),
    Tray.SENT: ("/en-cours", "En cours", "Aucun dossier de vos bureaux n’est dans un circuit."),
    Tray.FINISHED: ("/termines", "Terminés", "Aucun dossier de vos bureaux n’est encore terminé."),
    Tray.REJECTED: ("/rejetes", "Rejetés", "Aucun dossier de vos bureaux n’a été rejeté."),
    Tray.DRAFTS: ("/brouillons", "Brouillons", "Vous n’avez pas de brouillon."),
}


def home(visit: Visit) -> Response:
    """Where one arrives."""
    return visit.go("/a-traiter")


def show_tray(which: Tray) -> View:
    """The view of one tray."""

    def view(visit: Visit) -> Response:
        after = visit.request.query_params.get("apres")
        try:
            cursor = UUID(after) if after else None
        except ValueError:
            raise HTTPException(404) from None
        with visit.services.database.reading() as session:
            found = tray(session, visit.tenant_id, visit.person.account.id, which, cursor)
            counts = tray_counts(session, visit.tenant_id, visit.person.account.id)
        return visit.render("trays/tray.html", which=which, found=found, counts=counts, trays=TRAYS)

    view.__name__ = f"tray_{which.value.lower()}"
    return view


def counters(visit: Visit) -> Response:
    """The counters alone, asked again every half minute by the page."""
    with visit.services.database.reading() as session:
        counts = tray_counts(session, visit.tenant_id, visit.person.account.id)
    current = visit.request.query_params.get("bannette", "")
    which = Tray(current) if current in Tray else None
    return visit.render("trays/counters.html", which=which, counts=counts, trays=TRAYS)
