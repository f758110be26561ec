"""The pages over a small commune."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from tests.support.administration import make_administrator
from tests.support.site import Site, open_site
from tests.support.world import World, make_world


@pytest.fixture
def site(world: World, tmp_path: Path) -> Iterator[Site]:
    """The application over a commune on SQLite."""
    with open_site(world, tmp_path) as opened:
        yield opened


@pytest.fixture
def admin(site: Site) -> TestClient:
    """The browser of the clerk, who administers the town."""
    make_administrator(site.world)
    return site.browser("secretariat")


@pytest.fixture
def neighbour(world: World, tmp_path: Path) -> World:
    made = make_world(world.database, tmp_path / "voisine", "voisine")
    make_administrator(made)
    return made
