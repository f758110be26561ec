"""A browser for the module, a server for the test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.support.browser import chromium
from tests.support.frontserver import FrontServer, serve


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium; ``pirate.test`` is this machine too, but not a secure origin."""
    with chromium("--host-resolver-rules=MAP pirate.test 127.0.0.1") as found:
        yield found


@pytest.fixture
def server() -> Iterator[FrontServer]:
    """A server with nothing but static files."""
    with serve() as found:
        yield found
