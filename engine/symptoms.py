"""What an examination of the installation has to say: the same for the command and for the page."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at."""

    well: bool
    what: str  #: French
    cure: str = ""  #: French: what to do when it is not well
    grave: bool = True  #: when it is not well, whether the product cannot do its work
