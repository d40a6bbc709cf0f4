"""Gradients back through time: how large they still are, vanishing and exploding, clipping."""

from __future__ import annotations

import numpy as np
import pytest
import tiny
from little_nets import TEXT, VOCAB_SIZE, config, each_cell

from rnnkit import presets
from rnnkit.errors import TooShort
from rnnkit.scratch import net, updates
from rnnkit.store import Store
from rnnkit.studies import gradients
from rnnkit.texts import corpora, tokenizers
from rnnkit.texts.made import memory


@each_cell
def test_the_size_is_that_of_the_gradient_with_respect_to_the_state(cell):
    """Pushing what is carried by a little changes the loss by as much as the size says, at most."""
    arrays = net.fresh(config(cell), VOCAB_SIZE)
    of = net.net(config(cell), VOCAB_SIZE, arrays)
    inputs, target = TEXT[:8][:, None], TEXT[8:9]
    first = net.backward(of, inputs[:4], TEXT[4:5])
    [states] = first.states
    size = net.backward(of, inputs, target).sizes[3, 0]
    slopes = []
    for part in range(len(states)):
        for unit in range(len(states[part])):
            nudge = [np.zeros_like(state) for state in states]
            nudge[part][unit] = 1e-5
            higher, lower = (
                net.backward(
                    of, inputs[4:], target, [tuple(s + sign * d for s, d in zip(states, nudge, strict=True))]
                ).loss
                for sign in (1, -1)
            )
            slopes.append((higher - lower) / 2e-5)
    assert np.linalg.norm(slopes) == pytest.approx(size, rel=1e-5)


def test_with_a_small_radius_the_gradient_vanishes_and_with_a_large_one_it_explodes():
    arrays = net.fresh(config(units=40), VOCAB_SIZE)
    small, large = (
        gradients.sizes(net.net(config(units=40), VOCAB_SIZE, net.with_radius(arrays, radius)), TEXT)
        for radius in (0.5, 2.0)
    )
    assert small.shape == (gradients.DISTANCE + 1, gradients.PLACES)
    assert (small[0] == 1).all()
    assert np.median(small[20]) == pytest.approx(0.5**20, rel=0.5)
    assert np.median(large[-1]) > 1000
    assert gradients.reach(small) == 7
    assert gradients.reach(large) is None
    assert "vanishes: 7 steps" in gradients.explosion_words(small, 0.5)
    assert "explodes" in gradients.explosion_words(large, 2.0)


def test_the_story_names_who_keeps_most_and_is_silent_where_all_keep_alike():
    kept = {name: np.full((101, 3), left) for name, left in {"RNN": 1e-6, "GRU": 1e-5, "LSTM": 5e-5}.items()}
    assert gradients.story(kept) == "Over 100 steps the LSTM keeps 50 times as much of its gradient as the RNN."
    assert "more than a million" in gradients.story(kept | {"RNN": np.full((101, 3), 1e-20)})
    assert gradients.story({"RNN": kept["RNN"], "GRU": kept["RNN"] * 1.5}) is None
    assert gradients.story({}) is None


def test_a_text_that_is_too_short_is_refused():
    of = net.net(config(), VOCAB_SIZE, net.fresh(config(), VOCAB_SIZE))
    with pytest.raises(TooShort, match="more than 121 tokens to look 100 steps back, got 121"):
        gradients.sizes(of, TEXT[:121])
    assert gradients.sizes(of, TEXT[:122]).shape == (101, 1)


@pytest.mark.parametrize("kind", ["streams", "windows"])
def test_lengths_are_those_of_the_batches_of_the_run(kind):
    settings = config("gru", kind)
    of = net.net(settings, VOCAB_SIZE, net.fresh(settings, VOCAB_SIZE))
    found = gradients.lengths(of, TEXT, settings.batches, batches=3)
    assert len(found) == 3
    if kind == "streams":
        columns = TEXT[:-1].reshape(-1)[: 3 * 299].reshape(3, 299)
        first = net.backward(of, columns[:, :9].T, columns[:, 1:10].T)
        second = net.backward(of, columns[:, 9:18].T, columns[:, 10:19].T, first.states)
        assert found[:2] == pytest.approx([updates.norm(one.gradients) for one in (first, second)])


def test_what_is_longer_than_the_limit_is_clipped_and_0_clips_nothing():
    rows = gradients.clipped([0.5, 3.0], 1.0, "A")
    assert rows[rows["part"] == gradients.AFTER_CLIPPING]["value"].tolist() == [0.5, 1.0]
    assert gradients.clipped([3.0], 0, "A")["value"].tolist() == [3.0, 3.0]
    assert gradients.clipping_words([0.5, 3.0], 1.0).endswith("1 of 2 were cut down to 1.")
    assert gradients.clipping_words([0.5, 3.0], 0).endswith("nothing is clipped.")


@pytest.mark.parametrize(("radius", "said"), [(1.5, "Clipping by norm ends lower in 2 of 2"), (2.0, "Not clipping")])
def test_who_wins_is_said_with_the_reason_and_over_several_seeds(radius, said, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(gradients, "SEEDS", 2)
    found = gradients.explosion(gradients.built_in_setup(), radius, limit=1.0, rate=0.3)
    assert found.descents["By norm"].shape == (2, gradients.STEPS)
    assert gradients.descent_words(found).startswith(said)
    assert ("V alone learns" in gradients.descent_words(found)) == (radius == 2.0)


def test_with_textbook_weights_a_simple_rnn_loses_its_gradient_first_and_with_an_orthogonal_kernel_last():
    on = gradients.memory_setup()

    def reached(start) -> list[int | None]:
        configs = [on.with_cell(cell) for cell in ("simple_rnn", "gru", "lstm")]
        nets = [net.net(one, on.vocab_size, start(one, on.vocab_size)) for one in configs]
        return [gradients.reach(gradients.sizes(of, on.ids, on.at)) for of in nets]

    textbook, orthogonal = reached(net.textbook), reached(net.fresh)
    assert sorted(textbook) == textbook
    assert max(orthogonal) == orthogonal[0]


def test_the_memory_test_is_followed_back_from_letters_after_many_dots():
    on = gradients.memory_setup()
    assert on.at is not None
    read = corpora.load("memory")[-gradients.MOST_READ :]
    symbols = tokenizers.build(read, presets.preset("memory").config.tokenizer).symbols
    text = "".join(symbols[i] for i in on.ids)
    for place in on.at:
        assert text[place - 61 : place] == "." * 60 + "?"
        assert text[place] in memory.LETTERS


def test_one_run_of_each_cell_on_the_text_that_most_have_learned_is_suggested(store: Store):
    alone = tiny.run(store, tiny.TEXT * 3, model={"architecture": "gru"})
    lstm, rnn = (tiny.run(store, model={"architecture": name}) for name in ("lstm", "simple_rnn"))
    store.create_run(tiny.config())
    # all on the corpus of the same name; the vocabulary is the same too
    assert set(gradients.suggested(store.runs())) == {alone, lstm, rnn}
    assert gradients.suggested([]) == []


def test_the_ground_of_a_run_is_its_text_or_what_it_wrote(store: Store):
    wrote = gradients.setup_of(store, store.run(tiny.run(store, epochs=9)), readable=False)
    assert wrote.words == "what the network wrote itself"
    assert len(wrote.ids) == 9 * len("what epoch  wrote")  # a number is not in its vocabulary
    assert wrote.with_cell("gru").model.architecture == "gru"
    with pytest.raises(TooShort, match="more than 121 tokens"):
        gradients.setup_of(store, store.run(tiny.run(store, epochs=1)), readable=False)
