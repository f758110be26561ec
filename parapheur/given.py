"""Files named on the command line: whether each can be read, and reading within a limit."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path


def unreadable(paths: Sequence[Path]) -> list[str]:
    """One French sentence per file that cannot be read."""
    return [f"{path} : {fault}" for path in paths if (fault := _fault(path))]


def _fault(path: Path) -> str | None:
    if path.is_dir():
        return "c’est un dossier ; nommez un fichier."
    if not path.exists():
        return "ce fichier n’existe pas."
    if not path.is_file():
        return "ce n’est pas un fichier ordinaire."
    return None if os.access(path, os.R_OK) else "vous n’avez pas le droit de lire ce fichier."


def read_up_to(path: Path, limit: int) -> bytes:
    """The content, or its first ``limit`` + 1 bytes: enough to see that it is too big, without filling the memory."""
    with path.open("rb") as file:
        return file.read(limit + 1)
