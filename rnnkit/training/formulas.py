"""A network and what it costs as formulas of its sizes, for a browser that works them out while a slider is dragged.

The same code as ever computes them, with sizes that remember what was done with them; nothing is written down a second
time. Knows no page and no browser.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rnnkit import architectures
from rnnkit.architectures.sizes import Formula, Size, Values, conditions, formula, hold
from rnnkit.config import RunConfig
from rnnkit.errors import PersonError
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import cost

PARTS = ("batches", "model", "pairs")  # what a shape may depend on
VOCABULARY, STEPS, SYMBOLS = "vocab_size", "steps", "symbols"
Described = dict[str, Any]


def sizes(config: RunConfig, vocab_size: int, planned: BatchPlan | None) -> dict[str, float]:
    """Every number that a formula may name. Without a plan, as of a text that is not here, nobody knows the time."""
    found: dict[str, float] = {VOCABULARY: vocab_size}
    if planned:
        found |= {STEPS: planned.steps, SYMBOLS: planned.symbols_per_epoch}
    return found | {f"{part}.{name}": number for part in PARTS for name, number in _numbers(getattr(config, part))}


def _numbers(part: Any) -> Iterable[tuple[str, float]]:
    every = ((name, getattr(part, name)) for name in type(part).model_fields)
    return ((name, one) for name, one in every if isinstance(one, int | float) and not isinstance(one, bool))


def described(config: RunConfig, values: Values) -> Described:
    """The network of `config` with the sizes `values`: its layers, parameters, memory, seconds of an epoch.

    All as formulas, and the conditions under which they hold. Raises ConfigError: there is no such network.
    """
    traced = config.model_copy(update={part: _traced(config, part, values) for part in PARTS})
    vocab_size: Any = Size(values[VOCABULARY], VOCABULARY)
    planned: Any = BatchPlan(*(Size(values.get(name, 1), name) for name in (STEPS, SYMBOLS)))  # type: ignore[arg-type]
    with conditions() as decided:
        found = {
            "layers": [_layer(layer) for layer in architectures.parameter_table(traced, vocab_size)],
            "memory": formula(cost.memory_bytes(traced, vocab_size)),
            "seconds": formula(cost.seconds_per_epoch(traced, vocab_size, planned)),
        }
    return {"conditions": decided, **found}


def _traced(config: RunConfig, part: str, values: Values) -> Any:
    known = getattr(config, part)
    named = {name: f"{part}.{name}" for name, _ in _numbers(known)}
    return known.model_copy(update={name: Size(values[dotted], dotted) for name, dotted in named.items()})


def _layer(layer: architectures.Layer) -> dict[str, Any]:
    """What a drawing and a parameter table show of one layer."""
    shape: list[Formula | None] = [None if size is None else formula(size) for size in layer.output_shape]
    kernels = [shape for name, shape in layer.weights.items() if name == "kernel"]
    near = {"near": formula(kernels[0][0])} if layer.goes is architectures.Over.NEAR else {}
    return {
        "name": layer.name, "kind": layer.kind, "goes": layer.goes.name.lower(), "part": layer.part, "shape": shape,
        "params": formula(layer.params), **near,
    }  # fmt: skip


def followed(
    config: RunConfig, values: Values, stops: Mapping[str, Sequence[float]], plans: Mapping[str, Mapping[float, Values]]
) -> list[Described]:
    """The descriptions that hold for `values`, first, and wherever one of the sliders `stops` can be moved from there.

    `plans`: the steps and symbols of an epoch at the stops that change them.
    """
    found = [described(config, values)]
    for name, places in stops.items():
        for place in places:
            moved = {**values, name: place, **plans.get(name, {}).get(place, {})}
            if not any(hold(one["conditions"], moved) for one in found):
                try:
                    found.append(described(config, moved))
                except PersonError:
                    continue  # there is no such network: the form says so when the slider is let go
    return found
