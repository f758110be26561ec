"""How the acts beside the main one are shown on the folder page: one menu, which needs no script."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sqlmodel import Session

from engine.folders.model import Act, Folder
from engine.folders.offers import offers
from engine.folders.standing import standing_of
from web.visits import Visit


@dataclass(frozen=True, slots=True)
class Offered:
    """One line of the menu."""

    label: str
    path: str  #: after the address of the folder
    sends: bool = False  #: done at once when chosen; otherwise the address asks first
    dialog: str = ""  #: identifier of the dialog of the page that asks, for those who have scripts
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
