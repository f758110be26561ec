"""The sheets that re-aim an open step, declare a paper, remind or bypass, as they work without scripts."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest
from sqlmodel import col, select

from engine.desks.model import Desk
from engine.folders.model import Act, Folder, FolderStatus, PaperSignature, Step
from engine.work.model import WorkItem
from tests.folders.test_folders_beside import ON_PAPER, TRANSMITTED, token_of
from tests.folders.test_folders_re_aimed import ask
from tests.support.administration import make_administrator
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow
from tests.support.site import Site, hidden, words
from tests.support.world import NOW, blank_pdf


def desk_id(site: Site, short_name: str) -> UUID:
    with site.world.database.reading() as session:
        return session.exec(
            select(Desk.id).where(Desk.tenant_id == site.world.tenant.id, Desk.short_name == short_name)
        ).one()


def page(site: Site, who: str, folder: Folder, path: str = "") -> str:
    answer = site.browser(who).get(f"/dossiers/{folder.id}{path}")
    assert answer.status_code == 200, (answer.status_code, answer.headers.get("location"))
    return html.unescape(answer.text)


def titles(site: Site, who: str, path: str) -> list[str]:
    return re.findall(r'class="title" href="[^"]+">([^<]+)<', site.browser(who).get(path).text)


def menu(text: str) -> list[str]:
    found = re.search(r'<nav aria-label="Autres actions">(.*?)</nav>', text, re.DOTALL)
    return re.findall(r">([^<>]+)</(?:a|button)>", found[1]) if found else []


def test_an_opinion_goes_out_and_comes_back_through_the_trays(site: Site) -> None:
    folder = site.world.sent(title="Budget")
    path = f"/dossiers/{folder.id}"
    assert "Demander un avis" in menu(page(site, "dgs", folder))
    sheet = page(site, "dgs", folder, "/demander-avis")
    assert "François Noël" in sheet
    assert "Directrice générale des services – " not in sheet  # the desk that has the step is not proposed
    form = {"step": hidden(sheet, "step"), "desk": str(desk_id(site, "adjoint"))}
    empty = site.browser("dgs").post(f"{path}/demander-avis", data={**form, "question": " "})
    assert empty.status_code == 422
    assert "Écrivez votre question" in empty.text
    assert f'value="{form["desk"]}" selected' in empty.text  # what was chosen stays chosen
    sent = site.browser("dgs").post(f"{path}/demander-avis", data={**form, "question": "Les crédits suffisent-ils ?"})
    assert sent.headers["location"] == path
    assert titles(site, "dgs", "/a-traiter") == []
    assert titles(site, "dgs", "/avis-attendus") == ["Budget"]
    assert "attend Premier adjoint" in words(site.browser("dgs").get("/avis-attendus").text)
    assert titles(site, "adjoint", "/avis-a-donner") == ["Budget"]
    assert "Donner un avis 1" in words(site.browser("adjoint").get("/bannettes/compteurs").text)
    waiting = page(site, "dgs", folder)
    assert "Reprendre la question" in waiting
    assert f'href="{path}/viser"' not in waiting
    assert f'href="{path}/rejeter"' not in waiting
    asked = page(site, "adjoint", folder)
    assert "demande votre avis : « Les crédits suffisent-ils ? »" in words(asked).replace("\u00a0", " ")
    answer = page(site, "adjoint", folder, "/donner-avis")
    form = {"opinion": hidden(answer, "opinion")}
    for wrong, said in (({}, "Choisissez le sens"), ({"verdict": "UNFAVOURABLE"}, "Écrivez votre avis")):
        refused = site.browser("adjoint").post(f"{path}/donner-avis", data={**form, **wrong})
        assert (refused.status_code, said in refused.text) == (422, True)
    given = {**form, "verdict": "UNFAVOURABLE", "text": "Il manque 2 000 €."}
    assert site.browser("adjoint").post(f"{path}/donner-avis", data=given).headers["location"] == "/a-traiter"
    assert titles(site, "adjoint", "/avis-a-donner") == []
    assert titles(site, "dgs", "/a-traiter") == ["Budget"]
    back = words(page(site, "dgs", folder)).replace("\u00a0", " ")
    assert "avis défavorable de François Noël" in back
    assert "« Il manque 2 000 €. »" in back
    journal = words(page(site, "dgs", folder, "/journal")).replace("\u00a0", " ")
    assert "a donné un avis défavorable pour le bureau « Premier adjoint » : « Il manque 2 000 €. »" in journal
    twice = site.browser("adjoint").post(f"{path}/donner-avis", data=given)
    assert (twice.status_code, "a déjà répondu" in twice.text) == (409, True)


def test_a_question_is_taken_back_by_whoever_asked(site: Site) -> None:
    folder = site.world.sent()
    ask(site.world, "dgs", folder, "adjoint")
    path = f"/dossiers/{folder.id}/reprendre-question"
    assert site.browser("adjoint").get(path).status_code == 303
    form = {"opinion": hidden(page(site, "dgs", folder, "/reprendre-question"), "opinion")}
    assert site.browser("adjoint").post(path, data=form).status_code == 409
    assert site.browser("dgs").post(path, data=form).status_code == 303
    assert f'href="/dossiers/{folder.id}/viser"' in page(site, "dgs", folder)
    assert "question reprise" in page(site, "adjoint", folder)


def test_a_step_is_transferred_and_the_way_tells_it(site: Site) -> None:
    folder = site.world.sent(title="Budget")
    path = f"/dossiers/{folder.id}/transferer"
    form = {"step": hidden(page(site, "dgs", folder, "/transferer"), "step")}
    unchosen = site.browser("dgs").post(path, data=form)
    assert (unchosen.status_code, "Choisissez un bureau dans la liste" in unchosen.text) == (422, True)
    for nonsense in ("", "x", str(UUID(int=7))):
        assert site.browser("dgs").post(path, data={**form, "step": nonsense}).status_code == 404
    chosen = {**form, "desk": str(desk_id(site, "adjoint")), "reason": "Il suit ce projet."}
    assert site.browser("maire").post(path, data=chosen).status_code == 404  # not a folder of theirs
    assert site.browser("dgs").post(path, data=chosen).status_code == 303
    assert titles(site, "adjoint", "/a-traiter") == ["Budget"]
    assert titles(site, "dgs", "/a-traiter") == []
    told = words(page(site, "dgs", folder)).replace("\u00a0", " ")
    assert "transféré par Zoé Çelik (Directrice générale des services) au bureau Premier adjoint" in told
    assert "« Il suit ce projet. »" in told
    assert site.browser("dgs").get(path).status_code == 303  # nothing to transfer any more


def test_a_reminder_is_offered_to_the_emitter_and_leaves_once_an_hour(site: Site) -> None:
    folder = site.world.sent()
    assert "Relancer" not in menu(page(site, "dgs", folder))
    assert "Relancer" in menu(page(site, "secretariat", folder))
    path = f"/dossiers/{folder.id}/relancer"
    form = {"step": hidden(page(site, "secretariat", folder, "/relancer"), "step")}
    assert site.browser("dgs").post(path, data=form).status_code == 409
    assert site.browser("secretariat").post(path, data=form).status_code == 303
    again = site.browser("secretariat").post(path, data=form)
    assert (again.status_code, "il y a moins d’une heure" in again.text) == (409, True)
    assert "Relancer" not in menu(page(site, "secretariat", folder))


@pytest.fixture
def on_paper(site: Site) -> Folder:
    publish_for(site.world, "paper", drawing(START, ON_PAPER, END, flow("start>s s>end")))
    return site.world.sent(circuit="paper", title="Convention")


def test_a_paper_signature_is_declared_with_its_scan_and_never_called_electronic(site: Site, on_paper: Folder) -> None:
    path = f"/dossiers/{on_paper.id}/signature-papier"
    assert "Déclarer une signature papier" in menu(page(site, "maire", on_paper))
    sheet = page(site, "maire", on_paper, "/signature-papier")
    form = {
        "step": hidden(sheet, "step"),
        "heads": hidden(sheet, "heads"),
        "signatory": "Héloïse Lefèvre",
        "signed_on": "2020-01-02",
    }
    bad = {
        "Choisissez le scan du papier signé": {},
        "n’est pas un PDF": {"scan": ("scan.pdf", b"GIF89a not a paper", "application/pdf")},
    }
    for said, files in bad.items():
        refused = site.browser("maire").post(path, data=form, files=files or None)
        assert (refused.status_code, said in refused.text) == (422, True)
        assert 'value="Héloïse Lefèvre"' in html.unescape(refused.text)
    scan = {"scan": ("convention signée.pdf", blank_pdf(), "application/pdf")}
    future = site.browser("maire").post(path, data={**form, "signed_on": "2999-01-02"}, files=scan)
    assert (future.status_code, "est à venir" in future.text) == (422, True)
    assert site.browser("maire").post(path, data=form, files=scan).status_code == 303
    with site.world.database.reading() as session:
        assert session.get_one(Folder, on_paper.id).status is FolderStatus.FINISHED
        assert len(session.exec(select(PaperSignature)).all()) == 1
    told = words(page(site, "secretariat", on_paper)).replace("\u00a0", " ")
    assert "Signature papier de Héloïse Lefèvre, le 2 janvier 2020" in told
    assert "Déclarée par Héloïse Lefèvre" in told
    assert "ce n’est pas une signature électronique" in told
    assert "signature papier déclarée par Héloïse Lefèvre" in told
    assert "Télécharger le document signé" not in told
    assert "convention signée.pdf" in told


def test_a_signature_step_without_paper_offers_none(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    assert "Déclarer une signature papier" not in menu(page(site, "maire", folder))
    assert site.browser("maire").get(f"/dossiers/{folder.id}/signature-papier").status_code == 303


def test_an_administrator_bypasses_a_stuck_work_from_its_page(site: Site) -> None:
    publish_for(site.world, "transmitted", TRANSMITTED)
    folder = site.world.sent(circuit="transmitted", title="Budget")
    site.world.act("dgs", folder, Act.VISA)
    with site.world.database.writing() as session:
        row = session.exec(select(WorkItem).where(WorkItem.kind == "folder.service")).one()
        row.attempts, row.failed_at, row.error = 8, NOW, "le service ne répond pas"
        session.commit()
    path = f"/administration/taches-bloquees/{folder.id}/{token_of(site.world, folder)}"
    assert site.browser("maire").get(path).status_code == 403
    assert site.browser("maire").post(path, data={"reason": "non"}).status_code == 403
    make_administrator(site.world, "adjoint")
    shown = words(site.browser("adjoint").get("/administration/taches-bloquees").text)
    assert "Envoi au TdT · Budget" in shown
    assert "le service ne répond pas" in shown
    form = words(site.browser("adjoint").get(path).text)
    assert "La tâche a échoué : REFUS" in form.replace("\u00a0", " ")
    refused = site.browser("adjoint").post(path, data={"reason": " ", "champ-numero": "2026-12"})
    assert (refused.status_code, 'value="2026-12"' in refused.text) == (422, True)
    done = site.browser("adjoint").post(path, data={"reason": "Transmis à la main.", "champ-numero": "2026-12"})
    assert done.status_code == 303
    with site.world.database.reading() as session:
        open_step = session.exec(select(Step).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))).one()
    assert open_step.element_id == "b"
    journal = words(page(site, "secretariat", folder, "/journal")).replace("\u00a0", " ")
    assert (
        "a contourné la tâche bloquée « Envoi au TdT » : « Transmis à la main. », en répondant : numero = 2026-12"
        in journal
    )
    assert site.browser("adjoint").get(path).status_code == 404
    assert "Aucune tâche ne bloque de dossier" in site.browser("adjoint").get("/administration/taches-bloquees").text
