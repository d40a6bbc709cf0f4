"""Pieces of the page home."""
