"""Pieces of the tab Inside: what the units of a network hold and let through, and what they are for."""
