"""Tests in a real browser: the fixtures of the running app, known to every file of this folder."""

from __future__ import annotations

from app import app, chromium, place, start, tab

__all__ = ["app", "chromium", "place", "start", "tab"]
