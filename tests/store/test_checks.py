"""The health check finds what is planted."""

from __future__ import annotations

import re
import shutil
import sqlite3
from pathlib import Path

import pytest
from pretend import ME, training

from rnnkit.errors import (
    StoreError,
)
from rnnkit.store import Store


def sql(store: Store, *statements: str) -> None:
    """Change rows behind the store's back."""
    with sqlite3.connect(store.place) as connection:
        for statement in statements:
            assert connection.execute(statement).rowcount != 0, f"{statement}: plants nothing"
    connection.close()


FAULTS = {
    "unknown status": ("UPDATE runs SET status='asleep'", "expected a status that exists, got 'asleep'"),
    "unknown wish": ("UPDATE runs SET wanted='dance'", "got 'dance'"),
    "ended with trainer": ("UPDATE runs SET trainer='x'", "expected no trainer while stopped, got 'x'"),
    "active without trainer": ("UPDATE runs SET status='training'", "expected a trainer while training, got none"),
    "pretrained alone": ("UPDATE runs SET pretrained=1", "expected one that came with the program to be imported"),
    "imported and queued": ("UPDATE runs SET imported=1, status='queued'", "expected an imported run to have ended"),
    "tags torn": ("UPDATE runs SET tags='[\"ho'", "expected a list of tags"),
    "tag twice": ("UPDATE runs SET tags='[\"a\", \"a\"]'", "expected a list of tags"),
    "another task": ("UPDATE runs SET task='series'", "expected lists to say the task 'language-model'"),
    "another device": ("UPDATE runs SET asked_device='gpu'", "expected lists to say the asked_device 'auto'"),
    "another best loss": ("UPDATE runs SET best_loss=0.1", "expected best_loss .* of its best epoch, got 0.1"),
    "lost epoch": ("DELETE FROM epochs WHERE epoch=2", "expected the epochs 1 to 14, got 1, 3,"),
    "epoch too many": ("UPDATE runs SET epochs_done=13", "expected the epochs 1 to 13, got 1, 2,"),
    "metrics of another": ("UPDATE epochs SET metrics='{\"epoch\": 9}' WHERE epoch=2", "metrics of epoch 2"),
    "metrics torn": ("UPDATE epochs SET metrics='{\"ep' WHERE epoch=2", "expected the metrics of epoch 2"),
    "no last checkpoint": ("DELETE FROM checkpoints WHERE epoch=14", "expected a checkpoint of its last epoch 14"),
    "checkpoint missing": ("DELETE FROM checkpoints WHERE epoch=5", "too many or too few: 5"),
    "checkpoint too many": (
        "INSERT INTO checkpoints SELECT run, 70, 7, sha256, arrays, 0 FROM checkpoints WHERE epoch=5",
        "too many or too few: 7",
    ),
    "checkpoint of no epoch": ("UPDATE checkpoints SET epoch=99 WHERE epoch=5", "expected a finished epoch 99"),
    "samples of no epoch": ("UPDATE samples SET epoch=99 WHERE epoch=5", "samples of run"),
    "checkpoint at another step": ("UPDATE checkpoints SET step=55 WHERE epoch=5", "epoch 5 at step 55, got none"),
    "samples at another step": ("UPDATE samples SET step=55 WHERE epoch=5", "samples .* epoch 5 at step 55, got none"),
    "steps backwards": ("UPDATE epochs SET step=25 WHERE epoch=1", "expected epochs to grow with the steps"),
    "samples of no run": ("UPDATE samples SET run='nobody' WHERE epoch=5", "samples: expected a run nobody, got none"),
    "device of nobody": ("UPDATE runs SET device_id='gpu0'", "expected no device without a trainer, got 'gpu0'"),
    "points of no run": ("UPDATE points SET run='nobody'", "points: expected a run nobody, got none"),
    "resume of no run": ("UPDATE resume SET run='nobody'", "resume: expected a run nobody, got none"),
    "broken foreign key": ("UPDATE resume SET run='nobody'", "names no runs"),
    "damaged checkpoint": ("UPDATE checkpoints SET arrays=x'00' WHERE epoch=5", "checkpoints .* 50: expected checksum"),
    "damaged resume state": ("UPDATE resume SET arrays=x'00'", "resume .*: expected checksum"),
    "damaged text": ("UPDATE texts SET content=x'00'", "texts text-.*: expected checksum"),
    "resume state behind": ("UPDATE resume SET epoch=13", "expected a resume state after epoch 14, got 13"),
    "resume state beyond": ("UPDATE resume SET step=11", "expected a resume state within 10 batches, got batch 11"),
    "no resume state": ("DELETE FROM resume", "expected a state to resume from after epoch 14, got none"),
    "state of a common epoch": (
        "INSERT INTO resume SELECT run, 7, 0, state, sha256, arrays FROM resume",
        "expected states of its last, best and pinned epochs, got one after epoch 7",
    ),
    "seconds backwards": ("UPDATE points SET seconds=0.5 WHERE step=100", "expected the seconds of its curve to grow"),
    "two schedulers": ("INSERT INTO scheduler VALUES (2, NULL, 0, 0, '{}')", "expected one row with id 1, got 2"),
    "no scheduler": ("DELETE FROM scheduler", "expected one row with id 1, got 0"),
    "no vocabulary": ("UPDATE runs SET tokenizer=NULL", "expected a vocabulary and its size once"),
    "vocabulary of another": ("UPDATE runs SET vocab_size=3", "expected a vocabulary of 3 tokens, got 2"),
    "vocabulary torn": ("UPDATE runs SET tokenizer='{'", "expected a vocabulary of 2 tokens, got None"),
    "config torn": ("UPDATE runs SET config='{'", "expected a config that can be read"),
    "config unknown": ("UPDATE runs SET config='{\"speed\": 1}'", "expected a config that can be read"),
    "half a parent": ("UPDATE runs SET parent='abc'", "expected a parent with its epoch or neither"),
    "parent ahead": ("UPDATE runs SET parent='a', parent_epoch=15", "expected to stand after epoch 15"),
    "batches beyond": ("UPDATE runs SET step=11", "expected between 0 and 10 batches"),
}  # fmt: skip


@pytest.fixture(scope="module")
def sound_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with one stopped run of 14 epochs and one text, in which all is well."""
    path = tmp_path_factory.mktemp("sound") / "rnnkit.sqlite"
    store = Store(f"sqlite:///{path}")
    store.lease(training(store, epochs=14), ME).end("stopped")
    store.add_text("88d4266fd4e6338d13b845fcf289579d209c897823b9217da3e161936f031589", "four letters", "abcd")
    assert store.check() == []
    store.close()
    return path


@pytest.mark.parametrize(("plant", "sentence"), FAULTS.values(), ids=FAULTS)
def test_the_check_finds(sound_file: Path, home: Path, open_store, plant: str, sentence: str):
    home.mkdir()
    shutil.copy(sound_file, home / "rnnkit.sqlite")
    store = open_store(None)
    sql(store, plant)
    assert any(re.search(sentence, found) for found in store.check()), store.check()


def test_the_check_finds_a_torn_page(store: Store):
    run = training(store, epochs=14)
    store.lease(run, ME).end("stopped")
    store.close()
    with open(store.place, "r+b") as file:
        file.seek(4096 * 5 + 8)
        file.write(b"\xff" * 2000)
    try:
        said = store.check()
    except StoreError as error:  # so torn that not even the tables can be read
        said = [str(error)]
    assert said
