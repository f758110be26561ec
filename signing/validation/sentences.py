"""The French of a report."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from signing.errors import Code
from signing.french import french_day

if TYPE_CHECKING:
    from signing.validation.report import SignatureReport

_WHY = {
    "NO_CERTIFICATE_CHAIN_FOUND": "l’autorité qui a délivré le certificat n’est pas reconnue ici",
    "REVOKED_NO_POE": "le certificat a été révoqué, et rien ne prouve que la signature soit antérieure",
    "REVOKED": "le certificat était révoqué au moment de la signature",
    "REVOKED_CA_NO_POE": "le certificat de l’autorité a été révoqué",
    "OUT_OF_BOUNDS_NO_POE": "le certificat n’est pas dans ses dates de validité, et aucun horodatage ne prouve"
    " que la signature ait été faite à temps",
    "SIG_CONSTRAINTS_FAILURE": "le certificat ou la signature ne sont pas d’un usage admis",
    "CRYPTO_CONSTRAINTS_FAILURE": "un algorithme employé n’est plus jugé sûr",
    "CHAIN_CONSTRAINTS_FAILURE": "la chaîne de certificats ne respecte pas ses propres contraintes",
}


def signature_sentences(report: SignatureReport) -> tuple[str, tuple[str, ...]]:
    """The summary and the details of one signature."""
    who = report.signer.common_name if report.signer else "signataire inconnu"
    return _summary(report, who), tuple(_details(report))


def file_summary(signatures: Sequence[SignatureReport]) -> str:
    """The answer for the whole file."""
    if not signatures:
        return "Ce PDF ne porte aucune signature électronique."
    good = sum(item.indication == "TOTAL-PASSED" for item in signatures)
    if good == len(signatures):
        return "La signature est valable." if good == 1 else f"Les {good} signatures sont valables."
    if len(signatures) == 1:
        return "La signature n’est pas valable." if _failed(signatures[0]) else "La signature n’est pas confirmée."
    if good == 0:
        word = "valable" if any(_failed(item) for item in signatures) else "confirmée"
        return f"Aucune des {len(signatures)} signatures n’est {word}."
    return f"Sur {len(signatures)} signatures, {good} {'est valable' if good == 1 else 'sont valables'}."


def _failed(report: SignatureReport) -> bool:
    return report.indication == "TOTAL-FAILED"


def _summary(report: SignatureReport, who: str) -> str:
    if report.indication == "TOTAL-PASSED":
        filled = report.changes == "FILLED"
        since = "Un formulaire a été rempli depuis" if filled else "Le document n’a pas changé depuis"
        return f"Signature de {who} : valable. {since}."
    if report.sub_indication == "FORMAT_FAILURE":
        return f"Signature de {who} : non valable. Elle est mal formée ou incomplète et ne peut pas être examinée."
    if report.changes == "FORBIDDEN" and report.intact:
        return f"Signature de {who} : non valable. Le document a été modifié après la signature."
    if not report.intact:
        return f"Signature de {who} : non valable. Le document signé a été altéré."
    if report.revocation == "UNKNOWN" and report.trusted and report.sub_indication not in _WHY:
        why = "la source de révocation du certificat n’a pas pu être consultée"
    elif report.revocation == "NO_SOURCE" and report.trusted and report.sub_indication not in _WHY:
        why = "le certificat ne nomme aucune source de révocation, alors qu’elle est exigée"
    elif report.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND" and report.trusted:
        why = "l’autorité qui l’a horodatée n’est pas reconnue ici"
    else:
        why = _WHY.get(report.sub_indication or "", f"motif technique {report.sub_indication}")
    word = "non valable" if _failed(report) else "non confirmée"
    return f"Signature de {who} : {word}, car {why}."


def _details(report: SignatureReport) -> list[str]:
    details = []
    if report.signer is not None:
        details.append(
            f"Certificat délivré par {report.signer.issuer or Code.CERTIFICATE_UNREADABLE},"
            f" valable du {french_day(report.signer.not_before)} au {french_day(report.signer.not_after)}."
        )
    revocation = {
        "GOOD": "Le certificat n’est pas révoqué.",
        "REVOKED": "Le certificat est révoqué.",
        "UNKNOWN": "La révocation du certificat n’a pas pu être vérifiée.",
        "NO_SOURCE": "Le certificat ne nomme aucune source de révocation : il est jugé sans elle.",
    }.get(report.revocation)
    if revocation:
        details.append(revocation)
    if report.changes == "ALLOWED":
        details.append("Après cette signature, seuls des ajouts permis ont été faits (autres signatures, preuves).")
    if report.changes == "FILLED":
        details.append("Des champs ont été remplis après cette signature, comme l’auteur du document l’a permis.")
    if report.proven_at is None and report.claimed_at is not None:
        details.append("L’heure est celle que le logiciel de signature a déclarée : elle n’est pas horodatée.")
    return details
