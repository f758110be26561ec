"""The demonstration: a fictional commune, its certification authority, a mail catcher."""
