"""Killing an act at each of its writes in turn, starting again, and telling what was lost or doubled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from engine.work.rules import LEASE
from tests.kill.cells import Cell, Cells
from tests.kill.zygote import Zygote, open_zygote
from tests.support.mails import Box, smtp

#: What people do to a folder; ``work`` is what the worker does afterwards.
ACTS = ("deposit", "send", "visa", "reject", "sign", "work")
#: Minutes after the act at which the first worker comes, and the one after it, once the lease of the first is over.
FIRST, SECOND = 30, 31 + LEASE.total_seconds() / 60


@dataclass(frozen=True, slots=True)
class Tally:
    """What some rounds found. One round: one process killed at one instant, and all that was done to recover."""

    rounds: int = 0
    lost: int = 0
    doubled: int = 0
    repeated_mails: int = 0  #: mails that came twice with the same Message-ID, which is allowed once
    faults: tuple[str, ...] = ()  #: a sentence per thing lost, doubled or inconsistent
    instants: tuple[str, ...] = ()  #: what the process was about to do, or had just done, in the order of the rounds

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.rounds + other.rounds,
            self.lost + other.lost,
            self.doubled + other.doubled,
            self.repeated_mails + other.repeated_mails,
            self.faults + other.faults,
            self.instants + other.instants,
        )


@dataclass(frozen=True, slots=True)
class _Undisturbed:
    """What a run that nobody kills leaves."""

    instants: list[str]
    before: dict[str, Any]
    after: dict[str, Any]
    final: dict[str, Any]
    mails: Counter[tuple[str, str]]


class Executioner:
    """Runs rounds in the cells given."""

    def __init__(self, zygote: Zygote, cells: Cells, box: Box, smtp_port: int) -> None:
        self._zygote, self._cells, self._box, self._port = zygote, cells, box, smtp_port

    def rounds(self, act: str, *, every: int = 1) -> Tally:
        """Kill ``act`` at its first instant, then at its second, until it ends unharmed.

        ``every``: only one instant out of so many, for a quick look; 1 is all of them.
        """
        template = self._cells.template(act)
        model = self._undisturbed(template, act)
        tally, fatal = Tally(), 1
        while (found := self._round(template, act, fatal, model)) is not None:
            tally += found
            fatal += every
        if every == 1 and tally.rounds != len(model.instants):
            tally += Tally(faults=(f"{act}: {tally.rounds} rounds for {len(model.instants)} instants",))
        return tally

    def _undisturbed(self, template: Cell, act: str) -> _Undisturbed:
        for warm in (True, False):  # the first run loads in the zygote what each child would load again
            with self._cells.copy(template) as cell:
                self._box.mails.clear()
                instants = self._run(cell, act, FIRST, warm=warm)
                ended = self._run(cell, "restart", SECOND, warm=warm)
        mails = Counter(map(_about, self._box.mails))
        with self._cells.copy(template) as cell:
            before = self._run(cell, "restart", SECOND)["found"]
        return _Undisturbed(instants, before, ended["found"], ended["final"], mails)

    def _round(self, template: Cell, act: str, fatal: int, model: _Undisturbed) -> Tally | None:
        """One death, then a start; None when the act ended before that instant."""
        with self._cells.copy(template) as cell:
            self._box.mails.clear()
            if self._run(cell, act, FIRST, fatal=fatal) is not None:
                return None
            again = {} if act == "work" else {"before": model.before["rows"], "act": act}
            ended = self._run(cell, "restart", SECOND, **again)
        found, final = ended["found"], ended["final"]
        faults = found["faults"] + final["faults"]
        if act != "work" and found["rows"] != model.before["rows"] and found["story"] != model.after["story"]:
            faults.append("neither wholly before nor wholly after the act")
        lost, doubled = _differences(model.final["story"], final["story"])
        lost_mails, doubled_mails, repeated = _mails(model.mails, self._box.mails, killed=act == "work")
        lost, doubled = lost + lost_mails, doubled + doubled_mails
        faults += [f"lost: {what}" for what in lost] + [f"doubled: {what}" for what in doubled]
        instant = model.instants[fatal - 1]
        sentences = tuple(f"{act} killed {instant}: {fault}" for fault in faults)
        return Tally(1, len(lost), len(doubled), repeated, sentences, (instant,))

    def _run(self, cell: Cell, what: str, minutes: float, **more: Any) -> Any:
        return self._zygote.run(cell.order(what, smtp_port=self._port, minutes=minutes, **more))


@contextmanager
def open_executioner(folder: Path, server: str | None = None) -> Iterator[Executioner]:
    """Everything that rounds need. ``folder``: for the cells; ``server``: a PostgreSQL server, SQLite without it."""
    with open_zygote() as zygote, smtp() as (box, where):
        yield Executioner(zygote, Cells(folder, server), box, where.port)


def run_rounds(folder: Path, acts: Sequence[str] = ACTS, *, server: str | None = None, every: int = 1) -> Tally:
    """Every act killed at every instant (see :meth:`Executioner.rounds`), and the sum of what was found."""
    tally = Tally()
    with open_executioner(folder, server) as executioner:
        for act in acts:
            tally += executioner.rounds(act, every=every)
    return tally


def _about(mail: EmailMessage) -> tuple[str, str]:
    return str(mail["to"]), str(mail["subject"])


def _differences(expected: Sequence[str], found: Sequence[str]) -> tuple[list[str], list[str]]:
    wanted, got = Counter(expected), Counter(found)
    return sorted((wanted - got).elements()), sorted((got - wanted).elements())


def _mails(
    expected: Counter[tuple[str, str]], received: Sequence[EmailMessage], *, killed: bool
) -> tuple[list[str], list[str], int]:
    """Mails lost, doubled, and repeated with the same Message-ID; one repetition is allowed to a worker killed."""
    lost, doubled, repeated = [], [], 0
    for about in expected | Counter(map(_about, received)):
        copies = Counter(str(mail["message-id"]) for mail in received if _about(mail) == about)
        lost += [f"mail {about}"] * max(0, expected[about] - len(copies))
        doubled += [f"mail {about}"] * max(0, len(copies) - expected[about])
        again = sum(copies.values()) - len(copies)
        repeated += again
        doubled += [f"mail {about} with the same Message-ID"] * (again - min(again, int(killed)))
    return lost, doubled, repeated
