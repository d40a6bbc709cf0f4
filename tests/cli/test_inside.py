"""Commands that look inside a network."""

from __future__ import annotations

import math

import numpy as np
import tiny

from rnnkit import engine
from rnnkit.store import Store
from rnnkit.studies.checkpoint import load


def test_states_gives_every_unit_at_every_token(answer, say, store: Store):
    run = tiny.run(store)
    document = answer("states", run, "--text", "The fox", "--at", "2")
    assert document["symbols"] == list("The fox")
    checkpoint = load(store, run, "2")
    [layer] = engine.states(checkpoint.network, checkpoint.codec.encode("The fox").ids)
    [shown] = document["layers"]
    np.testing.assert_allclose(shown["hidden"], layer.quantities["hidden"], atol=1e-6)
    assert set(shown["gates"]) == set(layer.quantities) - set(layer.states)
    assert "7 tokens" in say("states", run, "--text", "The fox")


def test_cells_searches_a_text_that_one_gives(answer, say, store: Store, tmp_path):
    file = tmp_path / "own.txt"
    file.write_text(("the quick brown fox (jumps over) the lazy dog. " * 40), "utf-8")
    rows = answer("cells", tiny.run(store), "--text", str(file), "--gates")
    for row in rows:
        assert {"property", "layer", "unit", "quantity", "score", "baseline"} <= row.keys()
        assert math.isfinite(row["score"])
        assert row["score"] > row["baseline"]
    assert "chance" in say("cells", tiny.run(store), "--text", str(file))


def test_a_network_without_units_or_a_text_without_tokens_is_said_in_one_sentence(sentence, store: Store, tmp_path):
    run = tiny.run(store)
    assert "text: expected 1 to 20,000 tokens" in sentence("states", run, "--text", "日")
    short = tmp_path / "short.txt"
    short.write_text("the quick", "utf-8")
    assert "at least 400 tokens" in sentence("cells", run, "--text", str(short))


def test_ablate_ranks_units_or_says_what_a_choice_of_them_costs(answer, say, sentence, store: Store, tmp_path):
    run, file = tiny.run(store), tmp_path / "own.txt"
    file.write_text("the quick (brown) fox jumps. " * 30, "utf-8")
    ranked = answer("ablate", run, "--text", str(file))
    assert [row["nats"] for row in ranked] == sorted((row["nats"] for row in ranked), reverse=True)
    choice = ("--units", f"{ranked[0]['unit']},{ranked[1]['unit']}", "--text", str(file))
    document = answer("ablate", run, *choice, "--token", "o", "--where", "word")
    assert document["nats_changed"] != document["nats"]
    assert document["places"] > 0
    assert 0 < document["chance"] < 1
    assert "nats_changed" in say("ablate", run, *choice, "--value", "0.5")
    assert "--where: expected one of quotes" in sentence("ablate", run, *choice, "--token", "o")
    assert "--token: expected a token" in sentence("ablate", run, *choice, "--where", "word", "--token", "日")
    assert "--units: expected whole numbers" in sentence("ablate", run, "--units", "a", "--text", str(file))
    assert "unit: expected a layer" in sentence("ablate", run, "--units", "9999", "--text", str(file))


def test_lookback_names_the_tokens_before_a_place(answer, say, sentence, store: Store):
    run = tiny.run(store)
    document = answer("lookback", run, "--text", "the quick", "--place", "5")
    assert document["token"] == "u"
    assert "".join(row["token"] for row in document["before"]) == "the q"
    assert all(row["size"] > 0 for row in document["before"])
    assert 0 < document["probability"] < 1
    assert "probability" in say("lookback", run, "--text", "the quick")
    assert "place: expected 1 to 8" in sentence("lookback", run, "--text", "the quick", "--place", "9")
