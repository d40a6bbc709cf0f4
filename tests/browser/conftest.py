"""Tests in a real browser: the fixtures of the running app, known to every file of this folder."""

from __future__ import annotations

from app import app, came_along, chromium, place, start, tab, teacher

__all__ = ["app", "came_along", "chromium", "place", "start", "tab", "teacher"]
