"""Pieces of the tab Watch of a run."""
