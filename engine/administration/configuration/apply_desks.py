"""Bringing the desks to what a file says: themselves, their place in the tree, their people."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from sqlmodel import col, delete, select

from engine.administration.configuration.model import RIGHTS, DeskEntry
from engine.administration.configuration.work import Work, listed
from engine.circuits.library import CircuitLibrary
from engine.desks.actions import TO_STOP_ACTING, create_desk, desks_by_id
from engine.desks.model import Desk, DeskAdministrator, DeskAssociation, DeskHolder, DeskSupervisor
from engine.desks.rules import DeskForm, faults_of_desk, is_above, refuse_without
from engine.folders.desk_needs import why_it_must_act, why_it_must_stay
from engine.people.rules import short_name_from, tidied

#: Of the people of a desk: field of the entry, table, what the file and the changes call them.
_PEOPLE: tuple[tuple[str, Any, str], ...] = (
    ("holders", DeskHolder, "titulaires"),
    ("supervisors", DeskSupervisor, "superviseurs"),
    ("administrators", DeskAdministrator, "administrateurs"),
)
_RIGHT_NAMES = {column: name for name, column in RIGHTS.items()}


def apply_desks(work: Work, entries: tuple[DeskEntry, ...]) -> None:
    """Add and change desks; none is taken away. What a desk lists replaces what it had."""
    work.twice([(one.short_name, one.line) for one in entries], "bureaux")
    work.desks = {desk.short_name: desk for desk in desks_by_id(work.session, work.tenant.id).values()}
    said: dict[str, list[str]] = {}
    new = {entry.short_name for entry in entries} - set(work.desks)
    for entry in entries:
        said[entry.short_name] = _itself(work, entry)
    for entry in entries:
        if entry.short_name in work.desks:
            _name_fault(work, entry)
            said[entry.short_name] += _place(work, entry)
    _circles(work, entries)
    for entry in entries:
        if desk := work.desks.get(entry.short_name):
            for name, table, words in _PEOPLE:
                said[entry.short_name] += _people(work, entry, desk, getattr(entry, name), table, words)
            said[entry.short_name] += _associated(work, entry, desk)
    work.session.flush()
    for short_name, changes in said.items():
        desk = work.desks.get(short_name)
        if desk is not None and (changes or short_name in new):
            what = f"Le bureau « {desk.name} » est créé" if short_name in new else f"Le bureau « {desk.name} » change"
            work.changes.append(f"{what}{' : ' if changes else ''}{' ; '.join(changes)}.")
    for short_name in work.desks.keys() - said.keys():
        work.notes.append(f"Le bureau « {work.desks[short_name].name} » n’est pas dans le fichier : il reste.")


def _itself(work: Work, entry: DeskEntry) -> list[str]:
    """Name, function, rights, closed or not."""
    desk = work.desks.get(entry.short_name)
    if desk is None:
        found = faults_of_desk(DeskForm(entry.name, entry.short_name), ())
        if refusal := found.get("short_name"):
            work.fault(entry.line, f"bureaux › {entry.short_name} › nom court", refusal)
            return []
        desk = create_desk(work.session, tenant_id=work.tenant.id, name=entry.name, short_name=entry.short_name)
        work.desks[entry.short_name] = desk
    else:
        _note_leaving(work, entry, desk)
    said = []
    if desk.name != entry.name:
        said.append(f"nom : {entry.name}")
        desk.name = entry.name
    function = short_name_from(tidied(entry.function))
    if desk.function != function:
        desk.function = function
        said.append(f"fonction : {desk.function or 'aucune'}")
    if {column for column in RIGHTS.values() if getattr(desk, column)} != entry.rights:
        for column in RIGHTS.values():
            setattr(desk, column, column in entry.rights)
        said.append(f"droits : {', '.join(_RIGHT_NAMES[column] for column in sorted(entry.rights)) or 'aucun'}")
    if entry.closed != (desk.closed_at is not None):
        desk.closed_at = work.now if entry.closed else None
        said.append("fermé" if entry.closed else "rouvert")
    return said


def _note_leaving(work: Work, entry: DeskEntry, desk: Desk) -> None:
    if entry.closed and desk.closed_at is None:
        work.closing.add(entry.short_name)
    elif desk.may_act and "may_act" not in entry.rights:
        work.resting.add(entry.short_name)


def refuse_needed(work: Work, entries: Iterable[DeskEntry]) -> None:
    """Refuse to close a desk, or to take its right to act, that something needs, as its page does.

    To be asked when circuits and delegations are what the file says: it may be the file that frees the desk.
    """
    library = CircuitLibrary()
    for entry in entries:
        desk = work.desks[entry.short_name]
        if entry.short_name in work.closing:
            where, reasons = "fermé", why_it_must_stay(work.session, library, desk, now=work.now)
            refusal = refuse_without(desk.name, reasons, "être fermé")
        elif entry.short_name in work.resting:
            where, reasons = "droits", why_it_must_act(work.session, library, desk, now=work.now)
            refusal = refuse_without(desk.name, reasons, TO_STOP_ACTING)
        else:
            continue
        if refusal:
            work.fault(entry.line, f"bureaux › {entry.short_name} › {where}", refusal)


def _name_fault(work: Work, entry: DeskEntry) -> None:
    found = faults_of_desk(DeskForm(entry.name), work.desks.values(), work.desks[entry.short_name])
    if refusal := found.get("name"):
        work.fault(entry.line, f"bureaux › {entry.short_name} › nom", refusal)


def _place(work: Work, entry: DeskEntry) -> list[str]:
    desk = work.desks[entry.short_name]
    parent = work.desks.get(entry.parent) if entry.parent else None
    if entry.parent and parent is None:
        _unknown(work, entry, "supérieur", entry.parent)
        return []
    if desk.parent_desk_id == (parent.id if parent else None):
        return []
    desk.parent_desk_id = parent.id if parent else None
    return [f"supérieur : {parent.name if parent else 'aucun'}"]


def _circles(work: Work, entries: Iterable[DeskEntry]) -> None:
    parents = {desk.id: desk.parent_desk_id for desk in work.desks.values()}
    for entry in entries:
        desk = work.desks.get(entry.short_name)
        if desk is not None and desk.parent_desk_id and is_above(desk.id, desk.parent_desk_id, parents):
            work.fault(
                entry.line,
                f"bureaux › {entry.short_name} › supérieur",
                "Ce bureau serait, de proche en proche, son propre supérieur.",
                "Changez le supérieur de l’un des bureaux de ce cercle.",
            )


def _people(work: Work, entry: DeskEntry, desk: Desk, addresses: tuple[str, ...], table: Any, words: str) -> list[str]:
    wanted = {}
    for address in addresses:
        account = work.accounts.get(address)
        if account is None:
            where = f"bureaux › {entry.short_name} › {words}"
            cure = "Ajoutez cette personne à « personnes », ou corrigez l’adresse."
            work.fault(entry.line, where, f"Personne n’a l’adresse « {address[:100]} ».", cure)
        else:
            wanted[account.id] = account.full_name
    before = set(work.session.exec(select(table.account_id).where(table.desk_id == desk.id)))
    if before == wanted.keys():
        return []
    _replace(work, table, desk.id, table.account_id, before, set(wanted), lambda one: {"account_id": one})
    return [f"{words} : {listed(sorted(wanted.values()))}"]


def _associated(work: Work, entry: DeskEntry, desk: Desk) -> list[str]:
    wanted = {}
    for name in entry.associated:
        other = work.desks.get(name)
        if other is None or other is desk:
            _unknown(work, entry, "bureaux associés", name)
        else:
            wanted[other.id] = other.name
    column = DeskAssociation.associated_desk_id
    before = set(work.session.exec(select(column).where(DeskAssociation.desk_id == desk.id)))
    if before == wanted.keys():
        return []
    _replace(work, DeskAssociation, desk.id, column, before, set(wanted), lambda one: {"associated_desk_id": one})
    return [f"bureaux associés : {', '.join(sorted(wanted.values())) or 'aucun'}"]


def _replace(
    work: Work,
    table: Any,
    desk_id: UUID,
    column: Any,
    before: set[UUID],
    after: set[UUID],
    row: Callable[[UUID], dict[str, UUID]],
) -> None:
    """Take from a desk what it no longer lists, give it what it lists now."""
    gone = delete(table).where(table.desk_id == desk_id, col(column).in_(before - after))
    work.session.connection().execute(gone)
    work.session.add_all(table(desk_id=desk_id, **row(one)) for one in after - before)
    work.session.flush()


def _unknown(work: Work, entry: DeskEntry, field: str, name: str) -> None:
    where = f"bureaux › {entry.short_name} › {field}"
    work.fault(entry.line, where, f"Aucun autre bureau n’a le nom court « {name[:60]} ».", "Corrigez-le.")
