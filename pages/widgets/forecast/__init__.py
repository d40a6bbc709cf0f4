"""Pieces of the page forecast."""
