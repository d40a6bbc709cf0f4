"""The network by hand: gradients against numerical ones and against Keras, softmax, clipping, a sentence learned."""

from __future__ import annotations

import numpy as np
import pytest

from rnnkit import scratch
from rnnkit.errors import CorpusError, PersonError, TooShort
from rnnkit.scratch import checking, example, lesson, sentence, softmax, through_time, updates

each_cell = pytest.mark.parametrize("cell", scratch.CELLS.values(), ids=scratch.CELLS)
TEXT = np.array([[0, 1], [2, 0], [3, 3], [1, 2], [2, 2], [0, 3]])  # two texts of six symbols, a column each


def small(cell: scratch.Cell, dtype: type = np.float64):
    """A network of 4 symbols and 5 units with biases that are not zero, and what it reads."""
    random = np.random.default_rng(1)
    w = {name: random.normal(0, 0.6, a.shape).astype(dtype) for name, a in through_time.fresh(cell, 4, 5).items()}
    codes = through_time.one_hot(TEXT, 4, dtype)
    return w, codes[:-1], codes[1:]


@each_cell
def test_every_gradient_is_the_numerical_one_within_a_millionth(cell):
    w, inputs, targets = small(cell)
    found = checking.check(cell, w, inputs, targets)
    assert {one.name for one in found} == set(w)
    assert max(one.error for one in found) < 1e-6


@each_cell
def test_so_is_every_single_number_of_them(cell):
    w, inputs, targets = small(cell)
    by_hand = through_time.backward(cell, w, through_time.forward(cell, w, inputs, targets), targets)

    def error(weights: scratch.Weights) -> float:
        return through_time.forward(cell, weights, inputs, targets).errors.sum()

    for name, gradient in by_hand.items():
        numerical = checking.numerical_gradient(error, w, name)
        np.testing.assert_allclose(gradient, numerical, rtol=1e-6, atol=1e-8, err_msg=name)


def test_the_check_finds_a_gradient_that_is_wrong(monkeypatch: pytest.MonkeyPatch):
    forgetful = scratch.RNN._replace(backward=lambda w, step, d: scratch.RNN.backward({**w, "W": 0 * w["W"]}, step, d))
    found = {one.name: one.error for one in checking.check(forgetful, *small(scratch.RNN))}
    assert found["W"] > 0.01
    assert found["V"] < 1e-6


def test_the_jacobian_of_softmax_is_the_numerical_one():
    z, nudge = np.array([0.3, -1.2, 2.0, 0.5]), 1e-6
    pushed = [softmax.softmax(z + d) - softmax.softmax(z - d) for d in nudge * np.eye(4)]
    jacobian = softmax.softmax_jacobian(softmax.softmax(z))
    np.testing.assert_allclose(jacobian, np.array(pushed).T / (2 * nudge), atol=1e-9)
    np.testing.assert_allclose(jacobian.sum(axis=0), 0, atol=1e-15)


def test_the_jacobian_times_minus_y_over_y_hat_is_the_difference():
    y_hat, y = softmax.softmax(np.array([[0.3], [-1.2], [2.0]])), np.array([[0.0], [1.0], [0.0]])
    whole = softmax.softmax_jacobian(y_hat[:, 0]).T @ softmax.cross_entropy_backward(y_hat, y)
    np.testing.assert_allclose(whole, softmax.softmax_backward(y_hat, y), atol=1e-12)


def test_softmax_of_huge_scores_is_finite_and_the_error_of_an_impossible_symbol_too():
    y_hat = softmax.softmax(np.array([[1e4], [-1e4]]))
    assert y_hat.tolist() == [[1.0], [0.0]]
    assert np.isfinite(softmax.cross_entropy(y_hat, np.array([[0.0], [1.0]]))).all()


def test_clipping_by_value_cuts_every_number_and_by_norm_keeps_the_direction():
    gradients = {"U": np.array([[3.0, -0.5]]), "b": np.array([[4.0]])}
    by_value, by_norm = updates.clip_by_value(gradients, 1.0), updates.clip_by_norm(gradients, 1.0)
    assert by_value["U"].tolist() == [[1.0, -0.5]]
    assert updates.norm(by_norm) == pytest.approx(1.0)
    assert by_norm["b"] / by_norm["U"][:, :1] == pytest.approx(4 / 3)
    assert updates.clip_by_norm(gradients, 100.0)["U"].tolist() == gradients["U"].tolist()
    nothing = {"U": np.zeros((1, 2))}
    assert updates.clip_by_norm(nothing, 1.0)["U"].tolist() == [[0.0, 0.0]]


def test_a_step_of_either_kind_goes_downhill():
    w, gradients = {"U": np.array([[1.0, -1.0]])}, {"U": np.array([[2.0, -0.1]])}
    assert updates.descend(w, gradients, 0.1)["U"].tolist() == [[0.8, -0.99]]
    squares = {"U": np.zeros((1, 2))}
    np.testing.assert_allclose(updates.adagrad(w, gradients, 0.1, squares)["U"], [[0.9, -0.9]], atol=1e-6)
    np.testing.assert_allclose(squares["U"], [[4.0, 0.01]])


@each_cell
def test_weights_go_to_keras_and_back(cell):
    w = {name: a for name, a in small(cell)[0].items() if name not in ("V", "c")}
    arrays = scratch.to_keras(cell, w)
    assert arrays["kernel"].shape == (4, 5 * len(cell.gates))
    if cell is not scratch.GRU:  # there two biases become one
        back = scratch.from_keras(cell, **arrays)
        assert all(np.array_equal(back[name], w[name]) for name in w)


# ---- a sentence


@each_cell
@pytest.mark.parametrize("clip", sentence.CLIPS)
def test_the_sentence_is_learned_by_heart(cell, clip):
    text = "to be or not to be"
    *_, last = sentence.learn(text, cell, units=16, rate=0.1, clip=clip, steps=60)
    assert last.text == text
    assert last.loss < 0.3


def test_training_begins_at_guessing_and_is_the_same_for_the_same_seed():
    one, same, other = ([*sentence.learn("abcabd", scratch.RNN, units=8, steps=5, seed=s)] for s in (1, 1, 2))
    assert [p.loss for p in one] == [p.loss for p in same] != [p.loss for p in other]
    assert one[0].loss == pytest.approx(np.log(4), rel=0.5)
    assert [p.step for p in one] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("text", "got"), [("", "nothing"), ("a", "1 times 'a'"), ("aaaa", "4 times 'a'"), ("ab" * 5000, "10,000")]
)
def test_a_text_that_cannot_be_learned_is_refused_before_anything_is_computed(text, got):
    with pytest.raises((CorpusError, TooShort), match=f"^text: expected .*, got {got}") as refused:
        sentence.learn(text, scratch.RNN)
    assert isinstance(refused.value, PersonError)


def test_a_while_ends_after_its_time_or_its_steps_and_nothing_is_lost_between():
    progress = sentence.learn("hello", scratch.RNN, units=4, steps=7)
    steps = [[one.step for one in sentence.for_a_while(progress, 60, 3)] for _ in range(4)]
    assert steps == [[1, 2, 3], [4, 5, 6], [7], []]
    assert len(sentence.for_a_while(sentence.learn("hello", scratch.RNN, steps=99), 0.0, 50)) == 1


def test_milestones_are_one_two_five_ten_and_the_last():
    seen = [*sentence.learn("hello", scratch.RNN, units=4, steps=13)]
    assert [one.step for one in sentence.milestones(seen)] == [1, 2, 5, 10, 13]
    assert sentence.one_line("a b\nc") == "a b⏎c"


# ---- the example and the lesson


@pytest.mark.parametrize("cell", [scratch.RNN, scratch.LSTM], ids=["RNN", "LSTM"])
def test_the_way_back_gathers_the_whole_gradient(cell):
    shown = example.read_word("hello", cell)
    codes = through_time.one_hot(shown.spelled.ids[:, None], 4)
    whole = through_time.backward(cell, shown.w, shown.reading, codes[1:])
    at_the_end = shown.gradients(0)
    assert all(np.allclose(at_the_end[name], whole[name], atol=1e-14) for name in whole)
    assert not np.allclose(shown.gradients(3)["V"], whole["V"])


@pytest.mark.parametrize("cell", [scratch.RNN, scratch.LSTM], ids=["RNN", "LSTM"])
def test_every_place_has_its_tables(cell):
    shown = example.read_word("hello", cell)
    assert [place.t for place in shown.places()] == [0, 1, 2, 3, 3, 2, 1, 0]
    for t in range(4):
        for table in (example.hidden(shown, t), example.hidden_back(shown, t)):
            assert set(table["row"]) == {"unit 1", "unit 2", "unit 3"}
            assert np.isfinite(table["value"]).all()
        assert list(example.output(shown, t)["row"].unique()) == ["e", "h", "l", "o"]
        assert len(example.jacobian(shown, t)) == 16


def test_the_columns_of_the_cell_add_up_from_left_to_right():
    table = example.hidden(example.read_word("hello", scratch.RNN), 2).pivot(index="row", columns="column")["value"]
    np.testing.assert_allclose(table["U x"] + table["+ W s(t-1)"] + table["+ b"], table["= a"])
    np.testing.assert_allclose(np.tanh(table["= a"]), table["s = tanh a"])


@pytest.mark.parametrize("name", lesson.LESSONS)
def test_every_formula_stands_beside_code_that_is_really_run(name):
    for step in lesson.LESSONS[name]:
        assert step.words.endswith(".")
        assert step.code.startswith("def ")
        for formula in step.formulas:
            assert formula.count("{") == formula.count("}")


def test_float32_stays_float32():
    w, inputs, targets = small(scratch.LSTM, np.float32)
    gradients = through_time.backward(scratch.LSTM, w, through_time.forward(scratch.LSTM, w, inputs, targets), targets)
    assert {gradient.dtype for gradient in gradients.values()} == {np.dtype(np.float32)}
