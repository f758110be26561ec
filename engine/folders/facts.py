"""Loading what a decision needs, in as few statements as it takes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import and_, bindparam, func, select
from sqlmodel import Session

from engine.calendar import WorkingCalendar, town_calendar
from engine.database import table_of
from engine.desks.authority import Authority, access_is_open, authorities, delegated_authority
from engine.desks.delegation_rules import BEYOND_CEILING, Matter
from engine.desks.model import Desk, DeskHolder
from engine.desks.queries import desks_held, desks_held_among
from engine.documents.model import Document, DocumentRole, DocumentVersion
from engine.documents.queries import documents_of, head_of
from engine.folders.model import Folder, FolderStatus, ProcessInstance, SecondOpinion, Step
from engine.folders.rules import StepFacts
from engine.journal.actions import Last, last_of, lock_on
from engine.people.model import Account, Tenant
from engine.refusals import Refusal
from engine.typology.model import Subtype

_steps, _folders, _desks = table_of(Step), table_of(Folder), table_of(Desk)
_holders, _accounts, _instances = table_of(DeskHolder), table_of(Account), table_of(ProcessInstance)
_tenants, _subtypes = table_of(Tenant), table_of(Subtype)
_opinions = table_of(SecondOpinion)
_documents, _versions = table_of(Document), table_of(DocumentVersion)


@dataclass(frozen=True, slots=True)
class StepRow:
    """A step as it is now."""

    id: UUID
    element_id: str
    path: str
    instance: int | None
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class FolderRow:
    """A folder as it is now."""

    id: UUID
    tenant_id: UUID
    title: str
    status: FolderStatus
    emitter_desk_id: UUID
    created_by: UUID
    round: int
    subtype_id: UUID
    folder_type_id: UUID
    amount: Decimal | None

    @property
    def matter(self) -> Matter:
        """What a delegation looks at in it."""
        return Matter(self.folder_type_id, self.subtype_id, self.amount)


@dataclass(frozen=True, slots=True)
class DeskRow:
    """The desk that a step is for."""

    id: UUID
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class RunRow:
    """The run of a circuit behind a folder, and the end of the folder's journal."""

    workflow_version_id: UUID
    version: int
    state: bytes
    next_due_at: datetime | None
    last: Last | None
    zone: str  #: of the tenant, IANA
    said: str  #: what the tenant says of its calendar

    @property
    def calendar(self) -> WorkingCalendar:
        """In which its timers and delays are counted."""
        return town_calendar(self.zone, self.said)


@dataclass(frozen=True, slots=True)
class StepLoaded:
    """A step with what decides on it."""

    step: StepRow
    folder: FolderRow
    desk: DeskRow
    run: RunRow
    facts: StepFacts
    held: bool  #: whether the person asked about holds the desk


_RUN = (
    _instances.c.workflow_version_id,
    _instances.c.version,
    _instances.c.state,
    _instances.c.next_due_at,
    select(_tenants.c.zone).where(_tenants.c.id == _folders.c.tenant_id).scalar_subquery().label("zone"),
    select(_tenants.c.calendar).where(_tenants.c.id == _folders.c.tenant_id).scalar_subquery().label("said"),
    *last_of(_folders.c.id),
)
_FOLDER = (
    _folders.c.id.label("folder_id"),
    _folders.c.tenant_id,
    _folders.c.title,
    _folders.c.status,
    _folders.c.emitter_desk_id,
    _folders.c.created_by,
    _folders.c.round,
    _folders.c.subtype_id,
    _folders.c.amount,
    select(_subtypes.c.folder_type_id)
    .where(_subtypes.c.id == _folders.c.subtype_id)
    .scalar_subquery()
    .label("folder_type_id"),
)


_asked_desks = _desks.alias()
_AWAITED_OPINION = (
    select(_asked_desks.c.name)
    .where(
        _opinions.c.step_id == _steps.c.id,
        _opinions.c.closed_at.is_(None),
        _asked_desks.c.id == _opinions.c.asked_desk_id,
    )
    .scalar_subquery()
    .label("opinion_of")
)

# Statements are built once: building one costs more than running it.
_LOCK_OF_STEP = select(lock_on(_steps.c.folder_id)).where(_steps.c.id == bindparam("step_id"))
_LOCK_OF_FOLDER = select(lock_on(_folders.c.id)).where(_folders.c.id == bindparam("folder_id"))
_STEP = (
    select(
        _steps.c.id,
        _steps.c.element_id,
        _steps.c.path,
        _steps.c.instance,
        _steps.c.name,
        _steps.c.kind,
        _steps.c.closed_at,
        _desks.c.id.label("desk_id"),
        _desks.c.name.label("desk_name"),
        _desks.c.short_name,
        _holders.c.account_id.label("holder_id"),
        _accounts.c.given_name,
        _accounts.c.surname,
        _AWAITED_OPINION,
        *_FOLDER,
        *_RUN,
    )
    .select_from(_steps)
    .join(_folders, _folders.c.id == _steps.c.folder_id)
    .join(_instances, _instances.c.folder_id == _folders.c.id)
    .join(_desks, _desks.c.id == _steps.c.desk_id)
    .outerjoin(
        _holders,
        and_(
            _holders.c.desk_id == _desks.c.id,
            _holders.c.account_id == bindparam("account_id"),
            access_is_open(),
        ),
    )
    .outerjoin(_accounts, _accounts.c.id == _steps.c.acted_by)
    .where(_steps.c.id == bindparam("step_id"), _steps.c.tenant_id == bindparam("tenant_id"))
)
_RUN_OF_FOLDER = (
    select(*_FOLDER, *_RUN)
    .select_from(_folders)
    .join(_instances, _instances.c.folder_id == _folders.c.id)
    .where(_folders.c.id == bindparam("folder_id"))
)
_others = _versions.alias()
_SEAL = (
    select(_versions.c.sha256)
    .join(_documents, _documents.c.id == _versions.c.document_id)
    .where(
        _documents.c.folder_id == bindparam("folder_id"),
        _documents.c.tenant_id == bindparam("tenant_id"),
        _documents.c.role == DocumentRole.MAIN,
        _versions.c.number
        == select(func.max(_others.c.number)).where(_others.c.document_id == _documents.c.id).scalar_subquery(),
    )
    .order_by(_documents.c.position, _documents.c.id)
)


def hold_folder_of(session: Session, step_id: UUID) -> None:
    """Keep the folder of a step to this transaction until it ends; on SQLite a writer is alone anyway."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_OF_STEP, {"step_id": step_id})


def hold_folder(session: Session, folder_id: UUID) -> None:
    """Keep a folder to this transaction until it ends. Before any of its rows is written: acts begin so too."""
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        connection.execute(_LOCK_OF_FOLDER, {"folder_id": folder_id})


def load_step(session: Session, tenant_id: UUID, step_id: UUID, account_id: UUID | None = None) -> StepLoaded | None:
    """A step of this tenant as it is now; None when there is none. ``account_id``: the person asked about."""
    asked = {"tenant_id": tenant_id, "step_id": step_id, "account_id": account_id}
    row = session.connection().execute(_STEP, asked).first()
    if row is None:
        return None
    closed_by = Account.name_of(row.given_name, row.surname) if row.surname is not None else None
    facts = StepFacts(row.status, row.kind, row.desk_name, row.closed_at is not None, closed_by, row.opinion_of)
    return StepLoaded(
        StepRow(row.id, row.element_id, row.path, row.instance, row.name, row.kind),
        _folder(row),
        DeskRow(row.desk_id, row.desk_name, row.short_name),
        _run(row),
        facts,
        held=row.holder_id is not None,
    )


def authority_of(session: Session, loaded: StepLoaded, account_id: UUID, *, now: datetime) -> Authority | Refusal:
    """In what capacity the person for whom the step was loaded may act on it now, or why not.

    Every guard of an act on a step asks here. A holder costs no statement more, anybody else one.
    """
    if loaded.held:
        return Authority(loaded.desk.id)
    return delegated_authority(
        session,
        tenant_id=loaded.folder.tenant_id,
        account_id=account_id,
        desk_id=loaded.desk.id,
        desk_name=loaded.desk.name,
        matter=loaded.folder.matter,
        now=now,
    )


def load_run(session: Session, folder_id: UUID) -> tuple[FolderRow, RunRow] | None:
    """A folder that was sent, with its run, kept to this transaction; None when there is none."""
    hold_folder(session, folder_id)
    row = session.connection().execute(_RUN_OF_FOLDER, {"folder_id": folder_id}).first()
    return (_folder(row), _run(row)) if row is not None else None


def _folder(row: Any) -> FolderRow:
    return FolderRow(
        row.folder_id,
        row.tenant_id,
        row.title,
        row.status,
        row.emitter_desk_id,
        row.created_by,
        row.round,
        row.subtype_id,
        row.folder_type_id,
        row.amount,
    )


def _run(row: Any) -> RunRow:
    last = Last(row.last_seq, row.last_hash) if row.last_seq is not None else None
    return RunRow(row.workflow_version_id, row.version, row.state, row.next_due_at, last, row.zone, row.said)


def held_ids(session: Session, tenant_id: UUID, account_id: UUID) -> frozenset[UUID]:
    """The desks a person holds, resolved at the moment it is asked."""
    return frozenset(desk.id for desk in desks_held(session, tenant_id, account_id))


def matter_of(session: Session, folder: Folder | FolderRow) -> Matter:
    """What a delegation looks at in a folder."""
    if isinstance(folder, FolderRow):
        return folder.matter
    return Matter(session.get_one(Subtype, folder.subtype_id).folder_type_id, folder.subtype_id, folder.amount)


def acting_for(
    session: Session, folder: Folder | FolderRow, account_id: UUID, *, now: datetime
) -> dict[UUID, Authority]:
    """The desks for which a person may act on this folder now, held or by delegation, each with the capacity."""
    matter = matter_of(session, folder)
    return authorities(session, tenant_id=folder.tenant_id, account_id=account_id, matter=matter, now=now)


def beyond_ceiling(
    session: Session, folder: Folder | FolderRow, desks: Iterable[Desk], account_id: UUID, *, now: datetime
) -> Refusal | None:
    """Why somebody who stands in for one of these desks may only read this folder: it is beyond their ceiling."""
    for desk in desks:
        found = delegated_authority(
            session,
            tenant_id=folder.tenant_id,
            account_id=account_id,
            desk_id=desk.id,
            desk_name=desk.name,
            matter=matter_of(session, folder),
            now=now,
        )
        if isinstance(found, Refusal) and found.code in BEYOND_CEILING:
            return found
    return None


def held_ids_among(session: Session, tenant_ids: Collection[UUID], account_id: UUID) -> frozenset[UUID]:
    """The same over several tenants of the person's own."""
    return frozenset(desk.id for desk in desks_held_among(session, tenant_ids, account_id))


def main_heads(session: Session, folder: Folder | FolderRow) -> dict[UUID, tuple[Document, DocumentVersion]]:
    """The main documents of a folder with their present versions."""
    return {
        document.id: (document, head_of(session, folder.tenant_id, document.id))
        for document in documents_of(session, folder.tenant_id, folder.id)
        if document.role is DocumentRole.MAIN
    }


def heads_seal(heads: Mapping[UUID, tuple[Document, DocumentVersion]]) -> str:
    """What a page carries to prove which versions it showed: the digests of the main documents, in order."""
    return ".".join(version.sha256 for _, version in heads.values())


def present_seal(session: Session, folder: FolderRow) -> str:
    """The same, read in one statement."""
    asked = {"folder_id": folder.id, "tenant_id": folder.tenant_id}
    return ".".join(session.connection().execute(_SEAL, asked).scalars())
