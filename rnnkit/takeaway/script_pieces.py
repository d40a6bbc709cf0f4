"""The texts that a stand-alone Keras script is put together from; capitals in angle brackets are filled in.

They are program text for somebody else's machine: nothing here is run by us, tests do.
"""

from __future__ import annotations

HOW_TO = """\
Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE TEXT_FILE

The text file of the run is written by: python -m rnnkit take RUN text.txt
"""

IMPORTS = """
import hashlib
import math
import os
<MORE>import sys
<UNICODE>from collections import Counter

os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
<TENSORFLOW>from keras import initializers, layers
"""

CHARACTERS = '''
def symbols_of(text):
    """A symbol is a character."""
    return text<ONE_LINE>
'''

WORDS = r'''
# A run of dashes is a word; apostrophes and slashes inside words are none, nor points and commas inside numbers.
APART = re.compile(
    r"[-\u2010-\u2015]+"
    r"|(?<![^\W_])['\u2019/]|['\u2019/](?![^\W_])"
    r"|(?<!\d)[.,]|[.,](?!\d)"
)
LEFT_ALONE = "'\u2019/.,-\u2010\u2011\u2012\u2013\u2014\u2015"


def symbols_of(text):
    """A symbol is a word in lower case; punctuation marks and line ends are words too."""
    text = APART.sub(r" \g<0> ", text<ONE_LINE>.lower())
    text = text.translate({ord(letter): spaced(letter) for letter in set(text)})
    return [word for word in text.split(" ") if word]


def spaced(letter):
    """What a letter becomes before the split at spaces."""
    if letter == "\n":
        return " \n "
    category = unicodedata.category(letter)
    if letter.isspace() or category in ("Cc", "Cs"):
        return " "
    if letter in LEFT_ALONE:
        return letter
    return f" {letter} " if category[0] in "PS" else letter
'''

SPACED_WORDS = '''
def symbols_of(text):
    """A symbol is what stands between two spaces."""
    return text.split()
'''

VOCABULARY = '''
def vocabulary_of(symbols):
    """The symbols that the network knows, in order: number i is vocabulary[i]."""
    counts = Counter(symbols)
<KNOWN>


def ids_of(symbols, vocabulary):
    """Numbers in place of symbols<ELSE>."""
    ids = {symbol: i for i, symbol in enumerate(vocabulary)}
    return np.array([<ID>], np.int32)
'''

STREAMS = '''
def streams(ids):
    """BATCH_SIZE rows that read the text side by side; each row of a batch goes on in the same row of the next.

    Inputs and targets, (batches * BATCH_SIZE, LENGTH), batch after batch.
    """
    columns = (len(ids) - 1) // BATCH_SIZE
    size = BATCH_SIZE * columns
    inputs = ids[:size].reshape(BATCH_SIZE, columns)
    targets = ids[1 : size + 1].reshape(BATCH_SIZE, columns)
    whole = columns // LENGTH * LENGTH
    return in_batches(inputs[:, :whole]), in_batches(targets[:, :whole])


def held_out_streams(ids):
    """The same for measuring: every symbol is a target once; weights are 0 where rows are filled up."""
    pairs = len(ids) - 1
    columns = max(math.ceil(pairs / BATCH_SIZE), min(LENGTH, pairs))
    filled = []
    for part in (ids[:-1], ids[1:], np.ones(pairs, np.float32)):
        rows = np.zeros(BATCH_SIZE * columns, part.dtype)
        rows[:pairs] = part
        filled.append(in_batches(np.pad(rows.reshape(BATCH_SIZE, columns), ((0, 0), (0, -columns % LENGTH)))))
    return filled


def in_batches(rows):
    """(BATCH_SIZE, batches * LENGTH) -> (batches * BATCH_SIZE, LENGTH)"""
    return rows.reshape(BATCH_SIZE, -1, LENGTH).swapaxes(0, 1).reshape(-1, LENGTH)


def forget(model):
    """Empty the states that the layers carry from batch to batch."""
    for layer in model.layers:
        if getattr(layer, "stateful", False):
            layer.reset_state()
'''

WINDOWS = '''
class Windows(keras.utils.PyDataset):
    """LENGTH symbols and the one after them, from each of `starts`: inputs (B, LENGTH), targets (B,)."""

    def __init__(self, ids, starts):
        super().__init__()
        self.ids, self.starts = ids, starts

    def __len__(self):
        return math.ceil(len(self.starts) / BATCH_SIZE)

    def __getitem__(self, i):
        starts = self.starts[i * BATCH_SIZE : (i + 1) * BATCH_SIZE]
        return self.ids[starts[:, None] + np.arange(LENGTH)], self.ids[starts + LENGTH]


def starts_of(ids):
    """Where the windows of a text begin."""
    return np.arange(0, len(ids) - LENGTH, STEP)


def shuffled(starts, epoch):
    """Another order in every pass of every epoch, the same in every run of this script."""
    random = np.random.default_rng((SEED, epoch))
    return np.concatenate([random.permutation(starts) for _ in range(PASSES)])
'''

EMBEDDING = """\
    first = initializers.RandomUniform(-0.05, 0.05, seed=next(seeds))
    x = layers.Embedding(vocab_size, EMBEDDING_SIZE, embeddings_initializer=first)(ids)"""

ONE_HOT = """\
    x = keras.ops.one_hot(ids, vocab_size)"""

NUMBERS = """\
    x = keras.ops.cast(ids, "float32")[:, :, None]"""

HIDDEN = """\
    x = layers.Dense(HIDDEN_UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)"""

STACK = '''
def network(vocab_size, batch_size=<BATCH_SIZE>, length=LENGTH):
    """Numbers of symbols (B, T) in, logits <SHAPE> out."""
    seeds = iter(np.random.SeedSequence(SEED).generate_state(64).tolist())

    def first_weights():
        return {
            "kernel_initializer": initializers.GlorotUniform(next(seeds)),
            "recurrent_initializer": initializers.Orthogonal(seed=next(seeds)),
            "seed": next(seeds),
        }

    ids = keras.Input((length,), batch_size=batch_size, dtype="int32")
<LAYERS>
    logits = layers.Dense(vocab_size, kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)
    return keras.Model(ids, logits)
'''

UNROLLED = '''
def network(vocab_size):
    """Numbers of symbols (B, LENGTH) in, logits (B, vocab_size) out: a recurrent network drawn out."""
    seeds = iter(np.random.SeedSequence(SEED).generate_state(64).tolist())
    ids = keras.Input((LENGTH,), dtype="int32")
<SYMBOLS>
    read = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)
    hidden = read[:, 0]
<CARRY>    logits = layers.Dense(vocab_size, kernel_initializer=initializers.GlorotUniform(next(seeds)))(hidden)
    return keras.Model(ids, logits)
'''

CARRY = """\
    carry = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))
    for t in range(1, LENGTH):
        hidden = carry(hidden) + read[:, t]
"""

# Measured: with plain Keras the losses part from the run's at the first step that is clipped.
CLIPPED = '''
class Optimizer(keras.optimizers.<OPTIMIZER>):
    """Adds up an embedding's gradient before the norm is taken; Keras squares the share of each symbol read alone."""

    def apply(self, gradients, variables=None):
        return super().apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)


'''

TRAINING = '''
<CLIPPED>def prepare(model, steps):
    """The loss and the rule that changes the weights; `steps` is the number of batches in all epochs."""
    rate = <RATE>
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    nats = keras.metrics.SparseCategoricalCrossentropy(from_logits=True, name="nats")
    optimizer = <CLASS>(rate<CLIP>)
    model.compile(optimizer, loss, weighted_metrics=[nats])


def tell(epoch, loss, held_out):
    """One line per epoch, the losses of the run beside those just measured."""
    own, own_held_out = RUN_LOSSES.get(epoch, (None, None))
    print(f"epoch {epoch}: loss {shown(loss)} (run: {shown(own)}),", end=" ")
    print(f"held out {shown(held_out)} (run: {shown(own_held_out)})", flush=True)


def shown(loss):
    return "-" if loss is None else f"{loss:.4f}"
'''

STREAMS_TRAINING = '''
def train(model, trained, held_out):
    """EPOCHS times through the text, the losses printed after each."""
    inputs, targets = streams(trained)
    prepare(model, EPOCHS * len(inputs) // BATCH_SIZE)
    if len(held_out):
        held_out_inputs, held_out_targets, weights = held_out_streams(held_out)
    val_loss = None<LOSSES>
    for epoch in range(1, EPOCHS + 1):
        forget(model)
        history = model.fit(inputs, targets, batch_size=BATCH_SIZE, shuffle=False, verbose=0).history
        if len(held_out):
            forget(model)
            measured = model.evaluate(
                held_out_inputs, held_out_targets, BATCH_SIZE, sample_weight=weights, verbose=0, return_dict=True
            )
            val_loss = measured["nats"]
        tell(epoch, history["nats"][0], val_loss)<PATIENCE>
'''

WINDOWS_TRAINING = '''
def train(model, trained, held_out):
    """EPOCHS times through all windows, the losses printed after each."""
    starts = starts_of(trained)
    prepare(model, EPOCHS * math.ceil(PASSES * len(starts) / BATCH_SIZE))
    val_loss = None<LOSSES>
    for epoch in range(1, EPOCHS + 1):
        history = model.fit(Windows(trained, shuffled(starts, epoch)), shuffle=False, verbose=0).history
        if len(held_out):
            measured = model.evaluate(Windows(held_out, starts_of(held_out)), verbose=0, return_dict=True)
            val_loss = measured["nats"]
        tell(epoch, history["nats"][0], val_loss)<PATIENCE>
'''

LOSSES = """
    losses = []"""

PATIENCE = """
        losses.append(history["nats"][0] if val_loss is None else val_loss)
        if len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
            break"""

STREAMS_WRITING = '''
def write(model, prompt, length, temperature):
    """Numbers of `length` symbols after those of `prompt`."""
    writer = network(model.output_shape[-1], batch_size=1, length=1)
    writer.set_weights(model.get_weights())
    random = np.random.default_rng(SEED)
    for symbol in prompt:
        logits = writer.predict_on_batch(np.array([[symbol]]))[0, 0]
    written = []
    for _ in range(length):
        written.append(choose(logits, temperature, random))
        logits = writer.predict_on_batch(np.array([[written[-1]]]))[0, 0]
    return written
'''

WINDOWS_WRITING = '''
def write(model, prompt, length, temperature):
    """Numbers of `length` symbols after the LENGTH symbols of `prompt`."""
    random = np.random.default_rng(SEED)
    written = list(prompt)
    for _ in range(length):
        logits = model.predict_on_batch(np.array([written[-LENGTH:]]))[0]
        written.append(choose(logits, temperature, random))
    return written[len(prompt) :]
'''

DETERMINISM = """\
    tf.config.experimental.enable_op_determinism()  # sums in one order, as in the run; leave it out for speed
"""

MAIN = '''
def choose(logits, temperature, random):
    """One symbol, drawn from what the network believes."""
    scores = np.exp((logits - logits.max()).astype(float) / temperature)
    return int(random.choice(len(scores), p=scores / scores.sum()))


def main(text_file):
    with open(text_file, encoding="utf-8-sig", newline="") as file:
        text = file.read().replace("\\r\\n", "\\n").replace("\\r", "\\n")
    if TEXT_SHA256 and hashlib.sha256(text.encode()).hexdigest() != TEXT_SHA256:
        print("This is not the text that the run was trained on: the losses will be others.")
    symbols = symbols_of(text)
    vocabulary = vocabulary_of(symbols)
    ids = ids_of(symbols, vocabulary)
    cut = len(ids) - int(len(ids) * HELD_OUT)
    trained, held_out = ids[:cut], ids[cut:]
    print(f"{len(ids):,} symbols, {len(vocabulary):,} different")

<DETERMINISM>    keras.utils.set_random_seed(SEED)
    model = network(len(vocabulary))
    model.summary()
    train(model, trained, held_out)
    model.save("network.keras")
    prompt = (held_out if len(held_out) > LENGTH else trained)[:LENGTH]
    print(<JOINT>.join(vocabulary[i] for i in [*prompt, *write(model, prompt, 300, temperature=0.7)]))


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("Give the text file to train on")
    main(sys.argv[1])
'''
