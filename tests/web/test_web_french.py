"""Dates, numbers and spaces as the French write them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from web.french import day, french_moment, plural, since, size, typeset, typeset_html

#: 14 h 05 in Paris, 9 h 05 in Martinique, already the 24th at 0 h 05 in Nouvelle-Calédonie
NOW = datetime(2026, 11, 23, 13, 5, tzinfo=UTC)


@pytest.mark.parametrize(
    ("zone", "written"),
    [
        ("Europe/Paris", "23 novembre 2026 à 14 h 05"),
        ("America/Martinique", "23 novembre 2026 à 9 h 05"),
        ("Pacific/Noumea", "24 novembre 2026 à 0 h 05"),
    ],
)
def test_a_moment_is_written_in_the_zone_of_the_tenant(zone: str, written: str) -> None:
    assert french_moment(NOW, zone) == written


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        (datetime(2026, 8, 1, 12, tzinfo=UTC), "1er août 2026"),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), "1er janvier 2027"),
        (datetime(2026, 2, 28, 12, tzinfo=UTC), "28 février 2026"),
    ],
)
def test_the_first_of_a_month_is_an_ordinal(moment: datetime, written: str) -> None:
    assert day(moment, "Europe/Paris") == written


@pytest.mark.parametrize(
    ("ago", "written"),
    [
        (timedelta(0), "aujourd’hui à 14 h 05"),
        (timedelta(hours=14), "aujourd’hui à 0 h 05"),
        (timedelta(hours=15), "hier à 23 h 05"),
        (timedelta(days=1), "hier à 14 h 05"),
        (timedelta(days=2), "le 21 novembre 2026 à 14 h 05"),
        (timedelta(days=-1), "le 24 novembre 2026 à 14 h 05"),
    ],
)
def test_what_is_recent_is_said_as_people_say_it(ago: timedelta, written: str) -> None:
    assert since(NOW - ago, "Europe/Paris", NOW) == written


@pytest.mark.parametrize(("count", "written"), [(0, "0 page"), (1, "1 page"), (2, "2 pages"), (1200, "1200 pages")])
def test_zero_is_singular(count: int, written: str) -> None:
    assert plural(count, "page", "pages") == written


@pytest.mark.parametrize(
    ("octets", "written"), [(1, "1 ko"), (184_300, "184 ko"), (1_240_000, "1,2 Mo"), (150_000_000, "150,0 Mo")]
)
def test_sizes_have_a_comma(octets: int, written: str) -> None:
    assert size(octets) == written


@pytest.mark.parametrize(
    ("plain", "set_"),
    [
        ("Rien n’a été fait ; recommencez.", "Rien n’a été fait\u00a0; recommencez."),
        ("« L’acte » : vraiment ?", "«\u00a0L’acte\u00a0»\u00a0: vraiment\u00a0?"),
        ("à 14 h 05, 184 ko, 1,2 Mo", "à 14\u00a0h\u00a005, 184\u00a0ko, 1,2\u00a0Mo"),
        ("l’entrée n° 3", "l’entrée n°\u00a03"),
        ("https://a.example:80/b?c", "https://a.example:80/b?c"),
        ("2 horloges", "2 horloges"),
    ],
)
def test_spaces_that_must_not_break_do_not(plain: str, set_: str) -> None:
    assert typeset(plain) == set_
    assert typeset_html(f"<p>{plain}</p>") == f"<p>{set_}</p>"


@pytest.mark.parametrize(
    "untouched",
    [
        '<input value="a ; b">',
        "<textarea>a ; b\n« c »</textarea>",
        "<pre>a : b</pre>",
        "<code>a : b</code>",
        "<p>a&nbsp;; b</p>",
    ],
)
def test_what_people_type_and_technical_text_stay_as_they_are(untouched: str) -> None:
    assert typeset_html(untouched) == untouched
