"""Pieces of the page from scratch."""
