"""Table of the mails."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlmodel import Field, SQLModel

from engine.ids import new_id


class Mail(SQLModel, table=True):
    """A mail to send, or sent."""

    id: UUID = Field(default_factory=new_id, primary_key=True)
    tenant_id: UUID | None = Field(default=None, foreign_key="tenant.id")
    folder_id: UUID | None = Field(default=None, index=True)  #: no foreign key: a draft may go, its mails stay
    account_id: UUID = Field(foreign_key="account.id")
    key: str = Field(unique=True)  #: what it is about: the same thing is never said twice to the same person
    to_address: str
    subject: str
    text: str
    html: str
    message_id: str = Field(unique=True)  #: stable, so that a repetition is recognised
    created_at: datetime
    sent_at: datetime | None = None
    refused_at: datetime | None = None  #: the receiving server refused it for good
    error: str | None = None  #: why it was refused, or why it still waits
