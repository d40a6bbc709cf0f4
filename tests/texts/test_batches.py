"""Windows and streams on tiny numbered texts: what goes in, what is asked, what is said when it does not fit."""

import itertools

import numpy as np
import pytest

from rnnkit.config import BatchConfig
from rnnkit.errors import TooShort
from rnnkit.texts import batches


def ids(count):
    return np.arange(count, dtype=np.int32)


def windows(**fields):
    return BatchConfig(kind="windows", **{"length": 4, "step": 1, "batch_size": 3, "validation_fraction": 0, **fields})


def streams(**fields):
    return BatchConfig(kind="streams", **{"length": 3, "batch_size": 2, "validation_fraction": 0, **fields})


def test_the_last_part_is_held_out():
    train, validation = batches.split(ids(105), 0.1)
    assert train.tolist() == list(range(95))
    assert validation.tolist() == list(range(95, 105))
    assert len(batches.split(ids(105), 0.0)[1]) == 0


def test_a_window_is_followed_by_its_target():
    inputs, targets = batches.Windows(ids(9), windows(step=2)).epoch().batch(0)
    assert inputs.tolist() == [[0, 1, 2, 3], [2, 3, 4, 5], [4, 5, 6, 7]]
    assert targets.tolist() == [4, 6, 8]
    assert inputs.dtype == targets.dtype == np.int32


def test_every_window_comes_once_per_epoch_and_the_last_batch_is_kept():
    data = batches.Windows(ids(12), windows(), seed=0)
    epoch = data.epoch(1)
    assert data.count == 8
    assert data.steps == len(epoch) == 3
    rows = [row for i in range(len(epoch)) for row in epoch.batch(i)[0].tolist()]
    assert len(epoch.batch(2)[1]) == 2
    assert sorted(rows) == [[i, i + 1, i + 2, i + 3] for i in range(8)]


def test_the_order_depends_on_seed_and_epoch_alone():
    def order(seed, epoch):
        data = batches.Windows(ids(200), windows(batch_size=200), seed)
        return data.epoch(epoch).batch(0)[1].tolist()

    assert order(0, 3) == order(0, 3)
    assert order(0, 3) != order(0, 4)
    assert order(0, 3) != order(1, 3)
    assert order(None, 3) == sorted(order(0, 3))


def test_sherlock_with_windows_of_40_and_step_5_has_the_figures_of_document_000():
    config = windows(length=40, step=5, batch_size=32)
    data = batches.Windows(np.zeros(274_907, np.int32), config)
    assert (data.count, data.steps) == (54_974, 1_718)
    assert batches.plan(274_907, config) == batches.BatchPlan(1_718, 54_974 * 40)


def test_a_million_windows_take_no_memory_of_their_own():
    import tracemalloc

    text = np.zeros(1_000_000, np.int32)
    tracemalloc.start()
    batches.Windows(text, windows(length=50, batch_size=128), seed=0).epoch(0).batch(0)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 30e6  # all windows would be 200 MB


def test_streams_run_through_the_text_in_order_row_by_row():
    data = batches.Streams(ids(15), streams())
    assert data.steps == 2
    inputs, targets = data.batch(0)
    assert inputs.tolist() == [[0, 1, 2], [7, 8, 9]]
    assert targets.tolist() == [[1, 2, 3], [8, 9, 10]]
    assert data.batch(1)[0].tolist() == [[3, 4, 5], [10, 11, 12]]


def test_every_pass_of_streams_with_a_random_offset_begins_elsewhere_and_goes_on_in_order():
    data = batches.Streams(ids(40), streams(passes=3, random_offset=True), seed=7)
    assert data.steps == 3 * batches.Streams(ids(40), streams()).steps
    begun = set()
    for epoch in (1, 2):
        rows = [data.batch(i, epoch) for i in range(data.steps)]
        assert all((targets == (inputs + 1) % 40).all() for inputs, targets in rows)
        for before, after in itertools.pairwise(rows[:6]):
            assert (after[0][:, 0] == (before[0][:, -1] + 1) % 40).all()
        begun |= {int(rows[i][0][0, 0]) for i in (0, 6, 12)}
    assert len(begun) > 3
    again = batches.Streams(ids(40), streams(passes=3, random_offset=True), seed=7)
    assert (again.batch(7, 2)[0] == data.batch(7, 2)[0]).all()


def test_training_streams_leave_out_the_columns_that_fill_no_batch():
    data = batches.Streams(ids(17), streams())
    assert data.steps == 2
    assert all(data.batch(i)[0].shape == (2, 3) for i in range(2))


def test_a_plan_counts_what_the_batches_will_be():
    for config in (
        streams(validation_fraction=0.2),
        streams(validation_fraction=0.2, passes=3),
        windows(step=3, validation_fraction=0.2),
    ):
        train, _ = batches.split(ids(100), 0.2)
        plan = batches.plan(ids(100), config)
        if config.kind == "streams":
            assert plan.steps == batches.Streams(train, config).steps
            assert plan.symbols_per_epoch == plan.steps * 2 * 3
        else:
            assert plan.steps == batches.Windows(train, config).steps
            assert plan.symbols_per_epoch == batches.Windows(train, config).count * 4


def test_a_text_shorter_than_the_window_is_refused_with_what_it_needs():
    for call in (batches.plan, batches.Windows):
        with pytest.raises(TooShort, match=r"text of 4 tokens is too short for windows of 4 .* needs at least 5$"):
            call(ids(4), windows())
    assert batches.Windows(ids(5), windows()).count == 1


def test_a_text_too_short_for_its_streams_is_refused_with_what_would_do():
    for call in (batches.plan, batches.Streams):
        with pytest.raises(
            TooShort, match=r"text of 6 tokens is too short for 2 streams of 3; needs at least 7, or .* 1 or less"
        ):
            call(ids(6), streams())
    assert batches.Streams(ids(7), streams()).steps == 1


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_text_is_too_short_for_anything(count):
    for config in (streams(batch_size=1, length=1), windows(length=1)):
        with pytest.raises(TooShort, match="needs at least 2"):
            batches.plan(ids(count), config)


def test_a_held_out_part_too_short_says_what_to_set():
    with pytest.raises(TooShort, match=r"held-out part of 3 tokens .*validation_fraction larger, or to 0"):
        batches.plan(ids(30), windows(validation_fraction=0.1))
    with pytest.raises(TooShort, match=r"held-out part of 1 tokens .*validation_fraction larger, or to 0"):
        batches.plan(ids(15), streams(validation_fraction=0.1))


def test_batches_do_not_change_the_ids():
    text = ids(40)
    text.setflags(write=False)
    batches.Windows(text, windows(), seed=1).epoch(1).batch(0)
    batches.Streams(text, streams()).batch(0)


def test_a_text_is_read_several_times_an_epoch_in_ever_new_orders():
    config = BatchConfig(kind="windows", passes=3, length=2, batch_size=1, validation_fraction=0.0)
    ids = np.arange(6, dtype=np.int32)
    windows = batches.Windows(ids, config, seed=1)
    targets = [int(windows.epoch(1).batch(i)[1][0]) for i in range(windows.steps)]
    assert batches.plan(6, config).steps == windows.steps == 12
    assert sorted(targets) == sorted([2, 3, 4, 5] * 3)
    assert len({tuple(targets[i : i + 4]) for i in (0, 4, 8)}) > 1
    once = batches.Windows(ids, config.model_copy(update={"passes": 1}), seed=1).epoch(1)
    assert targets[:4] == [int(once.batch(i)[1][0]) for i in range(4)]
