"""A file made of an immutable base and of what is appended to it, so that a revision never copies the document."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO


class Appendix(io.RawIOBase):
    """Reads base then tail; writes only in the tail."""

    def __init__(self, base: BinaryIO, tail: bytes = b"") -> None:
        self._base = base
        base.seek(0, os.SEEK_END)  # whose answer is None for a memory map
        self._size = base.tell()
        self._tail = bytearray(tail)
        self._position = 0

    @property
    def tail(self) -> bytes:
        """What was appended."""
        return bytes(self._tail)

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size + len(self._tail)}[whence]
        self._position = max(0, start + offset)
        return self._position

    def read(self, size: int = -1) -> bytes:
        end = self._size + len(self._tail)
        stop = end if size is None or size < 0 else min(end, self._position + size)
        pieces = []
        if self._position < self._size and self._position < stop:
            self._base.seek(self._position)
            piece = self._base.read(min(stop, self._size) - self._position)
            pieces.append(piece)
            self._position += len(piece)
        if self._position >= self._size and self._position < stop:
            start = self._position - self._size
            piece = bytes(self._tail[start : stop - self._size])
            pieces.append(piece)
            self._position += len(piece)
        return b"".join(pieces)

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer without copying in between: this is how a large base is hashed."""
        into = memoryview(buffer)
        if self._position < self._size:
            self._base.seek(self._position)
            part = into[: self._size - self._position]
            if hasattr(self._base, "readinto"):
                count = self._base.readinto(part)
            else:  # a memory map
                piece = self._base.read(len(part))
                count = len(piece)
                part[:count] = piece
        else:
            start = self._position - self._size
            piece = bytes(self._tail[start : start + len(into)])
            count = len(piece)
            into[:count] = piece
        self._position += count
        return int(count)

    def readline(self, size: int | None = -1) -> bytes:
        start, data = self._position, self.read(4096)
        line = data[: data.find(b"\n") + 1] or data
        self._position = start + len(line)
        return line

    def write(self, data: Any) -> int:
        start = self._position - self._size
        if start < 0:
            raise OSError("the base of a document is immutable")
        self._tail[start : start + len(data)] = data
        self._position += len(data)
        return len(data)
