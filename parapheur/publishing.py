"""``parapheur circuits publish``, ``retire`` and ``migrate``: versions of circuits, from the shell."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from uuid import UUID

from sqlmodel import Session

from engine.circuits import CircuitRefused, check_circuit
from engine.circuits.actions import publish, publish_decisions, retire
from engine.circuits.checks import executable_process
from engine.circuits.library import CircuitLibrary
from engine.circuits.queries import around_of
from engine.circuits.reading import read_drawing
from engine.circuits.xml import MAX_BYTES, read_xml
from engine.clock import utc_now
from engine.database import Database
from engine.feel.tables import check_dmn, read_tables
from engine.folders.migrating import Migration, migrate_folders
from engine.people.queries import account_at
from engine.refusals import Refusal
from parapheur.checking import (
    NOT_WELL,
    OK,
    WRONG_USAGE,
    can_be_published,
    holds_decisions,
    no_tenant,
    opened,
    tell,
    tenant_named,
)
from parapheur.given import read_up_to, unreadable
from parapheur.settings import Settings
from parapheur.wiring import CIRCUIT_SERVICES


class Unknown(Exception):
    """What the command names does not exist; the message is French."""


def run(options: argparse.Namespace, settings: Settings) -> int:
    """Do what ``options.action`` says; 1 when it could not be done, 2 when something named does not exist."""
    try:
        return {"publish": _publish, "retire": _retire, "migrate": _migrate}[options.action](options, settings)
    except Unknown as unknown:
        print(unknown, file=sys.stderr)
        return WRONG_USAGE


def _named(session: Session, options: argparse.Namespace) -> tuple[UUID, UUID | None]:
    """The tenant and the account that options name."""
    tenant = tenant_named(session, options.tenant)
    if tenant is None:
        raise Unknown(no_tenant(options.tenant))
    if not options.by:
        return tenant.id, None
    account = account_at(session, options.by)
    if account is None:
        raise Unknown(f"Personne n’a de compte à l’adresse « {options.by} ». Vérifiez-la.")
    return tenant.id, account.id


def _publish(options: argparse.Namespace, settings: Settings) -> int:
    path: Path = options.file
    if faults := unreadable([path]):
        print("\n".join(faults), file=sys.stderr)
        return WRONG_USAGE
    if holds_decisions(path):
        return _publish_decisions(path, options, settings)
    bpmn = read_up_to(path, MAX_BYTES)
    short_name = options.short_name or path.name.removesuffix(".bpmn").removesuffix(".parapheur")
    with opened(settings) as database, database.writing() as session:
        tenant_id, account_id = _named(session, options)
        around = around_of(session, CircuitLibrary(), tenant_id, CIRCUIT_SERVICES)
        findings = check_circuit(bpmn, around=around)
        tell(str(path), findings)
        if not can_be_published(findings):
            print(f"{path} : rien n’a été publié.")
            return NOT_WELL
        name = options.name or read_drawing(executable_process(read_xml(bpmn))).name or short_name
        try:
            version = publish(
                session,
                tenant_id=tenant_id,
                short_name=short_name,
                name=name,
                bpmn=bpmn,
                now=utc_now(),
                by=account_id,
            )
        except CircuitRefused as refused:
            tell(str(path), refused.findings)
            print(f"{path} : rien n’a été publié.")
            return NOT_WELL
        number = version.number
        session.commit()
    print(f"{path} : la version {number} du circuit « {short_name} » est publiée.")
    return OK


def _publish_decisions(path: Path, options: argparse.Namespace, settings: Settings) -> int:
    dmn = read_up_to(path, MAX_BYTES)
    short_name = options.short_name or path.stem
    findings = check_dmn(dmn)
    tell(str(path), findings)
    if not can_be_published(findings):
        print(f"{path} : rien n’a été publié.")
        return NOT_WELL
    with opened(settings) as database, database.writing() as session:
        tenant_id, account_id = _named(session, options)
        version = publish_decisions(
            session,
            tenant_id=tenant_id,
            short_name=short_name,
            name=options.name or read_tables(dmn).name or short_name,
            dmn=dmn,
            now=utc_now(),
            by=account_id,
        )
        number = version.number
        session.commit()
    print(f"{path} : la version {number} des décisions « {short_name} » est publiée.")
    return OK


def _retire(options: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as database, database.writing() as session:
        tenant_id, account_id = _named(session, options)
        retired = retire(session, tenant_id=tenant_id, short_name=options.short_name, now=utc_now(), by=account_id)
        if isinstance(retired, Refusal):
            print(retired.sentence, file=sys.stderr)
            return NOT_WELL
        name = retired.name
        session.commit()
    print(f"Le circuit « {name} » est retiré ; les dossiers en cours vont à leur fin.")
    return OK


def _migrate(options: argparse.Namespace, settings: Settings) -> int:
    with opened(settings) as database:
        found = _migrated(database, options)
    if isinstance(found, Refusal):
        print(found.sentence, file=sys.stderr)
        return NOT_WELL
    if not found:
        print("Aucun dossier n’est en cours dans une autre version de ce circuit.")
    for migration in found:
        print(_line(migration, dry_run=options.dry_run))
    return NOT_WELL if any(migration.obstacle for migration in found) else OK


def _migrated(database: Database, options: argparse.Namespace) -> list[Migration] | Refusal:
    with database.reading() as session:
        tenant_id, account_id = _named(session, options)
    return migrate_folders(
        database,
        CircuitLibrary(),
        tenant_id=tenant_id,
        short_name=options.short_name,
        now=utc_now(),
        by=account_id,
        dry_run=options.dry_run,
    )


def _line(migration: Migration, *, dry_run: bool) -> str:
    what = f"« {migration.title} », version {migration.before} vers {migration.after}"
    if migration.obstacle:
        return f"{what} : reste, car {migration.obstacle}."
    where = ", ".join(
        f"{landing.what} « {landing.before} »" + ("" if same else f" sur « {landing.after} »")
        for landing in migration.landings
        for same in [landing.before == landing.after]
    )
    return f"{what} : {'passerait' if dry_run else 'passé'} ; {where}."
