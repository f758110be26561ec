"""Taking a backup while the product is in use.

The rows are read in one transaction that sees the database as it was at one instant and blocks nobody; the documents
are copied afterwards: their bytes are stored before a row refers to them and never change.
"""

from __future__ import annotations

import hashlib
import os
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from alembic.migration import MigrationContext
from sqlalchemy import Connection, select

from engine.database import Database
from engine.documents.store import CHUNK, DocumentStore
from parapheur.backups.format import (
    MANIFEST,
    BackupFault,
    Manifest,
    TablePart,
    document_entry,
    file_entry,
    kinds_of,
    table_entry,
    table_named,
    to_line,
)

#: Rows read at a time.
_PAGE = 500
#: The table whose every row has a document in the store; others may name one too, in a column that ends as these do.
_VERSIONS = "document_version"
_ADDRESS = "sha256"


def take(
    database: Database, store: DocumentStore, target: Path, *, now: datetime, files: Mapping[str, Path] | None = None
) -> Manifest:
    """Write a backup to ``target``, which appears only once it is whole, readable by its owner alone.

    ``files``: small ones without which the rows cannot be used, by the name they will be found under.
    Raises :class:`BackupFault` when ``target`` exists, cannot be written, or the database is empty.
    """
    if target.exists():
        raise BackupFault(f"{target} existe déjà : une sauvegarde n’en écrase jamais une autre. Donnez un autre nom.")
    try:
        with _appearing(target) as file, zipfile.ZipFile(file, "w") as archive:
            return _write(archive, database, store, now, files or {})
    except OSError as error:
        cure = "vérifiez le dossier, la place qui reste et les droits"
        raise BackupFault(f"{target} ne peut pas être écrit ({error.strerror or error}) : {cure}.") from error


def _write(
    archive: zipfile.ZipFile, database: Database, store: DocumentStore, now: datetime, files: Mapping[str, Path]
) -> Manifest:
    addresses: dict[str, bool] = {}
    with _snapshot(database) as connection:
        revision = MigrationContext.configure(connection).get_current_revision()
        if revision is None:
            raise BackupFault("La base de données est vide : il n’y a rien à sauvegarder.")
        manifest = Manifest(revision, now.isoformat(), connection.dialect.name)
        for name, columns in kinds_of(connection).items():
            manifest.tables[name] = _write_table(archive, connection, name, columns, addresses)
    for key, needed in sorted(addresses.items()):
        size = _write_document(archive, store, key)
        if size is not None:
            manifest.documents[key] = size
        elif needed:
            manifest.missing.append(key)
    for name, path in files.items():
        content = path.read_bytes()
        archive.writestr(_entry(file_entry(name), now), content)
        manifest.files[name] = hashlib.sha256(content).hexdigest()
    archive.writestr(_entry(MANIFEST, now), manifest.to_json())
    return manifest


@contextmanager
def _snapshot(database: Database) -> Iterator[Connection]:
    """The database as it is at one instant, until the end."""
    level = {} if database.is_sqlite else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with database.engine.connect().execution_options(**level) as connection:
        yield connection


def _write_table(
    archive: zipfile.ZipFile, connection: Connection, name: str, columns: dict[str, str], addresses: dict[str, bool]
) -> TablePart:
    table, digest, rows = table_named(name, columns), hashlib.sha256(), 0
    entry = zipfile.ZipInfo(table_entry(name))
    entry.compress_type = zipfile.ZIP_DEFLATED
    found = connection.execution_options(yield_per=_PAGE).execute(select(table)).mappings()
    with archive.open(entry, "w", force_zip64=True) as file:
        for row in found:
            line = to_line(row)
            digest.update(line)
            file.write(line)
            rows += 1
            _note_addresses(name, row, addresses)
    return TablePart(columns, rows, digest.hexdigest())


def _note_addresses(table: str, row: Mapping[str, Any], addresses: dict[str, bool]) -> None:
    """The documents that a row refers to, by tenant and digest, and whether it cannot do without."""
    for key in addresses_of(row):
        addresses[key] = addresses.get(key, False) or table == _VERSIONS


def addresses_of(row: Mapping[str, Any]) -> Iterator[str]:
    """``tenant/sha256`` of whatever a row may refer to in the store: columns named ``sha256`` or ``…_sha256``."""
    if tenant := row.get("tenant_id"):
        for column, value in row.items():
            if column.endswith(_ADDRESS) and value:
                yield f"{tenant}/{value}"


def _write_document(archive: zipfile.ZipFile, store: DocumentStore, key: str) -> int | None:
    """Its size; None when the store does not have it."""
    tenant, _, sha256 = key.partition("/")
    with suppress(FileNotFoundError), store.open(UUID(tenant), sha256) as source:
        size = 0
        with archive.open(zipfile.ZipInfo(document_entry(key)), "w", force_zip64=True) as file:
            while chunk := source.read(CHUNK):
                file.write(chunk)
                size += len(chunk)
        return size
    return None


def _entry(name: str, now: datetime) -> zipfile.ZipInfo:
    return zipfile.ZipInfo(name, now.timetuple()[:6])


@contextmanager
def _appearing(target: Path) -> Iterator[Any]:
    """A file that takes its name when it is whole and on the disk; nothing stays of one that failed."""
    partial = target.with_name(f"{target.name}.{os.getpid()}.incomplet")
    try:
        with os.fdopen(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, target)  # unlike a renaming, overwrites nobody's
        folder = os.open(target.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except FileExistsError:
        raise BackupFault(f"{target} vient d’être écrit par quelqu’un d’autre : donnez un autre nom.") from None
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()
