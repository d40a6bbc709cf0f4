"""Pieces that several architectures are built from."""
