"""What the networks from one sequence to another share: a reader or none, a writer, and attention between them.

Both are GRUs. As a table, in Keras (trained by teacher forcing) and in NumPy, where a network reads the source
symbol by symbol, then START, and writes from there on. Knows no text and no vocabulary but its first three ids.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

import numpy as np

from rnnkit.architectures import gru
from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over, State
from rnnkit.architectures.parts.answers import dense_layer, dense_line, logits_layer
from rnnkit.architectures.parts.arithmetic import dense
from rnnkit.architectures.parts.inputs import one_hot
from rnnkit.architectures.parts.inside import LayerStates
from rnnkit.architectures.parts.stack import initializers, seeds_from
from rnnkit.architectures.parts.windowed import slices
from rnnkit.config import Answers, RunConfig

if TYPE_CHECKING:
    import keras

PAD, START, END = range(3)  # the first ids of every vocabulary of pairs
FIELDS = ("embedding_size", "units", "dropout")
NEVER = -1e9  # the score of what must not be looked at: its weight is 0 exactly


class Plan(NamedTuple):
    """Which parts a network has. Without an encoder the source is one symbol, whose embedding is the first state."""

    encoder: bool
    attention: bool


def architecture(name: str, title: str, summary: str, plan: Plan, equations: tuple[Equation, ...]) -> Architecture:
    """The network with these parts, under this name."""
    return Architecture(
        name, title, summary, equations, FIELDS, partial(table, plan), partial(build, name, plan), prepare,
        SequenceRunner, answers=(Answers.SEQUENCE,), inside=inside,
    )  # fmt: skip


# ---- the parameter table


def table(plan: Plan, config: RunConfig, vocab_size: int) -> list[Layer]:
    units, writes = config.model.units, config.pairs.longest_output + 1  # and END
    if plan.encoder:
        source = (None, None)  # a batch is as wide as its longest source
        first = _symbols("source", config, vocab_size, source)
        encoder = Layer("encoder", "GRU", (*source, units), gru.weights(first.width, units), recurrent=True)
        reader = [first, encoder, Layer("last_state", "LastState", (None, units), over=Over.LAST)]
    else:
        embedding = {"embeddings": (vocab_size, units)}
        first = Layer("source_embedding", "Embedding", (None, 1, units), embedding)
        reader = [first, Layer("first_state", "Flatten", (None, units))]
    second = _symbols("target", config, vocab_size, (None, writes))
    shape = (None, writes, units)
    reader = [replace(layer, part="source") for layer in reader]
    layers = [second, Layer("decoder", "GRU", shape, gru.weights(second.width, units), recurrent=True)]
    if plan.attention:
        both = (None, writes, 2 * units)
        layers += [Layer("attention", "DotAttention", both, over=Over.SOURCE), dense_line("attended", both, units)]
    if config.model.dropout:
        layers.append(Layer("dropout", "Dropout", shape))
    layers.append(dense_line("dense", shape, vocab_size))
    return [*reader, *(replace(layer, part="target") for layer in layers)]


def _symbols(side: str, config: RunConfig, vocab_size: int, shape: tuple[int | None, ...]) -> Layer:
    size = config.model.embedding_size
    if not size:
        return Layer(f"{side}_one_hot", "OneHot", (*shape, vocab_size))
    return Layer(f"{side}_embedding", "Embedding", (*shape, size), {"embeddings": (vocab_size, size)})


# ---- Keras


def build(name: str, plan: Plan, config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    """Source ids (B, Tx) and the ids before each answer (B, Ty) to logits (B, Ty, V).

    The source is filled up with PAD on the right: the encoder's state is taken after the last real symbol, so that
    no padding has been read by then, and attention gives what stands after it a weight of 0.
    """
    import keras

    model, seeds = config.model, seeds_from(seed)
    source = keras.Input((None if plan.encoder else 1,), batch_size=batch_size, dtype="int32", name="source")
    written = keras.Input((config.pairs.longest_output + 1,), batch_size=batch_size, dtype="int32", name="written")
    if plan.encoder:
        encoder, first = (
            _gru("encoder", model.units, seeds),
            _vectors("source", model.embedding_size, vocab_size, seeds),
        )
        annotations = encoder(first(source))
        state = _layer("LastState")(name="last_state")(annotations, source)  # (B, U)
    else:
        first = _vectors("source", model.units, vocab_size, seeds)(source)  # (B, 1, U)
        state = keras.layers.Flatten(name="first_state")(first)
    vectors = _vectors("target", model.embedding_size, vocab_size, seeds)(written)
    hidden = _gru("decoder", model.units, seeds)(vectors, initial_state=state)  # (B, Ty, U)
    if plan.attention:
        both = _layer("DotAttention")(name="attention")(hidden, annotations, source)  # (B, Ty, 2 U)
        hidden = dense_layer(model.units, seeds, name="attended", activation="tanh")(both)
    if model.dropout:
        hidden = keras.layers.Dropout(model.dropout, seed=next(seeds), name="dropout")(hidden)
    logits = logits_layer(vocab_size, seeds, name="dense")(hidden)
    return keras.Model([source, written], logits, name=name)


def _gru(name: str, units: int, seeds: Any) -> Any:
    import keras

    first = initializers(seeds)
    return keras.layers.GRU(units, return_sequences=True, **first, seed=next(seeds), name=name)


def _vectors(side: str, size: int, vocab_size: int, seeds: Any) -> Any:
    """Ids to vectors: an embedding, or one-hot for size 0."""
    import keras

    if not size:
        return one_hot(vocab_size, f"{side}_one_hot")
    first = keras.initializers.RandomUniform(-0.05, 0.05, seed=next(seeds))
    return keras.layers.Embedding(vocab_size, size, embeddings_initializer=first, name=f"{side}_embedding")


@cache
def _layer(kind: str) -> type[keras.layers.Layer]:
    """The layers that Keras has not, neither with weights; made here, as Keras may be imported only in functions."""
    import keras
    from keras import ops

    class LastState(keras.layers.Layer):
        """States (B, T, U) and ids (B, T) -> the state after the last id that is not PAD (B, U)."""

        def call(self, states, ids):
            real = ops.cast(ids != PAD, states.dtype)  # (B, T)
            last = real - ops.pad(real[:, 1:], ((0, 0), (0, 1)))  # 1 where nothing follows
            return ops.einsum("btu,bt->bu", states, last)

    class DotAttention(keras.layers.Layer):
        """Hidden states (B, Ty, U), what was read (B, Tx, U) and its ids (B, Tx) -> context and state (B, Ty, 2 U)."""

        def call(self, hidden, annotations, ids):
            scores = ops.matmul(hidden, ops.transpose(annotations, (0, 2, 1)))  # (B, Ty, Tx)
            scores = scores + NEVER * ops.cast(ids == PAD, scores.dtype)[:, None]
            context = ops.matmul(ops.softmax(scores, axis=-1), annotations)  # (B, Ty, U)
            return ops.concatenate([context, hidden], axis=-1)

    return {"LastState": LastState, "DotAttention": DotAttention}[kind]


# ---- NumPy


class Take(Protocol):
    """One symbol per row: ids (n,) and hidden states (n, U), which it may overwrite, to the states after them.

    `seen` gets what the units held and let through, name -> (n, U).
    """

    def __call__(
        self, ids: np.ndarray, hidden: np.ndarray, seen: dict[str, np.ndarray] | None = None
    ) -> np.ndarray: ...


class PreparedSequences(NamedTuple):
    """One trained network, ready to run: how it reads a symbol and writes one, and its Dense layers."""

    units: int
    read: Take
    write: Take
    attended: tuple[np.ndarray, np.ndarray] | None
    answer: tuple[np.ndarray, np.ndarray]


def prepare(config: RunConfig, arrays: Arrays) -> PreparedSequences:
    read = _recurrence(arrays, "encoder", "source") if "encoder/kernel" in arrays else _first_state(arrays)
    attended = _dense(arrays, "attended") if "attended/kernel" in arrays else None
    write = _recurrence(arrays, "decoder", "target")
    return PreparedSequences(config.model.units, read, write, attended, _dense(arrays, "dense"))


def _first_state(arrays: Arrays) -> Take:
    """Of the one symbol that is read: its embedding."""
    states = arrays["source_embedding/embeddings"]  # (V, U)

    def take(ids: np.ndarray, hidden: np.ndarray, seen: dict[str, np.ndarray] | None = None) -> np.ndarray:
        if seen is not None:
            seen["hidden"] = states[ids]
        return states[ids]

    return take


def _recurrence(arrays: Arrays, name: str, side: str) -> Take:
    """One GRU. What it gets for each symbol, x W + b, is a table (V, 3 U)."""
    kernel, (input_bias, recurrent_bias) = arrays[f"{name}/kernel"], arrays[f"{name}/bias"]
    embeddings, recurrent = arrays.get(f"{side}_embedding/embeddings"), arrays[f"{name}/recurrent_kernel"]
    inputs = (kernel if embeddings is None else embeddings @ kernel) + input_bias

    def take(ids: np.ndarray, hidden: np.ndarray, seen: dict[str, np.ndarray] | None = None) -> np.ndarray:
        read, known = inputs[ids], dense(hidden, recurrent, recurrent_bias)
        if seen is not None:
            seen |= gru.activations(read, known, [hidden])
        gru.step(read, known, [hidden])
        if seen is not None:
            seen["hidden"] = hidden.copy()
        return hidden

    return take


def _dense(arrays: Arrays, name: str) -> tuple[np.ndarray, np.ndarray]:
    return arrays[f"{name}/kernel"], arrays[f"{name}/bias"]


class SequenceRunner:
    """Rows that read their sources, then START, and from there on what they write, each at its own pace.

    The state: whether each row writes (rows,), how many symbols it has read (rows,), its hidden state (rows, U);
    with attention also what it has read (rows, Tx, U) and, since the last symbol, how much it looks at each
    place of it (rows, Tx).
    """

    def __init__(self, config: RunConfig, networks: Sequence[PreparedSequences], rows: Sequence[int]):
        self.networks = list(zip(networks, slices(rows), strict=True))
        self.rows, self.longest = sum(rows), config.batches.length
        self.attends = networks[0].attended is not None

    def initial_state(self) -> State:
        units = self.networks[0][0].units
        state = [np.zeros(self.rows, bool), np.zeros(self.rows, np.int32), np.zeros((self.rows, units), np.float32)]
        if self.attends:
            state.append(np.zeros((self.rows, self.longest, units), np.float32))
            state.append(np.zeros((self.rows, self.longest), np.float32))
        return state

    def advance(self, ids: np.ndarray, state: State) -> None:
        writes, seen, hidden, *read = state
        writes |= ids == START
        for network, part in self.networks:
            rows = np.arange(part.start, part.stop)
            reading, writing = rows[~writes[part]], rows[writes[part]]
            if len(reading):
                hidden[reading] = network.read(ids[reading], hidden[reading])
                if self.attends:
                    read[0][reading, np.minimum(seen[reading], self.longest - 1)] = hidden[reading]
                seen[reading] += 1
            if len(writing):
                hidden[writing] = network.write(ids[writing], hidden[writing])
                if self.attends:
                    read[1][writing] = _attention(hidden[writing], read[0][writing], seen[writing])

    def logits(self, state: State) -> np.ndarray:
        hidden = state[2]
        answers = np.empty((self.rows, len(self.networks[0][0].answer[1])), np.float32)
        for network, part in self.networks:
            shown = hidden[part]
            if network.attended is not None:
                context = np.matmul(state[4][part, None], state[3][part])[:, 0]  # (rows, U)
                shown = np.tanh(dense(np.concatenate((context, shown), axis=-1), *network.attended))
            answers[part] = dense(shown, *network.answer)
        return answers


def inside(config: RunConfig, network: PreparedSequences, ids: np.ndarray) -> list[LayerStates]:
    """What the units did at each of `ids` (N,): a source, START, and what is written.

    The encoder has read the source, so many numbers are its own; the decoder begins with START. Where there is no
    encoder its one hidden state is the symbol's embedding.
    """
    starts = np.flatnonzero(ids == START)
    cut = int(starts[0]) if len(starts) else len(ids)
    hidden, found = np.zeros((1, network.units), np.float32), []
    for name, take, part in (("encoder", network.read, ids[:cut]), ("decoder", network.write, ids[cut:])):
        steps: list[dict[str, np.ndarray]] = []
        for t in range(len(part)):
            steps.append({})
            hidden = take(part[t : t + 1], hidden, steps[-1])
        if steps:
            order = sorted(steps[0], key=lambda quantity: quantity != "hidden")  # the state first
            kept = {quantity: np.concatenate([step[quantity] for step in steps]) for quantity in order}
            found.append(LayerStates(name, None, ("hidden",), kept))
    return found


def looked_at(state: State) -> np.ndarray:
    """How much each row looks at each place of its source for the symbol that comes next: (rows, Tx), each sum 1."""
    return state[4]


def _attention(hidden: np.ndarray, annotations: np.ndarray, seen: np.ndarray) -> np.ndarray:
    """Hidden states (n, U) against what was read (n, Tx, U), of which `seen` (n,) are real: weights (n, Tx)."""
    scores = np.matmul(annotations, hidden[:, :, None])[:, :, 0]
    scores[np.arange(scores.shape[1]) >= seen[:, None]] = NEVER
    scores -= scores.max(axis=-1, keepdims=True)
    weights = np.exp(scores)
    return weights / weights.sum(axis=-1, keepdims=True)
