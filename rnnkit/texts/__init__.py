"""Texts and numbers that networks learn from: where they come from, and how they become ids."""
