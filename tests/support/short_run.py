"""A run that a real trainer has done within seconds, on a text that is always there."""

from __future__ import annotations

from rnnkit.config import RunConfig, with_settings

SHORT = with_settings(
    RunConfig(),
    {
        "corpus": "cookbook-40000",
        "batches.batch_size": 8,
        "batches.length": 16,
        "model.architecture": "gru",
        "model.units": 24,
        "model.embedding_size": 8,
        "sampling.length": 40,
    },
)
