"""The journal: what happened, chained so that a change or a hole shows."""
