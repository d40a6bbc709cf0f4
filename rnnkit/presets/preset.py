"""What a preset is: a config under a name, with where it comes from and what it teaches. Knows no particular one."""

from __future__ import annotations

from typing import Any, NamedTuple

from rnnkit.config import RunConfig, parse


class Preset(NamedTuple):
    """One experiment. `source` says where it comes from, `lesson` in one sentence what it is there to show."""

    name: str
    title: str
    source: str
    lesson: str
    config: RunConfig

    @property
    def task(self) -> str:
        return self.config.task


def entry(name: str, title: str, source: str, lesson: str, **config: Any) -> Preset:
    """A preset of these settings; all others have their defaults. Raises ConfigError."""
    return Preset(name, title, source, lesson, parse({"preset": name, **config}))
