"""The worker: takes rows of work one after the other, as long as it is not asked to stop."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import orjson
import structlog
from sqlalchemy.exc import DBAPIError

from engine.clock import utc_now
from engine.database import Database
from engine.ids import new_id
from engine.work.actions import claim, close, extend, fail
from engine.work.model import WorkItem
from engine.work.rules import LEASE, Postpone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parapheur.wiring import Handler

#: Seconds between two looks at an empty queue.
IDLE = 1.0


class Worker:
    """Several may run at once, on one node or on many."""

    def __init__(
        self,
        database: Database,
        handlers: Mapping[str, Handler],
        *,
        clock: Callable[[], datetime] = utc_now,
        beat: timedelta = LEASE / 3,
    ) -> None:
        """``beat``: how often the lease is extended while a handler runs."""
        self.name = f"{socket.gethostname()}:{os.getpid()}:{str(new_id())[-6:]}"
        self._database = database
        self._handlers = handlers
        self._clock = clock
        self._beat = beat.total_seconds()
        self._stopping = threading.Event()
        self._log = structlog.get_logger().bind(worker=self.name)

    def stop(self) -> None:
        """Finish the present row, then end."""
        self._stopping.set()

    def run(self) -> None:
        """Work until :meth:`stop`. A database that is away is waited for: the row in hand comes back with its lease."""
        self._log.info("worker.started")
        while not self._stopping.is_set():
            try:
                found = self.work_once()
            except DBAPIError as error:
                self._log.error("worker.database_away", reason=type(error).__name__)
                found = False
            if not found:
                self._stopping.wait(IDLE)
        self._log.info("worker.stopped")

    def drain(self) -> int:
        """Do everything that is due now; returns how many rows were taken."""
        count = 0
        while self.work_once():
            count += 1
        return count

    def work_once(self) -> bool:
        """Take one row and do it; False when nothing is due."""
        with self._database.writing() as session:
            items = claim(session, self.name, now=self._clock())
            session.commit()
        for item in items:
            self._do(item)
        return bool(items)

    def _do(self, item: WorkItem) -> None:
        handler = self._handlers.get(item.kind)
        try:
            if handler is None:
                raise LookupError(f"aucun traitement pour « {item.kind} »")
            with self._lease_held(item):
                handler(orjson.loads(item.data), self._clock())
        except Postpone as later:
            self._log.warning("work.postponed", kind=item.kind, item=str(item.id), reason=str(later))
            self._put_back(item, str(later), postponed=True)
        except Exception as error:  # whatever a handler does wrong is written on its row and tried again
            self._log.exception("work.failed", kind=item.kind, item=str(item.id), attempts=item.attempts)
            self._put_back(item, f"{type(error).__name__} : {error}", postponed=False)
        else:
            self._write(lambda session: close(session, item, now=self._clock()))

    def _put_back(self, item: WorkItem, reason: str, *, postponed: bool) -> None:
        self._write(lambda session: fail(session, item, reason, now=self._clock(), postponed=postponed))

    def _write(self, action: Callable[..., bool]) -> None:
        with self._database.writing() as session:
            if not action(session):
                self._log.warning("work.lease_lost")
            session.commit()

    @contextmanager
    def _lease_held(self, item: WorkItem) -> Iterator[None]:
        """Extend the lease while a long handler runs."""
        done = threading.Event()

        def beat() -> None:
            while not done.wait(self._beat):
                try:
                    self._write(lambda session: extend(session, item, now=self._clock()))
                except DBAPIError as error:  # the next beat may still come in time
                    self._log.error("worker.lease_not_extended", reason=type(error).__name__)

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
