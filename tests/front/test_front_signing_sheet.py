"""The signing sheet in a real browser, before an honest server and before dishonest ones."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Complaints, visited
from tests.support.frontserver import Answer, FrontServer, Paper, Signing, attributes_for
from tests.support.keyfiles import certify, der, key_file, make_key

pytestmark = pytest.mark.browser

PASSWORD = "Clé à molette"
SHOWN = b"%PDF-1.7\n" + bytes(range(256)) * 3000 + b"\n%%EOF\n"


@dataclass
class Sheet:
    """The open sheet."""

    page: Page
    server: FrontServer
    signing: Signing
    complaints: Complaints

    def choose(self, kind: str = "rsa2048") -> None:
        """Choose the key file."""
        key = make_key(kind)
        file = key_file(key, certify(key), PASSWORD)
        self.page.set_input_files("#p12", {"name": "jeanne.p12", "mimeType": "application/x-pkcs12", "buffer": file})

    def sign(self, password: str = PASSWORD, kind: str = "rsa2048") -> None:
        """Choose, type, sign."""
        self.choose(kind)
        self.page.fill("#p12-password", password)
        self.page.click("[data-submit]")

    @property
    def error(self) -> Any:
        return self.page.locator("[data-error]")

    def asked(self, name: str) -> list[dict[str, Any]]:
        """What was sent to one of the three calls."""
        return [json.loads(body) for body in self.server.bodies(f"/{name}")]


@contextmanager
def opened(
    browser: Browser, server: FrontServer, papers: list[Paper] | None = None, host: str = "localhost"
) -> Iterator[Sheet]:
    signing = Signing(server, papers or [Paper.make("acte.pdf", SHOWN)])
    server.show("/dossier", signing.sheet())
    with visited(browser, server.address("/dossier", host)) as (page, complaints):
        page.click("[data-open-dialog]")
        yield Sheet(page, server, signing, complaints)


@pytest.fixture
def sheet(browser: Browser, server: FrontServer) -> Iterator[Sheet]:
    with opened(browser, server) as found:
        yield found


@pytest.mark.parametrize("kind", ["rsa2048", "p256", "p384"])
def test_signs(sheet: Sheet, kind: str) -> None:
    sheet.sign(kind=kind)
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")

    key = make_key(kind)
    paper = sheet.signing.papers[0]
    (asked,) = sheet.asked("prepare")
    assert asked["step"] == "step-1"
    assert asked["heads"] == hashlib.sha256(SHOWN).hexdigest()
    (finished,) = sheet.asked("finish")
    (signature,) = finished["signatures"]
    value = base64.b64decode(signature["signature"])
    if isinstance(key, rsa.RSAPrivateKey):
        assert asked["mechanism"] == "rsa-pkcs1"
        key.public_key().verify(value, paper.attributes, padding.PKCS1v15(), hashes.SHA256())
    else:
        assert asked["mechanism"] == "ecdsa"
        key.public_key().verify(value, paper.attributes, ec.ECDSA(hashes.SHA256()))
    assert sheet.complaints.found == []


def test_several_documents_are_signed_each(browser: Browser, server: FrontServer) -> None:
    papers = [Paper.make(f"{name}.pdf", SHOWN + name.encode()) for name in ("un", "deux", "trois")]
    with opened(browser, server, papers) as sheet:
        sheet.sign()
        expect(sheet.page.locator("h1")).to_have_text("Le suivant")
        (finished,) = sheet.asked("finish")
    key = make_key("rsa2048").public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    assert [item["id"] for item in finished["signatures"]] == ["id-0", "id-1", "id-2"]
    for paper, item in zip(papers, finished["signatures"], strict=True):
        key.verify(base64.b64decode(item["signature"]), paper.attributes, padding.PKCS1v15(), hashes.SHA256())


def test_the_certificate_is_shown_before_anything_is_signed(sheet: Sheet) -> None:
    sheet.choose()
    sheet.page.fill("#p12-password", PASSWORD)
    sheet.page.press("#p12-password", "Tab")
    shown = sheet.page.locator("[data-certificate]")
    expect(shown).to_have_text(
        "Certificat de Jeanne Martin, délivré par Autorité d’essai, valable jusqu’au 23 novembre 2027."
    )
    expect(sheet.page.locator("[data-status]")).to_have_text("Votre certificat est ouvert. Vous pouvez signer.")
    expect(sheet.page.locator("#p12-password")).to_have_value("")
    assert sheet.asked("prepare") == []
    sheet.page.click("[data-submit]")
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")
    assert len(sheet.asked("check")) == 1


def test_neither_key_nor_password_leave_the_page(sheet: Sheet) -> None:
    sheet.sign()
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")
    key = make_key("rsa2048")
    assert isinstance(key, rsa.RSAPrivateKey)
    numbers = key.private_numbers()
    secrets = [PASSWORD.encode(), *(n.to_bytes((n.bit_length() + 7) // 8) for n in (numbers.d, numbers.p, numbers.q))]
    for _, path, body in sheet.server.received:
        texts = [body, *_decoded(body)]
        assert not any(secret in text for secret in secrets for text in texts), path
    stored = sheet.page.evaluate("() => JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])")
    assert stored == '[{},{},""]'


def _decoded(body: bytes) -> list[bytes]:
    if not body.startswith(b"{"):
        return []
    content = json.loads(body)
    texts = [content.get("certificate", ""), *content.get("chain", [])]
    texts += [item["signature"] for item in content.get("signatures", [])]
    return [base64.b64decode(text) for text in texts]


def test_wrong_password_then_the_right_one(sheet: Sheet) -> None:
    sheet.sign("autre")
    expect(sheet.error).to_contain_text("Le mot de passe du certificat est incorrect")
    expect(sheet.error).to_be_focused()
    expect(sheet.page.locator("#p12-password")).to_have_value("")
    assert sheet.asked("check") == []
    sheet.page.fill("#p12-password", PASSWORD)
    sheet.page.click("[data-submit]")
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")
    assert sheet.complaints.found == []


def test_another_file_than_a_certificate(sheet: Sheet) -> None:
    sheet.page.set_input_files("#p12", {"name": "photo.p12", "mimeType": "image/png", "buffer": b"\x89PNG" * 50})
    sheet.page.fill("#p12-password", "x")
    sheet.page.click("[data-submit]")
    expect(sheet.error).to_contain_text("Ce fichier n’est pas un certificat")
    assert sheet.asked("check") == []


def test_a_certificate_that_the_server_refuses(sheet: Sheet) -> None:
    sentence = "Votre certificat a expiré le 3 mars 2026. Rien n’a été signé."
    sheet.signing.instead["check"] = [lambda _: Answer.json({"code": "certificate_expired", "sentence": sentence}, 422)]
    sheet.choose()
    sheet.page.fill("#p12-password", PASSWORD)
    sheet.page.press("#p12-password", "Tab")
    expect(sheet.error).to_have_text(sentence)
    # The password field is empty now: pressing the button brings back to the same sentence, not to « wrong password ».
    sheet.page.click("[data-submit]")
    expect(sheet.error).to_be_focused()
    expect(sheet.error).to_have_text(sentence)
    assert sheet.asked("prepare") == []


@pytest.mark.parametrize(
    ("where", "sentence"),
    [("shown", "Le document a changé depuis"), ("tail", "n’est pas celui qu’on vous demande de signer")],
)
def test_a_tampered_document_is_not_signed(sheet: Sheet, where: str, sentence: str) -> None:
    paper = sheet.signing.papers[0]
    tampered = bytearray(paper.prepared)
    tampered[100 if where == "shown" else len(SHOWN) + 3] ^= 1
    paper.prepared = bytes(tampered)
    sheet.sign()
    expect(sheet.error).to_contain_text(sentence)
    expect(sheet.error).to_contain_text("Rien n’a été signé")
    assert sheet.asked("finish") == []


def test_another_document_rightly_prepared_is_not_signed(sheet: Sheet) -> None:
    """A server that prepares something else in good order is caught: it is not what was shown."""
    other = Paper.make("acte.pdf", SHOWN.replace(b"PDF-1.7", b"PDF-1.6"))
    sheet.signing.papers[0] = other
    sheet.sign()
    expect(sheet.error).to_contain_text("Le document a changé depuis")
    expect(sheet.error.get_by_role("link")).to_have_text("Recharger la page")
    assert sheet.asked("finish") == []


def test_a_hole_that_holds_something_is_not_signed(sheet: Sheet) -> None:
    paper = sheet.signing.papers[0]
    paper.prepared = paper.prepared.replace(b"<00000000", b"<(autre) ", 1)
    sheet.sign()
    expect(sheet.error).to_contain_text("n’est pas celui qu’on vous demande de signer")
    assert sheet.asked("finish") == []


@pytest.mark.parametrize("attributes", ["other digest", "two digests", "no digest", "not a set", "garbage"])
def test_attributes_of_something_else_are_not_signed(sheet: Sheet, attributes: str) -> None:
    paper = sheet.signing.papers[0]
    good = paper.attributes
    other = attributes_for(hashlib.sha256(b"autre").digest())
    digest_attribute = good[good.index(bytes.fromhex("06092a864886f70d010904")) - 2 :]
    paper.attributes = {
        "other digest": other,
        "two digests": b"\x31" + bytes([len(good) - 2 + len(digest_attribute)]) + good[2:] + digest_attribute,
        "no digest": b"\x31\x00",
        "not a set": b"\x30" + good[1:],
        "garbage": b"\x31\x7f",
    }[attributes]
    sheet.sign()
    expect(sheet.error).to_contain_text("n’est pas celui qu’on vous demande de signer")
    assert sheet.asked("finish") == []


def _moved(heads: str) -> Answer:
    return Answer.json({"code": "head_moved", "sentence": "Une autre signature est arrivée.", "heads": heads}, 409)


@pytest.mark.parametrize("call", ["prepare", "finish"])
def test_somebody_else_signed_first(sheet: Sheet, call: str) -> None:
    """The page begins again by itself: what it signs continues what was shown."""
    then = b"\n% signature of somebody else\n%%EOF\n"

    def move(_: bytes) -> Answer:
        sheet.signing.papers[0] = Paper.make("acte.pdf", SHOWN, then)
        return _moved("new-heads")

    sheet.signing.instead[call] = [move]
    sheet.sign()
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")
    assert [asked["heads"] for asked in sheet.asked("prepare")] == [hashlib.sha256(SHOWN).hexdigest(), "new-heads"]
    key = make_key("rsa2048").public_key()
    assert isinstance(key, rsa.RSAPublicKey)
    value = base64.b64decode(sheet.asked("finish")[-1]["signatures"][0]["signature"])
    key.verify(value, sheet.signing.papers[0].attributes, padding.PKCS1v15(), hashes.SHA256())


def test_a_document_replaced_in_between_is_not_signed(sheet: Sheet) -> None:
    """Beginning again never means signing something unseen."""

    def replace(_: bytes) -> Answer:
        sheet.signing.papers[0] = Paper.make("acte.pdf", b"%PDF-1.7\nun autre acte\n%%EOF\n" * 50_000)
        return _moved("new-heads")

    sheet.signing.instead["prepare"] = [replace]
    sheet.sign()
    expect(sheet.error).to_contain_text("Le document a changé depuis")
    assert sheet.asked("finish") == []


def test_gives_up_after_three_rounds(sheet: Sheet) -> None:
    sheet.signing.instead["prepare"] = [lambda _: _moved("again")] * 9
    sheet.sign()
    expect(sheet.error).to_contain_text("Une autre signature est arrivée.")
    expect(sheet.error.get_by_role("link")).to_have_text("Recharger la page")
    assert len(sheet.asked("prepare")) == 3


def test_escape_before_the_signature_leaves_abandons(sheet: Sheet) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(_: bytes) -> Answer:
        reached.set()
        assert go_on.wait(10)
        return sheet.signing._prepare()

    sheet.signing.instead["prepare"] = [wait]
    sheet.sign()
    assert reached.wait(10)
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator("#sign-sheet")).to_be_hidden()
    go_on.set()
    sheet.page.click("[data-open-dialog]")
    expect(sheet.page.locator("[data-certificate]")).to_be_hidden()
    expect(sheet.page.locator("[data-status]")).to_have_text("")
    expect(sheet.error).to_be_hidden()
    assert sheet.asked("finish") == []
    # Nothing is left of the key: the password is asked again.
    sheet.page.click("[data-submit]")
    expect(sheet.error).to_contain_text("Le mot de passe du certificat est incorrect")
    assert sheet.complaints.found == []


def test_nothing_is_abandoned_once_the_signature_has_left(sheet: Sheet) -> None:
    reached, go_on = threading.Event(), threading.Event()

    def wait(_: bytes) -> Answer:
        reached.set()
        assert go_on.wait(10)
        return sheet.signing._finish()

    sheet.signing.instead["finish"] = [wait]
    sheet.sign()
    assert reached.wait(10)
    expect(sheet.page.locator("[data-close]")).to_be_disabled()
    sheet.page.keyboard.press("Escape")
    expect(sheet.page.locator("[data-status]")).to_have_text("Enregistrement de la signature…")
    go_on.set()
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")


def test_pressing_twice_signs_once(sheet: Sheet) -> None:
    sheet.choose()
    sheet.page.fill("#p12-password", PASSWORD)
    sheet.page.dblclick("[data-submit]")
    expect(sheet.page.locator("h1")).to_have_text("Le suivant")
    assert [len(sheet.asked(name)) for name in ("check", "prepare", "finish")] == [1, 1, 1]


def test_a_connection_lost_while_finishing_says_that_it_does_not_know(sheet: Sheet) -> None:
    sheet.signing.instead["finish"] = [lambda _: None] * 5
    sheet.sign()
    expect(sheet.error).to_contain_text("elle dira si votre signature est enregistrée")
    expect(sheet.error.get_by_role("link")).to_have_text("Recharger la page")


def test_a_connection_lost_before_says_that_nothing_moved(sheet: Sheet) -> None:
    sheet.signing.instead["prepare"] = [lambda _: None] * 5
    sheet.sign()
    expect(sheet.error).to_contain_text("Le serveur ne répond pas. Le dossier n’a pas bougé")
    assert sheet.asked("finish") == []


def test_a_bug_of_the_server_is_told_as_such(sheet: Sheet) -> None:
    sheet.signing.instead["prepare"] = [lambda _: Answer(b"<h1>Erreur</h1>", status=500)]
    sheet.sign()
    expect(sheet.error).to_contain_text("Le serveur n’a pas pu répondre. Le dossier n’a pas bougé")


def test_plain_http_says_why_signing_is_off(browser: Browser, server: FrontServer) -> None:
    with opened(browser, server, host="pirate.test") as sheet:
        expect(sheet.error).to_contain_text("cette page n’est pas servie en HTTPS")
        expect(sheet.page.locator("[data-submit]")).to_be_disabled()
        expect(sheet.page.locator("#p12")).to_be_disabled()
        sheet.page.click("[data-close]")
        expect(sheet.page.locator("#sign-sheet")).to_be_hidden()


CERTIFICATES = """<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>Mes certificats</title>
<link rel="icon" href="{{favicon.svg}}"><script type="module" src="{{certificates.js}}"></script></head><body>
<form data-certificate-check="/check"><p data-error role="alert" tabindex="-1" hidden></p>
<input id="p12" name="p12" type="file" required><input id="p12-password" name="password" type="password">
<p data-answer role="status"></p><button data-submit>Vérifier</button></form></body></html>"""


def test_my_certificates_sends_the_certificate_alone(browser: Browser, server: FrontServer) -> None:
    signing = Signing(server, [])
    server.show("/mes-certificats", CERTIFICATES)
    with visited(browser, server.address("/mes-certificats")) as (page, complaints):
        sheet = Sheet(page, server, signing, complaints)
        sheet.sign("autre")
        expect(sheet.error).to_contain_text("Le mot de passe du certificat est incorrect")
        assert sheet.asked("check") == []
        sheet.sign()
        expect(page.locator("[data-answer]")).to_contain_text("Ce certificat vous convient")
        (asked,) = sheet.asked("check")
        assert set(asked) == {"certificate", "chain", "mechanism"}
        assert base64.b64decode(asked["certificate"])[:2] == der(certify(make_key("rsa2048")))[:2]
        refusal = {"code": "certificate_unknown", "sentence": "Ce certificat est celui d’une autre personne."}
        signing.instead["check"] = [lambda _: Answer.json(refusal, 422)]
        sheet.sign()
        expect(sheet.error).to_have_text("Ce certificat est celui d’une autre personne.")
    assert complaints.without("422") == []
