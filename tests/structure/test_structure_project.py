"""What holds of the whole project: directions of imports, markers, locks, sizes, and nothing of one machine."""

from __future__ import annotations

import ast
import json
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
LOCKS = ["requirements.lock", "requirements-dev.lock"]

#: Lines of a source file.
LONGEST = 400
#: File → why it may be longer.
LONGER = {
    "parapheur/migrations/versions/0001_first_tables.py": "the tables of the first day, one after the other",
    "tests/web/test_web_folder.py": "one page and every act on it, from the same small commune",
}
SOURCES = {".py", ".js", ".mjs", ".css", ".html", ".typ"}
#: A home of somebody, or the folder of one machine.
MACHINE = re.compile(
    r"(?<![\w.])/(?:" + "|".join([r"home/[a-z]\w*", r"root\b", r"Users/\w+", r"wo" + r"rk\b", r"mnt/\w+"]) + r")/"
)


def tracked() -> list[str]:
    """The files of the project, as git knows them."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True).stdout.decode()
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def test_imports_only_go_the_way_the_house_is_built() -> None:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout
    contracts = PROJECT["tool"]["importlinter"]["contracts"]
    assert f"Contracts: {len(contracts)} kept, 0 broken." in said.stdout


def _markers(tree: ast.AST) -> set[str]:
    """X of each ``pytest.mark.X``."""
    return {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "mark"
        and getattr(node.value.value, "id", "") == "pytest"
    }


def test_markers_are_known_and_each_serves() -> None:
    options = PROJECT["tool"]["pytest"]["ini_options"]
    known = {line.partition(":")[0] for line in options["markers"]}
    used = {mark for path in (ROOT / "tests").rglob("*.py") for mark in _markers(ast.parse(path.read_text("utf-8")))}
    assert used - {"parametrize", "skip", "skipif", "xfail", "filterwarnings", "usefixtures", "xdist_group"} == known
    assert {"--strict-markers", "--strict-config"} <= set(options["addopts"])
    assert options["filterwarnings"][0] == "error"


@pytest.mark.parametrize("name", LOCKS)
def test_locked_packages_have_their_hashes_and_no_address(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    entries = re.split(r"\n(?=\S)", text.strip())
    assert len(entries) > 30
    for entry in entries:
        first, *hashes = entry.replace(" \\", "").splitlines()
        assert re.fullmatch(r"[\w.-]+(\[[\w,-]+\])?==[\w.!+]+( ; .+)?", first), first
        assert hashes, first
        assert all(re.fullmatch(r" +--hash=sha256:[0-9a-f]{64}", line) for line in hashes), first


def test_the_locks_hold_what_the_project_asks_for_and_the_second_holds_the_first() -> None:
    def plain(requirement: str) -> str:
        found = re.match(r"[\w.-]+", requirement)
        assert found is not None
        return re.sub(r"[-_.]+", "-", found[0]).lower()

    def locked(name: str) -> dict[str, str]:
        found = re.findall(r"^([\w.-]+)(?:\[.*\])?==(\S+)", (ROOT / name).read_text(), re.MULTILINE)
        return {plain(package): version for package, version in found}

    project, small, large = PROJECT["project"], *map(locked, LOCKS)
    extras = project["optional-dependencies"]
    served = [*project["dependencies"], *extras["postgres"], *extras["demo"]]
    assert {plain(item) for item in served} <= small.keys()
    assert {plain(item) for item in [*served, *extras["dev"]]} <= large.keys()
    assert small.items() <= large.items()


def test_the_lock_of_the_browser_files_names_no_registry() -> None:
    lock: dict[str, Any] = json.loads((ROOT / "package-lock.json").read_text())
    packages = {name: entry for name, entry in lock["packages"].items() if name}
    assert len(packages) > 10
    for name, entry in packages.items():
        assert "resolved" not in entry, name
        assert entry["integrity"].startswith("sha512-"), name
    wanted = json.loads((ROOT / "package.json").read_text())
    assert lock["packages"][""].get("dependencies") == wanted.get("dependencies")
    assert lock["packages"][""].get("devDependencies") == wanted.get("devDependencies")


def test_nothing_tells_of_the_machine_it_was_written_on() -> None:
    found = {}
    for name in tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "replace")
        if match := MACHINE.search(text):
            found[name] = match[0]
    assert found == {}


def test_files_stay_small_enough_to_be_read() -> None:
    sizes = {
        name: len((ROOT / name).read_text("utf-8").splitlines()) for name in tracked() if Path(name).suffix in SOURCES
    }
    assert len(sizes) > 200
    assert {name: lines for name, lines in sizes.items() if lines > LONGEST and name not in LONGER} == {}
    assert {name for name in LONGER if sizes.get(name, 0) <= LONGEST} == set()  # an exception that serves no more


def test_commands_are_executable_and_the_tree_holds_nothing_that_is_made() -> None:
    names = tracked()
    for name in ("tests/install-debian-packages", ".ci/run"):
        assert (ROOT / name).stat().st_mode & 0o111
    made = re.compile(r"(^|/)(node_modules|__pycache__|var|\.venv)/|\.(pyc|db|p12|pem)$")
    assert [name for name in names if made.search(name)] == []
