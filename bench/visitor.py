"""Somebody of the demonstration who visits the pages over HTTP, as their browser would."""

from __future__ import annotations

import base64
import hashlib
import html
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urljoin

import httpx2

from parapheur.demo.seed import DOMAIN, PASSWORD, Key
from tests.support.site import as_json, signed

#: Files of the page that are weighed apart: the document viewer and what it loads.
VIEWER = ("viewer.", "pdf.worker.", "page-1.jpg")


class Visitor:
    """One browser: its cookies, and its place."""

    def __init__(self, port: int, who: str) -> None:
        self.http = httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=120)
        if who:
            form = {"email": f"{who}@{DOMAIN}", "password": PASSWORD, "suite": "/"}
            self.expect(self.http.post("/connexion", data=form), 303)

    def page(self, address: str) -> str:
        """A page that is there."""
        return self.expect(self.http.get(address), 200).text

    def post(self, address: str, **what: Any) -> httpx2.Response:
        """A form that is accepted: the product then sends elsewhere, without a word of refusal."""
        answer = self.expect(self.http.post(address, **what), 303)
        assert "bad%3A" not in answer.headers.get("set-cookie", ""), answer.headers["set-cookie"]
        return answer

    def call(self, address: str, body: dict[str, Any]) -> dict[str, Any]:
        """A call of the signing sheet that is accepted."""
        made: dict[str, Any] = self.expect(self.http.post(address, json=body), 200).json()
        return made

    def weight(self, address: str) -> int:
        """Bytes of a page and of all that it loads, as they travel; the document viewer left out."""
        answer = self.expect(self.http.get(address), 200)
        total = answer.num_bytes_downloaded
        waiting = _loaded(answer.text, r'(?:src|href)="(/static/[^"]+)"')
        seen: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name in seen or any(part in name for part in VIEWER):
                continue
            seen.add(name)
            file = self.expect(self.http.get(name), 200)
            total += file.num_bytes_downloaded
            if name.endswith(".css"):
                waiting += [urljoin(name, item) for item in _loaded(file.text, r"url\([\"']?([^\"')]+)")]
        return total

    @staticmethod
    def expect(answer: httpx2.Response, status: int) -> httpx2.Response:
        """The answer, which must have this status."""
        assert answer.status_code == status, f"{answer.request.url}: {answer.status_code} {answer.text[:500]}"
        return answer


def _loaded(text: str, pattern: str) -> list[str]:
    return [html.unescape(item) for item in re.findall(pattern, text) if not item.startswith("data:")]


def shown(page: str, pattern: str) -> str:
    """What a page says at this place, a group of a regular expression."""
    found = re.search(pattern, page)
    assert found, pattern
    return html.unescape(found[1])


class Road:
    """A folder from its deposit to its signed document: what each stage took on the machine, in seconds."""

    def __init__(self, secretary: Visitor, director: Visitor, mayor: Visitor, key: Key) -> None:
        self._secretary, self._director, self._mayor, self._key = secretary, director, mayor, key
        self.stages: dict[str, float] = {}

    @property
    def seconds(self) -> float:
        """All stages."""
        return sum(self.stages.values())

    def go(self, document: bytes) -> bytes:
        """Walk it; the signed document."""
        secretary, director, mayor = self._secretary, self._director, self._mayor
        with self._stage("dépôt"):
            kind = shown(secretary.page("/deposer"), r'name="subtype" value="([^"]+)"[^>]*>\s*Délibération')
            form = {"title": "Délibération mesurée", "subtype": kind, "suite": "brouillon"}
            file = {"document": ("délibération.pdf", document, "application/pdf")}
            folder = secretary.post("/deposer", data=form, files=file).headers["location"]
        with self._stage("envoi"):
            secretary.post(f"{folder}/envoyer")
        with self._stage("visa"):
            page = director.page(folder)
            seal = {name: shown(page, rf'name="{name}" value="([^"]+)"') for name in ("step", "heads")}
            director.post(f"{folder}/viser", data=seal)
        with self._stage("préparation"):
            page = mayor.page(folder)
            step = shown(page, r'data-step="([^"]+)"')
            asked = {"step": step, "heads": shown(page, r'data-heads="([^"]+)"'), **as_json(self._key.holder)}
            [prepared] = mayor.call(f"{folder}/signature/preparer", asked)["documents"]
        with self._stage("contrôle et clé"):
            signatures = self._checked_and_signed(prepared)
        with self._stage("fin de signature"):
            mayor.call(f"{folder}/signature/terminer", {"step": step, "signatures": signatures})
        with self._stage("téléchargement"):
            return secretary.expect(secretary.http.get(f"{folder}/telecharger"), 200).content

    def _checked_and_signed(self, prepared: dict[str, Any]) -> list[dict[str, str]]:
        """What the page does: fetch the prepared document, hash it without its hole, compare, sign."""
        content = self._mayor.http.get(prepared["url"]).content
        digest = hashlib.sha256(content[: prepared["start"]])
        digest.update(content[prepared["end"] :])
        assert digest.digest() in base64.b64decode(prepared["attributes"])
        return signed(self._key, [prepared])

    @contextmanager
    def _stage(self, name: str) -> Iterator[None]:
        start = time.perf_counter()
        yield
        self.stages[name] = time.perf_counter() - start
