"""What a network can be asked to learn: one file each, with its data, its metrics and its way of being tried out.

Knows no Keras, no trainer and no page. To add one: a file here, its entry in TASKS, its name in `config.TASKS`.
"""

from __future__ import annotations

from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError
from rnnkit.tasks.classification import CLASSIFICATION
from rnnkit.tasks.language_model import LANGUAGE_MODEL
from rnnkit.tasks.sequence_to_sequence import SEQUENCE_TO_SEQUENCE
from rnnkit.tasks.series import SERIES
from rnnkit.tasks.task import Batch, Coder, Material, Measure, Script, Task

__all__ = ["TASKS", "Batch", "Coder", "Material", "Measure", "Script", "Task", "of"]

TASKS: dict[str, Task] = {task.name: task for task in (LANGUAGE_MODEL, CLASSIFICATION, SERIES, SEQUENCE_TO_SEQUENCE)}


def of(config: RunConfig) -> Task:
    """The task of a run.

    Raises:
        ConfigError: it is not one that can be trained.
    """
    if config.task not in TASKS:
        raise ConfigError(
            f"task: expected {', '.join(TASKS)}, which can be trained, got {config.task}, "
            "of which only the parameter table can be shown so far"
        )
    return TASKS[config.task]
