"""File names as people give them, made safe to show and to download."""

from __future__ import annotations

import unicodedata

MAX_NAME = 200


def clean_name(name: str) -> str:
    """A file name without path, control characters or line breaks, at most :data:`MAX_NAME` characters; never empty."""
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    visible = (c if unicodedata.category(c)[0] != "C" or c == "\u200d" else " " for c in base)
    cleaned = " ".join("".join(visible).split()).strip(". ")
    if len(cleaned) > MAX_NAME:
        stem, dot, extension = cleaned.rpartition(".")
        short = extension if dot and len(extension) <= 10 else ""
        cleaned = (stem if short else cleaned)[: MAX_NAME - len(short) - 1].rstrip() + (f".{short}" if short else "")
    return cleaned or "document"
