"""``parapheur circuits check``: what is wrong with drawings, in French."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from engine.circuits import Level, check_circuit
from engine.circuits.xml import MAX_BYTES
from parapheur.given import read_up_to, unreadable

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2


def check_files(paths: Sequence[Path]) -> int:
    """Check each drawing; 1 when one could not be published, 2 when one cannot be read."""
    if faults := unreadable(paths):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    return max(_check(path) for path in paths)


def _check(path: Path) -> int:
    findings = check_circuit(read_up_to(path, MAX_BYTES))
    wrong = any(finding.level is Level.ERROR for finding in findings)
    for finding in findings:
        word = "erreur" if finding.level is Level.ERROR else "à revoir"
        where = f" [{finding.element_id}]" if finding.element_id else ""
        print(f"{path} : {word}{where} : {finding.sentence} {finding.remedy}")
    if not wrong:
        print(f"{path} : ce circuit peut être publié.")
    return NOT_WELL if wrong else OK
