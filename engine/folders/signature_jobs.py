"""What is done to a PDF on the way to a signature, run in a child process: the file came from anybody."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from engine.papers.pdf import Box, free_box
from signing.pades import FieldBox, Mark, Prepared, prepare, reserve_fields

#: The mark of a signature on the page, in points (1/72 inch): 7.5 × 2.5 cm.
MARK_WIDTH, MARK_HEIGHT = 212.0, 71.0


def reserve(path: Path, names: Sequence[str]) -> bytes:
    """Reserve one visible field per name on the last page, where it is blank; returns the revision to append."""
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
    """Prepare one document for one signature."""
    with path.open("rb") as source:
        return prepare(source, certificate=certificate, chain=chain, mechanism=mechanism, field=field, mark=mark, at=at)


def appended(path: Path, tail: bytes) -> io.BytesIO:
    """A file and the revision that follows it, in memory."""
    return io.BytesIO(path.read_bytes() + tail)
