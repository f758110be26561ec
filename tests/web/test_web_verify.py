"""« Vérifier », open to everybody: an answer in plain words, and nothing kept."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

import anyio
import pytest

from engine.folders.model import Act
from parapheur.fetching import fetch
from signing.certificates import TrustStore
from signing.validation import RevocationNeed
from tests.support.pki import serve_pki
from tests.support.signed import signed_by
from tests.support.site import MAX_UPLOAD, Site, open_site, words
from tests.support.world import World, blank_pdf
from web import verify
from web.services import Services


@pytest.fixture
def signed_pdf(world: World) -> bytes:
    folder = world.sent(title="À vérifier")
    world.act("dgs", folder, Act.VISA)
    world.sign("maire", folder)
    return world.document(folder)


def ask(site: Site, content: bytes, name: str = "délibération signée.pdf") -> Any:
    return site.nobody.post("/verifier", files={"document": (name, content, "application/pdf")})


def technical(page: str) -> dict[str, Any]:
    found = re.search(r"<pre>(.*?)</pre>", page, re.DOTALL)
    assert found
    return dict(json.loads(html.unescape(found[1])))


def test_a_signed_document_is_told_genuine_with_who_and_when(site: Site, signed_pdf: bytes) -> None:
    answer = ask(site, signed_pdf)
    assert answer.status_code == 200
    text = words(answer.text)
    assert 'class="card verdict note good"' in answer.text
    assert "Héloïse" in text
    assert "Contenu intact" in text
    assert "Autorité du certificat reconnue" in text
    assert "délibération signée.pdf" in text
    report = technical(answer.text)
    assert report["verdict"] == "VALID"
    assert len(report["signatures"]) == 1


def test_two_signatures_are_both_told(site: Site) -> None:
    folder = site.world.sent(circuit="two-signatures")
    site.world.sign("adjoint", folder)
    site.world.sign("maire", folder)
    report = technical(ask(site, site.world.document(folder)).text)
    assert report["verdict"] == "VALID"
    assert len(report["signatures"]) == 2


def test_a_byte_changed_afterwards_is_caught(site: Site, signed_pdf: bytes) -> None:
    changed = bytearray(signed_pdf)
    changed[signed_pdf.index(b"/MediaBox") + 12] ^= 1
    answer = ask(site, bytes(changed))
    assert 'class="card verdict note bad"' in answer.text
    assert technical(answer.text)["verdict"] == "NOT_VALID"
    assert "Contenu modifié" in words(answer.text)


def test_an_authority_that_is_not_trusted_is_named_as_such(world: World, signed_pdf: bytes, tmp_path: Path) -> None:
    world.trust = TrustStore()
    with open_site(world, tmp_path) as site:
        answer = ask(site, signed_pdf)
    assert "Autorité du certificat non reconnue" in words(answer.text)
    assert 'class="card verdict note bad"' in answer.text


@pytest.mark.parametrize(
    ("content", "verdict"),
    [
        (blank_pdf(), "NO_SIGNATURE"),
        (b"Bonjour", "NOT_A_PDF"),
        (b"%PDF-1.7\nrien", None),
        (b"\x00" * 5000, "NOT_A_PDF"),
        (b"PK\x03\x04", "NOT_A_PDF"),
    ],
)
def test_what_carries_no_signature_is_never_told_valid(site: Site, content: bytes, verdict: str | None) -> None:
    answer = ask(site, content)
    assert answer.status_code in {200, 422}
    assert "note good" not in answer.text
    if verdict:
        assert technical(answer.text)["verdict"] == verdict


def test_no_file_at_all_is_said(site: Site) -> None:
    answer = site.nobody.post("/verifier", data={})
    assert answer.status_code == 422
    assert "Choisissez le PDF à vérifier." in answer.text
    assert 'aria-describedby="fault"' in answer.text


def test_a_file_that_is_too_large_is_refused(site: Site) -> None:
    answer = ask(site, b"%PDF-1.7\n" + b"x" * MAX_UPLOAD)
    assert answer.status_code == 422
    assert "dépasse 2 Mo" in words(answer.text)


def test_nothing_of_what_was_verified_is_kept(site: Site, signed_pdf: bytes) -> None:
    before = sorted(site.world.store.spool.parent.rglob("*"))
    ask(site, signed_pdf)
    ask(site, b"Bonjour")
    ask(site, b"x" * (MAX_UPLOAD + 1))
    assert sorted(path for path in site.world.store.spool.parent.rglob("*") if "db" not in path.name) == [
        path for path in before if "db" not in path.name
    ]


def test_names_in_the_file_are_shown_as_text(site: Site, signed_pdf: bytes) -> None:
    page = ask(site, signed_pdf, '<img src=x onerror="alert(1)">.pdf').text
    assert "<img src=x" not in page


def test_when_too_many_verify_at_once_the_next_one_is_asked_to_come_back(site: Site, signed_pdf: bytes) -> None:
    taken = [verify._slots.acquire(blocking=False) for _ in range(verify.MAX_AT_ONCE)]
    try:
        answer = ask(site, signed_pdf)
    finally:
        for _ in taken:
            verify._slots.release()
    assert all(taken)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "60")
    assert "Recommencez dans une minute" in answer.text
    assert ask(site, signed_pdf).status_code == 200


def test_when_too_many_send_at_once_the_file_of_the_next_one_is_not_even_received(
    site: Site, signed_pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starlette.requests.Request.form", None)  # whoever calls it fails
    taken = [verify.SENDING.room.acquire(blocking=False) for _ in range(verify.MAX_SENDING)]
    try:
        answer = ask(site, signed_pdf)
    finally:
        for _ in taken:
            verify.SENDING.room.release()
    assert all(taken)
    assert answer.status_code == 503
    assert "Trop de vérifications sont en cours" in answer.text


@pytest.mark.parametrize("charset", ["undefined", "idna", "hex", "utf-9", "%00", "x" * 300])
def test_a_form_in_an_encoding_that_nobody_uses_is_refused_in_words(site: Site, charset: str) -> None:
    kind = f'multipart/form-data; boundary=b; charset="{charset}"'
    body = b'--b\r\nContent-Disposition: form-data; name="document"; filename="a.pdf"\r\n\r\n%PDF\r\n--b--\r\n'
    answer = site.nobody.post("/verifier", content=body, headers={"content-type": kind})
    assert answer.status_code == 400
    assert "Rien n’a été fait" in answer.text


def test_a_file_that_never_ends_to_arrive_is_not_waited_for(
    site: Site, signed_pdf: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(*_: object, **__: object) -> None:
        await anyio.sleep_forever()

    monkeypatch.setattr("starlette.requests.Request.form", never)
    with monkeypatch.context() as patch:
        patch.setattr("web.visits.fail_after", lambda _seconds: anyio.fail_after(0))
        answer = ask(site, signed_pdf)
    assert answer.status_code == 408
    assert "n’est pas arrivé à temps" in answer.text


def test_slots_are_given_back_when_a_file_is_refused(site: Site) -> None:
    for _ in range(verify.MAX_AT_ONCE + 1):
        assert ask(site, b"x" * (MAX_UPLOAD + 1)).status_code == 422


def test_revocation_answers_are_fetched_by_the_server_for_trusted_chains(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[RevocationNeed] = []

    def noting(need: RevocationNeed) -> bytes | None:
        asked.append(need)
        return fetch(need)

    with serve_pki() as pki:
        world.trust = TrustStore.from_pem(pki.root_pem)
        with open_site(world, tmp_path) as site:
            services: Services = site.app.state.services
            site.app.state.services = Services(
                **{name: getattr(services, name) for name in Services.__slots__} | {"fetch": noting}
            )
            good = ask(site, signed_by(pki, "maire"))
            revoked = ask(site, signed_by(pki, "revoked"))
    assert asked
    assert technical(good.text)["verdict"] == "VALID"
    assert technical(revoked.text)["verdict"] == "NOT_VALID"
    assert "révoqué" in words(revoked.text)
