"""The words that a run's status may be, and what one may ask of its trainer. Knows no table."""

from __future__ import annotations

from enum import StrEnum


class Status(StrEnum):
    """Where a run stands; the values are what the database and JSON say."""

    QUEUED = "queued"
    STARTING = "starting"  # given to a trainer that has not begun yet
    TRAINING = "training"
    PAUSED = "paused"
    STOPPED = "stopped"
    FINISHED = "finished"
    DIVERGED = "diverged"
    FAILED = "failed"


class Wanted(StrEnum):
    """What a trainer is asked to do. LEAVE comes from a signal and never stands in the store."""

    RUN = "run"
    PAUSE = "pause"
    STOP = "stop"
    LEAVE = "leave"  # keep the place and give the run back to the queue


ACTIVE = (Status.STARTING, Status.TRAINING)
WAITING_OR_ACTIVE = (Status.QUEUED, *ACTIVE)
ENDED = (Status.PAUSED, Status.STOPPED, Status.FINISHED, Status.DIVERGED, Status.FAILED)
FAILURES = (Status.DIVERGED, Status.FAILED)
RESUMABLE = (Status.PAUSED, Status.STOPPED, Status.FAILED)
ENDS_AS = {Wanted.PAUSE: Status.PAUSED, Wanted.STOP: Status.STOPPED}  # the status a wish leads to
