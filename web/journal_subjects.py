"""What the entries of a tenant's journal are about, to look for them."""

from __future__ import annotations

#: subject → what to call it, in the order offered.
SUBJECTS = {
    "people": "Personnes et accès",
    "desks": "Bureaux",
    "delegations": "Délégations",
    "circuits": "Circuits et tables",
    "types": "Types",
    "works": "Travaux",
    "security": "Sécurité",
    "town": "Collectivité",
}
#: The object of an event → its subject. A test checks that every object of a tenant's event has one.
OBJECTS = {
    "person": "people",
    "invitation": "people",
    "desk": "desks",
    "delegation": "delegations",
    "circuit": "circuits",
    "decisions": "circuits",
    "type": "types",
    "subtype": "types",
    "work": "works",
    "factor": "security",
    "town": "town",
    "configuration": "town",
    "calendar": "town",
    "council": "people",
}


def subject_of(event: str) -> str:
    """The subject of an event; that of the town for one that nobody has classed."""
    return OBJECTS.get(event.split(":")[1], "town")
