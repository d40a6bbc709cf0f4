"""Pieces of the page texts."""
