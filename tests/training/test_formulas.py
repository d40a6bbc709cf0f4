"""A network as formulas: worked out for other sizes, in Python and by the browser's script, it is the server's."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from choices import CHOICES, VOCAB_SIZE, config

from rnnkit.architectures import parameter_table
from rnnkit.architectures.sizes import Size, conditions, hold, work_out
from rnnkit.config import RunConfig, with_settings
from rnnkit.texts.batches import BatchPlan
from rnnkit.training import cost, formulas

PLAN, OTHER = BatchPlan(17, 4000), BatchPlan(29, 9001)
SCRIPT = Path(__file__).parents[2] / "pages/widgets/shared/live_sizes.js"


def moved(choice: RunConfig) -> list[RunConfig]:
    """The same network in other sizes."""
    sizes = ({"model.units": 1, "model.embedding_size": 1}, {"model.units": 333, "model.embedding_size": 70})
    batches = ({"batches.length": 2, "batches.batch_size": 1}, {"batches.length": 90, "batches.batch_size": 50})
    fixed = {"model.embedding_size": 0} if not choice.model.embedding_size else {}
    return [with_settings(choice, one | other | fixed) for one, other in zip(sizes, batches, strict=True)]


def known(choice: RunConfig, vocab_size: int, plan: BatchPlan) -> dict:
    """What the server says of a network."""
    table = parameter_table(choice, vocab_size)
    return {
        "params": [layer.params for layer in table],
        "shapes": [list(layer.output_shape) for layer in table],
        "memory": cost.memory_bytes(choice, vocab_size),
        "seconds": cost.seconds_per_epoch(choice, vocab_size, plan),
    }


def worked_out(described: dict, values: dict) -> dict:
    layers = described["layers"]
    return {
        "params": [work_out(layer["params"], values) for layer in layers],
        "shapes": [[size if size is None else work_out(size, values) for size in layer["shape"]] for layer in layers],
        "memory": work_out(described["memory"], values),
        "seconds": work_out(described["seconds"], values),
    }


def test_formulas_give_the_servers_table_memory_and_time_for_every_choice_and_other_sizes():
    for name, choice in CHOICES.items():
        described = formulas.described(choice, formulas.sizes(choice, VOCAB_SIZE, PLAN))
        for other in moved(choice):
            values = formulas.sizes(other, 5000, OTHER)
            assert hold(described["conditions"], values), name
            assert worked_out(described, values) == known(other, 5000, OTHER), name


@pytest.mark.skipif(shutil.which("node") is None, reason="no node here; the browser's tests run the script too")
def test_the_browsers_script_gives_the_same_for_every_choice():
    asked, expected = [], []
    for choice in CHOICES.values():
        values = formulas.sizes(choice, VOCAB_SIZE, PLAN)
        other = moved(choice)[1]
        data = {"values": values, "tables": formulas.followed(choice, values, {}, {}), "plans": {}, "slower": 1.0}
        asked.append([data, formulas.sizes(other, 5000, OTHER)])
        expected.append(known(other, 5000, OTHER))
    program = """
const asked = JSON.parse(await new Promise((done) => {
  let all = ""
  process.stdin.on("data", (part) => { all += part }).on("end", () => done(all))
}))
console.log(JSON.stringify(asked.map(([data, moved]) => {
  const { layers, memory, seconds } = network(data, moved)
  return { params: layers.map((layer) => layer.params), shapes: layers.map((layer) => layer.shape), memory, seconds }
})))
"""
    command = ["node", "--input-type=module", "-e", SCRIPT.read_text("utf-8") + program]
    done = subprocess.run(command, input=json.dumps(asked), capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == expected


def test_a_slider_is_followed_wherever_it_leads_and_one_that_changes_the_layers_has_a_table_of_its_own():
    choice = config("lstm", dropout=0.2)
    values = formulas.sizes(choice, VOCAB_SIZE, PLAN)
    stops = {"model.units": [1, 64, 4096], "model.layers": [1, 2, 3, 4], "model.embedding_size": [0, 64]}
    tables = formulas.followed(choice, values, stops, {})
    assert len(tables) == 5  # as it is, two to four layers, one-hot
    for name, places in stops.items():
        for place in places:
            there = {**values, name: place}
            (found,) = (table for table in tables if hold(table["conditions"], there))
            assert worked_out(found, there) == known(with_settings(choice, {name: place}), VOCAB_SIZE, PLAN)


def test_a_network_that_there_is_not_is_left_to_the_form_to_refuse():
    choice = config("transformer", "windows")
    values = formulas.sizes(choice, VOCAB_SIZE, PLAN)
    assert len(formulas.followed(choice, values, {"batches.length": [5, 10**9]}, {})) == 1


def test_what_is_decided_by_a_size_becomes_a_condition():
    units = Size(6, "units")
    with conditions() as decided:
        wide = units * 2 + 1 if units > 4 else units
        assert [*range(Size(2, "layers"))] == [0, 1]
    assert wide.formula == ["+", ["*", "units", 2], 1]
    assert hold(decided, {"units": 5, "layers": 2})
    assert not hold(decided, {"units": 4, "layers": 2})
    assert not hold(decided, {"units": 5, "layers": 3})
    assert (-(-units // 4)).value == 2
