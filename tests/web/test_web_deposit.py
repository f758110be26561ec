"""Depositing: what is right goes into its circuit, what is wrong is said beside its field and leaves nothing behind."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any
from uuid import uuid4

import pikepdf
import pytest
from sqlmodel import col, select, update

from engine.circuits.model import WorkflowDefinition
from engine.desks.actions import create_desk, give_desk
from engine.desks.model import Desk
from engine.documents.model import Document, DocumentVersion
from engine.folders.model import Folder, FolderStatus
from engine.typology.model import Subtype
from engine.work.model import WorkItem
from tests.support.site import MAX_UPLOAD, Site, words
from tests.support.world import World, blank_pdf
from web.security import FORM_MARGIN


def post(site: Site, content: bytes | None = None, name: str = "délibération.pdf", **fields: str) -> Any:
    form = {
        "subtype": str(site.world.subtypes["deed"]),
        "title": "Délibération 2026-041",
        "suite": "envoyer",
        **fields,
    }
    pdf = blank_pdf() if content is None else content
    return site.browser("secretariat").post("/deposer", data=form, files={"document": (name, pdf, "application/pdf")})


def folders(site: Site) -> list[Folder]:
    with site.world.database.reading() as session:
        return list(session.exec(select(Folder)))


def left_behind(world: World) -> list[Path]:
    root = world.store.spool.parent
    return [path for path in root.rglob("*") if path.is_file() and {"documents", "spool"} & set(path.parts)]


def protected() -> bytes:
    pdf, output = pikepdf.new(), io.BytesIO()
    pdf.add_blank_page()
    pdf.save(output, encryption=pikepdf.Encryption(user="secret", owner="secret"))
    return output.getvalue()


def test_the_form_shows_the_circuit_of_each_type_with_the_people(site: Site) -> None:
    answer = site.browser("secretariat").get("/deposer")
    assert answer.status_code == 200
    text = words(answer.text)
    assert "Circuit deed Visa de la direction générale" in text
    assert "Zoé Çelik" in text
    assert "Héloïse Lefèvre" in text
    assert f'data-max-bytes="{MAX_UPLOAD}"' in answer.text
    assert 'enctype="multipart/form-data"' in answer.text


def test_a_folder_is_sent_into_its_circuit_and_its_document_is_kept_as_it_came(site: Site) -> None:
    pdf = blank_pdf(2)
    answer = post(site, pdf, title="  Acquisition\nde la   parcelle AB 112 ")
    [folder] = folders(site)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dossiers/{folder.id}")
    assert folder.title == "Acquisition de la parcelle AB 112"
    assert folder.status is FolderStatus.IN_PROGRESS
    page = site.browser("secretariat").get(answer.headers["location"]).text
    assert "Le dossier est envoyé dans son circuit." in page
    with site.world.database.reading() as session:
        document = session.exec(select(Document)).one()
        first = session.exec(select(DocumentVersion).where(DocumentVersion.number == 1)).one()
    assert document.name == "délibération.pdf"
    assert b"".join(site.world.store.chunks(site.world.tenant.id, first.sha256)) == pdf
    assert len(left_behind(site.world)) == 2  # as deposited, and with the place of the signature reserved


def test_a_draft_waits_until_it_is_sent(site: Site) -> None:
    answer = post(site, suite="brouillon")
    [folder] = folders(site)
    assert folder.status is FolderStatus.DRAFT
    page = site.browser("secretariat").get(answer.headers["location"]).text
    assert "Le brouillon est enregistré." in page
    assert "Envoyer dans le circuit" in page
    assert "Zoé Çelik" in page
    assert site.browser("secretariat").post(f"/dossiers/{folder.id}/envoyer").status_code == 303
    assert folders(site)[0].status is FolderStatus.IN_PROGRESS
    again = site.browser("secretariat").post(f"/dossiers/{folder.id}/envoyer")
    page = site.browser("secretariat").get(again.headers["location"]).text
    assert "a déjà été envoyé" in page
    assert 'class="note bad" role="alert"' in page


@pytest.mark.parametrize(
    ("content", "name", "said"),
    [
        (b"", "vide.pdf", "Ce fichier est vide"),
        (b"Bonjour", "note.txt", "n’est pas un PDF"),
        (b"PK\x03\x04" + b"x" * 200, "délibération.docx", "un document bureautique"),
        (b"%PDF-1.7\n" + b"x" * 300, "abîmé.pdf", "abîmé ou incomplet"),
        (blank_pdf()[:200], "tronqué.pdf", "abîmé ou incomplet"),
        (protected(), "protégé.pdf", "protégé par un mot de passe"),
        (b"%PDF-1.7\n" + b"x" * MAX_UPLOAD, "gros.pdf", "dépasse 2 Mo"),
    ],
)
def test_a_file_that_will_not_do_is_refused_with_the_reason_before_anything_is_stored(
    site: Site, content: bytes, name: str, said: str
) -> None:
    answer = post(site, content, name, title="Un titre à garder")
    assert answer.status_code == 422
    text = words(answer.text)
    assert said in text
    assert "Rien n’a été déposé" in text
    assert 'value="Un titre à garder"' in answer.text
    assert re.search(r'id="document"[^>]*aria-describedby="document-hint document-fault"', answer.text)
    assert folders(site) == []
    assert left_behind(site.world) == []


@pytest.mark.parametrize(
    ("fields", "said", "field"),
    [
        ({"title": "   "}, "Donnez un titre au dossier", "title-fault"),
        ({"title": "x" * 301}, "Le titre dépasse 300 caractères", "title-fault"),
        ({"subtype": ""}, "Choisissez le type du dossier", "subtype-fault"),
        ({"subtype": str(uuid4())}, "Choisissez le type du dossier", "subtype-fault"),
        ({"subtype": "0' or 1"}, "Choisissez le type du dossier", "subtype-fault"),
    ],
)
def test_a_field_that_will_not_do_is_said_beside_it(site: Site, fields: dict[str, str], said: str, field: str) -> None:
    answer = post(site, **fields)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert f'id="{field}"' in answer.text
    assert f'aria-describedby="{field}"' in answer.text
    assert "Le fichier est à choisir de nouveau" in answer.text
    assert folders(site) == []
    assert left_behind(site.world) == []


def test_a_form_without_file_is_refused(site: Site) -> None:
    answer = site.browser("secretariat").post("/deposer", data={"title": "Sans fichier"})
    assert answer.status_code == 422
    assert "Choisissez le PDF à déposer." in answer.text


def test_more_than_one_file_is_refused(site: Site) -> None:
    files = [("document", (f"{number}.pdf", blank_pdf(), "application/pdf")) for number in range(2)]
    answer = site.browser("secretariat").post("/deposer", data={"title": "Deux"}, files=files)
    assert answer.status_code == 400
    assert folders(site) == []


def test_the_title_is_shown_as_text_and_never_as_markup(site: Site) -> None:
    post(site, title="<script>alert(1)</script> & « l’acte »", name='"><img src=x>.pdf')
    [folder] = folders(site)
    for path in (f"/dossiers/{folder.id}", f"/dossiers/{folder.id}/journal", "/en-cours"):
        page = site.browser("secretariat").get(path).text
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "&lt;script&gt;" in page


def test_an_upload_beyond_the_limit_is_refused_without_being_kept(site: Site) -> None:
    answer = post(site, b"%PDF-1.7\n" + b"x" * (MAX_UPLOAD + FORM_MARGIN))
    assert answer.status_code == 413
    assert "dépasse la taille permise" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert folders(site) == []
    assert left_behind(site.world) == []


def test_somebody_without_a_depositing_desk_is_told_so(site: Site) -> None:
    assert "Aucun de vos bureaux ne peut déposer" in site.browser("maire").get("/deposer").text
    form = {"subtype": str(site.world.subtypes["deed"]), "title": "Sans droit"}
    files = {"document": ("a.pdf", blank_pdf(), "application/pdf")}
    answer = site.browser("maire").post("/deposer", data=form, files=files)
    assert answer.status_code == 422
    assert folders(site) == []
    assert "Déposer un dossier" not in site.browser("maire").get("/a-traiter").text
    assert "Déposer un dossier" in site.browser("secretariat").get("/a-traiter").text


def second_desk(world: World) -> Desk:
    with world.database.writing() as session:
        desk = create_desk(session, tenant_id=world.tenant.id, name="Urbanisme", short_name="urba", may_create=True)
        give_desk(session, desk, world.accounts["secretariat"].id)
        session.commit()
    return desk


def test_somebody_with_two_desks_chooses_the_one_that_deposits(site: Site) -> None:
    desk = second_desk(site.world)
    assert "Au nom du bureau" in site.browser("secretariat").get("/deposer").text
    post(site, desk=str(desk.id))
    assert folders(site)[0].emitter_desk_id == desk.id


def test_a_desk_of_somebody_else_cannot_deposit_and_the_choice_is_kept(site: Site) -> None:
    desk = second_desk(site.world)
    with site.world.database.reading() as session:
        other = session.exec(select(Desk).where(Desk.short_name == "maire")).one()
    answer = post(site, desk=str(other.id))
    assert answer.status_code == 422
    assert "Choisissez l’un de vos bureaux." in answer.text
    kept = post(site, desk=str(desk.id), title="")
    assert re.search(rf'value="{desk.id}" selected', kept.text)
    assert folders(site) == []


def test_when_no_circuit_is_published_the_draft_is_kept_and_the_reason_said(site: Site) -> None:
    with site.world.database.writing() as session:
        empty = WorkflowDefinition(tenant_id=site.world.tenant.id, short_name="vide", name="Vide")
        session.add(empty)
        session.flush()
        session.exec(
            update(Subtype)
            .where(col(Subtype.id) == site.world.subtypes["deed"])
            .values(workflow_definition_id=empty.id)
        )
        session.commit()
    assert "Aucun circuit n’est publié pour ce type." in site.browser("secretariat").get("/deposer").text
    answer = post(site)
    page = words(site.browser("secretariat").get(answer.headers["location"]).text)
    assert "Le dossier n’est pas envoyé." in page
    assert "prévenez l’administrateur" in page
    assert [folder.status for folder in folders(site)] == [FolderStatus.DRAFT]


def test_a_commune_without_any_type_is_told_what_to_do_first(site: Site) -> None:
    with site.world.database.writing() as session:
        for subtype in session.exec(select(Subtype)):
            session.delete(subtype)
        session.commit()
    assert "Aucun type de dossier n’est encore défini." in site.browser("secretariat").get("/deposer").text


def test_a_draft_is_erased_only_after_a_question(site: Site) -> None:
    folder = site.world.deposit("Un brouillon de trop")
    browser = site.browser("secretariat")
    question = browser.get(f"/dossiers/{folder.id}/supprimer")
    assert "ne peut pas être annulée" in question.text
    assert len(folders(site)) == 1
    answer = browser.post(f"/dossiers/{folder.id}/supprimer")
    assert (answer.status_code, answer.headers["location"]) == (303, "/brouillons")
    assert "Le brouillon « Un brouillon de trop » est supprimé." in words(browser.get("/brouillons").text)
    assert folders(site) == []
    assert browser.get(f"/dossiers/{folder.id}").status_code == 404


def test_a_folder_in_its_circuit_cannot_be_erased(site: Site) -> None:
    folder = site.world.sent()
    browser = site.browser("secretariat")
    assert browser.get(f"/dossiers/{folder.id}/supprimer").status_code == 303
    answer = browser.post(f"/dossiers/{folder.id}/supprimer")
    assert "a déjà été envoyé" in browser.get(answer.headers["location"]).text
    assert len(folders(site)) == 1


def test_sending_leaves_one_event_for_the_workers(site: Site) -> None:
    post(site)
    with site.world.database.reading() as session:
        assert [item.kind for item in session.exec(select(WorkItem))] == ["folder.moved"]
