"""The pages over a small commune, and browsers that visit them without a network."""

from __future__ import annotations

import base64
import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from starlette.applications import Starlette
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.folders.model import Folder
from engine.folders.signature import KeyHolder
from engine.people.actions import open_session
from engine.people.sealing import SecretBox, new_key
from parapheur.demo.seed import Key
from parapheur.founding import open_town
from tests.support.world import World
from web.application import create_app
from web.services import Services, WebSettings

ADDRESS = "https://parapheur.essai.example"
COOKIE = "__Host-parapheur"
BOX = SecretBox([new_key()])
#: Small, so that a test can go beyond it.
MAX_UPLOAD = 2_000_000


@dataclass
class Site:
    """The application, and a browser per person."""

    world: World
    app: Starlette
    nobody: TestClient
    _browsers: dict[str, TestClient] = field(default_factory=dict)

    def browser(self, who: str, world: World | None = None) -> TestClient:
        """The browser of somebody who is logged in."""
        world = world or self.world
        key = f"{world.tenant.short_name}/{who}"
        if key not in self._browsers:
            with world.database.writing() as session:
                account = world.accounts[who]
                secret = open_session(session, account.id, user_agent="essai", now=utc_now())
                session.commit()
            browser = self.fresh()
            browser.cookies.set(COOKIE, secret, domain="parapheur.essai.example")
            self._browsers[key] = browser
        return self._browsers[key]

    def fresh(self, address: str = ADDRESS) -> TestClient:
        """A browser that nobody has used; it shows the error page of a bug instead of raising it."""
        return TestClient(self.app, base_url=address, follow_redirects=False, raise_server_exceptions=False)


@contextmanager
def open_site(world: World, folder: Path, **settings: Any) -> Iterator[Site]:
    """The pages of a world, started and stopped as a server does."""
    known: dict[str, Any] = {"base_url": ADDRESS, "max_upload_bytes": MAX_UPLOAD, **settings}
    services = Services(
        database=world.database,
        store=world.store,
        library=world.library,
        trust=world.trust,
        settings=WebSettings(**known),
        fetch=lambda need: None,
        box=BOX,
        open_town=partial(open_town, base_url=ADDRESS),
    )
    app = create_app(services)
    with TestClient(app, base_url=ADDRESS, follow_redirects=False, raise_server_exceptions=False) as nobody:
        yield Site(world, app, nobody)


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of a page."""
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, f"no field {name}"
    return html.unescape(found[1])


def words(page: str) -> str:
    """The text of a page without its tags, on one line."""
    return " ".join(html.unescape(re.sub(r'<(?:"[^"]*"|[^">])+>', " ", page)).split())


def as_json(holder: KeyHolder) -> dict[str, Any]:
    """The public side of a key, as the signing sheet sends it."""
    return {
        "certificate": base64.b64encode(holder.certificate).decode(),
        "chain": [base64.b64encode(item).decode() for item in holder.chain],
        "mechanism": holder.mechanism,
    }


def signed(key: Key, documents: list[dict[str, Any]]) -> list[dict[str, str]]:
    """What the signing sheet answers for these prepared documents."""
    return [
        {
            "id": item["id"],
            "signature": base64.b64encode(
                key.private.sign(base64.b64decode(item["attributes"]), padding.PKCS1v15(), hashes.SHA256())
            ).decode(),
        }
        for item in documents
    ]


def sign_in_page(site: Site, who: str, folder: Folder) -> Any:
    """The three calls of the signing sheet; returns the last answer."""
    browser, key = site.browser(who), site.world.key(who)
    base = f"/dossiers/{folder.id}/signature"
    step = {"step": str(site.world.open_step(folder).id)}
    asked = {**step, "heads": site.world.heads(folder), **as_json(key.holder)}
    prepared = browser.post(f"{base}/preparer", json=asked)
    assert prepared.status_code == 200, prepared.text
    return browser.post(f"{base}/terminer", json={**step, "signatures": signed(key, prepared.json()["documents"])})
