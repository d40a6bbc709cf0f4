"""Pieces of the page words and verse."""
