"""Settings: which source wins, and one French sentence per fault."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from parapheur.settings import WRONG, Settings, SettingsFault, load_settings

#: Values of every kind that TOML can write.
KINDS = ['"texte"', '""', "12", "-1", "99999999", "1.5", "true", "[]", '["a"]', "[1]", "{ a = 1 }", "2026-11-25"]


def faults() -> list[str]:
    """The sentences of what is wrong in the settings as they are."""
    with pytest.raises(SettingsFault) as caught:
        load_settings()
    first, *rest = str(caught.value).splitlines()
    assert first == "Réglages à corriger :"
    assert all(line.startswith("  – ") for line in rest)
    return [line.removeprefix("  – ") for line in rest]


def test_without_any_everything_has_a_default() -> None:
    settings = load_settings()
    assert settings.database == "sqlite:///var/parapheur.db"
    assert settings.store == "var/documents"


def test_the_environment_wins_over_env_and_env_over_toml(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / "parapheur.toml").write_text('port = 1\nhost = "toml"\nsmtp_host = "toml"\nworkers = 3\n')
    (alone / ".env").write_text("PARAPHEUR_PORT=2\nPARAPHEUR_HOST=env\nexport PARAPHEUR_SMTP_USER='é # è'\n")
    monkeypatch.setenv("PARAPHEUR_PORT", "3")
    settings = load_settings()
    found = (settings.port, settings.host, settings.smtp_host, settings.workers, settings.smtp_user)
    assert found == (3, "env", "toml", 3, "é # è")


def test_an_empty_variable_is_a_setting_left_alone(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_PORT", "")
    (alone / ".env").write_text("PARAPHEUR_TLS_CERTIFICATE=\nPARAPHEUR_TRUST_ANCHORS=\n")
    assert load_settings() == Settings()
    assert load_settings().port == 8000


def test_another_toml_can_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "mairie.toml"
    path.write_text("port = 81\n")
    monkeypatch.setenv("PARAPHEUR_CONFIG", str(path))
    assert load_settings().port == 81
    path.unlink()
    assert faults() == [f"Le fichier {path}, que nomme PARAPHEUR_CONFIG, n’existe pas."]


def test_unknown_names_are_faults_wherever_they_are(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_TRUST_ANCHOR", "/etc/ac.pem")
    (alone / ".env").write_text("PARAPHEUR_SMTPHOST=a\nPOSTGRES_PASSWORD=for-another-program\n")
    (alone / "parapheur.toml").write_text("prot = 8000\n[smtp]\nhost = 'a'\n")
    assert {sentence.partition(" ")[0] for sentence in faults()} == {
        "PARAPHEUR_TRUST_ANCHOR",
        "PARAPHEUR_SMTPHOST",
        "PARAPHEUR_PROT",
        "PARAPHEUR_SMTP",
    }
    assert all("n’est pas un réglage connu" in sentence for sentence in faults())


def test_the_place_of_the_toml_is_not_a_setting(alone: Path) -> None:
    (alone / ".env").write_text("PARAPHEUR_CONFIG=mairie.toml\n")
    assert faults() == [
        "PARAPHEUR_CONFIG se donne dans l’environnement seulement : c’est lui qui dit où sont les réglages."
    ]


def test_every_fault_is_told_at_once(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_PORT", "70000")
    monkeypatch.setenv("PARAPHEUR_WORKERS", "deux")
    monkeypatch.setenv("PARAPHEUR_LOG_FORMAT", "xml")
    monkeypatch.setenv("PARAPHEUR_BASE_URL", "parapheur.mairie.example")
    monkeypatch.setenv("PARAPHEUR_TLS_KEY", "/nulle/part.pem")
    assert faults() == [
        "PARAPHEUR_BASE_URL : « parapheur.mairie.example » ne convient pas ; il faut une adresse comme"
        " https://parapheur.mairie.example. (Adresse publique du parapheur, reprise dans les courriels.)",
        "PARAPHEUR_PORT : « 70000 » ne convient pas ; le plus grand nombre admis est 65535. (Port sur lequel écouter.)",
        "PARAPHEUR_WORKERS : « deux » ne convient pas ; il faut un nombre entier."
        " (Nombre de processus du serveur web.)",
        "PARAPHEUR_TLS_KEY : « /nulle/part.pem » ne convient pas ; le fichier /nulle/part.pem n’existe pas."
        " (Clé privée TLS du serveur, au format PEM.)",
        "PARAPHEUR_LOG_FORMAT : « xml » ne convient pas ; les valeurs admises sont console, json."
        " (Forme des journaux techniques.)",
    ]


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_no_kind_of_value_is_answered_in_english(name: str, alone: Path) -> None:
    for kind in KINDS:
        (alone / "parapheur.toml").write_text(f"{name} = {kind}\n")
        try:
            load_settings()
        except SettingsFault as fault:
            said = str(fault)
            assert "elle n’est pas du genre attendu" not in said, (kind, said)
            assert not re.search(r"\b(should|input|valid|must|value|error|type)\b", said, re.IGNORECASE), said


def test_the_kinds_of_faults_are_told_without_holes() -> None:
    for sentence in WRONG.values():
        assert set(re.findall(r"{(\w+)}", sentence)) <= {"ge", "le", "choices", "error"}


@pytest.mark.parametrize("name", ["smtp_password", "database_url"])
def test_what_may_hold_a_password_is_never_shown(name: str, alone: Path) -> None:
    (alone / "parapheur.toml").write_text(f'{name} = ["mysql://parapheur:sesame@serveur/base"]\n')
    (sentence,) = faults()
    assert "sesame" not in sentence
    (alone / "parapheur.toml").write_text('smtp_password = "sesame"\n')
    assert "sesame" not in repr(load_settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("database_url", "mysql://parapheur@serveur/base"),
        ("database_url", "postgresql+psycopg2://parapheur@serveur/base"),
        ("database_url", "postgresql://parapheur@serveur:port/base"),
        ("database_url", "parapheur.db"),
        ("database_url", "sqlite://"),
        ("database_url", "sqlite:///:memory:"),
        ("documents", "https://serveur/documents"),
        ("documents", "s3://"),
        ("base_url", "https://"),
        ("base_url", "https://serveur:port"),
        ("base_url", "https://[::1"),
        ("base_url", "https://serveur/?a=1"),
        ("base_url", "ftp://serveur"),
        ("mail_from", "Parapheur <parapheur@mairie.example>"),
        ("mail_from", "parapheur"),
        ("trust_anchors", "/nulle/part.pem"),
    ],
)
def test_what_could_never_work_is_refused_at_start(name: str, value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(f"PARAPHEUR_{name.upper()}", value)
    (sentence,) = faults()
    assert sentence.startswith(f"PARAPHEUR_{name.upper()} : ")


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_postgresql_is_reached_by_its_one_driver(scheme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PARAPHEUR_DATABASE_URL", f"{scheme}://u:p@serveur/base")
    assert load_settings().database == "postgresql+psycopg://u:p@serveur/base"


@pytest.mark.parametrize(
    "written", ["{a},{b}", "{a} , {b}", '["{a}", "{b}"]', '["{a}","{b}",]'], ids=["commas", "spaces", "json", "toml"]
)
def test_several_authorities_fit_in_a_variable(written: str, alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a, b = alone / "a.pem", alone / "b.pem"
    a.touch()
    b.touch()
    monkeypatch.setenv("PARAPHEUR_TRUST_ANCHORS", written.format(a=a, b=b))
    assert load_settings().trust_anchors == [a, b]


def test_certificate_and_key_of_the_server_go_together(alone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (alone / "c.pem").touch()
    monkeypatch.setenv("PARAPHEUR_TLS_CERTIFICATE", "c.pem")
    assert faults() == ["PARAPHEUR_TLS_CERTIFICATE et PARAPHEUR_TLS_KEY vont ensemble : donnez les deux, ou aucun."]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("parapheur.toml", b"port = 8000\nhost = mairie\n", "ligne 2, colonne 8"),
        ("parapheur.toml", b"port", "n’est pas du TOML lisible"),
        ("parapheur.toml", 'host = "é"'.encode("latin-1"), "parapheur.toml n’est pas en UTF-8"),
        (".env", b"PARAPHEUR_PORT=8000\n\nceci n'est pas une ligne\n", "(ligne 3)"),
        (".env", "PARAPHEUR_HOST=é".encode("latin-1"), ".env n’est pas en UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_place(
    name: str, content: bytes, sentence: str, alone: Path
) -> None:
    (alone / name).write_bytes(content)
    (said,) = faults()
    assert said.startswith(f"Le fichier {name} ")
    assert sentence in said


def test_a_folder_in_the_place_of_the_file_is_told(alone: Path) -> None:
    (alone / "parapheur.toml").mkdir()
    (said,) = faults()
    assert said.startswith("Le fichier parapheur.toml ne peut pas être lu (")
