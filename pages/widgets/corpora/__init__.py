"""Pieces of the page corpora."""
