"""Pieces of the page translate."""
