"""The pages by which a desk is replaced: « Je m’absente », and the delegations that administrators give."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from sqlmodel import select
from starlette.testclient import TestClient

from engine.clock import utc_now
from engine.desks.model import Delegation
from engine.folders.model import Act
from engine.journal.queries import chain_entries
from tests.support.administration import mails
from tests.support.delegations import delegate, desk_of, end_now, hand_to, priced
from tests.support.site import Site, words
from tests.support.world import World, blank_pdf
from web.journal import sentences

ABSENCES, DELEGATIONS = "/absences", "/administration/delegations"
NEW = f"{DELEGATIONS}/nouvelle"


def day(ahead: int = 0) -> str:
    """So many days from now, where the town is."""
    return (utc_now().astimezone(ZoneInfo("Europe/Paris")).date() + timedelta(days=ahead)).isoformat()


def asked(world: World, **what: Any) -> dict[str, Any]:
    """What the form of the mayor sends."""
    usual = {
        "desk": str(desk_of(world, "maire").id),
        "substitute": str(desk_of(world, "adjoint").id),
        "first_day": day(),
        "last_day": day(7),
        "kind": "",
    }
    return {**usual, **what}


def given(world: World) -> list[Delegation]:
    with world.database.reading() as session:
        return list(session.exec(select(Delegation).order_by(Delegation.id)))  # type: ignore[arg-type]


def told(world: World) -> list[str]:
    """What the journal of the town says of delegations."""
    with world.database.reading() as session:
        entries = chain_entries(session, world.tenant.id, world.tenant.id)
        lines = sentences(session, [entry for entry in entries if ":delegation:" in entry.event])
    return [f"{line.who} {line.sentence}" for line in lines]


def test_a_holder_goes_away_in_three_fields_and_comes_back_in_one_button(site: Site) -> None:
    world, mayor = site.world, site.browser("maire")
    page = mayor.get(ABSENCES)
    assert page.status_code == 200
    assert "Premier adjoint – François Noël" in words(page.text)
    answer = mayor.post(ABSENCES, data=asked(world))
    assert (answer.status_code, answer.headers["location"]) == (303, ABSENCES)
    [delegation] = given(world)
    assert delegation.principal_id == world.accounts["maire"].id
    [line] = told(world)
    assert line.startswith(
        "Héloïse Lefèvre a fait remplacer le bureau « Maire » par « Premier adjoint », en l’absence de Héloïse Lefèvre"
    )
    [mail] = mails(world, "adjoint@essai.example")
    assert "Vous remplacez le bureau Maire" in mail.subject
    assert "en l’absence de Héloïse Lefèvre" in mail.text
    assert "/en-delegation" in mail.text
    shown = words(mayor.get(ABSENCES).text)
    assert "Ceux qui me remplacent Premier adjoint pour Maire" in shown
    assert "Ceux que je remplace Maire en l’absence de Héloïse Lefèvre" in words(
        site.browser("adjoint").get(ABSENCES).text
    )
    ended = mayor.post(f"{ABSENCES}/{delegation.id}/terminer")
    assert (ended.status_code, ended.headers["location"]) == (303, ABSENCES)
    assert given(world)[0].ends_at <= utc_now()
    assert given(world)[0].ended_by == world.accounts["maire"].id
    assert "mis fin au remplacement" in told(world)[1]
    assert "Vous ne remplacez plus" in mails(world, "adjoint@essai.example")[1].subject
    again = mayor.post(f"{ABSENCES}/{delegation.id}/terminer")
    assert "était déjà terminée" in words(mayor.get(again.headers["location"]).text)
    assert len(told(world)) == 2


def test_somebody_with_two_desks_has_both_replaced_or_none(site: Site) -> None:
    world, mayor = site.world, site.browser("maire")
    hand_to(world, "dgs", "maire")
    both = [str(desk_of(world, name).id) for name in ("maire", "dgs")]
    page = mayor.get(ABSENCES).text
    assert page.count('name="desk"') == 2
    assert page.count("checked") == 2
    refused = mayor.post(ABSENCES, data=asked(world, desk=both, substitute=both[1]))
    assert refused.status_code == 422
    assert "ne peut pas se remplacer lui-même" in words(refused.text)
    assert given(world) == []
    assert mayor.post(ABSENCES, data=asked(world, desk=both)).status_code == 303
    assert {item.delegating_desk_id for item in given(world)} == {desk_of(world, name).id for name in ("maire", "dgs")}
    assert len(mails(world, "adjoint@essai.example")) == 2


@pytest.mark.parametrize(
    ("wrong", "field", "said"),
    [
        ({"last_day": ""}, "last_day", "Indiquez le dernier jour"),
        ({"first_day": day(-1)}, "first_day", "est passé : personne n’a pu agir à ce titre"),
        ({"last_day": "jamais"}, "last_day", "« jamais » n’est pas une date"),
        ({"substitute": ""}, "substitute", "Choisissez le bureau qui remplace"),
        ({"substitute": str(uuid4())}, "substitute", "Ce bureau n’existe pas dans votre collectivité"),
        ({"kind": "x"}, "kind", "Ce type de dossier n’existe pas"),
        ({"desk": str(uuid4())}, "desk", "Vous ne tenez pas ce bureau"),
        ({"desk": []}, "desk", "Choisissez au moins un de vos bureaux"),
    ],
)
def test_a_fault_is_said_beside_its_field_and_nothing_typed_is_lost(
    site: Site, wrong: dict[str, Any], field: str, said: str
) -> None:
    answer = site.browser("maire").post(ABSENCES, data=asked(site.world, **wrong))
    assert answer.status_code == 422
    assert said in words(answer.text).replace("\u00a0", " ")
    assert f'id="{field}-fault"' in answer.text
    if field != "first_day":
        assert f'value="{day()}"' in answer.text
    if field != "substitute":
        assert re.search(rf'value="{desk_of(site.world, "adjoint").id}" selected', answer.text)
    assert given(site.world) == []
    assert told(site.world) == []


def test_nobody_replaces_a_desk_that_they_do_not_hold_nor_ends_what_is_not_theirs(site: Site, neighbour: World) -> None:
    world = site.world
    answer = site.browser("dgs").post(ABSENCES, data=asked(world))
    assert answer.status_code == 422
    foreign = site.browser("maire").post(ABSENCES, data=asked(world, substitute=str(desk_of(neighbour, "dgs").id)))
    assert foreign.status_code == 422
    delegation = delegate(world)
    for who in ("adjoint", "dgs"):
        assert site.browser(who).post(f"{ABSENCES}/{delegation.id}/terminer").status_code == 404
    stranger = site.browser("secretariat", neighbour)
    assert stranger.post(f"{DELEGATIONS}/{delegation.id}/terminer").status_code == 404
    assert stranger.get(f"{DELEGATIONS}/{delegation.id}/acte").status_code == 404
    assert given(world)[0].ends_at == delegation.ends_at


def test_an_administrator_gives_a_delegation_with_its_deed_and_its_ceiling(site: Site, admin: TestClient) -> None:
    world = site.world
    deed = blank_pdf()
    sent = asked(world, ceiling="10 000,00", deed_number="2026-12", deed_day=day(-3))
    files = {"deed": ("arrêté 12.pdf", deed, "application/pdf")}
    answer = admin.post(NEW, data=sent, files=files)
    assert (answer.status_code, answer.headers["location"]) == (303, DELEGATIONS)
    [delegation] = given(world)
    assert (str(delegation.ceiling), delegation.deed_number, delegation.deed_size) == ("10000.00", "2026-12", len(deed))
    shown = words(admin.get(DELEGATIONS).text).replace("\u00a0", " ").replace("\u202f", " ")
    assert "Maire remplacé par Premier adjoint" in shown
    assert "jusqu’à 10 000,00 €" in shown
    kept = admin.get(f"{DELEGATIONS}/{delegation.id}/acte")
    assert (kept.status_code, kept.content) == (200, deed)
    assert "arr%C3%AAt%C3%A9%2012.pdf" in kept.headers["content-disposition"]
    [line] = told(world)
    assert "acte n° 2026-12" in line
    assert "acte joint" in line
    assert "jusqu’à 10" in mails(world, "adjoint@essai.example")[0].text
    assert admin.post(f"{DELEGATIONS}/{delegation.id}/terminer").status_code == 303
    assert "Terminée" in words(admin.get(DELEGATIONS).text)


def test_a_deed_that_is_no_pdf_is_refused_and_what_was_typed_stays(site: Site, admin: TestClient) -> None:
    files = {"deed": ("arrêté.docx", b"PK\x03\x04 bureautique", "application/pdf")}
    answer = admin.post(NEW, data=asked(site.world, ceiling="500", deed_number="A-7"), files=files)
    assert answer.status_code == 422
    assert "Ce fichier n’est pas un PDF" in words(answer.text)
    assert 'value="A-7"' in answer.text
    assert 'value="500"' in answer.text
    assert given(site.world) == []


def test_a_wrong_amount_is_told_in_french(site: Site, admin: TestClient) -> None:
    for typed, said in (("mille", "n’est pas un montant"), ("-5", "ne peut pas être négatif"), ("1,234", "deux décim")):
        answer = admin.post(NEW, data=asked(site.world, ceiling=typed))
        assert answer.status_code == 422
        assert said in words(answer.text)
        assert f'value="{html.escape(typed)}"' in answer.text


def test_whoever_stands_in_finds_the_folder_acts_and_reads_it_afterwards(site: Site) -> None:
    world, deputy = site.world, site.browser("adjoint")
    delegation = delegate(world, "dgs", "adjoint")
    folder = world.sent(title="Marché de voirie")
    tray = words(deputy.get("/en-delegation").text)
    assert "En délégation 1" in tray
    assert "pour Directrice générale des services, en l’absence de Zoé Çelik" in tray
    page = deputy.get(f"/dossiers/{folder.id}").text
    assert "Vous agissez pour le bureau Directrice générale des services" in words(page)
    assert 'href="/en-delegation"' in page
    visa = words(deputy.get(f"/dossiers/{folder.id}/viser").text)
    assert "Pour le bureau Directrice générale des services , en l’absence de Zoé Çelik" in visa
    sent = {"step": str(world.open_step(folder).id), "heads": world.heads(folder), "reason": ""}
    assert deputy.post(f"/dossiers/{folder.id}/viser", data=sent).status_code == 303
    end_now(world, delegation, utc_now())
    after = words(deputy.get(f"/dossiers/{folder.id}").text)
    assert "visé par François Noël, en l’absence de Zoé Çelik" in after
    journal = words(deputy.get(f"/dossiers/{folder.id}/journal").text).replace("\u00a0", " ")
    assert "a visé pour le bureau « Directrice générale des services », en l’absence de Zoé Çelik" in journal
    other = world.sent()
    assert deputy.get(f"/dossiers/{other.id}").status_code == 404


def test_beyond_the_ceiling_one_reads_why_and_has_no_button(site: Site) -> None:
    world, deputy = site.world, site.browser("adjoint")
    delegate(world, "dgs", "adjoint", ceiling=1000)
    folder = priced(world, world.sent(), "1000.01")
    page = deputy.get(f"/dossiers/{folder.id}")
    assert page.status_code == 200
    said = words(page.text).replace("\u00a0", " ").replace("\u202f", " ")
    assert "s’arrête à 1 000,00 €, et ce dossier est de 1 000,01 €" in said
    assert "/viser" not in page.text
    sent = {"step": str(world.open_step(folder).id), "heads": world.heads(folder), "reason": ""}
    refused = deputy.post(f"/dossiers/{folder.id}/viser", data=sent)
    assert refused.status_code == 409
    assert "s’arrête à" in words(refused.text)
    assert "En délégation 0" in words(deputy.get("/en-delegation").text)


def test_the_line_of_the_circuit_says_who_may_act_instead(site: Site) -> None:
    world = site.world
    delegate(world, "dgs", "adjoint")
    folder = world.sent()
    seen = words(site.browser("secretariat").get(f"/dossiers/{folder.id}").text).replace("\u00a0", " ")
    assert "en attente de Zoé Çelik ; en son absence, François Noël" in seen
    assert world.act("dgs", folder, Act.VISA)
