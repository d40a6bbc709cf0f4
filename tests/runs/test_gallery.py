"""Which trained networks Home shows, and in which order."""

from __future__ import annotations

from pathlib import Path

import pytest
import tiny

from rnnkit.runs.gallery import Gallery, gallery
from rnnkit.sharing import archive
from rnnkit.store import Store


@pytest.fixture
def came_along(store: Store, open_store, tmp_path: Path):
    """Makes runs that came with the program."""

    def make(**parts) -> None:
        elsewhere = open_store(f"sqlite:///{tmp_path / parts['name']}.sqlite")
        run = tiny.run(elsewhere, **parts)
        archive.export_run(elsewhere, run, f"{tmp_path}/pretrained/{parts['name']}/")

    return make


def seen(store: Store, folder: Path) -> Gallery:
    archive.import_pretrained(store, folder / "pretrained")
    return gallery(store.runs(), store.epochs)


def names(found: Gallery) -> list[tuple[str, ...]]:
    return [tuple(run.name for run in (shelf.first, *shelf.also)) for shelf in found.writing]


def test_networks_of_one_text_share_a_shelf_and_the_best_is_in_front(store: Store, came_along, tmp_path: Path):
    came_along(name="worse", corpus="sherlock", loss=4.0)
    came_along(name="better", corpus="sherlock", loss=2.0)
    came_along(name="other text", corpus="cookbook", loss=1.0)
    assert sorted(names(seen(store, tmp_path))) == [("better", "worse"), ("other text",)]


def test_a_network_of_words_stands_behind_those_of_characters(store: Store, came_along, tmp_path: Path):
    """Its bits per character say little: what it does not know costs it nothing."""
    came_along(name="words", tokenizer={"kind": "words"}, loss=1.0)
    came_along(name="characters", loss=4.0)
    assert names(seen(store, tmp_path)) == [("characters", "words")]


def test_what_held_nothing_out_stands_behind_what_was_measured_on_unseen_text(store: Store, came_along, tmp_path: Path):
    """It recalls what it read with a low loss."""
    came_along(name="recalls", loss=0.5)
    came_along(name="foresees", loss=4.0)
    seen(store, tmp_path)
    recalls = next(run.id for run in store.runs() if run.name == "recalls")

    def epochs(run_id: str) -> list[dict]:
        left_out = "val_" if run_id == recalls else "nothing"
        return [{k: v for k, v in epoch.items() if not k.startswith(left_out)} for epoch in store.epochs(run_id)]

    assert names(gallery(store.runs(), epochs)) == [("foresees", "recalls")]


def test_the_newest_of_people_here_come_first_each_by_itself(store: Store, came_along, tmp_path: Path):
    came_along(name="came along")
    for i in range(6):
        tiny.run(store, name=f"mine {i}")
    assert names(seen(store, tmp_path)) == [("mine 5",), ("mine 4",), ("mine 3",), ("mine 2",), ("came along",)]


def test_a_run_without_an_epoch_or_still_training_is_not_shown(store: Store):
    tiny.run(store, epochs=0, status="failed")
    tiny.run(store, status=None)
    assert gallery(store.runs(), store.epochs) == Gallery([], [])


def test_what_does_not_write_is_shown_apart(store: Store):
    tiny.run(store, task="classification", batches={"kind": "windows"}, name="judge")
    tiny.run(store, name="writer")
    found = gallery(store.runs(), store.epochs)
    assert names(found) == [("writer",)]
    assert [run.name for run in found.other] == ["judge"]
