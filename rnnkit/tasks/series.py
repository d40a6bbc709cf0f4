"""The time series: after each value, which one comes next? As classes (document 002's way) or as a number.

Knows tables of numbers, batches and the NumPy engine; no Keras and no page.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rnnkit import engine
from rnnkit.config import RunConfig
from rnnkit.errors import ConfigError
from rnnkit.metrics import EpochMetrics
from rnnkit.store import Run, Store
from rnnkit.tasks import forecasting, scales
from rnnkit.tasks.language_model import TextBatches
from rnnkit.tasks.scales import Scale, Standard
from rnnkit.tasks.task import Arrays, Does, Measure, Report, Script, Task, TokenizerState, WholeText
from rnnkit.texts import batches, tables
from rnnkit.texts.decoding import checksum
from rnnkit.texts.tables import Series


def measure(config: RunConfig, store: Store | None = None, state: TokenizerState | None = None) -> Measure:
    """Characters of the table, its values, their scale and epochs. Raises CorpusError, TooShort, ConfigError."""
    data = forecasting.read(config.corpus, config.series, store)
    planned = batches.plan(len(data.values), config.batches)
    scale = _scale(config, data, state)
    return Measure(len(tables.load(config.corpus, store)), len(data.values), scale, len(scale.symbols), planned)


def _scale(config: RunConfig, data: Series, state: TokenizerState | None) -> Scale:
    """That of `state`, or a new one from the part that is trained on."""
    trained, _ = batches.split(data.values, config.batches.validation_fraction)
    return scales.from_json(state) if state is not None else scales.fit(trained, data.column, config.series)


class SeriesData:
    """The values of a series as batches, with the run's own bins or scale once it has them."""

    chars_per_symbol = 1.0  # what is counted by the second is values

    def __init__(self, config: RunConfig, store: Store | None = None, state: TokenizerState | None = None):
        self.config, self.sha256 = config, checksum(tables.load(config.corpus, store))
        self.data = forecasting.read(config.corpus, config.series, store)
        self.scale = _scale(config, self.data, state)
        self.tokenizer_state, self.vocab_size = self.scale.to_json(), len(self.scale.symbols)
        self.message = self.data.note
        self.steps = self.scale.steps(self.data.values)
        self.plan = batches.plan(len(self.steps), config.batches)
        trained, held_out = batches.split(self.steps, config.batches.validation_fraction)
        self.first = len(trained)
        self.batches = TextBatches(trained, held_out, config)
        self.training = self.batches.training
        self.held_out = self.batches.held_out_sets()

    def whole(self) -> WholeText | None:
        """The whole held-out part, where `val_loss` is measured on a part of it."""
        return self.batches.whole()

    def measures(self, prefix: str, loss: float, metric: float) -> dict[str, float]:
        """Classes: nats and accuracy. Regression: the squared error in standard deviations, the absolute one in units.

        `val_mae` is left to `report`, which measures it as a forecast is really made.
        """
        if isinstance(self.scale, Standard):
            found = {f"{prefix}loss": loss} | ({} if prefix else {"mae": metric * self.scale.deviation})
        else:
            found = {f"{prefix}loss": loss, f"{prefix}accuracy": metric}
        return found | self.batches.counted(prefix)

    def report(self, epoch: float, arrays: Arrays) -> Report:
        """Errors of the one-step forecasts of the held-out part, in the unit of the data, beside `tomorrow = today`."""
        if self.first == len(self.steps):
            return {}, []
        yield
        network = engine.network(self.config, self.vocab_size, arrays)
        made = self.scale.forecast(forecasting.one_step(network, self.steps, self.first))
        truth = self.data.values[self.first :]
        before = forecasting.without_a_network(self.data, self.first)[forecasting.PERSISTENCE]
        return {
            "val_mae": forecasting.mean_absolute(truth, made),
            "val_rmse": forecasting.root_mean_square(truth, made),
            "val_persistence_mae": forecasting.mean_absolute(truth, before),
            "val_persistence_rmse": forecasting.root_mean_square(truth, before),
        }, []


def check(config: RunConfig, _measured: Measure) -> None:
    """Raises ConfigError where the head does not go with what each step reads."""
    if config.series.head == "regression" and config.model.inputs != "numbers":
        raise ConfigError(
            "series.head=regression needs model.inputs=numbers, as it reads values and not bins; "
            f"got model.inputs={config.model.inputs}"
        )


def script(config: RunConfig, state: TokenizerState, last: Mapping[str, Any]) -> Script:
    """Reads the values, one a line, and forecasts in the end."""
    scale, error = scales.from_json(state), last.get("val_mae")
    settings: dict[str, Any] = {
        "QUANTILES": config.series.binning == "quantiles", "BINS": config.series.classes,
        "MEMORY": forecasting.MEMORY, "RUN_ERROR": None if error is None else round(error, 4),
    }  # fmt: skip
    if isinstance(scale, scales.Bins):
        return Script("series", {**settings, "RUN_RANGE": (float(scale.edges[0]), float(scale.edges[-1]))})
    return Script("series", {**settings, "NUMBERS": True, "RUN_SCALE": (scale.mean, scale.deviation)})


def results(epochs: Sequence[EpochMetrics], best: EpochMetrics) -> Iterable[str]:
    """The error of one-step forecasts at the best epoch, beside that of `tomorrow = today`."""
    error, persistence = best["val_mae"], best["val_persistence_mae"]
    yield f"mean absolute error {error:.3f}"
    yield f"“tomorrow = today” {persistence:.3f}"
    yield f"better by {1 - error / persistence:.1%}"


def data_file(store: Store, run: Run) -> bytes:
    """The values, one a line. Raises CorpusError where the series can no longer be had."""
    values = forecasting.read(run.corpus, run.config.series, store).values
    return "".join(f"{value!r}\n" for value in values.tolist()).encode()


UNITS = {"classes": ("perplexity", "nats", "error", "accuracy"), "regression": ("squared", "error")}
SERIES = Task(
    name="series", title="Time series",
    summary="Reads a series of numbers and learns which value comes next; then it forecasts.",
    parts=("series", "batches", "model", "training"), reads_values=True,
    sources=tables.sources, fetch=tables.load,
    measure=measure, read=SeriesData, check=check, decode=scales.from_json,
    loss=lambda config: "squared" if config.series.head == "regression" else "softmax",
    units=lambda config: UNITS[config.series.head],
    does=Does.FORECASTS,
    knows="It has seen one series: it knows no other, and nothing of why the numbers change.",
    results=results, data_file=data_file, script=script,
)  # fmt: skip
