"""The pages of those who administer a town: desks, and the journal of the town."""

from __future__ import annotations

import html
import re
from uuid import UUID, uuid4

import pytest
from starlette.testclient import TestClient

from engine.desks.model import Desk
from tests.support.administration import DESKS, NEW, PEOPLE, account, desk_id, journal
from tests.support.site import Site, words


def test_a_desk_is_created_with_a_short_name_made_from_its_name(site: Site, admin: TestClient) -> None:
    above = str(desk_id(site.world, "dgs"))
    sent = {"name": "  Services   techniques ", "short_name": "", "parent": above, "deposits": "oui"}
    answer = admin.post(f"{DESKS}/nouveau", data=sent)
    assert (answer.status_code, answer.headers["location"]) == (303, DESKS)
    with site.world.database.reading() as session:
        desk = session.get_one(Desk, desk_id(site.world, "services-techniques"))
    assert (desk.name, str(desk.parent_desk_id), desk.may_create) == ("Services techniques", above, True)
    page = html.unescape(admin.get(DESKS).text)
    assert re.search(r"Directrice générale des services</a>(?:(?!</li>).)*<ul>.*Services techniques", page, re.DOTALL)
    [entry] = journal(site.world)
    assert entry.event == "tenant:desk:created"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "Donnez un nom au bureau"),
        ({"name": "x" * 101}, "Le nom du bureau dépasse 100 caractères"),
        ({"name": "MAIRE"}, "Le bureau « Maire » existe déjà"),
        ({"short_name": "maire"}, "Le nom court « maire » est celui du bureau « Maire »"),
        ({"short_name": "emitter"}, "Le nom court « emitter » a déjà un sens dans les circuits"),
        ({"short_name": "Services Techniques"}, "« Services Techniques » ne peut pas servir de nom court"),
        ({"short_name": "été"}, "ne peut pas servir de nom court"),
        ({"short_name": "a,b"}, "ne peut pas servir de nom court"),
        ({"name": "2026"}, "« 2026 » ne peut pas servir de nom court"),
        ({"name": "ⵣ"}, "ne peut pas servir de nom court"),
        ({"parent": str(uuid4())}, "n’existe pas dans votre collectivité"),
    ],
)
def test_a_desk_that_will_not_do_says_why_and_loses_nothing(
    site: Site, admin: TestClient, wrong: dict[str, str], said: str
) -> None:
    sent = {"name": "Police municipale", "short_name": "", "parent": "", "deposits": "oui", **wrong}
    answer = admin.post(f"{DESKS}/nouveau", data=sent)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert sent["name"] in html.unescape(answer.text)
    assert 'name="deposits" value="oui" checked' in answer.text
    assert journal(site.world) == []


def test_a_desk_is_never_above_itself(site: Site, admin: TestClient) -> None:
    maire, dgs, clerk = (str(desk_id(site.world, name)) for name in ("maire", "dgs", "secretariat"))
    for below, above in ((dgs, maire), (clerk, dgs)):
        form = {"name": {dgs: "Direction", clerk: "Secrétariat"}[below], "parent": above}
        assert admin.post(f"{DESKS}/{below}", data=form).status_code == 303
    itself = admin.post(f"{DESKS}/{maire}", data={"name": "Le maire", "parent": maire})
    assert itself.status_code == 422
    assert "ne peut pas être son propre supérieur" in words(itself.text)
    circle = admin.post(f"{DESKS}/{maire}", data={"name": "Le maire", "parent": clerk})
    assert circle.status_code == 422
    assert "Le bureau « Secrétariat » dépend déjà de « Maire »" in words(circle.text)
    assert 'value="Le maire"' in circle.text
    with site.world.database.reading() as session:
        assert session.get_one(Desk, UUID(maire)).parent_desk_id is None


def test_changing_a_desk_keeps_the_short_name_that_circuits_aim_at(site: Site, admin: TestClient) -> None:
    dgs = desk_id(site.world, "dgs")
    sent = {"name": "Direction générale", "short_name": "autre", "parent": ""}
    assert admin.post(f"{DESKS}/{dgs}", data=sent).status_code == 303
    assert desk_id(site.world, "dgs") == dgs
    folder = site.world.sent()
    assert site.world.open_step(folder).desk_id == dgs


# The journal


def test_the_journal_tells_every_change_newest_first(site: Site, admin: TestClient) -> None:
    dgs = str(desk_id(site.world, "dgs"))
    admin.post(f"{PEOPLE}/inviter", data={**NEW, "desk": dgs})
    agathe = account(site.world, NEW["email"])
    page = f"{PEOPLE}/{agathe.id}"
    names = {"given_name": "Agathe", "surname": "Petit"}
    admin.post(f"{page}/inviter")
    admin.post(page, data={**names, "title": "", "before": dgs, "administers": "oui"})
    admin.post(f"{page}/desactiver")
    admin.post(f"{page}/reactiver")
    admin.post(f"{DESKS}/nouveau", data={"name": "Police municipale"})
    text = words(admin.get("/administration/journal").text)
    told = [
        "Sylvie Lemoine a créé le bureau « Police municipale » (nom court : police-municipale ; sans supérieur ;"
        " ne dépose pas).",
        "a rouvert l’accès de Agathe Petit.",
        "a désactivé l’accès de Agathe Petit.",
        "a changé ce qui concerne Agathe Petit (sans qualité ; bureaux retirés : Directrice générale des services ;"
        " administre la collectivité).",
        "a envoyé une nouvelle invitation à Agathe Petit.",
        "a invité Agathe Petit (qualité : Rédactrice ; bureaux donnés : Directrice générale des services).",
    ]
    places = [text.find(words(sentence)) for sentence in told]
    assert -1 not in places, text
    assert places == sorted(places)
    assert "Le journal est entier" in text


def test_a_long_journal_goes_on_page_after_page(site: Site, admin: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.administration_journal.PAGE", 2)
    for name in ("Un", "Deux", "Trois"):
        admin.post(f"{DESKS}/nouveau", data={"name": name})
    first = admin.get("/administration/journal").text
    assert ("« Trois »" in words(first), "« Un »" in words(first)) == (True, False)
    older = re.search(r'href="(\?avant=\d+)"', first)
    assert older
    second = admin.get(f"/administration/journal{older[1]}").text
    assert ("« Trois »" in words(second), "« Un »" in words(second)) == (False, True)
    assert "?avant=" not in admin.get("/administration/journal?avant=3").text
    assert admin.get("/administration/journal?avant=non").status_code == 404
