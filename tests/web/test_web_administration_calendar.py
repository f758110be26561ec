"""The page of the calendar: what an administrator says there, and that circuits count in it."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from engine.calendar import WorkingCalendar, add_working_days, is_working_day, lines_of, town_calendar
from engine.folders.facts import load_run
from engine.people.model import Tenant
from tests.support.site import Site, words
from tests.support.world import World

CALENDAR = "/administration/calendrier"
WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
USUAL = dict.fromkeys(WEEK[:5], "08:30-12:00, 13:30-17:30")
OURS = {
    **USUAL,
    "territory": "ALSACE_MOSELLE",
    "mercredi": "8h30-12h",
    "samedi": "9h-12h",
    "days": "24/12/2026 au 31/12/2026 : fin d’année\n21/07 : fête patronale\n\n05/12/2026 fermé : marché",
    "whit_monday": "oui",
}


def kept(world: World) -> WorkingCalendar:
    with world.database.reading() as session:
        tenant = session.get_one(Tenant, world.tenant.id)
        return town_calendar(tenant.zone, tenant.calendar)


def test_what_is_said_is_kept_shown_again_and_written_in_the_journal(site: Site, admin: TestClient) -> None:
    assert admin.post(CALENDAR, data=OURS).is_redirect
    calendar = kept(site.world)
    days = {day: is_working_day(calendar, day) for day in (
        date(2026, 12, 5), date(2026, 12, 12), date(2026, 12, 24), date(2026, 12, 26), date(2026, 4, 3),
        date(2026, 5, 25), date(2027, 7, 21), date(2026, 12, 2),
    )}  # fmt: skip
    assert list(days.values()) == [False, True, False, False, False, True, False, True]
    shown = admin.get(CALENDAR).text
    assert 'value="ALSACE_MOSELLE" selected' in shown
    assert 'value="08:30-12:00"' in shown
    assert lines_of(calendar) in shown
    assert "Vendredi saint (3/4)" in words(shown)
    journal = words(admin.get("/administration/journal").text)
    assert "a changé le calendrier : Alsace-Moselle, commune ayant un temple protestant" in journal
    assert "6 jours ouverts par semaine, 3 jours particuliers" in journal
    again = admin.post(CALENDAR, data=OURS, follow_redirects=True)
    assert "Rien n’a changé." in words(again.text)


def test_the_usual_calendar_leaves_nothing_to_keep(site: Site, admin: TestClient) -> None:
    admin.post(CALENDAR, data=OURS)
    admin.post(CALENDAR, data=USUAL)
    with site.world.database.reading() as session:
        assert session.get_one(Tenant, site.world.tenant.id).calendar == ""


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"lundi": "de 8 à 12"}, "n’est pas une plage horaire"),
        ({"lundi": "12h-8h"}, "l’heure de fin doit suivre l’heure de début"),
        (dict.fromkeys(WEEK, ""), "La semaine n’a aucune heure ouverte"),
        ({"days": "demain : fermé"}, "« demain : fermé » n’est pas compris"),
        ({"days": "31/02/2026"}, "le 31/2/2026 n’existe pas"),
        ({"days": "31/02"}, "Le 31/2 n’est pas une date"),
        ({"days": "31/12/2026 au 24/12/2026"}, "finit avant de commencer"),
        ({"days": "05/12/2026 9h-12h\n05/12/2026 fermé"}, "a deux horaires particuliers"),
        ({"days": "01/01/2027\n" * 401}, "gardez-en 400 au plus"),
    ],
)
def test_what_cannot_be_is_told_and_nothing_typed_is_lost(
    wrong: dict[str, str], said: str, site: Site, admin: TestClient
) -> None:
    answer = admin.post(CALENDAR, data={**OURS, **wrong})
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert 'value="9h-12h"' in answer.text or "samedi" in wrong
    assert kept(site.world) == town_calendar("Europe/Paris", "")


def test_a_folder_under_way_counts_in_the_calendar_of_its_town(site: Site, admin: TestClient) -> None:
    folder = site.world.sent()
    admin.post(CALENDAR, data=OURS)
    with site.world.database.writing() as session:
        found = load_run(session, folder.id)
    assert found is not None
    friday = datetime(2026, 12, 4, 15, tzinfo=ZoneInfo("Europe/Paris"))
    assert add_working_days(found[1].calendar, friday, 1).date() == date(2026, 12, 7)  # not Saturday 5, a market
    assert add_working_days(found[1].calendar, friday, 2).date() == date(2026, 12, 8)
