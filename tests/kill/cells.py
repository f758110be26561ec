"""Copies of a small commune at the moment before an act: each round dies in one of its own."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding

from engine.database import Database
from engine.folders.model import Folder
from engine.ids import new_id
from engine.refusals import Refusal
from parapheur.migrating import migrate
from tests.support.postgres import administer
from tests.support.world import NOW, World, authority, blank_pdf, make_world


@dataclass(frozen=True, slots=True)
class Cell:
    """A database and its documents, with what the act needs to know."""

    url: str
    folder: Path
    facts: dict[str, Any] = field(default_factory=dict)

    def order(self, what: str, **more: Any) -> dict[str, Any]:
        """An order for the zygote."""
        base = {"what": what, "url": self.url, "folder": str(self.folder), "now": NOW.isoformat()}
        return {**base, **self.facts, **more}


class Cells:
    """Makes cells, on SQLite or in a PostgreSQL server."""

    def __init__(self, folder: Path, server: str | None = None) -> None:
        """``server``: URL of a PostgreSQL server without database name; None: SQLite files."""
        self._folder, self._server = folder, server

    def template(self, act: str) -> Cell:
        """A commune where ``act`` is about to be done."""
        name = f"avant_{new_id().hex}"
        if self._server:
            administer(self._server, f"CREATE DATABASE {name}")
        cell = self._cell(name)
        cell.folder.mkdir(parents=True)
        (cell.folder / "upload.pdf").write_bytes(blank_pdf())
        database = Database(cell.url)
        try:
            migrate(database)
            return Cell(cell.url, cell.folder, _before(make_world(database, cell.folder), act))
        finally:
            database.dispose()

    @contextmanager
    def copy(self, template: Cell) -> Iterator[Cell]:
        """A cell of its own, thrown away afterwards."""
        name = f"essai_{new_id().hex}"
        cell = self._cell(name)
        shutil.copytree(template.folder, cell.folder)
        if self._server:
            administer(self._server, f"CREATE DATABASE {name} TEMPLATE {template.folder.name}")
        try:
            yield Cell(cell.url, cell.folder, template.facts)
        finally:
            shutil.rmtree(cell.folder)
            if self._server:
                administer(self._server, f"DROP DATABASE {name} WITH (FORCE)")

    def _cell(self, name: str) -> Cell:
        folder = self._folder / name
        return Cell(f"{self._server}/{name}" if self._server else f"sqlite:///{folder / 'parapheur.db'}", folder)


def _before(world: World, act: str) -> dict[str, Any]:
    """Bring the commune to the moment before an act, and say what the act needs."""
    if act == "deposit":
        return {}
    if act == "send":
        return _of(world.deposit())
    if act in {"visa", "reject"}:
        folder = world.sent()
        return {**_of(folder), "step_id": str(world.open_step(folder).id), "heads": world.heads(folder)}
    folder = world.sent(circuit="simple-signature")
    return {**_of(folder), **_prepared(world, folder)} if act == "sign" else _of(folder)


def _of(folder: Folder) -> dict[str, Any]:
    return {"folder_id": str(folder.id)}


def _prepared(world: World, folder: Folder) -> dict[str, Any]:
    """What the mayor's page sends at the end of a signature: the key is used here, where it is."""
    prepared = world.prepare("maire", folder)
    assert not isinstance(prepared, Refusal), prepared
    key = world.key("maire").private
    return {
        "step_id": str(world.open_step(folder).id),
        "trust": str(authority().root_pem),
        "signatures": {
            str(item.id): key.sign(item.attributes, padding.PKCS1v15(), hashes.SHA256()).hex() for item in prepared
        },
    }
