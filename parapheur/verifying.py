"""``parapheur verify``: a report in French, or in JSON."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from engine.clock import DEFAULT_ZONE, utc_now
from engine.folders.marks import french_moment
from engine.papers.sandbox import run_in_child
from engine.refusals import Refused
from parapheur.fetching import fetch
from parapheur.settings import Settings
from parapheur.wiring import load_trust
from signing.certificates import TrustStore
from signing.validation import Changes, Report, RevocationMode, SignatureReport, Verdict

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2
MAX_FETCHES = 12


def verify_files(options: argparse.Namespace, settings: Settings) -> int:
    """Judge each file; 0 when every one carries only valid signatures."""
    try:
        trust = _trust(options.trust, load_trust(settings))
    except (OSError, ValueError) as error:
        print(f"Cette autorité ne peut pas être lue : {error}", file=sys.stderr)
        return WRONG_USAGE
    missing = [path for path in options.files if not path.is_file()]
    for path in missing:
        print(f"{path} : ce fichier n’existe pas.", file=sys.stderr)
    if missing:
        return WRONG_USAGE
    reports = {path: judge(path, trust, RevocationMode(options.revocation)) for path in options.files}
    if options.json:
        data = [{"file": str(path), **report.to_dict()} for path, report in reports.items()]
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for path, report in reports.items():
            _print(path, report)
    return OK if all(report.verdict is Verdict.VALID for report in reports.values()) else NOT_WELL


def _trust(paths: list[Path], trust: TrustStore) -> TrustStore:
    for path in paths:
        trust = trust.with_roots(path.read_bytes())
    return trust


def judge(path: Path, trust: TrustStore, revocation: RevocationMode) -> Report:
    """In a child process without network; what it lacks about revocation is fetched here, then judged again."""
    function, known = "signing.validation.validate_file", {"trust": trust, "at": utc_now(), "revocation": revocation}
    try:
        report: Report = run_in_child(function, path, **known)
        answers = [] if revocation is RevocationMode.NONE else [fetch(need) for need in report.needs[:MAX_FETCHES]]
        evidence = [answer for answer in answers if answer is not None]
        return run_in_child(function, path, evidence=evidence, **known) if evidence else report
    except Refused as refused:
        return Report(Verdict.NOT_A_PDF, str(refused))


def _print(path: Path, report: Report) -> None:
    print(f"{path} : {report.summary}")
    for number, signature in enumerate(report.signatures, start=1):
        print(f"  {number}. {signature.summary}")
        for line in _lines(signature):
            print(f"     – {line}")


def _lines(signature: SignatureReport) -> list[str]:
    moment = signature.proven_at or signature.claimed_at
    intact = signature.intact and signature.changes is not Changes.FORBIDDEN
    return [
        f"Champ {signature.field}, niveau {signature.level}.",
        *([f"Signé le {french_moment(moment, DEFAULT_ZONE)} (heure de Paris)."] if moment else []),
        "Le contenu signé est intact." if intact else "Le contenu a été modifié.",
        "L’autorité du certificat est reconnue."
        if signature.trusted
        else "L’autorité du certificat n’est pas reconnue.",
        *signature.details,
    ]
