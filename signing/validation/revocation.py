"""What to ask about revocation, as requests ready to send; sending them is the caller's business."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from asn1crypto import crl, ocsp, x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import load_der_x509_certificate
from cryptography.x509 import ocsp as ocsp_builder
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer


class EvidenceKind(StrEnum):
    """RFC 6960 or RFC 5280."""

    OCSP = "ocsp"
    CRL = "crl"


@dataclass(frozen=True, slots=True)
class RevocationNeed:
    """A request to send: POST of ``body`` for OCSP, GET for a CRL."""

    kind: EvidenceKind
    url: str
    body: bytes | None
    instead: RevocationNeed | None = None  #: what to ask when this one does not answer


Fetch = Callable[[RevocationNeed], bytes | None]


def gather(needs: Sequence[RevocationNeed], fetch: Fetch, limit: int = 12) -> tuple[bytes, ...]:
    """Fetch what is needed, the second source of each when the first gives nothing usable; at most ``limit`` calls.

    ``fetch`` sends one request and returns the raw answer, or None when none came.
    """
    answers = []
    for need in needs:
        asked: RevocationNeed | None = need
        while asked is not None and limit > 0:
            limit -= 1
            answer = fetch(asked)
            if answer is not None and any(read_evidence([answer])):
                answers.append(answer)
                break
            asked = asked.instead
    return tuple(answers)


def needs_of(path: Sequence[x509.Certificate]) -> list[RevocationNeed]:
    """What a path, from the root down to the signatory, names as sources: OCSP when there is, a CRL instead of it."""
    needs = []
    for issuer, certificate in itertools.pairwise(path):
        urls = [point.url for point in certificate.crl_distribution_points if point.url]
        listed = RevocationNeed(EvidenceKind.CRL, urls[0], None) if urls else None
        if certificate.ocsp_urls:
            # SHA-1 only names the issuer here (RFC 6960 §4.3); many responders know no other.
            builder = ocsp_builder.OCSPRequestBuilder().add_certificate(
                load_der_x509_certificate(certificate.dump()),
                load_der_x509_certificate(issuer.dump()),
                hashes.SHA1(),  # noqa: S303
            )
            body = builder.build().public_bytes(Encoding.DER)
            needs.append(RevocationNeed(EvidenceKind.OCSP, certificate.ocsp_urls[0], body, listed))
        elif listed is not None:
            needs.append(listed)
    return needs


def read_evidence(evidence: Iterable[bytes]) -> tuple[list[OCSPContainer], list[CRLContainer]]:
    """Sort raw answers into OCSP responses and CRLs; what is neither is ignored, as if it had not come."""
    responses: list[OCSPContainer] = []
    lists: list[CRLContainer] = []
    for raw in evidence:
        try:
            responses.extend(OCSPContainer.load_multi(ocsp.OCSPResponse.load(raw, strict=True)))
            continue
        except (ValueError, TypeError):
            pass
        try:
            found = crl.CertificateList.load(raw, strict=True)
            found["tbs_cert_list"].native  # noqa: B018 parses it
            lists.append(CRLContainer(found))
        except (ValueError, TypeError):
            continue
    return responses, lists
