"""A page that writes by itself: what it holds and refuses, and that nothing in it can be made to run or to fetch."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path

import numpy as np
import pytest
import tiny
from taken import HOSTILE, Page

from rnnkit.architectures import for_task
from rnnkit.engine import RULES
from rnnkit.errors import ExportError, UnknownEpoch
from rnnkit.sharing.webpage import page
from rnnkit.store import Store


class Opened(Page):
    EMPTY = (*Page.EMPTY, "link", "input")


def data_of(made: bytes) -> dict:
    return json.loads(re.search(r'id="network">(.*?)</script>', made.decode(), re.S)[1])


def test_every_architecture_that_writes_has_its_file():
    names = {path.stem for path in (page.FOLDER / "cells").glob("*.js")}
    assert names == set(for_task("language-model"))
    registered = re.findall(r"^NETWORKS\.(\w+) = ", page.bundle(("cells",)), re.M)
    assert sorted(registered) == sorted(names)


def test_its_sampling_rules_are_the_engine_s_in_the_same_order():
    table = re.search(r"const RULES = \{(.*?)\n\};", page.bundle(("sampling",)), re.S)[1]
    assert re.findall(r"^  (\w+): \{", table, re.M) == list(RULES)


def test_a_script_is_short_and_says_what_it_does():
    files = [*(page.FOLDER / "cells").glob("*.js"), *(page.FOLDER / "scripts").glob("*.js")]
    texts = {file.name: file.read_text("utf-8") for file in files}
    assert not [name for name, text in texts.items() if not text.startswith("// ") or len(text.splitlines()) > 400]


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_and_no_prompt_leaves_its_place(store: Store, name: str):
    run = tiny.run(store, name=name, sampling={"prompt": f"T{name}</script><b>"})
    made = page.page(store, run)
    opened = Opened(made.decode())
    assert opened.tags.count("script") == 2
    assert not {"b", "img"} & set(opened.tags)
    assert store.run(run).config.name in opened.text
    assert data_of(made)["begin"]["prompt"] == f"T{name}</script><b>"


def test_it_fetches_nothing_and_runs_its_own_script_only(store: Store):
    made = page.page(store, tiny.run(store)).decode()
    [policy] = re.findall(r'Content-Security-Policy" content="(.*?)"', made)
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for tag in ("script", "style"):
        [text] = re.findall(rf"<{tag}>(.*?)</{tag}>", made, re.S)
        named = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        assert f"{tag}-src 'sha256-{named}'" in policy
    assert [value for name, value in Opened(made).attributes if name in ("src", "href")] == ["data:,"]


def test_any_kept_checkpoint_can_be_taken_one_inside_the_first_epoch_too(store: Store):
    run = tiny.run_with_moments(store)
    early, last = (data_of(page.page(store, run, at))["weights"] for at in ("step:2", "last"))
    assert early != last
    with pytest.raises(UnknownEpoch):
        page.page(store, run, "step:3")


def test_sixteen_bits_halve_it_and_what_has_no_more_takes_no_more(store: Store):
    run = tiny.run(store)
    whole, rounded = (data_of(page.page(store, run, bits=bits)) for bits in (32, 16))
    assert len(rounded["weights"]) == pytest.approx(len(whole["weights"]) / 2, abs=4)
    assert {one["bits"] for one in whole["arrays"]} == {32}
    exact = page._stored("a", np.array([0.5, -2.0], np.float32), 32)
    assert exact.dtype == np.float16
    with pytest.raises(ExportError, match="expected weights below 65,504"):
        page._stored("a", np.array([1e6], np.float32), 16)


def test_what_does_not_write_and_other_bits_are_refused(store: Store):
    with pytest.raises(ExportError, match="expected a language model for a page that writes, got a series"):
        page.page(store, tiny.forecaster(store))
    with pytest.raises(ExportError, match="expected 32 or 16"):
        page.page(store, tiny.run(store), bits=8)


def test_the_command_line_writes_it_by_the_ending(store: Store, tmp_path: Path, capsys):
    from rnnkit.cli import main as cli

    run, file = tiny.run(store), tmp_path / "fox.html"
    assert cli.main(["export", run, str(file), "--at", "2", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"run": run, "file": str(file), "bytes": file.stat().st_size}
    assert "epoch 2" in file.read_text()
    for wrong, said in (
        (["fox.rnnkit", "--at", "2"], "--at: expected a file that ends in"),
        (["fox.html", "--epochs", "2"], "--epochs: expected --at"),
        (["fox.html", "--bits", "8"], "expected 32 or 16"),
    ):
        assert cli.main(["export", run, str(tmp_path / wrong[0]), *wrong[1:]]) == 2
        assert said in capsys.readouterr().err
