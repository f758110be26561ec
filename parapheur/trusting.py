"""The authorities that an installation trusts, read from files."""

from __future__ import annotations

from pathlib import Path

from asn1crypto import pem

from parapheur.given import read_up_to
from parapheur.settings import Settings, SettingsFault
from signing.certificates import TrustStore, read_certificate

#: Largest file of authorities, in bytes: some hundreds of certificates.
MAX_BYTES = 2_000_000
#: What reading a malformed certificate raises.
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)


def load_trust(settings: Settings) -> TrustStore:
    """The authorities of the settings. Raises :class:`SettingsFault` naming a file that holds no certificate."""
    trust = TrustStore()
    for path in settings.trust_anchors:
        try:
            trust = add_authority(trust, path)
        except ValueError as fault:
            raise SettingsFault(f"Réglages à corriger :\n  – PARAPHEUR_TRUST_ANCHORS : {fault}") from None
    return trust


def add_authority(trust: TrustStore, path: Path) -> TrustStore:
    """``trust`` and the certificates of one more file (PEM, or one certificate as DER).

    Raises :class:`ValueError` with a French sentence when the file cannot be read or holds anything else.
    """
    try:
        content = read_up_to(path, MAX_BYTES)
    except OSError as error:
        raise ValueError(f"{path} ne peut pas être lu ({error.strerror}).") from None
    try:
        if len(content) > MAX_BYTES:
            raise ValueError
        more = trust.with_roots(content if pem.detect(content) else pem.armor("CERTIFICATE", content))
        for certificate in (*more.roots, *more.others):  # asn1crypto reads as little as it can, later as soon
            read_certificate(certificate.dump())
    except _UNREADABLE:
        raise ValueError(
            f"{path} n’est pas le certificat d’une autorité (PEM ou DER), ou contient autre chose."
        ) from None
    return more
