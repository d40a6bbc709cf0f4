"""A Keras script that trains the network of a run again, from a text file, without a line of ours.

The script is put together from those pieces that the run's config asks for, and no others. It has the
run's own seeds, first weights and order of batches. Knows no store, and runs nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from rnnkit import cards
from rnnkit.architectures import chosen
from rnnkit.config import ModelConfig, RunConfig, TokenizerConfig
from rnnkit.document import Document
from rnnkit.errors import ExportError
from rnnkit.store import Run
from rnnkit.takeaway import script_pieces as pieces

MOST_LOSSES = 100  # of the run's epochs stand in the script, to be compared with
FALLS_TO = 0.05  # of the first learning rate, at the end of a falling schedule; the learner's own
RECURRENT = {"simple_rnn": "SimpleRNN", "gru": "GRU", "lstm": "LSTM"}
OPTIMIZERS = {"adam": "Adam", "rmsprop": "RMSprop", "sgd": "SGD"}
RATES = {
    "constant": "LEARNING_RATE",
    "cosine": f"keras.optimizers.schedules.CosineDecay(LEARNING_RATE, steps, alpha={FALLS_TO})",
    "exponential": f"keras.optimizers.schedules.ExponentialDecay(LEARNING_RATE, steps, {FALLS_TO})",
}
BATCHES = {
    "streams": (pieces.STREAMS, pieces.STREAMS_TRAINING, pieces.STREAMS_WRITING),
    "windows": (pieces.WINDOWS, pieces.WINDOWS_TRAINING, pieces.WINDOWS_WRITING),
}


def script(run: Run, document: Document) -> bytes:
    """The script, UTF-8. `python FILE TEXT` trains the network and prints its losses beside the run's.

    Raises:
        ExportError: the run is no language model, or its network is not made of Keras's own layers.
    """
    config = document.config
    if config.task != "language-model" or config.model.architecture not in NETWORKS:
        raise ExportError(
            f"run {run.id}: expected a language model with {', '.join(NETWORKS)} for a script, got a "
            f"{config.task} with {config.model.architecture}"
        )
    chosen(config)  # the architecture goes with the batches
    cut, train, write = BATCHES[config.batches.kind]
    patient = {"<LOSSES>": pieces.LOSSES, "<PATIENCE>": pieces.PATIENCE} if config.training.patience else {}
    for place in ("<LOSSES>", "<PATIENCE>"):
        train = train.replace(place, patient.get(place, ""))
    parts = (
        f"{_head(run, document)}{_imports(document)}\n{_settings(document)}",
        _symbols(config.tokenizer),
        _vocabulary(config.tokenizer),
        cut,
        NETWORKS[config.model.architecture](config),
        _training(config),
        train,
        write,
        _main(document),
    )
    return ("\n\n\n".join(part.strip("\n") for part in parts) + "\n").encode("utf-8", "replace")


def _head(run: Run, document: Document) -> str:
    """Comments. Their first two lines say nothing of the run: Python looks there for the file's encoding."""
    facts = {"run": f"{run.id}, {document.config.name}", **cards.facts(document)}
    lines = [*pieces.HOW_TO.splitlines(), "", *(f"{name}: {value}" for name, value in facts.items())]
    if run.parent:
        lines += ["", f"The run went on from epoch {run.parent_epoch} of another one; this script begins anew."]
    return "\n".join(f"# {_printable(line)}".rstrip() for line in lines) + "\n"


def _printable(text: str) -> str:
    """`text` as a part of one line: line ends and all else that cannot be printed are spaces."""
    return "".join(letter if letter.isprintable() else " " for letter in text)


def _imports(document: Document) -> str:
    words = _written(document.config.tokenizer) is pieces.WORDS
    text = pieces.IMPORTS.replace("<MORE>", "import re\n" if words else "")
    asks = _clips_an_embedding(document.config) or _on_the_processor(document)
    text = text.replace("<UNICODE>", "import unicodedata\n" if words else "")
    return text.replace("<TENSORFLOW>", "import tensorflow as tf\n" if asks else "")


def _settings(document: Document) -> str:
    """Every number of the run by its name; its losses."""
    lines = [f"{name} = {value!r}{f'  # {words}' if words else ''}" for name, value, words in _values(document)]
    losses = [f"    {epoch.epoch}: ({_loss(epoch, 'loss')}, {_loss(epoch, 'val_loss')})," for epoch in document.epochs]
    return "\n".join([
        *lines,
        f"TEXT_SHA256 = {document.provenance.corpus.sha256!r}",
        "RUN_LOSSES = {  # epoch: (training, held out), nats per symbol",
        *losses[:MOST_LOSSES],
        "}",
    ])  # fmt: skip


def _values(document: Document) -> Iterator[tuple[str, Any, str]]:
    """Name, value and a few words."""
    config = document.config
    tokenizer, batches, model, training = config.tokenizer, config.batches, config.model, config.training
    if tokenizer.kind == "words":
        yield "MINIMUM_COUNT", tokenizer.minimum_count, "words seen fewer times are not in the vocabulary"
    if tokenizer.vocab_size is not None:
        yield "LARGEST_VOCABULARY", tokenizer.vocab_size, ""
    if tokenizer.unknown_symbol:
        yield "UNKNOWN", "\ufffd", "stands for every symbol that is not in the vocabulary"
    yield "LENGTH", batches.length, "symbols the network is unrolled over"
    if batches.kind == "windows":
        yield "STEP", batches.step, "symbols from the start of one window to the next"
        yield "PASSES", batches.passes, "times the text is read in an epoch"
    yield "BATCH_SIZE", batches.batch_size, ""
    yield "HELD_OUT", batches.validation_fraction, "the last part of the text, never trained on"
    if _embeds(model):
        yield "EMBEDDING_SIZE", model.embedding_size, ""
    yield "UNITS", model.units, ""
    if "hidden_units" in chosen(config).fields and model.hidden_units:
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


def _loss(epoch: Any, metric: str) -> str:
    value = getattr(epoch, metric, None)
    return "None" if value is None else f"{value:.4f}"


def _symbols(tokenizer: TokenizerConfig) -> str:
    return _written(tokenizer).replace("<ONE_LINE>", r'.replace("\n", " ")' if tokenizer.newlines == "space" else "")


def _written(tokenizer: TokenizerConfig) -> str:
    """The piece of the script that makes symbols of a text."""
    words = {"lecture": pieces.WORDS, "spaces": pieces.SPACED_WORDS}
    return pieces.CHARACTERS if tokenizer.kind == "characters" else words[tokenizer.word_rules]


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
    text = pieces.VOCABULARY.replace("<KNOWN>", "\n".join(f"    {line}" for line in known))
    return text.replace("<ELSE>", otherwise).replace("<ID>", one)


def _stack(config: RunConfig) -> str:
    """Recurrent layers one above the other, each written out."""
    model, streams = config.model, config.batches.kind == "streams"
    lines = [_symbols_in(model)]
    for index in range(model.layers):
        last = index == model.layers - 1
        lines += _recurrent(model, sequences=streams or not last, stateful=streams)
        if last and model.hidden_units:
            lines.append(pieces.HIDDEN)
        if model.dropout:
            lines.append(_dropout(model.dropout))
    text = pieces.STACK.replace("<LAYERS>", "\n".join(lines))
    text = text.replace("<SHAPE>", "(B, T, vocab_size)" if streams else "(B, vocab_size)")
    return text.replace("<BATCH_SIZE>", "BATCH_SIZE" if streams else "None")


def _recurrent(model: ModelConfig, sequences: bool, stateful: bool) -> list[str]:
    options = {
        "return_sequences": sequences, "stateful": stateful,
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


def _unrolled(config: RunConfig) -> str:
    text = pieces.UNROLLED.replace("<SYMBOLS>", _symbols_in(config.model))
    return text.replace("<CARRY>", pieces.CARRY if config.batches.length > 1 else "")


def _symbols_in(model: ModelConfig) -> str:
    if not _embeds(model):
        return pieces.NUMBERS if model.inputs == "numbers" else pieces.ONE_HOT
    dropout = [_dropout(model.embedding_dropout)] if model.embedding_dropout else []
    return "\n".join([pieces.EMBEDDING, *dropout])


def _embeds(model: ModelConfig) -> bool:
    return model.inputs == "symbols" and model.embedding_size > 0


def _dropout(rate: float) -> str:
    return f"    x = layers.Dropout({rate!r}, seed=next(seeds))(x)"


def _training(config: RunConfig) -> str:
    clipped = _clips_an_embedding(config)
    text = pieces.TRAINING.replace("<CLIPPED>", pieces.CLIPPED.lstrip() if clipped else "")
    text = text.replace("<CLASS>", "Optimizer" if clipped else "keras.optimizers.<OPTIMIZER>")
    text = text.replace("<OPTIMIZER>", OPTIMIZERS[config.training.optimizer])
    text = text.replace("<CLIP>", ", global_clipnorm=CLIP_NORM" if config.training.clip_norm else "")
    return text.replace("<RATE>", RATES[config.training.schedule])


def _main(document: Document) -> str:
    joint = '" "' if document.config.tokenizer.kind == "words" else '""'
    text = pieces.MAIN.replace("<JOINT>", joint)
    return text.replace("<DETERMINISM>", pieces.DETERMINISM if _on_the_processor(document) else "")


def _on_the_processor(document: Document) -> bool:
    """There the learner asks TensorFlow for the same sums in the same order, and so can the script."""
    return (document.device or "").startswith("CPU")


def _clips_an_embedding(config: RunConfig) -> bool:
    return bool(_embeds(config.model) and config.training.clip_norm)


NETWORKS: dict[str, Callable[[RunConfig], str]] = {**dict.fromkeys(RECURRENT, _stack), "unrolled": _unrolled}
