"""What a network can be asked to learn: one file each, with its data, its metrics and its way of being tried out.

Knows no Keras, no trainer and no page. To add one: a file here, its entry in TASKS, and in `config.ANSWERS` what its
networks answer with.
"""

from __future__ import annotations

from rnnkit.config import RunConfig
from rnnkit.tasks.classification import CLASSIFICATION
from rnnkit.tasks.language_model import LANGUAGE_MODEL
from rnnkit.tasks.sequence_to_sequence import SEQUENCE_TO_SEQUENCE
from rnnkit.tasks.series import SERIES
from rnnkit.tasks.task import Batch, Does, Measure, Script, Task, TaskData, TokenizerState, WholeText

__all__ = ["TASKS", "Batch", "Does", "Measure", "Script", "Task", "TaskData", "TokenizerState", "WholeText", "of"]

TASKS: dict[str, Task] = {task.name: task for task in (LANGUAGE_MODEL, CLASSIFICATION, SERIES, SEQUENCE_TO_SEQUENCE)}


def of(config: RunConfig) -> Task:
    """The task of a run."""
    return TASKS[config.task]
