"""What the units of a trained network hold while it reads a text, and what becomes of it when units are switched off.

Knows no store, no page and no particular cell.
"""

from __future__ import annotations

import numpy as np

from rnnkit.architectures import chosen
from rnnkit.architectures.parts.inside import LayerStates as LayerStates
from rnnkit.engine.network import Network, checked_ids, unchecked
from rnnkit.errors import ConfigError, DamagedCheckpoint


def states(network: Network, ids: np.ndarray) -> list[LayerStates]:
    """What every unit held and let through at each of `ids` (N,), N at least 1, layer by layer, the lowest first.

    The numbers are those with which the network writes: see `LayerStates` and `architectures.parts.inside.read`. To a
    network from sequence to sequence `ids` are a source, START and what is written; its encoder and its decoder have
    those of their own part.

    Raises:
        ConfigError: no state is carried in this architecture. DamagedCheckpoint: its numbers are no longer finite.
    """
    architecture = chosen(network.config)
    if architecture.inside is None:
        raise ConfigError(
            f"network: expected one whose units carry a state from token to token, got {architecture.title}"
        )
    ids = np.asarray(ids)
    if ids.dtype.kind != "f" or network.config.model.inputs != "numbers":  # a series is read as the numbers it is
        ids = checked_ids(ids, network.vocab_size)
    with unchecked():
        found = architecture.inside(network.config, network.prepared, ids)
    if not all(np.isfinite(values).all() for layer in found for values in layer.quantities.values()):
        raise DamagedCheckpoint("network: expected states that are finite numbers, got some that are not")
    return found


def attention(network: Network, ids: np.ndarray) -> np.ndarray:
    """How much each head of each block looked at the last n of `ids` (N,) before its answer: (blocks, heads, n).

    Raises:
        ConfigError: a network without attention over what it has read.
    """
    architecture = chosen(network.config)
    if architecture.attention is None:
        raise ConfigError(f"network: expected one that looks back by attention, got {architecture.title}")
    with unchecked():
        return architecture.attention(network.config, network.prepared, checked_ids(ids, network.vocab_size))
