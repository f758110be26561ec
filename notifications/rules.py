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
    INVITATION = "invitation"
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
