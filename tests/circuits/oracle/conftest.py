"""Hand cases are played twice: by the interpreter alone, and with the engine beside it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.circuits.oracle.drawing import Circuit, Drawing
from tests.circuits.oracle.playing import Alone
from tests.circuits.oracle.sketch import Hand

Play = Callable[..., Hand]


@pytest.fixture(params=["interpreter", "engine"])
def play(request: pytest.FixtureRequest) -> Play:
    """Starts a folder in a drawing; ``called`` are drawings by short name."""
    player: type[Alone] = Alone
    if request.param == "engine":
        from tests.circuits.oracle.duel import Duel

        player = Duel

    def started(drawing: Drawing, called: dict[str, Drawing] | None = None, **variables: Any) -> Hand:
        circuits = {short: Circuit(other) for short, other in (called or {}).items()}
        return Hand(player, drawing, circuits, **variables)

    return started
