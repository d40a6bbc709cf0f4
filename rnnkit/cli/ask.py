"""Commands that ask a trained network: to write, translate, classify, forecast. Knows no training."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from rnnkit.cli.answer import Answer, cell, lines, open_store, records, table
from rnnkit.cli.options import Epoch, Epochs, Run, Text, file_bytes
from rnnkit.errors import ConfigError

if TYPE_CHECKING:
    from rnnkit.store import Store
    from rnnkit.studies import ingredients as recipes_list
    from rnnkit.studies.sampling import Writing


def sample(
    run: Run, /, *, epochs: Epochs = "last", temperatures: Text = "0.3,0.7,1.0", prompt: Text | None = None,
    random_prompt: int | None = None, length: int = 300, seed: int = 0, top_k: int = 0, top_p: float = 1.0,
    copies: bool = False,
) -> Answer:  # fmt: skip
    """Sample text from the kept epochs of a run.

    python -m rnnkit sample RUN --epochs 1,5,last --temperatures 0,0.5,1 --prompt "The " --length 400 --seed 1
    python -m rnnkit sample RUN --copies
    python -m rnnkit sample RUN --random-prompt 50 --length 1000

    Args:
        temperatures: with commas between them; 0: always the likeliest token
        prompt: text to continue; without one, the run's own
        random_prompt: continue so many random tokens instead
        length: tokens to write
        seed: the same seed gives the same text
        top_k: sample from so many of the likeliest tokens; 0: from all
        top_p: sample from the likeliest tokens that make up this probability
        copies: say what is copied word for word from the training text
    """
    from rnnkit.studies import sampling
    from rnnkit.studies.checkpoint import codec_of
    from rnnkit.tasks import Does

    if prompt is not None and random_prompt is not None:
        raise ConfigError("Argument --prompt: not allowed with argument --random-prompt")
    with open_store() as store:
        if random_prompt is not None:
            prompt = sampling.random_prompt(codec_of(store.run(run), Does.WRITES), random_prompt, seed)
        values = _numbers("--temperatures", temperatures)
        settings = sampling.SampleSettings(prompt, values, length, seed, top_k, top_p)
        writing = sampling.write(store, run, settings, ats=epochs.split(","))
        found = _copies(store, run, writing) if copies else [({}, "")] * len(writing.texts)
    samples, shown = [], []
    for text, (copied, line) in zip(writing.texts, found, strict=True):
        samples.append({key: getattr(text, key) for key in ("epoch", "step", "temperature", "text")} | copied)
        shown.append(f"--- epoch {text.epoch}, temperature {text.temperature:g}\n{writing.prompt}{text.text}\n{line}")
    speed = {"chars_per_second": writing.chars_per_second}
    document = {"samples": samples, **speed, "prompt": writing.prompt, "unknown": writing.unknown}
    return Answer(document, "\n".join([*shown, *filter(None, [writing.unknown]), lines(speed)]))


def _numbers(argument: str, text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise ConfigError(f"{argument}: expected numbers with commas between them, got {text!r}") from None


def _copies(store: Store, run_id: str, writing: Writing) -> list[tuple[dict[str, Any], str]]:
    """For each text what of it stands in the training text, as a document and as a line."""
    from rnnkit.studies import memorisation

    searched = memorisation.index_of(store, store.run(run_id))
    names, found = ("length", "text", "position", "line", "times"), []
    for copies in (searched.examine(text.text) for text in writing.texts):
        longest = copies.longest and {name: getattr(copies.longest, name) for name in names}
        found.append(({"longest_copy": longest, "novelty": copies.novelty}, f"({searched.sentence(copies)})\n"))
    return found


def score(run: Run, /, *, at: Epoch = "last", text: str | None = None, all: bool = False) -> Answer:
    """Measure how well a checkpoint predicts held-out text, by the engine that samples are written with.

    python -m rnnkit score RUN
    python -m rnnkit score RUN --all
    python -m rnnkit score RUN --at best --text diary.txt

    Args:
        text: a file to predict in place of the held-out part
        all: the whole held-out text, not the part that val_loss is measured on
    """
    from rnnkit.studies import score as scores
    from rnnkit.studies.checkpoint import load
    from rnnkit.tasks import Does
    from rnnkit.texts import own

    with open_store() as store:
        checkpoint = load(store, run, at, does=Does.WRITES)
        if text is None:
            found = scores.held_out(store, checkpoint, whole=all)
        else:
            found = scores.of_text(store, checkpoint, own.read(file_bytes("--text", text)).text)
    document = found._asdict() | {"epoch": checkpoint.epoch, "step": checkpoint.step}
    return Answer(document, lines({name: value for name, value in document.items() if value is not None}))


def translate(run: Run, text: Text, /, *, epoch: Epoch = "last") -> Answer:
    """Turn one sequence into another: a date into its ISO form.

    python -m rnnkit translate RUN "12 May 1987"

    Args:
        text: what to translate
    """
    from rnnkit.studies import translation
    from rnnkit.studies.checkpoint import load
    from rnnkit.tasks import Does

    with open_store() as store:
        checkpoint = load(store, run, epoch, does=Does.TRANSLATES)
        found, others = translation.translate(checkpoint, text), translation.alternatives(checkpoint, text)
    document: dict[str, Any] = {
        "text": found.text, "probability": found.probability, "epoch": checkpoint.epoch,
        "possible": found.possible, "notes": list(found.notes),
        "alternatives": [other._asdict() for other in others],
        "attention": None if found.attention is None else found.attention.tolist(),
    }  # fmt: skip
    other = table(document["alternatives"], "text", "probability", "possible")
    return Answer(document, "\n\n".join(["\n".join([found.text, *found.notes]), other]))


def ingredients(
    run: Run, /, *, epochs: str | None = None, recipes: int = 12, temperature: float = 0.7, seed: int = 0
) -> Answer:
    """Count what recipes that a run writes use and do not list.

    python -m rnnkit ingredients RUN

    Args:
        epochs: kept epochs, with commas between them; without any, all
        recipes: written by each epoch
        temperature: 0: always the likeliest token
        seed: of the first recipe; the others follow
    """
    from rnnkit.studies import ingredients
    from rnnkit.studies.sampling import SampleSettings
    from rnnkit.texts import corpora

    with open_store() as store:
        found = store.run(run)
        of_text = ingredients.statistics(corpora.load(found.corpus, store))
        chosen = epochs.split(",") if epochs else store.checkpoint_epochs(found.id)
        settings = SampleSettings(temperatures=(temperature,), seed=seed)
        curve = ingredients.curve(store, found, of_text, settings, epochs=chosen, count=recipes)
        rows = [{"epoch": one.epoch} | _share(one.share) for one in curve]
    own, shown = of_text.own, table(rows, "epoch", "recipes", "used", "missing", "share")
    said = (
        f"In the text itself: of {own.used:,} ingredients that {own.recipes:,} recipes of {found.corpus} use, "
        f"{own.missing:,} are not on the list"
    )
    return Answer({"run": found.id, "epochs": rows, "text": _share(own)}, f"{shown}\n\n{said}")


def _share(share: recipes_list.Share) -> dict[str, Any]:
    return share._asdict() | {"share": share.value}


def classify(run: Run, text: Text, /, *, epoch: Epoch = "last") -> Answer:
    """Say which class a text belongs to, word by word.

    python -m rnnkit classify RUN "I loved it, but the plot is dull"

    Args:
        text: the text to classify, in quotes
    """
    from rnnkit.studies import classifier
    from rnnkit.studies.checkpoint import load
    from rnnkit.tasks import Does

    with open_store() as store:
        checkpoint = load(store, run, epoch, does=Does.CLASSIFIES)
        found = classifier.attribution(checkpoint, text)
    labels = checkpoint.codec.labels
    last = dict(zip(labels, map(float, found.probabilities[-1]), strict=True))
    rows = [{name: row[name] for name in ("word", "known", "moved", "points")} for row in records(found.words)]
    predicted = labels[found.predicted]
    document = {
        "run": checkpoint.run.id, "epoch": checkpoint.epoch, "verdict": predicted, "chances": last,
        "toward": labels[found.toward], "words": rows, "left_out": found.left_out,
    }  # fmt: skip
    chances = [{"class": label, "chance": f"{chance:.1%}"} for label, chance in last.items()]
    moved = [
        {"word": row["word"], "odds": f"x {math.exp(row['moved']):.2g}", "points": f"{100 * row['points']:+.1f}",
         "known": cell(row["known"])}
        for row in rows
    ]  # fmt: skip
    head = "\n".join([f"{predicted}, {last[predicted]:.1%} sure", *classifier.remarks(checkpoint, found)])
    words = f"Toward {document['toward']}:\n{table(moved, 'word', 'odds', 'points', 'known')}"
    return Answer(document, f"{head}\n\n{table(chances, 'class', 'chance')}\n\n{words}")


def forecast(run: Run, /, *, epoch: Epoch = "last", steps: int = 30, futures: int = 20, seed: int = 0) -> Answer:
    """Forecast a series, and measure the error of its forecasts.

    python -m rnnkit forecast RUN --steps 30

    Args:
        steps: values after the last one
        futures: how many are sampled from a run that forecasts classes
        seed: the same seed gives the same futures
    """
    from rnnkit.studies import forecast
    from rnnkit.studies.checkpoint import load
    from rnnkit.tasks import Does

    with open_store() as store:
        checkpoint = load(store, run, epoch, does=Does.FORECASTS)
        past, end = forecast.backtest(store, checkpoint), forecast.span(store, checkpoint.run).values
        ahead = forecast.futures(store, checkpoint, start=end, length=steps, count=futures, seed=seed)
    errors = records(past.errors)
    rows = records(ahead.fan.assign(at=ahead.fan["at"].astype(str)))
    document = {
        "run": checkpoint.run.id, "epoch": checkpoint.epoch, "column": past.column, "errors": errors, "forecast": rows,
    }  # fmt: skip
    tables = f"{table(errors, 'forecast', 'mae', 'rmse')}\n\n{table(rows, 'at', 'low', 'median', 'high')}"
    return Answer(document, f"{past.verdict}\n\n{tables}")
