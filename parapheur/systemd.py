"""``parapheur systemd``: the unit files of this installation, shown or written to a folder."""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path

#: What systemd reads otherwise than as it is written, or cannot have in a path.
_UNFIT = re.compile(r"[\s\"'\\%$;]")
_HARDENING = "hardening.conf"
_PLACE = re.compile(r"@(command|user|data|config|secrets|backups|keep|hardening)@")


def show_or_write(options: argparse.Namespace) -> int:
    """Print the units, or write them to ``options.folder``; 1 when they cannot be written, 2 for an unfit path."""
    given = {
        "command": str(options.command or _own_command()),
        "user": options.user,
        "data": str(options.data),
        "config": str(options.config),
        "secrets": str(options.config.with_name("secrets.env")),
        "backups": str(options.backups),
        "keep": str(options.keep),
    }
    for name, value in given.items():
        if _UNFIT.search(value) or (name not in {"user", "keep"} and not value.startswith("/")):
            print(
                f"« {value} » ne convient pas dans une unité systemd : donnez un chemin complet, sans espace ni"
                " guillemet, ni aucun des signes $ % ; \\.",
                file=sys.stderr,
            )
            return 2
    units = units_of(given)
    if options.folder is None:
        print("\n".join(f"# {name}\n{content}" for name, content in units.items()), end="")
        return 0
    return _write(options.folder, units)


def units_of(given: Mapping[str, str]) -> dict[str, str]:
    """Every unit, by its name, with what is given in its places."""
    sources = {item.name: item.read_text("utf-8") for item in files("parapheur").joinpath("units").iterdir()}
    places = {**given, "hardening": _filled(sources.pop(_HARDENING).rstrip("\n"), given)}
    return {name: _filled(source, places) for name, source in sorted(sources.items()) if name.startswith("parapheur")}


def _filled(source: str, places: Mapping[str, str]) -> str:
    return _PLACE.sub(lambda found: places[found[1]], source)


def _own_command() -> Path:
    """The command that is running, as systemd can start it."""
    return Path(os.path.abspath(Path(sys.prefix) / "bin" / "parapheur"))


def _write(folder: Path, units: Mapping[str, str]) -> int:
    for name, content in units.items():
        path = folder / name
        try:
            if path.exists() and path.read_text("utf-8") != content:
                path.replace(path.with_suffix(f"{path.suffix}.ancien"))
                print(f"{path} a changé : l’ancien est gardé en {path.name}.ancien")
            path.write_text(content, "utf-8")
        except OSError as error:
            cure = "lancez la commande en administrateur, ou donnez un autre dossier"
            print(f"{path} ne peut pas être écrit ({error.strerror}) : {cure}.", file=sys.stderr)
            return 1
        print(path)
    print("Ensuite : systemctl daemon-reload && systemctl enable --now parapheur.target parapheur-backup.timer")
    return 0
