"""Running pyHanko's validation of one signature, with the function that its level calls for.

Basic for B-B, with time for B-T and B-LT, LTA for B-LTA: the wrong one gives wrong answers.
"""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from typing import Any

from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.ades.report import AdESStatus
from pyhanko.sign.validation.ades import ades_basic_validation, ades_lta_validation, ades_with_time_validation
from pyhanko.sign.validation.dss import DocumentSecurityStore
from pyhanko.sign.validation.errors import NoDSSFoundError
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
from pyhanko_certvalidator.context import CertValidationPolicySpec
from pyhanko_certvalidator.ltv.types import ValidationTimingInfo
from pyhanko_certvalidator.policy_decl import (
    NO_REVOCATION,
    CertRevTrustPolicy,
    RevocationCheckingPolicy,
    RevocationCheckingRule,
)
from pyhanko_certvalidator.registry import SimpleTrustManager
from pyhanko_certvalidator.revinfo.archival import CRLContainer, OCSPContainer

from signing.certificates import TrustStore
from signing.running import run
from signing.validation.embedded import Embedded
from signing.validation.report import Indication, RevocationMode
from signing.validation.revocation import read_evidence

#: An OCSP answer may be a little younger than the moment asked about.
TOLERANCE = timedelta(minutes=2)
_INDICATIONS = {
    AdESStatus.PASSED: Indication.TOTAL_PASSED,
    AdESStatus.FAILED: Indication.TOTAL_FAILED,
    AdESStatus.INDETERMINATE: Indication.INDETERMINATE,
}


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """A file, and how it must be judged."""

    reader: PdfFileReader
    embedded: Embedded
    trust: TrustStore
    at: datetime
    revocation: RevocationMode
    responses: list[OCSPContainer]
    lists: list[CRLContainer]


@dataclasses.dataclass(frozen=True, slots=True)
class Found:
    """What came out for one signature."""

    indication: Indication
    sub_indication: str | None
    proven_at: datetime | None  #: the moment that a time stamp proves


def validate_signature(asked: Asked, signature: EmbeddedPdfSignature, level: str) -> Found:
    """Judge one signature (ETSI EN 319 102-1); may raise whatever a hostile file makes pyHanko raise."""
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
    # Without a stamp that holds, pyHanko's best time is the moment of this validation: it proves nothing.
    best = getattr(result, "best_signature_time", None)
    proven = best if best is not None and best < asked.at else None
    return Found(indication, sub, proven)


def level_of(signature: EmbeddedPdfSignature, asked: Asked) -> str:
    """``PAdES-B-B``, ``-T``, ``-LT``, ``-LTA`` (ETSI EN 319 142-1 §6) or ``PKCS7``, by what the file holds."""
    if signature.sig_object.get("/SubFilter") != "/ETSI.CAdES.detached":
        return "PKCS7"
    stamped = bool(stamp_tokens(signature))
    if "/DSS" not in asked.reader.root or not stamped:
        return "PAdES-B-T" if stamped else "PAdES-B-B"
    return "PAdES-B-LTA" if asked.embedded.stamps else "PAdES-B-LT"


def stamp_tokens(signature: EmbeddedPdfSignature) -> list[Any]:
    """The time stamps that a signature carries (RFC 3161 appendix A), as CMS."""
    attributes = signature.signer_info["unsigned_attrs"]
    return [
        token
        for item in attributes or ()
        if item["type"].native == "signature_time_stamp_token"
        for token in item["values"]
    ]


def _spec(asked: Asked, signature: EmbeddedPdfSignature) -> SignatureValidationSpec:
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
