"""What a row of work is about, in the words of whoever administers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from sqlmodel import Session, col, select

from engine.folders.model import Folder, Step
from engine.work.model import WorkItem
from notifications.model import Mail


@dataclass(frozen=True, slots=True)
class Subject:
    """What a row is about; what is not known is empty."""

    folder: str = ""  #: title
    mail: str = ""  #: subject
    to: str = ""  #: address


def subjects_of(session: Session, tenant_id: UUID | None, items: Iterable[WorkItem]) -> dict[UUID, Subject]:
    """What each row of this tenant is about, by its id."""
    data = {item.id: orjson.loads(item.data) for item in items}
    mails = {mail.id: mail for mail in session.exec(select(Mail).where(col(Mail.id).in_(_named(data, "mail_id"))))}
    steps = {step.id: step for step in session.exec(select(Step).where(col(Step.id).in_(_named(data, "step_id"))))}
    folders = {*_named(data, "folder_id"), *(step.folder_id for step in steps.values())}
    folders |= {mail.folder_id for mail in mails.values() if mail.folder_id is not None}
    found = select(Folder.id, Folder.title).where(col(Folder.id).in_(folders), Folder.tenant_id == tenant_id)
    titles = dict(session.exec(found).all())
    return {key: _subject(facts, mails, steps, titles) for key, facts in data.items()}


def _named(data: dict[UUID, dict[str, Any]], name: str) -> set[UUID]:
    return {UUID(facts[name]) for facts in data.values() if facts.get(name)}


def _subject(
    facts: dict[str, Any], mails: dict[UUID, Mail], steps: dict[UUID, Step], titles: dict[UUID, str]
) -> Subject:
    mail = mails.get(UUID(facts["mail_id"])) if facts.get("mail_id") else None
    step = steps.get(UUID(facts["step_id"])) if facts.get("step_id") else None
    folder_id = UUID(facts["folder_id"]) if facts.get("folder_id") else mail.folder_id if mail else None
    folder_id = step.folder_id if step else folder_id
    title = titles.get(folder_id, "") if folder_id else ""
    return Subject(title, mail.subject if mail else "", mail.to_address if mail else "")
