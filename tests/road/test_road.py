"""The main job, on the demonstration: a deed goes from deposit to a signature that anyone can check."""

from __future__ import annotations

import json
from pathlib import Path

import pikepdf
import pytest
from playwright.sync_api import Browser, expect

from tests.road.judges import altered, openssl, pdfsig
from tests.road.office import TITLE
from tests.road.people import PHONE, Watch, somebody
from tests.road.product import Demo, link_of, run

pytestmark = pytest.mark.browser

MARKET = "place du Marché-aux-Herbes"


def test_a_deliberation_goes_from_deposit_to_a_signature_that_anyone_can_check(
    browser: Browser, town: Demo, deliberation: Path, tmp_path: Path
) -> None:
    title = f"Délibération 2026-048 – {TITLE}"
    with somebody(browser, town, "secretariat") as clerk:
        clerk.log_in()
        clerk.deposit("Délibération", title, deliberation)
        expect(clerk.page.get_by_role("listitem").filter(has_text="en attente de Zoé Çelik")).to_be_visible()
        folder = clerk.page.url

        with somebody(browser, town, "dgs") as head:
            head.follow(town.mail("dgs", f"À viser : {title}"))
            head.read(MARKET)
            head.page.locator(".acts").get_by_role("link", name="Viser").click()
            head.page.get_by_label("Annotation").fill("Relu, conforme à la séance.")
            head.page.get_by_role("button", name="Viser le dossier").click()
            expect(head.said).to_contain_text(f"Le dossier « {title} » est visé.")

        with somebody(browser, town, "maire", **PHONE) as mayor:
            mayor.follow(town.mail("maire", f"À signer : {title}"))
            mayor.read(MARKET)
            mayor.sign()
            expect(mayor.said).to_contain_text(f"Le dossier « {title} » est signé.")

        finished = town.mail("secretariat", f"Terminé : {title}")
        assert link_of(finished) == folder
        clerk.follow(finished)
        expect(clerk.page.get_by_role("listitem").filter(has_text="visé par Zoé Çelik")).to_be_visible()
        signed = clerk.download(tmp_path / "signée.pdf")
        clerk.page.get_by_role("link", name="Journal du dossier").click()
        expect(clerk.page.get_by_text("Le journal est entier")).to_be_visible()

    original = deliberation.read_bytes()
    assert signed.read_bytes().startswith(original), "nothing of what was deposited may change"
    others_accept(signed, town, tmp_path, signatures=1)
    we_accept(signed, town, tmp_path, ["Héloïse Lefèvre"])
    assert run("verify", signed, cwd=tmp_path).returncode == 1, "the authority is trusted only where it was given"
    changed = altered(signed, len(original) // 2)
    done = run("verify", "--trust", town.root, changed, cwd=tmp_path)
    assert done.returncode == 1
    assert "modifié" in done.stdout
    assert "Signature is Valid." not in pdfsig(changed, town.root, tmp_path)

    with somebody(browser, town) as citizen:
        citizen.verify(signed)
        expect(citizen.said).to_contain_text("La signature est valable.")
        expect(citizen.page.get_by_text("Héloïse Lefèvre, Maire")).to_be_visible()
        citizen.verify(changed)
        expect(citizen.said).to_contain_text("La signature n’est pas valable.")


def test_two_signatories_on_one_pdf_are_both_valid_afterwards(
    browser: Browser, town: Demo, deliberation: Path, tmp_path: Path
) -> None:
    title = "Convention 2026-C12 – Marché aux herbes"
    with somebody(browser, town, "secretariat") as clerk:
        clerk.log_in()
        clerk.deposit("Convention", title, deliberation)

        with somebody(browser, town, "adjoint") as deputy:
            deputy.follow(town.mail("adjoint", f"À signer : {title}"))
            deputy.sign()
            expect(deputy.said).to_contain_text(f"Le dossier « {title} » est signé.")

        with somebody(browser, town, "maire") as mayor:
            # This time as who tries the demonstration does: the mail is read in the browser, its button pressed there.
            town.mail("maire", f"À signer : {title}")
            mayor.page.goto(town.printed("Courriels"))
            mine = mayor.page.get_by_role("article").filter(has_text=f"À signer : {title}").filter(has_text="à maire@")
            mine.get_by_role("link").click()
            mayor.page.frame_locator("iframe").get_by_role("link", name="Ouvrir le dossier").click()
            mayor.log_in()
            expect(mayor.page.get_by_role("heading", level=1)).to_have_text(title)
            circuit = mayor.page.get_by_role("region", name="Circuit")
            expect(circuit.get_by_role("listitem").filter(has_text="signé par François Noël")).to_be_visible()
            mayor.sign()
            expect(mayor.said).to_contain_text(f"Le dossier « {title} » est signé.")

        clerk.follow(town.mail("secretariat", f"Terminé : {title}"))
        signed = clerk.download(tmp_path / "deux.pdf")

    assert signed.read_bytes().startswith(deliberation.read_bytes())
    others_accept(signed, town, tmp_path, signatures=2)
    we_accept(signed, town, tmp_path, ["François Noël", "Héloïse Lefèvre"])
    with somebody(browser, town) as citizen:
        citizen.verify(signed)
        expect(citizen.said).to_contain_text("Les 2 signatures sont valables.")


def test_a_rejection_comes_back_to_the_clerk_with_its_reason(browser: Browser, town: Demo, deliberation: Path) -> None:
    title, reason = "Délibération 2026-049 – À reprendre", "Le nombre de votants ne correspond pas au procès-verbal."
    with somebody(browser, town, "secretariat") as clerk:
        clerk.log_in()
        clerk.deposit("Délibération", title, deliberation)

        with somebody(browser, town, "dgs", **PHONE) as head:
            head.follow(town.mail("dgs", f"À viser : {title}"))
            head.page.locator(".acts").get_by_role("link", name="Rejeter").click()
            sheet = head.page.get_by_role("dialog", name="Rejeter")
            sheet.get_by_role("button", name="Rejeter le dossier").click()
            expect(sheet, "nothing is rejected without a reason").to_be_visible()
            sheet.get_by_label("Motif du rejet").fill(reason)
            sheet.get_by_role("button", name="Rejeter le dossier").click()
            expect(head.said).to_contain_text(f"Le dossier « {title} » est rejeté")

        mail = town.mail("secretariat", f"Rejeté : {title}")
        text = mail.get_body(("plain",))
        assert text
        assert reason in text.get_content()
        clerk.follow(mail)
        expect(clerk.page.get_by_role("listitem").filter(has_text="rejeté par Zoé Çelik")).to_contain_text(reason)
        clerk.page.goto(f"{town.address}/rejetes")
        expect(clerk.page.get_by_role("link", name=title)).to_be_visible()


def test_a_certificate_that_will_not_do_is_refused_and_the_folder_stays(
    browser: Browser, town: Demo, deliberation: Path
) -> None:
    title = "Convention 2026-C13 – Certificats à essayer"
    with somebody(browser, town, "secretariat") as clerk:
        clerk.log_in()
        clerk.deposit("Convention", title, deliberation)
    with somebody(browser, town, "adjoint") as deputy:
        deputy.follow(town.mail("adjoint", f"À signer : {title}"))
        fault = deputy.page.locator("dialog [data-error]")
        for key, sentence in (
            ("certificat-expire", "a expiré le"),
            ("autorite-inconnue", "autorité"),
            ("maire", "Héloïse Lefèvre"),
        ):
            deputy.sign(key)
            expect(fault).to_contain_text(sentence)
            deputy.page.get_by_role("button", name="Annuler").click()
        deputy.page.reload()
        expect(deputy.page.locator(".acts").get_by_role("button", name="Signer")).to_be_visible()
        # The browser itself reports each refusal that the server answers with a status of its own.
        refusals = [text for text in deputy.watch.complaints.found if "422" in text or "409" in text]
        assert len(refusals) == 3
        deputy.watch.complaints.found = deputy.watch.complaints.without(*refusals)


def test_the_watch_sees_what_it_forbids(browser: Browser, town: Demo) -> None:
    """Its tampering twin: a script and an image of somebody else on a page of ours are both noticed."""
    context = browser.new_context()
    watch = Watch("localhost:1")
    watch.listen(context)
    page = context.new_page()
    page.goto(town.address)
    page.evaluate("document.body.append(Object.assign(new Image(), {src: 'https://images.example/x.png'}))")
    page.wait_for_event(
        "console", predicate=lambda _: bool(watch.complaints.found)
    ) if not watch.complaints.found else None
    context.close()
    assert any("Content Security Policy" in text for text in watch.complaints.found)
    assert any(address.startswith(town.address) for address in watch.strangers)


def others_accept(signed: Path, town: Demo, folder: Path, *, signatures: int) -> None:
    """Poppler and OpenSSL, which know nothing of us, accept each signature and its certificate."""
    report = pdfsig(signed, town.root, folder)
    assert report.count("Signature is Valid.") == signatures, report
    assert report.count("Certificate is Trusted.") == signatures, report
    assert "Total document signed" in report
    assert openssl(signed, town.root, folder) == ["CAdES Verification successful"] * signatures
    with pikepdf.open(signed) as pdf:
        assert pdf.check_pdf_syntax() == []


def we_accept(signed: Path, town: Demo, folder: Path, signers: list[str]) -> None:
    """``parapheur verify`` agrees once the authority is given."""
    done = run("verify", "--json", "--trust", town.root, signed, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    (report,) = json.loads(done.stdout)
    assert [item["signer"]["common_name"] for item in report["signatures"]] == signers
    assert {item["level"] for item in report["signatures"]} == {"PAdES-B-B"}
