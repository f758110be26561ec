"""From the database to a configuration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import Session, col, select

from engine.administration.configuration.model import (
    RIGHTS,
    Configuration,
    DelegationEntry,
    DeskEntry,
    FileEntry,
    Person,
    SubtypeEntry,
    Town,
    TypeEntry,
)
from engine.circuits import called_circuits
from engine.circuits.queries import definitions, tables_with_versions, versions_of
from engine.desks.delegation_form import last_day_of
from engine.desks.delegation_queries import delegations_to_come
from engine.desks.model import Delegation, Desk, DeskAdministrator, DeskAssociation, DeskHolder, DeskSupervisor
from engine.people.model import Account, Tenant
from engine.people.queries import Standing, members
from engine.people.rules import folded_name
from engine.typology.queries import all_types

_PEOPLE_OF_DESKS: tuple[Any, ...] = (DeskHolder, DeskSupervisor, DeskAdministrator)


def exported(session: Session, tenant_id: UUID, *, now: datetime) -> Configuration:
    """The configuration of a tenant: its last versions, its delegations in force or to come, no secret."""
    tenant = session.get_one(Tenant, tenant_id)
    desks = {desk.id: desk for desk in session.exec(select(Desk).where(Desk.tenant_id == tenant_id))}
    return Configuration(
        Town(tenant.name, tenant.zone, tenant.second_factor, tenant.calendar),
        _people(session, tenant_id),
        _desks(session, tenant_id, desks),
        _tables(session, tenant_id),
        _circuits(session, tenant_id),
        _types(session, tenant_id),
        _delegations(session, tenant, desks, now),
    )


def _people(session: Session, tenant_id: UUID) -> tuple[Person, ...]:
    """Those who have not left, by address."""
    return tuple(
        Person(
            member.account.email,
            member.account.given_name,
            member.account.surname,
            member.title,
            member.role,
            member.standing is Standing.DISABLED,
        )
        for member in sorted(members(session, tenant_id), key=lambda one: one.account.email)
        if member.standing is not Standing.LEFT
    )


def _desks(session: Session, tenant_id: UUID, desks: dict[UUID, Desk]) -> tuple[DeskEntry, ...]:
    """By short name, those above before those below."""
    kept = {m.account.id for m in members(session, tenant_id) if m.standing is not Standing.LEFT}
    addresses = {one.id: one.email for one in session.exec(select(Account).where(col(Account.id).in_(kept)))}
    held, supervised, administered = (_linked(session, table, desks, addresses) for table in _PEOPLE_OF_DESKS)
    pairs = session.exec(select(DeskAssociation)).all()
    names = {desk.id: desk.short_name for desk in desks.values()}
    associated = {
        key: tuple(sorted(names[pair.associated_desk_id] for pair in pairs if pair.desk_id == key)) for key in desks
    }
    return tuple(
        DeskEntry(
            desk.short_name,
            desk.name,
            desk.function,
            names.get(desk.parent_desk_id, "") if desk.parent_desk_id else "",
            frozenset(column for column in RIGHTS.values() if getattr(desk, column)),
            held.get(desk.id, ()),
            supervised.get(desk.id, ()),
            administered.get(desk.id, ()),
            associated[desk.id],
            desk.closed_at is not None,
        )
        for desk in sorted(desks.values(), key=lambda one: (_depth(one, desks), one.short_name))
    )


def _linked(
    session: Session,
    table: Any,
    desks: dict[UUID, Desk],
    addresses: dict[UUID, str],
) -> dict[UUID, tuple[str, ...]]:
    found: dict[UUID, list[str]] = {}
    for row in session.exec(select(table)):
        if row.desk_id in desks and row.account_id in addresses:
            found.setdefault(row.desk_id, []).append(addresses[row.account_id])
    return {key: tuple(sorted(people)) for key, people in found.items()}


def _depth(desk: Desk, desks: dict[UUID, Desk]) -> int:
    seen = {desk.id}
    while desk.parent_desk_id in desks and desk.parent_desk_id not in seen:
        desk = desks[desk.parent_desk_id]
        seen.add(desk.id)
    return len(seen)


def _tables(session: Session, tenant_id: UUID) -> tuple[FileEntry, ...]:
    found = tables_with_versions(session, tenant_id)
    entries = [FileEntry(table.short_name, table.name, versions[0].dmn) for table, versions in found if versions]
    return tuple(sorted(entries, key=lambda entry: entry.short_name))


def _circuits(session: Session, tenant_id: UUID) -> tuple[FileEntry, ...]:
    entries = {}
    for circuit in definitions(session, tenant_id):
        versions = versions_of(session, tenant_id, circuit.id)
        if versions:
            retired = circuit.retired_at is not None
            entries[circuit.short_name] = FileEntry(circuit.short_name, circuit.name, versions[0].bpmn, retired)
    return tuple(_called_first(entries))


def _called_first(entries: dict[str, FileEntry]) -> Iterable[FileEntry]:
    """By short name, those that are called before those that call them."""
    done: set[str] = set()

    def visit(name: str, above: frozenset[str]) -> Iterable[FileEntry]:
        if name in done or name in above or name not in entries:
            return
        for called in sorted(called_circuits(entries[name].content)):
            yield from visit(called, above | {name})
        done.add(name)
        yield entries[name]

    for name in sorted(entries):
        yield from visit(name, frozenset())


def _types(session: Session, tenant_id: UUID) -> tuple[TypeEntry, ...]:
    circuits = {circuit.id: circuit.short_name for circuit in definitions(session, tenant_id)}
    return tuple(
        TypeEntry(
            kind.name,
            tuple(
                SubtypeEntry(
                    one.name,
                    circuits[one.workflow_definition_id],
                    one.position,
                    one.asks_amount,
                    one.closed_at is not None,
                )
                for one in sorted(subtypes, key=lambda one: (one.position, folded_name(one.name)))
            ),
        )
        for kind, subtypes in sorted(all_types(session, tenant_id), key=lambda pair: folded_name(pair[0].name))
    )


def _delegations(
    session: Session, tenant: Tenant, desks: dict[UUID, Desk], now: datetime
) -> tuple[DelegationEntry, ...]:
    kinds: dict[UUID | None, str] = {None: ""}
    for kind, subtypes in all_types(session, tenant.id):
        kinds |= {kind.id: kind.name, **{one.id: one.name for one in subtypes}}
    entries = [
        _delegation(session, one, desks, kinds, tenant.zone)
        for one in delegations_to_come(session, tenant.id, now=now)
        if not (desks[one.delegating_desk_id].closed_at or desks[one.substitute_desk_id].closed_at)
    ]
    return tuple(sorted(entries, key=lambda one: (one.first_day, one.desk, one.substitute, one.kind, one.last_day)))


def _delegation(
    session: Session, one: Delegation, desks: dict[UUID, Desk], kinds: dict[UUID | None, str], zone: str
) -> DelegationEntry:
    absent = session.get_one(Account, one.principal_id).email if one.principal_id else ""
    return DelegationEntry(
        desks[one.delegating_desk_id].short_name,
        desks[one.substitute_desk_id].short_name,
        one.starts_at.astimezone(ZoneInfo(zone)).date(),
        last_day_of(one.ends_at, zone),
        absent,
        (kinds[one.folder_type_id], kinds[one.subtype_id]),
        one.ceiling,
        one.deed_number,
        one.deed_date,
    )
