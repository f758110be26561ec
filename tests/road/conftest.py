"""One running demonstration, one document of an office suite and one browser for all the roads."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from tests.road.office import write_deliberation
from tests.road.product import PATIENCE, Demo, demo
from tests.support.browser import chromium

#: Patient with a busy machine: what is awaited is a state, and it is there as soon as it can be.
expect.set_options(timeout=PATIENCE * 1000)


@pytest.fixture(scope="package")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    """The demonstration, as ``parapheur demo`` starts it."""
    with demo(tmp_path_factory.mktemp("demonstration")) as found:
        yield found


@pytest.fixture(scope="package")
def deliberation(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A délibération that LibreOffice exported."""
    return write_deliberation(tmp_path_factory.mktemp("bureautique"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, which finds no other host; ``parapheur.test`` is this machine too, but not a secure origin."""
    with chromium("--host-resolver-rules=MAP parapheur.test 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE localhost") as found:
        yield found
