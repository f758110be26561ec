"""Forgetting what logging in left behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from sqlalchemy import Delete, delete
from sqlmodel import col

from engine.people.model import LoginChallenge, LoginFailure, LoginSession, OneTimeToken
from engine.people.rules import FAILURE_WINDOW, SESSION_IDLE


def outdated(now: datetime, keep: timedelta) -> Iterator[tuple[str, Delete]]:
    """What to delete, by what it is. ``keep``: how long after its end a session or a link stays to be looked at."""
    over = now - keep
    session, link = LoginSession, OneTimeToken
    yield (
        "sessions",
        delete(session).where(
            (col(session.expires_at) <= over)
            | (col(session.revoked_at) <= over)
            | (col(session.last_seen_at) <= over - SESSION_IDLE)
        ),
    )
    yield "links", delete(link).where((col(link.expires_at) <= over) | (col(link.used_at) <= over))
    yield "challenges", delete(LoginChallenge).where(col(LoginChallenge.expires_at) <= now)
    yield "failures", delete(LoginFailure).where(col(LoginFailure.at) <= now - FAILURE_WINDOW)
