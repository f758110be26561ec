"""The date on which the movable feasts depend."""

from __future__ import annotations

from datetime import date


def easter_sunday(year: int) -> date:
    """Easter of the Gregorian calendar, for any year from 1583 on.

    Source: the “anonymous Gregorian algorithm” (Nature, 20 April 1876), as printed by J. Meeus, *Astronomical
    Algorithms*, 2nd ed., ch. 8; it follows the tables of the bull *Inter gravissimas* (1582) without exception.
    """
    golden = year % 19
    century, of_century = divmod(year, 100)
    leaps, of_leaps = divmod(century, 4)
    moon_correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leaps - moon_correction + 15) % 30
    quarter, of_quarter = divmod(of_century, 4)
    to_sunday = (32 + 2 * of_leaps + 2 * quarter - epact - of_quarter) % 7
    late = (golden + 11 * epact + 22 * to_sunday) // 451
    month, day = divmod(epact + to_sunday - 7 * late + 114, 31)
    return date(year, month, day + 1)
