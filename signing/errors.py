"""One vocabulary for what can be wrong, shared by exceptions and reports.

Names that exist in ETSI EN 319 102-1 (main indications and sub-indications, clause 5.1.3) are used as they are.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """Why a certificate, a document or a signature was refused."""

    OK = "OK"
    # certificates
    CERTIFICATE_UNREADABLE = "CERTIFICATE_UNREADABLE"
    EXPIRED = "EXPIRED"
    NOT_YET_VALID = "NOT_YET_VALID"
    WRONG_USAGE = "WRONG_USAGE"
    WEAK_KEY = "WEAK_KEY"
    NO_CERTIFICATE_CHAIN_FOUND = "NO_CERTIFICATE_CHAIN_FOUND"
    # documents
    NOT_A_PDF = "NOT_A_PDF"
    PASSWORD_NEEDED = "PASSWORD_NEEDED"  # noqa: S105 a code, not a secret
    XFA = "XFA"
    CERTIFIED = "CERTIFIED"
    PAGE_MISSING = "PAGE_MISSING"
    FIELD_MISSING = "FIELD_MISSING"
    FIELD_SIGNED = "FIELD_SIGNED"
    # signatures
    SIG_CRYPTO_FAILURE = "SIG_CRYPTO_FAILURE"
    MECHANISM = "MECHANISM"
    DOCUMENT_CHANGED = "DOCUMENT_CHANGED"
    TOO_LARGE = "TOO_LARGE"


class SigningRefused(Exception):
    """Something cannot be signed; ``sentence`` says in French what, that nothing was done, and what to do next."""

    def __init__(self, code: Code, sentence: str) -> None:
        super().__init__(code, sentence)
        self.code = code
        self.sentence = sentence

    def __str__(self) -> str:
        return self.sentence
