"""Forgetting what mails said, once they have been sent for long."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import Update, or_, update
from sqlmodel import col

from notifications.model import Mail


def emptied(now: datetime, keep: timedelta) -> Update:
    """Takes the body of mails sent or refused before ``keep``; to whom, about what and when stays."""
    old = now - keep
    gone = or_(col(Mail.sent_at) <= old, col(Mail.refused_at) <= old)
    return update(Mail).where(gone, or_(col(Mail.text) != "", col(Mail.html) != "")).values(text="", html="")
