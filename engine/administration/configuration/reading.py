"""From the bytes of a file to a configuration; whatever is wrong in the file itself is said with its line."""

from __future__ import annotations

from datetime import date

from engine.administration.configuration.model import (
    FORMAT,
    NEEDS,
    RIGHTS,
    ROLES,
    Configuration,
    ConfigurationRefused,
    DelegationEntry,
    DeskEntry,
    Fault,
    FileEntry,
    Person,
    SubtypeEntry,
    Town,
    TypeEntry,
)
from engine.administration.configuration.nodes import Entry, root_of
from engine.calendar import (
    CalendarFault,
    Feast,
    Territory,
    WeekHours,
    WorkingCalendar,
    read_ranges,
    said_of,
    with_days,
)
from engine.calendar.model import WEEKDAYS, OpenRange
from engine.euros import read_euros
from engine.people.model import Role, SecondFactorNeed
from engine.refusals import Refusal
from engine.typology.rules import MAX_POSITION


def read(data: bytes) -> Configuration:
    """The configuration that a file holds. Raises :class:`ConfigurationRefused` with every fault of the file.

    Whether what it names exists is said when it is applied.
    """
    faults: list[Fault] = []
    top = Entry(root_of(data), "", faults)
    if (format_ := top.text("format", wanted=True)) and format_ != str(FORMAT):
        top.fault(
            "format",
            f"Ce fichier est au format {format_[:20]} ; cette version du parapheur lit le format {FORMAT}.",
            "Exportez-le de nouveau depuis une version semblable.",
        )
        raise ConfigurationRefused(faults)
    found = Configuration(
        _town(top.entry("collectivité")),
        top.entries("personnes", ("adresse",), _person),
        top.entries("bureaux", ("nom court", "nom"), _desk),
        top.entries("tables de décision", ("nom court",), lambda entry: _file(entry, "dmn")),
        top.entries("circuits", ("nom court",), lambda entry: _file(entry, "bpmn")),
        top.entries("types", ("nom",), _type),
        top.entries("délégations", ("bureau",), _delegation),
    )
    top.finish()
    if faults:
        raise ConfigurationRefused(sorted(faults, key=lambda fault: fault.line))
    return found


def _town(entry: Entry) -> Town:
    town = Town(
        entry.text("nom", wanted=True),
        entry.text("fuseau horaire", wanted=True),
        entry.word("second facteur exigé de", NEEDS, SecondFactorNeed.NOBODY),
        _calendar(entry) if entry.has("calendrier") else "",
        line=entry.line,
    )
    entry.finish()
    return town


def _calendar(town: Entry) -> str:
    """What is kept of the calendar, in the zone of the town; whether that zone exists is said elsewhere."""
    entry = town.entry("calendrier")
    territory = entry.word("territoire", {one.value: one for one in Territory}, Territory.METROPOLE)
    week = tuple(_hours(entry, name) for name in WEEKDAYS)
    known = {one.value: one for one in Feast}
    worked = entry.words("fériés travaillés")
    for unknown in [name for name in worked if name not in known]:
        entry.fault("fériés travaillés", f"« {unknown[:40]} » n’est pas un jour férié connu.", "Retirez-le.")
    days = entry.lines("jours particuliers")
    entry.finish()
    try:
        calendar = WorkingCalendar(
            week=WeekHours(week),
            territory=territory,
            zone_name=town.text("fuseau horaire"),
            worked=frozenset(known[name] for name in worked if name in known),
        )
        return said_of(with_days(calendar, days))
    except CalendarFault as fault:
        entry.fault("jours particuliers" if days else "", str(fault), "")
        return ""


def _hours(entry: Entry, name: str) -> tuple[OpenRange, ...]:
    try:
        return read_ranges(entry.text(name))
    except CalendarFault as fault:
        entry.fault(name, str(fault), "Écrivez par exemple 09:00-12:00, 14:00-17:00, ou rien.")
        return ()


def _person(entry: Entry) -> Person:
    return Person(
        entry.text("adresse", wanted=True).lower(),
        entry.text("prénom", wanted=True),
        entry.text("nom", wanted=True),
        entry.text("qualité"),
        entry.word("administre", ROLES, Role.NONE),
        entry.yes("accès fermé"),
        line=entry.line,
    )


def _desk(entry: Entry) -> DeskEntry:
    rights = entry.words("droits")
    for unknown in [name for name in rights if name not in RIGHTS]:
        known = ", ".join(RIGHTS)
        entry.fault("droits", f"« {unknown[:40]} » n’est pas un droit.", f"Choisissez parmi : {known}.")
    holders, supervisors, administrators = (
        tuple(address.lower() for address in entry.words(name))
        for name in ("titulaires", "superviseurs", "administrateurs")
    )
    return DeskEntry(
        entry.text("nom court", wanted=True),
        entry.text("nom", wanted=True),
        entry.text("fonction"),
        entry.text("supérieur"),
        frozenset(RIGHTS[name] for name in rights if name in RIGHTS),
        holders,
        supervisors,
        administrators,
        entry.words("bureaux associés"),
        entry.yes("fermé"),
        line=entry.line,
    )


def _file(entry: Entry, key: str) -> FileEntry:
    return FileEntry(
        entry.text("nom court", wanted=True),
        entry.text("nom", wanted=True),
        entry.content(key),
        entry.yes("retiré") if key == "bpmn" else False,
        line=entry.line,
    )


def _type(entry: Entry) -> TypeEntry:
    return TypeEntry(entry.text("nom", wanted=True), entry.entries("sous-types", ("nom",), _subtype), line=entry.line)


def _subtype(entry: Entry) -> SubtypeEntry:
    return SubtypeEntry(
        entry.text("nom", wanted=True),
        entry.text("circuit", wanted=True),
        entry.number("place", MAX_POSITION),
        entry.yes("demande un montant"),
        entry.yes("fermé"),
        line=entry.line,
    )


def _delegation(entry: Entry) -> DelegationEntry:
    ceiling = read_euros(entry.text("plafond"))
    if isinstance(ceiling, Refusal):
        entry.fault("plafond", ceiling.sentence, "Écrivez par exemple 4000.00.")
        ceiling = None
    kind = entry.text("type"), entry.text("sous type")
    if kind[1] and not kind[0]:
        entry.fault("sous type", "Un sous-type va avec son type.", "Ajoutez la ligne « type ».")
    return DelegationEntry(
        entry.text("bureau", wanted=True),
        entry.text("remplaçant", wanted=True),
        entry.day("du", wanted=True) or date.min,
        entry.day("au", wanted=True) or date.min,
        entry.text("absent").lower(),
        kind,
        ceiling,
        entry.text("acte"),
        entry.day("acte du"),
        line=entry.line,
    )
