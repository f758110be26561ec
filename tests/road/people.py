"""Somebody of the commune in front of a browser of their own, who does with it what they came for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Request, expect

from parapheur.demo.seed import DOMAIN, P12_PASSWORD, PASSWORD
from tests.road.product import PATIENCE, Demo, link_of
from tests.support.browser import Complaints

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@dataclass
class Watch:
    """What pages complain about, and requests that leave for another host."""

    host: str
    complaints: Complaints = field(default_factory=Complaints)
    strangers: list[str] = field(default_factory=list)

    def listen(self, context: BrowserContext) -> None:
        """Watch every page of this browser."""
        context.on("page", self.complaints.listen)
        context.on("request", self._request)

    def _request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme not in {"data", "blob"} and parts.netloc != self.host:
            self.strangers.append(request.url)


@dataclass
class Person:
    """Who they are, and what they see."""

    who: str
    demo: Demo
    page: Page
    watch: Watch
    address: str  #: of the product, as their browser knows it

    @property
    def said(self) -> Any:
        """The word about what was just done."""
        return self.page.get_by_role("status").first

    def log_in(self) -> None:
        """Fill the log-in page in; opens it when another page is shown."""
        if "/connexion" not in self.page.url:
            self.page.goto(f"{self.address}/connexion")
        self.page.get_by_label("Adresse électronique").fill(f"{self.who}@{DOMAIN}")
        self.page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
        self.page.get_by_role("button", name="Se connecter").click()
        expect(self.page.get_by_role("button", name="Se déconnecter")).to_be_visible()

    def follow(self, mail: EmailMessage) -> None:
        """Press the button of a mail; whoever is not logged in does so, and is where the mail leads."""
        link = link_of(mail)
        self.page.goto(link)
        if "/connexion" in self.page.url:
            self.log_in()
        assert self.page.url == link

    def deposit(self, kind: str, title: str, document: Path) -> None:
        """Deposit a document and send it into the circuit of its type."""
        self.page.goto(f"{self.address}/a-traiter")
        self.page.get_by_role("link", name="Déposer un dossier").first.click()
        self.page.get_by_role("radio", name=kind).check()
        self.page.get_by_label("Document", exact=True).set_input_files(document)
        self.page.get_by_label("Titre").fill(title)
        self.page.get_by_role("button", name="Envoyer dans le circuit").click()
        expect(self.said).to_have_text("Le dossier est envoyé dans son circuit.")

    def read(self, words: str) -> None:
        """See these words on the first page of the document."""
        expect(self.page.locator(".leaf canvas").first).to_be_visible()
        expect(self.page.locator(".text-layer").first).to_contain_text(words)

    def sign(self, key: str | None = None) -> None:
        """Open the signing sheet, choose one's key file, type its password, sign."""
        acts = self.page.locator(".acts")
        acts.get_by_role("button", name="Signer").click()
        sheet = self.page.get_by_role("dialog", name="Signer")
        sheet.get_by_label("Votre certificat").set_input_files(self.demo.key_file(key or self.who))
        sheet.get_by_label("Mot de passe du certificat").fill(P12_PASSWORD)
        sheet.get_by_role("button", name="Signer").click()

    def download(self, to: Path) -> Path:
        """Save the signed document of the folder that is shown."""
        with self.page.expect_download() as found:
            self.page.get_by_role("link", name="Télécharger le document signé").click()
        found.value.save_as(to)
        return to

    def verify(self, path: Path) -> None:
        """Give a file to the public page."""
        self.page.goto(f"{self.address}/verifier")
        self.page.get_by_label("PDF signé").set_input_files(path)
        self.page.get_by_role("button", name="Vérifier").click()


@contextmanager
def somebody(
    browser: Browser, demo: Demo, who: str = "", *, address: str | None = None, **device: Any
) -> Iterator[Person]:
    """A browser without memory; at the end nothing was complained about and nothing left for another host."""
    address = address or demo.address
    context = browser.new_context(**{"locale": "fr-FR", "viewport": {"width": 1280, "height": 800}, **device})
    context.set_default_timeout(PATIENCE * 1000)
    watch = Watch(urlsplit(address).netloc)
    watch.listen(context)
    try:
        yield Person(who, demo, context.new_page(), watch, address)
    finally:
        context.close()
    assert watch.complaints.found == []
    assert watch.strangers == []
