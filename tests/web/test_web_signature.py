"""The three calls of the signing sheet, and « Mes certificats »."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlmodel import col, select

from engine.clock import utc_now
from engine.documents.model import DocumentVersion
from engine.folders.model import Folder, FolderStatus, PreparedSignature, Signature
from engine.people.model import SignerCertificate
from signing.validation import Verdict, validate_file
from tests.support.site import Site, as_json, sign_in_page, signed, words
from tests.support.world import blank_pdf


@pytest.fixture
def folder(site: Site) -> Folder:
    return site.world.sent(circuit="simple-signature", pdf=blank_pdf(2))


def call(site: Site, folder: Folder, what: str, who: str = "maire", **body: Any) -> Any:
    return site.browser(who).post(f"/dossiers/{folder.id}/signature/{what}", json=body)


def prepare(site: Site, folder: Folder, key: str = "maire", **other: Any) -> Any:
    asked = {
        "step": str(site.world.open_step(folder).id),
        "heads": site.world.heads(folder),
        **as_json(site.world.key(key).holder),
        **other,
    }
    return call(site, folder, "preparer", **asked)


def untouched(site: Site, folder: Folder) -> bool:
    with site.world.database.reading() as session:
        signatures = session.exec(select(Signature)).all()
        return session.get_one(Folder, folder.id).status is FolderStatus.IN_PROGRESS and not signatures


def test_a_signature_goes_through_the_page_and_anyone_can_check_it(site: Site, folder: Folder, tmp_path: Path) -> None:
    checked = call(site, folder, "verifier", **as_json(site.world.key("maire").holder))
    assert checked.status_code == 200
    assert "Héloïse" in checked.json()["holder"]
    assert checked.json()["expires"].split()[1].isalpha()
    finished = sign_in_page(site, "maire", folder)
    assert finished.status_code == 200, finished.text
    assert finished.json() == {"next": "/a-traiter"}
    assert "Le dossier « Délibération 2026-041 » est signé." in words(site.browser("maire").get("/a-traiter").text)
    with site.world.database.reading() as session:
        assert session.get_one(Folder, folder.id).status is FolderStatus.FINISHED
        assert session.exec(select(PreparedSignature)).all() == []
    file = tmp_path / "signed.pdf"
    file.write_bytes(site.browser("secretariat").get(f"/dossiers/{folder.id}/telecharger").content)
    report = validate_file(file, trust=site.world.trust, at=utc_now())
    assert report.verdict is Verdict.VALID


def test_what_the_page_hashes_is_the_document_with_its_hole(site: Site, folder: Folder) -> None:
    [document] = prepare(site, folder).json()["documents"]
    answer = site.browser("maire").get(document["url"])
    assert answer.headers["content-type"] == "application/pdf"
    content = answer.content
    assert content.startswith(site.world.document(folder))
    assert content[document["start"] : document["start"] + 1] == b"<"
    assert content[document["end"] - 1 : document["end"]] == b">"
    assert document["name"] == "délibération.pdf"


@pytest.mark.parametrize(
    ("key", "code"),
    [
        ("expire", "certificate_expired"),
        ("inconnue", "certificate_no_certificate_chain_found"),
        ("adjoint", "certificate_of_somebody_else"),
    ],
)
def test_a_certificate_that_will_not_do_is_said_at_each_door(site: Site, folder: Folder, key: str, code: str) -> None:
    holder = as_json(site.world.key(key).holder)
    for answer in (
        call(site, folder, "verifier", **holder),
        prepare(site, folder, key),
        site.browser("maire").post("/mes-certificats/verifier", json=holder),
    ):
        assert answer.status_code == 422
        assert answer.json()["code"] == code
        assert "Rien n’a été signé" in answer.json()["sentence"]
    assert untouched(site, folder)
    assert "Aucun certificat n’est encore connu" in site.browser("maire").get("/mes-certificats").text


def test_a_signature_by_another_key_is_refused(site: Site, folder: Folder) -> None:
    documents = prepare(site, folder).json()["documents"]
    step = str(site.world.open_step(folder).id)
    answer = call(site, folder, "terminer", step=step, signatures=signed(site.world.key("adjoint"), documents))
    assert answer.status_code == 409
    assert answer.json()["sentence"]
    assert untouched(site, folder)


@pytest.mark.parametrize("what", ["missing", "unknown", "empty", "changed"])
def test_signatures_that_are_not_those_prepared_are_refused(site: Site, folder: Folder, what: str) -> None:
    documents = prepare(site, folder).json()["documents"]
    signatures = signed(site.world.key("maire"), documents)
    if what == "missing":
        signatures = []
    elif what == "unknown":
        signatures[0]["id"] = str(uuid4())
    elif what == "empty":
        signatures[0]["signature"] = ""
    else:
        changed = bytearray(base64.b64decode(signatures[0]["signature"]))
        changed[0] ^= 1
        signatures[0]["signature"] = base64.b64encode(changed).decode()
    answer = call(site, folder, "terminer", step=str(site.world.open_step(folder).id), signatures=signatures)
    assert answer.status_code == 409
    assert untouched(site, folder)


def test_finishing_without_preparing_is_refused(site: Site, folder: Folder) -> None:
    answer = call(site, folder, "terminer", step=str(site.world.open_step(folder).id), signatures=[])
    assert answer.json()["code"] == "prepared_expired"
    assert untouched(site, folder)


def test_signing_twice_counts_once(site: Site, folder: Folder) -> None:
    documents = prepare(site, folder).json()["documents"]
    sent = {
        "step": str(site.world.open_step(folder).id),
        "signatures": signed(site.world.key("maire"), documents),
    }
    assert call(site, folder, "terminer", **sent).status_code == 200
    assert call(site, folder, "terminer", **sent).status_code == 409
    with site.world.database.reading() as session:
        assert len(session.exec(select(Signature)).all()) == 1


def test_when_the_document_moved_the_new_seal_comes_with_the_refusal(site: Site, folder: Folder) -> None:
    answer = prepare(site, folder, heads="0" * 64)
    assert answer.status_code == 409
    assert answer.json()["code"] == "head_moved"
    assert answer.json()["heads"] == site.world.heads(folder)
    assert prepare(site, folder, heads=answer.json()["heads"]).status_code == 200


def test_when_the_document_moved_between_prepare_and_finish_nothing_is_signed(site: Site, folder: Folder) -> None:
    documents = prepare(site, folder).json()["documents"]
    with site.world.database.writing() as session:
        head = session.exec(select(DocumentVersion).order_by(col(DocumentVersion.number).desc())).first()
        assert head
        changed = {**head.model_dump(exclude={"id"}), "number": head.number + 1, "sha256": "f" * 64}
        session.add(DocumentVersion(**changed))
        session.commit()
    signatures = signed(site.world.key("maire"), documents)
    answer = call(site, folder, "terminer", step=str(site.world.open_step(folder).id), signatures=signatures)
    assert (answer.status_code, answer.json()["code"]) == (409, "head_moved")
    assert untouched(site, folder)


def test_a_step_of_another_folder_is_not_found(site: Site, folder: Folder) -> None:
    other = site.world.sent(circuit="simple-signature")
    step = str(site.world.open_step(other).id)
    assert prepare(site, folder, step=step).status_code == 404
    assert call(site, folder, "terminer", step=step, signatures=[]).status_code == 404


def test_a_visa_step_is_not_signed(site: Site) -> None:
    folder = site.world.sent()
    asked = {
        "step": str(site.world.open_step(folder).id),
        "heads": site.world.heads(folder),
        **as_json(site.world.key("maire").holder),
    }
    answer = call(site, folder, "preparer", "dgs", **asked)
    assert (answer.status_code, answer.json()["code"]) == (409, "visa_wanted")


@pytest.mark.parametrize(
    "broken",
    [
        {"certificate": None},
        {"certificate": "pas du base64"},
        {"certificate": 3},
        {"certificate": base64.b64encode(b"x" * 20_001).decode()},
        {"chain": None},
        {"chain": "abc"},
        {"chain": [3]},
        {"chain": ["AAAA"] * 11},
        {"mechanism": "rsa-md5"},
        {"mechanism": None},
        {"step": "non"},
        {"step": None},
        {"step": ["a"]},
    ],
)
def test_what_is_not_well_formed_is_refused_without_a_fault(site: Site, folder: Folder, broken: dict[str, Any]) -> None:
    answer = prepare(site, folder, **broken)
    assert (answer.status_code, answer.json()["code"]) == (400, "http_400")


@pytest.mark.parametrize("garbage", [b"", b"\x30\x03\x02\x01\x01", b"\xff" * 200])
def test_bytes_that_are_no_certificate_are_told_apart(site: Site, folder: Folder, garbage: bytes) -> None:
    answer = prepare(site, folder, certificate=base64.b64encode(garbage).decode())
    assert answer.status_code == 422
    assert answer.json()["code"].startswith("certificate_")
    chained = prepare(site, folder, chain=[base64.b64encode(garbage).decode()])
    assert chained.status_code in {200, 422}


@pytest.mark.parametrize(
    "signatures", [None, "abc", [3], [{"id": 3, "signature": "AAAA"}], [{"id": str(uuid4())}], [{}]]
)
def test_signatures_that_are_not_well_formed_are_refused(site: Site, folder: Folder, signatures: Any) -> None:
    prepare(site, folder)
    answer = call(site, folder, "terminer", step=str(site.world.open_step(folder).id), signatures=signatures)
    assert answer.status_code == 400
    assert untouched(site, folder)


def test_a_certificate_is_noted_once_as_this_persons_own(site: Site) -> None:
    holder = as_json(site.world.key("maire").holder)
    for _ in range(2):
        answer = site.browser("maire").post("/mes-certificats/verifier", json=holder)
        assert answer.status_code == 200
    with site.world.database.reading() as session:
        [known] = session.exec(select(SignerCertificate)).all()
    assert known.account_id == site.world.accounts["maire"].id
    page = site.browser("maire").get("/mes-certificats").text
    assert known.holder in page
    assert "Expiré" not in page
    assert known.holder not in site.browser("dgs").get("/mes-certificats").text
