"""``parapheur doctor``: nothing to say of a healthy installation; each illness is named, with its cure and status 1."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult
from sqlalchemy import text

from engine.clock import utc_now
from engine.database import Database
from engine.ids import new_id
from engine.work.model import WorkItem
from parapheur.demo.authority import ensure_tls
from parapheur.migrating import migrate
from tests.command.conftest import Command, ended, started
from tests.support.keyfiles import certify, make_key, pem
from tests.support.mails import smtp
from tests.support.pki import Pki
from tests.support.postgres import free_port
from web import rendering

#: What the law wants public pages to say.
LEGAL = (
    "PARAPHEUR_LEGAL_PUBLISHER",
    "PARAPHEUR_LEGAL_DIRECTOR",
    "PARAPHEUR_LEGAL_HOST",
    "PARAPHEUR_PRIVACY_CONTACT",
    "PARAPHEUR_PRIVACY_RETENTION",
)


@pytest.fixture
def healthy(alone: Path, monkeypatch: pytest.MonkeyPatch, pki: Pki) -> Iterator[Path]:
    """The current folder, with an installation that lacks nothing."""
    database = Database("sqlite:///var/parapheur.db")
    migrate(database)
    database.dispose()
    (alone / "ac.pem").write_bytes(pki.root_pem)
    with smtp() as (_, server):
        monkeypatch.setenv("PARAPHEUR_SMTP_HOST", server.host)
        monkeypatch.setenv("PARAPHEUR_SMTP_PORT", str(server.port))
        monkeypatch.setenv("PARAPHEUR_TRUST_ANCHORS", "ac.pem")
        for name in LEGAL:
            monkeypatch.setenv(name, "Commune d’essai")
        yield alone


def illnesses(command: Command) -> dict[str, str]:
    """What is not well → its cure; the status says the same as the lines."""
    said = command("doctor")
    lines = said.out.splitlines()
    found = {
        line.removeprefix("MAL   "): cure.removeprefix("      Remède : ")
        for line, cure in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("MAL ")
    }
    assert said.err == ""
    assert said.status == (1 if found else 0)
    return found


def test_a_healthy_installation_is_status_0_and_every_line_is_well(healthy: Path, command: Command) -> None:
    said = command("doctor")
    assert said.status == 0
    lines = said.out.splitlines()
    assert len(lines) >= 7
    assert all(line.startswith("bien  ") for line in lines)


def test_before_anything_is_installed_looking_changes_nothing(alone: Path, command: Command) -> None:
    found = illnesses(command)
    assert found["Base de données sqlite:///var/parapheur.db"] == "Créez-la : « parapheur migrate »."
    assert list(alone.iterdir()) == []


def test_a_database_that_is_behind_or_ahead(healthy: Path, command: Command) -> None:
    database = Database("sqlite:///var/parapheur.db")
    for revision, cure in (("0001", "Lancez « parapheur migrate »."), ("9999", "une version plus récente")):
        with database.engine.begin() as connection:
            connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
        ((what, said),) = illnesses(command).items()
        assert what == "Base de données sqlite:///var/parapheur.db"
        assert cure in said
    database.dispose()


def test_a_postgresql_that_does_not_answer(healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", f"postgresql://u:sesame@127.0.0.1:{free_port()}/base")
    ((what, cure),) = illnesses(command).items()
    assert what.startswith("Base de données postgresql+psycopg://u:***@127.0.0.1:")
    assert "vérifiez PARAPHEUR_DATABASE_URL et que le serveur tourne" in cure
    assert "sesame" not in cure


@pytest.mark.postgres
def test_a_healthy_postgresql(
    healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch, postgres_database: Database
) -> None:
    url = postgres_database.url.render_as_string(hide_password=False)
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", url)
    assert illnesses(command) == {}


def work(**values: datetime) -> None:
    """A row of work in the database."""
    database, now = Database("sqlite:///var/parapheur.db"), utc_now()
    with database.writing() as session:
        known = {"available_at": now, "created_at": now, **values}
        session.add(WorkItem(id=new_id(), kind="mail.send", data="{}", attempts=9, **known))
        session.commit()
    database.dispose()


def test_work_that_was_given_up(healthy: Path, command: Command) -> None:
    work(failed_at=utc_now())
    ((what, cure),) = illnesses(command).items()
    assert what == "Travaux arrêtés après trop d’échecs : 1"
    assert "Administration, Travaux" in cure


def test_work_that_nobody_does(healthy: Path, command: Command) -> None:
    work(available_at=utc_now() - timedelta(minutes=9))
    assert illnesses(command) == {}
    work(available_at=utc_now() - timedelta(hours=1), done_at=utc_now())
    assert illnesses(command) == {}
    work(available_at=utc_now() - timedelta(hours=1))
    ((what, cure),) = illnesses(command).items()
    assert what.startswith("Travaux en retard : le plus ancien attend depuis le ")
    assert "parapheur worker" in cure


def test_a_clock_that_went_back(healthy: Path, command: Command) -> None:
    work(created_at=utc_now() + timedelta(hours=1))
    ((what, cure),) = illnesses(command).items()
    assert what.startswith("Horloge : elle était en avance le ")
    assert "NTP" in cure


def test_legal_pages_that_are_not_filled_in_are_told_without_being_an_illness(
    healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PARAPHEUR_LEGAL_HOST")
    said = command("doctor")
    assert said.status == 0
    [line] = [line for line in said.out.splitlines() if line.startswith("voir")]
    assert line == "voir  Mentions légales et données personnelles"
    assert "Remplissez PARAPHEUR_LEGAL_HOST : les pages publiques" in said.out


@pytest.mark.parametrize("setting", ["PARAPHEUR_DATA_DIR", "PARAPHEUR_DOCUMENTS"])
def test_a_folder_where_nothing_can_be_written(
    setting: str, healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    (healthy / "file").touch()
    monkeypatch.setenv(setting, str(healthy / "file" / "documents"))
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", "sqlite:///var/parapheur.db")
    cures = illnesses(command).values()
    assert any(setting in cure for cure in cures)
    assert all(str(healthy / "file") in cure for cure in cures)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_folder_without_the_right_to_write(healthy: Path, command: Command) -> None:
    store = healthy / "var" / "documents"
    store.mkdir()
    store.chmod(0o500)
    assert list(illnesses(command)) == ["Documents : var/documents"]


class _Storage(BaseHTTPRequestHandler):
    """Answers a list of objects as S3 does, to one key only."""

    def do_GET(self) -> None:
        known = "Credential=good/" in self.headers.get("Authorization", "")
        body = (
            b'<?xml version="1.0"?><ListBucketResult><Name>b</Name><KeyCount>0</KeyCount></ListBucketResult>'
            if known
            else b"<Error><Code>AccessDenied</Code></Error>"
        )
        self.send_response(200 if known else 403)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


def test_a_remote_store_is_really_asked(healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Storage)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    monkeypatch.setenv("PARAPHEUR_DOCUMENTS", "s3://mairie/documents")
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "good",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "fr",
    }.items():
        monkeypatch.setenv(name, value)
    try:
        assert illnesses(command) == {}
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "bad")
        ((what, cure),) = illnesses(command).items()
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert what == "Documents : s3://mairie/documents"
    assert cure.startswith("Vérifiez PARAPHEUR_DOCUMENTS et les variables AWS_… (")
    assert list(illnesses(command)) == [what]  # nobody listens there any more


def test_browser_files_that_are_not_built(healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    rendering._manifest.cache_clear()
    monkeypatch.setattr(rendering, "STATIC", healthy)
    found = illnesses(command)
    rendering._manifest.cache_clear()
    assert found == {"Fichiers du navigateur": "Lancez « make build »."}


def test_an_smtp_server_that_does_not_answer(healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("PARAPHEUR_SMTP_PORT", str(port))
    ((what, cure),) = illnesses(command).items()
    assert what == f"Serveur SMTP 127.0.0.1:{port}"
    assert cure.startswith("Vérifiez PARAPHEUR_SMTP_HOST, PARAPHEUR_SMTP_PORT et PARAPHEUR_SMTP_SECURITY (")


@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_an_smtp_server_without_the_encryption_asked_for(
    security: str, healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PARAPHEUR_SMTP_SECURITY", security)
    (cure,) = illnesses(command).values()
    assert "PARAPHEUR_SMTP_SECURITY" in cure


def test_an_smtp_server_that_refuses_the_password(
    healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def judge(_server: object, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        return AuthResult(success=data.password == b"good", handled=False)  # type: ignore[attr-defined]

    with smtp(authenticator=judge, auth_require_tls=False) as (_, server):
        monkeypatch.setenv("PARAPHEUR_SMTP_PORT", str(server.port))
        monkeypatch.setenv("PARAPHEUR_SMTP_USER", "parapheur")
        monkeypatch.setenv("PARAPHEUR_SMTP_PASSWORD", "good")
        assert illnesses(command) == {}
        monkeypatch.setenv("PARAPHEUR_SMTP_PASSWORD", "bad")
        (cure,) = illnesses(command).values()
    assert cure.startswith("Il refuse PARAPHEUR_SMTP_USER et PARAPHEUR_SMTP_PASSWORD")


def test_no_authority(healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PARAPHEUR_TRUST_ANCHORS")
    ((what, cure),) = illnesses(command).items()
    assert what == "Autorités de certification reconnues : 0"
    assert "PARAPHEUR_TRUST_ANCHORS" in cure


def test_a_file_of_authorities_that_holds_none(healthy: Path, command: Command) -> None:
    (healthy / "ac.pem").write_text("Ceci est un texte.")
    ((what, cure),) = illnesses(command).items()
    assert what == "Autorités de certification"
    assert "ac.pem n’est pas le certificat d’une autorité" in cure


def test_an_authority_that_has_expired(healthy: Path, command: Command) -> None:
    (healthy / "ac.pem").write_bytes(pem(certify(make_key("p256"), "AC d’hier", days=-1, authority=True)))
    assert illnesses(command) == {"Autorité « AC d’hier » expirée": "Remplacez-la par son nouveau certificat."}


def test_a_certificate_of_the_server_that_ends_soon_or_does_not_fit(
    healthy: Path, command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, certificate, key = ensure_tls(healthy / "tls", ["localhost"], utc_now())
    _, _, other = ensure_tls(healthy / "other", ["localhost"], utc_now())
    monkeypatch.setenv("PARAPHEUR_TLS_CERTIFICATE", str(certificate))
    monkeypatch.setenv("PARAPHEUR_TLS_KEY", str(key))
    assert illnesses(command) == {}
    monkeypatch.setattr("parapheur.doctor.SOON", timedelta(days=100_000))
    ((what, cure),) = illnesses(command).items()
    assert what.startswith(f"Certificat du serveur : {certificate}, valable jusqu’au ")
    assert cure == "Renouvelez-le."
    monkeypatch.setenv("PARAPHEUR_TLS_KEY", str(other))
    (cure,) = illnesses(command).values()
    assert "ne vont pas ensemble" in cure


def test_it_is_a_command_with_a_status(alone: Path) -> None:
    said = ended(started("doctor", folder=alone))
    assert (said.status, said.err) == (1, "")
    assert "Remède : " in said.out
