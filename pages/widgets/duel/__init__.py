"""Pieces of the page duel."""
