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
from parapheur.given import unreadable
from parapheur.settings import Settings
from parapheur.trusting import add_authority, load_trust
from signing.certificates import TrustStore
from signing.validation import Changes, Report, RevocationMode, SignatureReport, Verdict, gather

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2


def verify_files(options: argparse.Namespace, settings: Settings) -> int:
    """Judge each file; 0 when every one carries only valid signatures, 2 when one cannot be read."""
    if faults := unreadable([*options.files, *options.trust]):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    trust = load_trust(settings)
    for path in options.trust:
        try:
            trust = add_authority(trust, path)
        except ValueError as fault:
            print(fault, file=sys.stderr)
            return WRONG_USAGE
    reports = {path: judge(path, trust, RevocationMode(options.revocation)) for path in options.files}
    if options.json:
        data = [{"file": str(path), **report.to_dict()} for path, report in reports.items()]
        print(json.dumps(data, ensure_ascii=False, indent=2))
    else:
        for path, report in reports.items():
            _print(path, report)
    return OK if all(report.verdict is Verdict.VALID for report in reports.values()) else NOT_WELL


def judge(path: Path, trust: TrustStore, revocation: RevocationMode) -> Report:
    """In a child process without network; what it lacks about revocation is fetched here, then judged again."""
    function, known = "signing.validation.validate_file", {"trust": trust, "at": utc_now(), "revocation": revocation}
    try:
        report: Report = run_in_child(function, path, **known)
        evidence = gather(report.needs, fetch)
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
