"""Whether a database and its documents hold together: asked after a restoration and after an update."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from sqlalchemy import text
from sqlmodel import Session, col, select

from engine.database import Database
from engine.documents.model import DocumentVersion
from engine.documents.store import DocumentStore
from engine.folders.model import Folder
from engine.journal.model import JournalEntry
from engine.journal.rules import broken_at

#: Rows read at a time.
_PAGE = 500


def faults_of(database: Database, store: DocumentStore) -> Iterator[str]:
    """What does not hold together, a French sentence each, in one reading of the database."""
    with database.reading() as session:
        if database.is_sqlite:
            yield from _pragmas(session)
        yield from _journals(session)
        yield from _documents(session, store)


def _pragmas(session: Session) -> Iterator[str]:
    for pragma in ("integrity_check", "foreign_key_check"):
        for row in session.connection().execute(text(f"PRAGMA {pragma}")):
            if tuple(row) != ("ok",):
                yield f"Le fichier de la base est abîmé ({pragma} : {', '.join(map(str, row))})."


def _journals(session: Session) -> Iterator[str]:
    ordered = select(JournalEntry).order_by(col(JournalEntry.chain), col(JournalEntry.seq))
    entries = session.exec(ordered, execution_options={"yield_per": _PAGE})
    for chain, links in groupby(entries, lambda entry: entry.chain):
        if (seq := broken_at(links)) is not None:
            folder = session.get(Folder, chain)
            of = f"du dossier « {folder.title} »" if folder else f"de {chain}"
            yield f"Le journal {of} est rompu à l’entrée {seq}."


def _documents(session: Session, store: DocumentStore) -> Iterator[str]:
    versions = select(DocumentVersion.tenant_id, DocumentVersion.sha256).distinct()
    for tenant_id, sha256 in session.exec(versions, execution_options={"yield_per": _PAGE}):
        if not store.holds(tenant_id, sha256):
            yield f"Le contenu du document {tenant_id}/{sha256} n’est plus là."
