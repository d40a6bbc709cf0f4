"""The report of a run: one page that shows what people and networks wrote letter by letter, and needs nothing else."""

from __future__ import annotations

import pytest
import tiny
from taken import HOSTILE, Page, taken

from rnnkit.store import Sample, Store


@pytest.mark.parametrize("text", [*HOSTILE, "\x1b[31m \u202e red", "\x01"])
def test_the_report_shows_what_people_and_networks_wrote_letter_by_letter(store: Store, text: str):
    run = tiny.run(store, name=text, status=None, sampling={"prompt": text})
    store.lease(run, tiny.TRAINER).finish_epoch(
        epoch=4, metrics=tiny.metrics(4), checkpoint=tiny.arrays(store.run(run).config, 28),
        samples=[Sample(4, 1.0, text, 0, text)], resume={}, state={}, train_seconds=8.0,
    )  # fmt: skip
    page = Page(taken(store, run, "html"))
    tags = {"script", "img", "iframe", "link", "object", "embed", "base", "form"}
    assert not tags & set(page.tags)
    assert "".join(letter if letter >= " " or letter == "\n" else "\ufffd" for letter in text) in page.text


def test_the_report_needs_nothing_from_anywhere(store: Store):
    html = taken(store, tiny.run(store), "html", link="https://school.example/Train?run=1&x=2")
    page = Page(html)
    links = [value for name, value in page.attributes if name in ("src", "href", "srcset", "xlink:href")]
    assert links == ["https://school.example/Train?run=1&x=2"]
    assert "url(" not in html
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert "prefers-color-scheme: dark" in html


def test_a_link_that_is_a_program_stays_text(store: Store):
    page = Page(taken(store, tiny.run(store), "html", link="javascript:alert(1)"))
    assert "a" not in page.tags


def test_the_report_has_the_curve_the_kept_epochs_and_their_samples(store: Store):
    page = Page(taken(store, tiny.run(store, name="Mine"), "html"))
    assert page.tags.count("polyline") == 2
    assert page.tags.count("circle") == 3
    for words in ("Mine", "what epoch 1 wrote", "what epoch 3 wrote", "python -m rnnkit train", "temperature 1"):
        assert words in page.text


def test_the_recipe_card_says_where_the_run_is_and_how_to_make_it_again(store: Store):
    run = tiny.run(store, corpus="cookbook")
    card = taken(store, run, "card", link="http://localhost:8501/Train?run=x")
    assert "http://localhost:8501/Train?run=x" in card
    assert "python -m rnnkit train" in card
    assert '"corpus": "cookbook"' in card


def test_the_curve_is_in_the_unit_of_the_task(store: Store):
    page = Page(taken(store, tiny.forecaster(store, "regression"), "html"))
    assert "Squared error, in standard deviations:" in page.text
