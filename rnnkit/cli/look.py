"""Commands that only look: texts, presets, parameters, runs, and the store's health."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import asdict
from operator import itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from cyclopts import Parameter

from rnnkit.cli.answer import FAULT, Answer, lines, open_store, table
from rnnkit.cli.options import Description, Run, file_bytes, text_named
from rnnkit.errors import ConfigError, TooShort

if TYPE_CHECKING:
    from rnnkit.config import RunConfig
    from rnnkit.store import Run as StoredRun
    from rnnkit.store import Store
    from rnnkit.texts.decoding import Decoded
    from rnnkit.texts.personal import Looked

# What is shown of an epoch, where its task measures it.
_MEASURED = (
    "epoch", "step", "loss", "val_loss", "val_loss_full", "test_loss", "accuracy", "val_accuracy", "test_accuracy",
    "bits_per_char", "seconds", "chars_per_second",
)  # fmt: skip


def corpora(name: str | None = None, /, *more: Annotated[str, Parameter(show=False)]) -> Answer:
    """List the texts, show one, or add one.

    python -m rnnkit corpora
    python -m rnnkit corpora sherlock
    python -m rnnkit corpora add diary.txt --name "My diary"

    Args:
        name: a corpus to show; without one, all are listed
    """
    from rnnkit.texts import corpora

    if more:
        raise ConfigError(f"corpora: expected one name, or `add FILE`, got {name!r} and {more[0]!r}")
    with open_store() as store:
        if name is not None:
            info = corpora.info(name, store).to_json()
            return Answer(info, lines(info))
        rows = [info._asdict() for info in corpora.catalogue(store)]
    return Answer(rows, table(rows, "name", "title", "chars", "vocab", "licence"))


def add_corpus(
    file: str | None = None, /, *, name: str | None = None, encoding: str | None = None, nfc: bool = True,
    fold: int = 0, redact: bool = False,
) -> Answer:  # fmt: skip
    """Add a text of your own; says in which encoding it was read, what was changed and what in it is personal.

    python -m rnnkit corpora add diary.txt --name "My diary"
    python -m rnnkit corpora add old.txt --encoding cp852 --fold 5
    python -m rnnkit corpora add chat.txt --redact

    Args:
        file: a text file
        name: what to call it; without one, the file's name
        encoding: what it is in, e.g. cp1250; without one, it is found
        nfc: write each letter and its marks as one character
        fold: replace characters that occur fewer times than this
        redact: put placeholders in the place of e-mail addresses, telephone and account numbers, streets and user names
    """
    from rnnkit.texts import own

    if file is None:
        raise ConfigError("corpora add: expected the name of a file, got nothing")
    data = file_bytes("corpora add", file)
    brought = own.read(data, encoding, nfc=nfc, fold=fold)
    with open_store() as store:
        return _kept(store, brought, name or Path(file).stem, data, redact)


def read_corpus(
    corpus: str | None = None, /, *, name: str | None = None, encoding: str | None = None, nfc: bool = True,
    fold: int = 0,
) -> Answer:  # fmt: skip
    """Read a text of your own anew, in another encoding: a second text, as runs may need the first.

    python -m rnnkit corpora read "My diary" --encoding cp852

    Args:
        corpus: a text whose file was kept, as it is in none of Unicode's encodings for certain
        name: what to call it; without one, as it was called and the encoding
        encoding: what it is in, e.g. cp1250; without one, it is found
        nfc: write each letter and its marks as one character
        fold: replace characters that occur fewer times than this
    """
    from rnnkit.texts import corpora, own

    if corpus is None:
        raise ConfigError("corpora read: expected a text, got nothing")
    with open_store() as store:
        info = corpora.info(corpus, store)
        brought, data = own.again(store, info.name, encoding, nfc=nfc, fold=fold)
        return _kept(store, brought, name or f"{info.title} ({brought.encoding})", data)


def _kept(store: Store, brought: Decoded, title: str, data: bytes, redact: bool = False) -> Answer:
    """Keep a text; how it was read, what was changed, what it could also be and what in it is personal."""
    from rnnkit.texts import corpora, own, personal

    looked = personal.find(brought.text, *((None, None) if redact else ()))
    if redact:
        title = personal.redacted(title, personal.find(title).found)
        decoded, original = own.changed(brought, personal.redacted(brought.text, looked.found), data)
    else:
        decoded, original = brought, data
    already = own.already_here(store, decoded.text)
    info = corpora.info(own.add(store, decoded, title, original), store).to_json()
    notes = [*brought.notes, *filter(None, [_personal(looked, redact), already])]
    info |= {"encoding": brought.encoding, "replaced": brought.replaced, "personal": looked.counts, "redacted": redact}
    others = [one._asdict() for one in brought.candidates[1:]]
    unsure = [] if brought.certain else [f"Could also be {one['encoding']}: {one['preview']}" for one in others]
    said = "\n".join([*notes, *unsure])
    shown = {key: value for key, value in info.items() if key not in ("personal", "redacted")}
    return Answer(info | {"notes": notes, "candidates": others}, f"{lines(shown)}\n\n{said}".rstrip())


def _personal(looked: Looked, redacted: bool) -> str:
    """The sentence about what was found; empty for nothing."""
    if not looked.found:
        return looked.share
    did = "replaced by placeholders" if redacted else "kept as they are; --redact puts placeholders in their place"
    return f"May be personal: {looked}; {did}. {looked.share}".rstrip()


def presets() -> Answer:
    """List the presets: settings with a name, ready to train.

    python -m rnnkit presets
    """
    from rnnkit.presets import PRESETS

    rows = [{"name": p.name, "title": p.title, "source": p.source, "task": p.task} for p in PRESETS.values()]
    return Answer(rows, table(rows, "name", "title", "source", "task"))


def params(*, described: Description = Description()) -> Answer:
    """Show the parameters of a network, layer by layer.

    python -m rnnkit params --preset lstm-classifier
    python -m rnnkit params --preset cookbook-gru --set model.units=256
    """
    from rnnkit import architectures
    from rnnkit.training import queueing

    config = described.build()
    with _store_of_texts(*config.corpora) as store:
        network = architectures.parameter_table(config, queueing.vocab_size(config, store))
        cost = _cost(config, store)
    total = sum(layer.params for layer in network)
    layers = [
        {"name": layer.name, "kind": layer.kind, "shape": list(layer.output_shape), "params": layer.params}
        for layer in network
    ]
    shown = [layer | {"shape": str(tuple(of.output_shape))} for layer, of in zip(layers, network, strict=True)]
    text = f"{table(shown, 'name', 'kind', 'shape', 'params')}\n\n{total:,} parameters\n{cost}".rstrip()
    return Answer({"layers": layers, "total": total}, text)


def _cost(config: RunConfig, store: Store | None) -> str:
    """What training would take, or the sentence why it cannot be."""
    from rnnkit.training import cost, queueing

    try:
        measured = queueing.measure(config, store)
    except TooShort as error:
        return str(error)
    needs = cost.estimate(config, measured.vocab_size, measured.symbols, measured.plan)
    return (
        f"{config.corpus}: {measured.symbols:,} symbols, {measured.vocab_size:,} different, in "
        f"{needs.steps_per_epoch:,} batches an epoch; needs about {needs.memory_bytes / 1e9:.1f} GB of memory, "
        f"as one-hot arrays it would be {needs.one_hot_bytes / 1e9:.1f} GB more"
    )


def references(corpus: str, /, *, tokens: Literal["characters", "words"] = "characters") -> Answer:
    """Measure baselines on a text: uniform, n-grams and xz.

    python -m rnnkit references tinyshakespeare

    Args:
        corpus: a text; its last 10 % is predicted from the rest
        tokens: what one token is
    """
    from rnnkit.config import BatchConfig, TokenizerConfig
    from rnnkit.studies import baselines
    from rnnkit.texts import corpora, tokenizers

    corpus = text_named(corpus)
    with _store_of_texts(corpus) as store:
        text = corpora.load(corpus, store)
    tokenizer, batches = tokenizers.build(text, TokenizerConfig(kind=tokens)), BatchConfig()
    ids, began = tokenizer.encode(text).ids, time.perf_counter()
    found = baselines.references(tokenizer, ids, batches)
    seconds = time.perf_counter() - began
    bits = len(ids) / len(text) / math.log(2)  # per character, for one nat per symbol
    rows = [
        {"name": one.name, "nats": one.nats, "bits_per_char": one.nats * bits, "perplexity": math.exp(one.nats)}
        for one in found
    ]
    facts = {
        "corpus": corpus, "tokens": tokens, "symbols": len(ids), "vocab_size": tokenizer.vocab_size,
        "validation_fraction": batches.validation_fraction, "seconds": seconds,
    }  # fmt: skip
    text = f"{lines(facts)}\n\n{table(rows, 'name', 'nats', 'bits_per_char', 'perplexity')}"
    return Answer(facts | {"references": rows}, text)


@contextmanager
def _store_of_texts(*names: str) -> Iterator[Store | None]:
    """The store where one of the texts is kept in it; other texts need none, and then none is opened."""
    from rnnkit.texts import own

    with open_store() if any(map(own.is_own, names)) else nullcontext() as store:
        yield store


def runs(*, tag: str | None = None) -> Answer:
    """List the runs.

    python -m rnnkit runs
    python -m rnnkit runs --tag homework

    Args:
        tag: only those that have it
    """
    with open_store() as store:
        rows = [_row(run) for run in store.runs() if tag is None or tag in run.tags]
    return Answer(rows, table(rows, "run", "name", "preset", "corpus", "status") if rows else "No runs yet.")


def _row(run: StoredRun) -> dict[str, Any]:
    return {"run": run.id} | {key: getattr(run, key) for key in ("name", "preset", "corpus", "status", "pretrained")}


def show(run: Run, /) -> Answer:
    """Show one run and its epochs, and what is wrong where something is.

    python -m rnnkit show RUN
    """
    from rnnkit.metrics import epoch_number
    from rnnkit.runs.troubles import troubles
    from rnnkit.training import planning

    with open_store() as store:
        found, epochs, kept = store.run(run), store.epochs(run), store.kept(run)
        states, moments, wrong = store.state_epochs(run), store.moments(run), troubles(store, found)
    document = _row(found) | {"config": found.config.model_dump(mode="json")}
    document |= {key: getattr(found, key) for key in ("params", "device", "step", "steps", "message", "log")}
    document |= {"tags": list(found.tags)}
    if (plan := planning.stored(found)) and found.live:
        done = planning.steps_done(found, epochs)
        document |= {"steps_done": done, "seconds_left": plan.seconds_left(done, found.train_seconds)}
    document |= {
        "plan": plan and asdict(plan),
        "checkpoints": [one.epoch for one in kept],
    }
    document |= {"pinned": [one.epoch for one in kept if one.pinned], "optimizer_states": states, "epochs": epochs}
    document |= {"moments": moments, "kept": [{"epoch": one.epoch, "step": one.step} for one in kept]}
    document |= {"troubles": wrong}
    hidden = [
        "config",
        "epochs",
        "moments",
        "kept",
        *([] if wrong else ["troubles"]),
        *([] if found.tags else ["tags"]),
    ]
    head = {key: value for key, value in document.items() if key not in hidden and value is not None}
    rows = [one | {"epoch": epoch_number(one["epoch"])} for one in sorted([*epochs, *moments], key=itemgetter("step"))]
    measured = table(rows, *(name for name in _MEASURED if any(name in row for row in rows)))
    return Answer(document, f"{lines(head)}\n\n{measured}" if rows else lines(head))


def check() -> Answer:
    """Check that the store is sound: every rule that must hold after a crash.

    python -m rnnkit check
    """
    with open_store() as store:
        problems = store.check()
    return Answer({"problems": problems}, "\n".join(problems) or "The store is sound.", FAULT if problems else 0)
