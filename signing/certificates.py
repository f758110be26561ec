"""Certificates: what they say, and whether one may sign here and now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from asn1crypto import pem, x509
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError

from signing.errors import Code
from signing.french import french_day
from signing.running import run

#: Smallest RSA modulus accepted, in bits (ANSSI, « Guide des mécanismes cryptographiques », RègleFact-1).
MIN_RSA_BITS = 2048
#: What reading a malformed certificate raises.
_UNREADABLE = (ValueError, TypeError, LookupError, ArithmeticError, AttributeError)
CURVES = {"secp256r1", "secp384r1", "secp521r1"}


@dataclass(frozen=True, slots=True)
class CertificateFacts:
    """What a certificate says, ready to be shown."""

    common_name: str
    given_name: str
    surname: str
    email: str
    organization: str
    title: str
    serial: str  #: hexadecimal
    issuer: str  #: common name of the issuer, or its organization
    issuer_serial: str  #: full issuer name and serial number: what binds a certificate to a person
    not_before: datetime
    not_after: datetime
    fingerprint: str  #: SHA-256 of the DER, hexadecimal
    key: str  #: ``RSA 2048``, ``EC secp256r1``…
    usages: frozenset[str]
    declares_revocation: bool  #: names an OCSP responder or a CRL


@dataclass(frozen=True, slots=True)
class CertificateVerdict:
    """Whether a certificate may sign, and the French sentence that says why not."""

    ok: bool
    code: Code
    sentence: str
    facts: CertificateFacts | None


class TrustStore:
    """Roots that are trusted, and intermediates that help to reach them."""

    def __init__(self, roots: Sequence[x509.Certificate] = (), others: Sequence[x509.Certificate] = ()) -> None:
        self.roots = tuple(roots)
        self.others = tuple(others)

    @classmethod
    def from_pem(cls, *documents: bytes) -> TrustStore:
        """Read PEM files: self-issued certificates are trusted roots, the others intermediates.

        Raises :class:`ValueError` when a document holds no certificate.
        """
        roots: list[x509.Certificate] = []
        others: list[x509.Certificate] = []
        for document in documents:
            if not pem.detect(document):
                raise ValueError("no PEM certificate in this file")
            for _, _, der in pem.unarmor(document, multiple=True):
                certificate = x509.Certificate.load(der)
                (roots if certificate.self_issued else others).append(certificate)
        return cls(roots, others)

    def with_roots(self, document: bytes) -> TrustStore:
        """This store and the certificates of one more PEM file, which somebody says to trust.

        Without a self-issued certificate in it, the file is an intermediate authority, trusted as if it were a root.
        """
        more = TrustStore.from_pem(document)
        roots, others = (more.roots, more.others) if more.roots else (more.others, ())
        return TrustStore(self.roots + roots, self.others + others)

    def complete(self, chain: Sequence[bytes]) -> tuple[bytes, ...]:
        """A chain (DER) and the intermediates known here, for a key holder that gives its certificate alone.

        :func:`signing.pades.prepare` keeps of them only what leads to an issuer of the certificate.
        """
        return tuple(dict.fromkeys([*chain, *(item.dump() for item in self.others)]))

    def __reduce__(self) -> tuple[object, ...]:
        return _rebuild, ([c.dump() for c in self.roots], [c.dump() for c in self.others])


def _rebuild(roots: Sequence[bytes], others: Sequence[bytes]) -> TrustStore:
    return TrustStore([x509.Certificate.load(der) for der in roots], [x509.Certificate.load(der) for der in others])


def read_certificate(der: bytes) -> CertificateFacts:
    """What a certificate says. Raises :class:`ValueError` when it cannot be read."""
    certificate = x509.Certificate.load(der, strict=True)
    subject, issuer = certificate.subject.native, certificate.issuer.native

    def text(names: dict[str, object], key: str) -> str:
        value = names.get(key, "")
        return " ".join(value) if isinstance(value, list) else str(value)

    emails = [general.native for general in certificate.subject_alt_name_value or () if general.name == "rfc822_name"]
    return CertificateFacts(
        common_name=text(subject, "common_name"),
        given_name=text(subject, "given_name"),
        surname=text(subject, "surname"),
        email=emails[0] if emails else text(subject, "email_address"),
        organization=text(subject, "organization_name"),
        title=text(subject, "title"),
        serial=f"{certificate.serial_number:x}",
        issuer=text(issuer, "common_name") or text(issuer, "organization_name"),
        issuer_serial=f"{certificate.issuer.human_friendly} / {certificate.serial_number:x}",
        not_before=certificate.not_valid_before,
        not_after=certificate.not_valid_after,
        fingerprint=certificate.sha256.hex(),
        key=_key_name(certificate),
        usages=frozenset(certificate.key_usage_value.native) if certificate.key_usage_value else frozenset(),
        declares_revocation=bool(certificate.ocsp_urls or certificate.crl_distribution_points),
    )


def judge_certificate(der: bytes, chain: Sequence[bytes], trust: TrustStore, at: datetime) -> CertificateVerdict:
    """Whether this certificate may sign at this moment: readable, usage, key, dates, path to a trusted root.

    Revocation is not judged here: it needs the network, and what cannot be known must not block the person who signs.
    It shows when the signed document is verified.
    """
    try:
        facts = read_certificate(der)
        wrong = _fault(facts, der, chain, trust, at)
    except _UNREADABLE:
        return CertificateVerdict(
            False,
            Code.CERTIFICATE_UNREADABLE,
            "Ce certificat ne peut pas être lu. Rien n’a été signé ; demandez un nouveau fichier à votre autorité.",
            None,
        )
    if wrong is not None:
        return CertificateVerdict(False, *wrong, facts)
    return CertificateVerdict(True, Code.OK, f"Certificat de {facts.common_name}, valable.", facts)


def _fault(
    facts: CertificateFacts, der: bytes, chain: Sequence[bytes], trust: TrustStore, at: datetime
) -> tuple[Code, str] | None:
    certificate = x509.Certificate.load(der)
    others = [x509.Certificate.load(item, strict=True) for item in chain]
    wrong = _usage(facts, certificate) or _key(facts, certificate) or _dates(facts, at)
    if wrong is None and trusted_path(certificate, others, trust, at) is None:
        return (
            Code.NO_CERTIFICATE_CHAIN_FOUND,
            f"L’autorité « {facts.issuer} », qui a délivré ce certificat, n’est pas reconnue ici."
            " Rien n’a été signé ; choisissez un autre certificat ou prévenez l’administrateur.",
        )
    return wrong


def trusted_path(
    certificate: x509.Certificate, others: Sequence[x509.Certificate], trust: TrustStore, at: datetime
) -> list[x509.Certificate] | None:
    """The path from a trusted root down to this certificate, valid at this moment (RFC 5280 §6); None without one.

    ``others`` are intermediates that came with the certificate. Revocation is not looked at.
    """
    context = ValidationContext(
        trust_roots=list(trust.roots),
        other_certs=[*others, *trust.others],
        moment=at,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(certificate, validation_context=context)
    try:
        path = run(lambda: validator.async_validate_usage(set()))
    except (PathBuildingError, PathValidationError):
        return None
    return list(path.iter_certs(include_root=True))


def _usage(facts: CertificateFacts, certificate: x509.Certificate) -> tuple[Code, str] | None:
    """RFC 5280 §4.2.1.3: signing a document needs nonRepudiation or digitalSignature; RGS separates the uses."""
    extended = set(certificate.extended_key_usage_value.native) if certificate.extended_key_usage_value else set()
    only_login = bool(extended) and extended <= {"client_auth", "server_auth", "microsoft_smart_card_logon"}
    if (facts.usages and not facts.usages & {"non_repudiation", "digital_signature"}) or only_login:
        return (
            Code.WRONG_USAGE,
            "Ce certificat ne sert pas à signer (il sert à s’identifier ou à chiffrer)."
            " Rien n’a été signé ; choisissez votre certificat de signature.",
        )
    return None


def _key(facts: CertificateFacts, certificate: x509.Certificate) -> tuple[Code, str] | None:
    key = certificate.public_key
    strong = (key.algorithm == "rsa" and key.bit_size >= MIN_RSA_BITS) or (
        key.algorithm == "ec" and key.curve[1] in CURVES
    )
    if strong:
        return None
    return (
        Code.WEAK_KEY,
        f"La clé de ce certificat ({facts.key}) n’est pas acceptée : il faut RSA 2048 bits au moins, ou P-256 et plus."
        " Rien n’a été signé ; demandez un nouveau certificat.",
    )


def _dates(facts: CertificateFacts, at: datetime) -> tuple[Code, str] | None:
    if at > facts.not_after:
        return (
            Code.EXPIRED,
            f"Votre certificat a expiré le {french_day(facts.not_after)}. Rien n’a été signé ; il faut le renouveler.",
        )
    if at < facts.not_before:
        return (
            Code.NOT_YET_VALID,
            f"Votre certificat n’est valable qu’à partir du {french_day(facts.not_before)}. Rien n’a été signé.",
        )
    return None


def _key_name(certificate: x509.Certificate) -> str:
    key = certificate.public_key
    if key.algorithm == "rsa":
        return f"RSA {key.bit_size}"
    return f"EC {key.curve[1]}" if key.algorithm == "ec" else str(key.algorithm)
