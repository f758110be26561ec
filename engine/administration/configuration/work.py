"""What the steps of an import share: the tenant, what is changed, what stays, what is wrong."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlmodel import Session

from engine.administration.configuration.model import Fault
from engine.desks.members import Invited
from engine.desks.model import Desk
from engine.people.model import Account, Tenant
from engine.refusals import Refusal


@dataclass(slots=True)
class Work:
    """An import under way."""

    session: Session
    tenant: Tenant
    by: UUID  #: the account that imports
    now: datetime
    services: Collection[str]  #: names of what circuits may ask to be done
    inviting: bool  #: whether new people are sent an invitation
    changes: list[str] = field(default_factory=list)  #: French sentences
    notes: list[str] = field(default_factory=list)  #: French: what stays as it is although the file says otherwise
    faults: list[Fault] = field(default_factory=list)
    invited: list[Invited] = field(default_factory=list)
    accounts: dict[str, Account] = field(default_factory=dict)  #: members, by address
    desks: dict[str, Desk] = field(default_factory=dict)  #: by short name
    closing: set[str] = field(default_factory=set)  #: desks that were open before, by short name
    resting: set[str] = field(default_factory=set)  #: desks that could act before, and no longer may

    def fault(self, line: int, where: str, sentence: str | Refusal, cure: str = "") -> None:
        """Say that an entry cannot be applied."""
        text = sentence.sentence if isinstance(sentence, Refusal) else sentence
        self.faults.append(Fault(line, where, text, cure))

    def twice(self, names: Sequence[tuple[str, int]], where: str) -> None:
        """Say which names are written twice."""
        seen: dict[str, int] = {}
        for name, line in names:
            if name in seen:
                self.fault(line, f"{where} › {name}", f"Déjà écrit à la ligne {seen[name]}.", "N’en gardez qu’un.")
            seen.setdefault(name, line)


def differences(**pairs: tuple[object, object]) -> dict[str, tuple[object, object]]:
    """Of (before, after) by name, those that differ."""
    return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


def listed(names: Collection[str]) -> str:
    """Names in a sentence."""
    return ", ".join(names) or "personne"
