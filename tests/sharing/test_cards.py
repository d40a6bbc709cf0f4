"""The card of an exported run: figures, limits, samples, and the command that makes it again."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import tiny

from rnnkit.config import with_settings
from rnnkit.presets import PRESETS
from rnnkit.sharing import cards, manifest
from rnnkit.sharing.archive import export_run
from rnnkit.store import Sample, Store


def test_the_card_says_text_licence_figures_and_samples_of_the_last_epoch(store: Store, tmp_path: Path):
    run = tiny.run(store, epochs=5, corpus="sherlock", name="Holmes & <b>Watson</b>")
    text = (export_run(store, run, f"{tmp_path}/out/") / "README.md").read_text("utf-8")
    assert text.startswith("# Holmes \\& \\<b\\>Watson\\</b\\>\n")
    for part in ("Sherlock", "licence of the text", "| 5 | 0.6000 | 0.7000 |", "what epoch 5 wrote", "Temperature 1,"):
        assert part in text, part
    assert "what epoch 4 wrote" not in text


def test_the_card_says_what_the_figures_do_not_show(store: Store, tmp_path: Path):
    run = tiny.run(store, epochs=2, training={"epochs": 5})
    export_run(store, run, f"{tmp_path}/run/", bits=16)
    card = (tmp_path / "run" / "README.md").read_text("utf-8")
    assert "* The held-out loss was still falling at the last epoch" in card
    assert "* It was stopped after 2 of 5 epochs." in card
    assert "* Its weights were rounded to 16 bits" in card
    learned_by_heart = tiny.run(store, epochs=1, status=None)
    tiny.train(store, learned_by_heart, 1, loss=9.0)
    export_run(store, learned_by_heart, f"{tmp_path}/heart/")
    card = (tmp_path / "heart" / "README.md").read_text("utf-8")
    assert "lowest after epoch 1 (3.1000, the epoch chosen on it); by epoch 2 it was 4.6000" in card
    assert "rounded" not in card


def test_the_card_names_every_text_of_a_classifier(store: Store, tmp_path: Path):
    run = tiny.run(store, task="classification", corpus="cookbook+python", batches={"kind": "windows"})
    export_run(store, run, f"{tmp_path}/run/")
    card = (tmp_path / "run" / "README.md").read_text("utf-8")
    assert "A cookbook made up by a grammar; Python's standard library" in card
    assert "PSF License" in card


def test_the_command_in_the_card_makes_the_same_config(store: Store, tmp_path: Path):
    wanted = with_settings(
        PRESETS["sherlock-bilstm"].config,
        {"training.epochs": 2, "sampling.prompt": "it's $HOME; \"rm\"", "sampling.temperatures": "0,1.5",
         "tokenizer.vocab_size": 50, "model.units": 8, "corpus": "tiny", "training.seed": 1, "training.patience": 0,
         "batches.validation_fraction": 0.0, "tokenizer.unknown_symbol": True},
    )  # fmt: skip
    parts = wanted.model_dump(mode="json")
    run = tiny.run(store, epochs=1, **parts)
    text = (export_run(store, run, f"{tmp_path}/out/") / "README.md").read_text("utf-8")
    words = shlex.split(re.search("python -m rnnkit train --preset .*", text).group())
    assert words[4:6] == ["--preset", "sherlock-bilstm"]
    settings = dict(word.split("=", 1) for word in words[7::2])
    assert set(words[6::2]) == {"--set"}
    made = with_settings(PRESETS["sherlock-bilstm"].config, settings)
    assert made == store.run(run).config.model_copy(update={"name": made.name})


def test_a_text_cannot_end_its_own_code_block(store: Store, tmp_path: Path):
    run = tiny.run(store, epochs=0, status=None)
    hostile = "```\n<script>alert(1)</script>\n````\n# heading"
    store.lease(run, tiny.TRAINER).finish_epoch(
        epoch=1, metrics=tiny.metrics(1), samples=[Sample(1, 1.0, "", 0, hostile)],
        checkpoint=tiny.arrays(tiny.config(), store.run(run).vocab_size), resume={}, state={}, train_seconds=1.0,
    )  # fmt: skip
    text = (export_run(store, run, f"{tmp_path}/out/") / "README.md").read_text("utf-8")
    assert f"`````\n{hostile}\n`````" in text


def test_figures_have_the_titles_and_the_digits_of_their_metrics(store: Store):
    titles, (first, *_) = cards.figures(manifest.of_run(store, tiny.run(store, epochs=2)))
    assert titles[:5] == ["epoch", "loss", "held-out loss", "bits per character", "held-out bits per character"]
    assert first[:3] == ["1", "3.0000", "3.1000"]
    assert first[titles.index("held-out accuracy")] == "30.00%"


def test_a_held_out_loss_that_was_no_number_is_never_called_the_lowest(store: Store):
    run = tiny.run(store, epochs=1, status=None)
    lease = store.lease(run, tiny.TRAINER)
    figures = {"loss": 0.1, "val_loss": float("nan")}
    lease.finish_epoch(
        epoch=2, metrics=figures, checkpoint=tiny.arrays(store.run(run).config, store.run(run).vocab_size),
        samples=[], resume={}, state={}, train_seconds=4.0,
    )  # fmt: skip
    assert "still falling" in " ".join(cards.limits(manifest.of_run(store, run)))
