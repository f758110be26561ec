"""``parapheur serve`` as it is, in a process that dies at the write whose number is in the file given.

Usage: ``python -m tests.kill.server ARMED``. While the file is missing the server behaves as any other.
"""

from __future__ import annotations

import sys
from pathlib import Path

from parapheur.cli import main
from parapheur.settings import load_settings
from tests.kill.points import Points, install


def serve(armed: Path) -> int:
    """Serve with the settings of the environment until killed."""

    def fatal() -> int | None:
        return int(armed.read_text()) if armed.exists() else None

    install(Points(fatal), load_settings().data_dir)
    return main(["serve"])


if __name__ == "__main__":
    sys.exit(serve(Path(sys.argv[1])))
