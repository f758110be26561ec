"""The pages of those who administer a town: circuits and tables, from the file to the folders that run on them."""

from __future__ import annotations

import html
import re
from importlib.resources import files
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlmodel import select
from starlette.testclient import TestClient

from engine.circuits.model import DecisionTable, WorkflowDefinition, WorkflowDraft, WorkflowVersion
from engine.circuits.queries import definition_of, versions_of
from engine.journal.queries import chain_entries
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, flow, step
from tests.support.site import Site, words
from tests.support.world import World

CIRCUITS = "/administration/circuits"
FOREIGN = Path("tests/imports/files/camunda7-facture.bpmn")
LINE = drawing(START, step("visa"), END, flow("start>visa visa>end"))
LONGER = drawing(START, step("visa"), step("more", desk="maire"), END, flow("start>visa visa>more more>end"))
TABLE = (
    b'<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="Seuils" namespace="t">'
    b'<decision id="who" name="Qui signe"><decisionTable id="t">'
    b'<input id="i" label="Montant"><inputExpression typeRef="number"><text>amount</text></inputExpression></input>'
    b'<output id="o" name="desk" typeRef="string"/>'
    b'<rule id="r1"><inputEntry id="i1"><text>&lt; 5000</text></inputEntry>'
    b'<outputEntry id="o1"><text>"dgs"</text></outputEntry></rule>'
    b'<rule id="r2"><inputEntry id="i2"><text>&gt;= 5000</text></inputEntry>'
    b'<outputEntry id="o2"><text>"maire"</text></outputEntry></rule>'
    b"</decisionTable></decision></definitions>"
)


def upload(browser: TestClient, content: bytes, file: str = "visa-simple.bpmn", **fields: str) -> Any:
    return browser.post(f"{CIRCUITS}/publier", data=fields, files={"file": (file, content, "application/xml")})


def versions(world: World, short_name: str) -> list[WorkflowVersion]:
    with world.database.reading() as session:
        definition = definition_of(session, world.tenant.id, short_name)
        return list(versions_of(session, world.tenant.id, definition.id)) if definition else []


def circuit_id(world: World, short_name: str) -> UUID:
    with world.database.reading() as session:
        found = definition_of(session, world.tenant.id, short_name)
    assert found is not None
    return found.id


def drafts(world: World) -> list[WorkflowDraft]:
    with world.database.reading() as session:
        return list(session.exec(select(WorkflowDraft)))


def question(page: str) -> dict[str, str]:
    """The hidden fields of the question that a page asks."""
    form = page.partition('/repondre">')[2].partition("</form>")[0]
    found = {name: html.unescape(value) for name, value in re.findall(r'name="(question|asked)" value="([^"]*)"', form)}
    return found if "asked" in found else {}


def test_a_drawing_of_ours_is_published_as_it_came_and_told_in_the_journal(site: Site, admin: TestClient) -> None:
    bpmn = files("workflows").joinpath("simple-signature.bpmn").read_bytes()
    address = upload(admin, bpmn, "signature-du-maire.bpmn").headers["location"]
    page = words(admin.get(address).text)
    assert "Ce circuit peut être publié" in page
    assert "nouveau circuit" in page
    assert "En préparation" in words(admin.get(CIRCUITS).text)
    answer = admin.post(f"{address}/publier")
    assert answer.headers["location"] == CIRCUITS
    [version] = versions(site.world, "signature-du-maire")
    assert (version.number, version.bpmn) == (1, bpmn)
    assert version.published_by == site.world.accounts["secretariat"].id
    assert drafts(site.world) == []
    with site.world.database.reading() as session:
        last = chain_entries(session, site.world.tenant.id, site.world.tenant.id)[-1]
    assert (last.event, last.actor_id) == ("tenant:circuit:published", version.published_by)
    page = words(admin.get(f"{CIRCUITS}/{version.workflow_definition_id}").text)
    assert "par Sylvie Lemoine" in page
    assert "Aucun dossier en cours" in page


def test_a_foreign_drawing_is_asked_about_one_question_at_a_time(site: Site, admin: TestClient) -> None:
    address = upload(admin, FOREIGN.read_bytes(), FOREIGN.name).headers["location"]
    asked = []
    while hidden := question(admin.get(address).text):
        assert len(asked) < 30
        asked.append(hidden["asked"])
        page = admin.get(address).text
        offered = re.search(r'type="radio" name="answer" value="([^"]*)"', page)
        likely = html.unescape(offered[1]) if offered else "notify"
        typed = "dgs" if "bureau" in hidden["asked"] else likely
        assert admin.post(f"{address}/repondre", data={**hidden, "typed": typed}).headers["location"] == address
    assert len(asked) == len(set(asked)) > 1
    page = words(admin.get(address).text)
    assert "Ce qui est changé du fichier" in page
    assert "Vos réponses" in page
    assert asked[0] in page


def test_an_answer_that_will_not_do_is_asked_again_and_one_can_be_changed(site: Site, admin: TestClient) -> None:
    address = upload(admin, LINE.replace(b'parapheur:desk="dgs"', b""), "sans-bureau.bpmn").headers["location"]
    hidden = question(admin.get(address).text)
    assert admin.post(f"{address}/repondre", data={**hidden, "typed": "inconnu"}).is_redirect
    page = admin.get(address).text
    assert 'role="alert"' in page
    assert question(page)["question"] == hidden["question"]
    empty = admin.post(f"{address}/repondre", data={**hidden, "typed": " "})
    assert (empty.status_code, "Choisissez une réponse dans la liste" in words(empty.text)) == (422, True)
    answer = admin.post(f"{address}/repondre", data={**hidden, "typed": "x" * 2001})
    assert answer.status_code == 422
    assert "Cette réponse dépasse 2000 caractères" in words(answer.text)
    assert admin.post(f"{address}/repondre", data={**hidden, "typed": "dgs"}).is_redirect
    assert "Ce circuit peut être publié" in words(admin.get(address).text)
    assert admin.post(f"{address}/repondre", data={"question": hidden["question"]}).is_redirect  # « Changer »
    assert question(admin.get(address).text)["question"] == hidden["question"]
    refused = admin.post(f"{address}/publier")
    assert refused.status_code == 422
    assert "Rien n’est publié : ce qui est dit ici" in words(refused.text)
    assert versions(site.world, "sans-bureau") == []


def test_what_is_wrong_is_said_with_its_element_and_remedy_and_cannot_be_published(
    site: Site, admin: TestClient
) -> None:
    broken = drawing(START, step("visa"), END, flow("start>visa"))
    address = upload(admin, broken).headers["location"]
    page = words(admin.get(address).text)
    assert "Élément visa" in page
    assert "de publier. Corrigez le dessin" in page
    assert admin.post(f"{address}/publier").status_code == 422
    assert admin.post(f"{address}/retirer").headers["location"] == CIRCUITS
    assert admin.get(address).status_code == 404
    assert versions(site.world, "visa-simple") == []


def test_files_that_are_no_circuit_are_told_so(site: Site, admin: TestClient) -> None:
    for content, said in (
        (b"PK\x03\x04rien", "une archive (ZIP)"),
        (b"%PDF-1.7", "pas du XML lisible"),
        (b"<!DOCTYPE x><x/>", "DOCTYPE"),
        (LINE + b" " * 2_000_000, "dépasse 2 Mo"),
    ):
        address = upload(admin, content).headers["location"]
        assert said in words(admin.get(address).text)
        assert admin.get(f"{address}/telecharger").status_code == 404
    for fields, said in (
        ({"name": "x" * 101}, "Le nom dépasse 100 caractères"),
        ({"short_name": "Été"}, "ne peut pas servir de nom court"),
    ):
        answer = upload(admin, LINE, **fields)
        assert (answer.status_code, said in words(answer.text)) == (422, True)
    assert "Choisissez le fichier à publier" in words(admin.post(f"{CIRCUITS}/publier", data={}).text)
    assert "Choisissez le fichier à publier" in words(upload(admin, b"").text)


def test_a_table_is_published_kept_and_given_back(site: Site, admin: TestClient) -> None:
    address = upload(admin, TABLE, "seuils.dmn").headers["location"]
    assert "Ces décisions peuvent être publiées" in words(admin.get(address).text)
    assert admin.post(f"{address}/publier").headers["location"] == CIRCUITS
    with site.world.database.reading() as session:
        table = session.exec(select(DecisionTable)).one()
    assert table.short_name == "seuils"
    answer = admin.get(f"{CIRCUITS}/tables/{table.id}/1")
    assert (answer.status_code, answer.content) == (200, TABLE)
    assert "seuils-v1.dmn" in answer.headers["content-disposition"]
    assert admin.get(f"{CIRCUITS}/tables/{table.id}/2").status_code == 404


def test_folders_are_moved_after_a_dry_run_and_retiring_leaves_them_their_way(site: Site, admin: TestClient) -> None:
    world = site.world
    publish_for(world, "line", LINE)
    folder = world.sent(circuit="line", title="Une convention")
    address = f"{CIRCUITS}/{circuit_id(world, 'line')}"
    prepared = upload(admin, LONGER, "longer.bpmn", short_name="line").headers["location"]
    assert "sera la nouvelle version de « line »" in words(admin.get(prepared).text)
    admin.post(f"{prepared}/publier")
    assert "1 dossier en cours sur la version 1" in words(admin.get(CIRCUITS).text)
    plan = words(admin.get(f"{address}/faire-passer").text)
    assert "Une convention De la version 1 à la version 2 ; étape « Étape visa »" in plan
    assert admin.post(f"{address}/faire-passer").headers["location"] == address
    page = words(admin.get(address).text)
    assert "1 dossier est passé à la dernière version" in page
    assert "Version 2" in page
    assert "Aucun dossier n’est en cours dans une autre version" in words(admin.get(f"{address}/faire-passer").text)
    assert admin.get(f"{address}/versions/1").content == LINE
    assert admin.get(f"{address}/versions/3").status_code == 404
    assert "1 dossier en cours va à sa fin" in words(admin.get(f"{address}/retirer").text)
    assert admin.post(f"{address}/retirer").headers["location"] == CIRCUITS
    assert "Retiré" in words(admin.get(address).text)
    assert "est déjà retiré" in words(admin.get(admin.post(f"{address}/retirer").headers["location"]).text)
    assert world.open_step(folder).name == "Étape visa"


def test_the_circuits_of_another_town_are_out_of_reach(site: Site, admin: TestClient, neighbour: World) -> None:
    theirs = f"{CIRCUITS}/{circuit_id(neighbour, 'deed')}"
    for call in (f"{theirs}", f"{theirs}/versions/1", f"{theirs}/retirer", f"{theirs}/faire-passer"):
        assert admin.get(call).status_code == 404, call
    assert admin.post(f"{theirs}/retirer").status_code == 404
    assert admin.post(f"{theirs}/faire-passer").status_code == 404
    mine = upload(admin, LINE).headers["location"]
    other = site.browser("secretariat", neighbour)
    for call in ("", "/telecharger"):
        assert other.get(f"{mine}{call}").status_code == 404
    for call in ("/publier", "/retirer", "/repondre"):
        assert other.post(f"{mine}{call}").status_code in {404, 422}
    assert len(drafts(site.world)) == 1
    with site.world.database.reading() as session:
        retired = session.exec(select(WorkflowDefinition.retired_at)).all()
    assert not any(retired)
