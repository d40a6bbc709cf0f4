"""Pieces of the page write with it."""
