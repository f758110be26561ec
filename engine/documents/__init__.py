"""Documents: versions whose bytes never change, and the store that holds them."""
