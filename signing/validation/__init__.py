"""Validation of signed PDFs: words of ETSI EN 319 102-1, sentences in French, no network."""

from signing import hexadecimal
from signing.validation.pdf import validate, validate_file, validate_with
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
from signing.validation.revocation import EvidenceKind, Fetch, RevocationNeed, gather

hexadecimal.install()

__all__ = [
    "Changes",
    "Coverage",
    "EvidenceKind",
    "Fetch",
    "Indication",
    "Report",
    "RevocationMode",
    "RevocationNeed",
    "RevocationWord",
    "SignatureReport",
    "Verdict",
    "gather",
    "validate",
    "validate_file",
    "validate_with",
]
