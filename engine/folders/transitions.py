"""Writing down what the circuit engine decided: state, open steps, journal, work, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import bindparam, delete, insert, select, update
from sqlmodel import Session, col
from sqlmodel import select as select_rows

from engine.circuits import Awaited, OpenStep, OpenWork, Progress, Rewound
from engine.circuits.aims import EMITTER
from engine.database import table_of
from engine.desks.model import Desk
from engine.folders.aim_rules import refuse_aim
from engine.folders.facts import RunRow
from engine.folders.model import AwaitedMessage, Folder, FolderStatus, ProcessInstance, Step
from engine.ids import new_id
from engine.journal.actions import record
from engine.refusals import Refused
from engine.work.actions import Work, enqueue_all

#: Work kind: a folder moved; whoever must be told is told.
FOLDER_MOVED = "folder.moved"
#: Work kind: a timer of a folder is due.
TIMER_DUE = "folder.timer"
#: Work kind: a service task of a circuit is to be done.
SERVICE_ASKED = "folder.service"
#: Work kind: a circuit threw a message.
MESSAGE_THROWN = "folder.message"
#: Work kind: a folder went back; whoever was told of what fell is told so.
FOLDER_REWOUND = "folder.rewound"
#: Work kind: a folder was stopped; those concerned are told.
FOLDER_STOPPED = "folder.stopped"
#: Work kind: whoever holds an open step is reminded.
REMINDER_DUE = "folder.reminder"

_instances = table_of(ProcessInstance)
_steps = table_of(Step)
_folders = table_of(Folder)
_desks = table_of(Desk)
_awaited = table_of(AwaitedMessage)

#: A step may be for this desk: see :func:`engine.desks.rules.unfit`.
_FIT = _desks.c.may_act & _desks.c.closed_at.is_(None)
# Statements are built once: building one costs more than running it.
_INSERT_STEPS, _INSERT_AWAITED = insert(_steps), insert(_awaited)
_DESKS = select(_desks.c.short_name, _desks.c.id).where(
    _desks.c.tenant_id == bindparam("tenant_id"),
    _desks.c.short_name.in_(bindparam("names", expanding=True)) | (_desks.c.id == bindparam("emitter")),
    _FIT,
)
#: What a step gets later, and the desk, which is found by its name.
_LATER = {"desk_id", "read_at", "closed_at", "outcome", "acted_by", "delegation_id", "reminded_at"}
_OF_STEP = [column for column in _steps.c if column.name not in _LATER]
_INSERT_STEP = (
    insert(_steps)
    .from_select(
        [*(column.name for column in _OF_STEP), "desk_id"],
        select(*(bindparam(column.name, type_=column.type) for column in _OF_STEP), _desks.c.id).where(
            (_desks.c.id == bindparam("aimed_id"))
            | ((_desks.c.tenant_id == bindparam("tenant_id")) & (_desks.c.short_name == bindparam("aimed_name"))),
            _FIT,
        ),
    )
    .returning(_steps.c.id)
)
_WITHDRAW = update(_steps).where(_steps.c.id.in_(bindparam("tokens", expanding=True)), _steps.c.closed_at.is_(None))
_SETTLE = update(_folders).where(_folders.c.id == bindparam("folder"))
_MOVE = update(_instances).where(
    _instances.c.folder_id == bindparam("folder"), _instances.c.version == bindparam("version_before")
)

#: Kinds of what a circuit throws.
MESSAGE, ESCALATION = "message", "escalation"

CONFLICT = (
    "conflict",
    "Quelqu’un agissait sur ce dossier au même instant. Votre action n’a pas été enregistrée ; recommencez.",
)


class Moving(Protocol):
    """What is needed of a folder to move it: a row of it, or the folder itself."""

    @property
    def id(self) -> UUID:
        """Its identifier."""

    @property
    def tenant_id(self) -> UUID:
        """Its tenant."""

    @property
    def emitter_desk_id(self) -> UUID:
        """The desk that sent it."""

    @property
    def round(self) -> int:
        """How many times it has been sent into a circuit."""


def open_steps(session: Session, folder: Moving, opened: Sequence[OpenStep], now: datetime) -> None:
    """Write the steps that the circuit has just opened, each for the desk it aims at.

    Raises :class:`Refused` when the circuit aims at a desk that the tenant does not have (``unknown_desk``), or that is
    closed or may not act (``unfit_desk``).
    """
    rows = [
        {
            "id": UUID(step.token),
            "tenant_id": folder.tenant_id,
            "folder_id": folder.id,
            "element_id": step.element_id,
            "path": step.path,
            "instance": step.index,
            "round": folder.round,
            "name": step.name,
            "kind": step.kind.value,
            "opened_at": now,
            "due_at": step.due_at,
            "reason": "",
            **_aim(folder, step),
        }
        for step in opened
    ]
    connection = session.connection()
    if len(rows) == 1:  # nearly always: the desk is found and the step written in one statement
        if connection.execute(_INSERT_STEP, rows[0]).first() is None:
            raise _no_desk(session, folder, opened[0])
    elif rows:
        desks = _desk_ids(session, folder, opened)
        for step, row in zip(opened, rows, strict=True):
            aimed_id, aimed_name = row.pop("aimed_id"), row.pop("aimed_name")
            row["desk_id"] = desks.get(aimed_id or aimed_name)
            if row["desk_id"] is None:
                raise _no_desk(session, folder, step)
        connection.execute(_INSERT_STEPS, rows)


def _aim(folder: Moving, step: OpenStep) -> dict[str, Any]:
    if step.desk == EMITTER:
        return {"aimed_id": folder.emitter_desk_id, "aimed_name": None}
    return {"aimed_id": None, "aimed_name": step.desk}


def _no_desk(session: Session, folder: Moving, step: OpenStep) -> Refused:
    """Why a step cannot be written for the desk it aims at."""
    aim = _aim(folder, step)
    is_it = col(Desk.id) == aim["aimed_id"] if aim["aimed_id"] else col(Desk.short_name) == aim["aimed_name"]
    desk = session.exec(select_rows(Desk).where(Desk.tenant_id == folder.tenant_id, is_it)).first()
    refusal = refuse_aim(step.name, step.desk, desk)
    return Refused(refusal.code, refusal.sentence) if refusal else Refused(*CONFLICT)


def _desk_ids(session: Session, folder: Moving, opened: Sequence[OpenStep]) -> dict[str | UUID, UUID]:
    """The desks that steps may be for, under what the steps aim at."""
    wanted = sorted({step.desk for step in opened} - {EMITTER})
    asked = {"tenant_id": folder.tenant_id, "names": wanted, "emitter": folder.emitter_desk_id}
    rows = session.connection().execute(_DESKS, asked).all()
    return {key: row.id for row in rows for key in (row.short_name, row.id)}


def withdraw_steps(session: Session, tokens: Sequence[str], now: datetime) -> None:
    """Close the steps that the circuit withdrew without anybody acting on them."""
    if tokens:
        session.connection().execute(_WITHDRAW, {"tokens": [UUID(token) for token in tokens], "closed_at": now})


def reopen_steps(session: Session, folder: Moving, rewound: Rewound, now: datetime) -> None:
    """Open again the steps of an earlier state, as if nobody had acted on them."""
    tokens = [UUID(step.token) for step in rewound.reopened]
    if tokens:
        session.connection().execute(
            update(_steps)
            .where(_steps.c.folder_id == folder.id, _steps.c.id.in_(tokens))
            .values(closed_at=None, outcome=None, acted_by=None, delegation_id=None, reason="")
        )


def settle(session: Session, folder_id: UUID, status: FolderStatus, now: datetime | None) -> None:
    """Write that a folder has come to its end; or, without a moment, that it goes on again."""
    session.connection().execute(_SETTLE, {"folder": folder_id, "status": status, "closed_at": now})


def write_progress(
    session: Session,
    folder: Moving,
    run: RunRow,
    progress: Progress,
    *,
    event: str,
    actor_id: UUID | None,
    data: Mapping[str, Any],
    now: datetime,
) -> FolderStatus:
    """Write a transition: guarded state, steps, journal with the state before, and the work it causes.

    Gives back the state of the folder. Raises :class:`Refused` when the folder moved meanwhile, or when the circuit
    aims at a desk that does not exist.
    """
    open_steps(session, folder, progress.opened, now)
    withdraw_steps(session, progress.closed, now)
    status = end_status(progress)
    if progress.finished:
        settle(session, folder.id, status, now)
    version = run.version + 1
    write_state(session, folder.id, run.version, progress.state, progress.next_due)
    write_awaited(session, folder, progress.awaited, before=run.state)
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event=event,
        at=now,
        actor_id=actor_id,
        data={**data, "version": version},
        state_before=run.state,
        last=run.last,
    )
    for thrown in progress.thrown:
        if thrown.kind == ESCALATION:
            _note_escalation(session, folder, thrown.name, now)
    announce(session, folder, version, progress, now)
    return status


def _note_escalation(session: Session, folder: Moving, name: str, now: datetime) -> None:
    """An escalation that nobody catches is written down, so that it is not lost."""
    record(
        session,
        tenant_id=folder.tenant_id,
        chain=folder.id,
        event="folder:escalation:noted",
        at=now,
        data={"name": name},
    )


def write_state(session: Session, folder_id: UUID, version: int, state: bytes, next_due: datetime | None) -> None:
    """Replace the state of a run, if it is still the one of ``version``. Raises :class:`Refused` otherwise."""
    to = {"version": version + 1, "state": state, "next_due_at": next_due}
    changed = session.connection().execute(_MOVE, {"folder": folder_id, "version_before": version, **to})
    if changed.rowcount != 1:
        raise Refused(*CONFLICT)


def write_awaited(session: Session, folder: Moving, awaited: Sequence[Awaited], *, before: bytes = b"") -> None:
    """Write which messages the folder waits for now. ``before``: the state before, which may tell that none was."""
    connection = session.connection()
    if _MAY_WAIT in before:
        connection.execute(delete(_awaited).where(_awaited.c.folder_id == folder.id))
    if awaited:
        rows = [
            {
                "id": new_id(),
                "tenant_id": folder.tenant_id,
                "folder_id": folder.id,
                "message": item.message,
                "key": item.key or str(folder.id),
            }
            for item in awaited
        ]
        connection.execute(_INSERT_AWAITED, rows)


#: What a state that waits for a message always holds: see ``engine.circuits.running.tokens``.
_MAY_WAIT = b'"k":'


def announce(session: Session, folder: Moving, version: int, progress: Progress, now: datetime) -> None:
    """Leave as work rows the neutral event of a transition, and all that the circuit asks of the world."""
    moved = {
        "folder_id": str(folder.id),
        "version": version,
        "opened": [step.token for step in progress.opened],
        "status": end_status(progress).value,
    }
    rows = [Work(FOLDER_MOVED, moved, f"{FOLDER_MOVED}:{folder.id}:{version}")]
    if progress.next_due is not None and not progress.finished:
        key = f"{TIMER_DUE}:{folder.id}:{version}"
        rows.append(Work(TIMER_DUE, {"folder_id": str(folder.id)}, key, progress.next_due))
    rows += _reminders(progress.opened)
    rows += [_service(folder, work) for work in progress.work]
    for number, thrown in enumerate(thrown for thrown in progress.thrown if thrown.kind == MESSAGE):
        told = {
            "folder_id": str(folder.id),
            "version": version,
            "number": number,
            "name": thrown.name,
            "service": thrown.service,
            "input": dict(thrown.variables),
        }
        rows.append(Work(MESSAGE_THROWN, told, f"{MESSAGE_THROWN}:{folder.id}:{version}:{number}"))
    enqueue_all(session, rows, now=now, tenant_id=folder.tenant_id)


def announce_rewound(
    session: Session,
    folder: Moving,
    version: int,
    rewound: Rewound,
    *,
    told: bool,
    others: Sequence[str],
    step: str,
    reason: str,
    now: datetime,
) -> None:
    """Leave as work rows what going back causes: a correction to who was told, timers, work asked again.

    ``told``: whether mails about the acts that fall may have left. ``others``: accounts whose acts fall.
    """
    rows = [
        Work(
            FOLDER_REWOUND,
            {
                "folder_id": str(folder.id),
                "version": version,
                "withdrawn": list(rewound.withdrawn) if told else [],
                "others": list(others),
                "step": step,
                "reason": reason,
            },
            f"{FOLDER_REWOUND}:{folder.id}:{version}",
        )
    ]
    if rewound.next_due is not None:
        key = f"{TIMER_DUE}:{folder.id}:{version}"
        rows.append(Work(TIMER_DUE, {"folder_id": str(folder.id)}, key, rewound.next_due))
    rows += [_service(folder, work, f":{version}") for work in rewound.work]
    rows += _reminders(rewound.reopened, version)
    enqueue_all(session, rows, now=now, tenant_id=folder.tenant_id)


def _reminders(steps: Sequence[OpenStep], again: int = 0) -> list[Work]:
    """One row per reminder. ``again``: the version at which these steps were opened again."""
    rows = []
    for step in steps:
        for number, moment in enumerate(step.reminders):
            key = f"{REMINDER_DUE}:{step.token}:{number}" + (f":{again}" if again else "")
            rows.append(Work(REMINDER_DUE, {"step_id": step.token, "number": number, "again": again}, key, moment))
    return rows


def _service(folder: Moving, work: OpenWork, again: str = "") -> Work:
    asked = {"folder_id": str(folder.id), "token": work.token, "service": work.service, "input": dict(work.input)}
    return Work(SERVICE_ASKED, asked, f"{SERVICE_ASKED}:{work.token}{again}")


def end_status(progress: Progress) -> FolderStatus:
    """Where the folder is: under way, finished, or rejected when the circuit says so."""
    if not progress.finished:
        return FolderStatus.IN_PROGRESS
    return FolderStatus.REJECTED if progress.result == "rejected" else FolderStatus.FINISHED
