"""Pieces of the page Memory."""
