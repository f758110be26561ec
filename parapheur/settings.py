"""Settings: environment variables ``PARAPHEUR_…``, then ``.env``, then ``parapheur.toml``; checked at start."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict, TomlConfigSettingsSource


class SettingsFault(Exception):
    """One or several settings are wrong; the message names each, in French."""


class Settings(BaseSettings):
    """Everything that can be set. Each is documented in docs/settings.md."""

    model_config = SettingsConfigDict(env_prefix="PARAPHEUR_", env_file=".env", extra="forbid")

    data_dir: Path = Field(Path("var"), description="Dossier des données : base embarquée, documents, fichiers reçus.")
    database_url: str = Field("", description="Base de données ; vide : SQLite dans le dossier des données.")
    sqlite_synchronous: Literal["NORMAL", "FULL"] = Field("FULL", description="Durabilité de SQLite.")
    documents: str = Field(
        "", description="Dossier ou adresse s3://… des documents ; vide : dans le dossier des données."
    )
    base_url: str = Field(
        "http://localhost:8000", description="Adresse publique du parapheur, reprise dans les courriels."
    )
    host: str = Field("127.0.0.1", description="Adresse réseau sur laquelle écouter.")
    port: int = Field(8000, ge=1, le=65535, description="Port sur lequel écouter.")
    workers: int = Field(1, ge=1, le=64, description="Nombre de processus du serveur web.")
    tls_certificate: Path | None = Field(None, description="Certificat TLS du serveur, au format PEM.")
    tls_key: Path | None = Field(None, description="Clé privée TLS du serveur, au format PEM.")
    forwarded_allow_ips: str = Field("127.0.0.1", description="Mandataires dont les en-têtes X-Forwarded sont crus.")
    max_upload_mb: int = Field(150, ge=1, le=2000, description="Taille maximale d’un fichier déposé, en Mo.")
    trust_anchors: list[Path] = Field([], description="Fichiers PEM des autorités de certification reconnues.")
    smtp_host: str = Field("localhost", description="Serveur SMTP.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Port du serveur SMTP.")
    smtp_user: str = Field("", description="Identifiant SMTP, s’il en faut un.")
    smtp_password: str = Field("", description="Mot de passe SMTP.")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="Chiffrement SMTP.")
    mail_from: str = Field("parapheur@localhost", description="Adresse d’expédition des courriels.")
    log_format: Literal["console", "json"] = Field("console", description="Forme des journaux techniques.")
    demo_mails: Path | None = Field(None, description="Dossier des courriels de la démonstration ; vide ailleurs.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment first, then ``.env``, then the TOML file."""
        toml = TomlConfigSettingsSource(settings_cls, Path(os.environ.get("PARAPHEUR_CONFIG", "parapheur.toml")))
        return init_settings, env_settings, dotenv_settings, toml

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("tls_certificate et tls_key vont ensemble : donnez les deux, ou aucun")
        if not self.base_url.startswith(("http://", "https://")):
            raise ValueError("base_url doit commencer par http:// ou https://")
        for path in (self.tls_certificate, self.tls_key, *self.trust_anchors):
            if path is not None and not path.is_file():
                raise ValueError(f"le fichier {path} n’existe pas")
        return self

    @property
    def database(self) -> str:
        """The database's URL."""
        return self.database_url or f"sqlite:///{self.data_dir / 'parapheur.db'}"

    @property
    def store(self) -> str:
        """Where documents are."""
        return self.documents or str(self.data_dir / "documents")


def load_settings(**overrides: object) -> Settings:
    """Read and check the settings. Raises :class:`SettingsFault` with a French sentence per fault."""
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        lines = [_sentence(item) for item in error.errors()]
        raise SettingsFault("Réglages à corriger :\n" + "\n".join(f"  – {line}" for line in lines)) from None
    except ValueError as error:
        raise SettingsFault(f"Le fichier de réglages ne peut pas être lu : {error}") from None


def _sentence(item: object) -> str:
    assert isinstance(item, dict)
    name = ".".join(str(part) for part in item["loc"])
    if not name:
        return str(item["msg"]).removeprefix("Value error, ") + "."
    variable = f"PARAPHEUR_{name.upper()}"
    if item["type"] == "extra_forbidden":
        return f"{variable} n’est pas un réglage connu : vérifiez son orthographe dans docs/settings.md."
    field = Settings.model_fields.get(name.partition(".")[0])
    what = f" {field.description}" if field and field.description else ""
    return f"{variable} vaut « {item.get('input')} », ce qui ne convient pas ({item['msg']}).{what}"
