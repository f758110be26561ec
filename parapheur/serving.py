"""Running the web server and the worker."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

import uvicorn
from starlette.applications import Starlette

from engine.clock import utc_now
from parapheur.doctor import symptoms
from parapheur.listening import listening_fault, tls_fault
from parapheur.migrating import fault_of
from parapheur.presence import BEING_CHANGED, present
from parapheur.purging import plan
from parapheur.settings import Settings, load_settings
from parapheur.wiring import make_handlers, make_services, open_database, set_up_logs
from parapheur.worker import Worker
from web.application import create_app
from web.rendering import AssetsMissing


def make_app(settings: Settings | None = None) -> Starlette:
    """The application; without ``settings`` of those in force, for the processes of a server that has several."""
    settings = settings or load_settings()
    set_up_logs(settings)
    return create_app(replace(make_services(settings), examine=partial(symptoms, settings)))


def serve(settings: Settings) -> int:
    """Serve until asked to stop; 1 when it cannot start, after a French sentence."""
    signal.signal(signal.SIGTERM, _leave)
    if fault := _fault(settings):
        print(fault, file=sys.stderr)
        return 1
    with _running(settings) as may_run:
        return _serve(settings) if may_run else 1


def _serve(settings: Settings) -> int:
    try:
        app = make_app(settings)
    except AssetsMissing:
        print("Les fichiers du navigateur ne sont pas construits : lancez « make build ».", file=sys.stderr)
        return 1
    alone = settings.workers == 1
    uvicorn.run(
        app if alone else "parapheur.serving:make_app",  # several processes make theirs each
        factory=not alone,
        host=settings.host,
        port=settings.port,
        workers=None if alone else settings.workers,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        proxy_headers=True,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=10,
    )
    return 0


def work(settings: Settings) -> int:
    """Work until asked to stop."""
    signal.signal(signal.SIGTERM, _leave)
    set_up_logs(settings)
    database = open_database(settings)
    if fault := _database_fault(settings):
        print(fault, file=sys.stderr)
        return 1
    worker = Worker(database, make_handlers(settings, database))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    with _running(settings) as may_run:
        if not may_run:
            return 1
        with database.writing() as session:
            plan(session, utc_now(), now=utc_now())
            session.commit()
        worker.run()
    return 0


@contextmanager
def _running(settings: Settings) -> Iterator[bool]:
    """Let the commands that want to be alone know that we run; False, after a sentence, when one of them is at work."""
    database = open_database(settings)
    try:
        with present(database) as may_run:
            if not may_run:
                print(BEING_CHANGED, file=sys.stderr)
            yield may_run
    finally:
        database.dispose()


def _leave(*_: object) -> None:
    """Being asked to stop is no failure: uvicorn raises the signal again after it has finished what was under way."""
    sys.exit(0)


def _fault(settings: Settings) -> str | None:
    tls = settings.tls_certificate, settings.tls_key
    return (
        _database_fault(settings)
        or (tls_fault(*tls) if tls[0] and tls[1] else None)
        or listening_fault(settings.host, settings.port)
    )


def _database_fault(settings: Settings) -> str | None:
    database = open_database(settings)
    try:
        return fault_of(database)
    finally:
        database.dispose()
