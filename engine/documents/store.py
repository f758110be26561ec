"""Where the bytes of documents live: addressed by tenant and SHA-256, written once, never changed.

A folder on disk for a town hall, S3 storage for several nodes, behind obstore's one interface.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

import obstore
from obstore.exceptions import AlreadyExistsError
from obstore.store import LocalStore, ObjectStore, from_url

from engine.refusals import Refused

#: Read and hash in pieces of this many bytes.
CHUNK = 1 << 20
_ADDRESS = re.compile(r"([0-9a-f-]{36})/[0-9a-f]{2}/([0-9a-f]{64})")
#: How a content is called while :meth:`DocumentStore.forget` makes up its mind.
_ASIDE = ".retire"


@dataclass(frozen=True, slots=True)
class Spooled:
    """A file received and hashed, not yet kept."""

    path: Path
    sha256: str
    size: int  #: bytes

    def discard(self) -> None:
        """Forget it."""
        with suppress(FileNotFoundError):
            self.path.unlink()


@dataclass(frozen=True, slots=True)
class Content:
    """Something that is kept."""

    tenant_id: UUID
    sha256: str
    size: int  #: bytes
    stored_at: datetime  #: the last time somebody stored it

    @property
    def key(self) -> str:
        """Its name outside the store: ``tenant/sha256``."""
        return f"{self.tenant_id}/{self.sha256}"


class DocumentStore:
    """Keeps contents and gives them back as seekable files."""

    def __init__(self, location: str | Path, spool: Path) -> None:
        """``location``: a folder, or a URL such as ``s3://bucket/prefix``; ``spool``: folder where uploads wait."""
        self._root = None if "://" in str(location) else Path(location)
        self.spool = spool
        spool.mkdir(parents=True, exist_ok=True)
        if self._root is not None:
            self._root.mkdir(parents=True, exist_ok=True)
            self._store: ObjectStore = LocalStore(self._root)
        else:
            self._store = from_url(str(location))

    def receive(self, chunks: Iterable[bytes], *, max_bytes: int) -> Spooled:
        """Write a stream to the spool while hashing it.

        Raises :class:`Refused` (``too_big``) as soon as it exceeds ``max_bytes``; nothing stays behind.
        """
        digest, size = hashlib.sha256(), 0
        handle, name = tempfile.mkstemp(dir=self.spool)
        try:
            with os.fdopen(handle, "wb") as file:
                for chunk in chunks:
                    size += len(chunk)
                    if size > max_bytes:
                        raise Refused(
                            "too_big",
                            f"Ce fichier dépasse {max_bytes // 1_000_000} Mo. Rien n’a été déposé ;"
                            " réduisez-le ou déposez-le en plusieurs parties.",
                        )
                    digest.update(chunk)
                    file.write(chunk)
        except BaseException:
            Path(name).unlink()
            raise
        return Spooled(Path(name), digest.hexdigest(), size)

    def keep(self, tenant_id: UUID, spooled: Spooled) -> None:
        """Store what was received. Storing the same content twice is the same as once, but makes it recent again."""
        key = self._key(tenant_id, spooled.sha256)
        try:
            while not self._kept(key, spooled.path):
                pass  # it was there, and was put aside meanwhile: see forget
        finally:
            spooled.discard()

    def _kept(self, key: str, path: Path) -> bool:
        try:
            with path.open("rb") as file:
                obstore.put(self._store, key, file, mode="create", use_multipart=False)
        except AlreadyExistsError:
            if self._root is None:
                with path.open("rb") as file:
                    obstore.put(self._store, key, file, use_multipart=False)
        with suppress(FileNotFoundError):
            self._flush(key)
            if self._root is not None:
                os.utime(self._root / key)
            return True
        return False

    @contextmanager
    def open(self, tenant_id: UUID, sha256: str) -> Iterator[BinaryIO]:
        """The content as a seekable file; :class:`FileNotFoundError` when the store does not have it."""
        with self.path(tenant_id, sha256) as path, path.open("rb") as file:
            yield file

    @contextmanager
    def path(self, tenant_id: UUID, sha256: str) -> Iterator[Path]:
        """A path to the content, to read only: the stored file itself, or a copy when the store is remote."""
        key = self._key(tenant_id, sha256)
        if self._root is not None:
            yield self._root / key
            return
        with tempfile.NamedTemporaryFile(dir=self.spool) as copy:
            for chunk in obstore.get(self._store, key).stream(min_chunk_size=CHUNK):
                copy.write(chunk)
            copy.flush()
            yield Path(copy.name)

    def chunks(self, tenant_id: UUID, sha256: str) -> Iterator[bytes]:
        """The content in pieces, to send it."""
        with self.open(tenant_id, sha256) as file:
            while chunk := file.read(CHUNK):
                yield chunk

    def holds(self, tenant_id: UUID, sha256: str) -> bool:
        """Whether a content is there."""
        try:
            obstore.head(self._store, self._key(tenant_id, sha256))
        except FileNotFoundError:
            return False
        return True

    def contents(self) -> Iterator[Content]:
        """Everything that is kept, in no order."""
        for page in obstore.list(self._store):
            for item in page:
                if found := _ADDRESS.fullmatch(item["path"]):
                    yield Content(UUID(found[1]), found[2], item["size"], item["last_modified"])

    def forget(self, content: Content, *, before: datetime) -> bool:
        """Remove a content that nothing refers to, unless somebody stored it again since ``before``.

        In a folder it is put aside, looked at once more, then removed: whoever stores it at that very moment either
        makes it recent, and it comes back, or finds it gone and writes it anew. S3 has no such thing: there, a few
        milliseconds remain between the look and the removal.
        """
        key = self._key(content.tenant_id, content.sha256)
        if self._root is None:
            if obstore.head(self._store, key)["last_modified"] >= before:
                return False
            obstore.delete(self._store, key)
            return True
        path, aside = self._root / key, self._root / f"{key}{_ASIDE}"
        if path.stat().st_mtime >= before.timestamp():
            return False
        path.rename(aside)
        if aside.stat().st_mtime >= before.timestamp():
            aside.rename(path)
            return False
        aside.unlink()
        return True

    def recover(self) -> None:
        """Bring back what a removal that was interrupted had put aside."""
        for aside in self._root.glob(f"*/*/*{_ASIDE}") if self._root else ():
            aside.rename(aside.with_suffix(""))

    def _key(self, tenant_id: UUID, sha256: str) -> str:
        return f"{tenant_id}/{sha256[:2]}/{sha256}"

    def _flush(self, key: str) -> None:
        """Make a local file, and the folders that lead to it, survive a power cut before the database refers to it."""
        if self._root is None:
            return
        for path in (self._root / key, *(self._root / parent for parent in Path(key).parents)):
            handle = os.open(path, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
