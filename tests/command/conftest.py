"""The command as people start it: a process of its own, or its entry point in this one."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import structlog

from parapheur.cli import main
from tests.support.pki import pki

__all__ = ["pki"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Said:
    """What a command did."""

    status: int
    out: str
    err: str


#: ``parapheur ARGUMENTS`` in this process, in an empty folder that is the current one.
Command = Callable[..., Said]


@pytest.fixture(autouse=True)
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """No setting of this machine comes in; the current folder is empty."""
    for name in [name for name in os.environ if name.upper().startswith("PARAPHEUR_")]:
        monkeypatch.delenv(name)
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(autouse=True)
def own_logs() -> Iterator[None]:
    """What a command says goes to the screen of its own test, which is closed afterwards."""
    yield
    structlog.reset_defaults()


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    def run(*arguments: object) -> Said:
        try:
            status = main([str(item) for item in arguments])
        except SystemExit as leaving:
            status = int(leaving.code or 0)
        return Said(status, *capsys.readouterr())

    return run


def started(
    *arguments: str, folder: Path, stdin: int | None = None, stdout: int = subprocess.PIPE, **variables: str
) -> subprocess.Popen[str]:
    """The real command, running in a folder with these variables and no other of ours."""
    return subprocess.Popen(
        [sys.executable, "-m", "parapheur.cli", *arguments],
        cwd=folder,
        env={"PATH": os.defpath, "PYTHONPATH": str(ROOT), "HOME": str(folder), **variables},
        stdin=stdin,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> Said:
    """What a process said until its end."""
    out, err = process.communicate(timeout=120)
    return Said(process.returncode, out, err)
