"""``parapheur circuits check``: what is wrong with drawings and decision tables, in French or as JSON."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from engine.circuits import Finding, Level, check_circuit
from engine.circuits.around import Around
from engine.circuits.library import CircuitLibrary
from engine.circuits.queries import around_of
from engine.circuits.xml import MAX_BYTES
from engine.database import Database
from engine.feel.tables import check_dmn
from engine.people.model import Tenant
from parapheur.given import read_up_to, unreadable
from parapheur.migrating import DatabaseFault, fault_of
from parapheur.settings import Settings
from parapheur.wiring import CIRCUIT_SERVICES, open_database

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2


def check_files(
    paths: Sequence[Path], settings: Settings | None = None, tenant: str = "", *, as_json: bool = False
) -> int:
    """Check each file; 1 when one could not be published, 2 when one cannot be read or the tenant does not exist.

    ``tenant``: short name of the one for which they are checked: its desks, its circuits; it needs ``settings``.
    ``as_json``: print what was found as data rather than as sentences.
    """
    if faults := unreadable(paths):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    around = None
    if settings is not None and tenant:
        with opened(settings) as database, database.reading() as session:
            town = tenant_named(session, tenant)
            if town is None:
                print(no_tenant(tenant), file=sys.stderr)
                return WRONG_USAGE
            around = around_of(session, CircuitLibrary(), town.id, CIRCUIT_SERVICES)
    found = {path: _findings(path, around) for path in paths}
    if as_json:
        print(json.dumps([_data(path, findings) for path, findings in found.items()], ensure_ascii=False, indent=2))
    else:
        for path, findings in found.items():
            _print(path, findings)
    return OK if all(map(can_be_published, found.values())) else NOT_WELL


def holds_decisions(path: Path) -> bool:
    """Whether a file is one of decisions, by its name; others are taken for drawings."""
    return path.suffix.lower() == ".dmn"


def can_be_published(findings: Iterable[Finding]) -> bool:
    """Whether nothing of what was found forbids it."""
    return not any(finding.level is Level.ERROR for finding in findings)


def _findings(path: Path, around: Around | None) -> list[Finding]:
    data = read_up_to(path, MAX_BYTES)
    return check_dmn(data) if holds_decisions(path) else check_circuit(data, around=around)


def _print(path: Path, findings: Sequence[Finding]) -> None:
    tell(str(path), findings)
    if can_be_published(findings):
        what = "ces décisions peuvent être publiées" if holds_decisions(path) else "ce circuit peut être publié"
        print(f"{path} : {what}.")


def _data(path: Path, findings: Sequence[Finding]) -> dict[str, Any]:
    told = [
        {
            "level": finding.level.value,
            "element": finding.element_id,
            "sentence": finding.sentence,
            "remedy": finding.remedy,
        }
        for finding in findings
    ]
    return {"file": str(path), "publishable": can_be_published(findings), "findings": told}


def tell(what: str, findings: Iterable[Finding]) -> None:
    """Print findings, one a line, with the remedy of each."""
    for finding in findings:
        word = "erreur" if finding.level is Level.ERROR else "à revoir"
        where = f" [{finding.element_id}]" if finding.element_id else ""
        print(f"{what} : {word}{where} : {finding.sentence} {finding.remedy}")


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The database of these settings, up to date. Raises :class:`DatabaseFault` when it cannot be used."""
    database = open_database(settings)
    try:
        if fault := fault_of(database):
            raise DatabaseFault(fault)
        yield database
    finally:
        database.dispose()


def tenant_named(session: Session, short_name: str) -> Tenant | None:
    """A tenant by its short name."""
    return session.exec(select(Tenant).where(Tenant.short_name == short_name)).first()


def no_tenant(short_name: str) -> str:
    """No tenant has this short name."""
    return f"Aucune collectivité ne s’appelle « {short_name} ». Vérifiez son nom court."
