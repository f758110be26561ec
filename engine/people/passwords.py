"""Passwords: argon2id, as RFC 9106 recommends for constrained memory (64 MiB, 3 passes)."""

from __future__ import annotations

from functools import cache

import argon2

from engine.refusals import Refusal

MIN_LENGTH = 12
MAX_LENGTH = 200

_hasher = argon2.PasswordHasher()


def refuse_password(password: str) -> Refusal | None:
    """Length only (ANSSI and NIST SP 800-63B prefer length to composition rules)."""
    if len(password) < MIN_LENGTH:
        return Refusal(
            "password_too_short",
            f"Ce mot de passe est trop court : choisissez-en un d’au moins {MIN_LENGTH} caractères,"
            " par exemple une courte phrase.",
        )
    if len(password) > MAX_LENGTH:
        return Refusal("password_too_long", f"Ce mot de passe dépasse {MAX_LENGTH} caractères.")
    return None


def hash_password(password: str) -> str:
    """The argon2id hash to store (about 100 ms of one core)."""
    return _hasher.hash(password)


def matches(password_hash: str | None, password: str) -> bool:
    """Whether the password is right; takes the same time when there is no hash to compare with."""
    try:
        return _hasher.verify(password_hash or _nobody(), password) and password_hash is not None
    except (argon2.exceptions.VerifyMismatchError, argon2.exceptions.InvalidHashError):
        return False


def warm() -> None:
    """Make now what the first unknown address would wait for: it must not take longer than the others."""
    _nobody()


@cache
def _nobody() -> str:
    """Verified when there is no account, so that an unknown address takes as long as a wrong password.

    Made when it is first asked for: most commands ask nobody's password.
    """
    return _hasher.hash("personne n’a ce mot de passe")
