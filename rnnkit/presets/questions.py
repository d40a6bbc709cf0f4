"""What one may ask of a recurrent network: each question with the experiments that answer it. Every preset has one.

Home shows the questions as cards, and Train lists its experiments under them. Knows no run and no text.
"""

from __future__ import annotations

from typing import NamedTuple


class Question(NamedTuple):
    """One card.

    `see`: what one will see, a sentence. `presets`: the experiments, those to begin with first. `shown`: presets whose
    trained networks answer it, the best first; several are set beside each other if it `compares`. `tab`: of a run's
    page, where such a network is looked at. `race`: the page on which it is answered by
    training several at once.
    """

    asks: str
    see: str
    presets: tuple[str, ...]
    shown: tuple[str, ...]
    tab: str = "watch"
    compares: bool = False
    race: str = ""


QUESTIONS = (
    Question(
        "Does it learn to spell?",
        "Letters first, then words, then sentences that mean nothing yet.",
        ("one-minute", "cookbook-gru", "sherlock-lstm", "sherlock-streams", "sherlock-bilstm", "sherlock-deeper",
         "shakespeare-lstm", "shakespeare-best"),
        ("sherlock-deeper", "shakespeare-lstm", "cookbook-gru"),
    ),
    Question(
        "Gates or none?",
        "The same text and as many parameters: a simple RNN, a GRU and an LSTM beside each other.",
        ("cookbook-gru", "nietzsche-rnn", "nietzsche-gru", "nietzsche-lstm", "minute-gru", "minute-lstm",
         "minute-slstm", "minute-min-gru", "minute-min-lstm", "minute-transformer", "recipes-coupled",
         "recipes-peephole"),
        ("nietzsche-lstm", "nietzsche-gru", "nietzsche-rnn"),
        compares=True, race="Duel",
    ),
    Question(
        "Characters or words?",
        "Words are spelled right at once, but many are missing. Bits per character compare both.",
        ("cookbook-words", "recipes-gru", "recipes-lstm", "recipes-adam", "sentences-rnn"),
        ("recipes-gru", "sentences-rnn"),
    ),
    Question(
        "What does temperature do?",
        "One token at a time: what it expects, and how temperature makes that bolder or safer.",
        ("numpy-rnn",),
        ("shakespeare-lstm", "sherlock-deeper", "cookbook-gru"),
        tab="temperature",
    ),
    Question(
        "How far back does it remember?",
        "A letter, dots, the letter again: gates keep it over a hundred tokens, a simple RNN does not.",
        ("memory",), (), race="Memory",
    ),
    Question(
        "Does it close what it opens?",
        "Quotes, brackets and indents that end many lines later: what the cell state remembers.",
        ("play-lstm", "python-lstm"),
        ("play-lstm", "python-lstm"),
    ),
    Question(
        "Can it tell good from bad?",
        "A film review word by word: the verdict turns at “not”, and at “but”.",
        ("reviews-gru", "imdb-better", "imdb-lstm", "imdb-conv-lstm"),
        ("reviews-gru", "imdb-better", "imdb-lstm"),
        tab="try",
    ),
    Question(
        "Can it forecast?",
        "Tomorrow's temperature, beside “tomorrow = today” and a linear regression.",
        ("weather-classes", "weather-regression", "series-rnn", "series-regression"),
        ("weather-classes", "weather-regression", "series-rnn"),
        tab="try",
    ),
    Question(
        "Can it translate?",
        "Dates in any spelling to ISO dates: without attention the day is lost on the way.",
        ("attention", "encoder-decoder", "one-to-many"),
        ("attention", "encoder-decoder"),
        tab="try",
    ),
    Question(
        "Who wrote this line?",
        "Up to ten texts: which one is a line from, and which word tells it?",
        ("who-wrote-this", "lstm-classifier", "rnn-classifier"),
        ("who-wrote-this", "lstm-classifier"),
        tab="try",
    ),
    Question(
        "Does it learn or memorise?",
        "Loss that falls on the training text and rises on the rest; passages written word for word.",
        ("overfit-lstm", "meditations-better", "meditations-lstm"),
        ("meditations-better", "meditations-lstm"),
    ),
    Question(
        "Windows or streams?",
        "One prediction for a window, or one at every step: the same network, many times as fast.",
        ("many-to-many", "many-to-one", "bidirectional", "nietzsche-unrolled"),
        ("many-to-many", "many-to-one", "bidirectional"),
        compares=True,
    ),
    Question(
        "Can it write verse?",
        "Line lengths and rhymes are harder than words: sonnets, and French verse.",
        ("sonnets-lstm", "verse-lstm"),
        ("sonnets-lstm", "verse-lstm"),
    ),
)  # fmt: skip
