"""Pieces of the page Class, and of the page on which one joins."""
