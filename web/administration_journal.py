"""The journal of a tenant: what was done to its people, desks, circuits and the rest; filtered, and to keep."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.journal.model import JournalEntry
from engine.journal.queries import chain_entries
from engine.journal.rules import broken_at
from engine.people.queries import names_of
from engine.refusals import Refusal
from web.asked import identifier_in
from web.journal import sentences
from web.journal_subjects import SUBJECTS, subject_of
from web.visits import Visit

JOURNAL = "/administration/journal"
#: Entries on a page.
PAGE = 100
#: Who « Le parapheur » is in the list of people.
PRODUCT = "parapheur"
BAD_DATE = Refusal(
    "date_unreadable", "Cette date n’existe pas. Choisissez-la dans le calendrier, ou écrivez-la comme 2026-11-24."
)


@dataclass(frozen=True, slots=True)
class Filter:
    """What is looked for; empty: everything."""

    subject: str = ""
    who: str = ""
    since: date | None = None  #: the first day, in the zone of the tenant
    until: date | None = None  #: the last one

    def keeps(self, entry: JournalEntry, zone: ZoneInfo) -> bool:
        """Whether an entry is wanted."""
        day = entry.at.astimezone(zone).date()
        actor = str(entry.actor_id or PRODUCT)
        return (
            self.subject in ("", subject_of(entry.event))
            and self.who in ("", actor)
            and (self.since is None or day >= self.since)
            and (self.until is None or day <= self.until)
        )


def show_journal(visit: Visit) -> Response:
    """A page of it, newest first, and whether the whole of it is unbroken."""
    before = visit.request.query_params.get("avant", "")
    if before and not (before.isascii() and before.isdecimal()):
        raise HTTPException(404)
    wanted, faults = _filter(visit)
    with visit.services.database.reading() as session:
        entries = chain_entries(session, visit.tenant_id, visit.tenant_id)
        kept = [one for one in _kept(visit, entries, wanted) if not before or one.seq < int(before)]
        lines = sentences(session, kept[-PAGE:][::-1])
        people = names_of(session, [entry.actor_id for entry in entries])
    asked = {name: value for name, value in visit.request.query_params.items() if name != "avant" and value}
    return visit.render(
        "administration/journal.html",
        status=422 if faults else 200,
        lines=lines,
        broken=broken_at(entries),
        more=urlencode({**asked, "avant": lines[-1].seq}) if len(kept) > PAGE else "",
        query=urlencode(asked),
        wanted=visit.request.query_params,
        people=sorted((name, str(key)) for key, name in people.items()),
        product=PRODUCT,
        subjects=SUBJECTS,
        found=len(kept),
        faults=faults,
    )


def download_journal(visit: Visit) -> Response:
    """The same entries, oldest first, as a table for a spreadsheet (CSV, semicolons, UTF-8 with its mark)."""
    wanted, faults = _filter(visit)
    if faults:
        return visit.go(JOURNAL, next(iter(faults.values())), tone="bad")
    zone = ZoneInfo(visit.zone)
    with visit.services.database.reading() as session:
        entries = chain_entries(session, visit.tenant_id, visit.tenant_id)
        lines = sentences(session, _kept(visit, entries, wanted))
    kinds = {entry.seq: entry.event for entry in entries}
    rows = [("Numéro", "Date", "Heure", "Qui", "Quoi", "Événement", "Empreinte")]
    for line in lines:
        at = line.at.astimezone(zone)
        told = (line.who, line.sentence, kinds[line.seq], line.hash)
        rows.append((str(line.seq), f"{at:%d/%m/%Y}", f"{at:%H:%M:%S}", *map(_harmless, told)))
    headers = {"content-disposition": f'attachment; filename="journal-{visit.person.tenant.short_name}.csv"'}
    return Response(_table(rows), media_type="text/csv; charset=utf-8", headers=headers)


def _table(rows: Iterable[Sequence[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, delimiter=";").writerows(rows)
    return written.getvalue().encode("utf-8-sig")


def _harmless(text: str) -> str:
    """A cell that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _kept(visit: Visit, entries: Iterable[JournalEntry], wanted: Filter) -> list[JournalEntry]:
    zone = ZoneInfo(visit.zone)
    return [entry for entry in entries if wanted.keeps(entry, zone)]


def _filter(visit: Visit) -> tuple[Filter, dict[str, str]]:
    """What the address asks for, and what is wrong with it by field."""
    asked, faults = visit.request.query_params, {}
    days: list[date | None] = []
    for name in ("du", "au"):
        try:
            days.append(date.fromisoformat(asked[name]) if asked.get(name) else None)
        except ValueError:
            days.append(None)
            faults[name] = BAD_DATE.sentence
    who = asked.get("qui", "")
    known = who if who == PRODUCT else str(identifier_in(who) or "")
    subject = asked.get("quoi", "")
    return Filter(subject if subject in SUBJECTS else "", known, *days), faults
