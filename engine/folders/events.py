"""What the journal calls the events that other code reads back."""

from __future__ import annotations

STARTED = "folder:circuit:started"
#: A folder under way was moved to another version of its circuit.
MIGRATED = "folder:circuit:migrated"
STOPPED = "folder:circuit:stopped"
CHAINED = "folder:circuit:chained"
RECYCLED = "folder:draft:recycled"

#: No act before one of these can be taken back: the states before were those of another drawing, or of another round.
BARRIERS = frozenset({STARTED, MIGRATED, STOPPED, CHAINED, RECYCLED})
