"""Opening a backup, and making sure that every byte of it is there before anything is restored."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from engine.documents.store import CHUNK
from parapheur.backups.format import MANIFEST, BackupFault, Manifest, document_entry, file_entry, table_entry


class Backup:
    """A backup that is open; :meth:`check` before use."""

    def __init__(self, archive: zipfile.ZipFile, manifest: Manifest) -> None:
        self._archive = archive
        self.manifest = manifest

    def check(self) -> None:
        """Read everything once. Raises :class:`BackupFault` for the first thing that is missing or altered."""
        expected = {
            MANIFEST,
            *map(table_entry, self.manifest.tables),
            *map(document_entry, self.manifest.documents),
            *map(file_entry, self.manifest.files),
        }
        present = set(self._archive.namelist())
        if missing := sorted(expected - present):
            raise _altered(f"il y manque {missing[0]}")
        if foreign := sorted(present - expected):
            raise _altered(f"{foreign[0]} n’est pas dans sa table des matières")
        for name, part in self.manifest.tables.items():
            if self._digest(table_entry(name)) != (part.sha256, None):
                raise _altered(f"la table {name} n’est plus celle qui a été écrite")
        for key, size in self.manifest.documents.items():
            if self._digest(document_entry(key), sized=True) != (key.partition("/")[2], size):
                raise _altered(f"le document {key} n’est plus celui qui a été écrit")

        for name, sha256 in self.manifest.files.items():
            if self._digest(file_entry(name)) != (sha256, None):
                raise _altered(f"le fichier {name} n’est plus celui qui a été écrit")

    def file(self, name: str) -> bytes:
        """A file that goes with the database."""
        return self._archive.read(file_entry(name))

    def lines(self, table: str) -> Iterator[bytes]:
        """The rows of a table, a line each."""
        with self._archive.open(table_entry(table)) as file:
            yield from file

    def chunks(self, key: str) -> Iterator[bytes]:
        """The bytes of a document."""
        with self._archive.open(document_entry(key)) as file:
            yield from _pieces(file)

    def _digest(self, entry: str, *, sized: bool = False) -> tuple[str, int | None]:
        digest, size = hashlib.sha256(), 0
        try:
            with self._archive.open(entry) as file:
                for chunk in _pieces(file):
                    digest.update(chunk)
                    size += len(chunk)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError):
            raise _altered(f"{entry} ne peut plus être lu") from None
        return digest.hexdigest(), size if sized else None


@contextmanager
def open_backup(path: Path) -> Iterator[Backup]:
    """Open a backup. Raises :class:`BackupFault` when it is no backup, or a truncated one."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise BackupFault(f"{path} n’existe pas : vérifiez le nom de la sauvegarde.") from None
    except OSError as error:
        raise BackupFault(f"{path} ne peut pas être lu ({error.strerror}) : vérifiez les droits.") from None
    except zipfile.BadZipFile:
        raise BackupFault(
            f"{path} n’est pas une sauvegarde du parapheur, ou elle est tronquée : prenez une autre sauvegarde."
            " Rien n’a été restauré."
        ) from None
    with archive:
        try:
            content = archive.read(MANIFEST)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError):
            raise BackupFault(
                f"{path} n’est pas une sauvegarde du parapheur : il y manque {MANIFEST}, ou il est abîmé."
                " Rien n’a été restauré."
            ) from None
        yield Backup(archive, Manifest.from_json(content))


def _altered(what: str) -> BackupFault:
    return BackupFault(
        f"Cette sauvegarde est abîmée : {what}. Rien n’a été restauré ; prenez une autre sauvegarde, et vérifiez le"
        " disque où elle était."
    )


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while chunk := file.read(CHUNK):
        yield chunk
