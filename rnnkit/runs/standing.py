"""How a run stands, in one line: its place in the queue, its epoch, the time that is left, with others beside it.

Knows no page.
"""

from __future__ import annotations

from rnnkit.runs.progress import Progress, spoken
from rnnkit.runs.waits import Wait
from rnnkit.store import Run, Status, Wanted
from rnnkit.training import engines


def sentence(run: Run, done: Progress, wait: Wait | None = None) -> str:
    """What stands at its bar. `done`: how far it is. `wait`: of one that waits, or trains beside others."""
    wait = wait or Wait()
    if run.status == Status.QUEUED:
        moves = f" · about {spoken(wait.moves_in)} until yours moves" if wait.moves_in else ""
        return f"Number {wait.place or 1} in the queue{moves}"
    if run.status == Status.STARTING:
        compiles = "" if engines.has_compiled() else ", compiling what trains, once on this machine"
        return f"Starting: reading the text, building the network{compiles}"
    limited = run.config.training.seconds is not None  # the number of epochs is a bound that is not reached
    total = "" if limited else f" of {run.config.training.epochs}"
    if not run.live:
        return f"{run.epochs_done}{total} epochs, {spoken(run.train_seconds) or '0 s'} of training"
    asked = {Wanted.PAUSE: "pausing", Wanted.STOP: "stopping"}.get(run.wanted)
    left = spoken(done.seconds_left) and f"{spoken(done.seconds_left)} left"
    if wait.beside and (ends := spoken(wait.ends_in)):
        left = f"about {ends} until it has ended, with {wait.beside} beside it"
    speed = f"{run.chars_per_second:,.0f} characters a second" if run.chars_per_second else ""
    steps = f"step {done.steps_done:,} of {done.steps:,}" if done.steps else f"{done.epoch_share:.0%} of it"
    facts = [f"Epoch {done.epoch}{total}", steps, asked or left, speed]
    return " · ".join(fact for fact in facts if fact)
