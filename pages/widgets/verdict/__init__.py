"""Pieces of the page verdict."""
