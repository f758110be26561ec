"""Telling those who stand in for a desk that they do, and that they no longer do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session

from engine.desks.delegation_form import Kind, last_day_of
from engine.desks.delegation_queries import delegation_view
from engine.desks.model import Delegation
from engine.desks.queries import holders
from engine.euros import french_euros
from engine.people.model import Account
from notifications.actions import tell
from notifications.rules import Telling, tell_delegated, tell_delegation_ended
from signing.french import french_day


def send_delegated(
    session: Session,
    given: Sequence[Delegation],
    kinds: Mapping[UUID, Kind],
    *,
    zone: str,
    base_url: str,
    now: datetime,
) -> None:
    """Tell the holders of each substitute desk whom they replace, from when to when, and what bounds it.

    ``kinds``: the types and sub-types of the tenant, by their identifiers; ``zone``: of the tenant, IANA.
    """
    for delegation in given:
        first = delegation.starts_at.astimezone(ZoneInfo(zone)).date()
        days = f"du {french_day(first)} au {french_day(last_day_of(delegation.ends_at, zone))}"
        limits = _limits(delegation, kinds)
        for account, desk, absent in _concerned(session, delegation, now):
            telling = tell_delegated(
                account_id=account.id,
                delegation_id=delegation.id,
                desk=desk,
                absent=absent,
                days=days,
                limits=limits,
            )
            _send(session, telling, account, delegation, base_url, now)


def send_delegation_ended(session: Session, delegation: Delegation, *, base_url: str, now: datetime) -> None:
    """Tell them that they no longer do."""
    for account, desk, absent in _concerned(session, delegation, now):
        telling = tell_delegation_ended(account_id=account.id, delegation_id=delegation.id, desk=desk, absent=absent)
        _send(session, telling, account, delegation, base_url, now)


def _limits(delegation: Delegation, kinds: Mapping[UUID, Kind]) -> str:
    said = ""
    if (kind_id := delegation.subtype_id or delegation.folder_type_id) and (kind := kinds.get(kind_id)):
        said += f", pour les dossiers « {kind.name} »"
    if delegation.ceiling is not None:
        said += f", jusqu’à {french_euros(delegation.ceiling)}"
    return said


def _concerned(session: Session, delegation: Delegation, now: datetime) -> Iterator[tuple[Account, str, str]]:
    """Who stands in, for which desk, in the absence of whom."""
    view = delegation_view(session, delegation.tenant_id, delegation.id, now=now)
    if view is None:
        return
    for account in holders(session, [delegation.substitute_desk_id])[delegation.substitute_desk_id]:
        if account.id != delegation.principal_id:
            yield account, view.desk.name, view.absent


def _send(
    session: Session, telling: Telling, account: Account, delegation: Delegation, base_url: str, now: datetime
) -> None:
    tell(
        session,
        telling,
        account,
        url=f"{base_url}/en-delegation",
        button="Ouvrir « En délégation »",
        base_url=base_url,
        now=now,
        tenant_id=delegation.tenant_id,
    )
