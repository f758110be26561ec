"""What is done to a PDF on the way to a signature, run in a child process: the file came from anybody."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from itertools import chain as chain_of
from itertools import count
from pathlib import Path

from engine.papers.pdf import Box, free_box
from signing.pades import FieldBox, Mark, Prepared, field_states, prepare, reserve_fields

#: The mark of a signature on the page, in points (1/72 inch): 7.5 × 2.5 cm.
MARK_WIDTH, MARK_HEIGHT = 212.0, 71.0


def reserve(path: Path, names: Sequence[str]) -> bytes:
    """Reserve one visible field per name on the last page, where it is blank; returns the revision to append.

    A name that the document has already is left as it is; nothing is appended when it has them all.
    """
    with path.open("rb") as source:
        known = field_states(source)
    names = [name for name in names if name not in known]
    if not names:
        return b""
    taken: list[Box] = []
    boxes = []
    for name in names:
        box = free_box(path, -1, MARK_WIDTH, MARK_HEIGHT, taken=tuple(taken))
        taken.append(box)
        boxes.append(FieldBox(name=name, page=-1, x=box.x, y=box.y, width=box.width, height=box.height))
    with path.open("rb") as source:
        return reserve_fields(source, boxes)


def prepare_document(
    path: Path,
    *,
    certificate: bytes,
    chain: Sequence[bytes],
    mechanism: str,
    field: str,
    mark: Mark,
    at: datetime,
) -> Prepared:
    """Prepare one document for one signature.

    ``field``: the place reserved for it. When it was not foreseen, or is signed already because the circuit came back
    to its step, a place is reserved now, beside what is there.
    """
    name, revision = _place(path, field)
    with path.open("rb") as source:
        return prepare(
            source,
            certificate=certificate,
            chain=chain,
            mechanism=mechanism,
            field=name,
            mark=mark,
            at=at,
            revision=revision,
        )


def _place(path: Path, field: str) -> tuple[str, bytes]:
    """The field to sign, and the revision that reserves it when none is free."""
    with path.open("rb") as source:
        signed = field_states(source)
    names = chain_of([field], (f"{field}-{number}" for number in count(2)))
    name = next(name for name in names if not signed.get(name, False))
    return name, b"" if name in signed else reserve(path, [name])


def appended(path: Path, tail: bytes) -> io.BytesIO:
    """A file and the revision that follows it, in memory."""
    return io.BytesIO(path.read_bytes() + tail)
