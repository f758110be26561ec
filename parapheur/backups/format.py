"""What a backup is made of: a ZIP file of tables in JSON lines, of documents, and of a manifest written last.

Nothing in it depends on SQLite or PostgreSQL: what was taken on one is restored on the other, and by later versions.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
    Uuid,
    inspect,
)
from sqlalchemy.types import CHAR, TypeEngine
from sqlmodel.sql.sqltypes import UTCDateTime

#: Grows when a file can no longer be read by the versions before.
FORMAT = 1
MANIFEST = "sauvegarde.json"
#: Alembic's own, which says to which version of the product the rows belong.
VERSIONS = "alembic_version"


class BackupFault(Exception):
    """A backup cannot be made, read or restored; the message says why and what to do, in French."""


@dataclass(frozen=True, slots=True)
class TablePart:
    """One table of a backup."""

    columns: dict[str, str]  #: name → kind, a key of :data:`KINDS`
    rows: int
    sha256: str  #: of its lines


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds, and how to know that it holds it all."""

    revision: str  #: migration that the rows were written under
    taken_at: str  #: ISO 8601, UTC
    database: str  #: sqlite or postgresql, for people: the rows do not depend on it
    tables: dict[str, TablePart] = field(default_factory=dict)
    documents: dict[str, int] = field(default_factory=dict)  #: ``tenant/sha256`` → bytes
    files: dict[str, str] = field(default_factory=dict)  #: beside the database: name → SHA-256
    missing: list[str] = field(default_factory=list)  #: documents that the store had lost already

    def to_json(self) -> bytes:
        """As it is written."""
        return orjson.dumps({"format": FORMAT, **asdict(self)}, option=orjson.OPT_INDENT_2)

    @classmethod
    def from_json(cls, content: bytes) -> Manifest:
        """As it is read. Raises :class:`BackupFault` for what is no manifest, or one of a later format."""
        try:
            read = orjson.loads(content)
            if read.pop("format") > FORMAT:
                raise BackupFault(
                    "Cette sauvegarde a été faite par une version plus récente du parapheur : installez cette version"
                    " pour la restaurer."
                )
            tables = {name: TablePart(**part) for name, part in read.pop("tables").items()}
            return cls(tables=tables, **read)
        except (orjson.JSONDecodeError, AttributeError, KeyError, TypeError):
            raise BackupFault(
                f"La table des matières de cette sauvegarde ({MANIFEST}) est abîmée : prenez une autre sauvegarde."
            ) from None


def table_entry(name: str) -> str:
    """Where the rows of a table are in the file."""
    return f"tables/{name}.jsonl"


def document_entry(key: str) -> str:
    """Where a document is. ``key``: ``tenant/sha256``."""
    return f"documents/{key}"


def file_entry(name: str) -> str:
    """Where a file that goes with the database is."""
    return f"files/{name}"


#: Kind of a column → type that writes and reads it alike on both databases.
KINDS: Mapping[str, type[TypeEngine[Any]]] = {
    "uuid": Uuid,
    "moment": UTCDateTime,
    "day": Date,
    "bytes": LargeBinary,
    "boolean": Boolean,
    "integer": Integer,
    "decimal": Numeric,
    "number": Float,
    "json": JSON,
    "text": Text,
}
#: Name of a type in one database or the other → kind.
_NAMES = {
    "UUID": "uuid",
    "DATETIME": "moment",
    "TIMESTAMP": "moment",
    "DATE": "day",
    "BLOB": "bytes",
    "BYTEA": "bytes",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "integer",
    "SMALLINT": "integer",
    "NUMERIC": "decimal",
    "DECIMAL": "decimal",
    "FLOAT": "number",
    "REAL": "number",
    "DOUBLE": "number",
    "DOUBLE_PRECISION": "number",
    "JSON": "json",
    "JSONB": "json",
    "VARCHAR": "text",
    "TEXT": "text",
    "CHAR": "text",
}


def kinds_of(connection: Connection) -> dict[str, dict[str, str]]:
    """The tables of a database as they are now, whichever version wrote them: name → column → kind."""
    found = inspect(connection)
    return {
        table: {column["name"]: kind_of(column["type"]) for column in found.get_columns(table)}
        for table in sorted(found.get_table_names())
        if table != VERSIONS
    }


def kind_of(type_: TypeEngine[Any]) -> str:
    """The kind of a column. Raises :class:`BackupFault` for a type that no backup can hold."""
    if isinstance(type_, CHAR) and type_.length == 32:
        return "uuid"  # how SQLite keeps them; nothing else of ours has exactly 32 characters
    try:
        return _NAMES[type_.__visit_name__.upper()]
    except KeyError:
        what = f"une colonne de type {type_}, qu’une sauvegarde ne sait pas garder"
        raise BackupFault(f"La base de données contient {what}.") from None


def table_named(name: str, columns: Mapping[str, str]) -> Table:
    """A table to read from and to write to."""
    return Table(name, MetaData(), *(Column(column, KINDS[kind]()) for column, kind in columns.items()))


def to_line(row: Mapping[str, Any]) -> bytes:
    """One row as a line of JSON."""
    return orjson.dumps({str(name): _written(value) for name, value in row.items()}) + b"\n"


def from_line(line: bytes, columns: Mapping[str, str]) -> dict[str, Any]:
    """A line as a row to insert."""
    return {name: _read(value, columns[name]) for name, value in orjson.loads(line).items()}


def _written(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(bytes(value)).decode()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    return value


def _read(value: Any, kind: str) -> Any:
    if value is None:
        return None
    reader = _READERS.get(kind)
    return reader(value) if reader else value


_READERS: Mapping[str, Any] = {
    "uuid": UUID,
    "moment": datetime.fromisoformat,
    "day": date.fromisoformat,
    "bytes": base64.b64decode,
    "decimal": Decimal,
}
