"""« Vérifier », for everybody: a file in, an answer in plain words out. Nothing is kept."""

from __future__ import annotations

import json
import threading

from starlette.responses import Response

from engine.documents.store import CHUNK
from engine.papers.sandbox import run_in_child
from engine.refusals import Refused
from signing.validation import Report, gather
from web.visits import Crowd, Visit

#: Verifications at once on one node; the next visitor is asked to come back.
MAX_AT_ONCE = 3
#: Visitors who send a file or wait for its verdict at once: anybody may, and files take room until they are judged.
MAX_SENDING = 8

_slots = threading.BoundedSemaphore(MAX_AT_ONCE)


def show_verify(visit: Visit) -> Response:
    """The page."""
    return _page(visit)


def do_verify(visit: Visit) -> Response:
    """Judge a file."""
    upload = visit.upload("document")
    if upload is None:
        return _page(visit, fault="Choisissez le PDF à vérifier.", status=422)
    if not _slots.acquire(blocking=False):
        return _busy(visit)
    try:
        chunks = iter(lambda: upload.file.read(CHUNK), b"")
        spooled = visit.services.store.receive(chunks, max_bytes=visit.services.settings.max_upload_bytes)
        try:
            report = _judge(visit, spooled.path)
        finally:
            spooled.discard()
    except Refused as refused:
        return _page(visit, fault=str(refused), status=422)
    finally:
        _slots.release()
    raw = json.dumps(report.to_dict(), ensure_ascii=False, indent=2)
    return _page(visit, report=report, name=upload.filename or "", raw=raw, sha256=spooled.sha256)


def _busy(visit: Visit) -> Response:
    busy = _page(visit, fault="Trop de vérifications sont en cours. Recommencez dans une minute.", status=503)
    busy.headers["retry-after"] = "60"
    return busy


#: Beyond these, nothing of what is sent is even received.
SENDING = Crowd(threading.BoundedSemaphore(MAX_SENDING), _busy, seconds=300)


def _judge(visit: Visit, path: object) -> Report:
    """In a child, without network; what is missing is fetched here, for trusted chains only, and judged again."""
    function = "signing.validation.validate_file"
    report: Report = run_in_child(function, path, trust=visit.services.trust, at=visit.now)
    evidence = gather(report.needs, visit.services.fetch)
    if evidence:
        report = run_in_child(function, path, trust=visit.services.trust, at=visit.now, evidence=evidence)
    return report


def _page(
    visit: Visit, status: int = 200, fault: str | None = None, report: Report | None = None, **more: str
) -> Response:
    known = {"name": "", "raw": "", "sha256": "", **more}
    limit = visit.services.settings.max_upload_bytes
    return visit.render("verify.html", status=status, fault=fault, report=report, max_bytes=limit, **known)
