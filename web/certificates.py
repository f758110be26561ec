"""« Mes certificats », and the word said before reading when a certificate will not do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response

from engine.people.model import SignerCertificate
from engine.people.queries import certificates_of
from web.french import day, plural
from web.visits import Visit

#: From when on the end of a certificate is announced.
SOON = timedelta(days=60)


@dataclass(frozen=True, slots=True)
class Notice:
    """What to say about a person's certificate."""

    tone: str  #: ``bad`` when nothing can be signed with it, ``soon``, ``info``
    sentence: str


def certificate_notice(known: Sequence[SignerCertificate], now: datetime, zone: str) -> Notice | None:
    """The word to say to somebody who is about to read a folder they must sign; None when all is well.

    ``known``: the certificates bound to the person, the one that lasts longest first.
    """
    if not known:
        return Notice("info", "Aucun certificat n’est encore connu pour vous. Vérifiez le vôtre avant de signer.")
    best = known[0]
    end = day(best.not_after, zone)
    if best.not_after <= now:
        return Notice("bad", f"Votre certificat a expiré le {end} : vous ne pourrez pas signer avec lui.")
    left = best.not_after - now
    if left < timedelta(days=1):
        return Notice("soon", f"Votre certificat expire dans moins d’un jour, le {end}.")
    if left < SOON:
        return Notice("soon", f"Votre certificat expire dans {plural(left.days, 'jour', 'jours')}, le {end}.")
    return None


def show_certificates(visit: Visit) -> Response:
    """The certificates known to be this person's, and a way to try one."""
    with visit.services.database.reading() as session:
        known = certificates_of(session, visit.person.account.id)
    return visit.render("people/certificates.html", known=known)
