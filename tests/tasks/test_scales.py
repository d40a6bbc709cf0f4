"""Values become bins or a scale, and come back."""

import numpy as np
import pytest

from rnnkit.config import SeriesConfig
from rnnkit.errors import DamagedCheckpoint
from rnnkit.tasks import scales

WAVE = np.sin(np.arange(200) / 3)


@pytest.mark.parametrize("head", ["classes", "regression"])
def test_steps_lead_back_to_their_values(head: str):
    values = WAVE
    scale = scales.fit(values[:150], "wave", SeriesConfig(head=head, classes=50))
    again = scales.from_json(scale.to_json())
    assert again.symbols == scale.symbols
    assert np.abs(again.values(again.steps(values)) - values).max() < (0.05 if head == "classes" else 1e-6)


def test_quantile_bins_hold_as_many_values_each():
    values = np.arange(100.0) ** 3
    scale = scales.fit(values, "v", SeriesConfig(classes=4, binning="quantiles"))
    assert np.bincount(scale.steps(values)).tolist() == [25, 25, 25, 25]


def test_a_forecast_by_classes_is_the_mean_of_what_is_likely():
    scale = scales.Bins("v", np.array([0.0, 1.0, 2.0]), np.array([0.5, 1.5]))
    logits = np.log(np.array([[0.25, 0.75]]))
    assert scale.forecast(logits) == pytest.approx([1.25])
    assert scale.quantiles(logits, 0.5) == pytest.approx([1 + 1 / 3])


def test_damaged_bins_are_refused():
    good = scales.fit(WAVE, "wave", SeriesConfig()).to_json()
    for broken in ({"kind": "bins"}, good | {"edges": good["edges"][::-1]}, good | {"symbols": ["x"]}, None):
        with pytest.raises(DamagedCheckpoint):
            scales.from_json(broken)
