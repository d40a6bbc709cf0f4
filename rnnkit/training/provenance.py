"""What a run is made with: versions of what computes, and its text's title, source, licence and checksum.

Knows no file; exports and cards say it on.
"""

from __future__ import annotations

import platform
from contextlib import suppress
from importlib import metadata
from typing import Any

from rnnkit import __version__, tasks
from rnnkit.config import RunConfig
from rnnkit.store import Store
from rnnkit.training.learner import COMPILED, KERAS, compilable

COMPUTED_WITH = {KERAS: ("numpy", "keras", "tensorflow"), COMPILED: ("numpy", "numba", "scipy")}


def provenance(store: Store, config: RunConfig, sha256: str, engine: str = KERAS) -> dict[str, Any]:
    """Versions of what computes; the text's title, licence and checksum; and who drew the first weights."""
    versions = {"rnnkit": __version__, "python": platform.python_version()}
    for name in COMPUTED_WITH[engine]:
        with suppress(metadata.PackageNotFoundError):  # TensorFlow comes under several names
            versions[name] = metadata.version(name)
    described = {**corpus(store, config), "sha256": sha256}
    return {"versions": versions, "corpus": described, "first_weights": "numpy" if compilable(config) else "keras"}


def corpus(store: Store, config: RunConfig) -> dict[str, Any]:
    """Title, source and licence of what a run learns from; of several texts those of each."""
    known = {info.name: info for info in tasks.of(config).sources(store)}
    named = [known[name] for name in config.corpora if name in known]
    if not named:
        return {"title": config.corpus}
    told = {
        key: "; ".join(dict.fromkeys(getattr(info, key) for info in named)) for key in ("title", "source", "licence")
    }
    return told | {"sha256": named[0].sha256 if len(named) == 1 else None}
