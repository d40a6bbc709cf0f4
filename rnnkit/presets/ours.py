"""Our own experiments: those to begin with, and others that no document has. Knows no text and no network."""

from __future__ import annotations

from typing import Any

from rnnkit.presets.preset import Preset, entry


# fmt: off
def _modern(architecture: str, title: str, lesson: str, **sizes: Any) -> Preset:
    """One of the networks that get the same minute of training on the same text."""
    return entry(
        f"minute-{architecture.replace('_', '-')}", title, "ours",
        f"{lesson} Same text, same seconds of training: Compare lays the curves over one another.",
        corpus="python",
        batches={"kind": "streams", "length": 64, "batch_size": 32},
        model={"architecture": architecture, "embedding_size": 64, **sizes},
        training={"epochs": 100, "seconds": 60, "learning_rate": 0.004, "schedule": "one-cycle"},
        sampling={"length": 400})


FIRST: tuple[Preset, ...] = (
    entry("one-minute", "One minute: a network that fits your text", "ours",
        "Any text, 2,000 characters or 50 million: units, batches, dropout and learning rate are chosen for its "
        "size, the time and this machine; the learning rate rises and falls in one cycle that ends with the time.",
        corpus="cookbook",
        batches={"kind": "streams", "length": 32, "batch_size": 32, "random_offset": True},
        model={"architecture": "gru", "units": 256, "embedding_size": 64, "dropout": 0.1},
        training={"epochs": 40, "seconds": 60, "learning_rate": 0.006, "schedule": "one-cycle"}),
    entry("cookbook-gru", "First try: a small GRU writes recipes", "ours",
        "Needs no download and trains in a minute: it learns the layout of a recipe long before the meaning.",
        corpus="cookbook",
        batches={"kind": "streams", "length": 64, "batch_size": 32},
        model={"architecture": "gru", "units": 96, "embedding_size": 32},
        training={"epochs": 8, "learning_rate": 0.005}),
)
OURS: tuple[Preset, ...] = (
    entry("sherlock-lstm", "Sherlock Holmes, one LSTM", "ours",
        "One LSTM layer that reads the text in order, with its line ends: a pretrained network comes with rnnkit.",
        corpus="sherlock",
        batches={"kind": "streams", "length": 64, "batch_size": 16},
        model={"architecture": "lstm", "units": 192, "embedding_size": 48, "dropout": 0.25},
        training={"epochs": 40, "learning_rate": 0.004, "schedule": "cosine", "clip_norm": 1.0},
        sampling={"prompt": "To Sherlock Holmes she is always ", "length": 400}),
    entry("shakespeare-lstm", "Shakespeare's plays", "ours",
        "A megabyte of plays: the network learns who speaks, where a line breaks and what a name looks like.",
        corpus="tinyshakespeare",
        batches={"kind": "streams", "length": 64, "batch_size": 64},
        model={"architecture": "lstm", "units": 512, "embedding_size": 64}
        | {"embedding_dropout": 0.2, "dropout": 0.5},
        training={"epochs": 20, "learning_rate": 0.003, "schedule": "cosine", "clip_norm": 1.0},
        sampling={"length": 400}),
    entry("memory", "How far back does it remember?", "ours",
        "A letter, up to 100 dots that say nothing, a question mark: which letter was it? The page Memory sets "
        "networks beside each other on it.",
        corpus="memory",
        batches={"kind": "streams", "length": 64, "batch_size": 32},
        model={"architecture": "gru", "units": 32, "embedding_size": 0},  # with an embedding it takes far longer
        training={"epochs": 30, "seconds": 15, "learning_rate": 0.01, "clip_norm": 1.0},
        sampling={"prompt": "c.....?", "length": 200}),
    _modern("gru", "A minute for the GRU", "The measure for the five beside it.", units=192),
    _modern("lstm", "A minute for the LSTM", "A gate and a state more than the GRU.", units=192),
    _modern("slstm", "A minute for the sLSTM", "The LSTM of 2024: it can outweigh its memory at once.", units=192),
    _modern("min_gru", "A minute for the minimal GRU",
        "Gates that do not see the state: a step is so cheap that three layers of 256 units are trained.",
        units=256, layers=3),
    _modern("min_lstm", "A minute for the minimal LSTM",
        "Two gates that share out one, and neither sees the state.", units=256, layers=3),
    _modern("transformer", "A minute for the Transformer",
        "No recurrence: it keeps the last 64 tokens themselves and looks back at them.",
        units=128, layers=2),
    entry("shakespeare-best", "Shakespeare's plays, as well as we can", "ours",
        "The network of the first minute made larger, with more dropout and twenty passes over the text: one cycle "
        "of the learning rate, averaged weights, and each epoch begins at another place. A quarter of an hour on "
        "two cores.",
        corpus="tinyshakespeare",
        batches={"kind": "streams", "length": 32, "batch_size": 32, "random_offset": True},
        model={"architecture": "gru", "units": 640, "embedding_size": 64}
        | {"embedding_dropout": 0.1, "dropout": 0.45},
        training={"epochs": 20, "learning_rate": 0.003, "schedule": "one-cycle", "weight_average": 0.998},
        sampling={"length": 400}),
    entry("play-lstm", "A play made up by a grammar", "ours",
        "Needs no download: speakers, letters, songs, asides. Quotes and brackets close many lines later, who was "
        "addressed by name answers, and some speak in verse, so that hidden units have something to follow.",
        corpus="play",
        batches={"kind": "streams", "length": 100, "batch_size": 32},
        model={"architecture": "lstm", "units": 192, "embedding_size": 32, "dropout": 0.1},
        training={"epochs": 20, "learning_rate": 0.005, "schedule": "one-cycle", "clip_norm": 1.0},
        sampling={"length": 400}),
    entry("cookbook-words", "The cookbook word by word", "ours",
        "Needs no download: words are spelled right from the first epoch on, and the network begins with their order. "
        "Compare its bits per character with those of the first try, which reads characters.",
        corpus="cookbook",
        tokenizer={"kind": "words"},
        batches={"kind": "streams", "length": 40, "batch_size": 32},
        model={"architecture": "gru", "units": 128, "embedding_size": 64, "dropout": 0.2},
        training={"epochs": 10, "learning_rate": 0.005, "schedule": "one-cycle", "clip_norm": 1.0}),
    entry("overfit-lstm", "A network too large for its text", "ours",
        "Needs no download: 30,000 characters of a play and ten times as many parameters, without dropout. The "
        "training loss keeps falling while the held-out loss rises, and what it writes stands in the text.",
        corpus="play-30000",
        batches={"kind": "streams", "length": 50, "batch_size": 8},
        model={"architecture": "lstm", "units": 256, "embedding_size": 32},
        training={"epochs": 30, "learning_rate": 0.004, "clip_norm": 1.0}),
    entry("reviews-gru", "Film reviews made up by a grammar", "ours",
        "Needs no download: “not dull”, “my sister hated it, I did not”, a terrible king in a wonderful film. No "
        "word alone gives the verdict away, so the network has to read them in their order.",
        task="classification",
        corpus="reviews",
        tokenizer={"kind": "words", "vocab_size": 500},
        batches={"kind": "windows", "length": 120, "batch_size": 64},
        model={"architecture": "gru", "units": 48, "embedding_size": 32, "classes": 1, "dropout": 0.2},
        training={"epochs": 6, "learning_rate": 0.004, "schedule": "cosine"}),
    entry("weather-classes", "Made-up weather, as classes", "ours",
        "Needs no download: seasons, spells of settled and of changeable weather. The network predicts a "
        "distribution over the classes of tomorrow's temperature, so many futures can be sampled.",
        task="series",
        corpus="weather",
        series={"head": "classes", "classes": 25},
        batches={"kind": "streams", "length": 30, "batch_size": 16},
        model={"architecture": "gru", "units": 32, "embedding_size": 0, "dropout": 0.1},
        training={"epochs": 15, "learning_rate": 0.006, "clip_norm": 1.0, "patience": 5}),
    entry("weather-regression", "Made-up weather, as a number", "ours",
        "The same weather with numbers as inputs and one as output. A linear regression on the last days is far "
        "worse: it cannot know how long the warmth has risen before it breaks.",
        task="series",
        corpus="weather",
        series={"head": "regression"},
        batches={"kind": "streams", "length": 30, "batch_size": 16},
        model={"architecture": "gru", "units": 32, "inputs": "numbers"},
        training={"epochs": 20, "learning_rate": 0.004, "clip_norm": 1.0, "patience": 6}),
    entry("python-lstm", "Python source, from your own interpreter", "ours",
        "Needs no download: indentation and brackets show what a cell state can remember over many lines.",
        corpus="python",
        batches={"kind": "streams", "length": 100, "batch_size": 64},
        model={"architecture": "lstm", "units": 256, "embedding_size": 64},
        training={"epochs": 10, "learning_rate": 0.003, "schedule": "cosine", "clip_norm": 1.0},
        sampling={"length": 400}),
)
# fmt: on
