"""JUEL becomes FEEL that answers the same, or is said not to be translated."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.circuits.importing.expressions import translated
from engine.circuits.importing.juel import Untranslatable, to_feel
from engine.feel import compile_expression

DATA: dict[str, Any] = {
    "amount": 1500,
    "status": "ok",
    "done": True,
    "names": ["a", "b"],
    "order": {"lines": [{"price": 3}], "odd-key": 4},
    "blank": "",
}


@pytest.mark.parametrize(
    ("juel", "feel", "value"),
    [
        ("${amount > 1000 && status == 'ok'}", 'amount > 1000 and status = "ok"', True),
        ('#{amount gt 1000 and status eq "ok"}', 'amount > 1000 and status = "ok"', True),
        ("${amount le 1000 or not done}", "amount <= 1000 or done != true", False),
        ("${(amount + 1) * 2 - 1}", "(amount + 1) * 2 - 1", 3001),
        ("${amount - (500 - 100)}", "amount - (500 - 100)", 1100),
        ("${amount div 3 mod 7}", "modulo(amount / 3, 7)", 3),
        ("${!absent}", "absent != true", True),  # what nobody filled counts as false
        ("${!(absent > 3)}", "(absent > 3) != true", True),
        ("${!!done}", "(done != true) != true", True),
        ("${empty blank}", '(blank = null or blank = "" or blank = [])', True),
        ("${not empty names}", '(names = null or names = "" or names = []) != true', True),
        ("${done ? 'oui' : 'non'}", 'if done then "oui" else "non"', "oui"),
        ("${order.lines[0].price == 3}", "order.lines[1].price = 3", True),  # lists begin at 1
        ("${order['lines'].size() > 0}", "count(order.lines) > 0", True),
        ("${order['odd-key'] == 4}", 'get value(order, "odd-key") = 4', True),
        ("${status.equals('ok')}", 'status = "ok"', True),
        ("${status.equalsIgnoreCase('OK')}", 'lower case(status) = lower case("OK")', True),
        (
            "${status.startsWith('o') && status.length() == 2}",
            'starts with(status, "o") and string length(status) = 2',
            True,
        ),
        ('${\'it\\\'s \' + "quoted \\"x\\"" != status}', '"it\'s " + "quoted \\"x\\"" != status', True),
        ("${absent == null}", "absent = null", True),
        ("${1.5e}", None, None),
        ("${amount = 3}", None, None),
        ("${service.allowed(execution)}", None, None),
        ("${names.contains('a')}", None, None),  # a list or a string: another function for each
        ("${amount + ' euros'}", None, None),
        ("${names[amount]}", None, None),
        ("${1 < amount < 3}", None, None),
        ("le ${amount} et ${status}", None, None),
        ("${", None, None),
        ("${}", None, None),
        ("${a b}", None, None),
        ("${x -> x}", None, None),
    ],
)
def test_juel_is_translated_with_its_meaning_or_refused(juel: str, feel: str | None, value: Any) -> None:
    if feel is None:
        with pytest.raises(Untranslatable) as refused:
            to_feel(juel)
        assert str(refused.value)
        assert not str(refused.value).endswith(".")
    else:
        assert to_feel(juel) == feel
        assert compile_expression(feel)(DATA) == value


@pytest.mark.parametrize(
    ("text", "language", "feel"),
    [
        ("=amount > 1000", "", "amount > 1000"),
        ("amount > 1000", "", "amount > 1000"),
        ("amount == 1000", "", "amount = 1000"),
        ("return amount > 1000;", "http://www.java.com/java", "amount > 1000"),
        ("status === 'ok'", "javascript", 'status = "ok"'),
        ("approved", "groovy", "approved"),
        ("approved", "https://www.omg.org/spec/DMN/20191111/FEEL/", "approved"),
        ("true", "", "true"),
    ],
)
def test_other_languages_are_read_where_they_say_the_same(text: str, language: str, feel: str) -> None:
    assert translated(text, language) == feel


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dossier complet", ""),  # a name of FEEL, but prose here
        ("Oui", ""),
        ("si le montant dépasse 1 000 €", ""),
        ('"oui"', ""),
        ("getDataObject('x') > 3", "http://www.w3.org/1999/XPath"),
        ("/a/b = 3", "http://www.w3.org/1999/XPath"),
        ("import os", "python"),
    ],
)
def test_prose_and_scripts_are_never_taken_for_conditions(text: str, language: str) -> None:
    with pytest.raises(Untranslatable):
        translated(text, language)


@given(st.text(alphabet="ab1 .'\"()[]!=<>&|+-*/%?:,{}$#\\é", max_size=60))
def test_any_text_is_translated_or_refused(text: str) -> None:
    try:
        feel = to_feel(text)
    except Untranslatable:
        return
    compile_expression(feel)
