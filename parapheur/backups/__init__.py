"""Backups: one file that holds the rows and the documents, independent of the database it came from."""
