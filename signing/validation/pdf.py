"""Validating every signature of a PDF.

The right function of pyHanko depends on the level: basic for B-B, with time for B-T and B-LT, LTA for B-LTA; the wrong
one gives wrong answers. A change after signing that the document does not allow fails the signature, which pyHanko
reports apart.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, BinaryIO

from asn1crypto import x509
from pyhanko.pdf_utils.crypt import AuthStatus
from pyhanko.pdf_utils.misc import PdfError, PdfReadError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError, SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.policy_decl import (
    CertificateFetchingRule,
    LocalKnowledge,
    PdfSignatureValidationSpec,
    RevinfoOnlineFetchingRule,
    RevocationInfoGatheringSpec,
    SignatureValidationSpec,
)
from pyhanko.sign.validation.settings import KeyUsageConstraints
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.errors import PathBuildingError, PathValidationError
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.certificates import CertificateFacts, TrustStore, read_certificate
from signing.running import run
from signing.validation.report import (
    Changes,
    Indication,
    Report,
    RevocationMode,
    RevocationWord,
    SignatureReport,
    Verdict,
)
from signing.validation.revocation import RevocationNeed, needs_of, read_evidence
from signing.validation.sentences import file_summary, signature_sentences

# A signature that is not valid is an answer here, not an incident: pyHanko would log a traceback for each.
logging.getLogger("pyhanko.sign.validation").setLevel(logging.CRITICAL + 1)

#: An OCSP answer may be a little younger than the moment asked about.
TOLERANCE = timedelta(minutes=2)
_INDICATIONS = {
    AdESStatus.PASSED: Indication.TOTAL_PASSED,
    AdESStatus.FAILED: Indication.TOTAL_FAILED,
    AdESStatus.INDETERMINATE: Indication.INDETERMINATE,
}
_UNREADABLE = (PdfReadError, PdfError, ValueError, KeyError, IndexError, TypeError, RecursionError, OSError)
NOT_A_PDF = Report(
    Verdict.NOT_A_PDF, "Ce fichier n’est pas un PDF lisible : il est d’un autre type, incomplet ou abîmé."
)
LOCKED = Report(Verdict.NOT_A_PDF, "Ce PDF est protégé par un mot de passe : ses signatures ne peuvent pas être lues.")


def validate_file(path: Path, **arguments: Any) -> Report:
    """:func:`validate` on a file, for a child process."""
    with path.open("rb") as source:
        return validate(source, **arguments)


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
    hostile file: what cannot be read is said in the report.
    """
    try:
        reader = PdfFileReader(source, strict=False)
        if reader.encrypted and reader.decrypt(b"").status is AuthStatus.FAILED:
            return LOCKED
        embedded = list(reader.embedded_regular_signatures)
    except _UNREADABLE:
        return NOT_A_PDF
    asked = _Asked(reader, trust, at, revocation, *read_evidence(evidence))
    judged = [_judge(asked, signature) for signature in embedded]
    signatures = tuple(report for report, _ in judged)
    needs = tuple(dict.fromkeys(need for _, found in judged for need in found))
    if not signatures:
        return Report(Verdict.NO_SIGNATURE, file_summary(()))
    valid = all(item.indication is Indication.TOTAL_PASSED for item in signatures)
    return Report(Verdict.VALID if valid else Verdict.NOT_VALID, file_summary(signatures), signatures, needs)


@dataclasses.dataclass(frozen=True, slots=True)
class _Asked:
    reader: PdfFileReader
    trust: TrustStore
    at: datetime
    revocation: RevocationMode
    responses: list[OCSPContainer]
    lists: list[CRLContainer]


@dataclasses.dataclass(frozen=True, slots=True)
class _Found:
    indication: Indication
    sub_indication: str | None
    proven_at: datetime | None


def _judge(asked: _Asked, signature: EmbeddedPdfSignature) -> tuple[SignatureReport, list[RevocationNeed]]:
    facts: CertificateFacts | None = None
    try:
        certificate = signature.signer_cert
        facts = read_certificate(certificate.dump())
        signature.compute_integrity_info()
        integrity = signature.summarise_integrity_info()
        changes = _changes(integrity, signature)
        level = _level(signature, asked.reader)
        path = _trusted_path(certificate, list(signature.other_embedded_certs), asked)
        found = _ades(asked, signature, level)
    except (SignatureValidationError, *_UNREADABLE):
        return _unreadable(signature, facts), []
    intact = found.sub_indication not in {"HASH_FAILURE", "SIG_CRYPTO_FAILURE", "FORMAT_FAILURE"}
    word = _revocation_word(asked, certificate, found, trusted=path is not None)
    found = _weigh(found, changes, word, asked.revocation)
    report = SignatureReport(
        field="".join(signature.field_name),  # a plain string: pyHanko’s holds the whole file
        signer=facts,
        level=level,
        claimed_at=signature.self_reported_timestamp,
        proven_at=found.proven_at,
        indication=found.indication,
        sub_indication=found.sub_indication,
        intact=intact,
        trusted=path is not None,
        revocation=word,
        changes=changes,
        summary="",
    )
    summary, details = signature_sentences(report)
    return dataclasses.replace(report, summary=summary, details=details), needs_of(path) if path else []


def _unreadable(signature: EmbeddedPdfSignature, facts: CertificateFacts | None) -> SignatureReport:
    report = SignatureReport(
        field="".join(signature.field_name or ""),
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
    )
    summary, details = signature_sentences(report)
    return dataclasses.replace(report, summary=summary, details=details)


def _ades(asked: _Asked, signature: EmbeddedPdfSignature, level: str) -> _Found:
    spec = _spec(asked, signature)
    timing = ValidationTimingInfo(
        validation_time=asked.at, best_signature_time=asked.at, point_in_time_validation=False
    )
    digest = signature.compute_digest()
    if level.endswith("LTA"):
        result: Any = run(lambda: ades_lta_validation(signature, PdfSignatureValidationSpec(spec), timing_info=timing))
    elif level.endswith(("-T", "LT")):
        result = run(
            lambda: ades_with_time_validation(
                signature.signed_data,
                spec,
                timing_info=timing,
                raw_digest=digest,
                status_cls=PdfSignatureStatus,
                extra_status_kwargs=signature.summarise_integrity_info(),
            )
        )
    else:
        result = run(lambda: ades_basic_validation(signature.signed_data, spec, timing_info=timing, raw_digest=digest))
    indication = _INDICATIONS[result.ades_subindic.status]
    sub = None if indication is Indication.TOTAL_PASSED else result.ades_subindic.standard_name
    proven = getattr(result, "best_signature_time", None) if level != "PAdES-B-B" and level != "PKCS7" else None
    return _Found(indication, sub, proven)


def _spec(asked: _Asked, signature: EmbeddedPdfSignature) -> SignatureValidationSpec:
    rule = {
        RevocationMode.AUTO: RevocationCheckingRule.CHECK_IF_DECLARED,
        RevocationMode.REQUIRED: RevocationCheckingRule.CRL_OR_OCSP_REQUIRED,
    }.get(asked.revocation)
    policy = NO_REVOCATION if rule is None else RevocationCheckingPolicy(rule, RevocationCheckingRule.CHECK_IF_DECLARED)
    known = LocalKnowledge(
        known_certs=list(asked.trust.others), known_ocsps=list(asked.responses), known_crls=list(asked.lists)
    )
    return SignatureValidationSpec(
        cert_validation_policy=CertValidationPolicySpec(
            trust_manager=SimpleTrustManager.build(trust_roots=list(asked.trust.roots)),
            revinfo_policy=CertRevTrustPolicy(policy),
            time_tolerance=TOLERANCE,
        ),
        key_usage_settings=KeyUsageConstraints(
            key_usage={"non_repudiation", "digital_signature"}, match_all_key_usages=False
        ),
        revinfo_gathering_policy=RevocationInfoGatheringSpec(
            online_fetching_rule=RevinfoOnlineFetchingRule.LOCAL_ONLY,
            certificate_fetching_rule=CertificateFetchingRule.NEVER_FETCH,
        ),
        local_knowledge=_with_dss(asked.reader, known),
    )


def _with_dss(reader: PdfFileReader, known: LocalKnowledge) -> LocalKnowledge:
    try:
        store = DocumentSecurityStore.read_dss(reader)
    except NoDSSFoundError:
        return known
    responses, lists = read_evidence(
        [item.get_object().data for item in store.ocsps] + [item.get_object().data for item in store.crls]
    )
    return dataclasses.replace(
        known,
        known_certs=[*known.known_certs, *store.load_certs()],
        known_ocsps=[*known.known_ocsps, *responses],
        known_crls=[*known.known_crls, *lists],
    )


def _level(signature: EmbeddedPdfSignature, reader: PdfFileReader) -> str:
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return "PKCS7"
    attributes = signature.signer_info["unsigned_attrs"]
    stamped = any(item["type"].native == "signature_time_stamp_token" for item in attributes or ())
    if "/DSS" not in reader.root or not stamped:
        return "PAdES-B-T" if stamped else "PAdES-B-B"
    return "PAdES-B-LTA" if list(reader.embedded_timestamp_signatures) else "PAdES-B-LT"


def _changes(integrity: dict[str, Any], signature: EmbeddedPdfSignature) -> Changes:
    level = integrity.get("modification_level") or getattr(signature.diff_result, "modification_level", None)
    if integrity.get("docmdp_ok") is False or level is ModificationLevel.OTHER:
        return Changes.FORBIDDEN
    if level in (None, ModificationLevel.NONE):
        return Changes.NONE
    return Changes.ALLOWED


def _trusted_path(
    certificate: x509.Certificate, others: list[x509.Certificate], asked: _Asked
) -> list[x509.Certificate] | None:
    """Root first; None when no valid path exists. Dates are judged elsewhere: the path is built as of its beginning."""
    moment = min(max(certificate.not_valid_before, asked.at), certificate.not_valid_after)
    context = ValidationContext(
        trust_roots=list(asked.trust.roots),
        other_certs=[*others, *asked.trust.others],
        moment=moment,
        allow_fetching=False,
        revocation_mode="soft-fail",
    )
    validator = CertificateValidator(certificate, validation_context=context)
    try:
        path = run(lambda: validator.async_validate_usage(set()))
    except (PathBuildingError, PathValidationError):
        return None
    return list(path.iter_certs(include_root=True))


def _revocation_word(asked: _Asked, certificate: x509.Certificate, found: _Found, *, trusted: bool) -> RevocationWord:
    if asked.revocation is RevocationMode.NONE or not trusted:
        return RevocationWord.NOT_ASKED
    if found.sub_indication in {"REVOKED", "REVOKED_NO_POE", "REVOKED_CA_NO_POE"}:
        return RevocationWord.REVOKED
    if not (certificate.ocsp_urls or certificate.crl_distribution_points):
        return RevocationWord.NO_SOURCE
    return RevocationWord.GOOD if found.indication is Indication.TOTAL_PASSED else RevocationWord.UNKNOWN


def _weigh(found: _Found, changes: Changes, word: RevocationWord, mode: RevocationMode) -> _Found:
    """Two things pyHanko leaves to its caller: forbidden changes, and a source that is required and not named."""
    if changes is Changes.FORBIDDEN and found.indication is not Indication.TOTAL_FAILED:
        return _Found(Indication.TOTAL_FAILED, "HASH_FAILURE", found.proven_at)
    if (
        mode is RevocationMode.REQUIRED
        and word is RevocationWord.NO_SOURCE
        and found.indication is Indication.TOTAL_PASSED
    ):
        return _Found(Indication.INDETERMINATE, "TRY_LATER", found.proven_at)
    return found
