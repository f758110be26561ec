"""When several desks or several instances are done, and with which outcome."""

from __future__ import annotations

from collections.abc import Sequence

REFUSALS = ("rejected", "refer_back")


def by_mode(mode: str, given: Sequence[str], total: int) -> str | None:
    """The outcome of ``total`` acts of which ``given`` are known, in their order; ``None``: not decided yet."""
    refusals = [word for word in given if word in REFUSALS]
    if mode == "one":
        return given[0] if given else None
    if mode in ("", "all"):
        if refusals:
            return refusals[0]
        return "approved" if len(given) == total else None
    wanted = int(mode)
    if len(given) - len(refusals) >= wanted:
        return "approved"
    return "rejected" if total - len(refusals) < wanted else None


def counters(total: int, active: int, outcomes: Sequence[str]) -> dict[str, int]:
    """What a completion condition may read once an instance has ended; ``outcomes`` are those of the instances done."""
    standard = {"Instances": total, "ActiveInstances": active, "CompletedInstances": len(outcomes)}
    counted = {f"{prefix}{name}": number for name, number in standard.items() for prefix in ("numberOf", "nrOf")}
    counted |= {"numberOfTerminatedInstances": 0, "nrOfTerminatedInstances": 0}
    counted["numberOfApproved"] = sum(word not in REFUSALS for word in outcomes)
    counted["numberOfRejected"] = sum(word in REFUSALS for word in outcomes)
    return counted
