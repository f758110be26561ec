"""Whom to tell what."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Topic(StrEnum):
    """What a mail is about; also the name of its template."""

    TO_DO = "to_do"
    FINISHED = "finished"
    REJECTED = "rejected"
    REMINDER = "reminder"
    CORRECTION = "correction"
    FALLEN = "fallen"
    NOTICE = "notice"
    INVITATION = "invitation"
    WELCOME = "welcome"
    PASSWORD = "password"  # noqa: S105 a topic, not a secret


@dataclass(frozen=True, slots=True)
class Telling:
    """Something to tell one person."""

    topic: Topic
    account_id: UUID
    key: str  #: unique: the same thing is told once
    subject: str
    facts: dict[str, str]


def tell_holder(*, account_id: UUID, step_id: UUID, kind: str, title: str, desk: str, step: str) -> Telling:
    """A step has opened on a desk that this person holds."""
    asked = "signer" if kind == "SIGNATURE" else "viser"
    return Telling(
        Topic.TO_DO,
        account_id,
        f"to_do:{step_id}:{account_id}",
        f"À {asked} : {title}",
        {"asked": asked, "title": title, "desk": desk, "step": step},
    )


def tell_emitter(
    *, account_id: UUID, folder_id: UUID, version: int, status: str, title: str, who: str, desk: str, reason: str
) -> Telling | None:
    """A folder has come to its end; nothing while it goes on."""
    if status == "FINISHED":
        topic, subject = Topic.FINISHED, f"Terminé : {title}"
    elif status == "REJECTED":
        topic, subject = Topic.REJECTED, f"Rejeté : {title}"
    else:
        return None
    facts = {"title": title, "who": who, "desk": desk, "reason": reason}
    return Telling(topic, account_id, f"{topic}:{folder_id}:{version}:{account_id}", subject, facts)


def tell_reminder(*, account_id: UUID, key: str, kind: str, title: str, desk: str, step: str) -> Telling:
    """A step is still open, and its time passes. ``key``: which reminder it is."""
    asked = "signer" if kind == "SIGNATURE" else "viser"
    facts = {"asked": asked, "title": title, "desk": desk, "step": step}
    return Telling(Topic.REMINDER, account_id, f"{key}:{account_id}", f"Rappel, à {asked} : {title}", facts)


def tell_correction(account_id: UUID, mark: str, title: str, desk: str, step: str) -> Telling:
    """What was asked of this person is no longer. ``mark``: the folder and the version at which it went back."""
    key = f"{Topic.CORRECTION}:{mark}:{step}:{account_id}"
    facts = {"title": title, "desk": desk, "step": step}
    return Telling(Topic.CORRECTION, account_id, key, f"Plus rien à faire : {title}", facts)


def tell_fallen(account_id: UUID, mark: str, title: str, step: str, reason: str) -> Telling:
    """What this person did does not count any more."""
    facts = {"title": title, "step": step, "reason": reason}
    return Telling(Topic.FALLEN, account_id, f"{Topic.FALLEN}:{mark}:{account_id}", f"Dossier revenu : {title}", facts)


def tell_notice(*, account_id: UUID, key: str, title: str, desk: str, subject: str, text: str) -> Telling:
    """Something that a circuit says to a desk. ``key``: which notice it is."""
    said = subject or "Pour information"
    facts = {"title": title, "desk": desk, "text": text or f"{said.rstrip('.')}."}
    return Telling(Topic.NOTICE, account_id, f"{Topic.NOTICE}:{key}:{account_id}", f"{said} : {title}", facts)
