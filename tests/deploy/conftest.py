"""A browser for what stands in front of the app: the fixtures of the browser tests."""

from __future__ import annotations

from app import chromium, tab

__all__ = ["chromium", "tab"]
