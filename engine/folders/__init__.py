"""Folders: what travels, from deposit to the last signature."""
