"""The lists a person works from."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy.exc import NoResultFound
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.desks.queries import desks_held_among
from engine.folders.trays import Tray, tray, tray_counts
from engine.people.model import Tenant
from web.visits import View, Visit, tenant_named

#: tray → (address, title, what to say when it is empty)
TRAYS = {
    Tray.TO_DO: ("/a-traiter", "À traiter", "Rien n’attend votre visa ni votre signature."),
    Tray.DELEGATED: (
        "/en-delegation",
        "En délégation",
        "Rien n’attend à ce titre : vous ne remplacez aucun bureau en ce moment, ou rien ne lui est demandé.",
    ),
    Tray.OPINIONS: ("/avis-a-donner", "Donner un avis", "Aucun avis n’est demandé à vos bureaux."),
    Tray.AWAITED: ("/avis-attendus", "Avis attendus", "Aucun de vos dossiers n’attend l’avis d’un autre bureau."),
    Tray.SENT: ("/en-cours", "En cours", "Aucun dossier de vos bureaux n’est dans un circuit."),
    Tray.FINISHED: ("/termines", "Terminés", "Aucun dossier de vos bureaux n’est encore terminé."),
    Tray.REJECTED: ("/rejetes", "Rejetés", "Aucun dossier de vos bureaux n’a été rejeté."),
    Tray.DRAFTS: ("/brouillons", "Brouillons", "Vous n’avez pas de brouillon."),
    Tray.RECOVERABLE: (
        "/recuperables",
        "Récupérables",
        "Aucune de vos actions ne peut plus être reprise : le dossier a été ouvert à l’étape suivante, ou il est arrivé"
        " au bout de son circuit.",
    ),
    Tray.FOLLOWED: (
        "/suivis",
        "Suivis",
        "Vous ne suivez aucun dossier. Pour en suivre un, ouvrez-le et choisissez Suivre dans le menu Plus.",
    ),
    Tray.SUPERVISED: (
        "/supervises",
        "Supervisés",
        "Aucun dossier n’est en cours dans les bureaux que vous supervisez.",
    ),
    Tray.ARCHIVED: ("/archives", "Archivés", "Aucun dossier de vos bureaux n’a été archivé."),
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
        chosen, shown = _tenants_shown(visit)
        with visit.services.database.reading() as session:
            account_id = visit.person.account.id
            try:
                found = tray(session, shown, account_id, which, cursor, now=visit.now)
            except NoResultFound:  # the cursor is no row of ours
                raise HTTPException(404) from None
            counts = tray_counts(session, shown, account_id, now=visit.now)
            may_deposit = any(desk.may_create for desk in desks_held_among(session, shown, account_id))
        return visit.render(
            "trays/tray.html",
            which=which,
            found=found,
            counts=counts,
            trays=TRAYS,
            may_deposit=may_deposit,
            chosen=chosen,
        )

    view.__name__ = f"tray_{which.value.lower()}"
    return view


def _tenants_shown(visit: Visit) -> tuple[Tenant | None, Collection[UUID]]:
    """The tenant to which the list is narrowed, if it is, and those whose folders are shown: all of one's own."""
    chosen = tenant_named(visit)
    return chosen, (chosen.id,) if chosen else visit.person.tenant_ids


def counters(visit: Visit) -> Response:
    """The counters alone, asked again every half minute by the page."""
    chosen, shown = _tenants_shown(visit)
    with visit.services.database.reading() as session:
        counts = tray_counts(session, shown, visit.person.account.id, now=visit.now)
    current = visit.request.query_params.get("bannette", "")
    which = next((one for one in Tray if one.value == current), None)
    return visit.fragment("trays/counters.html", which=which, counts=counts, trays=TRAYS, chosen=chosen)
