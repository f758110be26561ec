"""A library for electronic signature: bytes in, bytes out; no database, no connection of its own."""
