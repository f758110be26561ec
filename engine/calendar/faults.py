"""What this room says when it cannot answer."""

from __future__ import annotations


class CalendarFault(ValueError):
    """A date, a zone, a duration or opening hours that cannot be used; the message is a whole French sentence."""
