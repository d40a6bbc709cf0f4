"""Pieces of the page other tasks."""
