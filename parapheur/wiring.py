"""The one place where everything meets: settings in, services and work handlers out."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

import structlog

from engine.circuits.library import CircuitLibrary
from engine.database import Database
from engine.desks.renewal import RENEWAL_DUE
from engine.documents.store import DocumentStore
from engine.folders.opinions import OPINION_ASKED, OPINION_CLOSED
from engine.folders.outside import answer_service, is_asked
from engine.folders.timers import advance_due
from engine.folders.transferring import STEP_TRANSFERRED
from engine.folders.transitions import (
    FOLDER_MOVED,
    FOLDER_REWOUND,
    FOLDER_STOPPED,
    MESSAGE_THROWN,
    REMINDER_DUE,
    SERVICE_ASKED,
    TIMER_DUE,
)
from notifications.actions import SEND_MAIL
from notifications.circuits import folder_rewound, notify, step_reminded
from notifications.handlers import folder_moved, send_mail
from notifications.renewal import renewal_due
from notifications.smtp import SmtpServer
from notifications.steps import opinion_asked, opinion_closed, step_transferred
from notifications.whole import folder_stopped
from parapheur.fetching import fetch
from parapheur.founding import open_town
from parapheur.purging import PURGE, purge
from parapheur.sealing import load_box
from parapheur.settings import Settings, SettingsFault
from parapheur.trusting import load_trust
from web.services import LegalNotices, Services, WebSettings

Handler = Callable[[dict[str, Any], datetime], None]
#: What a circuit may ask to be done: the folder, what is given, then ``key`` and ``now``; gives back variables.
Service = Callable[..., dict[str, Any]]
#: Those that are installed, by the name that drawings give them.
CIRCUIT_SERVICES: Mapping[str, Service] = {"notify": notify}


def open_database(settings: Settings) -> Database:
    """The database of these settings. Raises :class:`SettingsFault` when its folder cannot be made."""
    try:
        return Database(settings.database, synchronous=settings.sqlite_synchronous)
    except OSError as error:
        raise _no_folder(settings.database, error) from None


def open_store(settings: Settings) -> DocumentStore:
    """The document store of these settings. Raises :class:`SettingsFault` when its folders cannot be made."""
    try:
        return DocumentStore(settings.store, settings.data_dir / "incoming")
    except OSError as error:
        raise _no_folder(settings.store, error) from None


def _no_folder(wanted: str, error: OSError) -> SettingsFault:
    return SettingsFault(
        f"Réglages à corriger :\n  – {wanted} ne peut pas être ouvert : le dossier {error.filename} ne peut pas être"
        f" créé ({error.strerror}). Voyez PARAPHEUR_DATA_DIR, PARAPHEUR_DATABASE_URL et PARAPHEUR_DOCUMENTS."
    )


def make_services(settings: Settings) -> Services:
    """What the web needs."""
    return Services(
        database=open_database(settings),
        store=open_store(settings),
        library=CircuitLibrary(),
        trust=load_trust(settings),
        settings=WebSettings(
            base_url=settings.base_url.rstrip("/"),
            max_upload_bytes=settings.max_upload_mb * 1_000_000,
            demo_mails=settings.demo_mails,
            legal=LegalNotices(
                publisher=settings.legal_publisher,
                director=settings.legal_director,
                host=settings.legal_host,
                privacy_contact=settings.privacy_contact,
                retention=settings.privacy_retention,
            ),
        ),
        fetch=fetch,
        circuit_services=tuple(CIRCUIT_SERVICES),
        box=load_box(settings),
        open_town=partial(open_town, base_url=settings.base_url.rstrip("/")),
    )


def make_handlers(settings: Settings, database: Database) -> Mapping[str, Handler]:
    """What a worker does with each kind of work row."""
    library = CircuitLibrary()
    base_url = settings.base_url.rstrip("/")
    server = SmtpServer(
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
        username=settings.smtp_user,
        password=settings.smtp_password,
        tls=settings.smtp_security == "tls",
        starttls=settings.smtp_security == "starttls",
    )
    services = {name: partial(do, database, base_url=base_url) for name, do in CIRCUIT_SERVICES.items()}
    return {
        FOLDER_MOVED: lambda data, now: folder_moved(database, data, base_url=base_url, now=now),
        FOLDER_REWOUND: lambda data, now: folder_rewound(database, data, base_url=base_url, now=now),
        FOLDER_STOPPED: lambda data, now: folder_stopped(database, data, base_url=base_url, now=now),
        REMINDER_DUE: lambda data, now: step_reminded(database, data, base_url=base_url, now=now),
        OPINION_ASKED: lambda data, now: opinion_asked(database, data, base_url=base_url, now=now),
        OPINION_CLOSED: lambda data, now: opinion_closed(database, data, base_url=base_url, now=now),
        STEP_TRANSFERRED: lambda data, now: step_transferred(database, data, base_url=base_url, now=now),
        RENEWAL_DUE: lambda data, now: renewal_due(database, data, base_url=base_url, now=now),
        SEND_MAIL: lambda data, now: send_mail(database, data, server=server, now=now),
        SERVICE_ASKED: partial(_serve, database, library, services),
        MESSAGE_THROWN: partial(_throw, services),
        TIMER_DUE: lambda data, now: _advance(database, library, data, now),
        PURGE: lambda _data, now: _purge(database, settings, now),
    }


def _purge(database: Database, settings: Settings, now: datetime) -> None:
    purge(database, open_store(settings), settings, now)


def _advance(database: Database, library: CircuitLibrary, data: dict[str, Any], now: datetime) -> None:
    advance_due(database, library, UUID(data["folder_id"]), now)


def _serve(
    database: Database, library: CircuitLibrary, services: Mapping[str, Service], data: dict[str, Any], now: datetime
) -> None:
    """Do what a service task asks, then answer the circuit; what was done already is not done again."""
    folder_id, token = UUID(data["folder_id"]), data["token"]
    if not is_asked(database, library, folder_id=folder_id, token=token):
        return
    variables = _service(services, data["service"])(folder_id, data["input"], key=token, now=now)
    answer_service(database, library, folder_id=folder_id, token=token, variables=variables, now=now)


def _throw(services: Mapping[str, Service], data: dict[str, Any], now: datetime) -> None:
    """Hand a message that a circuit threw to the service it names; nothing comes back."""
    key = f"{data['folder_id']}:{data['version']}:{data['number']}"
    _service(services, data["service"])(UUID(data["folder_id"]), data["input"], key=key, now=now)


def _service(services: Mapping[str, Service], name: str) -> Service:
    if name not in services:
        raise LookupError(f"aucun service « {name} » n’est installé : corrigez le circuit, ou installez-le")
    return services[name]


def set_up_logs(settings: Settings) -> None:
    """Structured logs on standard error, without personal data."""
    renderer = structlog.processors.JSONRenderer() if settings.log_format == "json" else structlog.dev.ConsoleRenderer()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            renderer,
        ]
        if settings.log_format == "json"
        else [structlog.processors.add_log_level, structlog.processors.TimeStamper(fmt="iso"), renderer],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr)
