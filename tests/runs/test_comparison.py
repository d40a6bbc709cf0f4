"""Several runs beside each other."""

import pytest
import tiny

from rnnkit.errors import UnknownRun
from rnnkit.runs import comparison


def compared(store, *runs):
    return comparison.load(store, runs)


def test_runs_get_letters_in_the_order_given_each_once_and_four_at_most(store):
    runs = [tiny.run(store, epochs=1) for _ in range(5)]
    found = comparison.load(store, [runs[1], runs[0], runs[1], *runs])
    assert [(one.letter, one.run.id) for one in found] == list(zip("ABCD", [runs[1], runs[0], *runs[2:4]], strict=True))
    with pytest.raises(UnknownRun):
        comparison.load(store, ["nothere"])


def test_the_lower_held_out_loss_wins_and_the_sentence_says_by_how_much(store):
    both = compared(store, tiny.run(store, loss=3.0), tiny.run(store, loss=6.0))
    assert comparison.verdict(both) == ("A is lower: 1.587 bits per character, 1.443 (48%) less than B with 3.030.")
    three = compared(store, *(tiny.run(store, loss=loss) for loss in (6.0, 3.0, 9.0)))
    assert comparison.verdict(three) == (
        "B is lowest: 1.587 bits per character, 1.443 (48%) less than A with 3.030. Then C 4.472."
    )


def test_no_run_is_called_lower_where_an_older_version_measured_one_of_them_otherwise(store):
    both = compared(store, tiny.run(store, loss=3.0), tiny.run(store, loss=6.0))
    store.add_metrics(both[0].run.id, 3, {"val_tokens": 18})
    mixed = compared(store, both[0].run.id, both[1].run.id)
    assert comparison.verdict(mixed).startswith("The held-out loss of B was measured by an older version")
    assert comparison.race(mixed) is None
    for epoch in (2, 3):
        store.add_metrics(both[1].run.id, epoch, {"val_tokens": 18})
    assert comparison.verdict(compared(store, both[0].run.id, both[1].run.id)).startswith("A is lower")


def test_the_race_is_to_the_best_of_the_second(store):
    both = compared(store, tiny.run(store, loss=3.0), tiny.run(store, loss=6.0))
    assert comparison.race(both) == "A reached the best loss of B after 4.0 s of training; B took 6.0 s."
    assert comparison.race(both[:1]) is None
    words = compared(store, tiny.run(store), tiny.run(store, tokenizer={"kind": "words"}, loss=6.0))
    assert comparison.race(words) is None


def test_words_and_characters_are_compared_in_bits_per_character(store):
    both = compared(store, tiny.run(store), tiny.run(store, tokenizer={"kind": "words"}, loss=6.0))
    assert "bits per character" in comparison.verdict(both)
    only_bits, too_low = comparison.caveats(both)
    assert "only bits per character" in only_bits
    assert too_low.startswith("B reads words: capitals, spaces and unknown words cost nothing there")


def test_equal_runs_are_called_equal_and_one_alone_has_no_verdict(store):
    assert "equal" in comparison.verdict(compared(store, tiny.run(store), tiny.run(store)))
    assert comparison.verdict(compared(store, tiny.run(store), store.create_run(tiny.config()))) is None


def test_a_comparison_that_is_unfair_says_why(store):
    fair = compared(store, tiny.run(store), tiny.run(store))
    assert comparison.caveats(fair) == []
    other_text = compared(store, tiny.run(store), tiny.run(store, corpus="other"))
    assert "different texts" in comparison.caveats(other_text)[0]
    other_part = compared(store, tiny.run(store), tiny.run(store, batches={"validation_fraction": 0.3}))
    assert "held out" in comparison.caveats(other_part)[0]
    still = compared(store, tiny.run(store), tiny.run(store, status=None))
    assert comparison.caveats(still) == ["B still trains: this may change."]


def test_what_differs_is_said_in_the_words_of_the_form(store):
    both = compared(store, tiny.run(store, owner="Ada"), tiny.run(store, model={"units": 4}, training={"seed": 3}))
    table = comparison.what_differs(both)
    assert table.loc["Units"].to_list() == ["8", "4"]
    assert table.loc["Seed"].to_list() == ["0", "3"]
    assert list(table.index) == ["Units", "Seed"]


def test_results_name_the_best_epoch_and_the_seconds_up_to_it(store):
    row = comparison.results(compared(store, tiny.run(store, epochs=3))).iloc[0]
    assert (row["At epoch"], row["After s"], row["Measured on"]) == (3, 6.0, "held out, the epoch chosen on it")
    assert row["Best loss"] == pytest.approx(1.1)
    assert row["Chars/s"] == 5000
    waiting = comparison.results(compared(store, store.create_run(tiny.config()))).iloc[0]
    assert waiting["Best loss"] is None


def test_layers_at_the_same_place_stand_in_the_same_row(store):
    lstm = tiny.run(store, epochs=1)
    deep = tiny.run(store, epochs=1, model={"architecture": "gru", "layers": 2, "dropout": 0.1})
    table = comparison.parameters(compared(store, lstm, deep, store.create_run(tiny.config())))
    assert list(table.index) == [
        "Tokens in 1", "Recurrent 1", "Recurrent 2", "Dropout 1", "Dropout 2", "Dense 1", "Sum"
    ]  # fmt: skip
    first, second = table.columns
    assert table.loc["Recurrent 1", first].startswith("LSTM")
    assert table.loc["Recurrent 1", second].startswith("GRU")
    assert table.loc["Recurrent 2", first] == ""
    assert table.loc["Sum", first] == f"{store.run(lstm).params:,}"
