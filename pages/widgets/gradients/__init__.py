"""Pieces of the page gradients."""
