"""A file made of an immutable base and of what is appended to it, so that a revision never copies the document."""

from __future__ import annotations

import io
import os
from typing import Any, BinaryIO

#: A PDF is read a few bytes at a time, here and there: what is around them is kept, so that the reading is done in C.
_BUFFER = 8_192


class Appendix(io.BufferedRandom):
    """Reads base then tail; writes only in the tail."""

    def __init__(self, base: BinaryIO, tail: bytes = b"") -> None:
        super().__init__(_Joined(base, tail), _BUFFER)

    @property
    def tail(self) -> bytes:
        """What was appended."""
        self.flush()
        joined = self.raw
        assert isinstance(joined, _Joined)
        return bytes(joined.tail)


class _Joined(io.RawIOBase):
    """The two, one after the other."""

    def __init__(self, base: BinaryIO, tail: bytes) -> None:
        self._base = base
        base.seek(0, os.SEEK_END)  # whose answer is None for a memory map
        self._size = base.tell()
        self.tail = bytearray(tail)
        self._position = 0

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        start = {os.SEEK_SET: 0, os.SEEK_CUR: self._position, os.SEEK_END: self._size + len(self.tail)}[whence]
        self._position = max(0, start + offset)
        return self._position

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
            piece = bytes(self.tail[start : start + len(into)])
            count = len(piece)
            into[:count] = piece
        self._position += count
        return int(count)

    def write(self, data: Any) -> int:
        start = self._position - self._size
        if start < 0:
            raise OSError("the base of a document is immutable")
        self.tail[start : start + len(data)] = data
        self._position += len(data)
        return len(data)
