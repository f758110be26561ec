"""The commands ``backup``, ``restore`` and ``upgrade``."""

from __future__ import annotations

import argparse
import os
import re
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from engine.clock import utc_now
from engine.database import Database
from engine.documents.store import DocumentStore
from engine.work.actions import note_upkeep
from engine.work.model import Upkeep
from parapheur.backups.format import BackupFault, Manifest
from parapheur.backups.reading import Backup, open_backup
from parapheur.backups.restoring import restore
from parapheur.backups.soundness import faults_of
from parapheur.backups.taking import take
from parapheur.migrating import NEWER, DatabaseFault, Standing, migrate, standing
from parapheur.presence import STILL_RUNNING, alone
from parapheur.sealing import KEY_FILE
from parapheur.settings import Settings
from parapheur.wiring import open_database, open_store
from signing.french import french_day

#: How the backups that are named here are called; only these are ever thrown away.
_OURS = re.compile(r"parapheur-\d{8}T\d{6}Z\.zip")
_UNFINISHED = re.compile(rf"{_OURS.pattern}\.\d+\.incomplet")
_DAY = 86_400


def run_backup(options: argparse.Namespace, settings: Settings) -> int:
    """Take a backup; 1 when it cannot be made, or when documents are missing from it."""
    now = utc_now()
    target = _target(options.file, now)
    with _opened(settings) as (database, store):
        try:
            manifest = take(database, store, target, now=now, files=_files(settings))
        except BackupFault as fault:
            return _failed(fault)
        if standing(database) is Standing.CURRENT:
            _note(database, Upkeep.BACKUP, now, file=str(target.absolute()), bytes=target.stat().st_size)
    print(f"Sauvegarde faite : {target} ({_size(target)}).")
    _tell(manifest)
    if options.keep is not None:
        _throw_away(target, options.keep)
    return 1 if manifest.missing else 0


def run_restore(options: argparse.Namespace, settings: Settings) -> int:
    """Restore a backup into an empty place; 1 when it cannot be, or when something is missing afterwards."""
    began = utc_now()
    with _opened(settings) as (database, store), alone(database) as nobody:
        if not nobody:
            return _failed(STILL_RUNNING)
        try:
            with open_backup(options.file) as backup:
                backup.check()
                restore(database, store, backup)
                manifest = backup.manifest
                _restore_key(settings, backup)
        except BackupFault as fault:
            return _failed(fault)
        _note(database, Upkeep.RESTORE, began, file=str(options.file.absolute()), taken_at=manifest.taken_at)
        print(f"Sauvegarde du {french_day(datetime.fromisoformat(manifest.taken_at))} restaurée.")
        _tell(manifest)
        return _checked(database, store)


def run_upgrade(options: argparse.Namespace, settings: Settings) -> int:
    """Save, then bring the database up to date, then check; 1 when something stopped it."""
    began = utc_now()
    with _opened(settings) as (database, store), alone(database) as nobody:
        found = standing(database)
        if found is Standing.STRANGER:
            return _failed(NEWER)
        if found is Standing.CURRENT:
            print("La base de données est déjà à jour : il n’y a rien à faire.")
            return 0
        if not nobody:
            return _failed(STILL_RUNNING)
        if found is Standing.BEHIND and not _saved(options.backup, database, store, settings):
            return 1
        try:
            migrate(database)
        except DatabaseFault as fault:
            return _failed(fault)
        except Exception as error:
            print(f"La mise à jour a échoué, la base est restée comme elle était : {error}", file=sys.stderr)
            raise
        _note(database, Upkeep.UPGRADE, began)
        print("La base de données a été mise à jour.")
        return _checked(database, store)


def _saved(folder: Path | None, database: Database, store: DocumentStore, settings: Settings) -> bool:
    """Keep the database as it was, to come back to."""
    now, folder = utc_now(), folder or settings.data_dir / "sauvegardes"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        target = _target(folder, now)
        manifest = take(database, store, target, now=now, files=_files(settings))
    except (BackupFault, OSError) as fault:
        _failed(f"{fault}\nRien n’a été mis à jour : sans sauvegarde, on ne pourrait pas revenir en arrière.")
        return False
    print(f"Sauvegarde d’avant la mise à jour : {target} ({_size(target)}).")
    _tell(manifest)
    return True


def _files(settings: Settings) -> dict[str, Path]:
    """The key of the second factors, unless it is kept elsewhere: without it nobody who has one could log in."""
    path = settings.data_dir / KEY_FILE
    return {KEY_FILE: path} if path.is_file() and not settings.secret_key else {}


def _restore_key(settings: Settings, backup: Backup) -> None:
    path = settings.data_dir / KEY_FILE
    if KEY_FILE not in backup.manifest.files:
        return
    content = backup.file(KEY_FILE)
    if path.exists() and path.read_bytes() != content:
        aside = path.with_name(f"{path.name}.ancien")
        path.replace(aside)
        print(f"Il y avait une autre clé des seconds facteurs : elle est gardée dans {aside}.")
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)


def _checked(database: Database, store: DocumentStore) -> int:
    faults = list(faults_of(database, store))
    for fault in faults:
        print(f"MAL   {fault}", file=sys.stderr)
    if not faults:
        print("Vérifié : les journaux sont entiers et chaque document est là.")
    return 1 if faults else 0


def _tell(manifest: Manifest) -> None:
    rows = sum(part.rows for part in manifest.tables.values())
    print(f"  {rows} lignes de {len(manifest.tables)} tables, {len(manifest.documents)} documents.")
    for key in manifest.missing:
        print(f"MAL   Le contenu du document {key} n’est plus là : il manque aussi à la sauvegarde.", file=sys.stderr)


def _target(where: Path, now: datetime) -> Path:
    """A file of its own in a folder; a file as it was given."""
    return where / f"parapheur-{now:%Y%m%dT%H%M%SZ}.zip" if where.is_dir() else where


def _throw_away(newest: Path, keep: int) -> None:
    """Keep so many of those that were named here, and nothing of those that a power cut left unfinished.

    Others in the folder are nobody's business.
    """
    named = sorted(path for path in newest.parent.iterdir() if _OURS.fullmatch(path.name))
    for path in named[: max(0, len(named) - keep)]:
        path.unlink()
        print(f"Sauvegarde ancienne effacée : {path.name}.")
    for path in newest.parent.iterdir():
        if _UNFINISHED.fullmatch(path.name) and path.stat().st_mtime < time.time() - _DAY:
            path.unlink()
            print(f"Sauvegarde inachevée effacée : {path.name}.")


def _size(path: Path) -> str:
    return f"{path.stat().st_size / 1e6:.1f} Mo".replace(".", ",")


def _note(database: Database, kind: Upkeep, began: datetime, **data: Any) -> None:
    with database.writing() as session:
        note_upkeep(session, kind, began=began, ended=utc_now(), data=data)
        session.commit()


def _failed(fault: object) -> int:
    print(fault, file=sys.stderr)
    return 1


@contextmanager
def _opened(settings: Settings) -> Iterator[tuple[Database, DocumentStore]]:
    """The database and the documents of these settings, closed afterwards."""
    database = open_database(settings)
    try:
        yield database, open_store(settings)
    finally:
        database.dispose()
