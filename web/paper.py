"""Declaring a signature on paper: who signed, which day, and the scan."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from uuid import UUID

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import Response

from engine.documents.store import CHUNK
from engine.folders.actions import Acted, Deposited
from engine.folders.drawn import drawn_step
from engine.folders.facts import heads_seal, main_heads
from engine.folders.model import Act, Folder, Step
from engine.folders.paper import declare_paper_signature
from engine.papers.pdf import PaperFacts
from engine.papers.sandbox import run_in_child
from engine.refusals import Refusal, Refused
from web.acts import after_act
from web.asked import identifier_in
from web.folders import folder_of, folder_page, my_step
from web.sheets import sheet_of, typed_in, values_typed
from web.step_acts import offers_of
from web.visits import Visit

_DAY = re.compile(r"\s*(?:(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})|(\d{1,2})/(\d{1,2})/(\d{4}))\s*$")
_NO_SCAN = Refusal("scan_missing", "Choisissez le scan du papier signé, en PDF.")
#: Refusals about what was typed or chosen: they are said in the sheet, beside what they are about.
_BESIDE = ("signatory_", "signed_on_", "scan_", "reason_", "field_", "unknown_outcome", "circuit_stuck")


def show_paper(visit: Visit) -> Response:
    """The declaration to fill in."""
    return _page(visit, None)


def do_paper(visit: Visit) -> Response:
    """Receive the scan, examine it as any deposit, then declare."""
    upload = visit.upload("scan")
    if upload is None:
        return _page(visit, _NO_SCAN)
    try:
        scan = _received(visit, upload)
    except Refused as refused:
        return _page(visit, Refusal("scan_refused", str(refused)))
    with visit.services.database.writing() as session:
        folder = folder_of(visit, session)
        step_id = _step_of(session.get(Step, identifier_in(visit.text("step")) or UUID(int=0)), folder)
        account = visit.person.account
        drawn = drawn_step(session, visit.services.library, visit.tenant_id, account.id, step_id, now=visit.now)
        result = declare_paper_signature(
            session,
            visit.services.library,
            tenant_id=visit.tenant_id,
            account=account,
            step_id=step_id,
            seen_heads=visit.text("heads"),
            signatory=visit.text("signatory"),
            signed_on=day_typed(visit.text("signed_on")),
            scan=scan,
            reason=visit.text("reason"),
            outcome=visit.text("outcome"),
            fields=values_typed(drawn, typed_in(visit)) if drawn else {},
            now=visit.now,
        )
        if isinstance(result, Acted):
            session.commit()
    if isinstance(result, Refusal):
        return _page(visit, result) if result.code.startswith(_BESIDE) else folder_page(visit, result, 409)
    return visit.go(**after_act(visit, folder, Act.PAPER_SIGNATURE))


def day_typed(text: str) -> date | None:
    """``24/11/2026``, or the ``2026-11-24`` of a date field; None when it is no day."""
    found = _DAY.match(text)
    if found is None:
        return None
    year, month, day = (
        (found["year"], found["month"], found["day"]) if found["year"] else (found[6], found[5], found[4])
    )
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _received(visit: Visit, upload: UploadFile) -> Deposited:
    store = visit.services.store
    spooled = store.receive(_chunks(upload), max_bytes=visit.services.settings.max_upload_bytes)
    try:
        facts: PaperFacts = run_in_child("engine.papers.pdf.inspect_upload", spooled.path)
        store.keep(visit.tenant_id, spooled)
    finally:
        spooled.discard()
    return Deposited(upload.filename or "scan.pdf", spooled.sha256, spooled.size, facts.media_type, facts.pages)


def _chunks(upload: UploadFile) -> Iterator[bytes]:
    return iter(lambda: upload.file.read(CHUNK), b"")


def _page(visit: Visit, fault: Refusal | None) -> Response:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        mine = my_step(visit, session, folder)
        offered = offers_of(visit, session, folder)
        heads = visit.text("heads") or heads_seal(main_heads(session, folder))
        sheet = sheet_of(visit, session, mine, heads, fault) if mine else None
    if sheet is None or Act.PAPER_SIGNATURE not in offered.acts:
        return visit.go(f"/dossiers/{folder.id}")
    return visit.render(
        "folders/paper.html",
        status=422 if fault else 200,
        folder=folder,
        sheet=sheet,
        fault=fault,
        signatory=visit.text("signatory"),
        signed_on=visit.text("signed_on"),
    )


def _step_of(step: Step | None, folder: Folder) -> UUID:
    if step is None or step.folder_id != folder.id:
        raise HTTPException(404)
    return step.id
