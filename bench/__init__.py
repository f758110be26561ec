"""Measurements on real components; the product never imports this package. ``make bench`` runs them."""
