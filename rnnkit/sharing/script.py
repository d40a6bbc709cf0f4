"""A Keras script that trains the network of a run again, from a file or two, without a line of ours.

The script is put together from those pieces that the run's config asks for, and no others. It has the
run's own seeds, first weights and order of batches. Knows no store, and runs nothing.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from rnnkit import tasks
from rnnkit.architectures import chosen, reads_windows
from rnnkit.config import ModelConfig, RunConfig, TokenizerConfig
from rnnkit.errors import ExportError
from rnnkit.sharing import cards
from rnnkit.sharing import script_pieces as pieces
from rnnkit.sharing.manifest import Document
from rnnkit.store import Run
from rnnkit.tasks import forecasting, scales
from rnnkit.texts import authors, reviews

MOST_FIGURES = 100  # epochs whose figures stand in the script, to be compared with
FALLS_TO = 0.05  # of the first learning rate, at the end of a falling schedule; the learner's own
RECURRENT = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
RATES = {
    "constant": "LEARNING_RATE",
    "cosine": f"keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps, alpha={FALLS_TO})",
    "exponential": f"keras.optimizers.schedules.ExponentialDecay(LEARNING_RATE, steps, {FALLS_TO})",
}
# The loss in Keras, the metric that is its mean, and what that is called.
LOSSES = {
    "softmax": (
        "keras.losses.SparseCategoricalCrossentropy(from_logits=True)",
        'SparseCategoricalCrossentropy(from_logits=True, name="nats")',
        "nats",
    ),
    "sigmoid": ("nats_of", 'MeanMetricWrapper(nats_of, name="nats")', "nats"),
    "squared": ("keras.losses.MeanSquaredError()", 'MeanSquaredError(name="squared")', "squared"),
}
# How batches are cut, how an epoch of them is learned and measured, and how many it has.
BATCHES = {
    "streams": (pieces.STREAMS, pieces.STREAMS_TRAINING, "len(streams(trained)[0]) // BATCH_SIZE"),
    "windows": (pieces.WINDOWS, pieces.WINDOWS_TRAINING, "math.ceil(PASSES * len(starts_of(trained)) / BATCH_SIZE)"),
}
WRITING = {"streams": pieces.STREAMS_WRITING, "windows": pieces.WINDOWS_WRITING}
READING = {"streams": pieces.STREAMS_READING, "windows": pieces.WINDOWS_READING}
ROWS = "math.ceil(len(trained[0]) / BATCH_SIZE)"  # batches in an epoch of whole texts
# What stands for the same in a series.
OF_A_SERIES = {"symbol": "value", "symbols": "values", "text": "series", "ids": "steps", "vocab_size": "bins"}
FOLLOWING = 14  # values that are forecast at the end
DIGITS = 4  # of a figure of the run
STANDARD_LIBRARY = ("csv", "gzip", "hashlib", "math", "os", "re", "sys", "unicodedata")
NAMES = {"Counter": "collections", "Path": "pathlib"}


def script(run: Run, document: Document) -> bytes:
    """The script, UTF-8. `python FILE DATA` trains the network and prints its figures beside the run's.

    Raises:
        ExportError: the run learned from pairs, or its network is not made of Keras's own layers.
    """
    config = document.config
    if config.task not in PARTS or config.model.architecture not in NETWORKS:
        raise ExportError(
            f"run {run.id}: expected a language model, a text classification or a series with {', '.join(NETWORKS)} "
            f"for a script, got a {config.task} with {config.model.architecture}"
        )
    chosen(config)  # the architecture goes with the batches
    body = _joined(_settings(document), *PARTS[config.task](document))
    if config.task == "series":
        body = re.sub(r"\b[a-z_]+\b", lambda word: OF_A_SERIES.get(word[0], word[0]), body)
    return f"{_head(run, document)}{_imports(body)}\n{body}\n".encode("utf-8", "replace")


def _joined(*parts: str) -> str:
    return "\n\n\n".join(part.strip("\n") for part in parts if part)


def _filled(piece: str, **words: str) -> str:
    """The piece with these words in place of their capitals in angle brackets."""
    for place, word in words.items():
        piece = piece.replace(f"<{place}>", word)
    return piece


# ---- what each task needs, in the order of the script


def _of_a_text(document: Document) -> tuple[str, ...]:
    config = document.config
    cut, learn, steps = BATCHES[config.batches.kind]
    joint = '" "' if config.tokenizer.kind == "words" else '""'
    return (
        pieces.TEXT,
        pieces.CHECKSUM,
        _symbols(config.tokenizer),
        _vocabulary(config.tokenizer),
        cut,
        _network(config),
        *_training(config, learn, steps),
        pieces.CHANCES,
        pieces.CHOOSE,
        _writing(config),
        _filled(pieces.MAIN, RUN=_run(document, "len(vocabulary)"), JOINT=joint),
        _call(config),
    )


def _of_classes(document: Document) -> tuple[str, ...]:
    config = document.config
    logits = "np.append(0, logits)" if config.model.classes == 1 else "logits[: len(labels)]"
    run = _run(document, "len(vocabulary)", "rows_of(trained, vocabulary)", "rows")
    return (
        *((pieces.REVIEWS,) if _of_reviews(config) else (pieces.TEXT, pieces.LINES)),
        pieces.CHECKSUM,
        pieces.UNPUNCTUATED_WORDS if config.tokenizer.kind == "words" else _symbols(TokenizerConfig()),
        _rows(config),
        _network(config),
        *_training(config, pieces.ROWS_TRAINING, ROWS),
        pieces.CHANCES,
        _filled(pieces.MAIN_OF_CLASSES, RUN=run, LOGITS=logits),
        _call(config),
    )


def _of_a_series(document: Document) -> tuple[str, ...]:
    config = document.config
    cut, learn, steps = BATCHES[config.batches.kind]
    bins = config.series.head == "classes"
    return (
        _bins(config) if bins else pieces.STANDARD,
        cut,
        _network(config),
        *_training(config, learn, steps),
        *((pieces.CHANCES, pieces.CHOOSE) if bins else ()),
        _filled(READING[config.batches.kind], SIZE=_same_size(config)) if config.batches.validation_fraction else "",
        _writing(config),
        _main_of_series(config, _run(document, "len(centres)" if bins else "", "ids[:cut]", "ids[cut:]")),
        _call(config),
    )


PARTS: dict[str, Callable[[Document], tuple[str, ...]]] = {
    "language-model": _of_a_text, "classification": _of_classes, "series": _of_a_series,
}  # fmt: skip


# ---- the beginning


def _head(run: Run, document: Document) -> str:
    """Comments. Their first two lines say nothing of the run: Python looks there for the file's encoding."""
    files = _files(document.config)
    facts = {"run": f"{run.id}, {document.config.name}", **cards.facts(document)}
    how_to = _filled(pieces.HOW_TO, FILES=files.shown) + files.how_to
    lines = [*how_to.splitlines(), "", *(f"{name}: {value}" for name, value in facts.items())]
    if run.parent:
        lines += ["", f"The run went on from epoch {run.parent_epoch} of another one; this script begins anew."]
    return "\n".join(f"# {_printable(line)}".rstrip() for line in lines) + "\n"


class _Files(NamedTuple):
    """What a script reads: as words of its command, where that comes from, and the part of it that has a held-out end.

    Where `wrong`, a condition, holds for what somebody gave, `asked` is said.
    """

    shown: str
    how_to: str
    part: str
    asked: str
    wrong: str = "len(sys.argv) != 2"


def _files(config: RunConfig) -> _Files:
    if config.task == "series":
        return _Files("SERIES_FILE", pieces.SERIES_FILE, "series", "the file of the series to train on")
    if config.task != "classification":
        return _Files("TEXT_FILE", pieces.TEXT_FILE, "text", "the text file to train on")
    if _of_reviews(config):
        shown = " ".join(f"reviews/{name}" for name in reviews.FILES.values())
        asked = "the reviews to train on and those for the test"
        return _Files(shown, pieces.REVIEW_FILES, "reviews to train on", asked, "len(sys.argv) != 3")
    most = max(config.model.classes, 2)
    asked = f"{f'2 to {most}' if most > 2 else 'two'} text files, one for each class"
    return _Files(
        "texts/*.txt", pieces.TEXT_FILES, "lines of each text", asked, f"not 3 <= len(sys.argv) <= {most + 1}"
    )


def _of_reviews(config: RunConfig) -> bool:
    return config.corpora == (reviews.NAME,)


def _printable(text: str) -> str:
    """`text` as a part of one line: line ends and all else that cannot be printed are spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _imports(body: str) -> str:
    """What the rest of the script uses."""

    def used(module: str) -> bool:
        return re.search(rf"\b{module}\.[\w.]+\(", body) is not None

    return _filled(
        pieces.IMPORTS,
        MODULES="".join(f"import {name}\n" for name in STANDARD_LIBRARY if name == "os" or used(name)),
        NAMES="".join(f"from {module} import {name}\n" for name, module in NAMES.items() if f"{name}(" in body),
        TENSORFLOW="import tensorflow as tf\n" if used("tf") else "",
    )


def _settings(document: Document) -> str:
    """Every number of the run by its name; its figures."""
    metrics = _metrics(document.config)
    lines = [f"{name} = {_literal(value)}{f'  # {words}' if words else ''}" for name, value, words in _values(document)]
    figures = [
        f"    {epoch.epoch}: [{', '.join(_figure(epoch, metric) for metric in metrics.values())}],"
        for epoch in document.epochs[:MOST_FIGURES]
    ]
    return "\n".join(
        [*lines, f"RUN_FIGURES = {{  # epoch: {', '.join(metrics)}; {_unit(document.config)}", *figures, "}"]
    )


def _unit(config: RunConfig) -> str:
    """Of the losses."""
    if _forecasts_a_number(config):
        return "squared, in deviations"
    return "nats per text" if config.task == "classification" else "nats per symbol"


def _literal(value: Any) -> str:
    return json.dumps(value) if isinstance(value, str) else repr(value)


def _metrics(config: RunConfig) -> dict[str, str]:
    """What the script prints after each epoch, by the name that it has there: the name in the store."""
    sets = {"": "", "held-out ": "val_" if config.batches.validation_fraction else None}
    if config.task == "classification" and _of_reviews(config):
        sets["test "] = "test_"
    kinds = ("loss", "accuracy") if config.task == "classification" else ("loss",)
    return {
        f"{words}{kind}": f"{prefix}{kind}" for words, prefix in sets.items() if prefix is not None for kind in kinds
    }


def _figure(epoch: Any, metric: str) -> str:
    value = getattr(epoch, metric, None)
    return "None" if value is None else f"{value:.{DIGITS}f}"


def _values(document: Document) -> Iterator[tuple[str, Any, str]]:
    """Name, value and a few words."""
    config = document.config
    batches, model, training = config.batches, config.model, config.training
    yield from OF_TASKS[config.task](document)
    yield "BATCH_SIZE", batches.batch_size, ""
    yield "HELD_OUT", batches.validation_fraction, f"the last part of the {_files(config).part}, never trained on"
    if _embeds(model):
        yield "EMBEDDING_SIZE", model.embedding_size, ""
    yield "UNITS", model.units, ""
    fields = chosen(config).fields
    if "kernel_width" in fields:
        yield "KERNEL_WIDTH", model.kernel_width, "neighbouring symbols that a convolution sees at once"
    if "hidden_units" in fields and model.hidden_units:
        yield "HIDDEN_UNITS", model.hidden_units, "of the layer before the answer"
    if training.seconds is None:
        yield "EPOCHS", training.epochs, ""
    else:
        yield "EPOCHS", len(document.epochs), f"in the {training.seconds} seconds of training it was given"
    yield "LEARNING_RATE", training.learning_rate, ""
    if training.clip_norm:
        yield "CLIP_NORM", training.clip_norm, "largest norm of all gradients together"
    if training.patience:
        yield "PATIENCE", training.patience, "epochs without a better loss before training ends"
    yield "SEED", training.seed, ""
    if config.task != "series":
        yield "TEXT_SHA256", document.provenance.corpus.sha256, ""


def _values_of_a_text(document: Document) -> Iterator[tuple[str, Any, str]]:
    tokenizer = document.config.tokenizer
    if tokenizer.kind == "words":
        yield "MINIMUM_COUNT", tokenizer.minimum_count, "words seen fewer times are not in the vocabulary"
    if tokenizer.vocab_size is not None:
        yield "LARGEST_VOCABULARY", tokenizer.vocab_size, ""
    if tokenizer.unknown_symbol:
        yield "UNKNOWN", "\ufffd", "stands for every symbol that is not in the vocabulary"
    yield from _values_of_batches(document.config)


def _values_of_batches(config: RunConfig) -> Iterator[tuple[str, Any, str]]:
    yield "LENGTH", config.batches.length, "symbols the network is unrolled over"
    if config.batches.kind == "windows":
        yield "STEP", config.batches.step, "symbols from the start of one window to the next"
        yield "PASSES", config.batches.passes, "times the text is read in an epoch"


def _values_of_classes(document: Document) -> Iterator[tuple[str, Any, str]]:
    config = document.config
    if not _of_reviews(config):
        yield "LEAST_WORDS", authors.LEAST_WORDS, "of a line; shorter ones are read together with the next"
        yield "MOST_WORDS", authors.MOST_WORDS, ""
    if config.tokenizer.minimum_count > 1:
        yield "MINIMUM_COUNT", config.tokenizer.minimum_count, "symbols seen fewer times are not in the vocabulary"
    if config.tokenizer.vocab_size is not None:
        yield "VOCABULARY", config.tokenizer.vocab_size, "symbols; a smaller vocabulary is filled up"
    yield "LENGTH", config.batches.length, "symbols that are read of a text, its last ones"
    yield "OUTPUTS", config.model.classes, "one for each class" if config.model.classes > 1 else "for both classes"


def _values_of_a_series(document: Document) -> Iterator[tuple[str, Any, str]]:
    config, scale = document.config, scales.from_json(document.tokenizer)
    if isinstance(scale, scales.Bins):
        yield "CLASSES", config.series.classes, "bins that the values are cut into"
        yield "RUN_RANGE", (float(scale.edges[0]), float(scale.edges[-1])), "of the values that the run was trained on"
    else:
        yield "RUN_SCALE", (scale.mean, scale.deviation), "mean and deviation of the values the run was trained on"
    yield from _values_of_batches(config)
    if config.batches.validation_fraction:
        error = _figure(document.epochs[-1], "val_mae")
        yield "RUN_ERROR", None if error == "None" else float(error), "of its last epoch, one step ahead"
    if config.batches.kind == "streams":
        yield "MEMORY", forecasting.MEMORY, "values that are read before a forecast"


OF_TASKS: dict[str, Callable[[Document], Iterator[tuple[str, Any, str]]]] = {
    "language-model": _values_of_a_text, "classification": _values_of_classes, "series": _values_of_a_series,
}  # fmt: skip


# ---- symbols and values to numbers


def _symbols(tokenizer: TokenizerConfig) -> str:
    words = {"lecture": pieces.WORDS, "spaces": pieces.SPACED_WORDS}
    written = pieces.CHARACTERS if tokenizer.kind == "characters" else words[tokenizer.word_rules]
    return _filled(written, ONE_LINE=r'.replace("\n", " ")' if tokenizer.newlines == "space" else "")


def _vocabulary(tokenizer: TokenizerConfig) -> str:
    """The rules by which the run's vocabulary was made."""
    rare = "symbol for symbol in counts if counts[symbol] >= MINIMUM_COUNT"
    known = [f"known = sorted({rare if tokenizer.kind == 'words' else 'counts'})"]
    if tokenizer.unknown_symbol:
        known = ["counts.pop(UNKNOWN, None)", *known]
    if tokenizer.vocab_size is not None:
        known += ["known = sorted(sorted(known, key=lambda symbol: -counts[symbol])[:LARGEST_VOCABULARY])"]
    known += ["return [*known, UNKNOWN]" if tokenizer.unknown_symbol else "return known"]
    if tokenizer.unknown_symbol:
        otherwise, one = "", "ids.get(symbol, len(ids) - 1) for symbol in symbols"
    else:
        otherwise, one = (
            "; those that it does not know are left out",
            "ids[symbol] for symbol in symbols if symbol in ids",
        )
    return _filled(pieces.VOCABULARY, KNOWN="\n".join(f"    {line}" for line in known), ELSE=otherwise, ID=one)


def _rows(config: RunConfig) -> str:
    rare, sized = config.tokenizer.minimum_count > 1, config.tokenizer.vocab_size is not None
    one_output = config.model.classes == 1  # the class is then a number like it, (N, 1)
    return _filled(
        pieces.ROWS,
        CLASSES="(N, 1)" if one_output else "(N,)",
        CLASS="[label]" if one_output else "label",
        KIND="float32" if one_output else "int32",
        COUNT="count" if rare else "_",
        IF=" if count >= MINIMUM_COUNT" if rare else "",
        SYMBOLS='(symbols + ["<unused>"] * VOCABULARY)[:VOCABULARY]' if sized else "symbols",
    )


def _bins(config: RunConfig) -> str:
    quantiles = config.series.binning == "quantiles"
    edges = "np.quantile(values, cuts)" if quantiles else "low + cuts * (high - low)"
    return _filled(pieces.BINS, EDGES=edges, FEW=pieces.FEW_QUANTILES if quantiles else "")


# ---- the network


def _network(config: RunConfig) -> str:
    streams = not reads_windows(config)
    arguments = [_size(config), *(["batch_size=BATCH_SIZE", "length=LENGTH"] if streams else [])]
    return _filled(
        pieces.NETWORK,
        ARGUMENTS=", ".join(filter(None, arguments)),
        DOC=_shapes(config),
        FIRST_WEIGHTS=pieces.FIRST_WEIGHTS if config.model.architecture in RECURRENT else "",
        INPUTS=pieces.STREAM_INPUTS if streams else pieces.WINDOW_INPUTS,
        KIND="float32" if _forecasts_a_number(config) else "int32",
        LAYERS="\n".join([_symbols_in(config), *NETWORKS[config.model.architecture](config)]),
        OUTPUTS=_outputs(config),
        ANSWER=_answer(config),
    )


def _size(config: RunConfig) -> str:
    """The argument of the network that the symbols decide, none where it reads and answers numbers."""
    return "" if _forecasts_a_number(config) else "vocab_size"


def _same_size(config: RunConfig) -> str:
    """The same argument for another network of the same kind, before further ones."""
    return "model.output_shape[-1], " if _size(config) else ""


def _outputs(config: RunConfig) -> str:
    if config.task == "classification":
        return "OUTPUTS"
    return "1" if _forecasts_a_number(config) else "vocab_size"


def _shapes(config: RunConfig) -> str:
    """The network's docstring."""
    number, streams = _forecasts_a_number(config), not reads_windows(config)
    steps, answers = ("(B, T)", "(B, T, {})") if streams else ("(B, LENGTH)", "(B, {})")
    read, made = ("Values", "forecasts") if number else (f"Numbers of {_things(config)}", "logits")
    return f"{read} {steps} in, {made} {answers.format(_outputs(config))} out."


def _things(config: RunConfig) -> str:
    return "bins" if config.task == "series" else "symbols"


def _forecasts_a_number(config: RunConfig) -> bool:
    return config.task == "series" and config.series.head == "regression"


def _answer(config: RunConfig) -> str:
    return "forecast" if _forecasts_a_number(config) else "logits"


def _stack(config: RunConfig, layer: Callable[[RunConfig, bool], list[str]]) -> list[str]:
    """Layers one above the other, each written out: `layer` gives the lines of one, told whether it is the last."""
    model, lines = config.model, []
    for index in range(model.layers):
        last = index == model.layers - 1
        lines += layer(config, last)
        if last and model.hidden_units:
            lines.append(pieces.DENSE)
        if model.dropout:
            lines.append(_dropout(model.dropout))
    return lines


def _recurrent(config: RunConfig, last: bool) -> list[str]:
    model, streams = config.model, not reads_windows(config)
    options = {
        "return_sequences": streams or not last, "stateful": streams,
        "dropout": model.input_dropout, "recurrent_dropout": model.recurrent_dropout,
    }  # fmt: skip
    given = "".join(f", {name}={value!r}" for name, value in options.items() if value)
    layer = f"layers.{RECURRENT[model.architecture]}(UNITS{given}"
    if not model.bidirectional:
        return [f"    x = {layer}, **first_weights())(x)"]
    return [
        f"    forward = {layer}, **first_weights())",
        f"    backward = {layer}, go_backwards=True, **first_weights())",
        "    x = layers.Bidirectional(forward, backward_layer=backward)(x)",
    ]


def _convolution(_config: RunConfig, last: bool) -> list[str]:
    return [pieces.CONVOLUTION, *([pieces.POOLING] if last else [])]


def _unrolled(config: RunConfig) -> list[str]:
    return [pieces.DRAWN_OUT, *([pieces.CARRY] if config.batches.length > 1 else [])]


NETWORKS: dict[str, Callable[[RunConfig], list[str]]] = {
    **dict.fromkeys(RECURRENT, lambda config: _stack(config, _recurrent)),
    "unrolled": _unrolled,
    "convolution": lambda config: _stack(config, _convolution),
}


def _symbols_in(config: RunConfig) -> str:
    model = config.model
    if not _embeds(model):
        numbers = pieces.VALUES if _forecasts_a_number(config) else pieces.NUMBERS
        return numbers if model.inputs == "numbers" else pieces.ONE_HOT
    dropout = [_dropout(model.embedding_dropout)] if model.embedding_dropout else []
    return "\n".join([pieces.EMBEDDING, *dropout])


def _embeds(model: ModelConfig) -> bool:
    return model.inputs == "symbols" and model.embedding_size > 0


def _dropout(rate: float) -> str:
    return f"    x = layers.Dropout({rate!r}, seed=next(seeds))(x)"


# ---- training


def _training(config: RunConfig, learn: str, steps: str) -> tuple[str, ...]:
    """Loss and optimizer, an epoch, all epochs; `learn` is the piece and `steps` the length of an epoch."""
    classes, patience = config.task == "classification", bool(config.training.patience)
    column = "[..., None]" if _forecasts_a_number(config) else ""  # Keras takes the last axis for one answer
    return (
        pieces.ADDED_UP.replace("<OPTIMIZER>", OPTIMIZERS[config.training.optimizer]) if _adds_up(config) else "",
        pieces.NATS if tasks.of(config).loss(config) == "sigmoid" else "",
        _prepare(config),
        pieces.TELL,
        _filled(learn, MEAN=_mean(config), COLUMN=column),
        _filled(
            pieces.TRAIN,
            STEPS=steps,
            MEASURE=pieces.MEASURE_EACH if classes else pieces.MEASURE,
            LOSSES=pieces.LOSSES if patience else "",
            PATIENCE=pieces.PATIENCE if patience else "",
        ),
    )


def _prepare(config: RunConfig) -> str:
    kind = tasks.of(config).loss(config)
    loss, metric, mean = LOSSES[kind]
    classes = config.task == "classification"
    optimizer = f"keras.optimizers.{OPTIMIZERS[config.training.optimizer]}"
    return _filled(
        pieces.PREPARE,
        RATE=RATES[config.training.schedule],
        LOSS=loss,
        MEAN=mean,
        METRIC=metric,
        ACCURACY=pieces.ACCURACY[kind] if classes else "",
        METRICS=f"{mean}, accuracy" if classes else mean,
        CLASS="Optimizer" if _adds_up(config) else optimizer,
        CLIP=", global_clipnorm=CLIP_NORM" if config.training.clip_norm else "",
    )


def _mean(config: RunConfig) -> str:
    """The name of the metric that is the mean loss: Keras's own is the weighted sum over the number of answers."""
    return LOSSES[tasks.of(config).loss(config)][2]


def _adds_up(config: RunConfig) -> bool:
    """Whether Keras's own optimizer would square the parts of an embedding's gradient one by one."""
    squares = config.training.clip_norm or config.training.optimizer != "sgd"
    return bool(_embeds(config.model) and squares)


# ---- trying it out, and all together


def _writing(config: RunConfig) -> str:
    number = _forecasts_a_number(config)
    return _filled(
        WRITING[config.batches.kind],
        DRAWN="" if number else ", temperature",
        WHAT="The `length` values" if number else f"Numbers of `length` {_things(config)}",
        RANDOM="" if number else pieces.RANDOM,
        CHOSEN="forecast[0]" if number else "choose(logits, temperature, random)",
        ANSWER=_answer(config),
        SIZE=_same_size(config),
    )


def _run(document: Document, size: str, trained: str = "trained", held_out: str = "held_out") -> str:
    determinism = pieces.DETERMINISM if _on_the_processor(document) else ""
    return _filled(pieces.TRAINED, DETERMINISM=determinism, SIZE=size, TRAINED=trained, HELD_OUT=held_out)


def _main_of_series(config: RunConfig, run: str) -> str:
    bins, last = config.series.head == "classes", "MEMORY" if config.batches.kind == "streams" else "LENGTH"
    made = "answers(model, ids, cut)"
    after = f"write(model, ids[-{last}:], {FOLLOWING}{', temperature=1' if bins else ''})"
    errors = _filled(
        pieces.ERRORS, EXPECTED=f"chances_of({made}) @ centres" if bins else f"{made}[:, 0] * deviation + mean"
    )
    return _filled(
        pieces.MAIN_OF_SERIES,
        NUMBERS=pieces.TO_BINS if bins else pieces.TO_STANDARD,
        RUN=run,
        ERRORS=errors if config.batches.validation_fraction else "",
        FOLLOWING=f"centres[{after}]" if bins else f"np.array({after}) * deviation + mean",
    )


def _call(config: RunConfig) -> str:
    files = _files(config)
    return _filled(pieces.CALL, WRONG=files.wrong, ASKED=files.asked)


def _on_the_processor(document: Document) -> bool:
    """There the learner asks TensorFlow for the same sums in the same order, and so can the script."""
    return (document.device or "").startswith("CPU")
