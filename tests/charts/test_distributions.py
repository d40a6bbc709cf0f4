"""Bars: heights that stand for counts, and pairs that stay apart."""

import pandas as pd
import tiny

from rnnkit.charts import distributions
from rnnkit.store import Store
from rnnkit.studies import temperature_lab
from rnnkit.studies.sampling import SampleSettings


def test_a_histogram_says_the_counts_that_its_square_roots_stand_for():
    table = pd.DataFrame({"Length": [0, 10, 20], "Lines": [400, 1, 100]})
    (bars,) = distributions.histogram(table, x="Length", y="Lines", width=10).data
    assert list(bars.y) == [20, 1, 10]
    assert list(bars.x) == [5, 15, 25]
    assert [list(row) for row in bars.customdata] == [[0, 9, 400], [10, 19, 1], [20, 29, 100]]


def test_bars_come_in_pairs_and_symbols_that_look_alike_stay_apart(store: Store):
    prompted = temperature_lab.prompted(store, tiny.run(store, "a ␣b\n" * 9), "last", "a")
    settings = SampleSettings(temperatures=(0.5,), length=1)
    rows = temperature_lab.distribution(prompted, temperature_lab.trace(prompted, settings), 0)
    assert sorted(rows.symbol).count("␣") == 2
    chart = distributions.before_and_after(rows, "before", "after").to_dict()
    [bars] = chart["datasets"].values()
    assert len(bars) == 2 * len(rows)
    assert len({bar["name"] for bar in bars}) == len(rows)
    assert [bar["name"][0] for bar in bars if bar["chosen"]] == ["●", "●"]
