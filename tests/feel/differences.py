"""Where we and feelin part, and why; docs/feel.md tells the same by kinds."""

from __future__ import annotations

from typing import Any, NamedTuple


class Difference(NamedTuple):
    """Two values for the same expression."""

    ours: Any
    theirs: Any
    reason: str


ERROR = {"$": "error"}


def _temporal(kind: str, text: str) -> dict[str, str]:
    return {"$": kind, "text": text}


EXACT = "our numbers are decimals of 34 digits, those of feelin binary floats"
UNKNOWN = "values of different types have no order: null (DMN 1.3 table 43), not false"
LOGIC = "some and every follow three-valued logic (DMN 1.3 §10.3.2.10): null when the answer is not known"
ASCENDING = "an interval goes up: between is « x >= a and x <= b » (DMN 1.3 table 54)"
TRUTH = "only true is true: a condition of another type takes else"
FILTER = "a filter asks about each item, and keeps false or null items for which the answer is true"
DURATIONS = "arithmetic on durations is in the standard (DMN 1.3 table 57), feelin does not have it"
ORDERED = "min and max take anything that has an order (DMN 1.3 table 67)"
EQUALITY = "lists inside lists are compared by value (DMN 1.3 table 42)"
RANGES = "feelin does not have this relation of intervals (DMN 1.3 table 78)"
STRICT = "what is not written as the standard says is no value"
REFUSED = "a fault that a modeller can mend is said when the expression is written, not turned into null"
LINE = "moments are compared and subtracted on the line of time, and never with one that hides its zone"
REGEX = "no regular expressions: some ask for time without bound"
LAMBDA = "a function is only written as an argument, so that none can call itself"
BACKTICKS = "between backticks, a name may hold any sign"
POSITIONS = "a position outside the list, or zero, names nothing"

DIFFERENCES: dict[str, Difference] = {
    "0.1 + 0.2 = 0.3": Difference(True, False, EXACT),
    "1 / 3 * 3 = 1": Difference(False, True, EXACT),
    "string(1/3)": Difference("0." + "3" * 34, "0.3333333333333333", EXACT),
    "1.1 + 2.2 = 3.3": Difference(True, False, EXACT),
    '1 < "b"': Difference(None, False, UNKNOWN),
    'date("2026-11-24") > "2026-11-23"': Difference(None, False, UNKNOWN),
    "true < false": Difference(None, ERROR, UNKNOWN),
    'duration("P1M") = duration("P30D")': Difference(None, False, UNKNOWN),
    "5 between 10 and 1": Difference(False, True, ASCENDING),
    "5 in [10..1]": Difference(False, True, ASCENDING),
    'if 1 then "oui" else "non"': Difference("non", "oui", TRUTH),
    "some x in [1, null] satisfies x > 1": Difference(None, False, LOGIC),
    "every x in [1, null] satisfies x > 0": Difference(None, False, LOGIC),
    "every x in [1, 2] satisfies x": Difference(None, True, LOGIC),
    "[true, false][item = false]": Difference([False], [], FILTER),
    "[{a: true}, {a: false}][item.a]": Difference([{"a": True}], [], FILTER),
    'duration("P1D") * 2': Difference(_temporal("duration", "P2D"), None, DURATIONS),
    'duration("P1D") / 2': Difference(_temporal("duration", "PT12H"), None, DURATIONS),
    'duration("P1D") / duration("PT12H")': Difference(2, None, DURATIONS),
    '-duration("P1D")': Difference(_temporal("duration", "-P1D"), None, DURATIONS),
    "- - 3": Difference(3, None, "two minus signs are a double negation; feelin reads a subtraction from nothing"),
    'min("a", "b")': Difference("a", None, ORDERED),
    'max(date("2026-01-01"), date("2026-02-01"))': Difference(_temporal("date", "2026-02-01"), None, ORDERED),
    "list contains([[1]], [1])": Difference(True, False, EQUALITY),
    "index of([[1, 2]], [1, 2])": Difference([1], [], EQUALITY),
    "overlaps before([1..5], [3..8])": Difference(True, None, RANGES),
    "during(5, [1..10])": Difference(True, None, RANGES),
    "starts(1, [1..5])": Difference(True, None, RANGES),
    "finishes(5, [1..5])": Difference(True, None, RANGES),
    "coincides([1..5], [1..5])": Difference(True, None, RANGES),
    'number("")': Difference(None, 0, STRICT),
    'number("1e3")': Difference(None, 1000, STRICT),
    'date("2026-11-24T10:00:00")': Difference(None, _temporal("date", "2026-11-24"), STRICT),
    'time("10:30")': Difference(None, _temporal("time", "10:30:00"), STRICT),
    'duration("P1Y2M3D")': Difference(None, _temporal("duration", "P1Y2M3D"), STRICT),
    "1e3": Difference(ERROR, 1, STRICT),
    'years and months duration(date("2011-12-22"), date("2013-08-24"))': Difference(
        _temporal("duration", "P1Y8M"), _temporal("duration", "P1Y8M2D"), STRICT
    ),
    "[null..3]": Difference(None, {"$": "range", "low": None, "high": 3, "closed": [False, True]}, STRICT),
    'date and time("2026-03-28T12:00:00@Europe/Paris") + duration("PT24H")': Difference(
        _temporal("date and time", "2026-03-29T13:00:00@Europe/Paris"),
        _temporal("date and time", "2026-03-29T12:00:00@Europe/Paris"),
        LINE,
    ),
    'date and time("2026-11-24T10:00:00+01:00") - date and time("2026-11-24T10:00:00Z")': Difference(
        _temporal("duration", "-PT1H"), _temporal("duration", "PT0S"), LINE
    ),
    'date and time("2026-11-24T10:00:00Z") < date and time("2026-11-24T11:00:00")': Difference(None, True, LINE),
    'substring("foobar", 0)': Difference(None, "r", POSITIONS),
    "sublist([1, 2, 3], 0)": Difference(None, [3], POSITIONS),
    "insert before([1, 2], 3, 3)": Difference(None, [1, 2, 3], POSITIONS),
    "list replace([1, 2], 5, 3)": Difference(None, [1, 2, 3], POSITIONS),
    "remove([1, 2, 3], -1)": Difference([1, 2], [1, 3], POSITIONS),
    "amount(3)": Difference(ERROR, None, REFUSED),
    "f(1)": Difference(ERROR, None, REFUSED),
    'contains("a")': Difference(ERROR, None, REFUSED),
    "count(1, 2)": Difference(ERROR, None, REFUSED),
    '@"pas une date"': Difference(ERROR, None, REFUSED),
    "today() instance of date": Difference(ERROR, True, "the moment is given with the context; here it is not"),
    'matches("abc", "^a")': Difference(ERROR, True, REGEX),
    'replace("abc", "b", "x")': Difference(ERROR, "axc", REGEX),
    'split("a;b", ";")': Difference(ERROR, ["a", "b"], REGEX),
    "{f: function(x) x + 1, r: f(1)}.r": Difference(ERROR, 2, LAMBDA),
    "`montant total`": Difference(12500.5, ERROR, BACKTICKS),
    'get value({a: {b: 1}}, ["a", "b"])': Difference(1, None, "a list of keys is a path (DMN 1.4 table 77)"),
    "union([1], 2)": Difference([1, 2], ERROR, "one value counts as a list of one (DMN 1.3 §10.3.2.9.4)"),
    "not([true])": Difference(False, None, "a list of one counts as its item (DMN 1.3 §10.3.2.9.4)"),
    "string([1..3])": Difference("[1..3]", "<range>", "an interval has a text"),
}
CELL_DIFFERENCES: dict[tuple[str, Any], Difference] = {
    ("[10..1]", 5): Difference(False, True, ASCENDING),
    ("urgent", False): Difference(True, False, "a field that holds the input lets it pass, also when both are false"),
    ("? > 3", None): Difference(False, True, "a question without answer is no match, also for an empty input"),
    ("", 1): Difference(True, ERROR, "modellers write an empty cell for « - »"),
}
