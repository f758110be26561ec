"""The pages over a small commune."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.site import Site, open_site
from tests.support.world import World


@pytest.fixture
def site(world: World, tmp_path: Path) -> Iterator[Site]:
    """The application over a commune on SQLite."""
    with open_site(world, tmp_path) as opened:
        yield opened
