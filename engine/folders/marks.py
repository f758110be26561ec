"""What the visible mark of a signature says."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from sqlmodel import Session

from engine.desks.authority import Authority
from engine.folders.facts import StepLoaded
from engine.people.model import Account
from engine.people.queries import title_of
from signing.certificates import CertificateFacts
from signing.french import french_day
from signing.pades import Mark


def french_moment(moment: datetime, zone: str) -> str:
    """``24 novembre 2026 à 14 h 05`` in the given zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{french_day(local)} à {local.hour} h {local.minute:02d}"


def mark_of(
    session: Session,
    loaded: StepLoaded,
    account: Account,
    authority: Authority,
    facts: CertificateFacts,
    *,
    zone: str,
    now: datetime,
) -> Mark:
    """The mark of this person's signature on this step, in the capacity in which they sign."""
    return Mark(
        signer_name=account.full_name,
        quality=title_of(session, loaded.folder.tenant_id, account.id) or loaded.desk.name,
        signed_at=f"le {french_moment(now, zone)}",
        issuer=facts.issuer,
        on_behalf_of=_absent(session, loaded, authority),
    )


def _absent(session: Session, loaded: StepLoaded, authority: Authority) -> str | None:
    """Who is away, with their quality: the document must say for which office it was signed (CGCT, art. L. 2122-17)."""
    if authority.on_behalf_of is None:
        return None
    quality = ""
    if authority.principal_id is not None:
        quality = title_of(session, loaded.folder.tenant_id, authority.principal_id)
    return f"{authority.on_behalf_of}, {quality or loaded.desk.name}"
