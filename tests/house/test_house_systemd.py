"""``parapheur systemd``: units that systemd accepts, with the places of this installation in them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.command.conftest import Command


def test_the_units_are_written_with_what_is_given(command: Command, tmp_path: Path) -> None:
    said = command(
        "systemd", tmp_path, "--user", "mairie", "--data", "/srv/parapheur", "--backups", "/srv/copies", "--keep", 7
    )
    assert (said.status, said.err) == (0, "")
    units = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert set(units) == {
        "parapheur.target",
        "parapheur-web.service",
        "parapheur-worker.service",
        "parapheur-backup.service",
        "parapheur-backup.timer",
    }
    for name in ("web", "worker", "backup"):
        unit = units[f"parapheur-{name}.service"]
        for line in ("User=mairie", "ProtectSystem=strict", "NoNewPrivileges=yes", "ReadWritePaths=/srv/parapheur"):
            assert line in unit.splitlines()
        assert "@" not in unit.replace("@system-service", "")
    assert "/bin/parapheur backup --keep 7 /srv/copies" in units["parapheur-backup.service"]
    assert "ReadWritePaths=/srv/copies" in units["parapheur-backup.service"].splitlines()


def test_a_unit_that_was_changed_by_hand_is_kept_aside(command: Command, tmp_path: Path) -> None:
    command("systemd", tmp_path)
    (tmp_path / "parapheur-web.service").write_text("à moi")
    said = command("systemd", tmp_path)
    assert "l’ancien est gardé en parapheur-web.service.ancien" in said.out
    assert (tmp_path / "parapheur-web.service.ancien").read_text() == "à moi"


def test_without_a_folder_the_units_are_shown(command: Command) -> None:
    said = command("systemd")
    assert said.status == 0
    assert "# parapheur-worker.service\n[Unit]" in said.out


@pytest.mark.parametrize("data", ["/srv/mes données", "relatif", "/srv/100%", "/srv/$HOME", "/srv/a\nUser=root"])
def test_a_path_that_systemd_would_read_otherwise_is_refused(command: Command, tmp_path: Path, data: str) -> None:
    said = command("systemd", tmp_path, "--data", data)
    assert said.status == 2
    assert "ne convient pas dans une unité systemd" in said.err
    assert [path for path in tmp_path.iterdir() if path.is_file()] == []


def test_a_folder_that_cannot_be_written_is_said(command: Command, tmp_path: Path) -> None:
    said = command("systemd", tmp_path / "absent")
    assert said.status == 1
    assert "ne peut pas être écrit" in said.err


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_finds_nothing_to_say(command: Command, tmp_path: Path) -> None:
    folder = tmp_path / "units"
    folder.mkdir()
    (tmp_path / "parapheur").write_text("#!/bin/sh\n")
    (tmp_path / "parapheur").chmod(0o755)
    assert command("systemd", folder, "--user", "root", "--command", tmp_path / "parapheur").status == 0
    judged = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *sorted(folder.iterdir())],
        capture_output=True,
        text=True,
        check=False,
        env={"PATH": "/usr/bin:/bin", "SYSTEMD_UNIT_PATH": f"{folder}:"},
    )
    ours = [line for line in judged.stderr.splitlines() if "parapheur" in line]
    assert ours == []
