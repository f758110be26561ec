"""``python -m tests.circuits.oracle --transitions 50000 [--seed N]``: the engine against the interpreter."""

from __future__ import annotations

import argparse
import random
import sys

from tests.circuits.oracle.differential import Tally, run


def main() -> int:
    """Prints circuits, transitions and how many were wrong; 1 when any was."""
    parser = argparse.ArgumentParser(prog="python -m tests.circuits.oracle", description=__doc__)
    parser.add_argument("--transitions", type=int, default=50_000, help="how many to play (50 000)")
    parser.add_argument("--seed", type=int, help="of the first circuit; without it, one that was never played")
    parser.add_argument("--seconds", type=float, help="stop after that long, whatever was played")
    asked = parser.parse_args()
    seed = random.SystemRandom().randrange(10**9) if asked.seed is None else asked.seed
    print(f"seed {seed}", flush=True)
    tally = run(asked.transitions, seed, seconds=asked.seconds)
    print(summary(tally))
    for refusal in tally.refusals[:20]:
        print(f"not published: {refusal}")
    for report in tally.reports:
        print(f"\n{report}")
    return 1 if tally.wrong else 0


def summary(tally: Tally) -> str:
    """One line."""
    return (
        f"{tally.circuits} circuits, {tally.transitions} transitions, {tally.wrong} wrong,"
        f" {tally.refused} circuits not published;"
        f" state: median {tally.median_size} bytes, 99 % ≤ {tally.sized(0.99)} bytes"
    )


if __name__ == "__main__":
    sys.exit(main())
