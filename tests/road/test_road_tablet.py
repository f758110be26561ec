"""``parapheur demo --host 0.0.0.0``: tried from another machine, where its local authority is installed."""

from __future__ import annotations

import ssl
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.road.people import PHONE, somebody
from tests.road.product import Demo, demo
from tests.support.browser import chromium

pytestmark = pytest.mark.browser


def test_a_tablet_that_has_the_local_authority_signs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with demo(tmp_path, "--host", "0.0.0.0") as served:
        authority = Path(served.printed("Servi en HTTPS"))
        assert served.address.startswith("https://")
        answers_only_to_who_knows_the_authority(served, authority)

        home = tmp_path / "tablette"
        install_authority(authority, home)
        monkeypatch.setenv("HOME", str(home))
        with chromium() as browser, somebody(browser, served, "maire", **PHONE) as mayor:
            mayor.log_in()
            mayor.page.get_by_role("link", name="Circulation rue du Port").click()
            mayor.read("foire")
            expect(mayor.page.get_by_role("alert")).to_have_count(0)
            mayor.sign()
            expect(mayor.said).to_contain_text("est signé.")
        served.mail("technique", "Terminé : Circulation rue du Port pendant la foire")


def answers_only_to_who_knows_the_authority(served: Demo, authority: Path) -> None:
    address = f"{served.address}/sante"
    straight = urllib.request.ProxyHandler({})
    knowing = urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(authority)))
    with urllib.request.build_opener(straight, knowing).open(address, timeout=30) as answer:
        assert answer.status == 200
    unknowing = urllib.request.HTTPSHandler(context=ssl.create_default_context())
    with pytest.raises(urllib.error.URLError, match="certificate verify failed"):
        urllib.request.build_opener(straight, unknowing).open(address, timeout=30)


def install_authority(authority: Path, home: Path) -> None:
    """What Chromium on Linux reads: an NSS database in the person's own folder."""
    database = home / ".pki" / "nssdb"
    database.mkdir(parents=True)
    at = ["-d", f"sql:{database}"]
    subprocess.run(["certutil", "-N", *at, "--empty-password"], check=True)
    subprocess.run(["certutil", "-A", *at, "-n", "locale", "-t", "C,,", "-i", str(authority)], check=True)
