"""The experiments of the five source documents with their own sizes, and ours that stand beside them.

Values that a document does not give are our choice, and its lesson says so. Knows no text and no network.
"""

from __future__ import annotations

from typing import Any

from rnnkit.presets.preset import Preset, entry

# fmt: off
# Document 000 reads line ends as spaces; its 90 symbols and the one for the unknown make its 91.
_SHERLOCK_SYMBOLS = {"newlines": "space", "unknown_symbol": True}
# The sentence from which document 000 lets its network write 400 characters.
_SHERLOCK_PROMPT = (
    "I have no data yet it is a capital mistake to theorise before one has data "
    "insensibly one begins to twist facts to suit theories"
)
# Document 000 builds its classifiers over 1,000 words and 10 classes and stops there: no text is given.
_CLASSIFIER = {"kind": "words", "vocab_size": 1000}
_WHO_WROTE_THIS = "here"  # every known text that is on this machine
# The recipe lecture's rules make the words; what is seen fewer than 5 times goes.
_LECTURE_WORDS = {"kind": "words", "minimum_count": 5}


def _nietzsche(cell: str, title: str, lesson: str) -> Preset:
    """One of the three cells that document 001 compares, alike in everything else."""
    return entry(
        f"nietzsche-{cell.removeprefix('simple_')}", title, "document 001",
        f"{lesson} The length of 100 is the document's; the other sizes are ours, and the same for all three cells.",
        corpus="nietzsche",
        tokenizer={"unknown_symbol": True},
        batches={"kind": "streams", "length": 100, "batch_size": 32},
        model={"architecture": cell, "units": 256, "embedding_size": 30},
        training={"epochs": 20, "optimizer": "adam", "learning_rate": 0.002, "clip_norm": 1.0})


def _classifier(cell: str, title: str, lesson: str) -> Preset:
    """One of the two classifiers of document 000."""
    return entry(
        f"{cell.removeprefix('simple_')}-classifier", title, "document 000",
        f"{lesson} The document names no text: here the network classifies lines by their text, out of up to ten.",
        task="classification",
        corpus=_WHO_WROTE_THIS,
        tokenizer=_CLASSIFIER,
        batches={"kind": "windows", "length": 40, "batch_size": 32},
        model={"architecture": cell, "units": 128, "embedding_size": 64, "classes": 10},
        training={"epochs": 6, "learning_rate": 0.001})


def _meditations(name: str, title: str, source: str, lesson: str, model: dict[str, Any], epochs: int) -> Preset:
    """Document 004's network over three words at a time; `model` says what a word is to it, and other sizes."""
    return entry(
        name, title, source, lesson,
        corpus="meditations",
        tokenizer={"kind": "words", "word_rules": "spaces"},
        # 86 windows of 3 words, 12 times: 1,032 steps an epoch.
        batches={"kind": "windows", "length": 3, "passes": 12, "batch_size": 1, "validation_fraction": 0.0},
        model={"architecture": "lstm", "units": 512, "layers": 2} | model,
        training={"epochs": epochs, "optimizer": "rmsprop", "learning_rate": 0.001, "clip_norm": 0.0},
        sampling={"prompt": "In a sense,", "length": 86, "temperatures": (0.0,)})


def _dates(name: str, architecture: str, title: str, lesson: str) -> Preset:
    """One of the two networks that turn dates into ISO dates, alike in everything but attention."""
    return entry(
        name, title, "document 002",
        f"{lesson} The document names the shape; the task and all sizes are ours, the same with and without attention.",
        task="sequence-to-sequence",
        corpus="dates",
        batches={"length": 56, "batch_size": 128},
        model={"architecture": architecture, "units": 64, "embedding_size": 32},
        pairs={"examples": 20_000, "held_out": 500, "longest_output": 10, "spellings": "all"},
        training={"epochs": 20, "learning_rate": 0.004, "schedule": "cosine", "clip_norm": 1.0})


def _recipes(cell: str, source: str, title: str, lesson: str) -> Preset:
    """One cell on the words of the recipe lecture, alike in everything else."""
    return entry(
        f"recipes-{cell.removesuffix('_lstm')}", title, source, lesson,
        corpus="recipes",
        tokenizer=_LECTURE_WORDS,
        batches={"kind": "streams", "length": 50, "batch_size": 32},
        model={"architecture": cell, "units": 192, "embedding_size": 64, "dropout": 0.3},
        training={"epochs": 40, "optimizer": "adam", "learning_rate": 0.003, "clip_norm": 1.0, "patience": 3})


def _shape(name: str, title: str, lesson: str, kind: str = "windows", bidirectional: bool = False) -> Preset:
    """One of the shapes of network that document 002 lists, on one text and alike in everything else."""
    return entry(
        name, title, "document 002",
        f"{lesson} The text and all sizes are ours, and the same for all three, so that Compare can overlay them.",
        corpus="cookbook",
        batches={"kind": kind, "length": 40, "step": 5, "batch_size": 64},
        model={"architecture": "lstm", "units": 96, "embedding_size": 32, "bidirectional": bidirectional},
        training={"epochs": 8, "learning_rate": 0.004})


DOCUMENTS: tuple[Preset, ...] = (
    entry("sherlock-bilstm", "Sherlock Holmes, many-to-one", "document 000",
        "One loss per window of 40 characters: the bidirectional LSTM reads each character eight times "
        "and gets a target for one in five. The noise that the course prints comes from its sampling loop, which "
        "feeds the network the wrong ten characters.",
        corpus="sherlock",
        tokenizer=_SHERLOCK_SYMBOLS,
        batches={"kind": "windows", "length": 40, "step": 5, "batch_size": 32, "validation_fraction": 0.0},
        model={"architecture": "lstm", "units": 64, "embedding_size": 64, "bidirectional": True},
        training={"epochs": 5, "optimizer": "adam", "learning_rate": 0.001, "clip_norm": 0.0},
        sampling={"prompt": _SHERLOCK_PROMPT, "length": 400, "temperatures": (0.0, 0.5, 1.0)}),
    entry("sherlock-streams", "Sherlock Holmes, sequence-to-sequence", "ours, beside document 000",
        "A loss at every step and a state that is carried from batch to batch: a lower loss than five epochs of "
        "windows, in a thirtieth of the time.",
        corpus="sherlock",
        tokenizer=_SHERLOCK_SYMBOLS,
        batches={"kind": "streams", "length": 10, "batch_size": 64},
        model={"architecture": "gru", "units": 96, "embedding_size": 48},
        training={"epochs": 5, "optimizer": "adam", "learning_rate": 0.008, "clip_norm": 1.0},
        sampling={"prompt": _SHERLOCK_PROMPT, "length": 400, "temperatures": (0.0, 0.5, 1.0)}),
    entry("sherlock-deeper", "Sherlock Holmes, more layers", "document 000",
        "The challenge at the end of the document: two LSTM layers with dropout, trained on streams, generate "
        "better text; all sizes are ours.",
        corpus="sherlock",
        tokenizer=_SHERLOCK_SYMBOLS,
        batches={"kind": "streams", "length": 64, "batch_size": 16},
        model={"architecture": "lstm", "units": 192, "layers": 2, "embedding_size": 64, "dropout": 0.3},
        training={"epochs": 30, "learning_rate": 0.003, "schedule": "cosine", "clip_norm": 1.0, "patience": 6},
        sampling={"prompt": _SHERLOCK_PROMPT, "length": 400}),
    entry("sonnets-lstm", "Shakespeare's sonnets from a seed phrase", "document 000",
        "The document's assignment, which leaves all sizes open: with 154 poems the network soon overfits, so "
        "dropout and early stopping matter.",
        corpus="sonnets",
        batches={"kind": "streams", "length": 64, "batch_size": 16},
        model={"architecture": "lstm", "units": 192, "embedding_size": 48, "dropout": 0.3},
        training={"epochs": 40, "learning_rate": 0.003, "clip_norm": 1.0, "patience": 6},
        sampling={"prompt": "Shall I compare thee to a summer's day?\n", "length": 400}),
    entry("nietzsche-unrolled", "Three characters in, the fourth out", "document 001",
        "A recurrent network unrolled into a feed-forward one with shared weights; batch and sizes are the "
        "document's, the number of epochs is ours.",
        corpus="nietzsche",
        tokenizer={"unknown_symbol": True},
        batches={"kind": "windows", "length": 3, "step": 3, "batch_size": 32},
        model={"architecture": "unrolled", "units": 256, "embedding_size": 30},
        training={"epochs": 10, "optimizer": "adam", "learning_rate": 0.001, "clip_norm": 0.0}),
    _nietzsche("simple_rnn", "Nietzsche with the vanilla cell", "What the plain recurrent cell forgets."),
    _nietzsche("lstm", "Nietzsche with the LSTM", "What gates and a cell state add to the plain cell."),
    _nietzsche("gru", "Nietzsche with the GRU",
        "Two gates instead of three: close to the LSTM with fewer weights."),
    entry("recipes-lstm", "Recipes word by word, many-to-one", "document 003",
        "The lecture's own method: one loss per window of 50 words, and plain SGD that needs 200 epochs.",
        corpus="recipes",
        tokenizer=_LECTURE_WORDS,
        batches={"kind": "windows", "length": 50, "step": 1, "batch_size": 128, "validation_fraction": 0.0},
        model={"architecture": "lstm", "units": 256, "embedding_size": 0},
        training={"epochs": 200, "optimizer": "sgd", "learning_rate": 0.01, "clip_norm": 0.0}),
    entry("recipes-adam", "Recipes word by word, many-to-one, with Adam", "ours, beside document 003",
        "The lecture's network and windows with Adam: after 24 epochs nearly nine of ten words of its text are right; "
        "the lecture gave plain SGD 200 epochs.",
        corpus="recipes",
        tokenizer=_LECTURE_WORDS,
        batches={"kind": "windows", "length": 50, "step": 1, "batch_size": 128, "validation_fraction": 0.0},
        model={"architecture": "lstm", "units": 256, "embedding_size": 0},
        training={"epochs": 24, "optimizer": "adam", "learning_rate": 0.002, "schedule": "cosine", "clip_norm": 1.0}),
    _recipes("gru", "ours, beside document 003", "Recipes word by word, sequence-to-sequence",
        "The same words with a loss at every step, Adam, and a held-out part that shows when overfitting begins."),
    _recipes("peephole_lstm", "document 003", "Recipes with the peephole LSTM",
        "A cell that the lecture names: its gates also see the cell state."),
    _recipes("coupled_lstm", "document 003", "Recipes with the coupled LSTM",
        "A cell that the lecture names: one gate both forgets and writes, so it has three quarters of an LSTM's "
        "weights."),
    _shape("many-to-one", "Many to one: a window in, one token out",
        "One of the network shapes of the document: 40 tokens are read for a single prediction, and 35 of them "
        "again for the next."),
    _shape("bidirectional", "Many to one, read both ways",
        "One of the network shapes of the document: a second network reads the window backwards, which helps "
        "little when the target follows the end of the window.",
        bidirectional=True),
    _shape("many-to-many", "Many to many: a prediction at every token",
        "One of the network shapes of the document: a prediction after every token, and the state is carried on.",
        kind="streams"),
    entry("numpy-rnn", "The network derived by hand, trained by Keras", "document 002",
        "One-hot tokens, one tanh, one softmax: what the page From scratch writes out line by line. The document "
        "gives no sizes and no text; these need no download, and gradients are clipped by their norm.",
        corpus="cookbook",
        batches={"kind": "streams", "length": 25, "batch_size": 32},
        model={"architecture": "simple_rnn", "units": 100, "embedding_size": 0},
        training={"epochs": 5, "optimizer": "adam", "learning_rate": 0.002, "clip_norm": 5.0},
        sampling={"length": 300}),
    entry("sentences-rnn", "Sentence by sentence, word by word", "document 002",
        "The vanilla cell on one-hot words, each word of the text an index; full stops, question and exclamation "
        "marks are words too, so the network also learns where a sentence ends. All sizes are ours.",
        corpus="sherlock",
        tokenizer={"kind": "words", "newlines": "space"},
        batches={"kind": "streams", "length": 20, "batch_size": 16},
        model={"architecture": "simple_rnn", "units": 128, "embedding_size": 0},
        training={"epochs": 10, "learning_rate": 0.002, "clip_norm": 1.0, "patience": 2},
        sampling={"prompt": "It is a capital mistake to theorise before one has data.", "length": 120}),
    entry("verse-lstm", "Verse in French, character by character", "document 002",
        "The verse generator of the document, on Baudelaire: it continues a prompt line by line; "
        "all sizes are ours.",
        corpus="verse",
        batches={"kind": "streams", "length": 64, "batch_size": 16},
        model={"architecture": "lstm", "units": 192, "embedding_size": 48, "dropout": 0.3},
        training={"epochs": 30, "learning_rate": 0.003, "clip_norm": 1.0, "patience": 6},
        sampling={"prompt": "Je suis comme le ", "length": 400}),
    entry("series-rnn", "Tomorrow's temperature, as classes", "document 002",
        "The method of the document: the range of values is divided into classes, each step is a one-hot vector of "
        "its class, and the network predicts a distribution over the next. The series and all sizes are ours.",
        task="series",
        corpus="temperatures",
        series={"head": "classes", "classes": 20},
        batches={"kind": "streams", "length": 30, "batch_size": 8},
        model={"architecture": "simple_rnn", "units": 32, "embedding_size": 0, "dropout": 0.2},
        training={"epochs": 40, "learning_rate": 0.006, "clip_norm": 1.0, "patience": 10}),
    entry("series-regression", "Tomorrow's temperature, as a number", "ours, beside document 002",
        "The same series with numbers as inputs and one as output: no bin has to be learned separately, but there "
        "is no estimate of uncertainty.",
        task="series",
        corpus="temperatures",
        series={"head": "regression"},
        batches={"kind": "streams", "length": 30, "batch_size": 8},
        model={"architecture": "gru", "units": 32, "inputs": "numbers"},
        training={"epochs": 30, "learning_rate": 0.003, "clip_norm": 1.0, "patience": 8}),
    _meditations("meditations-lstm", "Three words as raw numbers, the fourth out", "document 004",
        "Each word enters as its index in the vocabulary, a single number, so that two LSTM layers of 512 need "
        "50,000 steps to memorise 89 words. An epoch is about 1,000 steps, the reporting interval of the document; "
        "shuffled windows instead of its random offsets, and the alphabetical order of the vocabulary, are ours.",
        {"inputs": "numbers"},
        49),
    _meditations("meditations-better", "Three one-hot words, the fourth out", "ours, beside document 004",
        "One-hot words: nothing has to be inferred from the size of a number, so one layer of 128 units and a few "
        "thousand steps are enough.",
        {"embedding_size": 0, "units": 128, "layers": 1},
        6),
    _dates("attention", "attention", "Dates to ISO dates, with attention",
        "Before each digit the decoder attends to the letters that spell it: the attention map shows where."),
    _dates("encoder-decoder", "encoder_decoder", "Dates to ISO dates, without attention",
        "The whole input must pass through one vector of fixed size, and the day is lost on the way."),
    entry("one-to-many", "A whole line from one token", "document 002",
        "The only input is the name of a text, and the output a line of that text: sampling decides which one. "
        "The document names the shape; the task and all sizes are ours.",
        task="sequence-to-sequence",
        corpus="cookbook+python",
        batches={"length": 1, "batch_size": 64},
        model={"architecture": "decoder", "units": 128, "embedding_size": 32},
        pairs={"examples": 20_000, "held_out": 200, "longest_output": 60},
        training={"epochs": 10, "learning_rate": 0.003, "schedule": "cosine", "clip_norm": 1.0}),
    _classifier("simple_rnn", "A classifier with the vanilla cell",
        "Most of the 89,994 weights are the embedding: the cell itself has 24,704."),
    _classifier("lstm", "A classifier with the LSTM",
        "Its cell has four times the weights of the vanilla one, for the same text: 98,816 of 164,106."),
    entry("who-wrote-this", "Who wrote this line?", "ours, beside document 000",
        "Ten thousand words instead of a thousand, read in both directions, with dropout on their embeddings: the "
        "same task as the two classifiers above, with a higher accuracy. Any two to ten texts will do, yours too.",
        task="classification",
        corpus=_WHO_WROTE_THIS,
        tokenizer={"kind": "words", "vocab_size": 10_000},
        batches={"kind": "windows", "length": 40, "batch_size": 64},
        model={"architecture": "gru", "units": 64, "embedding_size": 64, "bidirectional": True, "classes": 10}
        | {"embedding_dropout": 0.4, "dropout": 0.3},
        training={"epochs": 6, "learning_rate": 0.003, "schedule": "cosine"}),
    entry("imdb-lstm", "Film reviews: positive or negative?", "document 004",
        "The last 200 words of each review, and of these the 1,000 most frequent: enough for an accuracy of 85 %. "
        "There is no mask, so the network also reads the padding in front of short reviews.",
        task="classification",
        corpus="imdb",
        tokenizer={"kind": "words", "vocab_size": 1000},
        batches={"kind": "windows", "length": 200, "batch_size": 64, "validation_fraction": 0.0},
        model={"architecture": "lstm", "units": 100, "embedding_size": 50, "hidden_units": 250, "classes": 1}
        | {"embedding_dropout": 0.2, "input_dropout": 0.2, "recurrent_dropout": 0.2, "dropout": 0.2},
        training={"epochs": 10, "optimizer": "adam", "learning_rate": 0.001, "clip_norm": 0.0}),
    entry("imdb-better", "Film reviews, without a memory", "ours, beside document 004",
        "Twenty thousand words instead of one thousand, 400 of each review, and no recurrence: kernels of three "
        "words detect telling phrases. That classifies whole reviews better, in a tenth of the time.",
        task="classification",
        corpus="imdb",
        tokenizer={"kind": "words", "vocab_size": 20_000},
        # Sizes and epochs were chosen on the last 10 % of the training reviews; now nearly all are trained on.
        batches={"kind": "windows", "length": 400, "batch_size": 64, "validation_fraction": 0.04},
        model={"architecture": "convolution", "units": 128, "kernel_width": 3, "embedding_size": 50, "classes": 1}
        | {"embedding_dropout": 0.3, "hidden_units": 64, "dropout": 0.5},
        training={"epochs": 5, "learning_rate": 0.001, "schedule": "cosine", "clip_norm": 0.0}),
    entry("imdb-conv-lstm", "Film reviews: a convolution, then an LSTM", "ours, beside document 004",
        "The combination with which the document ends: kernels find telling phrases, and an LSTM reads them in "
        "their order, half as many steps as the review has words.",
        task="classification",
        corpus="imdb",
        tokenizer={"kind": "words", "vocab_size": 5_000},
        batches={"kind": "windows", "length": 200, "batch_size": 64, "validation_fraction": 0.04},
        model={"architecture": "conv_lstm", "units": 64, "kernel_width": 5, "embedding_size": 50, "classes": 1}
        | {"embedding_dropout": 0.3, "dropout": 0.3},
        training={"epochs": 4, "learning_rate": 0.001, "schedule": "cosine"}),
)
# fmt: on
