"""Mails about one's own account: its second factor, a tenant left."""

from __future__ import annotations

from datetime import datetime

from sqlmodel import Session

from engine.ids import new_id
from engine.people.model import Account
from notifications.actions import tell
from notifications.rules import FactorNews, tell_factor_news


def tell_factor(session: Session, news: FactorNews, account: Account, *, base_url: str, now: datetime) -> None:
    """Write the mail that says what has just happened to the second factor of an account."""
    telling = tell_factor_news(account.id, str(new_id()), news)
    url = f"{base_url}/second-facteur"
    tell(session, telling, account, url=url, button="Voir mon second facteur", base_url=base_url, now=now)
