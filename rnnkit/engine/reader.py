"""Reading symbol by symbol, and looking: the one public way to step through trained networks.

Knows no text, no sampling and no store.
"""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from itertools import chain

import numpy as np

from rnnkit.architectures.architecture import State
from rnnkit.engine.network import Network, runner, unchecked

EVERY = 32  # symbols between two states kept on the way through a long text
KEPT_BYTES = 4 << 20  # of states, for each network


class Reader:
    """Several texts that networks read in step, one symbol of each at a time; after each one can look.

    Args:
        networks: one network, or several of equal form.
        rows: texts of the network, or of each of them.
        state: where to continue from, changed in place; None for the beginning of each text.

    Example:
        reader = Reader(network)
        for symbol in ids:
            reader.read(np.array([symbol]))
        reader.logits  # (1, V)
    """

    def __init__(
        self, networks: Network | Sequence[Network], rows: int | Sequence[int] = 1, state: State | None = None
    ):
        self.networks = [networks] if isinstance(networks, Network) else list(networks)
        self.rows = [rows] if isinstance(rows, int) else list(rows)
        self._runner = runner(self.networks, self.rows)
        self.state: State = self._runner.initial_state() if state is None else state

    def read(self, symbols: np.ndarray) -> Reader:
        """One symbol of each text, (rows,): ids of the vocabulary, or numbers where the network reads numbers."""
        with unchecked():
            self._runner.advance(symbols, self.state)
        return self

    def read_all(self, texts: Sequence[np.ndarray]) -> Reader:
        """Texts of any lengths, one per row, each from its beginning: a shorter one starts later, from zeros."""
        longest = max(map(len, texts))
        starts = np.array([longest - len(text) for text in texts])
        aligned = np.zeros((longest, len(texts)), np.int32)
        for row, text in enumerate(texts):
            aligned[starts[row] :, row] = text
        for t, ids in enumerate(aligned):
            for array in self.state:
                array[starts == t] = 0
            self.read(ids)
        return self

    @property
    def logits(self) -> np.ndarray:
        """What each row expects next, (rows, outputs) float32. Of a damaged network they may be infinite."""
        with unchecked():
            return self._runner.logits(self.state).copy()

    def copy(self) -> Reader:
        """A reader that continues from here by itself."""
        return Reader(self.networks, self.rows, [array.copy() for array in self.state])


class PrefixReader:
    """A network that has read texts, and need not read again what stood before: for the texts asked about last.

    States are kept by a digest of all that stands before them, so that one more symbol costs one step. Threads may
    share it.
    """

    def __init__(self, network: Network):
        self._network = network
        self._kept: OrderedDict[bytes, State] = OrderedDict()
        self._lock = threading.Lock()
        state_bytes = sum(array.nbytes for array in network.initial_state(1))
        self._most = max(64, KEPT_BYTES // state_bytes)

    def read(self, ids: np.ndarray) -> tuple[Reader, int]:
        """A reader after `ids` (N,), only to be looked at or copied, and how many of them had to be read."""
        known, kept = self._longest(ids)
        if known == len(ids):
            return Reader(self._network, 1, kept), 0
        reader = Reader(self._network, 1, [array.copy() for array in kept] if known else None)
        for length in range(known + 1, len(ids) + 1):
            reader.read(ids[length - 1 : length])
            if length % EVERY == 0 or length == len(ids):
                self._keep(ids[:length], reader.state)
        return reader, len(ids) - known

    def _longest(self, ids: np.ndarray) -> tuple[int, State]:
        """The longest beginning of `ids` that was read: near the end any, before that only every 32nd was kept."""
        near = max(0, len(ids) - EVERY)
        for length in chain(range(len(ids), near, -1), range(near // EVERY * EVERY, 0, -EVERY)):
            digest = _digest(ids[:length])
            with self._lock:
                if digest in self._kept:
                    self._kept.move_to_end(digest)
                    return length, self._kept[digest]
        return 0, []

    def _keep(self, ids: np.ndarray, state: State) -> None:
        with self._lock:
            self._kept[_digest(ids)] = [array.copy() for array in state]
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def _digest(ids: np.ndarray) -> bytes:
    return hashlib.blake2b(ids.tobytes(), digest_size=16).digest()
