"""A trained network on made-up data of its kind, where the data that it was trained on are not on this machine.

So that it can be tried at once, without a network. Knows no page.
"""

from __future__ import annotations

import json
from dataclasses import replace

from rnnkit.config import with_settings
from rnnkit.store import Run

# What a run has read -> what the program makes of the same kind.
MADE_UP = {"imdb": "reviews", "temperatures": "weather"}


def stand_in(run: Run) -> Run | None:
    """The run as if it had read made-up data of the kind; None where none are made.

    Its weights and its vocabulary stay. Nothing of the made-up data was trained on.

    Args:
        run: read by `Store.run`, with its vocabulary.
    """
    name = MADE_UP.get(run.corpus)
    if name is None:
        return None
    config = with_settings(run.config, {"corpus": name, "series.column": ""})
    vocabulary = run.tokenizer and run.tokenizer | ({"corpora": [name]} if "corpora" in run.tokenizer else {})
    return replace(
        run, corpus=name, config_json=config.model_dump_json(),
        tokenizer_json=None if vocabulary is None else json.dumps(vocabulary),
    )  # fmt: skip
