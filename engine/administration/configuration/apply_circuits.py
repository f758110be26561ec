"""Bringing tables and circuits to what a file says: what differs is published as the next version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from engine.administration.configuration.model import FileEntry
from engine.administration.configuration.work import Work
from engine.circuits import CircuitRefused, Finding, Level, called_circuits, check_circuit
from engine.circuits.actions import publish, publish_decisions, retire
from engine.circuits.around import Around
from engine.circuits.circuit import asked_tables
from engine.circuits.drafts import NAME_LENGTH
from engine.circuits.library import CircuitLibrary, latest_decisions
from engine.circuits.queries import around_of, definition_of, table_named, versions_of
from engine.feel.tables import TablesRefused, check_dmn
from engine.people.rules import refuse_short_name


def apply_tables(work: Work, entries: tuple[FileEntry, ...]) -> set[str]:
    """Publish the tables that differ; their short names."""
    work.twice([(one.short_name, one.line) for one in entries], "tables de décision")
    done = set()
    for entry in entries:
        where = f"tables de décision › {entry.short_name}"
        if not _named_well(work, entry, where) or _found_wrong(work, entry, where, check_dmn(entry.content)):
            continue
        present = latest_decisions(work.session, work.tenant.id, entry.short_name)
        if present is None or present.sha256 != _digest(entry):
            try:
                version = publish_decisions(work.session, dmn=entry.content, **_given(work, entry))  # type: ignore[arg-type]
            except TablesRefused as refused:
                _found_wrong(work, entry, where, refused.findings)
                continue
            done.add(entry.short_name)
            work.changes.append(f"La version {version.number} de la table « {entry.name} » est publiée.")
        table = table_named(work.session, work.tenant.id, entry.short_name)
        if table is not None and table.name != entry.name:
            work.changes.append(f"La table « {table.name} » s’appelle « {entry.name} ».")
            table.name = entry.name
    return done


def apply_circuits(work: Work, entries: tuple[FileEntry, ...], changed: set[str]) -> None:
    """Publish the circuits that differ, or that ask or call what has just changed; then retire those to be retired.

    ``changed``: short names of the tables that were published by this import.
    """
    work.twice([(one.short_name, one.line) for one in entries], "circuits")
    library, republished = CircuitLibrary(), set[str]()
    for entry in entries:
        where = f"circuits › {entry.short_name}"
        if not _named_well(work, entry, where):
            continue
        around = _around(work, library)
        if _found_wrong(work, entry, where, check_circuit(entry.content, around=around)):
            continue
        if _differs(work, entry) or _leans_on(entry, changed, republished):
            try:
                version = publish(work.session, bpmn=entry.content, **_given(work, entry))  # type: ignore[arg-type]
            except CircuitRefused as refused:
                _found_wrong(work, entry, where, refused.findings)
                continue
            republished.add(entry.short_name)
            work.changes.append(f"La version {version.number} du circuit « {entry.name} » est publiée.")
    for entry in entries:
        _settle(work, entry)


def _around(work: Work, library: CircuitLibrary) -> Around:
    """What drawings may name; desks that are closed, or may not act, too: the town has both, and deposits say so."""
    around = around_of(work.session, library, work.tenant.id, work.services)
    functions = {key for desk in work.desks.values() for key in (desk.function, desk.short_name) if key}
    return replace(around, unfit={}, functions=functions)


def _named_well(work: Work, entry: FileEntry, where: str) -> bool:
    refusal = refuse_short_name(entry.short_name)
    if refusal:
        work.fault(entry.line, f"{where} › nom court", refusal)
    long = len(entry.name) > NAME_LENGTH
    if long:
        work.fault(entry.line, f"{where} › nom", f"Ce nom dépasse {NAME_LENGTH} caractères.", "Raccourcissez-le.")
    return not refusal and not long


def _found_wrong(work: Work, entry: FileEntry, where: str, findings: Iterable[Finding]) -> bool:
    errors = [finding for finding in findings if finding.level is Level.ERROR]
    for finding in errors:
        element = f" › {finding.element_id}" if finding.element_id else ""
        work.fault(entry.line, f"{where}{element}", finding.sentence, finding.remedy)
    return bool(errors)


def _given(work: Work, entry: FileEntry) -> dict[str, object]:
    return {
        "tenant_id": work.tenant.id,
        "short_name": entry.short_name,
        "name": entry.name,
        "now": work.now,
        "by": work.by,
    }


def _digest(entry: FileEntry) -> str:
    return hashlib.sha256(entry.content).hexdigest()


def _differs(work: Work, entry: FileEntry) -> bool:
    definition = definition_of(work.session, work.tenant.id, entry.short_name)
    if definition is None:
        return True
    latest = next(iter(versions_of(work.session, work.tenant.id, definition.id)), None)
    return latest is None or latest.sha256 != _digest(entry)


def _leans_on(entry: FileEntry, tables: set[str], circuits: set[str]) -> bool:
    """Whether it is pinned to something that has just got another version."""
    return bool(tables & set(asked_tables(entry.content)) or circuits & set(called_circuits(entry.content)))


def _settle(work: Work, entry: FileEntry) -> None:
    """Its name, and whether it is in use."""
    definition = definition_of(work.session, work.tenant.id, entry.short_name)
    if definition is None:
        return
    if definition.name != entry.name:
        work.changes.append(f"Le circuit « {definition.name} » s’appelle « {entry.name} ».")
        definition.name = entry.name
    if entry.retired and definition.retired_at is None:
        retire(work.session, tenant_id=work.tenant.id, short_name=entry.short_name, now=work.now, by=work.by)
        work.changes.append(f"Le circuit « {entry.name} » est retiré.")
    elif not entry.retired and definition.retired_at is not None:
        publish(work.session, bpmn=entry.content, **_given(work, entry))  # type: ignore[arg-type]
        work.changes.append(f"Le circuit « {entry.name} » est remis en service.")
