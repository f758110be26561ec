"""What a file of configuration holds: frozen values, in the order of the file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from engine.people.model import Role, SecondFactorNeed

#: Grows when a file of before would no longer be understood.
FORMAT = 1

#: How the file calls roles, and who needs a second factor.
ROLES = {"aucun": Role.NONE, "quelques bureaux": Role.FUNCTIONAL_ADMIN, "collectivité": Role.TENANT_ADMIN}
NEEDS = {
    "personne": SecondFactorNeed.NOBODY,
    "administrateurs": SecondFactorNeed.ADMINISTRATORS,
    "tous": SecondFactorNeed.EVERYBODY,
}
#: How it calls the rights of a desk: name in the file → column.
RIGHTS = {
    "déposer": "may_create",
    "agir": "may_act",
    "archiver": "may_archive",
    "enchaîner": "may_chain",
}


@dataclass(frozen=True, slots=True)
class Town:
    """The tenant itself."""

    name: str
    zone: str
    second_factor: SecondFactorNeed
    calendar: str = ""  #: as the tenant keeps it (``engine.calendar.said_of``); empty: the usual one
    line: int = field(default=0, compare=False)  #: where it is in the file, counted from 1


@dataclass(frozen=True, slots=True)
class Person:
    """A member; never a secret."""

    email: str
    given_name: str
    surname: str
    title: str = ""
    role: Role = Role.NONE
    closed: bool = False  #: access to this tenant is closed
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DeskEntry:
    """A desk; people by their addresses, desks by their short names."""

    short_name: str
    name: str
    function: str = ""
    parent: str = ""
    rights: frozenset[str] = frozenset()  #: columns
    holders: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    administrators: tuple[str, ...] = ()
    associated: tuple[str, ...] = ()
    closed: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A circuit or a file of decisions, in its last version."""

    short_name: str
    name: str
    content: bytes
    retired: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class SubtypeEntry:
    """A sub-type; its circuit by short name."""

    name: str
    circuit: str
    position: int = 0
    asks_amount: bool = False
    closed: bool = False
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class TypeEntry:
    """A type and its sub-types."""

    name: str
    subtypes: tuple[SubtypeEntry, ...] = ()
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class DelegationEntry:
    """A delegation in force or to come; without the file of its deed, which is a document."""

    desk: str
    substitute: str
    first_day: date
    last_day: date
    absent: str = ""  #: address
    kind: tuple[str, str] = ("", "")  #: names of the type and of the sub-type; empty: every one
    ceiling: Decimal | None = None  #: in euros
    deed_number: str = ""
    deed_day: date | None = None
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Configuration:
    """A whole file."""

    town: Town
    people: tuple[Person, ...] = ()
    desks: tuple[DeskEntry, ...] = ()
    tables: tuple[FileEntry, ...] = ()
    circuits: tuple[FileEntry, ...] = ()  #: those that are called before those that call them
    types: tuple[TypeEntry, ...] = ()
    delegations: tuple[DelegationEntry, ...] = ()


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a file that cannot be applied."""

    line: int  #: counted from 1; 0 when it is about the whole file
    where: str  #: French: which entry and field, e.g. ``bureaux › maire › supérieur``
    sentence: str  #: French: what is wrong
    cure: str  #: French: what to do

    def __str__(self) -> str:
        place = " : ".join(filter(None, (f"ligne {self.line}" if self.line else "", self.where)))
        return f"{place} : {self.sentence} {self.cure}" if place else f"{self.sentence} {self.cure}"


class ConfigurationRefused(Exception):
    """A file that cannot be read or applied; nothing was changed."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = tuple(faults)
