"""A small causal Transformer: no state that is rewritten, but the last T steps themselves, looked at by attention.

The contrast to recurrent networks. Blocks as in Vaswani et al. (2017) with the norm first, RMS norm and rotary
positions (Su et al., 2021); a step looks at the `batches.length` newest steps, itself among them. On streams keys and
values are carried from batch to batch as Dai et al. (2019) do, so that training, evaluation and writing see the same.
Knows no text.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnnkit.architectures.architecture import Architecture, Arrays, Equation, Layer, Over, State, reads_windows
from rnnkit.architectures.parts import answers, inputs
from rnnkit.architectures.parts.answers import Answer, answer, dense_layer, dense_line
from rnnkit.architectures.parts.arithmetic import dense, product, relu
from rnnkit.architectures.parts.cell import numbered
from rnnkit.architectures.parts.inputs import FirstProduct, first_product
from rnnkit.architectures.parts.keras_attention import block_class
from rnnkit.architectures.parts.rotary import EPSILON, NEVER, angles, head_size, rotated
from rnnkit.architectures.parts.stack import seeds_from
from rnnkit.architectures.parts.windowed import WindowRunner, one_by_one, slices
from rnnkit.config import Answers, RunConfig

if TYPE_CHECKING:
    import keras

WIDER = 4  # times the units: the layer between the two products of each block


def table(config: RunConfig, vocab_size: int) -> list[Layer]:
    model, many_to_one = config.model, reads_windows(config)
    batch = None if many_to_one else config.batches.batch_size
    layers = inputs.table(config, vocab_size, (batch, config.batches.length))
    layers.append(dense_line("project", layers[-1].output_shape, model.units))
    for index in range(model.layers):
        once = many_to_one and index == model.layers - 1
        shape = (batch, model.units) if once else (batch, config.batches.length, model.units)
        name = numbered("transformer_block", index)
        layers.append(Layer(name, "TransformerBlock", shape, block_weights(config), over=Over.BEFORE))
    layers.append(Layer("norm", "RMSNormalization", shape, {"scale": (model.units,)}))
    return layers + answers.table(config, vocab_size, shape, "dropout")


def block_weights(config: RunConfig) -> dict[str, tuple[int, ...]]:
    """The shapes of one block's weights; queries, keys and values lie side by side."""
    units, inner = config.model.units, config.model.heads * head_size(config)
    return {
        "attention_scale": (units,), "attention_kernel": (units, 3 * inner), "attention_output": (inner, units),
        "dense_scale": (units,), "dense_kernel": (units, WIDER * units), "dense_bias": (WIDER * units,),
        "dense_output": (WIDER * units, units), "output_bias": (units,),
    }  # fmt: skip


def build(config: RunConfig, vocab_size: int, batch_size: int | None, seed: int) -> keras.Model:
    import keras

    model, seeds, many_to_one = config.model, seeds_from(seed), reads_windows(config)
    batch = batch_size if many_to_one else batch_size or config.batches.batch_size
    layers: list[Any] = [inputs.keras_input(config, batch), *inputs.keras_layers(config, vocab_size, seeds)]
    layers.append(dense_layer(model.units, seeds, name="project"))
    for index in range(model.layers):
        layers.append(
            block_class()(
                block_weights(config), model.heads, config.batches.length, stateful=not many_to_one,
                return_sequences=not (many_to_one and index == model.layers - 1), dropout=model.dropout,
                seed=next(seeds), name=numbered("transformer_block", index),
            )
        )  # fmt: skip
    layers.append(keras.layers.RMSNormalization(epsilon=EPSILON, name="norm"))
    layers += answers.keras_layers(config, vocab_size, seeds, "dropout")
    return keras.Sequential(layers, name="transformer")


# ---- NumPy


class PreparedTransformer(NamedTuple):
    """One trained network, ready to run."""

    first: FirstProduct
    blocks: tuple[Arrays, ...]
    scale: np.ndarray  # of the last norm
    answer: Answer


def prepare(config: RunConfig, arrays: Arrays) -> PreparedTransformer:
    names = [numbered("transformer_block", index) for index in range(config.model.layers)]
    blocks = tuple({name: arrays[f"{block}/{name}"] for name in block_weights(config)} for block in names)
    first = first_product(config, arrays, arrays["project/kernel"], arrays["project/bias"])
    return PreparedTransformer(first, blocks, arrays["norm/scale"], answer(arrays))


class TransformerRunner:
    """Texts whose last `batches.length` keys and values are kept, so that a symbol costs one step.

    The state: how many symbols each text has read (rows,), what the last block answered (rows, U), and for each block
    the keys, turned to their places, and the values (rows, length, heads x size); the newest overwrites the oldest.
    """

    def __init__(self, config: RunConfig, networks: Sequence[PreparedTransformer], rows: Sequence[int]):
        self.networks = list(zip(networks, slices(rows), strict=True))
        self.rows, self.length, self.heads = sum(rows), config.batches.length, config.model.heads
        self.units, self.size, self.depth = config.model.units, head_size(config), config.model.layers
        self.answers = np.empty((self.rows, networks[0].answer.size), np.float32)
        # How much the newest step of each text looked at each place, per block (rows, heads, length).
        self.looked_at: list[np.ndarray] = [np.empty(0)] * self.depth

    def initial_state(self) -> State:
        kept = (self.rows, self.length, self.heads * self.size)
        state = [np.zeros(self.rows, np.int32), np.zeros((self.rows, self.units), np.float32)]
        return state + [np.zeros(kept, np.float32) for _ in range(2 * self.depth)]

    def advance(self, ids: np.ndarray, state: State) -> None:
        seen, shown, *kept = state
        turns = angles(seen, self.size)
        for network, part in self.networks:
            network.first(ids[part], out=shown[part])
        for index in range(self.depth):
            looked_at = self._attend(index, seen, turns, shown, kept[2 * index], kept[2 * index + 1])
            for network, part in self.networks:
                _add(network.blocks[index], looked_at[part], shown[part])
        seen += 1

    def _attend(self, index, seen, turns, shown, keys, values) -> np.ndarray:
        """What each text's newest step gathers from those that it looks at: (rows, heads x size)."""
        inner = self.heads * self.size
        mixed = np.empty((self.rows, 3 * inner), np.float32)
        for network, part in self.networks:
            weights = network.blocks[index]
            product(_norm(shown[part], weights["attention_scale"]), weights["attention_kernel"], out=mixed[part])
        query, key, value = (one.reshape(self.rows, self.heads, -1) for one in np.split(mixed, 3, axis=1))
        texts, newest = np.arange(self.rows), seen % self.length
        keys[texts, newest], values[texts, newest] = rotated(key, turns).reshape(-1, inner), value.reshape(-1, inner)
        by_head = (self.rows, self.length, self.heads, self.size)
        places = keys.reshape(by_head).transpose(0, 2, 3, 1)  # (rows, heads, size, length)
        scores = np.matmul(rotated(query, turns)[:, :, None], places)[:, :, 0]  # (rows, heads, length)
        scores *= np.float32(self.size**-0.5)
        scores[np.broadcast_to(np.arange(self.length) > seen[:, None, None], scores.shape)] = NEVER
        scores -= scores.max(axis=-1, keepdims=True)
        np.exp(scores, out=scores)
        scores /= scores.sum(axis=-1, keepdims=True)
        self.looked_at[index] = scores
        return np.matmul(scores[:, :, None], values.reshape(by_head).transpose(0, 2, 1, 3)).reshape(self.rows, inner)

    def logits(self, state: State) -> np.ndarray:
        for network, part in self.networks:
            network.answer(_norm(state[1][part], network.scale), out=self.answers[part])
        return self.answers


def _norm(x: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """Each row (n, U) divided by its root mean square, and scaled."""
    return x / np.sqrt(np.square(x).mean(axis=-1, keepdims=True) + np.float32(EPSILON)) * scale


def _add(weights: Arrays, looked_at: np.ndarray, shown: np.ndarray) -> None:
    """The rest of one block, in place: what was looked at is added, then what two products make of it."""
    shown += product(looked_at, weights["attention_output"], out=np.empty_like(shown))
    wide = relu(dense(_norm(shown, weights["dense_scale"]), weights["dense_kernel"], weights["dense_bias"]))
    shown += dense(wide, weights["dense_output"], weights["output_bias"])


def forward(config: RunConfig, network: PreparedTransformer, ids: np.ndarray) -> np.ndarray:
    """Windows of ids (B, T), T at most `batches.length`, to logits (B, outputs)."""
    runner = TransformerRunner(config, [network], [len(ids)])
    state = runner.initial_state()
    for t in range(ids.shape[1]):
        runner.advance(ids[:, t], state)
    return runner.logits(state)


def attention(config: RunConfig, network: PreparedTransformer, ids: np.ndarray) -> np.ndarray:
    """How much each head of each block looked at the last steps after `ids` (N,): (blocks, heads, n), each sum 1.

    n is N, `batches.length` at most; the newest is the last. A network of windows reads the last window alone.
    """
    length = config.batches.length
    read = ids[-length:] if config.batches.kind == "windows" else ids
    own = TransformerRunner(config, [network], [1])
    state = own.initial_state()
    for t in range(len(read)):
        own.advance(read[t : t + 1], state)
    newest = np.arange(len(read) - min(len(read), length), len(read)) % length
    return np.stack([scores[0][:, newest] for scores in own.looked_at])


def runner(config: RunConfig, networks: Sequence[PreparedTransformer], rows: Sequence[int]) -> Any:
    """Windows are read anew for every symbol, as no block may know what stood before them; else see the runner."""
    if config.batches.kind == "windows" and config.answers is not Answers.CLASS:
        return WindowRunner(one_by_one(partial(forward, config)), config, networks, rows)
    return TransformerRunner(config, networks, rows)


TRANSFORMER = Architecture(
    name="transformer",
    title="Transformer",
    summary=(
        "No state that is rewritten at each step: the last steps themselves are kept, and each block looks back at "
        "those it finds useful. The contrast to everything recurrent."
    ),
    equations=(
        Equation(
            r"q_t, k_t, v_t = W_{qkv}\, \mathrm{norm}(x_t)",
            "Each step asks a question, offers a key and holds a value.",
        ),
        Equation(
            r"a_{t,s} = \mathrm{softmax}_s\big(q_t^\top R_{t-s}\, k_s / \sqrt{d}\big),\quad t - T < s \le t",
            "How much it looks at each of the T newest steps; a rotation R tells how far back one stands.",
        ),
        Equation(r"x'_t = x_t + W_o \sum_s a_{t,s} v_s", "What it found is added, for several heads side by side."),
        Equation(
            r"x''_t = x'_t + W_2\, \mathrm{ReLU}(W_1\, \mathrm{norm}(x'_t) + b_1) + b_2",
            "Then each step is worked on by itself.",
        ),
        Equation(r"\hat y_t = \mathrm{softmax}(V\, \mathrm{norm}(x''_t) + b_y)", "After the last block: the answer."),
    ),
    fields=(*inputs.FIELDS, "units", "layers", "heads", *answers.FIELDS),
    table=table,
    build=build,
    prepare=prepare,
    runner=runner,
    attention=attention,
)
