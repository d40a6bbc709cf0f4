"""One run as the wall knows it: its curve in few points, what was measured, the newest line that it wrote.

Read for many runs at once (`Store.several`), little by little. Knows no class, no name of anybody, no route.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Any

from rnnkit import metrics, tasks
from rnnkit.runs import comparison, progress
from rnnkit.store import Run, Status
from rnnkit.store.changes import Asked, Mean, Several

MOST_POINTS, MOST_MEASURED = 36, 18  # of a curve, and of its held-out losses
MOST_LINE, MOST_TEXT = 90, 240  # characters of the newest line, and of the beginning of the newest text
STATES = {
    Status.QUEUED: "waits", Status.STARTING: "starts", Status.TRAINING: "trains", Status.PAUSED: "paused",
    Status.STOPPED: "stopped", Status.FINISHED: "finished", Status.DIVERGED: "diverged", Status.FAILED: "failed",
}  # fmt: skip
Place = tuple[int, int, str, float]  # finished epochs, batches of the next, status, seconds of training; as JSON a list


def place_of(run: Run) -> Place:
    """Where a run is now."""
    return run.epochs_done, run.step, str(run.status), round(run.train_seconds, 1)


def as_it_was(run: Run, place: Place) -> Run:
    """The run when it was there."""
    done, step, status, seconds = place
    return dataclasses.replace(run, epochs_done=done, step=step, status=Status(status), train_seconds=seconds)


class Tile:
    """What is known of a run. `take` what was asked for, then `told`. `ends`: nothing later than this run is."""

    def __init__(self, run: Run, *, ends: bool = False):
        self.run, self._ends = run, ends
        self.in_bits = "bits" in comparison.units([run.config])
        self.line = self.text = ""
        self._begin()

    def _begin(self) -> None:
        self._width, self._from = 1, 0
        self._curve: list[Mean] = []
        self._held: list[tuple[float, float]] = []  # seconds, nats per token
        self._wholes: list[dict[str, Any]] = []  # the last finished epochs
        self._measured = self._written = -1

    # ---- reading

    @property
    def at(self) -> int:
        """Batches behind it."""
        return self.run.epochs_done * self.run.steps + self.run.step

    def asks(self, run: Run) -> Asked | None:
        """What to read of the run, which is as it is now; None where it is as it was."""
        before, old = self.at, self.run
        self.run = run
        if self.at < before:
            self._begin()
        elif self._measured >= 0 and _moves(old) == _moves(run):
            return None
        while self.at // self._width > MOST_POINTS:
            self._width *= 2
            self._from, self._curve = 0, []
        asked = Asked(run.id, self._from, self._width, self._measured, self._written)
        return asked._replace(upto=self.at) if self._ends else asked

    def take(self, found: Several) -> None:
        """What was read."""
        points, measured = found.points.get(self.run.id, []), found.measured.get(self.run.id, [])
        if points:
            self._curve = [one for one in self._curve if one.step < self._from] + points
            self._from = int(points[-1].step) // self._width * self._width
        for one in measured:
            seconds, loss = one.get("elapsed_seconds"), metrics.unseen(one, "loss")
            if loss is not None:
                self._held.append((seconds or self._seconds(one["step"]), loss))
            if one["whole"]:
                self._wholes = [*self._wholes[-2:], one]
        self._measured = max([self._measured, 0, *(one["step"] for one in measured)])
        if samples := found.texts.get(self.run.id):
            self._written = samples[-1].step
            self.text = samples[len(samples) // 2].text[:MOST_TEXT].strip()
            self.line = readable_line(samples[len(samples) // 2].text)

    def _seconds(self, step: int) -> float:
        known = [one.seconds for one in self._curve if one.step <= step]
        return known[-1] if known else self.run.train_seconds

    # ---- telling

    @property
    def bits_per_nat(self) -> float:
        """Bits per character for one nat per token, as its epochs measured it."""
        return progress.bits_per_nat(self._wholes)

    @property
    def best(self) -> float | None:
        """The lowest held-out loss so far, nats per token."""
        return min((loss for _, loss in self._held), default=None)

    def told(self, three: float | None) -> dict[str, Any]:
        """All of it but names, titles and lines, which are not everybody's. `three`: the 3-gram, nats per token."""
        scale = self.bits_per_nat if self.in_bits else 1.0
        done = progress.progress(self.run, self._wholes)
        best, three = self.best, three if self.in_bits else None
        return {
            "id": self.run.id, "state": STATES[self.run.status], "live": self.run.live, "share": round(done.share, 3),
            "epoch": self.run.epochs_done, "seconds": round(self.run.train_seconds, 1), "in_bits": self.in_bits,
            "own": best and round(best * scale, 3), "three": three and round(three * scale, 3),
            "gain": None if best is None or three is None else round((three - best) * scale, 3),
            "curve": [[round(one.seconds, 1), round(one.loss * scale, 3)] for one in self._curve],
            "held": [[round(seconds, 1), round(loss * scale, 3)] for seconds, loss in _few(self._held)],
        }  # fmt: skip

    @property
    def counts(self) -> bool:
        """Whether n-grams say what its loss is worth."""
        return self.in_bits and self.best is not None and tasks.of(self.run.config).writes


def readable_line(text: str) -> str:
    """The longest of the first lines: one that can be read."""
    return max((" ".join(line.split()) for line in text[:400].splitlines()), key=len, default="")[:MOST_LINE]


def _moves(run: Run) -> tuple[Any, ...]:
    return run.status, run.epochs_done, run.step, run.train_seconds


def _few(held: Sequence[tuple[float, float]]) -> Sequence[tuple[float, float]]:
    """So many that a tile can show; the first, the last and the lowest among them."""
    every = -(-len(held) // MOST_MEASURED) or 1
    kept = {0, len(held) - 1, min(range(len(held)), key=lambda place: held[place][1])} if held else set()
    return [one for place, one in enumerate(held) if place % every == 0 or place in kept]
