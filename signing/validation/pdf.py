"""Validating every signature of a PDF.

pyHanko judges each signature; what it leaves to its caller is weighed here: a change after signing that the document
does not allow fails the signature, and a revocation source may be required.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import DiffResult, ModificationLevel
from pyhanko.sign.general import extract_certificate_info
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature

from signing.certificates import CertificateFacts, TrustStore, read_certificate, trusted_path
from signing.validation.ades import Asked, Found, level_of, stamp_tokens, validate_signature
from signing.validation.embedded import Embedded, coverage_of, find_signatures
from signing.validation.report import (
    Changes,
    Coverage,
    Indication,
    Report,
    RevocationMode,
    RevocationWord,
    SignatureReport,
    Verdict,
)
from signing.validation.revocation import Fetch, RevocationNeed, gather, needs_of, read_evidence
from signing.validation.sentences import file_summary, signature_sentences

# A signature that is not valid is an answer here, not an incident: pyHanko would log a traceback for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL + 1)
_log = logging.getLogger(__name__)

NOT_A_PDF = Report(
    Verdict.NOT_A_PDF, "Ce fichier n’est pas un PDF lisible : il est d’un autre type, incomplet ou abîmé."
)
LOCKED = Report(Verdict.NOT_A_PDF, "Ce PDF est protégé par un mot de passe : ses signatures ne peuvent pas être lues.")


def validate_file(path: Path, **arguments: Any) -> Report:
    """:func:`validate` on a file, for a child process."""
    with path.open("rb") as source:
        return validate(source, **arguments)


def validate_with(
    fetch: Fetch,
    source: BinaryIO,
    *,
    trust: TrustStore,
    at: datetime,
    revocation: RevocationMode = RevocationMode.AUTO,
) -> Report:
    """:func:`validate`, then once more with the revocation answers that ``fetch`` could bring."""
    report = validate(source, trust=trust, at=at, revocation=revocation)
    evidence = gather(report.needs, fetch)
    if not evidence:
        return report
    return validate(source, trust=trust, at=at, revocation=revocation, evidence=evidence)


def validate(
    source: BinaryIO,
    *,
    trust: TrustStore,
    at: datetime,
    revocation: RevocationMode = RevocationMode.AUTO,
    evidence: Sequence[bytes] = (),
) -> Report:
    """Judge every signature of a PDF as of ``at``.

    ``evidence``: raw OCSP responses and CRLs that the caller fetched for a former report's ``needs``. Never raises on a
    hostile file: what cannot be read is said in the report. (Out of memory is not an answer about the file: raised.)
    """
    try:
        reader = PdfFileReader(source, strict=False)
        if reader.encrypted and reader.decrypt(b"").status is AuthStatus.FAILED:
            return LOCKED
        embedded = find_signatures(reader)
    except MemoryError:
        raise
    except Exception:  # pyHanko on a hostile file may raise anything; whatever it is, this is no PDF that we can read
        _log.info("unreadable file", exc_info=True)
        return NOT_A_PDF
    asked = Asked(reader, embedded, trust, at, revocation, *read_evidence(evidence))
    judged = [_judge(asked, index, name, signature) for index, (name, signature) in enumerate(embedded.regular)]
    signatures = tuple(report for report, _ in judged)
    needs = tuple(dict.fromkeys(need for _, found in judged for need in found))
    if not signatures:
        return Report(Verdict.NO_SIGNATURE, file_summary(()))
    valid = all(item.indication is Indication.TOTAL_PASSED for item in signatures)
    return Report(Verdict.VALID if valid else Verdict.NOT_VALID, file_summary(signatures), signatures, needs)


def _judge(
    asked: Asked, index: int, name: str, signature: EmbeddedPdfSignature | None
) -> tuple[SignatureReport, list[RevocationNeed]]:
    facts: CertificateFacts | None = None
    if signature is None:
        return _unreadable(index, name, facts), []
    try:
        facts = read_certificate(signature.signer_cert.dump())
        report = _weighed(asked, index, signature, facts)
        return report, _needs(asked, signature) if _worth_asking(asked, report) else []
    except MemoryError:
        raise
    except Exception:  # as above: a signature that cannot be examined has failed, and the others are still judged
        _log.info("unreadable signature", exc_info=True)
        return _unreadable(index, name, facts), []


def _weighed(asked: Asked, index: int, signature: EmbeddedPdfSignature, facts: CertificateFacts) -> SignatureReport:
    certificate = signature.signer_cert
    signature.compute_integrity_info()
    integrity = signature.summarise_integrity_info()
    coverage = coverage_of(signature)
    changes = _changes(integrity, coverage, asked.embedded)
    level = level_of(signature, asked)
    trusted = _path(asked, certificate, list(signature.other_embedded_certs)) is not None
    found = validate_signature(asked, signature, level)
    intact = found.sub_indication not in {"HASH_FAILURE", "SIG_CRYPTO_FAILURE", "FORMAT_FAILURE"}
    word = _revocation_word(asked, certificate, found, trusted=trusted)
    found = _weigh(found, changes, word, asked.revocation)
    return _told(
        SignatureReport(
            field="".join(signature.field_name),  # a plain string: pyHanko’s holds the whole file
            signer=facts,
            level=level,
            claimed_at=signature.self_reported_timestamp,
            proven_at=found.proven_at,
            indication=found.indication,
            sub_indication=found.sub_indication,
            intact=intact,
            trusted=trusted,
            revocation=word,
            changes=changes,
            summary="",
            index=index,
            coverage=coverage,
        )
    )


def _unreadable(index: int, name: str, facts: CertificateFacts | None) -> SignatureReport:
    return _told(
        SignatureReport(
            field="".join(name),
            signer=facts,
            level="?",
            claimed_at=None,
            proven_at=None,
            indication=Indication.TOTAL_FAILED,
            sub_indication="FORMAT_FAILURE",
            intact=False,
            trusted=False,
            revocation=RevocationWord.NOT_ASKED,
            changes=Changes.FORBIDDEN,
            summary="",
            index=index,
        )
    )


def _told(report: SignatureReport) -> SignatureReport:
    summary, details = signature_sentences(report)
    return dataclasses.replace(report, summary=summary, details=details)


def _changes(integrity: dict[str, Any], coverage: Coverage, embedded: Embedded) -> Changes:
    """What pyHanko's comparison of revisions says; forbidden when there is none, or when it found it suspicious.

    pyHanko lets anybody fill fields and reserve places after a signature that certifies nothing (ISO 32000-2
    §12.8.2.2): enough to show another text than the one that was signed.
    """
    result = integrity["diff_result"]
    if coverage is Coverage.PART or not embedded.closed:
        return Changes.FORBIDDEN
    if not isinstance(result, DiffResult) or integrity["docmdp_ok"] is not True:
        return Changes.FORBIDDEN
    if result.modification_level is ModificationLevel.NONE:
        return Changes.NONE
    changed = {str(name) for name in result.changed_form_fields}
    if result.modification_level is ModificationLevel.OTHER or changed & embedded.showing:
        return Changes.FORBIDDEN
    if changed <= embedded.signatures:
        return Changes.ALLOWED
    return Changes.FILLED if embedded.may_be_filled else Changes.FORBIDDEN


def _path(asked: Asked, certificate: x509.Certificate, others: list[x509.Certificate]) -> list[x509.Certificate] | None:
    """Dates are judged elsewhere: an expired certificate's path is built as of its last day."""
    moment = min(max(certificate.not_valid_before, asked.at), certificate.not_valid_after)
    return trusted_path(certificate, others, asked.trust, moment)


def _revocation_word(asked: Asked, certificate: x509.Certificate, found: Found, *, trusted: bool) -> RevocationWord:
    if asked.revocation is RevocationMode.NONE or not trusted:
        return RevocationWord.NOT_ASKED
    if found.sub_indication in {"REVOKED", "REVOKED_NO_POE", "REVOKED_CA_NO_POE"}:
        return RevocationWord.REVOKED
    if not (certificate.ocsp_urls or certificate.crl_distribution_points):
        return RevocationWord.NO_SOURCE
    return RevocationWord.GOOD if found.indication is Indication.TOTAL_PASSED else RevocationWord.UNKNOWN


def _weigh(found: Found, changes: Changes, word: RevocationWord, mode: RevocationMode) -> Found:
    """Two things pyHanko leaves to its caller: forbidden changes, and a source that is required and not named."""
    if changes is Changes.FORBIDDEN and found.indication is not Indication.TOTAL_FAILED:
        return Found(Indication.TOTAL_FAILED, "HASH_FAILURE", found.proven_at)
    if (
        mode is RevocationMode.REQUIRED
        and word is RevocationWord.NO_SOURCE
        and found.indication is Indication.TOTAL_PASSED
    ):
        return Found(Indication.INDETERMINATE, "TRY_LATER", found.proven_at)
    return found


def _worth_asking(asked: Asked, report: SignatureReport) -> bool:
    """Addresses written in a certificate are only called when the answer can change something, for trusted chains."""
    return (
        asked.revocation is not RevocationMode.NONE and report.trusted and report.indication is Indication.INDETERMINATE
    )


def _needs(asked: Asked, signature: EmbeddedPdfSignature) -> list[RevocationNeed]:
    """The sources of the signatory's path, and of those of the time stamps."""
    stamps = [item.signed_data for item in asked.embedded.stamps]
    stamps += [token["content"] for token in stamp_tokens(signature)]
    holders = [(signature.signer_cert, list(signature.other_embedded_certs))]
    for stamp in stamps:
        certificates = extract_certificate_info(stamp)
        holders.append((certificates.signer_cert, list(certificates.other_certs)))
    paths = [_path(asked, certificate, others) for certificate, others in holders]
    return [need for path in paths if path is not None for need in needs_of(path)]
