"""``parapheur circuits check``: what is wrong with drawings, in French."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlmodel import Session, select

from engine.circuits import Finding, Level, check_circuit
from engine.circuits.around import Around
from engine.circuits.library import CircuitLibrary
from engine.circuits.queries import around_of
from engine.circuits.xml import MAX_BYTES
from engine.database import Database
from engine.people.model import Tenant
from parapheur.given import read_up_to, unreadable
from parapheur.migrating import DatabaseFault, fault_of
from parapheur.settings import Settings
from parapheur.wiring import CIRCUIT_SERVICES, open_database

OK, NOT_WELL, WRONG_USAGE = 0, 1, 2


def check_files(paths: Sequence[Path], settings: Settings | None = None, tenant: str = "") -> int:
    """Check each drawing; 1 when one could not be published, 2 when one cannot be read or the tenant does not exist.

    ``tenant``: short name of the one for which they are checked: its desks, its circuits; it needs ``settings``.
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
    return max(_check(path, around) for path in paths)


def _check(path: Path, around: Around | None) -> int:
    findings = check_circuit(read_up_to(path, MAX_BYTES), around=around)
    tell(str(path), findings)
    if any(finding.level is Level.ERROR for finding in findings):
        return NOT_WELL
    print(f"{path} : ce circuit peut être publié.")
    return OK


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
