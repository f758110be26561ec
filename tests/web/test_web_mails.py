"""The mails of the demonstration, as the catcher's folder holds them."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.support.site import Site, open_site
from tests.support.world import World


def mail(subject: str, text: str, html: str | None) -> bytes:
    message = EmailMessage()
    message["Subject"], message["From"], message["To"] = subject, "parapheur@essai.example", "dgs@essai.example"
    message["Date"] = "Tue, 24 Nov 2026 14:05:00 +0000"
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return message.as_bytes()


@pytest.fixture
def demo(world: World, tmp_path: Path) -> Iterator[tuple[Site, Path]]:
    folder = tmp_path / "courriels"
    folder.mkdir()
    with open_site(world, tmp_path, demo_mails=folder) as site:
        yield site, folder


def test_a_demonstration_without_mails_says_so(demo: tuple[Site, Path]) -> None:
    site, _ = demo
    assert "Aucun courriel pour l’instant." in site.nobody.get("/demo/courriels").text


def test_the_newest_mail_comes_first_and_opens(demo: tuple[Site, Path]) -> None:
    site, folder = demo
    for number in (2, 9, 10):
        content = mail(f"Dossier {number} à viser", "https://parapheur.essai.example/dossiers/1\n", "<p>Bonjour</p>")
        (folder / f"{number:06d}.eml").write_bytes(content)
    page = site.nobody.get("/demo/courriels").text
    assert page.index("Dossier 10") < page.index("Dossier 9") < page.index("Dossier 2")
    one = site.nobody.get("/demo/courriels/000010").text
    assert "<h1>Dossier 10 à viser</h1>" in one
    assert 'href="https://parapheur.essai.example/dossiers/1"' in one
    assert 'src="/demo/courriels/000010/html"' in one


def test_the_html_of_a_mail_runs_nothing_and_asks_nobody(demo: tuple[Site, Path]) -> None:
    site, folder = demo
    (folder / "000001.eml").write_bytes(
        mail("Piège", "texte", "<script>alert(1)</script><img src='https://x.example'>")
    )
    answer = site.nobody.get("/demo/courriels/000001/html")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert "allow-scripts" not in policy
    assert "img-src" not in policy


def test_what_a_mail_says_is_shown_as_text_in_our_pages(demo: tuple[Site, Path]) -> None:
    site, folder = demo
    (folder / "000001.eml").write_bytes(mail("<script>1</script>", "<script>2</script>", None))
    for path in ("/demo/courriels", "/demo/courriels/000001"):
        assert "<script>" not in site.nobody.get(path).text
    assert site.nobody.get("/demo/courriels/000001/html").status_code == 200


@pytest.mark.parametrize("name", ["000002", "..", "%2e%2e%2fsecret", "..%2fsecret", "%2fetc%2fpasswd", "secret%00"])
def test_only_the_mails_of_the_folder_are_shown(demo: tuple[Site, Path], name: str) -> None:
    site, folder = demo
    (folder.parent / "secret.eml").write_bytes(mail("Secret", "secret", None))
    assert site.nobody.get(f"/demo/courriels/{name}").status_code == 404
    assert site.nobody.get(f"/demo/courriels/{name}/html").status_code == 404


def test_the_corner_of_the_page_leads_to_the_mails_only_in_the_demonstration(demo: tuple[Site, Path]) -> None:
    site, _ = demo
    assert "/demo/courriels" in site.browser("dgs").get("/a-traiter").text
