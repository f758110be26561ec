"""Acts as circuits draw them: fields, answers of their own, referring back; and where each is refused."""

from __future__ import annotations

from datetime import timedelta

import orjson
import pytest
from sqlmodel import col, select, update

from engine.circuits import variables_of
from engine.clock import utc_now
from engine.folders.model import Act, Folder, ProcessInstance, Signature, Step
from engine.journal.model import JournalEntry
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.site import Site, as_json, hidden, signed, words
from tests.support.world import NOW

FILLS = (
    ' parapheur:fills="amount:Montant TTC, urgent, note:Observation" parapheur:requiredForApproval="amount"'
    ' parapheur:requiredForRejection="note" parapheur:outcomes="reserve:Avis réservé, none:Sans avis"'
)
SAYS = "<bpmn:documentation>Vérifiez les crédits avant de répondre.</bpmn:documentation>"


def asking(name: str, *, kind: str = "visa", desk: str = "dgs") -> str:
    return step(name, kind=kind, desk=desk).replace("/>", f"{FILLS}>{SAYS}</bpmn:userTask>")


@pytest.fixture
def folder(site: Site) -> Folder:
    """Fields, then the mayor above 40 000, or when the answer is « Avis réservé »."""
    steps = (asking("a"), exclusive("x", "small"), step("big", desk="maire"), step("small", desk="adjoint"))
    arrows = flow('start>a a>x x>big:more:amount>=40000 x>big:doubt:outcome="reserve" x>small:small big>end small>end')
    publish_for(site.world, "fields", drawing(START, *steps, END, arrows))
    return site.world.sent(circuit="fields", title="Bon de commande 2026-17")


def page(site: Site, folder: Folder, what: str = "", who: str = "dgs") -> str:
    answer = site.browser(who).get(f"/dossiers/{folder.id}{what}")
    assert answer.status_code == 200
    return answer.text


def send(site: Site, folder: Folder, what: str, who: str = "dgs", **fields: str):  # type: ignore[no-untyped-def]
    shown = site.browser(who).get(f"/dossiers/{folder.id}").text
    form = {"step": hidden(shown, "step"), "heads": hidden(shown, "heads")}
    return site.browser(who).post(f"/dossiers/{folder.id}/{what}", data={**form, **fields})


def champs(**fields: str) -> dict[str, str]:
    return {f"champ-{name}": text for name, text in fields.items()}


def variables(site: Site, folder: Folder) -> dict[str, object]:
    with site.world.database.reading() as session:
        run = session.get_one(ProcessInstance, folder.id)
        return variables_of(site.world.library.version(session, run.workflow_version_id), run.state)


def open_names(site: Site, folder: Folder) -> list[str]:
    with site.world.database.reading() as session:
        rows = select(Step.element_id).where(Step.folder_id == folder.id, col(Step.closed_at).is_(None))
        return sorted(session.exec(rows).all())


# Fields


@pytest.mark.parametrize("what", ["", "/viser"])
def test_the_step_says_what_it_asks_and_marks_what_is_compulsory(site: Site, folder: Folder, what: str) -> None:
    shown = page(site, folder, what)
    text = words(shown)
    assert "Vérifiez les crédits avant de répondre." in text
    assert "Montant TTC (obligatoire)" in text
    assert "Urgent" in text
    assert "Observation" in text
    assert 'name="champ-amount" value="" maxlength="2000" autocomplete="off" required' in shown
    for answer in ("Avis réservé", "Sans avis"):
        assert f">{answer}</button>" in shown


def test_a_rejection_asks_only_for_what_it_needs(site: Site, folder: Folder) -> None:
    shown = page(site, folder, "/rejeter")
    assert "champ-note" in shown
    assert "champ-amount" not in shown
    missing = send(site, folder, "rejeter", reason="Non.")
    assert missing.status_code == 422
    assert "Remplissez le champ « Observation »" in words(missing.text)
    assert ">Non.</textarea>" in missing.text
    assert send(site, folder, "rejeter", reason="Non.", **champs(note="Hors budget")).status_code == 303
    assert open_names(site, folder) == ["small"]  # the drawing takes care of refusals
    assert "rejeté par Zoé Çelik" in words(page(site, folder, who="adjoint"))


@pytest.mark.parametrize(("typed", "opened"), [("39 999,99", "small"), ("40 000", "big")])
def test_the_circuit_decides_on_numbers_as_the_french_write_them(
    site: Site, folder: Folder, typed: str, opened: str
) -> None:
    sent = send(site, folder, "viser", **champs(amount=typed, urgent="oui", note=""))
    assert sent.status_code == 303
    assert open_names(site, folder) == [opened]
    known = variables(site, folder)
    assert known["urgent"] is True
    assert "note" not in known


def test_a_compulsory_field_left_empty_is_said_beside_it_and_nothing_typed_is_lost(site: Site, folder: Folder) -> None:
    answer = send(site, folder, "viser", reason="Vu.", **champs(amount=" ", urgent="non"))
    assert answer.status_code == 422
    assert "Remplissez le champ « Montant TTC »" in words(answer.text)
    assert 'aria-describedby="page-champ-amount-fault"' in answer.text
    assert 'name="champ-urgent" value="non"' in answer.text
    assert ">Vu.</textarea>" in answer.text
    assert open_names(site, folder) == ["a"]


def test_what_the_circuit_knows_is_shown_and_kept(site: Site) -> None:
    again = step("b").replace("/>", ' parapheur:fills="amount:Montant TTC, day:Jour"/>')
    first = step("a").replace("/>", ' parapheur:fills="amount, day"/>')
    publish_for(site.world, "twice", drawing(START, first, again, step("c"), END, flow("start>a a>b b>c c>end")))
    folder = site.world.sent(circuit="twice")
    send(site, folder, "viser", **champs(amount="1234,5", day="24/11/2026"))
    shown = page(site, folder)
    assert 'name="champ-amount" value="1234,5"' in shown
    assert 'name="champ-day" value="24/11/2026"' in shown
    send(site, folder, "viser", **champs(amount="1234,5", day=""))
    assert variables(site, folder)["amount"] == 1234.5
    assert variables(site, folder)["day"] is None


def test_a_field_that_the_step_does_not_ask_for_is_refused(site: Site, folder: Folder) -> None:
    answer = send(site, folder, "viser", **champs(amount="5", title="Autre"))
    assert answer.status_code == 422
    assert "ne demande pas le champ « title »" in words(answer.text)


def test_a_value_with_which_the_circuit_cannot_go_on_is_told_and_kept(site: Site) -> None:
    asked = step("a").replace("/>", ' parapheur:fills="day"/>')
    timer = (
        '<bpmn:intermediateCatchEvent id="wait"><bpmn:timerEventDefinition><bpmn:timeDate>date(day)</bpmn:timeDate>'
        "</bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"
    )
    publish_for(site.world, "date", drawing(START, asked, timer, END, flow("start>a a>wait wait>end")))
    folder = site.world.sent(circuit="date")
    answer = send(site, folder, "viser", **champs(day="demain"))
    assert answer.status_code == 422
    assert 'value="demain"' in answer.text
    assert 'role="alert"' in answer.text
    assert open_names(site, folder) == ["a"]


# Answers of the drawing's own


def test_an_answer_of_the_drawing_is_a_button_and_the_circuit_reads_it(site: Site, folder: Folder) -> None:
    sent = send(site, folder, "viser", outcome="reserve", reason="Prix élevé.", **champs(amount="5"))
    assert sent.status_code == 303
    assert open_names(site, folder) == ["big"]
    said = words(site.browser("dgs").get(sent.headers["location"]).text)
    assert "a reçu la réponse « Avis réservé »" in said
    assert "« Avis réservé » par Zoé Çelik" in words(page(site, folder, who="maire"))
    assert "a répondu « Avis réservé »" in words(page(site, folder, "/journal", who="secretariat"))


@pytest.mark.parametrize("outcome", ["rejected", "refer_back", "autre"])
def test_an_answer_that_the_step_does_not_offer_is_refused(site: Site, folder: Folder, outcome: str) -> None:
    answer = send(site, folder, "viser", outcome=outcome, **champs(amount="5", note="x"))
    assert answer.status_code == 422
    assert "ne propose pas la réponse" in words(answer.text)
    assert open_names(site, folder) == ["a"]


def test_a_signature_is_sent_with_its_fields_and_its_answer(site: Site) -> None:
    world = site.world
    publish_for(world, "sign", drawing(START, asking("s", kind="signature", desk="maire"), step("after"), END,
                                       flow("start>s s>after after>end")))  # fmt: skip
    folder = world.sent(circuit="sign")
    shown = page(site, folder, who="maire")
    sheet = shown[shown.index('id="sign-sheet"') :]
    assert 'name="champ-amount"' in sheet
    assert '<option value="reserve">Avis réservé</option>' in sheet
    browser, key, base = site.browser("maire"), world.key("maire"), f"/dossiers/{folder.id}/signature"
    asked = {"step": str(world.open_step(folder).id), "heads": world.heads(folder)}
    documents = browser.post(f"{base}/preparer", json={**asked, **as_json(key.holder)}).json()["documents"]
    body = {"step": asked["step"], "signatures": signed(key, documents)}
    for fields, status in (({}, 409), ({"amount": 3}, 400), ([], 400)):
        assert browser.post(f"{base}/terminer", json={**body, "fields": fields}).status_code == status
    with world.database.reading() as session:
        assert session.exec(select(Signature)).all() == []
    done = browser.post(f"{base}/terminer", json={**body, "fields": {"amount": "12,5"}, "outcome": "reserve"})
    assert done.status_code == 200, done.text
    with world.database.reading() as session:
        assert session.exec(select(Step.outcome).where(Step.element_id == "s")).one() == "reserve"
    assert variables(site, folder)["amount"] == 12.5


# Referring back


def test_renvoyer_is_offered_only_where_the_drawing_says_where_to(site: Site) -> None:
    plain = site.world.sent()
    assert "/renvoyer" not in page(site, plain)
    answer = site.browser("dgs").get(f"/dossiers/{plain.id}/renvoyer")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/dossiers/{plain.id}")
    refused = send(site, plain, "renvoyer", reason="À revoir.")
    assert refused.status_code == 409
    assert "ne dit pas où renvoyer" in words(refused.text)
    steps = (exclusive("m", None), step("fix", desk="emitter"), step("a"), exclusive("x", "ok"))
    arrows = flow('start>m m>fix fix>a a>x x>end:ok x>m:no:outcome="refer_back"')
    publish_for(site.world, "loop", drawing(START, *steps, END, arrows))
    folder = site.world.sent(circuit="loop")
    site.world.act("secretariat", folder, Act.VISA)
    assert 'data-open-dialog="#refer-back-sheet"' in page(site, folder)
    assert "Renvoyer le dossier" in page(site, folder, "/renvoyer")
    missing = send(site, folder, "renvoyer")
    assert missing.status_code == 422
    assert 'aria-invalid="true"' in missing.text
    assert send(site, folder, "renvoyer", reason="Une page manque.").status_code == 303
    assert open_names(site, folder) == ["fix"]
    text = words(page(site, folder, who="secretariat"))
    assert "renvoyé par Zoé Çelik" in text
    assert "« Une page manque. »" in text


def test_whoever_the_drawing_keeps_away_is_told_and_has_nothing_to_press(site: Site) -> None:
    second = step("b", desk="secretariat").replace("/>", ' parapheur:separation="emitter"/>')
    publish_for(site.world, "separate", drawing(START, step("a"), second, END, flow("start>a a>b b>end")))
    folder = site.world.sent(circuit="separate")
    site.world.act("dgs", folder, Act.VISA)
    shown = page(site, folder, who="secretariat")
    assert "doit être traitée par une autre personne" in words(shown)
    assert "/viser" not in shown
    for what in ("viser", "rejeter"):
        assert site.browser("secretariat").get(f"/dossiers/{folder.id}/{what}").status_code == 303


# Delays


def test_a_late_step_is_marked_in_the_trays_and_on_the_folder(site: Site) -> None:
    asked = step("a").replace("/>", ' parapheur:delay="P5D"/>')
    publish_for(site.world, "late", drawing(START, asked, END, flow("start>a a>end")))
    folder = site.world.sent(circuit="late")
    trays = (("dgs", "/a-traiter"), ("secretariat", "/en-cours"))
    for who, tray in trays:
        text = words(site.browser(who).get(tray).text)
        assert "à faire avant le" in text
        assert "En retard" not in text
    assert "Étape a" in words(site.browser("dgs").get("/a-traiter").text)
    with site.world.database.writing() as session:
        session.exec(update(Step).where(col(Step.folder_id) == folder.id).values(due_at=NOW - timedelta(days=1)))
        session.commit()
    for who, tray in trays:
        assert "En retard" in words(site.browser(who).get(tray).text)
    assert words(page(site, folder)).count("En retard") == 2
    assert "En retard depuis le" in words(page(site, folder, who="secretariat"))


def test_the_journal_keeps_what_was_filled(site: Site, folder: Folder) -> None:
    send(site, folder, "viser", **champs(amount="12,5"))
    with site.world.database.reading() as session:
        entry = session.exec(select(JournalEntry).where(JournalEntry.event == "folder:step:approved")).one()
    assert orjson.loads(entry.data)["fields"] == {"amount": "12.5"}
    assert entry.at <= utc_now()
