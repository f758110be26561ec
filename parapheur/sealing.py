"""The key that encrypts the secrets of second factors: from the settings, else a file that only the product reads."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

from engine.people.sealing import SecretBox, keys_in, new_key
from parapheur.settings import Settings, SettingsFault

#: In the data folder; a backup that leaves it out loses the second factors, not the accounts.
KEY_FILE = "secret.key"


def load_box(settings: Settings) -> SecretBox:
    """What seals and opens. The file is made the first time, once, whichever process comes first.

    Raises :class:`SettingsFault` when the file cannot be made or read, or holds no key.
    """
    if settings.secret_key:
        return SecretBox(keys_in(settings.secret_key))
    path = settings.data_dir / KEY_FILE
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make(path)
        return SecretBox(keys_in(path.read_text("ascii")))
    except OSError as error:
        raise _fault(path, f"ne peut être ni créé ni lu ({error.strerror})") from None
    except ValueError:
        raise _fault(path, "ne contient pas de clé : remettez celui de la sauvegarde") from None


def _make(path: Path) -> None:
    """Write a new key under another name, then link it: nobody ever reads half a key, and the first one stays."""
    if path.exists():
        return
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with suppress(FileNotFoundError):
        draft.unlink()
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(f"{new_key()}\n")
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()


def _fault(path: Path, what: str) -> SettingsFault:
    return SettingsFault(
        f"Réglages à corriger :\n  – La clé des seconds facteurs, {path}, {what}."
        " Voyez PARAPHEUR_SECRET_KEY et PARAPHEUR_DATA_DIR."
    )
