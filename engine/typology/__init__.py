"""Types and sub-types: what the clerk chooses, and what follows from it."""
