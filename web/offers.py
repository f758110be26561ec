"""How the acts beside the main one are shown on the folder page: one menu, which needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlmodel import Session

from engine.folders.model import Act, Folder
from engine.folders.offers import offers
from engine.folders.standing import standing_of
from engine.folders.step_offers import StepOffers
from web.visits import Visit


@dataclass(frozen=True, slots=True)
class Offered:
    """One line of the menu."""

    label: str
    path: str  #: after the address of the folder
    sends: bool = False  #: done at once when chosen; otherwise the address asks first
    dialog: str = ""  #: identifier of the dialog of the page that asks, for those who have scripts
    sheet: bool = False  #: the page that the address leads to opens as a dialog, for those who have scripts
    refuses: bool = False  #: shown in the colour of what ends something


#: act → its line. Every act of ``engine.folders.offers`` has one.
MENU: Mapping[Act, Offered] = MappingProxyType(
    {
        Act.EDIT: Offered("Corriger", "modifier"),
        Act.RECYCLE: Offered("Reprendre en brouillon", "recycler", dialog="recycle-sheet"),
        Act.CHAIN: Offered("Enchaîner un autre circuit", "enchainer"),
        Act.RETURN: Offered("Faire revenir à une étape", "revenir"),
        Act.FOLLOW: Offered("Suivre", "suivre", sends=True),
        Act.UNFOLLOW: Offered("Ne plus suivre", "ne-plus-suivre", sends=True),
        Act.DUPLICATE: Offered("Dupliquer", "dupliquer", sends=True),
        Act.STOP: Offered("Arrêter", "arreter", dialog="stop-sheet", refuses=True),
        Act.ARCHIVE: Offered("Archiver", "archiver", sends=True),
        Act.UNARCHIVE: Offered("Sortir des archives", "desarchiver", sends=True),
    }
)


def menu_of(visit: Visit, session: Session, folder: Folder) -> list[Offered]:
    """The lines of the menu « Plus » of this folder for this person."""
    standing = standing_of(session, folder, visit.person.account.id, now=visit.now)
    return [MENU[act] for act in offers(standing)]


#: The same for what may be done on an open step.
STEP_MENU: Mapping[Act, Offered] = MappingProxyType(
    {
        Act.ASK_SECOND_OPINION: Offered("Demander un avis", "demander-avis", sheet=True),
        Act.TRANSFER: Offered("Transférer", "transferer", sheet=True),
        Act.PAPER_SIGNATURE: Offered("Déclarer une signature papier", "signature-papier"),
    }
)
_TAKE_BACK = Offered("Reprendre la question", "reprendre-question", sheet=True)
_REMIND = Offered("Relancer", "relancer", sheet=True)


def step_menu(offers: StepOffers) -> list[Offered]:
    """The lines of the menu for the steps that are open; the main button gives an opinion, if one is asked."""
    lines = [STEP_MENU[act] for act in offers.acts]
    if offers.to_take_back and offers.to_give:
        lines.append(_TAKE_BACK)
    return [*lines, _REMIND] if offers.to_remind else lines
