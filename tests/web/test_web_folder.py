"""The folder page, the acts on it, its documents and its journal."""

from __future__ import annotations

import ast
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote
from uuid import UUID, uuid4

import pytest
from sqlmodel import col, select, update

import engine
import notifications
import parapheur
from engine.desks.model import DeskHolder
from engine.documents.model import DocumentVersion
from engine.folders.model import Act, Folder, FolderStatus
from engine.folders.trays import PAGE
from engine.journal.model import JournalEntry
from engine.journal.queries import chain_entries
from engine.people.model import SignerCertificate
from tests.support.site import Site, hidden, words
from tests.support.world import blank_pdf
from web.certificates import certificate_notice
from web.journal import SENTENCES


def page_of(site: Site, who: str, folder: Folder) -> str:
    answer = site.browser(who).get(f"/dossiers/{folder.id}")
    assert answer.status_code == 200
    return answer.text


def form_of(page: str, **fields: str) -> dict[str, str]:
    return {"step": hidden(page, "step"), "heads": hidden(page, "heads"), **fields}


def events(site: Site, folder: Folder) -> list[str]:
    with site.world.database.reading() as session:
        return [entry.event for entry in chain_entries(session, site.world.tenant.id, folder.id)]


def now(site: Site, folder: Folder) -> Folder:
    with site.world.database.reading() as session:
        return session.get_one(Folder, folder.id)


# Reading


def test_the_page_shows_the_document_the_circuit_and_what_is_asked(site: Site) -> None:
    folder = site.world.sent(title="Acquisition de la parcelle AB 112")
    page, text = page_of(site, "dgs", folder), words(page_of(site, "dgs", folder))
    assert "À viser Acquisition de la parcelle AB 112" in text
    assert "Déposé Secrétaire de mairie · par Sylvie Lemoine" in text
    assert "c’est à vous" in text
    assert "Signature du maire" in text
    assert "Héloïse Lefèvre" in text
    assert re.search(r'<img src="/dossiers/[^"]+/page-1.jpg" alt="Première page de délibération.pdf">', page)
    assert 'data-open-dialog="#visa-sheet"' in page
    assert "sign-sheet" not in page


def test_the_emitter_sees_who_is_waited_for_and_has_nothing_to_do(site: Site) -> None:
    folder = site.world.sent()
    page = page_of(site, "secretariat", folder)
    assert "en attente de Zoé Çelik" in words(page)
    assert "Viser" not in page
    assert "/rejeter" not in page


def test_opening_a_folder_is_noted_once_for_the_person_who_may_act(site: Site) -> None:
    folder = site.world.sent()
    assert 'class="folder unread"' in site.browser("dgs").get("/a-traiter").text
    page_of(site, "secretariat", folder)
    assert "folder:step:read" not in events(site, folder)
    page_of(site, "dgs", folder)
    page_of(site, "dgs", folder)
    assert events(site, folder).count("folder:step:read") == 1
    assert "unread" not in site.browser("dgs").get("/a-traiter").text


@pytest.mark.parametrize("who", ["secretariat", "dgs", "maire"])
def test_what_happened_stays_on_the_line_with_reasons_and_names(site: Site, who: str) -> None:
    folder = site.world.sent()
    site.world.act("dgs", folder, Act.VISA, "Plan annexé, vote conforme.")
    site.world.act("maire", folder, Act.REJECT, "Montant à revoir.")
    text = words(page_of(site, who, folder))
    assert "visé par Zoé Çelik" in text
    assert "« Plan annexé, vote conforme. »" in text
    assert "rejeté par Héloïse Lefèvre" in text
    assert "« Montant à revoir. »" in text
    assert text.startswith("Rejeté") or " Rejeté " in text


def test_a_signed_folder_names_its_signature_and_offers_the_signed_document(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    site.world.sign("maire", folder)
    text = words(page_of(site, "secretariat", folder))
    assert "Signé par Héloïse" in text
    assert "Télécharger le document signé" in text


# The word about the certificate

NOW = datetime(2026, 11, 24, 13, 5, tzinfo=UTC)


def certificate(site: Site, ends: timedelta) -> SignerCertificate:
    return SignerCertificate(
        account_id=site.world.accounts["maire"].id,
        issuer_serial=uuid4().hex,
        fingerprint="f",
        holder="Héloïse Lefèvre",
        issuer="AC",
        not_before=NOW,
        not_after=NOW + ends,
        der=b"",
        bound_at=NOW,
    )


@pytest.mark.parametrize(
    ("ends", "tone", "said"),
    [
        (None, "info", "Aucun certificat n’est encore connu"),
        (timedelta(0), "bad", "Votre certificat a expiré le 24 novembre 2026"),
        (timedelta(days=-30), "bad", "vous ne pourrez pas signer"),
        (timedelta(hours=20), "soon", "dans moins d’un jour, le 25 novembre 2026"),
        (timedelta(days=1, hours=2), "soon", "expire dans 1 jour, le 25 novembre 2026."),
        (timedelta(days=41), "soon", "expire dans 41 jours, le 4 janvier 2027."),
        (timedelta(days=60), None, ""),
    ],
)
def test_the_person_is_told_before_reading_when_their_certificate_will_not_do(
    site: Site, ends: timedelta | None, tone: str | None, said: str
) -> None:
    notice = certificate_notice([certificate(site, ends)] if ends is not None else [], NOW, "Europe/Paris")
    assert (notice.tone if notice else None) == tone
    assert said in (notice.sentence if notice else "")


def test_the_longest_certificate_decides(site: Site) -> None:
    assert (
        certificate_notice(
            [certificate(site, timedelta(days=400)), certificate(site, timedelta(days=-3))], NOW, "Europe/Paris"
        )
        is None
    )


def test_only_the_person_who_must_sign_is_told_of_their_certificate(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    assert "Aucun certificat n’est encore connu pour vous." in page_of(site, "maire", folder)
    assert "Aucun certificat" not in page_of(site, "secretariat", folder)


# Acts


def test_a_visa_moves_the_folder_on_and_leads_to_the_next_one(site: Site) -> None:
    first, second = site.world.sent(title="Première"), site.world.sent(title="Seconde")
    form = form_of(page_of(site, "dgs", first), reason="Vu, conforme.")
    answer = site.browser("dgs").post(f"/dossiers/{first.id}/viser", data=form)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dossiers/{second.id}")
    following = words(site.browser("dgs").get(answer.headers["location"]).text)
    assert "Le dossier « Première » est visé. Voici le suivant." in following
    assert site.world.open_step(first).kind == "SIGNATURE"
    last = site.browser("dgs").post(f"/dossiers/{second.id}/viser", data=form_of(page_of(site, "dgs", second)))
    assert last.headers["location"] == "/a-traiter"
    tray = words(site.browser("dgs").get("/a-traiter").text)
    assert "Le dossier « Seconde » est visé." in tray
    assert "Rien n’attend votre visa" in tray


def test_a_script_that_sends_a_form_is_told_where_to_go_and_the_word_waits_there(site: Site) -> None:
    folder = site.world.sent(title="Par un script")
    form = form_of(page_of(site, "dgs", folder))
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/viser", data=form, headers={"hx-request": "true"})
    assert (answer.status_code, answer.json()) == (200, {"next": "/a-traiter"})
    assert "« Par un script » est visé" in words(site.browser("dgs").get("/a-traiter").text)
    assert "est visé" not in words(site.browser("dgs").get("/a-traiter").text)


def test_the_corner_leads_back_to_where_the_folder_was_found(site: Site) -> None:
    folder = site.world.sent()
    assert 'class="brand" href="/a-traiter"' in page_of(site, "dgs", folder)
    assert 'class="brand" href="/en-cours"' in page_of(site, "secretariat", folder)
    site.world.act("dgs", folder, Act.REJECT, "Non.")
    assert 'class="brand" href="/rejetes"' in page_of(site, "secretariat", folder)
    assert 'class="brand" href="/a-traiter"' in page_of(site, "dgs", folder)


def test_a_rejection_says_why_and_hands_the_folder_back(site: Site) -> None:
    folder = site.world.sent()
    form = form_of(page_of(site, "dgs", folder), reason="Nombre de votants faux.")
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/rejeter", data=form)
    assert answer.status_code == 303
    assert now(site, folder).status is FolderStatus.REJECTED
    assert "Nombre de votants faux." in page_of(site, "secretariat", folder)


@pytest.mark.parametrize("act", ["viser", "rejeter"])
def test_every_act_works_without_scripts(site: Site, act: str) -> None:
    folder = site.world.sent()
    page = site.browser("dgs").get(f"/dossiers/{folder.id}/{act}")
    assert page.status_code == 200
    form = form_of(page.text, reason="Pour la raison que voici.")
    assert site.browser("dgs").post(f"/dossiers/{folder.id}/{act}", data=form).status_code == 303
    assert "folder:step:approved" in events(site, folder) or "folder:step:rejected" in events(site, folder)


@pytest.mark.parametrize("act", ["viser", "rejeter"])
def test_the_page_of_an_act_leads_back_when_nothing_waits_for_this_person(site: Site, act: str) -> None:
    folder = site.world.sent()
    answer = site.browser("secretariat").get(f"/dossiers/{folder.id}/{act}")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dossiers/{folder.id}")


@pytest.mark.parametrize("reason", ["", "   ", "\n"])
def test_a_rejection_without_reason_is_refused_beside_the_field(site: Site, reason: str) -> None:
    folder = site.world.sent()
    form = form_of(page_of(site, "dgs", folder), reason=reason)
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/rejeter", data=form)
    assert answer.status_code == 422
    assert "Indiquez le motif du rejet" in answer.text
    assert 'aria-describedby="page-hint page-fault"' in answer.text
    assert now(site, folder).status is FolderStatus.IN_PROGRESS
    again = site.browser("dgs").post(f"/dossiers/{folder.id}/rejeter", data=form_of(answer.text, reason="Enfin."))
    assert again.status_code == 303


@pytest.mark.parametrize("act", ["viser", "rejeter"])
def test_words_that_are_too_long_are_kept_in_their_field(site: Site, act: str) -> None:
    folder = site.world.sent()
    long = "mot " * 501
    form = form_of(page_of(site, "dgs", folder), reason=long)
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/{act}", data=form)
    assert answer.status_code == 422
    assert long in answer.text
    assert "dépasse 2000 caractères" in words(answer.text)


def test_the_same_act_sent_twice_counts_once_and_the_second_is_told(site: Site) -> None:
    folder = site.world.sent()
    form = form_of(page_of(site, "dgs", folder), reason="Deux fois.")
    assert site.browser("dgs").post(f"/dossiers/{folder.id}/viser", data=form).status_code == 303
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/viser", data=form)
    assert answer.status_code == 409
    assert "Cette étape a déjà été traitée par Zoé Çelik." in words(answer.text)
    assert events(site, folder).count("folder:step:approved") == 1


def test_an_act_on_another_desk_is_refused(site: Site) -> None:
    folder = site.world.sent()
    form = form_of(page_of(site, "dgs", folder))
    answer = site.browser("secretariat").post(f"/dossiers/{folder.id}/viser", data=form)
    assert answer.status_code == 409
    assert "que vous ne tenez pas" in answer.text
    assert site.world.open_step(folder).closed_at is None


def test_a_visa_on_a_document_that_changed_meanwhile_is_refused_and_what_was_typed_is_kept(site: Site) -> None:
    folder = site.world.sent()
    form = form_of(page_of(site, "dgs", folder), reason="Relu ce matin.")
    with site.world.database.writing() as session:
        head = session.exec(select(DocumentVersion).order_by(col(DocumentVersion.number).desc())).first()
        assert head
        changed = {**head.model_dump(exclude={"id"}), "number": head.number + 1, "sha256": "f" * 64}
        session.add(DocumentVersion(**changed))
        session.commit()
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/viser", data=form)
    assert answer.status_code == 409
    assert "Le document a changé depuis que vous l’avez ouvert" in words(answer.text)
    assert "Relu ce matin." in answer.text


def test_a_visa_does_not_replace_a_signature(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    assert site.browser("maire").get(f"/dossiers/{folder.id}/viser").status_code == 303
    form = {"step": str(site.world.open_step(folder).id), "heads": site.world.heads(folder)}
    answer = site.browser("maire").post(f"/dossiers/{folder.id}/viser", data=form)
    assert answer.status_code == 409
    assert "un visa ne suffit pas" in answer.text


@pytest.mark.parametrize("step", ["", "non", str(UUID(int=9))])
def test_a_made_up_step_is_not_found(site: Site, step: str) -> None:
    folder = site.world.sent()
    answer = site.browser("dgs").post(f"/dossiers/{folder.id}/viser", data={"step": step, "heads": ""})
    assert answer.status_code == 404


# Documents


def head_address(site: Site, folder: Folder, who: str = "secretariat") -> str:
    found = re.search(r'data-url="([^"]+)"', page_of(site, who, folder))
    assert found
    return found[1]


def test_a_document_comes_whole_for_the_viewer_and_runs_nothing(site: Site) -> None:
    pdf = blank_pdf(3)
    folder = site.world.deposit(pdf=pdf)
    answer = site.browser("secretariat").get(head_address(site, folder))
    assert answer.content == pdf
    assert answer.headers["content-type"] == "application/pdf"
    assert "sandbox" in answer.headers["content-security-policy"]
    assert answer.headers["content-disposition"] == f"inline; filename*=UTF-8''{quote('délibération.pdf')}"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("asked", "status", "part"),
    [
        ("bytes=0-99", 206, slice(0, 100)),
        ("bytes=100-", 206, slice(100, None)),
        ("bytes=-50", 206, slice(-50, None)),
        ("bytes=0-999999", 206, slice(None)),
        ("bytes=-999999", 206, slice(None)),
        ("bytes=999999-", 416, slice(0, 0)),
        ("bytes=-0", 416, slice(0, 0)),
        ("bytes=5-2", 416, slice(0, 0)),
        (f"bytes={'9' * 5000}-", 200, slice(None)),
        ("bytes=-", 200, slice(None)),
        ("bytes=0-1,4-5", 200, slice(None)),
        ("lignes=1-2", 200, slice(None)),
    ],
)
def test_a_document_comes_in_parts_for_the_viewer(site: Site, asked: str, status: int, part: slice) -> None:
    pdf = blank_pdf()
    folder = site.world.deposit(pdf=pdf)
    headers = {"range": asked, "accept-encoding": "gzip"}
    answer = site.browser("secretariat").get(head_address(site, folder), headers=headers)
    assert answer.status_code == status
    assert answer.content == pdf[part]
    if status == 206:
        first, last, _ = part.indices(len(pdf))
        assert answer.headers["content-range"] == f"bytes {first}-{last - 1}/{len(pdf)}"
        assert answer.headers["content-length"] == str(last - first)


def test_downloading_gives_the_present_version_under_its_name(site: Site) -> None:
    folder = site.world.sent(circuit="simple-signature")
    site.world.sign("maire", folder)
    answer = site.browser("secretariat").get(f"/dossiers/{folder.id}/telecharger")
    assert answer.content == site.world.document(folder)
    assert b"/ByteRange" in answer.content
    assert answer.headers["content-disposition"].startswith("attachment; filename*=UTF-8''d%C3%A9lib")
    link = re.search(r'href="([^"]+telecharger=1)"', page_of(site, "secretariat", folder))
    assert link
    same = site.browser("secretariat").get(link[1])
    assert same.content == answer.content
    assert same.headers["content-disposition"].startswith("attachment")


def test_the_first_page_is_an_image_kept_by_the_browser_until_the_document_changes(site: Site) -> None:
    folder = site.world.deposit()
    address = f"{head_address(site, folder)}/page-1.jpg"
    answer = site.browser("secretariat").get(address)
    assert answer.headers["content-type"] == "image/jpeg"
    assert answer.content.startswith(b"\xff\xd8\xff")
    again = site.browser("secretariat").get(address, headers={"if-none-match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


# The journal


def test_the_journal_tells_the_whole_road_in_french(site: Site) -> None:
    folder = site.world.sent()
    page_of(site, "dgs", folder)
    site.world.act("dgs", folder, Act.VISA, "Vu.")
    site.world.sign("maire", folder)
    answer = site.browser("secretariat").get(f"/dossiers/{folder.id}/journal")
    text = words(answer.text)
    for sentence in (
        "Sylvie Lemoine a créé le dossier avec le document « délibération.pdf ».",
        "Sylvie Lemoine a envoyé le dossier dans son circuit.",
        "Zoé Çelik a ouvert le dossier à l’étape « Visa de la direction générale ».",
        "Zoé Çelik a visé pour le bureau « Directrice générale des services » : « Vu. ».",
        "Héloïse Lefèvre a signé pour le bureau « Maire », certificat :",
    ):
        assert sentence in text
    assert "Le journal est entier" in text


def test_a_journal_that_was_tampered_with_says_from_where(site: Site) -> None:
    folder = site.world.sent()
    with site.world.database.writing() as session:
        session.exec(update(JournalEntry).where(col(JournalEntry.seq) == 2).values(actor_id=None))
        session.commit()
    text = words(site.browser("secretariat").get(f"/dossiers/{folder.id}/journal").text)
    assert "Le journal n’est plus entier à partir de l’entrée n° 2" in text
    assert "Le journal est entier" not in text


def events_written() -> set[str]:
    """Every event name that the code of the product can write, read from its source."""
    found = set()
    for package in (engine, notifications, parapheur):
        for path in Path(str(package.__file__)).parent.rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    found |= set(re.findall(r"^(?:folder|tenant):[a-z]+:[a-z_]+$", node.value))
    return found


#: Put together from how a step ended.
_OUTCOMES = ("approved", "rejected", "signed", "paper_signed", "referred_back", "answered")


def test_every_event_of_the_product_has_its_sentence() -> None:
    outcomes = {f"folder:step:{outcome}" for outcome in _OUTCOMES}
    written = events_written()
    assert len(written) >= 5
    assert written | outcomes == set(SENTENCES)
    for sentence in SENTENCES.values():
        assert sentence({})


# The trays


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("/a-traiter", "À traiter"),
        ("/en-cours", "En cours"),
        ("/termines", "Terminés"),
        ("/rejetes", "Rejetés"),
        ("/brouillons", "Brouillons"),
    ],
)
def test_an_empty_tray_says_so_and_what_to_do_first(site: Site, path: str, title: str) -> None:
    answer = site.browser("secretariat").get(path)
    assert f"<h1>{title}</h1>" in answer.text
    assert 'class="empty"' in answer.text
    assert 'aria-current="page"' in answer.text
    assert ('<a class="button" href="/deposer">' in answer.text) == (path != "/rejetes")


def test_each_folder_is_in_the_tray_where_one_looks_for_it(site: Site) -> None:
    world = site.world
    world.deposit("Un brouillon")
    world.sent(title="En route")
    world.act("dgs", world.sent(title="Refusé"), Act.REJECT, "Non.")
    world.sign("maire", world.sent(title="Signé", circuit="simple-signature"))
    world.sent(title="À la signature", circuit="simple-signature")
    shown = {
        ("secretariat", "/brouillons"): {"Un brouillon"},
        ("secretariat", "/en-cours"): {"En route", "À la signature"},
        ("secretariat", "/rejetes"): {"Refusé"},
        ("secretariat", "/termines"): {"Signé"},
        ("secretariat", "/a-traiter"): set(),
        ("dgs", "/a-traiter"): {"En route"},
        ("maire", "/a-traiter"): {"À la signature"},
        ("maire", "/en-cours"): set(),
    }
    for (who, path), titles in shown.items():
        page = site.browser(who).get(path).text
        assert set(re.findall(r'class="title" href="[^"]+">([^<]+)<', page)) == titles, (who, path)
    assert "attend Directrice générale des services" in words(site.browser("secretariat").get("/en-cours").text)
    assert "À signer" in site.browser("maire").get("/a-traiter").text
    assert "À viser" in site.browser("dgs").get("/a-traiter").text
    counts = words(site.browser("secretariat").get("/bannettes/compteurs?bannette=SENT").text)
    assert (
        counts == "À traiter 0 En délégation 0 En cours 2 Terminés Rejetés 1 Brouillons 1 Récupérables Suivis Archivés"
    )


@pytest.mark.parametrize(("who", "path"), [("secretariat", "/brouillons"), ("dgs", "/a-traiter")])
def test_a_long_tray_goes_on_page_after_page(site: Site, monkeypatch: pytest.MonkeyPatch, who: str, path: str) -> None:
    assert PAGE == 50
    monkeypatch.setattr("engine.folders.trays.PAGE", 2)
    made = [site.world.deposit(f"Dossier {number}") for number in range(5)]
    if who == "dgs":
        made = [site.world.send(folder) for folder in made]
    titles: list[str] = []
    address = path
    while address:
        page = site.browser(who).get(address).text
        titles += re.findall(r'class="title" href="[^"]+">([^<]+)<', page)
        more = re.search(r'href="(\?apres=[^"]+)">Suite', page)
        address = path + more[1] if more else ""
    assert sorted(titles) == [f"Dossier {number}" for number in range(5)]


def test_a_step_of_a_desk_without_holder_is_said(site: Site) -> None:
    folder = site.world.sent()
    with site.world.database.writing() as session:
        holder = session.exec(select(DeskHolder).where(DeskHolder.account_id == site.world.accounts["dgs"].id)).one()
        session.delete(holder)
        session.commit()
    assert "ce bureau n’a pas de titulaire" in words(page_of(site, "secretariat", folder))
