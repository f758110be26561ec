"""French public holidays (*jours fériés*), by territory, with the text that makes each of them one.

Only what a text makes a legal holiday is here, because a legal delay that ends on one is extended. What is merely
customary (Mi-Carême, Victor Schœlcher’s day, Good Friday in the West Indies, the feasts of islam in Mayotte) is for
each town to declare among its closures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from functools import lru_cache
from types import MappingProxyType

from engine.calendar.easter import easter_sunday
from engine.calendar.faults import CalendarFault

#: 8 May is a holiday again since the law 81-893 of 2 October 1981: from then on the common list is today's.
FIRST_YEAR = 1982
LAST_YEAR = 2999


class Territory(StrEnum):
    """Where one list of holidays holds."""

    METROPOLE = "METROPOLE"
    ALSACE_MOSELLE = "ALSACE_MOSELLE"  #: communes with a protestant church or one shared by both confessions
    ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY = "ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY"  #: the other communes
    GUADELOUPE = "GUADELOUPE"
    MARTINIQUE = "MARTINIQUE"
    GUYANE = "GUYANE"
    REUNION = "REUNION"
    MAYOTTE = "MAYOTTE"
    SAINT_MARTIN = "SAINT_MARTIN"
    SAINT_BARTHELEMY = "SAINT_BARTHELEMY"
    SAINT_PIERRE_ET_MIQUELON = "SAINT_PIERRE_ET_MIQUELON"
    POLYNESIE = "POLYNESIE"
    NOUVELLE_CALEDONIE = "NOUVELLE_CALEDONIE"
    WALLIS_ET_FUTUNA = "WALLIS_ET_FUTUNA"


@dataclass(frozen=True, slots=True)
class TerritoryFacts:
    """What is said of a territory on screens, and the zone proposed for its towns."""

    name: str
    zone: str  #: IANA time zone of the chief town


TERRITORIES: Mapping[Territory, TerritoryFacts] = MappingProxyType(
    {
        Territory.METROPOLE: TerritoryFacts("Métropole", "Europe/Paris"),
        Territory.ALSACE_MOSELLE: TerritoryFacts(
            "Alsace-Moselle, commune ayant un temple protestant ou une église mixte", "Europe/Paris"
        ),
        Territory.ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY: TerritoryFacts("Alsace-Moselle, autre commune", "Europe/Paris"),
        Territory.GUADELOUPE: TerritoryFacts("Guadeloupe", "America/Guadeloupe"),
        Territory.MARTINIQUE: TerritoryFacts("Martinique", "America/Martinique"),
        Territory.GUYANE: TerritoryFacts("Guyane", "America/Cayenne"),
        Territory.REUNION: TerritoryFacts("La Réunion", "Indian/Reunion"),
        Territory.MAYOTTE: TerritoryFacts("Mayotte", "Indian/Mayotte"),
        Territory.SAINT_MARTIN: TerritoryFacts("Saint-Martin", "America/Marigot"),
        Territory.SAINT_BARTHELEMY: TerritoryFacts("Saint-Barthélemy", "America/St_Barthelemy"),
        Territory.SAINT_PIERRE_ET_MIQUELON: TerritoryFacts("Saint-Pierre-et-Miquelon", "America/Miquelon"),
        Territory.POLYNESIE: TerritoryFacts("Polynésie française", "Pacific/Tahiti"),
        Territory.NOUVELLE_CALEDONIE: TerritoryFacts("Nouvelle-Calédonie", "Pacific/Noumea"),
        Territory.WALLIS_ET_FUTUNA: TerritoryFacts("Wallis-et-Futuna", "Pacific/Wallis"),
    }
)


class Feast(StrEnum):
    """A holiday by its name, whatever its date."""

    NEW_YEAR = "NEW_YEAR"
    GOSPEL = "GOSPEL"
    GOOD_FRIDAY = "GOOD_FRIDAY"
    EASTER_MONDAY = "EASTER_MONDAY"
    PETER_CHANEL = "PETER_CHANEL"
    LABOUR_DAY = "LABOUR_DAY"
    VICTORY_1945 = "VICTORY_1945"
    ASCENSION = "ASCENSION"
    WHIT_MONDAY = "WHIT_MONDAY"
    ABOLITION = "ABOLITION"
    AUTONOMY = "AUTONOMY"
    NATIONAL_DAY = "NATIONAL_DAY"
    TERRITORY_DAY = "TERRITORY_DAY"
    ASSUMPTION = "ASSUMPTION"
    CITIZENSHIP = "CITIZENSHIP"
    ALL_SAINTS = "ALL_SAINTS"
    ARMISTICE_1918 = "ARMISTICE_1918"
    MATARII = "MATARII"
    CHRISTMAS = "CHRISTMAS"
    SECOND_CHRISTMAS = "SECOND_CHRISTMAS"


@dataclass(frozen=True, slots=True, order=True)
class Holiday:
    """A holiday of one year."""

    day: date
    feast: Feast
    name: str  #: French, as printed on a calendar


@dataclass(frozen=True, slots=True)
class _Rule:
    """How one feast falls: at a fixed date, or so many days after Easter Sunday."""

    feast: Feast
    name: str
    month: int = 0
    day: int = 0
    after_easter: int = 0
    since: int = FIRST_YEAR
    until: int = LAST_YEAR

    def in_year(self, year: int) -> Holiday | None:
        if not self.since <= year <= self.until:
            return None
        if self.month:
            return Holiday(date(year, self.month, self.day), self.feast, self.name)
        return Holiday(easter_sunday(year) + timedelta(days=self.after_easter), self.feast, self.name)


#: Code du travail, art. L3133-1. The overseas labour codes repeat it (Polynésie, Nouvelle-Calédonie, Wallis-et-Futuna).
_COMMON = (
    _Rule(Feast.NEW_YEAR, "Jour de l’an", 1, 1),
    _Rule(Feast.EASTER_MONDAY, "Lundi de Pâques", after_easter=1),
    _Rule(Feast.LABOUR_DAY, "Fête du Travail", 5, 1),
    _Rule(Feast.VICTORY_1945, "Victoire de 1945", 5, 8),
    _Rule(Feast.ASCENSION, "Ascension", after_easter=39),
    _Rule(Feast.WHIT_MONDAY, "Lundi de Pentecôte", after_easter=50),
    _Rule(Feast.NATIONAL_DAY, "Fête nationale", 7, 14),
    _Rule(Feast.ASSUMPTION, "Assomption", 8, 15),
    _Rule(Feast.ALL_SAINTS, "Toussaint", 11, 1),
    _Rule(Feast.ARMISTICE_1918, "Armistice de 1918", 11, 11),
    _Rule(Feast.CHRISTMAS, "Noël", 12, 25),
)
_GOOD_FRIDAY = _Rule(Feast.GOOD_FRIDAY, "Vendredi saint", after_easter=-2)
_SECOND_CHRISTMAS = _Rule(Feast.SECOND_CHRISTMAS, "Second jour de Noël", 12, 26)


def _abolition(month: int, day: int, since: int = 1984, until: int = LAST_YEAR) -> _Rule:
    """Law 83-550 of 30 June 1983 and decree 83-1003 of 23 November 1983; code du travail, art. L3422-2."""
    return _Rule(Feast.ABOLITION, "Abolition de l’esclavage", month, day, since=since, until=until)


_OWN: Mapping[Territory, tuple[_Rule, ...]] = MappingProxyType(
    {
        Territory.METROPOLE: (),
        # Code du travail, art. L3134-13 (ordinance of 16 August 1892).
        Territory.ALSACE_MOSELLE: (_GOOD_FRIDAY, _SECOND_CHRISTMAS),
        Territory.ALSACE_MOSELLE_WITHOUT_GOOD_FRIDAY: (_SECOND_CHRISTMAS,),
        # Code du travail, art. L3422-2, 1° to 6°.
        Territory.MAYOTTE: (_abolition(4, 27),),
        Territory.MARTINIQUE: (_abolition(5, 22),),
        Territory.GUADELOUPE: (_abolition(5, 27),),
        Territory.GUYANE: (_abolition(6, 10),),
        Territory.REUNION: (_abolition(12, 20, since=1983),),
        # Both since decree 2012-553. The article still writes 27 May for Saint-Martin; the ministers' circular of
        # 4 May 2018, taken on law 2017-256, moved it to the 28th, kept by the préfecture every year since.
        Territory.SAINT_BARTHELEMY: (_abolition(10, 9, since=2012),),
        Territory.SAINT_MARTIN: (_abolition(5, 27, 2012, 2017), _abolition(5, 28, 2018)),
        Territory.SAINT_PIERRE_ET_MIQUELON: (),
        # Labour code of French Polynesia; the law of the country adopted on 6 May 2025 puts 20 November in the place
        # of 29 June, from 2026 on.
        Territory.POLYNESIE: (
            _Rule(Feast.GOSPEL, "Arrivée de l’Évangile", 3, 5),
            _GOOD_FRIDAY,
            _Rule(Feast.AUTONOMY, "Fête de l’autonomie", 6, 29, since=1985, until=2025),
            _Rule(Feast.MATARII, "Matari’i i ni’a", 11, 20, since=2026),
        ),
        # Labour code of New Caledonia.
        Territory.NOUVELLE_CALEDONIE: (_Rule(Feast.CITIZENSHIP, "Fête de la citoyenneté", 9, 24),),
        # Yearly orders of the administrateur supérieur.
        Territory.WALLIS_ET_FUTUNA: (
            _Rule(Feast.PETER_CHANEL, "Saint Pierre Chanel", 4, 28),
            _Rule(Feast.TERRITORY_DAY, "Fête du Territoire", 7, 29),
        ),
    }
)


@lru_cache(maxsize=1024)
def public_holidays(year: int, territory: Territory = Territory.METROPOLE) -> tuple[Holiday, ...]:
    """The legal holidays of a year, in order; two feasts may fall on one day (Ascension on 1 or 8 May).

    Raises :class:`CalendarFault` for a year outside ``FIRST_YEAR`` to ``LAST_YEAR``.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarFault(
            f"Les jours fériés de l’année {year} ne sont pas connus : indiquez une date "
            f"entre {FIRST_YEAR} et {LAST_YEAR}."
        )
    found = (rule.in_year(year) for rule in (*_COMMON, *_OWN[territory]))
    return tuple(sorted(holiday for holiday in found if holiday is not None))


@lru_cache(maxsize=1024)
def _by_day(year: int, territory: Territory) -> Mapping[date, tuple[Holiday, ...]]:
    days: dict[date, tuple[Holiday, ...]] = {}
    for holiday in public_holidays(year, territory):
        days[holiday.day] = (*days.get(holiday.day, ()), holiday)
    return MappingProxyType(days)


def holidays_on(day: date, territory: Territory = Territory.METROPOLE) -> tuple[Holiday, ...]:
    """The holidays that fall on a day: none, one, or rarely two. Raises :class:`CalendarFault`, as above."""
    return _by_day(day.year, territory).get(day, ())
