"""Running the web server and the worker."""

from __future__ import annotations

import signal
import sys

import uvicorn
from starlette.applications import Starlette

from parapheur.migrating import is_up_to_date
from parapheur.settings import Settings, load_settings
from parapheur.wiring import make_handlers, make_services, open_database, set_up_logs
from parapheur.worker import Worker
from web.application import create_app
from web.rendering import AssetsMissing

_NOT_MIGRATED = "La base de données n’est pas à jour : lancez « parapheur migrate », puis recommencez."


def make_app() -> Starlette:
    """The application of the settings in force; called by each process of the server."""
    settings = load_settings()
    set_up_logs(settings)
    return create_app(make_services(settings))


def serve(settings: Settings) -> int:
    """Serve until asked to stop."""
    if not is_up_to_date(open_database(settings)):
        print(_NOT_MIGRATED, file=sys.stderr)
        return 1
    try:
        make_app()
    except AssetsMissing:
        print("Les fichiers du navigateur ne sont pas construits : lancez « make build ».", file=sys.stderr)
        return 1
    uvicorn.run(
        "parapheur.serving:make_app",
        factory=True,
        host=settings.host,
        port=settings.port,
        workers=settings.workers if settings.workers > 1 else None,
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
    set_up_logs(settings)
    database = open_database(settings)
    if not is_up_to_date(database):
        print(_NOT_MIGRATED, file=sys.stderr)
        return 1
    worker = Worker(database, make_handlers(settings, database))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: worker.stop())
    worker.run()
    return 0
