"""One checkpoint of a language model as one HTML file that writes by itself: weights, vocabulary and a writer.

The writer is the JavaScript of this folder: one file of cells/ for each architecture, beside it the engine's random
numbers, samplers and tokenizers. Knows no page of the dashboard.

Its texts are the engine's. The random numbers are NumPy's bit for bit, the samplers compute in double precision in the
same order, and every float32 result is rounded where the engine rounds it. Only sums of products differ: BLAS adds them
in an order of its own, here they are added in double precision and rounded once. So logits differ by about 1e-6, and
another symbol is drawn only where a draw falls that near to the border between two: for 100 symbols in about one of
100,000 draws, as on a machine with another BLAS. Equal logits, the first of which is taken, stay equal.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from markupsafe import Markup

from rnnkit import metrics, tasks
from rnnkit.engine import RULES
from rnnkit.errors import ExportError
from rnnkit.sharing.manifest import provenance_of
from rnnkit.sharing.report import PAGES
from rnnkit.store import Store
from rnnkit.studies import checkpoint, sampling
from rnnkit.studies.checkpoint import LAST, At, Checkpoint
from rnnkit.texts.tokenizers import Tokenizer

FOLDER = Path(__file__).parent
SCRIPTS = ("random", "arithmetic", "networks", "sampling", "tokenizer")  # the cells follow, then the page
MOST_BYTES = 400_000_000  # of weights in base64: a browser holds no longer text
MOST_TEMPERATURES = 3  # that are side by side at first
BITS = (32, 16)


def page(store: Store, run_id: str, at: At = LAST, bits: int = 32) -> bytes:
    """The page, UTF-8. Four bytes of a weight are 5.3 of the page: 6.4 MB for 1.2 million of them.

    Args:
        at: a kept checkpoint, as `checkpoint.load` takes it.
        bits: of each weight. 16 halves the page and rounds: its text is that of the rounded network. What is known
            with 16 bits already takes no more, whatever is asked.

    Raises:
        ExportError: the run is no language model, its network is too large for a page, or a weight for 16 bits.
        UnknownRun, UnknownEpoch, DamagedCheckpoint: as `checkpoint.load`.
    """
    if bits not in BITS:
        raise ExportError(f"bits: expected 32 or 16 for a page, got {bits}")
    run = store.run(run_id)
    if not tasks.of(run.config).writes:
        raise ExportError(f"run {run_id}: expected a language model for a page that writes, got a {run.config.task}")
    asked = checkpoint.load(store, run, at)
    script, style = Markup(bundle()), Markup(_read("page.css"))
    facts = facts_of(store, asked)
    made = PAGES.get_template("webpage/page.html").render(
        name=run.config.name or f"Run {run.id}", about=_about(asked), facts=facts, rules=RULES,
        source=_source(facts), knows=tasks.of(run.config).knows, data=Markup(_as_script(_data(store, asked, bits))),
        script=script, script_hash=_hash(script), style=style, style_hash=_hash(style),
    )  # fmt: skip
    return made.encode("utf-8", "replace")


def bundle(names: tuple[str, ...] = (*SCRIPTS, "cells", "page")) -> str:
    """The scripts of these names as one, that of every architecture for `cells`."""
    return '"use strict";\n' + "\n".join(_read(file) for name in names for file in _files(name))


def _files(name: str) -> Iterator[str]:
    if name != "cells":
        yield f"scripts/{name}.js"
        return
    yield from (f"cells/{file.name}" for file in sorted((FOLDER / "cells").glob("*.js")))


def _read(file: str) -> str:
    return (FOLDER / file).read_text("utf-8")


def _hash(text: str) -> str:
    """As a content security policy names what may stand in a page."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _as_script(data: dict[str, Any]) -> str:
    """JSON that no browser takes for the end of its script."""
    return json.dumps(data).replace("<", "\\u003c")


# ---- what a page holds


def network_data(asked: Checkpoint[Tokenizer], bits: int = 32) -> dict[str, Any]:
    """The network as `openNetwork` of scripts/networks.js takes it. Raises ExportError as `page`."""
    network, config = asked.network, asked.run.config
    if sum(array.size for array in network.arrays.values()) * 16 // 3 > MOST_BYTES:
        raise ExportError(
            f"run {asked.run.id}: expected a network whose page is at most {MOST_BYTES:,} bytes, got more"
        )
    table, parts = [], []
    for name, array in network.arrays.items():
        stored = _stored(name, array, bits)
        table.append({"name": name, "size": array.size, "bits": stored.itemsize * 8})
        parts.append(stored.tobytes())
    return {
        "model": config.model.model_dump(mode="json"), "kind": config.batches.kind, "length": config.batches.length,
        "vocabulary": network.vocab_size, "outputs": network.outputs, "arrays": table,
        "weights": base64.b64encode(b"".join(parts)).decode(),
    }  # fmt: skip


def _stored(name: str, array: np.ndarray, bits: int) -> np.ndarray:
    """Little-endian; with 16 bits where that is asked or loses nothing."""
    with np.errstate(over="ignore"):
        short = array.astype("<f2")
    if bits == 16 and not np.isfinite(short).all():
        raise ExportError(f"array {name!r}: expected weights below 65,504 for 16 bits, got larger ones; take 32")
    return short if bits == 16 or np.array_equal(short.astype(np.float32), array) else array.astype("<f4")


def _data(store: Store, asked: Checkpoint[Tokenizer], bits: int) -> dict[str, Any]:
    """The network, its vocabulary, and what the controls show at first."""
    wanted = asked.run.config.sampling
    begin = {
        "prompt": sampling.default_prompt(store, asked.run, asked.codec), "seed": wanted.seed,
        "length": wanted.length or 300, "temperatures": list(dict.fromkeys(wanted.temperatures))[:MOST_TEMPERATURES],
    }  # fmt: skip
    return {**network_data(asked, bits), "tokenizer": asked.codec.to_json(), "begin": begin}


def _about(asked: Checkpoint[Tokenizer]) -> str:
    config, size = asked.run.config, sum(array.size for array in asked.network.arrays.values())
    return (
        f"A network of {size:,} parameters that learned to write from a text, {config.tokenizer.kind[:-1]} by "
        f"{config.tokenizer.kind[:-1]}."
    )


def facts_of(store: Store, asked: Checkpoint[Any]) -> dict[str, str]:
    """What the network is and where it comes from, as it was written: to be escaped by whoever shows it."""
    run, config = asked.run, asked.run.config
    corpus = provenance_of(store, run).get("corpus", {})
    rows = [*store.epochs(run.id), *store.moments(run.id)]
    row = next((one for one in rows if one["epoch"] == asked.epoch), {"epoch": asked.epoch})
    figures = {name: metrics.written(row, name) for name in ("val_bits_per_char", "val_loss", "loss")}
    size = sum(array.size for array in asked.network.arrays.values())
    found = {
        "text": corpus.get("title") or run.corpus,
        "source of the text": corpus.get("source"),
        "licence of the text": corpus.get("licence"),
        "network": f"{config.model.architecture}, {config.model.layers} x {config.model.units} units",
        "parameters": f"{size:,}",
        "vocabulary": f"{asked.network.vocab_size:,}",
        "checkpoint": metrics.moment(asked.epoch, asked.step),
        **{metrics.metric(name).title: figure for name, figure in figures.items()},
        "trained on": run.device,
        "run": f"{run.id} of rnnkit",
    }
    return {name: value for name, value in found.items() if value}


def _source(facts: dict[str, str]) -> str:
    said = [f"It has read: {facts['text']}"]
    said += [facts[name] for name in ("source of the text", "licence of the text") if name in facts]
    return ". ".join(part.rstrip(".") for part in said) + "."
