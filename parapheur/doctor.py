"""``parapheur doctor``: what is wrong, and the cure."""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sqlalchemy import func
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import col, select

from engine.clock import utc_now
from engine.work.model import WorkItem
from parapheur.migrating import is_up_to_date
from parapheur.settings import Settings, SettingsFault
from parapheur.wiring import load_trust, open_database, open_store
from web.rendering import AssetsMissing, static


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at."""

    well: bool
    what: str
    cure: str = ""


def examine(settings: Settings) -> int:
    """Look at everything; 1 when something is wrong."""
    checks: tuple[Callable[[Settings], Iterator[Symptom]], ...] = (_python, _database, _store, _assets, _smtp, _trust)
    status = 0
    for check in checks:
        for symptom in check(settings):
            print(f"{'bien' if symptom.well else 'MAL '}  {symptom.what}")
            if not symptom.well:
                status = 1
                print(f"      Remède : {symptom.cure}")
    return status


def _python(_settings: Settings) -> Iterator[Symptom]:
    version = sys.version_info
    what = f"Python {version.major}.{version.minor}"
    yield Symptom(version >= (3, 11), what, "Installez Python 3.11 ou plus récent.")


def _database(settings: Settings) -> Iterator[Symptom]:
    database = open_database(settings)
    where = database.url.render_as_string(hide_password=True)
    try:
        up_to_date = is_up_to_date(database)
    except SQLAlchemyError as error:
        cure = f"Vérifiez PARAPHEUR_DATABASE_URL et que le serveur répond ({type(error).__name__})."
        yield Symptom(False, f"Base de données {where}", cure)
        return
    yield Symptom(up_to_date, f"Base de données {where}", "Lancez « parapheur migrate ».")
    if up_to_date:
        with database.reading() as session:
            count = session.exec(
                select(func.count()).select_from(WorkItem).where(col(WorkItem.failed_at).is_not(None))
            ).one()
        yield Symptom(count == 0, f"Travaux abandonnés : {count}", "Voyez leur erreur dans la table work_item.")


def _store(settings: Settings) -> Iterator[Symptom]:
    what = f"Documents : {settings.store}"
    try:
        store = open_store(settings)
        writable = os.access(store.spool, os.W_OK)
    except OSError as error:
        yield Symptom(False, what, f"Rendez ce dossier accessible en écriture ({error.strerror}).")
        return
    yield Symptom(writable, what, f"Rendez {store.spool} accessible en écriture.")


def _assets(_settings: Settings) -> Iterator[Symptom]:
    try:
        static("main.css")
    except AssetsMissing:
        yield Symptom(False, "Fichiers du navigateur", "Lancez « make build ».")
        return
    yield Symptom(True, "Fichiers du navigateur")


def _smtp(settings: Settings) -> Iterator[Symptom]:
    what = f"Serveur SMTP {settings.smtp_host}:{settings.smtp_port}"
    try:
        socket.create_connection((settings.smtp_host, settings.smtp_port), timeout=5).close()
    except OSError as error:
        yield Symptom(
            False, what, f"Vérifiez PARAPHEUR_SMTP_HOST et PARAPHEUR_SMTP_PORT ({error}). Les courriels attendent."
        )
        return
    yield Symptom(True, what)


def _trust(settings: Settings) -> Iterator[Symptom]:
    try:
        trust = load_trust(settings)
    except SettingsFault as fault:
        yield Symptom(False, "Autorités de certification", str(fault).splitlines()[-1].strip(" –"))
        return
    cure = "Nommez au moins une autorité dans PARAPHEUR_TRUST_ANCHORS : sans elle, personne ne peut signer."
    yield Symptom(bool(trust.roots), f"Autorités de certification reconnues : {len(trust.roots)}", cure)
    for root in trust.roots:
        if root.not_valid_after < utc_now():
            name = root.subject.native.get("common_name", "?")
            yield Symptom(False, f"Autorité « {name} » expirée", "Remplacez-la par son nouveau certificat.")
