"""Bringing types and delegations to what a file says."""

from __future__ import annotations

from datetime import datetime, time
from uuid import UUID
from zoneinfo import ZoneInfo

from engine.administration.configuration.model import DelegationEntry, SubtypeEntry, TypeEntry
from engine.administration.configuration.work import Work
from engine.circuits.queries import definitions
from engine.desks.delegation_form import DelegationForm, Kind, Surroundings, Wanted, last_day_of, read_delegation
from engine.desks.delegation_queries import delegations_to_come
from engine.desks.delegations import row_of
from engine.desks.model import Delegation
from engine.desks.queries import holders
from engine.people.rules import folded_name, tidied
from engine.typology.model import FolderType, Subtype
from engine.typology.queries import all_types
from engine.typology.rules import SubtypeForm, faults_of_subtype, refuse_type_name

_FIELDS = {"name": "nom", "circuit": "circuit", "position": "place", "type_name": "nom"}
_DELEGATION_FIELDS = {
    "desk": "bureau",
    "substitute": "remplaçant",
    "principal": "absent",
    "first_day": "du",
    "last_day": "au",
    "ceiling": "plafond",
    "deed_number": "acte",
    "deed_day": "acte du",
}


def apply_types(work: Work, entries: tuple[TypeEntry, ...]) -> None:
    """Add and change types and sub-types; none is taken away."""
    work.twice([(folded_name(one.name), one.line) for one in entries], "types")
    circuits = {circuit.short_name: circuit.id for circuit in definitions(work.session, work.tenant.id)}
    present = {folded_name(kind.name): (kind, subtypes) for kind, subtypes in all_types(work.session, work.tenant.id)}
    for entry in entries:
        name = tidied(entry.name)
        if refusal := refuse_type_name(name, ()):
            work.fault(entry.line, f"types › {entry.name}", refusal)
            continue
        kind, subtypes = present.get(folded_name(name), (None, []))
        if kind is None:
            kind = FolderType(tenant_id=work.tenant.id, name=name)
            work.session.add(kind)
            work.session.flush()
            work.changes.append(f"Le type « {name} » est créé.")
        elif kind.name != name:
            work.changes.append(f"Le type « {kind.name} » s’appelle « {name} ».")
            kind.name = name
        work.twice([(folded_name(one.name), one.line) for one in entry.subtypes], f"types › {entry.name}")
        for subtype in entry.subtypes:
            _apply(work, kind, subtype, subtypes, circuits)
    work.session.flush()


def _apply(
    work: Work, kind: FolderType, entry: SubtypeEntry, present: list[Subtype], circuits: dict[str, UUID]
) -> None:
    where = f"types › {kind.name} › {entry.name}"
    circuit_id = circuits.get(entry.circuit)
    if circuit_id is None:
        sentence = f"Aucun circuit n’a le nom court « {entry.circuit[:60]} »."
        work.fault(entry.line, f"{where} › circuit", sentence, "Ajoutez-le à « circuits », ou corrigez le nom.")
        return
    form = SubtypeForm("", entry.name, circuit_id, str(entry.position), entry.asks_amount, entry.closed).tidied()
    faults = faults_of_subtype(form, (), set(circuits.values()), new=False)
    for field, refusal in faults.items():
        work.fault(entry.line, f"{where} › {_FIELDS[field]}", refusal)
    if faults:
        return
    subtype = next((one for one in present if folded_name(one.name) == folded_name(form.name)), None)
    if subtype is None:
        subtype = Subtype(
            tenant_id=work.tenant.id, folder_type_id=kind.id, name=form.name, workflow_definition_id=circuit_id
        )
        work.session.add(subtype)
        work.changes.append(f"Le sous-type « {form.name} » du type « {kind.name} » est créé.")
        _write(work, subtype, form)
    elif _facts(subtype) != _facts_of(form, circuit_id):
        subtype.name, subtype.workflow_definition_id = form.name, circuit_id
        _write(work, subtype, form)
        work.changes.append(f"Le sous-type « {form.name} » du type « {kind.name} » change.")


def _write(work: Work, subtype: Subtype, form: SubtypeForm) -> None:
    subtype.position, subtype.asks_amount = int(form.position), form.asks_amount
    subtype.closed_at = (subtype.closed_at or work.now) if form.closed else None
    work.session.flush()


def _facts(subtype: Subtype) -> tuple[object, ...]:
    closed = subtype.closed_at is not None
    return subtype.name, subtype.workflow_definition_id, subtype.position, subtype.asks_amount, closed


def _facts_of(form: SubtypeForm, circuit_id: UUID) -> tuple[object, ...]:
    return form.name, circuit_id, int(form.position), form.asks_amount, form.closed


def apply_delegations(work: Work, entries: tuple[DelegationEntry, ...]) -> None:
    """Add those that are not there; none is ended. What is over is left out."""
    today = work.now.astimezone(ZoneInfo(work.tenant.zone)).date()
    for entry in entries:
        where = f"délégations › {entry.desk}"
        if entry.last_day < today:
            work.notes.append(f"La délégation du bureau « {entry.desk} » est terminée depuis : elle est laissée.")
            continue
        kind = _kind(work, entry)
        absent = work.accounts.get(entry.absent) if entry.absent else None
        if isinstance(kind, str) or (entry.absent and absent is None):
            sentence = kind if isinstance(kind, str) else f"Personne n’a l’adresse « {entry.absent[:100]} »."
            work.fault(entry.line, where, sentence, "Corrigez cette ligne, ou ajoutez ce qu’elle nomme.")
            continue
        form = DelegationForm(
            _desk_id(work, entry.desk),
            _desk_id(work, entry.substitute),
            entry.first_day.isoformat(),
            entry.last_day.isoformat(),
            str((kind.subtype_id or kind.folder_type_id) if kind else ""),
            absent.id if absent else None,
            f"{entry.ceiling:.2f}" if entry.ceiling is not None else "",
            entry.deed_number,
            entry.deed_day.isoformat() if entry.deed_day else "",
        )
        _give(work, entry, form, where)


def _give(work: Work, entry: DelegationEntry, form: DelegationForm, where: str) -> None:
    around = _surroundings(work, entry)
    if any(_is(work, entry, form, one) for one in around.present):
        return
    wanted = read_delegation(form, around)
    if not isinstance(wanted, Wanted):
        for field, refusal in wanted.items():
            work.fault(entry.line, f"{where} › {_DELEGATION_FIELDS.get(field, field)}", refusal)
        return
    work.session.add(row_of(work.tenant.id, work.by, wanted, None, work.now))
    work.session.flush()
    work.changes.append(f"Le bureau « {wanted.desk.name} » est remplacé par « {wanted.substitute.name} ».")


def _surroundings(work: Work, entry: DelegationEntry) -> Surroundings:
    """Seen from the first day of a delegation that has begun already: elsewhere, that day was no past."""
    zone = ZoneInfo(work.tenant.zone)
    first = datetime.combine(entry.first_day, time(), zone)
    people = holders(work.session, [desk.id for desk in work.desks.values()])
    return Surroundings(
        desks={desk.id: desk for desk in work.desks.values()},
        holders={desk_id: [account.id for account in accounts] for desk_id, accounts in people.items()},
        kinds=_kinds(work),
        present=delegations_to_come(work.session, work.tenant.id, now=work.now),
        zone=work.tenant.zone,
        now=min(work.now, first),
    )


def _is(work: Work, entry: DelegationEntry, form: DelegationForm, one: Delegation) -> bool:
    """Whether a delegation that is there already says what an entry says."""
    zone = work.tenant.zone
    kind = one.subtype_id or one.folder_type_id
    return (
        (one.delegating_desk_id, one.substitute_desk_id) == (form.delegating_desk_id, form.substitute_desk_id)
        and one.starts_at.astimezone(ZoneInfo(zone)).date() == entry.first_day
        and last_day_of(one.ends_at, zone) == entry.last_day
        and str(kind or "") == form.kind
        and one.ceiling == entry.ceiling
    )


def _kind(work: Work, entry: DelegationEntry) -> Kind | str | None:
    if not entry.kind[0]:
        return None
    wanted = tuple(map(folded_name, entry.kind))
    for kind, subtypes in all_types(work.session, work.tenant.id):
        if folded_name(kind.name) == wanted[0]:
            if not wanted[1]:
                return Kind(kind.id, None, kind.name)
            for one in subtypes:
                if folded_name(one.name) == wanted[1]:
                    return Kind(kind.id, one.id, one.name)
    return f"Il n’y a pas de type « {' › '.join(filter(None, entry.kind))} »."


def _kinds(work: Work) -> dict[UUID, Kind]:
    found: dict[UUID, Kind] = {}
    for kind, subtypes in all_types(work.session, work.tenant.id):
        found[kind.id] = Kind(kind.id, None, kind.name)
        found |= {one.id: Kind(kind.id, one.id, f"{kind.name} · {one.name}") for one in subtypes}
    return found


def _desk_id(work: Work, short_name: str) -> UUID | None:
    desk = work.desks.get(short_name)
    return desk.id if desk else UUID(int=0)
