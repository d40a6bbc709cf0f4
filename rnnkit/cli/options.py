"""Options that several commands share, and the config that they describe. Imports nothing slow before it is asked."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from cyclopts import Parameter

from rnnkit.errors import ConfigError, CorpusError

if TYPE_CHECKING:
    from rnnkit.config import RunConfig


def _names(module: str, table: str, ending: str = "") -> Callable[[object], list[str]]:
    """Completes the names of a table (or of a function that gives one) that is imported when somebody asks."""

    def complete(_context: object) -> list[str]:
        found = getattr(import_module(f"rnnkit.{module}"), table)
        return [name + ending for name in (found() if callable(found) else found)]

    return complete


Run = Annotated[str, Parameter(help="the id of a run")]
Epoch = Annotated[str, Parameter(("--epoch", "--at"), help="a kept epoch, last, best or step:N")]
Epochs = Annotated[str, Parameter(("--epochs", "--at"), help="kept epochs, last, best or step:N, with commas between")]
Wait = Annotated[bool, Parameter(help="wait for the run to finish, with status 1 if it failed")]
Name = Annotated[str | None, Parameter(help="what to call the run")]
Owner = Annotated[str | None, Parameter(help="whose it is; the queue is shared fairly between owners")]
Corpus = Annotated[str | None, Parameter(help="another text", completer=_names("texts.corpora", "CORPORA"))]
Text = Annotated[str, Parameter(allow_leading_hyphen=True)]
_SET = "a config field and its value, e.g. model.units=256; may be repeated"
Changes = Annotated[tuple[str, ...], Parameter("--set", help=_SET, completer=_names("config", "fields", "="))]
_PRESET = Parameter(help="one of `python -m rnnkit presets`", completer=_names("presets", "PRESETS"))


@Parameter(name="*")
@dataclass(frozen=True)
class Description:
    """What a run shall be: a preset or a file, then the changes."""

    preset: Annotated[str | None, _PRESET] = None
    config: Annotated[str | None, Parameter(help="a run's config as a JSON file, as `show --json` prints it")] = None
    corpus: Corpus = None
    changes: Changes = ()

    def build(self, default: str | None = None, **more: str | None) -> RunConfig:
        """The config. Raises ConfigError: both or neither of preset and file; no such preset, file, field or value.

        `default`: the preset where neither is given. `more`: fields beside those of `--set`; None where nobody gave
        one.
        """
        from rnnkit import presets
        from rnnkit.config import with_settings

        if self.preset is not None and self.config is not None:
            raise ConfigError("Argument --config: not allowed with argument --preset")
        name = self.preset if self.preset is not None else default
        changes = settings(self.changes, corpus=self.corpus, **more)
        if self.config is not None:
            return with_settings(_config_of_file(self.config), changes)
        if name is None:
            raise ConfigError("One of the arguments --preset --config is required")
        config = with_settings(presets.preset(name).config, changes)
        return config if name != presets.ONE_MINUTE else with_settings(_fitted(config), changes)


def _fitted(config: RunConfig) -> RunConfig:
    """The network that fits its text and this machine."""
    from rnnkit.cli.answer import open_store
    from rnnkit.runs import one_minute

    with open_store() as store:
        return one_minute.fitted_here(config, store)


def settings(changes: Iterable[str], **more: str | None) -> dict[str, str]:
    """`["model.units=256"]` and what was given by an option of its own, as dotted fields and values."""
    for change in changes:
        if "=" not in change:
            raise ConfigError(f"--set: expected KEY=VALUE, got {change!r}")
    given = {name: value for name, value in more.items() if value is not None}
    given = dict(change.split("=", 1) for change in changes) | given
    return given | ({"corpus": text_named(given["corpus"])} if "corpus" in given else {})


def text_named(corpus: str) -> str:
    """The names of texts that `--corpus` gives, `a+b`; a stored text may be given by its title."""
    from rnnkit.cli.answer import open_store
    from rnnkit.texts import corpora, own

    parts = [part.strip() for part in corpus.split("+")]
    if all(part in corpora.CORPORA or own.is_own(part) for part in parts):
        return corpus
    with open_store() as store:
        whole = own.named(corpus, store)
        return whole if whole != corpus else "+".join(own.named(part, store) for part in parts)


def file_bytes(command: str, file: str) -> bytes:
    """What stands in a file. Raises CorpusError: it cannot be read."""
    try:
        return Path(file).read_bytes()
    except OSError as error:
        raise CorpusError(f"{command}: expected a file that can be read, got {file!r} ({error.strerror})") from None


def _config_of_file(name: str) -> RunConfig:
    from rnnkit.config import parse

    try:
        data: Any = json.loads(file_bytes("--config", name))
    except ValueError as error:
        raise ConfigError(f"--config: expected JSON in {name!r}, got {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"--config: expected a JSON object in {name!r}, got {type(data).__name__}")
    return parse(data)
