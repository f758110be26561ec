"""Taking back one's own act, and returning a folder to a step: offered where it may be done, refused elsewhere."""

from __future__ import annotations

import re

import pytest
from sqlmodel import col, select

from engine.folders.model import Act, Folder, Signature, Step
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.site import Site, hidden, sign_in_page, words


def page(site: Site, folder: Folder, who: str, what: str = "") -> str:
    answer = site.browser(who).get(f"/dossiers/{folder.id}{what}")
    assert answer.status_code == 200, answer.headers
    return answer.text


def visa(site: Site, folder: Folder, who: str = "dgs"):  # type: ignore[no-untyped-def]
    shown = page(site, folder, who)
    form = {"step": hidden(shown, "step"), "heads": hidden(shown, "heads"), "reason": ""}
    return site.browser(who).post(f"/dossiers/{folder.id}/viser", data=form)


def waiting(site: Site, folder: Folder) -> list[str]:
    with site.world.database.reading() as session:
        rows = select(Step.element_id).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
        return sorted(session.exec(rows).all())


def titles(site: Site, who: str) -> list[str]:
    return re.findall(r'class="title" href="[^"]+">([^<]+)<', site.browser(who).get("/recuperables").text)


# The droit de remords


def test_an_act_is_taken_back_from_the_word_that_tells_it(site: Site) -> None:
    folder = site.world.sent(title="Visé trop vite")
    told = site.browser("dgs").get(visa(site, folder).headers["location"]).text
    assert f'<a href="/dossiers/{folder.id}/recuperer">Reprendre mon action</a>' in told
    question = words(page(site, folder, "dgs", "/recuperer"))
    assert "Votre action à l’étape Visa de la direction générale ne comptera plus" in question
    assert "Votre signature" not in question
    done = site.browser("dgs").post(f"/dossiers/{folder.id}/recuperer")
    assert (done.status_code, done.headers["location"]) == (303, f"/dossiers/{folder.id}")
    shown = words(page(site, folder, "dgs"))
    assert "le dossier vous attend de nouveau" in shown
    assert "c’est à vous" in shown
    assert "étape retirée : l’action précédente a été reprise" in shown
    assert waiting(site, folder) == ["visa-dgs"]
    assert visa(site, folder).status_code == 303


def test_recuperer_is_offered_exactly_while_it_may_be_done(site: Site) -> None:
    folder = site.world.sent(title="Visé")
    assert "/recuperer" not in page(site, folder, "dgs")
    visa(site, folder)
    assert 'data-open-dialog="#undo-sheet"' in page(site, folder, "dgs")
    assert "/recuperer" not in page(site, folder, "secretariat")
    assert (titles(site, "dgs"), titles(site, "secretariat"), titles(site, "maire")) == (["Visé"], [], [])
    page(site, folder, "maire")
    assert "/recuperer" not in page(site, folder, "dgs")
    assert titles(site, "dgs") == []
    asked = site.browser("dgs").get(f"/dossiers/{folder.id}/recuperer")
    assert asked.headers["location"] == f"/dossiers/{folder.id}"
    assert "a déjà été ouverte" in words(page(site, folder, "dgs"))
    refused = site.browser("dgs").post(f"/dossiers/{folder.id}/recuperer")
    assert refused.status_code == 409
    assert "a déjà été ouverte" in words(refused.text)
    assert waiting(site, folder) == ["signature-maire"]


def test_an_act_of_somebody_else_is_not_taken_back(site: Site) -> None:
    folder = site.world.sent()
    visa(site, folder)
    refused = site.browser("secretariat").post(f"/dossiers/{folder.id}/recuperer")
    assert refused.status_code == 409
    assert "n’est pas la vôtre" in words(refused.text)


def test_when_the_folder_is_finished_nothing_is_offered(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    told = sign_in_page(site, "maire", folder)
    assert "recuperer" not in site.browser("maire").get(told.json()["next"]).text
    assert "/recuperer" not in page(site, folder, "maire")


def test_a_signature_taken_back_is_shown_as_withdrawn_and_its_version_is_kept(site: Site) -> None:
    folder = site.world.sent(circuit="two-signatures")
    before = site.world.document(folder)
    sign_in_page(site, "adjoint", folder)
    signed = site.world.document(folder)
    assert "elle reste dans les preuves du dossier" in words(page(site, folder, "adjoint", "/recuperer"))
    assert site.browser("adjoint").post(f"/dossiers/{folder.id}/recuperer").status_code == 303
    assert site.world.document(folder) == before
    shown = page(site, folder, "secretariat")
    text = words(shown)
    assert "Retirée Signature de François" in text
    assert "Signé par" not in text
    assert "Signature retirée" in text
    assert "retour à une version antérieure" in text
    with site.world.database.reading() as session:
        version = session.exec(select(Signature.document_version_id)).one()
    kept = site.browser("secretariat").get(f"/dossiers/{folder.id}/documents/{version}?telecharger=1")
    assert f"/documents/{version}?telecharger=1" in shown
    assert kept.content == signed


# Returning to a step


@pytest.fixture
def folder(site: Site) -> Folder:
    """Two visas are given, the third is waited for."""
    steps = (step("a"), step("b", desk="maire"), step("c", desk="adjoint"))
    publish_for(site.world, "three", drawing(START, *steps, END, flow("start>a a>b b>c c>end")))
    found = site.world.sent(circuit="three")
    site.world.act("dgs", found, Act.VISA)
    site.world.act("maire", found, Act.VISA)
    return found


def choice(site: Site, folder: Folder, element: str, who: str = "secretariat") -> dict[str, str]:
    """What the page would send for this step."""
    with site.world.database.reading() as session:
        wanted = select(Step.id).where(Step.folder_id == folder.id, Step.element_id == element)
        step_id = str(session.exec(wanted.order_by(col(Step.opened_at))).first())
    shown = page(site, folder, who, "/revenir")
    return {"step": step_id, f"falls-{step_id}": hidden(shown, f"falls-{step_id}")}


def test_the_page_says_whose_acts_fall_with_each_step(site: Site, folder: Folder) -> None:
    text = words(page(site, folder, "secretariat", "/revenir"))
    assert "Étape b Tombe : action de Héloïse Lefèvre" in text
    assert "Étape a Tombent : action de Zoé Çelik, action de Héloïse Lefèvre (Étape b)" in text
    assert "Étape c" not in text


@pytest.mark.parametrize("who", ["secretariat", "adjoint"])
def test_the_emitter_and_whoever_holds_the_folder_may_send_it_back(site: Site, folder: Folder, who: str) -> None:
    assert f"/dossiers/{folder.id}/revenir" in page(site, folder, who)
    form = {**choice(site, folder, "a", who), "reason": "Le montant est faux."}
    done = site.browser(who).post(f"/dossiers/{folder.id}/revenir", data=form)
    assert (done.status_code, done.headers["location"]) == (303, f"/dossiers/{folder.id}")
    assert waiting(site, folder) == ["a"]
    text = words(page(site, folder, "secretariat"))
    assert "visé par Héloïse Lefèvre, ne compte plus : le dossier est revenu en arrière" in text
    assert "a fait revenir le dossier à l’étape « Étape a » : « Le montant est faux. »" in words(
        page(site, folder, "secretariat", "/journal")
    )


@pytest.mark.parametrize("who", ["dgs", "maire"])
def test_nobody_else_may(site: Site, folder: Folder, who: str) -> None:
    assert "/revenir" not in page(site, folder, who)
    assert site.browser(who).get(f"/dossiers/{folder.id}/revenir").status_code == 303
    form = {**choice(site, folder, "a"), "reason": "Non."}
    assert site.browser(who).post(f"/dossiers/{folder.id}/revenir", data=form).status_code == 409
    assert waiting(site, folder) == ["c"]


def test_without_a_reason_or_a_step_the_page_comes_back_with_what_was_typed(site: Site, folder: Folder) -> None:
    chosen = choice(site, folder, "b")
    answer = site.browser("secretariat").post(f"/dossiers/{folder.id}/revenir", data={**chosen, "reason": " "})
    assert answer.status_code == 422
    assert "Indiquez pourquoi le dossier revient" in words(answer.text)
    assert f'value="{chosen["step"]}" required checked' in answer.text
    answer = site.browser("secretariat").post(f"/dossiers/{folder.id}/revenir", data={"reason": "Erreur."})
    assert answer.status_code == 422
    assert "Choisissez l’étape à laquelle le dossier revient." in words(answer.text)
    assert ">Erreur.</textarea>" in answer.text
    assert waiting(site, folder) == ["c"]


def test_when_more_would_fall_than_was_shown_nothing_is_done(site: Site) -> None:
    steps = (step("a"), step("b", desk="maire"), step("c", desk="adjoint"))
    publish_for(site.world, "more", drawing(START, *steps, END, flow("start>a a>b b>c c>end")))
    folder = site.world.sent(circuit="more")
    site.world.act("dgs", folder, Act.VISA)
    form = {**choice(site, folder, "a"), "reason": "Erreur."}
    site.world.act("maire", folder, Act.VISA)
    answer = site.browser("secretariat").post(f"/dossiers/{folder.id}/revenir", data=form)
    assert answer.status_code == 422
    assert "d’autres actions tomberaient" in words(answer.text)
    assert "action de Héloïse Lefèvre (Étape b)" in words(answer.text)
    assert waiting(site, folder) == ["c"]


def test_the_page_leads_back_when_no_step_is_done(site: Site) -> None:
    folder = site.world.sent()
    assert "/revenir" not in page(site, folder, "secretariat")
    assert site.browser("secretariat").get(f"/dossiers/{folder.id}/revenir").status_code == 303


# The line


def test_a_step_asked_of_several_desks_is_one_point_with_each_answer(site: Site) -> None:
    asked = step("a", desk="dgs, maire, adjoint").replace("/>", ' parapheur:mode="2"/>')
    publish_for(site.world, "several", drawing(START, asked, step("end-it"), END, flow("start>a a>end-it end-it>end")))
    folder = site.world.sent(circuit="several")
    with site.world.database.reading() as session:
        assert len(session.exec(select(Step).where(Step.folder_id == folder.id)).all()) == 3
    visa(site, folder, "maire")
    text = words(page(site, folder, "dgs"))
    assert "Étape a 1 réponse sur 3" in text
    assert "Maire · visé par Héloïse Lefèvre" in text
    assert text.count("c’est à vous") == 1
    visa(site, folder, "dgs")
    text = words(page(site, folder, "secretariat"))
    assert "Étape a 2 réponses sur 3" in text
    assert "Premier adjoint · étape retirée par le circuit" in text


def test_a_step_that_will_be_asked_of_several_desks_is_one_point_too(site: Site) -> None:
    asked = step("a", desk="dgs, maire, adjoint")
    publish_for(site.world, "later", drawing(START, asked, END, flow("start>a a>end")))
    draft = site.world.deposit(circuit="later")
    text = words(page(site, draft, "secretariat"))
    assert "Étape a demandée 3 fois" in text
    assert "Premier adjoint · François Noël" in text


def test_a_step_of_a_called_circuit_says_which(site: Site) -> None:
    publish_for(site.world, "called", drawing(START, step("inner"), END, flow("start>inner inner>end")))
    call = '<bpmn:callActivity id="sub" name="Contrôle budgétaire" calledElement="called"/>'
    publish_for(site.world, "caller", drawing(START, call, step("last"), END, flow("start>sub sub>last last>end")))
    folder = site.world.sent(circuit="caller")
    assert "Étape inner circuit appelé : Contrôle budgétaire" in words(page(site, folder, "dgs"))
    visa(site, folder)
    assert "Étape inner circuit appelé : Contrôle budgétaire" in words(page(site, folder, "secretariat"))
