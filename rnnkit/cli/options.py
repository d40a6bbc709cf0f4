"""Options that several commands share, and the config that they describe. Imports nothing slow before it is asked."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from rnnkit.errors import ConfigError

if TYPE_CHECKING:
    from rnnkit.config import RunConfig


def _names_of_presets(_context: object) -> list[str]:
    from rnnkit.presets import PRESETS

    return list(PRESETS)


def _names_of_corpora(_context: object) -> list[str]:
    from rnnkit.texts.corpora import CORPORA

    return list(CORPORA)


def _names_of_settings(_context: object) -> list[str]:
    from rnnkit.config import fields

    return [f"{name}=" for name in fields()]


Run = Annotated[str, Parameter(help="the id of a run")]
Epoch = Annotated[str, Parameter(help="a kept epoch", name="--epoch")]
Wait = Annotated[bool, Parameter(name="--wait", help="wait for the run to finish, with status 1 if it failed")]
Corpus = Annotated[str | None, Parameter(name="--corpus", help="another text", completer=_names_of_corpora)]
Text = Annotated[str, Parameter(allow_leading_hyphen=True)]
Changes = Annotated[
    tuple[str, ...],
    Parameter(
        name="--set",
        help="a config field and its value, e.g. model.units=256; may be repeated",
        completer=_names_of_settings,
    ),
]


@Parameter(name="*")
@dataclass(frozen=True)
class Names:
    """What a new run is called."""

    name: Annotated[str | None, Parameter(help="what to call the run")] = None
    owner: Annotated[str | None, Parameter(help="whose it is; the queue is shared fairly between owners")] = None


@Parameter(name="*")
@dataclass(frozen=True)
class Description:
    """What a run shall be: a preset or a file, then the changes."""

    preset: Annotated[str | None, Parameter(help="one of `python -m rnnkit presets`", completer=_names_of_presets)] = (
        None
    )
    config: Annotated[str | None, Parameter(help="a run's config as a JSON file, as `show --json` prints it")] = None
    corpus: Corpus = None
    changes: Changes = ()

    def build(self, **more: str | None) -> RunConfig:
        """The config.

        Args:
            more: fields beside those of `--set`; None where nobody gave one.

        Raises:
            ConfigError: both or neither of preset and file; no such preset, file, field or value.
        """
        from rnnkit import presets
        from rnnkit.config import with_settings

        if self.preset and self.config:
            raise ConfigError("Argument --config: not allowed with argument --preset")
        if self.preset is None and self.config is None:
            raise ConfigError("One of the arguments --preset --config is required")
        config = _config_of_file(self.config) if self.config is not None else presets.preset(self.preset or "").config
        return with_settings(config, settings(self.changes, corpus=self.corpus, **more))


def settings(changes: Iterable[str], **more: str | None) -> dict[str, str]:
    """`["model.units=256"]` and what was given by an option of its own, as dotted fields and values."""
    return dict(_pairs(changes)) | {name: value for name, value in more.items() if value is not None}


def _pairs(changes: Iterable[str]) -> Iterator[tuple[str, str]]:
    for change in changes:
        name, equals, value = change.partition("=")
        if not equals:
            raise ConfigError(f"--set: expected KEY=VALUE, got {change!r}")
        yield name, value


def _config_of_file(name: str) -> RunConfig:
    from rnnkit.config import parse

    try:
        data: Any = json.loads(Path(name).read_bytes())
    except OSError as error:
        raise ConfigError(f"--config: expected a file that can be read, got {name!r} ({error.strerror})") from None
    except ValueError as error:
        raise ConfigError(f"--config: expected JSON in {name!r}, got {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"--config: expected a JSON object in {name!r}, got {type(data).__name__}")
    return parse(data)
