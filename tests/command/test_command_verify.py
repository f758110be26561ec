"""``parapheur verify``: a verdict per file, an authority for one call, revocation as asked."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

import pikepdf
import pytest

from parapheur import fetching
from tests.command.conftest import Command
from tests.support.pki import Pki
from tests.support.signed import reserved, signed_by
from tests.support.world import blank_pdf

FALSE_PEM = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


@pytest.fixture(scope="module")
def files(pki: Pki, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a file of each sort."""
    folder = tmp_path_factory.mktemp("files")
    for label in ("maire", "local", "listed", "revoked", "stranger", "expired"):
        (folder / f"{label}.pdf").write_bytes(signed_by(pki, label))
    whole = (folder / "maire.pdf").read_bytes()
    at = whole.index(b"/MediaBox")
    (folder / "altered.pdf").write_bytes(whole[:at] + whole[at:].replace(b"/MediaBox", b"/mediaBox", 1))
    (folder / "truncated.pdf").write_bytes(whole[:200])
    (folder / "unsigned.pdf").write_bytes(blank_pdf())
    (folder / "reserved.pdf").write_bytes(reserved())
    (folder / "text.pdf").write_text("Ceci est un texte.")
    (folder / "empty.pdf").touch()
    with pikepdf.open(io.BytesIO(blank_pdf())) as pdf:
        pdf.save(folder / "locked.pdf", encryption=pikepdf.Encryption(user="sésame", owner="sésame"))
    (folder / "root.pem").write_bytes(pki.root_pem)
    (folder / "root.der").write_bytes(pki.der("root"))
    (folder / "interm.pem").write_bytes(pki.pem("interm"))
    (folder / "bundle.pem").write_bytes(pki.pem("stranger-root") + pki.pem("interm") + pki.root_pem)
    return folder


Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture
def verify(files: Path, command: Command) -> Verify:
    """(status, output, complaints) of ``verify`` on files of the folder."""

    def run(*arguments: str) -> tuple[int, str, str]:
        placed = [str(files / item) if (files / item).is_file() else item for item in arguments]
        said = command("verify", *placed)
        return said.status, said.out, said.err

    return run


def test_a_good_signature_is_status_0_and_said_in_french(verify: Verify, files: Path) -> None:
    status, out, err = verify("maire.pdf", "--trust", "root.pem")
    assert (status, err) == (0, "")
    assert out.startswith(
        f"{files}/maire.pdf : La signature est valable.\n  1. Signature de Héloïse Lefèvre : valable."
    )
    for line in (
        "Le contenu signé est intact.",
        "L’autorité du certificat est reconnue.",
        "Le certificat n’est pas révoqué.",
        "Champ Signature-maire, niveau PAdES-B-B.",
        "Signé le ",
    ):
        assert f"     – {line}" in out


def test_without_its_authority_it_is_not_confirmed(verify: Verify) -> None:
    status, out, _ = verify("maire.pdf")
    assert status == 1
    assert "l’autorité qui a délivré le certificat n’est pas reconnue ici" in out


@pytest.mark.parametrize("authority", ["root.pem", "root.der", "interm.pem", "bundle.pem"])
def test_an_authority_is_taken_as_pem_or_der_root_or_not(authority: str, verify: Verify) -> None:
    assert verify("local.pdf", "--trust", authority)[0] == 0


def test_authorities_of_one_call_come_on_top_of_the_settings(
    verify: Verify, files: Path, monkeypatch: pytest.MonkeyPatch, pki: Pki
) -> None:
    (files / "stranger.pem").write_bytes(pki.pem("stranger-root"))
    monkeypatch.setenv("PARAPHEUR_TRUST_ANCHORS", str(files / "root.der"))
    assert verify("local.pdf")[0] == 0
    assert verify("local.pdf", "stranger.pdf")[0] == 1
    assert verify("local.pdf", "stranger.pdf", "--trust", "stranger.pem")[0] == 0


@pytest.mark.parametrize("content", [b"", b"\x00\x01garbage", FALSE_PEM])
def test_what_is_no_certificate_is_wrong_usage(content: bytes, verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "ac.pem").write_bytes(content)
    status, out, err = verify("maire.pdf", "--trust", str(tmp_path / "ac.pem"))
    assert (status, out) == (2, "")
    assert err.startswith(f"{tmp_path}/ac.pem n’est pas le certificat d’une autorité")


def test_a_private_key_is_no_authority(verify: Verify, tmp_path: Path, pki: Pki) -> None:
    (tmp_path / "key.p12").write_bytes(pki.p12("maire", "x"))
    assert verify("maire.pdf", "--trust", str(tmp_path / "key.p12"))[0] == 2


def test_files_that_cannot_be_read_are_all_named_and_nothing_is_judged(verify: Verify, tmp_path: Path) -> None:
    status, out, err = verify("maire.pdf", "absent.pdf", str(tmp_path), "--trust", "absent.pem")
    assert (status, out) == (2, "")
    assert err.splitlines() == [
        "absent.pdf : ce fichier n’existe pas.",
        f"{tmp_path} : c’est un dossier ; nommez un fichier.",
        "absent.pem : ce fichier n’existe pas.",
    ]


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("unsigned.pdf", "Ce PDF ne porte aucune signature électronique."),
        ("reserved.pdf", "Ce PDF ne porte aucune signature électronique."),
        ("text.pdf", "Ce fichier n’est pas un PDF lisible"),
        ("empty.pdf", "Ce fichier n’est pas un PDF lisible"),
        ("truncated.pdf", "Ce fichier n’est pas un PDF lisible"),
        ("locked.pdf", "Ce PDF est protégé par un mot de passe"),
        ("altered.pdf", "La signature n’est pas valable."),
        ("revoked.pdf", "le certificat a été révoqué"),
        ("expired.pdf", "le certificat n’est pas dans ses dates de validité"),
        ("stranger.pdf", "l’autorité qui a délivré le certificat n’est pas reconnue ici"),
    ],
)
def test_what_is_not_well_is_status_1_with_the_reason(name: str, sentence: str, verify: Verify, files: Path) -> None:
    status, out, err = verify(name, "--trust", "root.pem")
    assert (status, err) == (1, "")
    assert out.startswith(f"{files / name} : ")
    assert sentence in out


def test_one_bad_file_among_good_ones_is_status_1_and_all_are_reported(verify: Verify, files: Path) -> None:
    status, out, _ = verify("local.pdf", "unsigned.pdf", "maire.pdf", "--trust", "root.pem")
    assert status == 1
    assert [line.split(" : ")[0] for line in out.splitlines() if not line.startswith(" ")] == [
        str(files / name) for name in ("local.pdf", "unsigned.pdf", "maire.pdf")
    ]


def test_a_certificate_without_revocation_source_is_judged_without_it_unless_required(verify: Verify) -> None:
    without = "Le certificat ne nomme aucune source de révocation : il est jugé sans elle."
    for mode, expected in (("auto", 0), ("required", 1), ("none", 0)):
        status, out, _ = verify("local.pdf", "--trust", "root.pem", "--revocation", mode)
        assert status == expected, mode
        assert (without in out) == (mode != "none")
    status, out, _ = verify("local.pdf", "--trust", "root.pem", "--revocation", "required")
    assert "le certificat ne nomme aucune source de révocation, alors qu’elle est exigée" in out


def test_a_source_that_does_not_answer_is_replaced_by_the_next(
    verify: Verify, monkeypatch: pytest.MonkeyPatch, pki: Pki
) -> None:
    asked = []

    def fetch(need: object) -> bytes | None:
        asked.append(need.kind.value)  # type: ignore[attr-defined]
        return None if need.kind.value == "ocsp" else fetching.fetch(need)  # type: ignore[arg-type, attr-defined]

    monkeypatch.setattr("parapheur.verifying.fetch", fetch)
    assert verify("maire.pdf", "--trust", "root.pem")[0] == 0
    assert set(asked) == {"ocsp", "crl"}


def test_none_asks_nobody(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parapheur.verifying.fetch", lambda need: pytest.fail(f"asked {need}"))
    assert verify("revoked.pdf", "--trust", "root.pem", "--revocation", "none")[0] == 0


def test_sources_out_of_reach_leave_it_unconfirmed(verify: Verify, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("parapheur.verifying.fetch", lambda _need: None)
    status, out, _ = verify("maire.pdf", "--trust", "root.pem")
    assert status == 1
    assert "la source de révocation du certificat n’a pas pu être consultée" in out


def test_json_is_one_list_of_reports_whatever_the_verdicts(verify: Verify, files: Path) -> None:
    status, out, err = verify("local.pdf", "text.pdf", "--json", "--trust", "root.pem")
    assert (status, err) == (1, "")
    good, bad = json.loads(out)
    assert (good["file"], good["verdict"]) == (str(files / "local.pdf"), "VALID")
    (signature,) = good["signatures"]
    assert signature["signer"]["common_name"] == "Loïc Local"
    assert (signature["indication"], signature["revocation"], signature["intact"]) == (
        "TOTAL-PASSED",
        "NO_SOURCE",
        True,
    )
    assert (bad["file"], bad["verdict"], bad["signatures"]) == (str(files / "text.pdf"), "NOT_A_PDF", [])
