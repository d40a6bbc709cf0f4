"""What every task says of itself, so that no other room need know its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rnnkit import config, metrics
from rnnkit.config import RunConfig, parse
from rnnkit.tasks import TASKS, Does, Task, of
from rnnkit.training import keras_learner

ROOT = Path(__file__).parents[2]
every_task = pytest.mark.parametrize("task", TASKS.values(), ids=lambda task: task.name)


def of_task(task: Task) -> RunConfig:
    return parse({"task": task.name})


def test_a_config_names_only_tasks_that_there_are():
    assert set(TASKS) == set(config.ANSWERS)


@every_task
def test_a_task_is_found_by_the_config_that_names_it(task: Task):
    assert of(of_task(task)) is task
    assert task.answers is of_task(task).answers


@every_task
def test_its_form_is_made_of_fields_that_a_config_has(task: Task):
    known = config.fields()
    assert all(any(name.startswith(f"{part}.") for name in known) for part in task.parts)
    assert set(task.unused) <= set(known)
    assert all(name.partition(".")[0] in task.parts for name in task.unused)


@every_task
def test_its_units_its_loss_its_page_and_its_file_are_known_to_those_who_use_them(task: Task):
    assert set(task.units(of_task(task))) <= set(metrics.UNITS)
    assert task.loss(of_task(task)) in keras_learner.LOSSES
    assert task.data_ending.startswith(".")


@every_task
def test_its_card_says_in_sentences_what_it_knows(task: Task):
    assert task.knows.startswith("It ")
    assert task.knows.endswith(".")


def test_only_what_writes_continues_a_prompt():
    assert [task.name for task in TASKS.values() if task.writes] == ["language-model"]
    assert {task.does for task in TASKS.values()} == set(Does)


@every_task
def test_results_are_figures_of_the_best_epoch(task: Task):
    """Whatever its epochs have measured, as long as it is what the task measures."""
    names = ("val_loss", "val_accuracy", "val_bits_per_char", "val_mae", "val_persistence_mae", "loss", "accuracy")
    epochs = [{"epoch": epoch, **dict.fromkeys(names, 0.5 * epoch)} for epoch in (1, 2)]
    said = list(task.results(epochs, epochs[0]))
    assert any("0.500" in part or "50.00%" in part for part in said)
