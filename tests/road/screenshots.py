"""Makes the pictures of the README again, on a fresh demonstration: ``python -m tests.road.screenshots``.

Buttons that choose files speak the language of the browser: Debian keeps French in the package ``chromium-l10n``.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, expect

from parapheur.demo.seed import P12_PASSWORD
from tests.road.people import PHONE, Person, somebody
from tests.road.product import Demo, demo
from tests.support.browser import chromium

IMAGES = Path(__file__).parents[2] / "docs" / "images"
#: What one picture may weigh in the repository, in bytes.
HEAVIEST = 150_000
DESK = {"viewport": {"width": 1280, "height": 800}}
TO_SIGN = "Acquisition de la parcelle AB 112"


def main() -> int:
    """Start a demonstration in a temporary folder and take every picture."""
    IMAGES.mkdir(exist_ok=True)
    os.environ["LANGUAGE"] = "fr"  # the browser's own words
    with TemporaryDirectory() as folder, demo(Path(folder)) as town, chromium() as browser:
        with here(browser, town, "maire", **DESK) as mayor:
            take(mayor.page, "a-traiter")
            mayor.page.get_by_role("link", name=TO_SIGN).click()
            mayor.read("Acquisition")
            take(mayor.page, "dossier")
            open_certificate(mayor)
            take(mayor.page, "signer")
        with here(browser, town, "secretariat", **DESK) as clerk:
            clerk.page.goto(f"{clerk.address}/termines")
            clerk.page.get_by_role("link", name="Convention avec l’association").click()
            signed = clerk.download(Path(folder) / "Convention 2026-C09.pdf")
            clerk.verify(signed)
            expect(clerk.said).to_contain_text("valables")
            take(clerk.page, "verifier")
        with here(browser, town, "maire", **PHONE, device_scale_factor=1.5) as mayor:
            take(mayor.page, "telephone-a-traiter")
            mayor.page.get_by_role("link", name=TO_SIGN).click()
            mayor.read("Acquisition")
            take(mayor.page, "telephone-dossier")
    heavy = [path.name for path in IMAGES.glob("*.png") if path.stat().st_size > HEAVIEST]
    if heavy:
        print(f"too heavy for the repository: {', '.join(heavy)}", file=sys.stderr)
    return 1 if heavy else 0


@contextmanager
def here(browser: Browser, town: Demo, who: str, **device: Any) -> Iterator[Person]:
    """Somebody in front of their tray."""
    with somebody(browser, town, who, color_scheme="light", **device) as person:
        person.log_in()
        yield person


def open_certificate(person: Person) -> None:
    """Open the signing sheet, and the key file in it, as far as the press on Signer."""
    person.page.locator(".acts").get_by_role("button", name="Signer").click()
    sheet = person.page.get_by_role("dialog", name="Signer")
    sheet.get_by_label("Votre certificat").set_input_files(person.demo.key_file(person.who))
    sheet.get_by_label("Mot de passe du certificat").fill(P12_PASSWORD)
    sheet.get_by_label("Mot de passe du certificat").press("Tab")
    expect(sheet.get_by_text("Votre certificat est ouvert")).to_be_visible()


def take(page: Page, name: str) -> None:
    """One picture of what is in view."""
    page.wait_for_load_state("networkidle")
    path = IMAGES / f"{name}.png"
    page.screenshot(path=path, animations="disabled", caret="hide")
    print(f"{path.name:28} {path.stat().st_size / 1000:6.0f} kB")


if __name__ == "__main__":
    sys.exit(main())
