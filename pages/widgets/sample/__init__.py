"""Pieces of the page sample."""
