"""One run as everybody sees it: read from the store when it may have changed, told as what is new since a cursor.

A cursor says how much of each list somebody has. Lists only grow at their end, and their last entry may still change:
it is sent again. Where more than that has changed the run begins anew, under another name, and all of it is sent.
"""

from __future__ import annotations

import math
import re
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from rnnkit import metrics
from rnnkit.feed.thinned import Thinned, width_for
from rnnkit.metrics import EpochMetrics
from rnnkit.runs import comparison, progress, standing
from rnnkit.runs.troubles import troubles
from rnnkit.runs.waits import Wait
from rnnkit.store import Kept, Run, Status, Store
from rnnkit.store.changes import News, Seen
from rnnkit.training import planning

BEGINNING, LIVE, OVER, ENDED = 0.25, 1.0, 1.0, 5.0  # seconds between two looks at a run
TROUBLE_SECONDS = 2.0
_CURSOR = re.compile(r"([0-9a-f]{8})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})\.(\d{1,9})")
Entry = dict[str, Any]


class RunFeed:
    """What is known of one run. `look` reads the store, the rest reads only memory; one thread at a time."""

    run: Run

    def __init__(self, store: Store, run_id: str):
        self._store, self._id = store, run_id
        self._looked_at = self._troubles_at = -1e9
        self.version = 0
        self._begin()

    def _begin(self) -> None:
        self._rename()
        self._seen, self._curve = Seen(), Thinned()
        self._points: list[list[float | None]] = []  # of epochs before the first point
        self.entries: list[Entry] = []
        self._recent: list[EpochMetrics] = []  # the last finished epochs
        self._ends, self._wholes = [0.0], [0.0]  # batches and epochs at the end of each finished epoch
        self._elapsed, self._warm = 0.0, False
        self.kept: list[Kept] = []
        self._kept_version = self._text_version = 0
        self.text: dict[str, Any] | None = None
        self._troubles: list[str] = []
        self._wait: Wait | None = None

    def _rename(self) -> None:
        """What others have of it is worth nothing any more."""
        self._name = secrets.token_hex(4)

    # ---- reading

    def due(self) -> bool:
        """Whether it is time to look again."""
        return time.monotonic() - self._looked_at >= self._every()

    def _every(self) -> float:
        if not hasattr(self, "run"):
            return 0.0
        if self.run.live:
            return BEGINNING if self.run.active and not self.text else LIVE
        return ENDED if self.run.status in (Status.FINISHED, Status.DIVERGED) else OVER

    def look(self, wait_of: Callable[[str], Wait | None] = lambda run_id: None) -> None:
        """Read what has changed. Raises UnknownRun, StoreError; what was known stays then.

        `wait_of`: says what a run has before it.
        """
        news = self._store.news(self._id, self._seen)
        if news is not None:
            self._take(news)
        wrong = self._look_for_troubles()
        wait = wait_of(self._id) if self.run.live else None
        if news is not None or wrong != self._troubles or wait != self._wait:
            self._troubles, self._wait, self.version = wrong, wait, self.version + 1
        self._looked_at = time.monotonic()

    def _look_for_troubles(self) -> list[str]:
        if not self.run.live:
            return []
        if time.monotonic() - self._troubles_at < TROUBLE_SECONDS:
            return self._troubles
        self._troubles_at = time.monotonic()
        return troubles(self._store, self.run)

    def _take(self, news: News) -> None:
        measured = not self._warm and any(one["val_loss"] is not None for one in self.entries)
        mixed = measured and any(map(metrics.is_warm, [*news.epochs, *news.moments]))
        if news.rewound or mixed:
            self._begin()
            news = self._store.news(self._id, self._seen) or news
        self.run, self._seen = news.run, news.seen
        self._measure(news.epochs, news.moments)
        self._extend(news)
        if news.epochs or news.moments or not self._kept_version:
            self._read_texts()

    def _measure(self, epochs: Sequence[EpochMetrics], moments: Sequence[EpochMetrics]) -> None:
        """What was measured, as entries in the order of their steps; of an epoch and a moment at one step the epoch."""
        finished = {one["step"] for one in epochs}
        both = sorted([*epochs, *(one for one in moments if one["step"] not in finished)], key=lambda one: one["step"])
        self._warm = self._warm or any(map(metrics.is_warm, both))
        for one in both:
            whole = one["step"] in finished
            if whole:
                self._elapsed = one.get("elapsed_seconds") or self._elapsed + (one.get("seconds") or 0.0)
                self._recent = [*self._recent[-2:], one]
                self._ends.append(float(one["step"]))
                self._wholes.append(one["epoch"] - 1 + one.get("epoch_share", 1.0))
            if self.entries and self.entries[-1]["step"] == one["step"]:
                self.entries.pop()
            seconds = self._elapsed if whole else one.get("elapsed_seconds") or self._elapsed
            self.entries.append(self._entry(one, seconds, whole))

    def _entry(self, one: EpochMetrics, seconds: float, whole: bool) -> Entry:
        alike = not self._warm or metrics.is_warm(one)
        named = dict.fromkeys(unit.metric for unit in comparison.units([self.run.config]).values())
        found = {"epoch": one["epoch"], "step": one["step"], "seconds": _short(seconds, 3), "whole": whole}
        for name in dict.fromkeys(["loss", *named]):
            found[name] = _short(metrics.value(one, name))
            found[f"val_{name}"] = _short(metrics.unseen(one, name)) if alike else None
        found["at"] = _short(self._at([one["step"]])[0])
        return found

    def _extend(self, news: News) -> None:
        had = bool(self._curve.means)
        if self._seen.point is None:
            self._read_curve()
        elif self._curve.extend(news.points):
            self._rename()
        if not had:
            first, before = self._curve.means[0].step if self._curve.means else np.inf, self._points
            whole = (one for one in self.entries if one["whole"] and one["loss"] is not None and one["step"] < first)
            self._points = [[one["at"], one["step"], one["seconds"], one["loss"]] for one in whole]
            if self._points[: len(before)] != before:  # epochs that have points now
                self._rename()

    def _read_curve(self) -> None:
        """All points that there are, in so few groups as are drawn."""
        extent = self._store.extent(self._id)
        if extent.last is not None:
            width = width_for(extent.points, extent.last.step)
            self._curve = Thinned(width, self._store.means(self._id, width, extent.last.step))
            self._seen = self._seen._replace(point=extent.last)

    def _read_texts(self) -> None:
        kept = self._store.kept(self._id)
        if kept != self.kept or not self._kept_version:
            self.kept, self._kept_version = kept, self._kept_version + 1
        if samples := self._store.newest_samples(self._id):
            middle = samples[len(samples) // 2]
            text = {
                "epoch": middle.epoch, "step": middle.step, "temperature": middle.temperature, "prompt": middle.prompt,
                "seed": middle.seed, "text": middle.text,
                "texts": [{"temperature": one.temperature, "text": one.text} for one in samples],
            }  # fmt: skip
            if text != self.text:
                self.text, self._text_version = text, self._text_version + 1

    # ---- telling

    @property
    def cursor(self) -> str:
        """That of somebody who has all there is."""
        counts = (len(self._points) + len(self._curve.means), len(self.entries), self._kept_version, self._text_version)
        return ".".join(map(str, (self._name, self.version, *counts)))

    def since(self, cursor: str) -> dict[str, Any]:
        """What is new for somebody with this cursor; all of it for one without, or with one of another beginning."""
        found = _CURSOR.fullmatch(cursor)
        known = found is not None and found[1] == self._name
        points, epochs, kept, text = map(int, found.groups()[2:]) if found and known else (0, 0, -1, -1)
        points, epochs = max(0, points - 1), max(0, epochs - 1)
        return {
            "cursor": self.cursor, "reset": not known, "run": self.line(),
            "points_from": points, "points": self._points_after(points),
            "epochs_from": epochs, "epochs": self.entries[epochs:],
            "kept": None if kept == self._kept_version else [
                {"epoch": one.epoch, "step": one.step, "pinned": one.pinned} for one in self.kept
            ],
            "text": None if text == self._text_version else self.text,
        }  # fmt: skip

    def _points_after(self, start: int) -> list[list[float | None]]:
        before, means = self._points[start:], self._curve.means[max(0, start - len(self._points)) :]
        ats = self._at([mean.step for mean in means])
        return before + [
            [_short(at), round(mean.step), _short(mean.seconds, 2), _short(mean.loss)]
            for at, mean in zip(ats, means, strict=True)
        ]

    def _at(self, steps: Sequence[float]) -> list[float]:
        """Epochs behind each of these batches; a fork's parent may have had another number of batches in one."""
        inside = np.interp(steps, self._ends, self._wholes)
        beyond = np.maximum(0.0, np.asarray(steps, float) - self._ends[-1]) / max(1, self.run.steps)
        return [float(at) for at in inside + beyond]

    def progress(self) -> progress.Progress:
        """How far the run is."""
        return progress.progress(self.run, self._recent)

    @property
    def bits_per_nat(self) -> float:
        """Bits per character for one nat per token, as its epochs measured it."""
        return progress.bits_per_nat(self._recent)

    def line(self) -> dict[str, Any]:
        """The run itself, as it stands."""
        run, done, plan = self.run, self.progress(), planning.stored(self.run)
        left, wait = done.seconds_left if run.live else None, self._wait or Wait()
        last = self.entries[-1] if self.entries else {}
        limited = run.config.training.seconds is not None
        steps = plan.steps if plan else run.steps * run.config.training.epochs or None
        units = comparison.units([run.config])
        return {
            "id": run.id, "name": run.name, "owner": run.owner, "preset": run.preset, "corpora": run.config.corpora,
            "status": run.status, "wanted": run.wanted, "live": run.live, "resumable": run.resumable,
            "says": [standing.sentence(run, done, wait)], "message": run.message, "troubles": self._troubles,
            "place": wait.place, "moves_in": _short(wait.moves_in, 1),
            "progress": _short(done.share), "epoch": done.epoch, "epochs_done": run.epochs_done,
            "epochs": run.config.training.epochs, "step": run.step, "steps": run.steps,
            "seconds": _short(run.train_seconds, 2), "seconds_left": _short(wait.ends_in if wait.beside else left, 1),
            "planned": {
                "epoch": _short(float(self._at([steps])[0])) if limited and steps else run.config.training.epochs,
                "step": steps, "seconds": None if left is None else round(run.train_seconds + left, 1),
            },
            "loss": _short(run.loss if run.loss is not None else last.get("loss")),
            "val_loss": next((one["val_loss"] for one in reversed(self.entries) if one["val_loss"] is not None), None),
            "bits_per_nat": _short(self.bits_per_nat, 6),
            "units": [
                {"name": name, "metric": unit.metric, "title": unit.title, "words": unit.words}
                for name, unit in units.items()
            ],
            "params": run.params, "vocab_size": run.vocab_size, "device": run.device,
            "chars_per_second": run.chars_per_second and round(run.chars_per_second),
        }  # fmt: skip


def _short(value: float | None, places: int = 5) -> float | None:
    """With no more places than are seen: what is sent to hundreds of browsers is short."""
    return None if value is None or not math.isfinite(value) else round(value, places)
