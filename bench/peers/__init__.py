"""Other engines on the same drawing."""
