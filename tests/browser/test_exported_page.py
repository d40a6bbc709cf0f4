"""A page exported from a run, opened from a file: it writes what the engine writes, symbol for symbol."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import networks
import numpy as np
import pytest
import tiny
from app import ROOT
from playwright.sync_api import expect

from rnnkit import engine
from rnnkit.config import TokenizerConfig
from rnnkit.sharing import archive
from rnnkit.sharing.webpage import page
from rnnkit.store import Store
from rnnkit.studies import checkpoint, sampling
from rnnkit.texts import tokenizers

LENGTH = 150
DRAWS = (
    (engine.Sampler(1.0), 0),
    (engine.Sampler(0.5, top_k=4), 7),
    (engine.Sampler(1.7, top_p=0.8), 2**40 + 3),
    (engine.Sampler(1.3, top_k=6, top_p=0.6), 2**62 + 12345),
    (engine.Sampler(0.0), 1),
    (engine.Sampler(1.0, greedy=True), 1),
)
TEXT = "The Quick brown-fox: it's 1/2 or 3,5 (“well--done”) £5…\n\nNaïve café!\tÉtude, 'tis 4th. " * 6
PROMPTS = (
    "The quick", "fox", "Étude\n\n  (it's 3,5--or £5)…", "e\u0301tude ünknown \u2028 d'or .5 5. a/b /c 1.2.3 x_y²",
)  # fmt: skip
TOKENIZERS = (
    TokenizerConfig(kind="characters"),
    TokenizerConfig(kind="characters", newlines="space", unknown_symbol=True),
    TokenizerConfig(kind="words", word_rules="lecture"),
    TokenizerConfig(kind="words", word_rules="spaces"),
)


def opened(tab, made: bytes, tmp_path: Path):
    """The page from its file, in a tab that must ask for nothing else."""
    file, asked = tmp_path / "page.html", []
    file.write_bytes(made)
    shown = tab("about:blank")
    shown.on("request", lambda request: asked.append(request.url))
    shown.goto(file.as_uri())
    return shown, asked


def written(shown) -> list[str]:
    return shown.locator("article pre").all_inner_texts()


def test_every_architecture_writes_what_the_engine_writes(tab, store: Store, tmp_path: Path):
    shown, asked = opened(tab, page.page(store, tiny.run(store)), tmp_path)
    prompt, given, wanted = networks.some_ids(12), [], []
    for form in networks.EVERY_FORM.values():
        network = networks.network(**form)
        of_run = SimpleNamespace(id="", config=network.config)
        given.append(page.network_data(SimpleNamespace(network=network, run=of_run)))
        requests = [engine.Request(network, prompt, sampler, seed) for sampler, seed in DRAWS]
        wanted.append([ids.tolist() for ids in engine.generate(requests, LENGTH)])
    draws = [[vars(sampler), str(seed)] for sampler, seed in DRAWS]
    found = shown.evaluate(
        """([given, prompt, draws, length]) => given.map(openNetwork).map((network) =>
             draws.map(([sampler, seed]) => generate(network, prompt, sampler, seed, length)))""",
        [given, prompt.tolist(), draws, LENGTH],
    )
    differ = [name for name, ours, theirs in zip(networks.EVERY_FORM, wanted, found, strict=True) if ours != theirs]
    assert differ == []
    for config in TOKENIZERS:
        known = tokenizers.build(TEXT, config)
        theirs = shown.evaluate(
            """([state, texts]) => { const known = new Tokenizer(state);
                 return texts.map((text) => { const { ids, lost } = known.encode(text);
                   return [ids, lost, known.decode(ids)]; }); }""",
            [known.to_json(), [TEXT, *PROMPTS]],
        )
        encoded = [known.encode(known.in_its_form(text)) for text in (TEXT, *PROMPTS)]
        assert theirs == [[one.ids.tolist(), one.unknown_count, known.decode(one.ids)] for one in encoded]
    assert [url.rpartition("/")[2] for url in asked] == ["page.html"]


def test_a_person_writes_with_it_by_keyboard_and_by_hand(tab, store: Store, tmp_path: Path):
    run = tiny.run(
        store,
        name="Fox <b>",
        tokenizer={"kind": "words"},
        sampling={"prompt": "The quick", "length": 20, "temperatures": (0.33, 0.7, 3.0)},
    )
    shown, _ = opened(tab, page.page(store, run, "2"), tmp_path)
    settings = sampling.SampleSettings("lazy dog", (0.33, 0.7, 3.0), 40, 2**40, top_k=9)
    texts = [f"lazy dog{one.text}" for one in sampling.write(store, run, settings, ats="2").texts]
    expect(shown.get_by_text("Done.")).to_be_visible()
    for label, value in (("Prompt", "lazy dog"), ("Seed", f"{2**40}"), ("Length", "40")):
        shown.get_by_label(label).fill(value)
    shown.get_by_text("More settings").click()
    shown.get_by_label("Top k").fill("9")
    shown.get_by_label("Prompt").press("Control+Enter")
    expect(shown.get_by_text("Done.")).to_be_visible()
    assert written(shown) == texts
    likeliest = shown.locator("article").first.get_by_title("Write this one").first
    word = likeliest.locator(".symbol").inner_text()
    likeliest.click()
    assert written(shown)[0].replace("\n", "⏎").endswith(word)
    shown.get_by_label("Speed").select_option("5")
    shown.get_by_label("Length").fill("20000")
    shown.get_by_role("button", name="Write", exact=True).click()
    expect(shown.get_by_text("Writing 20,000 tokens.")).to_be_visible()
    shown.keyboard.press("Escape")
    expect(shown.get_by_text("Stopped.")).to_be_visible()
    shown.get_by_label("Prompt").fill("…")
    shown.get_by_role("button", name="Write", exact=True).click()
    expect(shown.get_by_text("The prompt needs at least one token")).to_be_visible()
    shown.set_viewport_size({"width": 390, "height": 844})
    assert shown.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.slow
@pytest.mark.parametrize("name", ["shakespeare-lstm", "recipes-gru", "sherlock-bilstm"])
def test_a_network_that_came_along_writes_a_thousand_tokens_alike(tab, store: Store, tmp_path: Path, name: str):
    run = archive.import_run(store, ROOT / "pretrained" / name)
    made = page.page(store, run)
    assert len(made) < 7_000_000
    shown, _ = opened(tab, made, tmp_path)
    asked = checkpoint.load(store, run)
    prompt = sampling.prompt_of(store, asked).ids
    requests = [engine.Request(asked.network, prompt, engine.Sampler(at), 3) for at in (0.5, 1.0)]
    wanted = [ids.tolist() for ids in engine.generate(requests, 1000)]
    found = shown.evaluate(
        """(prompt) => [0.5, 1].map((temperature) =>
             generate(network, prompt, { temperature, top_k: 0, top_p: 1, greedy: false }, "3", 1000))""",
        np.asarray(prompt).tolist(),
    )
    assert found == wanted
