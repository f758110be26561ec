"""Settings: environment variables ``PARAPHEUR_…``, then ``.env``, then ``parapheur.toml``; checked at start."""

from __future__ import annotations

import os
import re
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

from dotenv.parser import Original, parse_stream
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from engine.people.sealing import SecretBox, keys_in

PREFIX = "PARAPHEUR_"
#: Where the TOML file is, when it is not ``parapheur.toml`` in the current folder. No setting: only a variable.
CONFIG = "PARAPHEUR_CONFIG"
ENV_FILE = Path(".env")
#: Settings whose value may hold a password: it is never shown.
_SECRET = {"smtp_password", "database_url", "secret_key"}


class SettingsFault(Exception):
    """One or several settings are wrong; the message names each, in French."""


class Settings(BaseSettings):
    """Everything that can be set. Each is documented in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_file=ENV_FILE,
        env_ignore_empty=True,  # « PARAPHEUR_X= » in a file of variables means that it is not set
        dotenv_filtering="match_prefix",  # the rest of a .env is for other programs
        extra="forbid",
    )

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
    trust_anchors: Annotated[list[Path], NoDecode] = Field(
        [], description="Fichiers des autorités de certification reconnues."
    )
    smtp_host: str = Field("localhost", description="Serveur SMTP.")
    smtp_port: int = Field(25, ge=1, le=65535, description="Port du serveur SMTP.")
    smtp_user: str = Field("", description="Identifiant SMTP, s’il en faut un.")
    smtp_password: str = Field("", repr=False, description="Mot de passe SMTP.")
    smtp_security: Literal["none", "starttls", "tls"] = Field("none", description="Chiffrement SMTP.")
    mail_from: str = Field("parapheur@localhost", description="Adresse d’expédition des courriels.")
    secret_key: str = Field(
        "",
        repr=False,
        description="Clé qui chiffre les secrets des seconds facteurs ; vide : secret.key, avec les données.",
    )
    legal_publisher: str = Field("", description="Éditeur de ce parapheur, pour les mentions légales.")
    legal_director: str = Field("", description="Directrice ou directeur de la publication.")
    legal_host: str = Field("", description="Hébergeur, pour les mentions légales.")
    privacy_contact: str = Field("", description="Contact de la personne déléguée à la protection des données.")
    privacy_retention: str = Field("", description="Combien de temps les dossiers et les comptes sont gardés.")
    keep_sessions_days: int = Field(30, ge=1, le=3650, description="Jours où restent les sessions et liens finis.")
    keep_work_days: int = Field(90, ge=1, le=3650, description="Jours où restent les travaux faits.")
    keep_mails_days: int = Field(90, ge=1, le=3650, description="Jours où reste le texte des courriels partis.")
    backup_max_age_hours: int = Field(
        48, ge=0, le=8760, description="Âge, en heures, à partir duquel la dernière sauvegarde est trop vieille."
    )
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
        toml = InitSettingsSource(settings_cls, init_kwargs=_read_toml())
        return init_settings, _Variables(settings_cls), dotenv_settings, toml

    @field_validator("trust_anchors", mode="before")
    @classmethod
    def _several(cls, value: Any) -> Any:
        """A variable holds one line: names separated by commas, or a list as JSON or TOML write it."""
        if isinstance(value, str):
            value = [item.strip().strip("\"'") for item in value.strip().strip("[]").split(",")]
            return [item for item in value if item]
        return value

    @field_validator("tls_certificate", "tls_key", "trust_anchors")
    @classmethod
    def _are_files(cls, value: Path | list[Path] | None) -> Path | list[Path] | None:
        for path in value if isinstance(value, list) else [value]:
            if path is not None and not path.is_file():
                raise ValueError(f"le fichier {path} n’existe pas")
        return value

    @field_validator("base_url")
    @classmethod
    def _is_web_address(cls, value: str) -> str:
        try:
            parts = urlsplit(value)
            whole = parts.scheme in {"http", "https"} and parts.hostname and (parts.port is None or parts.port > 0)
        except ValueError:
            whole = False
        if not whole or parts.query or parts.fragment or "@" in parts.netloc or " " in value:
            raise ValueError("il faut une adresse comme https://parapheur.mairie.example")
        return value

    @field_validator("database_url")
    @classmethod
    def _is_known_database(cls, value: str) -> str:
        if not value:
            return value
        # The two common ways to write it; the driver is always the same.
        value = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", value)
        try:
            url = make_url(value)
        except (ArgumentError, ValueError):
            url = None
        if url is None or url.drivername not in {"sqlite", "postgresql+psycopg"} or not url.database:
            raise ValueError(
                "il faut une adresse comme postgresql://parapheur:motdepasse@serveur/parapheur"
                " ou sqlite:////var/lib/parapheur/parapheur.db"
            )
        if url.database == ":memory:":
            raise ValueError("une base en mémoire serait perdue à l’arrêt : donnez un fichier")
        if url.drivername != "sqlite" and find_spec("psycopg") is None:
            raise ValueError("il manque le pilote de PostgreSQL : installez « parapheur[postgres] »")
        return value

    @field_validator("documents")
    @classmethod
    def _is_known_store(cls, value: str) -> str:
        if "://" in value and not re.match(r"s3://[^/]+", value):
            raise ValueError("il faut un dossier, ou une adresse comme s3://seau/prefixe")
        return value

    @field_validator("mail_from")
    @classmethod
    def _is_mail_address(cls, value: str) -> str:
        if not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+", value):
            raise ValueError("il faut une adresse seule, comme parapheur@mairie.example")
        return value

    @field_validator("secret_key")
    @classmethod
    def _is_key(cls, value: str) -> str:
        try:
            if value:
                SecretBox(keys_in(value))
        except ValueError:
            raise ValueError(
                "il faut 32 octets en base64, comme en donne « openssl rand -base64 32 | tr +/ -_ » ;"
                " plusieurs clés sont séparées par des virgules, celle d’aujourd’hui d’abord"
            ) from None
        return value

    @model_validator(mode="after")
    def _together(self) -> Settings:
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError(
                "PARAPHEUR_TLS_CERTIFICATE et PARAPHEUR_TLS_KEY vont ensemble : donnez les deux, ou aucun."
            )
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
    _check_env_file()
    try:
        return Settings(**overrides)  # type: ignore[arg-type]
    except ValidationError as error:
        raise _fault(*(_sentence(item) for item in error.errors(include_url=False))) from None


class _Variables(EnvSettingsSource):
    """The environment; a name that begins as ours do and is none of ours is a spelling mistake, not somebody else's."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        ours = {name for name in self.env_vars if name.startswith(PREFIX.lower()) and name != CONFIG.lower()}
        unknown = {name.removeprefix(PREFIX.lower()) for name in ours} - set(Settings.model_fields)
        return found | dict.fromkeys(sorted(unknown), "")


def _check_env_file() -> None:
    """python-dotenv skips the lines that it does not understand; here each is a fault."""
    if not ENV_FILE.is_file():
        return
    try:
        with ENV_FILE.open(encoding="utf-8") as file:
            wrong = [_line(binding.original) for binding in parse_stream(file) if binding.error]
    except OSError as error:
        raise _fault(f"Le fichier {ENV_FILE} ne peut pas être lu ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise _fault(f"Le fichier {ENV_FILE} n’est pas en UTF-8 : enregistrez-le dans cet encodage.") from None
    if wrong:
        raise _fault(
            f"Le fichier {ENV_FILE} a des lignes qui ne sont pas de la forme NOM=valeur (ligne {', '.join(wrong)})."
        )


def _line(original: Original) -> str:
    """The line where a piece of the file begins, the blank ones before it left out."""
    blank = original.string[: len(original.string) - len(original.string.lstrip())]
    return str(original.line + blank.count("\n"))


def _read_toml() -> dict[str, Any]:
    """The TOML file; without :data:`CONFIG` it need not exist."""
    named = os.environ.get(CONFIG)
    path = Path(named or "parapheur.toml")
    if not named and not path.exists():
        return {}
    try:
        return tomllib.loads(path.read_bytes().decode("utf-8"))
    except FileNotFoundError:
        raise _fault(f"Le fichier {path}, que nomme {CONFIG}, n’existe pas.") from None
    except OSError as error:
        raise _fault(f"Le fichier {path} ne peut pas être lu ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise _fault(f"Le fichier {path} n’est pas en UTF-8 : enregistrez-le dans cet encodage.") from None
    except tomllib.TOMLDecodeError as error:
        where = re.search(r"at line (\d+), column (\d+)", str(error))
        place = f"ligne {where[1]}, colonne {where[2]}" if where else "à la fin"
        raise _fault(
            f"Le fichier {path} n’est pas du TOML lisible ({place}) : chaque ligne s’écrit nom = valeur,"
            " les textes entre guillemets."
        ) from None


def _fault(*sentences: str) -> SettingsFault:
    return SettingsFault("Réglages à corriger :\n" + "\n".join(f"  – {sentence}" for sentence in sentences))


#: Type of fault, as pydantic names it → what is wrong; ``{…}`` comes from the context of the fault.
WRONG = {
    "int_parsing": "il faut un nombre entier",
    "int_parsing_size": "ce nombre est trop grand",
    "int_type": "il faut un nombre entier",
    "int_from_float": "il faut un nombre entier",
    "greater_than_equal": "le plus petit nombre admis est {ge}",
    "less_than_equal": "le plus grand nombre admis est {le}",
    "string_type": "il faut un texte entre guillemets",
    "string_unicode": "ce texte n’est pas en UTF-8",
    "path_type": "il faut un chemin entre guillemets",
    "list_type": "il faut une liste de fichiers",
    "literal_error": "les valeurs admises sont {choices}",
    "value_error": "{error}",
}


def _sentence(item: Any) -> str:
    """One fault, in French: where, what was given, what is wrong, what the setting is for."""
    if not item["loc"]:
        return str(item["ctx"]["error"])
    name = str(item["loc"][0])
    variable = f"{PREFIX}{name.upper()}"
    if item["type"] == "extra_forbidden":
        if variable == CONFIG:
            return f"{CONFIG} se donne dans l’environnement seulement : c’est lui qui dit où sont les réglages."
        return f"{variable} n’est pas un réglage connu : vérifiez son orthographe dans docs/settings.md."
    field = Settings.model_fields[name]
    given = "sa valeur ne convient pas" if name in _SECRET else f"« {item['input']} » ne convient pas"
    context = {**item.get("ctx", {}), "choices": ", ".join(map(str, get_args(field.annotation)))}
    wrong = WRONG.get(item["type"], "elle n’est pas du genre attendu").format_map(context)
    return f"{variable} : {given} ; {wrong}. ({field.description})"
