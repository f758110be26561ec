"""Drawings without structure, judged by the check and then run: none declared sound may ever get stuck."""
