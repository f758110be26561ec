"""Encrypting what must be read again but never lie in clear in the database (Fernet: AES-128-CBC and HMAC-SHA-256)."""

from __future__ import annotations

import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet


class SecretBox:
    """Seals with the first of its keys, opens with any of them: a new key is put in front of the old ones."""

    def __init__(self, keys: Sequence[str]) -> None:
        """``keys``: at least one, each 32 bytes in URL-safe base64. Raises :class:`ValueError` when one is no key."""
        if not keys:
            raise ValueError("no key")
        self._keys = MultiFernet([Fernet(key) for key in keys])

    def seal(self, text: str) -> str:
        """The text encrypted."""
        return self._keys.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str | None:
        """What was sealed; None when none of the keys is the one it was sealed with, or it was changed."""
        try:
            return self._keys.decrypt(sealed.encode()).decode()
        except InvalidToken:
            return None


def keys_in(text: str) -> list[str]:
    """The keys of a setting or a file: separated by commas or line breaks, the present one first."""
    return [key for key in re.split(r"[\s,]+", text) if key]


def new_key() -> str:
    """A key that nobody knows."""
    return Fernet.generate_key().decode()
