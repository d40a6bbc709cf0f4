"""The texts that a stand-alone Keras script is put together from; capitals in angle brackets are filled in.

They are program text for somebody else's machine: nothing here is run by us, tests do.
"""

from __future__ import annotations

HOW_TO = """\
Trains the network of one rnnkit run again, without rnnkit.

    python -m venv keras && keras/bin/pip install tensorflow
    keras/bin/python THIS_FILE <FILES>

"""

TEXT_FILE = """\
The text file of the run is written by: python -m rnnkit take RUN text.txt
"""

SERIES_FILE = """\
The series is a file with one number in each line. That of the run is written by: python -m rnnkit take RUN series.txt
"""

TEXT_FILES = """\
Each text is a file, and what the network learns is from which of them a line is. Those of the run are written by:

    python -m rnnkit take RUN texts.zip
    python -m zipfile -e texts.zip texts
"""

REVIEW_FILES = """\
The reviews are tables with the columns label (0 or 1) and review. Those of the run are written by:

    python -m rnnkit take RUN reviews.zip
    python -m zipfile -e reviews.zip reviews
"""

IMPORTS = """
<MODULES><NAMES>
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import keras
import numpy as np
<TENSORFLOW>from keras import initializers, layers
"""

# ---- reading

TEXT = '''
def text_of(text_file):
    """What stands in a file, all line ends alike."""
    with open(text_file, encoding="utf-8-sig", newline="") as file:
        return file.read().replace("\\r\\n", "\\n").replace("\\r", "\\n")
'''

CHECKSUM = '''
def check(text):
    """Say so where this is not what the run has read."""
    if TEXT_SHA256 and hashlib.sha256(text.encode()).hexdigest() != TEXT_SHA256:
        print("This is not the text that the run was trained on: the losses will be others.")
'''

REVIEWS = '''
def reviews_of(csv_file):
    """Reviews with their classes, in the order of the reviews' checksums."""
    with gzip.open(csv_file, "rt", encoding="utf-8-sig", newline="") as file:
        found = [(row["review"], int(row["label"])) for row in csv.DictReader(file)]
    return sorted(found, key=lambda example: hashlib.sha1(example[0].encode()).digest())


def examples(train_file, test_file):
    """The classes; reviews with the numbers of theirs to train on; and those that are only measured."""
    found = reviews_of(train_file)
    cut = len(found) - int(len(found) * HELD_OUT)
    return ["negative", "positive"], found[:cut], {"held-out": found[cut:], "test": reviews_of(test_file)}
'''

LINES = '''
def lines_of(text):
    """The lines of a text, each once, LEAST_WORDS or more words long; after MOST_WORDS words they are cut."""
    words, found = [], []
    for line in text.split("\\n"):
        words += line.split()
        while len(words) >= LEAST_WORDS:
            found.append(" ".join(words[:MOST_WORDS]))
            words = words[MOST_WORDS:]
    return list(dict.fromkeys(found))


def lines_of_each(texts):
    """Lines that no other text has, of each text as many, spread evenly from its beginning to its end."""
    found = [lines_of(text) for text in texts]
    times = Counter(line for lines in found for line in lines)
    own = [[line for line in lines if times[line] == 1] for lines in found]
    fewest = min(len(lines) for lines in own)
    return [[lines[i] for i in np.linspace(0, len(lines), fewest + 1).astype(int)[:-1]] for lines in own]


def examples(*text_files):
    """The classes; lines with the numbers of theirs to train on; and those that are only measured."""
    lines = lines_of_each([text_of(file) for file in text_files])
    cut = len(lines[0]) - int(len(lines[0]) * HELD_OUT)
    trained = [(line, i) for i, of_text in enumerate(lines) for line in of_text[:cut]]
    held_out = [(line, i) for i, of_text in enumerate(lines) for line in of_text[cut:]]
    return [Path(file).stem for file in text_files], trained, {"held-out": held_out}
'''

# ---- symbols and values to numbers

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

UNPUNCTUATED_WORDS = r'''
BETWEEN_WORDS = str.maketrans(dict.fromkeys('!"#$%&()*+,-./:;<=>?@[\\]^_`{|}~\t\n', " "))


def symbols_of(text):
    """A symbol is a word in lower case; no punctuation mark but the apostrophe belongs to it."""
    return [word for word in text.lower().translate(BETWEEN_WORDS).split(" ") if word]
'''

ROWS = '''
PADDING, START, UNKNOWN = 0, 1, 2


def vocabulary_of(texts):
    """The symbols that the network knows, the most frequent first, after four that stand in no text."""
    counts = Counter(symbol for text in texts for symbol in symbols_of(text))
    known = [symbol for symbol, <COUNT> in counts.most_common()<IF>]
    symbols = ["<padding>", "<start>", "<unknown>", "<unused>", *known]
    return <SYMBOLS>


def rows_of(examples, vocabulary):
    """Numbers of the last symbols of each text, filled up in front, (N, LENGTH); and of its class, <CLASSES>."""
    ids = {symbol: i for i, symbol in enumerate(vocabulary)}
    rows = np.full((len(examples), LENGTH), PADDING, np.int32)
    for row, (text, _) in zip(rows, examples, strict=True):
        read = [START, *(ids.get(symbol, UNKNOWN) for symbol in symbols_of(text))][-LENGTH:]
        row[-len(read) :] = read
    return rows, np.array([<CLASS> for _, label in examples], np.<KIND>)
'''

BINS = '''
def check(values):
    """Say so where these are not the values that the run was trained on."""
    if not np.allclose((values.min(), values.max()), RUN_RANGE):
        print("This is not the series that the run was trained on: the losses will be others.")


def bins_of(values):
    """Edges of the bins that the values are cut into, (bins + 1,), and the mean value in each, (bins,)."""
    cuts = np.linspace(0, 1, CLASSES + 1)
    low, high = values.min(), values.max()
    edges = np.unique(<EDGES>)
<FEW>    numbers = numbers_of(values, edges)
    counts = np.bincount(numbers, minlength=len(edges) - 1)
    means = np.bincount(numbers, values, minlength=len(edges) - 1) / np.maximum(counts, 1)
    return edges, np.where(counts > 0, means, (edges[:-1] + edges[1:]) / 2)


def numbers_of(values, edges):
    """The number of the bin of each value; what lies outside all bins belongs to the first or the last one."""
    return np.searchsorted(edges[1:-1], values, side="right").astype(np.int32)
'''

FEW_QUANTILES = """\
    if len(edges) < 3:  # values that are nearly always the same
        edges = np.array([low, (low + high) / 2, high])
"""

STANDARD = '''
def check(values):
    """Say so where these are not the values that the run was trained on."""
    if not np.allclose((values.mean(), values.std()), RUN_SCALE):
        print("This is not the series that the run was trained on: the losses will be others.")
'''

# ---- batches

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

# ---- the network

EMBEDDING = """\
    first = initializers.RandomUniform(-0.05, 0.05, seed=next(seeds))
    x = layers.Embedding(vocab_size, EMBEDDING_SIZE, embeddings_initializer=first)(inputs)"""

ONE_HOT = """\
    x = keras.ops.one_hot(inputs, vocab_size)"""

NUMBERS = """\
    x = keras.ops.cast(inputs, "float32")[:, :, None]"""

VALUES = """\
    x = inputs[:, :, None]"""

DENSE = """\
    x = layers.Dense(HIDDEN_UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)"""

CONVOLUTION = """\
    first = initializers.GlorotUniform(next(seeds))
    x = layers.Conv1D(UNITS, KERNEL_WIDTH, padding="causal", activation="relu", kernel_initializer=first)(x)"""

POOLING = """\
    x = layers.GlobalMaxPooling1D()(x)"""

DRAWN_OUT = """\
    read = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)
    x = read[:, 0]"""

CARRY = """\
    carry = layers.Dense(UNITS, "relu", kernel_initializer=initializers.GlorotUniform(next(seeds)))
    for t in range(1, LENGTH):
        x = carry(x) + read[:, t]"""

NETWORK = '''
def network(<ARGUMENTS>):
    """<DOC>"""
    seeds = iter(np.random.SeedSequence(SEED).generate_state(64).tolist())<FIRST_WEIGHTS>
<INPUTS>
<LAYERS>
    <ANSWER> = layers.Dense(<OUTPUTS>, kernel_initializer=initializers.GlorotUniform(next(seeds)))(x)
    return keras.Model(inputs, <ANSWER>)
'''

FIRST_WEIGHTS = """

    def first_weights():
        return {
            "kernel_initializer": initializers.GlorotUniform(next(seeds)),
            "recurrent_initializer": initializers.Orthogonal(seed=next(seeds)),
            "seed": next(seeds),
        }
"""

STREAM_INPUTS = """\
    inputs = keras.Input((length,), batch_size=batch_size, dtype="<KIND>")"""

WINDOW_INPUTS = """\
    inputs = keras.Input((LENGTH,), dtype="<KIND>")"""

# ---- training

# Measured: with plain Keras the losses part from the run's at the first step that is clipped, and by Adam at the first.
ADDED_UP = '''
class Optimizer(keras.optimizers.<OPTIMIZER>):
    """Adds up an embedding's gradient before it is squared; Keras squares the share of each symbol read alone."""

    def apply(self, gradients, variables=None):
        return super().apply([tf.convert_to_tensor(gradient) for gradient in gradients], variables)
'''

# Measured: with Keras's own formula a convolution over 24,000 reviews parts from the run by 0.0004 in the first epoch.
NATS = '''
def nats_of(classes, logits):
    """The binary cross-entropy; in these words, for a sum in another order is rounded otherwise than in the run."""
    return keras.ops.softplus(logits) - classes * logits
'''

PREPARE = '''
def prepare(model, steps):
    """The loss and the rule that changes the weights; `steps` is the number of batches in all epochs."""
    rate = <RATE>
    loss = <LOSS>
    <MEAN> = keras.metrics.<METRIC>
<ACCURACY>    optimizer = <CLASS>(rate<CLIP>)
    model.compile(optimizer, loss, weighted_metrics=[<METRICS>])
'''

# Keras wants a threshold above 0, which is where a logit says that both classes are as likely.
ACCURACY = {
    "softmax": """\
    accuracy = keras.metrics.SparseCategoricalAccuracy(name="accuracy")
""",
    "sigmoid": """\
    accuracy = keras.metrics.BinaryAccuracy(name="accuracy", threshold=1e-9)  # a logit above 0 is the second class
""",
}

TELL = '''
def tell(epoch, figures):
    """One line per epoch: each figure, and in brackets that of the run."""
    own = RUN_FIGURES.get(epoch, [None] * len(figures))
    pairs = zip(figures.items(), own, strict=False)
    line = ", ".join(f"{name} {shown(figure)} (run: {shown(run)})" for (name, figure), run in pairs)
    print(f"epoch {epoch}: {line}", flush=True)


def shown(figure):
    return "-" if figure is None else f"{figure:.4f}"
'''

STREAMS_TRAINING = '''
def learn(model, trained, epoch):
    """Once through the text, from its beginning."""
    forget(model)
    inputs, targets = streams(trained)
    history = model.fit(inputs, targets<COLUMN>, batch_size=BATCH_SIZE, shuffle=False, verbose=0).history
    return {"loss": history["<MEAN>"][0]}


def measure(model, held_out):
    """The loss on what was never trained on."""
    forget(model)
    inputs, targets, weights = held_out_streams(held_out)
    found = model.evaluate(inputs, targets<COLUMN>, BATCH_SIZE, sample_weight=weights, verbose=0, return_dict=True)
    return {"held-out loss": found["<MEAN>"]}
'''

WINDOWS_TRAINING = '''
def learn(model, trained, epoch):
    """Once through all windows, in the order of this epoch."""
    history = model.fit(Windows(trained, shuffled(starts_of(trained), epoch)), shuffle=False, verbose=0).history
    return {"loss": history["<MEAN>"][0]}


def measure(model, held_out):
    """The loss on what was never trained on."""
    found = model.evaluate(Windows(held_out, starts_of(held_out)), verbose=0, return_dict=True)
    return {"held-out loss": found["<MEAN>"]}
'''

# Measured: from arrays that fill all batches Keras makes another graph, which rounds otherwise; a simple RNN then parts
# from the run within an epoch.
ROWS_TRAINING = '''
def learn(model, trained, epoch):
    """Once through all texts, in another order in every epoch, the same in every run of this script."""
    rows, classes = trained
    order = np.random.default_rng((SEED, epoch)).permutation(len(rows))
    batches = tf.data.Dataset.from_tensor_slices((rows[order], classes[order])).batch(BATCH_SIZE)
    history = model.fit(batches, shuffle=False, verbose=0).history
    return {"loss": history["nats"][0], "accuracy": history["accuracy"][0]}


def measure(model, name, rows, classes):
    """The loss, and the share of right verdicts, on texts that were never trained on."""
    found = model.evaluate(rows, classes, batch_size=256, verbose=0, return_dict=True)
    return {f"{name} loss": found["nats"], f"{name} accuracy": found["accuracy"]}
'''

TRAIN = '''
def train(model, trained, held_out):
    """EPOCHS times through what is trained on; the figures are printed after each."""
    prepare(model, EPOCHS * <STEPS>)<LOSSES>
    for epoch in range(1, EPOCHS + 1):
        figures = learn(model, trained, epoch)
<MEASURE>
        tell(epoch, figures)<PATIENCE>
'''

MEASURE = """\
        if len(held_out):
            figures |= measure(model, held_out)"""

MEASURE_EACH = """\
        for name, (rows, classes) in held_out.items():
            figures |= measure(model, name, rows, classes)"""

LOSSES = """
    losses = []"""

PATIENCE = """
        losses.append(figures.get("held-out loss", figures["loss"]))
        if len(losses) - 1 - int(np.argmin(losses)) >= PATIENCE:
            break"""

# ---- trying it out

CHANCES = '''
def chances_of(logits, temperature=1.0):
    """Logits (..., N) to probabilities."""
    powers = np.exp((logits - logits.max(axis=-1, keepdims=True)).astype(float) / temperature)
    return powers / powers.sum(axis=-1, keepdims=True)
'''

CHOOSE = '''
def choose(logits, temperature, random):
    """One symbol, drawn from what the network believes."""
    chances = chances_of(logits, temperature)
    return int(random.choice(len(chances), p=chances))
'''

STREAMS_WRITING = '''
def write(model, prompt, length<DRAWN>):
    """<WHAT> after those of `prompt`."""
    writer = network(<SIZE>batch_size=1, length=1)
    writer.set_weights(model.get_weights())
<RANDOM>    for symbol in prompt:
        <ANSWER> = writer.predict_on_batch(np.array([[symbol]]))[0, 0]
    written = []
    for _ in range(length):
        written.append(<CHOSEN>)
        <ANSWER> = writer.predict_on_batch(np.array([[written[-1]]]))[0, 0]
    return written
'''

WINDOWS_WRITING = '''
def write(model, prompt, length<DRAWN>):
    """<WHAT> after the LENGTH ones of `prompt`."""
<RANDOM>    written = list(prompt)
    for _ in range(length):
        <ANSWER> = model.predict_on_batch(np.array([written[-LENGTH:]]))[0]
        written.append(<CHOSEN>)
    return written[len(prompt) :]
'''

RANDOM = """\
    random = np.random.default_rng(SEED)
"""

STREAMS_READING = '''
def answers(model, ids, first):
    """What the network answers before it sees each of ids[first:]; it reads on from MEMORY symbols before."""
    before = ids[max(0, first - MEMORY) : -1]
    reader = network(<SIZE>batch_size=1, length=len(before))
    reader.set_weights(model.get_weights())
    return reader.predict_on_batch(before[None])[0, first - len(ids) :]
'''

WINDOWS_READING = '''
def answers(model, ids, first):
    """What the network answers before it sees each of ids[first:]; it reads the window before."""
    starts = np.arange(first, len(ids)) - LENGTH
    return model.predict(ids[starts[:, None] + np.arange(LENGTH)], verbose=0)
'''

# ---- all together

DETERMINISM = """\
    tf.config.experimental.enable_op_determinism()  # sums in one order, as in the run; leave it out for speed
"""

TRAINED = """\
<DETERMINISM>    keras.utils.set_random_seed(SEED)
    model = network(<SIZE>)
    model.summary()
    train(model, <TRAINED>, <HELD_OUT>)
    model.save("network.keras")
"""

MAIN = """
def main(text_file):
    text = text_of(text_file)
    check(text)
    symbols = symbols_of(text)
    vocabulary = vocabulary_of(symbols)
    ids = ids_of(symbols, vocabulary)
    cut = len(ids) - int(len(ids) * HELD_OUT)
    trained, held_out = ids[:cut], ids[cut:]
    print(f"{len(ids):,} symbols, {len(vocabulary):,} different")

<RUN>    prompt = (held_out if len(held_out) > LENGTH else trained)[:LENGTH]
    print(<JOINT>.join(vocabulary[i] for i in [*prompt, *write(model, prompt, 300, temperature=0.7)]))
"""

MAIN_OF_CLASSES = """
def main(*files):
    labels, trained, held_out = examples(*files)
    check("\\n".join(text for text, _ in trained))
    vocabulary = vocabulary_of(text for text, _ in trained)
    rows = {name: rows_of(found, vocabulary) for name, found in held_out.items() if found}
    print(f"{len(trained):,} texts to learn from, {len(labels)} classes, {len(vocabulary):,} symbols")

<RUN>    text, label = [*trained, *(example for found in held_out.values() for example in found)][-1]
    logits = model.predict_on_batch(rows_of([(text, label)], vocabulary)[0])[0]
    chances = chances_of(<LOGITS>)
    print(f"{text[-300:]}\\n{labels[chances.argmax()]}: {chances.max():.1%} (truth: {labels[label]})")
"""

MAIN_OF_SERIES = """
def main(series_file):
    values = np.loadtxt(series_file, ndmin=1)
    cut = len(values) - int(len(values) * HELD_OUT)
    check(values[:cut])
<NUMBERS>
    print(f"{len(values):,} values, the last {len(values) - cut:,} held out")

<RUN><ERRORS>    following = <FOLLOWING>
    print("the next values:", ", ".join(f"{value:.4g}" for value in following))
"""

TO_BINS = """\
    edges, centres = bins_of(values[:cut])
    ids = numbers_of(values, edges)"""

TO_STANDARD = """\
    mean, deviation = values[:cut].mean(), values[:cut].std()
    ids = ((values - mean) / deviation).astype(np.float32)"""

ERRORS = """\
    expected = <EXPECTED>
    error = np.abs(values[cut:] - expected).mean()
    today = np.abs(values[cut:] - values[cut - 1 : -1]).mean()
    print(f"held-out values one step ahead, mean absolute error: {error:.4f} (run: {shown(RUN_ERROR)});", end=" ")
    print(f"with tomorrow = today: {today:.4f}")
"""

CALL = """
if __name__ == "__main__":
    if <WRONG>:
        sys.exit("Give <ASKED>")
    main(*sys.argv[1:])
"""
