"""``python -m tests.circuits.unstructured --sound 5000 [--seed N]``: drawings declared sound, run until they end."""

from __future__ import annotations

import argparse
import random
import sys

from tests.circuits.unstructured.judging import Judged, judge, judge_blocks


def main() -> int:
    """Prints what was seen; 1 when a drawing declared sound got stuck."""
    parser = argparse.ArgumentParser(prog="python -m tests.circuits.unstructured", description=__doc__)
    parser.add_argument("--sound", type=int, default=5_000, help="how many declared sound to play (5 000)")
    parser.add_argument("--seed", type=int, help="of the first drawing; without it, one that was never drawn")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    judged = Judged()
    while judged.sound < asked.sound:
        (judge_blocks if seed % 10 == 0 else judge)(seed, judged)
        seed += 1
    print(
        f"{judged.drawings} drawings, {judged.sound} declared sound, {judged.acts} acts, {judged.finished} folders"
        f" finished, {len(judged.stuck)} stuck"
    )
    print("\n".join(judged.stuck[:20]))
    return 1 if judged.stuck else 0


if __name__ == "__main__":
    sys.exit(main())
