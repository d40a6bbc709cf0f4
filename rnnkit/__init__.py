"""rnnkit: recurrent networks trained in the background and read at every checkpoint.

The library in five names, each loaded when it is first used:

    import rnnkit

    run = rnnkit.train("cookbook-gru")
    print(rnnkit.generate(rnnkit.load_checkpoint(run, "best"), "Amount", temperature=0.5))

Nothing here knows Streamlit. See README.md for the captioned file tree.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnnkit.config import RunConfig
    from rnnkit.store import Store
    from rnnkit.studies.checkpoint import At, Checkpoint
    from rnnkit.studies.sampling import generate

__version__ = "0.1.0"
__all__ = ["RunConfig", "Store", "generate", "load_checkpoint", "train"]
_HOMES = {"RunConfig": "rnnkit.config", "Store": "rnnkit.store", "generate": "rnnkit.studies.sampling"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'rnnkit' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def train(config: RunConfig | str, store: Store | None = None, wait: bool = True) -> str:
    """Train a network in a process of its own, as `rnnkit train` does. Returns the id of its run.

    Args:
        config: what to train, or the name of a preset.
        store: where the run is kept; None for the store of the settings.
        wait: return when the run has ended. Else it trains on by itself, whatever becomes of this process.

    Raises:
        ConfigError, CorpusError: it cannot be trained. WrongStatus: it has failed, with the reason.

    Example:
        run = train(RunConfig(corpora=("cookbook",), name="First"))
    """
    from rnnkit import presets
    from rnnkit.errors import WrongStatus
    from rnnkit.runs import one_minute
    from rnnkit.store import FAILURES
    from rnnkit.training import queueing, scheduler

    chosen = presets.preset(config).config if isinstance(config, str) else config
    with _opened(store) as opened:
        if config == presets.ONE_MINUTE:
            chosen = one_minute.fitted_here(chosen, opened)
        run_id = queueing.queue(opened, chosen)
        scheduler.ensure_running(opened)
        if wait:
            *_, run = scheduler.follow(opened, run_id)
            if run.status in FAILURES:
                raise WrongStatus(f"run {run_id}: expected a finished one, got one that is {run.status}: {run.message}")
    return run_id


def load_checkpoint(run: str, at: At = "last", store: Store | None = None) -> Checkpoint[Any]:
    """A trained network at a kept moment of its run: "last", "best", an epoch, or "step:N".

    Args:
        store: where the run is kept; None for the store of the settings.

    Raises:
        UnknownRun, UnknownEpoch: there is no such run or checkpoint. DamagedCheckpoint: its arrays are damaged.

    Example:
        load_checkpoint("k3m9x2pq", "best").network.config.model.units
    """
    from rnnkit.studies import checkpoint

    with _opened(store) as opened:
        return checkpoint.load(opened, run, at)


@contextmanager
def _opened(store: Store | None) -> Iterator[Store]:
    """`store`, left open; or that of the settings, with the networks that came with the program, closed at the end."""
    if store is not None:
        yield store
        return
    from rnnkit.sharing import archive
    from rnnkit.store import Store

    with closing(Store()) as opened:
        archive.import_pretrained(opened)
        yield opened
