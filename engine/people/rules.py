"""Decisions about accounts, sessions and certificates."""

from __future__ import annotations

import hashlib
import secrets
import unicodedata
from collections.abc import Sequence
from datetime import datetime, timedelta

from engine.people.model import Account, LoginSession, OneTimeToken, SignerCertificate
from engine.refusals import Refusal

SESSION_LIFE = timedelta(hours=12)
#: A session unused for this long is over.
SESSION_IDLE = timedelta(hours=2)
INVITATION_LIFE = timedelta(days=7)
PASSWORD_LINK_LIFE = timedelta(hours=1)
#: So many failures in this window and the address must wait.
FAILURE_WINDOW = timedelta(minutes=15)
MAX_FAILURES = 5

WRONG_LOGIN = Refusal("wrong_login", "Adresse ou mot de passe incorrect. Vérifiez les deux, puis recommencez.")
TOO_MANY_FAILURES = Refusal(
    "too_many_failures",
    "Trop d’essais manqués pour cette adresse. Attendez un quart d’heure,"
    " ou demandez un nouveau mot de passe par « Mot de passe oublié ».",
)
LINK_DEAD = Refusal(
    "link_dead",
    "Ce lien a déjà servi ou n’est plus valable. Demandez-en un nouveau par « Mot de passe oublié ».",
)


def new_secret() -> str:
    """256 random bits for a cookie or a link."""
    return secrets.token_urlsafe(32)


def secret_sha256(secret: str) -> str:
    """What the database keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


def session_is_alive(session: LoginSession, now: datetime) -> bool:
    """Neither revoked, nor too old, nor unused for too long."""
    return session.revoked_at is None and now < session.expires_at and now - session.last_seen_at < SESSION_IDLE


def token_is_alive(token: OneTimeToken, now: datetime) -> bool:
    """Never used and not expired."""
    return token.used_at is None and now < token.expires_at


def folded_name(*parts: str) -> str:
    """A name without accents, case, hyphens or apostrophes, to compare what two registries wrote differently."""
    text = unicodedata.normalize("NFKD", " ".join(parts).replace("œ", "oe").replace("Œ", "oe"))
    letters = (c if c.isalnum() else " " for c in text if not unicodedata.combining(c))
    return " ".join("".join(letters).casefold().split())


def certificate_is_theirs(
    account: Account, issuer_serial: str, names: Sequence[str], known: SignerCertificate | None
) -> Refusal | None:
    """Whether this certificate may sign for this account.

    A certificate bound to an account (by issuer and serial number) is that account's and nobody else's. One that is
    not bound yet is accepted when one of its ``names`` is the account's, whichever part comes first.
    """
    if known is not None:
        if known.account_id == account.id:
            return None
        return Refusal(
            "certificate_of_somebody_else",
            f"Ce certificat est celui d’une autre personne ({known.holder})."
            " Rien n’a été signé ; choisissez votre propre certificat.",
        )
    wanted = {folded_name(account.given_name, account.surname), folded_name(account.surname, account.given_name)}
    if any(folded_name(name) in wanted for name in names):
        return None
    holder = names[0] if names else "sans nom"
    return Refusal(
        "certificate_of_somebody_else",
        f"Ce certificat est au nom de {holder}, pas au vôtre ({account.full_name})."
        " Rien n’a été signé ; choisissez votre propre certificat.",
    )
