"""``tests/install-debian-packages`` installs what is missing, or names the exact command and stops."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).resolve().parents[1] / "install-debian-packages"
#: What the script itself is made of.
NEEDED = ("bash", "id", "ls", "readlink", "basename", "cat")
NOBODY = 65534


@pytest.fixture
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that is the whole PATH: none of the tools of the tests is there, nor sudo."""
    folder = tmp_path_factory.mktemp("tools")
    for path in (folder, *folder.parents[:3]):
        path.chmod(0o755)  # for those who are not us
    for name in NEEDED:
        found = shutil.which(name)
        assert found is not None
        (folder / name).symlink_to(found)
    return folder


def command(folder: Path, name: str, script: str) -> None:
    """A command of our own in that folder."""
    path = folder / name
    path.write_text(f"#!/bin/bash\n{script}\n")
    path.chmod(0o755)


def install(folder: Path, *arguments: str, as_nobody: bool = True) -> subprocess.CompletedProcess[str]:
    options = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_nobody and os.geteuid() == 0 else {}
    return subprocess.run(
        ["/bin/bash", "-s", *arguments],
        input=SCRIPT.read_text(),  # nobody may not be allowed to read the checkout
        env={"PATH": str(folder)},
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def test_without_root_nor_sudo_the_exact_line_is_named_and_nothing_is_tried(tools: Path) -> None:
    command(tools, "apt-get", "echo apt-get was called")
    said = install(tools)
    assert (said.returncode, said.stdout) == (1, "")
    first, line = said.stderr.splitlines()
    assert first == "Il manque des paquets Debian. Installez-les, puis recommencez :"
    asked, packages = line.strip().split(" --no-install-recommends ")
    assert asked == "sudo apt-get install -y"
    assert set(packages.split()) - {"postgresql"} == {
        "poppler-utils",
        "libnss3-tools",
        "qpdf",
        "openssl",
        "libreoffice-writer-nogui",
        "chromium",
    }


def test_a_sudo_that_asks_for_a_password_is_not_waited_for(tools: Path) -> None:
    command(tools, "sudo", "exit 1")
    assert install(tools).returncode == 1


def test_only_what_is_missing_is_named(tools: Path) -> None:
    for name in ("pdfsig", "certutil", "qpdf", "openssl", "google-chrome"):
        command(tools, name, "exit 0")
    said = install(tools)
    assert set(said.stderr.splitlines()[1].partition("recommends ")[2].split()) - {"postgresql"} == {
        "libreoffice-writer-nogui"
    }


def test_sudo_serves_when_it_is_there(tools: Path) -> None:
    command(tools, "sudo", '[ "$*" = "-n true" ] || echo "sudo $*" >&2')
    said = install(tools)
    assert said.returncode == 0
    assert said.stdout.startswith("Installation de paquets Debian : poppler-utils ")
    update, installed = said.stderr.splitlines()
    assert update == "sudo apt-get update -qq"
    assert installed.startswith("sudo apt-get install -y -qq --no-install-recommends poppler-utils ")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root is root")
def test_root_needs_no_sudo_and_a_failure_of_apt_stops(tools: Path) -> None:
    command(tools, "apt-get", 'echo "apt-get $*" >&2; [ "$1" = update ]')
    said = install(tools, as_nobody=False)
    assert said.returncode != 0
    assert said.stderr.startswith("apt-get update -qq\napt-get install -y ")


def test_the_package_of_virtual_environments_goes_by_the_python(tools: Path) -> None:
    command(tools, "python3.99", "exit 0")
    (tools / "python3").symlink_to("/usr/bin/python3")
    for arguments, package in (
        ((), "python3-venv"),
        (("python3",), "python3-venv"),
        (("python3.99",), "python3.99-venv"),
    ):
        said = install(tools, "venv", *arguments)
        assert said.returncode == 1
        assert said.stderr.endswith(f"  sudo apt-get install -y --no-install-recommends {package}\n")
