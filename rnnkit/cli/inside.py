"""Commands that look inside a trained network: its units, what they follow, what they are for. Knows no training."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rnnkit.cli.answer import Answer, lines, open_store, table
from rnnkit.cli.options import Epoch, Run, Text, file_bytes
from rnnkit.errors import ConfigError

if TYPE_CHECKING:
    from rnnkit.engine import LayerStates
    from rnnkit.store import Store
    from rnnkit.studies.checkpoint import Checkpoint
    from rnnkit.studies.inside import Reading


def states(run: Run, /, *, text: Text, at: Epoch = "last") -> Answer:
    """Show what every unit of a network holds, and lets through, while it reads a text.

    python -m rnnkit states RUN --text "To be" --json

    Args:
        text: what it reads
    """
    from rnnkit.studies import inside

    with open_store() as store:
        reading = inside.of_text(_asked(store, run, at), text)
    document = {
        "symbols": reading.pieces, "layers": [_layer(layer) for layer in reading.layers], "unknown": reading.note,
    }  # fmt: skip
    shown = [
        {"layer": layer.name, "direction": layer.direction or "", "quantity": name, "units": values.shape[1],
         "least": float(values.min()), "most": float(values.max())}
        for layer in reading.layers for name, values in layer.quantities.items()
    ]  # fmt: skip
    said = [table(shown, *shown[0]), f"{len(reading.pieces):,} tokens; all numbers: --json"]
    return Answer(document, "\n\n".join([*filter(None, [reading.note]), *said]))


def _layer(layer: LayerStates) -> dict[str, Any]:
    """Its states by name, its gates and the candidate together."""
    numbers = {name: values.tolist() for name, values in layer.quantities.items()}
    held = {name: numbers[name] for name in layer.states}
    let_through = {name: values for name, values in numbers.items() if name not in held}
    return {"layer": layer.name, "direction": layer.direction, **held, "gates": let_through}


def cells(run: Run, /, *, at: Epoch = "last", text: str | None = None, gates: bool = False) -> Answer:
    """Find units that follow a property of the text: quotes, brackets, the position in the line and others.

    python -m rnnkit cells RUN
    python -m rnnkit cells RUN --text diary.txt --gates

    Args:
        text: a file to search with in place of the held-out text
        gates: search gates and candidates too, not only states
    """
    from rnnkit.studies import cells
    from rnnkit.studies.properties import PROPERTIES

    with open_store() as store:
        reading = _reading(store, _asked(store, run, at), text)
    quantities = list(reading.layers[0].quantities) if gates else None
    graded = [name for name, one in PROPERTIES.items() if one.graded]
    values = cells.values_of(reading.pieces)
    found = cells.follow(reading.layers, values, graded=graded, quantities=quantities)
    rows = [one._asdict() for one in found]
    if not rows:
        return Answer([], "No unit follows any of these properties more closely than chance.")
    shown = ("property", "layer", "unit", "quantity", "score", "baseline")
    return Answer(rows, "\n\n".join([
        *filter(None, [reading.note]), table(rows, *shown),
        f"Chosen on the first half of {len(reading.ids):,} tokens, scored on the second: AUC (0.5 is chance), for a "
        "position the correlation. baseline: the best that chance reached among as many units.",
    ]))  # fmt: skip


def _asked(store: Store, run: str, at: str) -> Checkpoint[Any]:
    from rnnkit.studies.checkpoint import load
    from rnnkit.tasks import Does

    return load(store, run, at, does=Does.WRITES)


def _reading(store: Store, checkpoint: Checkpoint[Any], file: str | None) -> Reading:
    from rnnkit.studies import inside
    from rnnkit.texts import own

    if file is None:
        return inside.of_held_out(store, checkpoint)
    return inside.of_text(checkpoint, own.read(file_bytes("--text", file)).text)


def ablate(
    run: Run, /, *, at: Epoch = "last", layer: str | None = None, units: Text | None = None, value: float | None = None,
    token: Text | None = None, where: str | None = None, text: str | None = None,
) -> Answer:  # fmt: skip
    """Switch units off, or hold them, and see what the network loses; without --units all of a layer are ranked.

    python -m rnnkit ablate RUN
    python -m rnnkit ablate RUN --units 8 --token ")" --where brackets

    Args:
        layer: as `states` names it; without one, the first
        units: with commas between them
        value: hold their hidden states there in place of switching them off
        token: say its probability as the next one
        where: the property of the places that are looked at: quotes, brackets, ...
        text: a file to read in place of the held-out text
    """
    from rnnkit.studies import ablation

    with open_store() as store:
        checkpoint = _asked(store, run, at)
        reading = _reading(store, checkpoint, text)
    layer = ablation.layer_names(checkpoint)[0] if layer is None else layer
    if units is None:
        rows = [one._asdict() for one in ablation.ranking(checkpoint, reading.ids[: ablation.TOKENS], layer)]
        said = "nats: how much the loss per token rises when the unit is switched off."
        return Answer(rows, f"{table(rows[:20], 'layer', 'unit', 'nats')}\n\n{said}")
    asked = ablation.changes(checkpoint, layer, _whole_numbers(units), value)
    untouched, changed = ablation.losses(checkpoint, reading.ids[: ablation.TOKENS], asked)
    document: dict[str, Any] = {"layer": layer, "units": [one.unit for one in asked], "nats": untouched}
    document |= {"nats_changed": changed}
    if token is not None or where is not None:
        document |= _chance(checkpoint, reading, asked, token, where)
    return Answer(document, lines(document))


def lookback(run: Run, /, *, text: Text, at: Epoch = "last", place: int | None = None, distance: int = 200) -> Answer:
    """Show how much each token before a place moved the chance of the token there: one backward pass.

    python -m rnnkit lookback RUN --text "He said (and she"

    Args:
        text: what it reads
        place: of the token, 0 is the first; without one, the last token
        distance: tokens to look back at, where the network reads streams
    """
    from rnnkit.studies import inside, lookback

    with open_store() as store:
        checkpoint = _asked(store, run, at)
    ids, pieces, unknown = inside.tokens(checkpoint, text)
    place = len(ids) - 1 if place is None else place
    found = lookback.look_back(checkpoint.network, ids, place, distance)
    rows = [
        {"place": int(at), "token": pieces[at], "size": float(size), "moved": float(moved)}
        for at, size, moved in zip(found.places, found.sizes, found.moved, strict=True)
    ]
    document = {"token": pieces[place], "probability": found.probability, "before": rows, "unknown": unknown}
    said = f"{pieces[place]!r} has a probability of {found.probability:.2%}"
    return Answer(
        document, "\n\n".join([*filter(None, [unknown]), table(rows, "place", "token", "size", "moved"), said])
    )


def _chance(checkpoint: Checkpoint[Any], reading: Reading, asked: list, token: str | None, where: str | None) -> dict:
    from rnnkit.studies import ablation, cells
    from rnnkit.studies.properties import PROPERTIES

    if where not in PROPERTIES:
        raise ConfigError(f"--where: expected one of {', '.join(PROPERTIES)}, got {where!r}")
    if token not in checkpoint.codec.symbols:
        raise ConfigError(f"--token: expected a token of the run's vocabulary, got {token!r}")
    values = cells.values_of(reading.pieces, {where: PROPERTIES[where]})[where]
    found = ablation.chance(checkpoint, reading.ids, asked, checkpoint.codec.symbols.index(token), values)
    named = {"token": token, "where": where, "places": found.places}
    return named | {"chance": found.untouched, "chance_changed": found.changed}


def _whole_numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        raise ConfigError(f"--units: expected whole numbers with commas between them, got {text!r}") from None
