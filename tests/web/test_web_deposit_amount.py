"""An amount is asked where the type says so, read as the French write it, and given to the circuit."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from sqlmodel import select

from engine.clock import utc_now
from engine.folders.model import Folder
from engine.typology.model import Subtype
from tests.support.circuits import publish_for
from tests.support.drawing import END, START, drawing, exclusive, flow, step
from tests.support.site import Site, words
from tests.support.world import blank_pdf

#: Beyond 5 000 €, the mayor; otherwise the director.
CIRCUIT = drawing(
    START,
    exclusive("how-much", "small"),
    step("big", desk="maire"),
    step("small", desk="dgs"),
    END,
    flow("start>how-much how-much>big:large:amount>5000 how-much>small:small big>end small>end"),
)


@pytest.fixture
def asking(site: Site) -> Site:
    """A type that asks for its amount, and whose circuit depends on it."""
    publish_for(site.world, "order", CIRCUIT)
    with site.world.database.writing() as session:
        session.get_one(Subtype, site.world.subtypes["order"]).asks_amount = True
        session.commit()
    return site


def post(site: Site, amount: str, subtype: str = "order") -> Any:
    form = {"subtype": str(site.world.subtypes[subtype]), "title": "Bon de commande 12", "amount": amount}
    files = {"document": ("bon.pdf", blank_pdf(), "application/pdf")}
    return site.browser("secretariat").post("/deposer", data=form, files=files)


def folders(site: Site) -> list[Folder]:
    with site.world.database.reading() as session:
        return list(session.exec(select(Folder)))


@pytest.mark.parametrize(
    ("typed", "kept", "shown"),
    [
        ("12 500,00", "12500.00", "12\u202f500,00\u00a0€"),
        ("12\u202f500", "12500.00", "12\u202f500,00\u00a0€"),
        (" 12\u00a0500,5 € ", "12500.50", "12\u202f500,50\u00a0€"),
        ("4999.99", "4999.99", "4\u202f999,99\u00a0€"),
    ],
)
def test_an_amount_is_kept_and_shown_and_the_circuit_follows_it(
    asking: Site, typed: str, kept: str, shown: str
) -> None:
    answer = post(asking, typed)
    [folder] = folders(asking)
    assert folder.amount == Decimal(kept)
    assert asking.world.open_step(folder).element_id == ("big" if Decimal(kept) > 5000 else "small")
    assert shown in asking.browser("secretariat").get(answer.headers["location"]).text


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("", "Donnez le montant en euros"),
        ("douze mille", "n’est pas un montant"),
        ("-12", "ne peut pas être négatif"),
        ("12,345", "deux décimales au plus"),
        ("12 50", "n’est pas un montant"),
    ],
)
def test_an_amount_that_will_not_do_is_refused_and_what_was_typed_stays(asking: Site, typed: str, said: str) -> None:
    answer = post(asking, typed)
    assert answer.status_code == 422
    assert said in words(answer.text)
    assert f'value="{typed}"' in answer.text
    assert 'aria-describedby="amount-hint amount-fault" aria-invalid="true"' in answer.text
    assert folders(asking) == []


def test_a_type_that_asks_for_no_amount_takes_none(asking: Site) -> None:
    assert post(asking, "n’importe quoi", "deed").status_code == 303
    [folder] = folders(asking)
    assert folder.amount is None


def test_the_form_says_for_which_types_the_amount_is_and_is_silent_without_any(asking: Site) -> None:
    page = asking.browser("secretariat").get("/deposer").text
    assert f'data-for-subtypes="{asking.world.subtypes["order"]}"' in page
    assert "Demandé pour : Circuit order." in words(page)
    with asking.world.database.writing() as session:
        session.get_one(Subtype, asking.world.subtypes["order"]).asks_amount = False
        session.commit()
    assert "Montant en euros" not in asking.browser("secretariat").get("/deposer").text


def test_a_closed_type_is_offered_no_more_and_refused(asking: Site) -> None:
    with asking.world.database.writing() as session:
        session.get_one(Subtype, asking.world.subtypes["order"]).closed_at = utc_now()
        session.commit()
    assert "Circuit order" not in asking.browser("secretariat").get("/deposer").text
    answer = post(asking, "12")
    assert answer.status_code == 422
    assert "Choisissez le type du dossier dans la liste" in words(answer.text)
    assert folders(asking) == []
