"""Desks (bureaux): the function acts, people hold it."""
