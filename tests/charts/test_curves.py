"""Curves: one line per temperature, and what else changes over epochs."""

import pandas as pd

from rnnkit.charts import curves


def test_novelty_is_drawn_for_each_temperature_with_what_is_usual():
    table = pd.DataFrame(
        {"epoch": [1, 2, 1, 2], "temperature": ["1", "1", "0.3", "0.3"], "novelty": [0.9, 0.8, 0.5, 0.2]}
    )
    chart = curves.novelty(table, 0.7, "New 12-grams").to_dict()
    assert chart["layer"][-1]["encoding"]["color"]["scale"] == {"domain": ["0.3", "1"]}
    assert len(chart["layer"]) == 3
    assert len(curves.novelty(table, None, "New 12-grams").to_dict()["layer"]) == 1
