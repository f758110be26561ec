"""What is saved is restored byte for byte, from either database into either, and nothing is ever overwritten."""

from __future__ import annotations

import shutil
import threading
import zipfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import orjson
import pytest
from alembic import command
from sqlalchemy import text
from sqlmodel import SQLModel, select

from engine.database import Database
from engine.folders.model import Act
from engine.ids import new_id
from engine.people.model import Membership, Tenant
from engine.work.model import WorkItem
from parapheur.backups.format import FORMAT, MANIFEST, BackupFault, Manifest, kinds_of
from parapheur.backups.reading import open_backup
from parapheur.backups.restoring import restore
from parapheur.backups.soundness import faults_of
from parapheur.backups.taking import take
from parapheur.migrating import Standing, configuration, standing
from tests.house.conftest import Place, Places, everything
from tests.kill.examination import examine
from tests.support.world import NOW, World, make_world


def busy(world: World) -> World:
    """A draft, a folder under way, a rejected one, a signed one."""
    world.deposit("Brouillon")
    world.act("dgs", world.sent(title="En cours"), Act.VISA)
    world.act("dgs", world.sent(title="Rejeté"), Act.REJECT, "Erreur de montant.")
    world.sign("maire", world.sent(title="Signé", circuit="simple-signature"))
    return world


@pytest.fixture(scope="module")
def town(migrated_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A busy town that tests look at and leave as it is."""
    folder = tmp_path_factory.mktemp("commune")
    shutil.copyfile(migrated_file, folder / "parapheur.db")
    database = Database(f"sqlite:///{folder}/parapheur.db", synchronous="OFF")
    yield busy(make_world(database, folder))
    database.dispose()


@pytest.fixture(scope="module")
def kept(town: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sauvegardes") / "sauvegarde.zip"
    take(town.database, town.store, path, now=NOW)
    return path


@pytest.fixture
def saved(kept: Path, tmp_path: Path) -> Path:
    """Its backup, that a test may damage."""
    return Path(shutil.copy(kept, tmp_path))


def restored(path: Path, place: Place) -> Place:
    with open_backup(path) as backup:
        backup.check()
        restore(place.database, place.store, backup)
    return place


@pytest.mark.postgres
@pytest.mark.parametrize("target", ["sqlite", "postgres"])
def test_a_backup_restored_elsewhere_is_the_same_byte_for_byte(
    each_world: World, place: Places, target: str, tmp_path: Path
) -> None:
    world, path = busy(each_world), tmp_path / "sauvegarde.zip"
    manifest = take(world.database, world.store, path, now=NOW)
    there = restored(path, place(target))
    assert everything(there.database, there.store) == everything(world.database, world.store)
    assert manifest.missing == []
    assert len(manifest.documents) >= 4
    assert list(faults_of(there.database, there.store)) == []


@pytest.mark.postgres
def test_a_backup_taken_while_people_act_is_the_town_at_one_instant(
    each_world: World, place: Places, tmp_path: Path
) -> None:
    """Whatever is under way, each journal restored is whole and agrees with its folder, and every document is there."""
    world, stop, begun = each_world, threading.Event(), threading.Event()

    def people() -> None:
        while not stop.is_set():
            world.act("dgs", world.sent(), Act.VISA)
            begun.set()

    acting = threading.Thread(target=people)
    acting.start()
    try:
        assert begun.wait(300)
        for number in range(3):
            take(world.database, world.store, tmp_path / f"{number}.zip", now=NOW)
    finally:
        stop.set()
        acting.join()
    for number in range(3):
        there = restored(tmp_path / f"{number}.zip", place("sqlite"))
        moved = World(there.database, there.store, world.tenant, world.accounts, world.subtypes, world.trust)
        assert examine(moved)["faults"] == []


def test_life_goes_on_where_a_backup_was_restored(world: World, place: Places, tmp_path: Path) -> None:
    folder = world.sent(title="En cours")
    take(world.database, world.store, tmp_path / "sauvegarde.zip", now=NOW)
    there = restored(tmp_path / "sauvegarde.zip", place("sqlite"))
    moved = World(there.database, there.store, world.tenant, world.accounts, world.subtypes, world.trust)
    moved.act("dgs", folder, Act.VISA)
    moved.sign("maire", folder)
    assert list(faults_of(there.database, there.store)) == []


def test_a_backup_belongs_to_its_owner_and_nothing_is_left_beside_it(saved: Path) -> None:
    assert saved.stat().st_mode & 0o777 == 0o600
    assert list(saved.parent.glob("*.incomplet")) == []


def test_a_backup_never_overwrites_another(town: World, saved: Path) -> None:
    before = saved.read_bytes()
    with pytest.raises(BackupFault, match="n’en écrase jamais une autre"):
        take(town.database, town.store, saved, now=NOW)
    assert saved.read_bytes() == before


def test_a_backup_that_cannot_be_written_leaves_nothing(town: World, tmp_path: Path) -> None:
    with pytest.raises(BackupFault, match="ne peut pas être écrit"):
        take(town.database, town.store, tmp_path / "absent" / "sauvegarde.zip", now=NOW)
    assert not (tmp_path / "absent").exists()


def test_an_empty_database_has_nothing_to_save(place: Places, tmp_path: Path) -> None:
    empty = place("sqlite")
    with pytest.raises(BackupFault, match="il n’y a rien à sauvegarder"):
        take(empty.database, empty.store, tmp_path / "sauvegarde.zip", now=NOW)
    assert list(tmp_path.glob("sauvegarde*")) == []


def test_a_content_that_the_store_has_lost_is_named_and_the_rest_is_saved(
    world: World, place: Places, tmp_path: Path
) -> None:
    world.deposit()
    lost, *_ = world.store.contents()
    assert world.store.forget(lost, before=NOW + timedelta(days=1))
    manifest = take(world.database, world.store, tmp_path / "sauvegarde.zip", now=NOW)
    assert manifest.missing == [lost.key]
    there = restored(tmp_path / "sauvegarde.zip", place("sqlite"))
    assert list(faults_of(there.database, there.store)) == [f"Le contenu du document {lost.key} n’est plus là."]


@pytest.mark.parametrize("missing", [1, 100, 5000])
def test_a_truncated_backup_is_refused(saved: Path, place: Places, missing: int) -> None:
    saved.write_bytes(saved.read_bytes()[:-missing])
    there = place("sqlite")
    with pytest.raises(BackupFault, match="tronquée"):
        restored(saved, there)
    assert not Path(str(there.database.url.database)).exists()
    assert list(there.store.contents()) == []


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None]) -> None:
    """The same backup with its entries changed by somebody who knows how to write a ZIP file."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            if (changed := change(name, content)) is not None:
                archive.writestr(name, changed)


ALTERED: dict[str, tuple[Callable[[str, bytes], bytes | None], str]] = {
    "a row": (
        lambda name, content: content.replace(b"Rejet", b"Accep") if name == "tables/folder.jsonl" else content,
        "la table folder n’est plus celle qui a été écrite",
    ),
    "a document": (
        lambda name, content: content + b"%" if name.startswith("documents/") else content,
        "n’est plus celui qui a été écrit",
    ),
    "no journal": (
        lambda name, content: None if name == "tables/journal_entry.jsonl" else content,
        "il y manque tables/journal_entry.jsonl",
    ),
    "no documents": (
        lambda name, content: None if name.startswith("documents/") else content,
        "il y manque documents/",
    ),
    "no manifest": (lambda name, content: None if name == MANIFEST else content, "il y manque sauvegarde.json"),
    "a manifest of nothing": (lambda name, content: b"{}" if name == MANIFEST else content, "table des matières"),
}


@pytest.mark.parametrize("how", ALTERED)
def test_an_altered_backup_is_refused_in_words(saved: Path, place: Places, how: str) -> None:
    change, words = ALTERED[how]
    rewritten(saved, change)
    there = place("sqlite")
    with pytest.raises(BackupFault, match=words):
        restored(saved, there)
    assert not Path(str(there.database.url.database)).exists()


def test_a_byte_changed_on_the_disk_is_seen(saved: Path, place: Places) -> None:
    content = bytearray(saved.read_bytes())
    at = content.index(b"%PDF") + 50
    content[at] ^= 1
    saved.write_bytes(content)
    with pytest.raises(BackupFault, match="ne peut plus être lu"):
        restored(saved, place("sqlite"))


def test_what_is_no_backup_is_refused(tmp_path: Path, place: Places) -> None:
    other = tmp_path / "notes.zip"
    other.write_text("bonjour")
    for path, words in ((other, "n’est pas une sauvegarde"), (tmp_path / "absent.zip", "n’existe pas")):
        with pytest.raises(BackupFault, match=words):
            restored(path, place("sqlite"))


@pytest.mark.parametrize("later", ["revision", "format"])
def test_a_backup_of_a_later_version_is_refused(saved: Path, place: Places, later: str) -> None:
    def change(name: str, content: bytes) -> bytes:
        if name != MANIFEST:
            return content
        return orjson.dumps({**orjson.loads(content), "revision": "9999", "format": FORMAT + (later == "format")})

    rewritten(saved, change)
    with pytest.raises(BackupFault, match="version plus récente"):
        restored(saved, place("sqlite"))


def test_a_town_is_never_overwritten(saved: Path, town: World, place: Places, tmp_path: Path) -> None:
    before = everything(town.database, town.store)
    with pytest.raises(BackupFault, match="n’est pas vide"):
        restored(saved, Place(town.database, town.store))
    assert everything(town.database, town.store) == before
    there = place("sqlite")
    there.store.keep(town.tenant.id, there.store.receive([b"un autre document"], max_bytes=100))
    with pytest.raises(BackupFault, match="Il y a déjà des documents"):
        restored(saved, there)


def test_a_restoration_that_was_interrupted_starts_again(
    saved: Path, town: World, place: Places, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = place("sqlite")

    def dies(*_: object) -> dict[str, object]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("parapheur.backups.restoring.from_line", dies)
        with pytest.raises(KeyboardInterrupt):
            restored(saved, there)
    assert len(list(there.store.contents())) >= 4
    restored(saved, there)
    assert everything(there.database, there.store) == everything(town.database, town.store)


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(place: Places, tmp_path: Path) -> None:
    """Its tables are made as they were, filled, then migrated: what later migrations add is there."""
    old, path = place("sqlite"), tmp_path / "sauvegarde.zip"
    command.upgrade(configuration(old.database), "0001")
    with old.database.engine.begin() as connection:
        row = {"id": new_id().hex, "now": "2026-01-01 08:00:00.000000"}
        connection.execute(text("INSERT INTO tenant VALUES (:id, 'Commune', 'commune', 'Europe/Paris', :now)"), row)
        who = "INSERT INTO account (id, email, given_name, surname, created_at)"
        connection.execute(text(f"{who} VALUES (:id, 'a@b.fr', 'Anne', 'Petit', :now)"), row)
        connection.execute(text("INSERT INTO membership VALUES (:id, :id, 'NONE', 'Maire')"), row)
        work = "INSERT INTO work_item (id, kind, data, created_at, available_at, attempts)"
        connection.execute(text(f"{work} VALUES (:id, 'essai', '{{}}', :now, :now, 0)"), row)
    assert take(old.database, old.store, path, now=NOW).revision == "0001"
    there = restored(path, place("sqlite"))
    assert standing(there.database) is Standing.CURRENT
    with there.database.reading() as session:
        assert session.exec(select(Tenant.name)).one() == "Commune"
        assert session.exec(select(Membership.title)).one() == "Maire"
        assert session.exec(select(WorkItem.failures)).one() == 0  # added by 0002


@pytest.mark.postgres
def test_every_column_of_the_product_can_be_saved(each_database: Database) -> None:
    with each_database.engine.connect() as connection:
        kinds = kinds_of(connection)  # raises for one that cannot
    assert set(kinds) == set(SQLModel.metadata.tables)


def test_a_manifest_reads_as_it_was_written() -> None:
    manifest = Manifest("0012", NOW.isoformat(), "sqlite", documents={"a/b": 3}, missing=["c/d"])
    assert Manifest.from_json(manifest.to_json()) == manifest
