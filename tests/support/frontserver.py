"""A tiny server for the scripts of the pages: static files, pages given by the test, and the three signing calls."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from asn1crypto import cms, core

from web.rendering import STATIC
from web.security import CONTENT_SECURITY_POLICY

_TYPES = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
    ".json": "application/json",
    ".pdf": "application/pdf",
    ".jpg": "image/jpeg",
}


@dataclass(frozen=True)
class Answer:
    """What a handler answers."""

    body: bytes
    kind: str = "text/html; charset=utf-8"
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    @classmethod
    def json(cls, content: dict[str, Any], status: int = 200) -> Answer:
        """An answer for a script."""
        return cls(json.dumps(content).encode(), "application/json", status)


Handler = Callable[[bytes], Answer | None]


@dataclass
class FrontServer:
    """Pages and answers by address; every request received is kept. None as an answer cuts the connection."""

    port: int = 0
    pages: dict[str, Handler] = field(default_factory=dict)
    received: list[tuple[str, str, bytes]] = field(default_factory=list)

    def address(self, path: str, host: str = "localhost") -> str:
        """Where a page is."""
        return f"http://{host}:{self.port}{path}"

    def show(self, path: str, html: str) -> None:
        """A page with the scripts' paths put in by ``{{name}}``."""
        for name, real in manifest().items():
            html = html.replace("{{" + name + "}}", f"/static/{real}")
        self.pages[path] = lambda _: Answer(html.encode())

    def bodies(self, path: str) -> list[bytes]:
        """What was sent to an address."""
        return [body for _, where, body in self.received if where == path]

    def answer(self, method: str, path: str, body: bytes) -> Answer | None:
        """Find the page or the static file."""
        self.received.append((method, path, body))
        if path in self.pages:
            return self.pages[path](body)
        if path.startswith("/static/"):
            file = STATIC / path.removeprefix("/static/")
            if file.is_file():
                return Answer(file.read_bytes(), _TYPES.get(file.suffix, "application/octet-stream"))
        return Answer(b"nothing here", "text/plain", 404)


def manifest() -> dict[str, str]:
    """Built files by their names."""
    path = STATIC / "manifest.json"
    assert path.exists(), "the browser files are not built: run npm run build"
    found: dict[str, str] = json.loads(path.read_text())
    return found


@contextmanager
def serve() -> Iterator[FrontServer]:
    """A server, on a free port, for the time of a test."""
    served = FrontServer()

    class OneRequest(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _answer(self, body: bytes) -> None:
            answer = served.answer(self.command, self.path.split("?")[0], body)
            if answer is None:
                self.close_connection = True
                return
            self.send_response(answer.status)
            headers = {
                "content-type": answer.kind,
                "content-length": str(len(answer.body)),
                "cache-control": "no-store",
            }
            headers["content-security-policy"] = CONTENT_SECURITY_POLICY
            for name, value in (*headers.items(), *answer.headers):
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answer.body)

    server = ThreadingHTTPServer(("127.0.0.1", 0), OneRequest)
    server.daemon_threads = True
    served.port = server.server_port
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def attributes_for(digest: bytes) -> bytes:
    """Signed attributes around a message digest (RFC 5652 §5.3), as the signing library makes them."""
    return cms.CMSAttributes(
        [
            {"type": "content_type", "values": ["data"]},
            {"type": "message_digest", "values": [core.OctetString(digest)]},
        ]
    ).dump()


@dataclass
class Paper:
    """A document as it was shown, and what is prepared after it."""

    name: str
    shown: bytes
    prepared: bytes
    start: int
    end: int
    attributes: bytes

    @classmethod
    def make(cls, name: str, shown: bytes, then: bytes = b"") -> Paper:
        """Append a revision with a hole. ``then``: what somebody else appended in between."""
        before = b"\n9 0 obj\n<< /Contents "
        hole = b"<" + b"0" * 2000 + b">"
        start = len(shown) + len(then) + len(before)
        prepared = shown + then + before + hole + b" >>\nendobj\n%%EOF\n"
        end = start + len(hole)
        digest = hashlib.sha256(prepared[:start] + prepared[end:]).digest()
        return cls(name, shown, prepared, start, end, attributes_for(digest))


class Signing:
    """The server's side of the signing sheet, honest unless told otherwise."""

    def __init__(self, server: FrontServer, papers: list[Paper]) -> None:
        self.server = server
        self.papers = papers
        #: Answers given instead of the honest ones, in order; an absent key is honest.
        self.instead: dict[str, list[Handler]] = {}
        for name in ("check", "prepare", "finish"):
            server.pages[f"/{name}"] = self._handler(name)
        for index in range(len(papers)):
            server.pages[f"/prepared/{index}"] = self._document(index)
        server.show(
            "/next", "<!doctype html><title>Suivant</title><link rel=icon href={{favicon.svg}}><h1>Le suivant</h1>"
        )

    def _handler(self, name: str) -> Handler:
        def handle(body: bytes) -> Answer | None:
            if self.instead.get(name):
                return self.instead[name].pop(0)(body)
            return getattr(self, f"_{name}")()

        return handle

    def _document(self, index: int) -> Handler:
        return lambda _: Answer(self.papers[index].prepared, "application/pdf")

    def _check(self) -> Answer:
        return Answer.json({"holder": "Jeanne Martin", "issuer": "Autorité d’essai", "expires": "23 novembre 2027"})

    def _prepare(self) -> Answer:
        documents = [
            {
                "id": f"id-{index}",
                "name": paper.name,
                "url": f"/prepared/{index}",
                "start": paper.start,
                "end": paper.end,
                "attributes": base64.b64encode(paper.attributes).decode(),
            }
            for index, paper in enumerate(self.papers)
        ]
        return Answer.json({"documents": documents})

    def _finish(self) -> Answer:
        return Answer.json({"next": "/next"})

    @property
    def heads(self) -> str:
        """The seal of what is shown."""
        return ".".join(hashlib.sha256(paper.shown).hexdigest() for paper in self.papers)

    def sheet(self) -> str:
        """The signing sheet, as web/front/README.md describes it, with a button that opens it."""
        sizes = ".".join(str(len(paper.shown)) for paper in self.papers)
        return SHEET.replace("HEADS", self.heads).replace("SIZES", sizes)


SHEET = Path(__file__).with_name("sheet.html").read_text()
