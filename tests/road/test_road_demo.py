"""``parapheur demo``: what it keeps, what it refuses, how it stops, and what it says over plain http."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, expect

from parapheur.cli import main
from tests.road.people import somebody
from tests.road.product import PATIENCE, Demo, demo, free_port

pytestmark = pytest.mark.browser


Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Refused:
    """``parapheur demo`` with these arguments in a folder: it ends with status 1, and this is what it says."""

    def start(folder: Path, *arguments: str) -> str:
        monkeypatch.chdir(folder)
        assert main(["demo", *arguments]) == 1
        return capsys.readouterr().err

    return start


def test_what_was_done_is_found_again_until_it_is_reset(browser: Browser, deliberation: Path, tmp_path: Path) -> None:
    title = "Délibération 2026-050 – Gardée d’un jour à l’autre"
    # Somebody's own installation lives in the same folder: the demonstration must not touch its database.
    (tmp_path / ".env").write_text(f"PARAPHEUR_DATABASE_URL=sqlite:///{tmp_path}/mairie.db\nPARAPHEUR_FAUTE=1\n")

    with demo(tmp_path) as first:
        assert "vient d’être créée" in "".join(first.said)
        seeded = first.folders()
        assert seeded >= 12
        with somebody(browser, first, "secretariat") as clerk:
            clerk.log_in()
            clerk.deposit("Délibération", title, deliberation)
        assert first.folders() == seeded + 1
        stops_whole(first)

    with demo(tmp_path) as again:
        assert "est celle de la dernière fois" in "".join(again.said)
        assert again.folders() == seeded + 1
        with somebody(browser, again, "secretariat") as clerk:
            clerk.log_in()
            clerk.page.goto(f"{clerk.address}/en-cours")
            expect(clerk.page.get_by_role("link", name=title)).to_be_visible()

    with demo(tmp_path, "--reset") as over:
        assert "vient d’être créée" in "".join(over.said)
        assert over.folders() == seeded
    assert not (tmp_path / "mairie.db").exists()


def stops_whole(running: Demo) -> None:
    """Ctrl-C ends the server, the worker and the mail catcher, and says that the data are kept."""
    port = urlsplit(running.address).port
    assert len(running.processes()) >= 3
    assert running.press_ctrl_c() == 0
    end = time.monotonic() + PATIENCE
    while running.processes() and time.monotonic() < end:
        time.sleep(0.05)
    assert running.processes() == set()
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", port)) != 0


def test_a_port_that_is_taken_is_named_with_another_to_try(town: Demo, tmp_path: Path, refused: Refused) -> None:
    port = urlsplit(town.address).port or 0
    said = refused(tmp_path, "--port", str(port))
    assert f"Le port {port} est déjà pris sur 127.0.0.1" in said
    assert f"make demo PORT={port + 1}" in said
    assert list(tmp_path.iterdir()) == []


def test_a_demonstration_that_runs_is_not_reset_under_its_own_feet(town: Demo, refused: Refused) -> None:
    before = town.folders()
    assert "est déjà pris" in refused(town.folder, "--reset", "--port", str(urlsplit(town.address).port))
    assert "Une démonstration tourne déjà" in refused(town.folder, "--reset", "--port", str(free_port()))
    assert town.folders() == before


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--port", "70000"), "70000 n’est pas un port"),
        (("--port", "0"), "0 n’est pas un port"),
        (("--host", "192.0.2.1"), "n’est pas une adresse de cette machine"),
        (("--host", "nulle-part.invalid"), "n’est pas une adresse de cette machine"),
    ],
)
def test_where_one_cannot_listen_is_explained(
    arguments: tuple[str, str], sentence: str, tmp_path: Path, refused: Refused
) -> None:
    assert sentence in refused(tmp_path, *arguments)


def test_over_plain_http_elsewhere_the_page_says_why_nothing_can_be_signed(browser: Browser, town: Demo) -> None:
    address = f"http://parapheur.test:{urlsplit(town.address).port}"
    why = re.compile("La signature est désactivée.*HTTPS")
    with somebody(browser, town, "maire", address=address) as mayor:
        mayor.log_in()
        mayor.page.get_by_role("link", name="Acquisition de la parcelle").click()
        expect(mayor.page.get_by_role("complementary").get_by_role("alert"), "before anything is read").to_have_text(
            why
        )
        mayor.page.locator(".acts").get_by_role("button", name="Signer").click()
        sheet = mayor.page.get_by_role("dialog", name="Signer")
        expect(sheet.get_by_role("alert")).to_have_text(why)
        expect(sheet.get_by_label("Votre certificat")).to_be_disabled()
        expect(sheet.get_by_role("button", name="Signer")).to_be_disabled()
        # Browsers report that they ignore one header of ours where they promise nothing anyway.
        mayor.watch.complaints.found = mayor.watch.complaints.without("Cross-Origin-Opener-Policy")
    with somebody(browser, town, "maire") as mayor:
        mayor.log_in()
        mayor.page.get_by_role("link", name="Acquisition de la parcelle").click()
        mayor.read("Acquisition")
        expect(mayor.page.get_by_role("alert")).to_have_count(0)
