"""The bytes of documents: in the page, as a first image, to keep."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import quote

from sqlmodel import select
from starlette.exceptions import HTTPException
from starlette.responses import Response, StreamingResponse

from engine.documents.model import Document, DocumentRole, DocumentVersion
from engine.documents.queries import documents_of, head_of
from engine.documents.store import CHUNK
from engine.papers.sandbox import run_in_child
from web.folders import folder_of
from web.visits import Visit

#: Numbers longer than any file are no range (RFC 9110 §14.2: what is not understood is ignored).
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})$")
#: Width of the image of the first page, in pixels.
FIRST_PAGE_WIDTH = 1100


def _version(visit: Visit) -> tuple[Document, DocumentVersion]:
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        row = session.exec(
            select(Document, DocumentVersion).where(
                DocumentVersion.id == visit.identifier("version"),
                DocumentVersion.tenant_id == visit.tenant_id,
                Document.id == DocumentVersion.document_id,
                Document.folder_id == folder.id,
            )
        ).first()
    if row is None:
        raise HTTPException(404)
    return row[0], row[1]


def show_document(visit: Visit) -> Response:
    """A version of a document, whole or in part, for the viewer; with ``?telecharger=1``, to keep."""
    document, version = _version(visit)
    return _send(visit, document, version, "attachment" if "telecharger" in visit.request.query_params else "inline")


def show_first_page(visit: Visit) -> Response:
    """The first page as an image, readable before the viewer is loaded."""
    _, version = _version(visit)
    etag = f'"{version.sha256}-1"'
    headers = {"etag": etag, "cache-control": "private, max-age=86400", "content-security-policy": "sandbox"}
    if visit.request.headers.get("if-none-match") == etag:
        return Response(status_code=304, headers=headers)
    with visit.services.store.path(visit.tenant_id, version.sha256) as path:
        image: bytes = run_in_child("engine.papers.pdf.render_page", path, 0, FIRST_PAGE_WIDTH)
    return Response(image, media_type="image/jpeg", headers=headers)


def download(visit: Visit) -> Response:
    """The present version of the main document, to keep."""
    with visit.services.database.reading() as session:
        folder = folder_of(visit, session)
        documents = documents_of(session, visit.tenant_id, folder.id)
        main = next(document for document in documents if document.role is DocumentRole.MAIN)
        version = head_of(session, visit.tenant_id, main.id)
    return _send(visit, main, version, "attachment")


def send_kept(visit: Visit, name: str, sha256: str, size: int) -> Response:
    """A PDF of the tenant's store that belongs to no folder, to keep."""
    headers = {
        "content-disposition": f"attachment; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "sandbox; default-src 'none'",
        "content-length": str(size),
        "content-encoding": "identity",
    }
    pieces = visit.services.store.chunks(visit.tenant_id, sha256)
    return StreamingResponse(pieces, 200, headers, media_type="application/pdf")


def _send(visit: Visit, document: Document, version: DocumentVersion, disposition: str) -> Response:
    name = document.name if document.name.lower().endswith(".pdf") else f"{document.name}.pdf"
    headers = {
        "content-disposition": f"{disposition}; filename*=UTF-8''{quote(name)}",
        "content-security-policy": "sandbox; default-src 'none'",
        "accept-ranges": "bytes",
        "content-encoding": "identity",  # a part of a compressed answer would be another part
        "etag": f'"{version.sha256}"',
    }
    first, last, status = 0, version.size - 1, 200
    wanted = _RANGE.match(visit.request.headers.get("range", ""))
    if wanted and any(wanted.groups()):
        start, stop = wanted.groups()
        first = int(start) if start else max(0, version.size - int(stop))
        last = min(last, int(stop)) if start and stop else last
        if first > last:
            return Response(status_code=416, headers={"content-range": f"bytes */{version.size}"})
        status, headers["content-range"] = 206, f"bytes {first}-{last}/{version.size}"
    headers["content-length"] = str(last - first + 1)
    pieces = _part(visit, version, first, last - first + 1)
    return StreamingResponse(pieces, status, headers, media_type=version.media_type)


def _part(visit: Visit, version: DocumentVersion, start: int, length: int) -> Iterator[bytes]:
    with visit.services.store.open(version.tenant_id, version.sha256) as file:
        file.seek(start)
        while length > 0 and (piece := file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece
