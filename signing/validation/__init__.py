"""Validation of signed PDFs: words of ETSI EN 319 102-1, sentences in French, no network."""

from signing.validation.pdf import validate, validate_file
from signing.validation.report import (
    Changes,
    Indication,
    Report,
    RevocationMode,
    RevocationWord,
    SignatureReport,
    Verdict,
)
from signing.validation.revocation import RevocationNeed

__all__ = [
    "Changes",
    "Indication",
    "Report",
    "RevocationMode",
    "RevocationNeed",
    "RevocationWord",
    "SignatureReport",
    "Verdict",
    "validate",
    "validate_file",
]
