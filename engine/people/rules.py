"""Decisions about accounts, sessions and certificates."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
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
#: So many links for a forgotten password in the same window, and no more are sent.
MAX_LINKS = 5

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


#: An address as HTML forms take it (WHATWG HTML §4.10.5.1.5), with a domain of two names at least and no dot at an end
#: of the first part nor beside another (RFC 5322 §3.2.3): accented letters there are carried by few servers.
_ADDRESS = re.compile(
    r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[a-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
)
#: RFC 5321 §4.5.3.1.3: a path of 256 octets holds an address and two signs.
ADDRESS_LENGTH = 254
#: Letters of a name, of a title.
NAME_LENGTH, TITLE_LENGTH = 100, 200
_SHORT_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_SHORT_NAME_LENGTH = 40


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who is to be invited, as somebody typed it."""

    email: str
    given_name: str
    surname: str
    title: str = ""  #: quality in this tenant

    def tidied(self) -> NewPerson:
        """Without spaces too many; the address in lower case."""
        return NewPerson(self.email.strip().lower(), *map(tidied, (self.given_name, self.surname, self.title)))


def tidied(text: str) -> str:
    """On one line, without spaces too many nor signs that do not show."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def faults_of_person(person: NewPerson) -> dict[str, Refusal]:
    """What is wrong with a tidied person, by field."""
    found = {
        "email": refuse_address(person.email),
        "given_name": refuse_name(person.given_name, "le prénom"),
        "surname": refuse_name(person.surname, "le nom"),
        "title": refuse_title_of_person(person.title),
    }
    return {field: refusal for field, refusal in found.items() if refusal}


def refuse_address(email: str) -> Refusal | None:
    """Whether mails can be sent there; ``email`` in lower case."""
    if not email:
        return Refusal("address_missing", "Donnez l’adresse électronique : c’est là que part l’invitation.")
    if len(email) > ADDRESS_LENGTH or not _ADDRESS.fullmatch(email) or len(email.partition("@")[0]) > 64:
        return Refusal(
            "address_malformed",
            f"« {email[:100]} » n’est pas une adresse électronique utilisable : il faut une adresse comme"
            " prenom.nom@mairie.example, sans espace ni accent.",
        )
    return None


def refuse_name(name: str, what: str) -> Refusal | None:
    """Whether a name can be printed on pages and marks. ``what``: which one, with its article."""
    if not any(c.isalpha() for c in name):
        return Refusal("name_missing", f"Donnez {what} : les pages et les signatures le montrent.")
    if len(name) > NAME_LENGTH:
        return Refusal("name_too_long", f"C’est trop long pour {what} : {NAME_LENGTH} caractères au plus.")
    return None


def refuse_title_of_person(title: str) -> Refusal | None:
    """Whether a quality fits beside a name."""
    if len(title) > TITLE_LENGTH:
        return Refusal("quality_too_long", f"La qualité dépasse {TITLE_LENGTH} caractères. Raccourcissez-la.")
    return None


def short_name_from(name: str) -> str:
    """What a name gives when it is made short: ``Services techniques`` → ``services-techniques``."""
    ascii_only = folded_name(name).encode("ascii", "ignore").decode()
    return "-".join(ascii_only.split())[:_SHORT_NAME_LENGTH].strip("-")


def refuse_short_name(short_name: str) -> Refusal | None:
    """Whether circuits and commands can write it: it must read the same everywhere."""
    if len(short_name) > _SHORT_NAME_LENGTH or not _SHORT_NAME.fullmatch(short_name):
        return Refusal(
            "short_name_unusable",
            f"« {short_name[:100]} » ne peut pas servir de nom court : il faut des lettres minuscules sans accent, des"
            f" chiffres et des traits d’union, une lettre d’abord, {_SHORT_NAME_LENGTH} signes au plus, par exemple"
            " services-techniques.",
        )
    return None


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
