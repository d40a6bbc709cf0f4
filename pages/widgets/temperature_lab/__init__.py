"""Pieces of the page temperature lab."""
