"""Decisions about the second factor: codes computed from a shared secret and the time (TOTP, RFC 6238)."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pyotp

from engine.people.model import Role, SecondFactorNeed
from engine.refusals import Refusal

#: A right password waits so long for its code.
CHALLENGE_LIFE = timedelta(minutes=10)
#: Seconds during which a code holds (RFC 6238 §5.2), and how many intervals the phone's clock may be off, either way.
INTERVAL, DRIFT = 30, 1
#: Recovery codes given at once.
RECOVERY_CODES = 10
#: Letters and digits that are not taken for one another (RFC 4648 base32); 16 of them hold 80 bits.
_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_CODE = re.compile(r"\d{6}")
_RECOVERY = re.compile(r"[A-Z2-7]{16}")

WRONG_CODE = Refusal(
    "wrong_code",
    "Ce code n’est pas le bon, ou il a déjà servi. Attendez que l’application en montre un nouveau, vérifiez l’heure du"
    " téléphone, puis recommencez.",
)
TOO_MANY_CODES = Refusal(
    "too_many_codes",
    "Trop de codes faux pour ce compte. Attendez un quart d’heure, puis recommencez ; si ce n’était pas vous, changez"
    " de mot de passe.",
)
CHALLENGE_OVER = Refusal(
    "challenge_over", "Le temps pour donner le code est passé. Connectez-vous de nouveau : adresse et mot de passe."
)
FACTOR_REQUIRED = Refusal(
    "factor_required",
    "L’une de vos collectivités exige le second facteur : il ne peut pas être désactivé. Pour changer de téléphone,"
    " demandez à votre administrateur de le réinitialiser.",
)
FACTOR_UNREADABLE = Refusal(
    "factor_unreadable",
    "Le second facteur de ce compte ne peut plus être lu : la clé de l’installation a changé. Prévenez votre"
    " administrateur, qui peut le réinitialiser.",
)
FACTOR_SET_ALREADY = Refusal(
    "factor_set_already", "Le second facteur est déjà activé. Désactivez-le d’abord pour changer d’application."
)
OWN_FACTOR = Refusal(
    "own_factor",
    "Votre propre second facteur ne se réinitialise pas ici : désactivez-le par « Second facteur », avec un code, ou"
    " demandez à une autre personne qui administre.",
)


def new_totp_secret() -> str:
    """160 random bits in base32, as RFC 4226 §4 recommends."""
    return pyotp.random_base32()


def provisioning_address(secret: str, email: str) -> str:
    """What the QR code holds: an ``otpauth`` address that every such application reads."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Parapheur")


def counter_of(secret: str, code: str, now: datetime, last_counter: int) -> int | None:
    """The interval to which a code belongs, when it is right, near enough, and later than the last one accepted.

    A code that was accepted never serves again, nor does an earlier one (RFC 6238 §5.2).
    """
    if not _CODE.fullmatch(code):
        return None
    totp = pyotp.TOTP(secret, interval=INTERVAL)
    present = totp.timecode(now.astimezone(UTC))
    for counter in range(present - DRIFT, present + DRIFT + 1):
        if counter > last_counter and pyotp.utils.strings_equal(code, totp.generate_otp(counter)):
            return counter
    return None


def tidied_code(typed: str) -> str:
    """A code without the spaces and hyphens that make it readable, in capitals."""
    return re.sub(r"[\s-]", "", typed).upper()


def is_recovery_code(code: str) -> bool:
    """Whether a tidied code has the shape of a recovery code."""
    return _RECOVERY.fullmatch(code) is not None


def new_recovery_codes() -> list[str]:
    """Codes of 80 random bits, in groups of four: ``ABCD-EFGH-IJKL-MNOP``."""
    return [
        "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(4)) for _ in range(RECOVERY_CODES)
    ]


def is_needed(need: SecondFactorNeed, role: Role) -> bool:
    """Whether a tenant requires a second factor of a member with this role."""
    if need is SecondFactorNeed.EVERYBODY:
        return True
    return need is SecondFactorNeed.ADMINISTRATORS and role is not Role.NONE


def is_required(places: Iterable[tuple[SecondFactorNeed, Role]]) -> bool:
    """Whether one of the tenants of a person requires it: one account, hence for all of them."""
    return any(is_needed(need, role) for need, role in places)
