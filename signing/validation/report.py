"""What a validation says, as frozen values and in plain French."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from signing.certificates import CertificateFacts
from signing.validation.revocation import RevocationNeed


class Indication(StrEnum):
    """Main status indication (ETSI EN 319 102-1 clause 5.1.3)."""

    TOTAL_PASSED = "TOTAL-PASSED"
    TOTAL_FAILED = "TOTAL-FAILED"
    INDETERMINATE = "INDETERMINATE"


class RevocationMode(StrEnum):
    """When revocation is looked at."""

    AUTO = "auto"  #: when the certificate names a source
    REQUIRED = "required"  #: always: a certificate that names none cannot be valid
    NONE = "none"


class RevocationWord(StrEnum):
    """What is known of a certificate's revocation."""

    GOOD = "GOOD"
    REVOKED = "REVOKED"
    UNKNOWN = "UNKNOWN"  #: it names a source that was not reached
    NO_SOURCE = "NO_SOURCE"  #: it names none
    NOT_ASKED = "NOT_ASKED"


class Changes(StrEnum):
    """What was added after a signature."""

    NONE = "NONE"
    ALLOWED = "ALLOWED"  #: other signatures, proofs
    FILLED = "FILLED"  #: fields of a form too, as who certified the document allows
    FORBIDDEN = "FORBIDDEN"


class Coverage(StrEnum):
    """How much of the file a signature covers."""

    FILE = "FILE"  #: all of it
    REVISION = "REVISION"  #: all that was there when it was made; more was appended
    PART = "PART"  #: less than that, or it cannot be told: never valid


class Verdict(StrEnum):
    """The answer for the whole file."""

    VALID = "VALID"
    NOT_VALID = "NOT_VALID"
    NO_SIGNATURE = "NO_SIGNATURE"
    NOT_A_PDF = "NOT_A_PDF"


@dataclass(frozen=True, slots=True)
class SignatureReport:
    """One signature."""

    field: str
    signer: CertificateFacts | None
    level: str  #: ``PAdES-B-B``… or ``PKCS7``
    claimed_at: datetime | None  #: written by the signatory's software
    proven_at: datetime | None  #: by a time stamp
    indication: Indication
    sub_indication: str | None
    intact: bool  #: the signed bytes are those that were signed
    trusted: bool  #: a path leads to a trusted root
    revocation: RevocationWord
    changes: Changes
    summary: str  #: one French sentence: valid or not, and why
    index: int = 0  #: place among the signatures of the file, from 0
    coverage: Coverage = Coverage.PART
    details: tuple[str, ...] = ()  #: further French sentences


@dataclass(frozen=True, slots=True)
class Report:
    """A file."""

    verdict: Verdict
    summary: str
    signatures: tuple[SignatureReport, ...] = ()
    needs: tuple[RevocationNeed, ...] = field(default=(), compare=False)  #: what could be fetched to say more

    def to_dict(self) -> dict[str, Any]:
        """JSON values; times in ISO 8601, the needs left out."""

        def plain(value: Any) -> Any:
            if isinstance(value, dict):
                return {key: plain(item) for key, item in value.items()}
            if isinstance(value, (list, tuple)):
                return [plain(item) for item in value]
            if isinstance(value, (set, frozenset)):
                return sorted(value)
            return value.isoformat() if isinstance(value, datetime) else value

        data: dict[str, Any] = plain(asdict(self))
        data.pop("needs")
        return data
