"""The same product without a browser: `python -m rnnkit COMMAND`. DESIGN section 4 is its contract.

Each command is one function from its arguments to an Answer, and one entry in COMMANDS. Loads no
TensorFlow: training happens in processes of their own. Knows no page.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import re
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any, NamedTuple, get_args

from tqdm import tqdm

from rnnkit import architectures, presets, tasks
from rnnkit.config import BatchConfig, RunConfig, TokenizerConfig, parse, with_settings
from rnnkit.errors import ConfigError, CorpusError, PersonError, TooShort
from rnnkit.runs import comparison, duel, results
from rnnkit.sharing import archive, takeaway
from rnnkit.store import DIVERGED, FAILED, Run, Store
from rnnkit.store.weights import BITS
from rnnkit.studies import baselines, forecast, ingredients, memorisation, sampling, translation
from rnnkit.studies import classifier as verdict
from rnnkit.texts import corpora, own, tokenizers
from rnnkit.training import cost as estimate
from rnnkit.training import queueing, scheduler

FAULT, PERSON, INTERRUPTED = 1, 2, 130  # exit statuses; the last is the shell's own for Ctrl-C
WATCH_SECONDS = 0.5
DUEL_SECONDS = 30  # of training for each, when equal seconds are asked for without a number
DUEL_KEYS = {
    "Network": "network", "Units": "units", "Parameters": "params", "Best loss": "best_loss", "Behind": "behind",
    "Behind, %": "behind_percent", "As low as the last": "seconds_to_last", "Trained": "seconds", "State": "status",
}  # fmt: skip


class Answer(NamedTuple):
    """What a command has to say: a JSON document, the same for people, and the exit status."""

    document: Any
    text: str
    status: int = 0


class Command(NamedTuple):
    """One word of the command line: what it does in one line, its arguments, and the function that does it."""

    help: str
    arguments: Callable[[argparse.ArgumentParser], None]
    do: Callable[[argparse.Namespace], Answer]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status: 0, 2 for what a person did wrong, 1 for a fault.

    A fault is one line; with `python -X dev` it is a traceback.
    """
    try:
        args = _parser().parse_args(argv)
        answer = args.do(args)
        _say(json.dumps(answer.document) if args.json else answer.text)
        return answer.status
    except PersonError as error:
        return _complain(str(error), PERSON)
    except BrokenPipeError:  # `| head` has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAULT
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return _complain(f"fault: {type(error).__name__}: {error}; `python -X dev -m rnnkit` shows where", FAULT)


# ---- commands that only look


def _corpora(args: argparse.Namespace) -> Answer:
    with _store() as store:
        if args.name == "add":
            info = corpora.info(_add_corpus(store, args.file, args.title), store)
        elif args.file is not None:
            raise ConfigError(f"corpora: expected one name, or `add FILE`, got {args.name!r} and {args.file!r}")
        elif args.name is None:
            rows = [info._asdict() for info in corpora.catalogue(store)]
            return Answer(rows, _table(rows, "name", "title", "chars", "vocab", "licence"))
        else:
            info = corpora.info(args.name, store)
    return Answer(info.to_json(), _lines(info.to_json()))


def _add_corpus(store: Store, file: str | None, title: str | None) -> str:
    if file is None:
        raise ConfigError("corpora add: expected the name of a file, got nothing")
    try:
        data = Path(file).read_bytes()
    except OSError as error:
        raise CorpusError(f"corpora add: expected a file that can be read, got {file!r} ({error.strerror})") from None
    return own.add(store, data, title or Path(file).stem)


def _presets(_args: argparse.Namespace) -> Answer:
    rows = [{"name": p.name, "title": p.title, "source": p.source, "task": p.task} for p in presets.PRESETS.values()]
    return Answer(rows, _table(rows, "name", "title", "source", "task"))


def _params(args: argparse.Namespace) -> Answer:
    config = _config(args)
    with _store_of_text(config.corpus) as store:
        vocab_size = queueing.vocab_size(config, store)
        cost = _cost(config, store) if config.task in tasks.TASKS else ""
    layers = [
        {"name": layer.name, "kind": layer.kind, "shape": list(layer.output_shape), "params": layer.params}
        for layer in architectures.parameter_table(config, vocab_size)
    ]
    total = sum(layer["params"] for layer in layers)
    shown = [layer | {"shape": str(tuple(layer["shape"]))} for layer in layers]
    table = _table(shown, "name", "kind", "shape", "params")
    return Answer({"layers": layers, "total": total}, f"{table}\n\n{total:,} parameters\n{cost}".rstrip())


def _cost(config: RunConfig, store: Store | None) -> str:
    """What training would take, or the sentence why it cannot be."""
    try:
        measured = queueing.measure(config, store)
    except TooShort as error:
        return str(error)
    cost = estimate.estimate(config, measured.vocab_size, measured.symbols, measured.plan)
    return (
        f"{config.corpus}: {measured.symbols:,} symbols, {measured.vocab_size:,} different, in "
        f"{cost.steps_per_epoch:,} batches an epoch; needs about {cost.memory_bytes / 1e9:.1f} GB of memory, "
        f"as one-hot arrays it would be {cost.one_hot_bytes / 1e9:.1f} GB more"
    )


def _references(args: argparse.Namespace) -> Answer:
    with _store_of_text(args.corpus) as store:
        text = corpora.load(args.corpus, store)
    tokenizer = tokenizers.build(text, TokenizerConfig(kind=args.tokens))
    ids, batches = tokenizer.encode(text).ids, BatchConfig()
    began = time.perf_counter()
    found = baselines.references(tokenizer, ids, batches)
    seconds = time.perf_counter() - began
    bits = len(ids) / len(text) / math.log(2)  # per character, for one nat per symbol
    rows = [
        {"name": one.name, "nats": one.nats, "bits_per_char": one.nats * bits, "perplexity": math.exp(one.nats)}
        for one in found
    ]
    facts = {
        "corpus": args.corpus, "tokens": args.tokens, "symbols": len(ids), "vocab_size": tokenizer.vocab_size,
        "validation_fraction": batches.validation_fraction, "seconds": seconds,
    }  # fmt: skip
    table = _table(rows, "name", "nats", "bits_per_char", "perplexity")
    return Answer(facts | {"references": rows}, f"{_lines(facts)}\n\n{table}")


@contextmanager
def _store_of_text(corpus: str) -> Iterator[Store | None]:
    """The store where the text is kept in it; other texts need none, and then none is opened."""
    with _store() if corpus.startswith("text-") else nullcontext() as store:
        yield store


def _runs(_args: argparse.Namespace) -> Answer:
    with _store() as store:
        rows = [_row(run) for run in store.runs()]
    return Answer(rows, _table(rows, "run", "name", "preset", "corpus", "status") if rows else "No runs yet.")


def _row(run: Run) -> dict[str, Any]:
    return {
        "run": run.id, "name": run.name, "preset": run.preset, "corpus": run.corpus, "status": run.status,
        "pretrained": run.pretrained,
    }  # fmt: skip


def _show(args: argparse.Namespace) -> Answer:
    with _store() as store:
        run, epochs = store.run(args.run), store.epochs(args.run)
        kept = store.checkpoint_epochs(args.run)
    document = _row(run) | {
        "config": run.config.model_dump(mode="json"), "params": run.params, "device": run.device,
        "step": run.step, "steps": run.steps, "message": run.message, "log": run.log, "checkpoints": kept,
        "epochs": epochs,
    }  # fmt: skip
    head = {key: value for key, value in document.items() if key not in ("config", "epochs") and value is not None}
    table = _table(epochs, *(name for name in _MEASURED if any(name in epoch for epoch in epochs)))
    return Answer(document, f"{_lines(head)}\n\n{table}" if epochs else _lines(head))


# What is shown of an epoch, where its task measures it.
_MEASURED = (
    "epoch", "loss", "val_loss", "test_loss", "accuracy", "val_accuracy", "test_accuracy", "bits_per_char", "seconds",
    "chars_per_second",
)  # fmt: skip


def _check(_args: argparse.Namespace) -> Answer:
    with _store() as store:
        problems = store.check()
    return Answer({"problems": problems}, "\n".join(problems) or "The store is sound.", FAULT if problems else 0)


def _sample(args: argparse.Namespace) -> Answer:
    with _store() as store:
        writing = sampling.write(
            store, args.run, epochs=args.epochs.split(","), temperatures=_numbers("--temperatures", args.temperatures),
            prompt=_prompt(store, args), length=args.length, seed=args.seed, top_k=args.top_k, top_p=args.top_p,
        )  # fmt: skip
        copies = _copies(store, args.run, writing) if args.copies else [({}, "")] * len(writing.texts)
    samples = [
        {"epoch": text.epoch, "temperature": text.temperature, "text": text.text} | found
        for text, (found, _) in zip(writing.texts, copies, strict=True)
    ]
    speed = {"chars_per_second": writing.chars_per_second}
    document = {"samples": samples, **speed, "prompt": writing.prompt, "unknown": writing.unknown}
    shown = [
        f"--- epoch {text.epoch}, temperature {text.temperature:g}\n{writing.prompt}{text.text}\n{line}"
        for text, (_, line) in zip(writing.texts, copies, strict=True)
    ]
    return Answer(document, "\n".join([*shown, *filter(None, [writing.unknown]), _lines(speed)]))


def _ingredients(args: argparse.Namespace) -> Answer:
    with _store() as store:
        run = store.run(args.run)
        ground = ingredients.ground(corpora.load(run.corpus, store))
        kept = store.checkpoint_epochs(run.id)
        epochs = sampling.chosen_epochs(run.id, kept, args.epochs.split(",") if args.epochs else kept)
        found = ingredients.curve(
            store, run, ground, epochs=epochs, count=args.recipes, temperature=args.temperature, seed=args.seed
        )
        rows = [{"epoch": one.epoch} | _share(one.share) for one in found]
    own = _share(ground.own)
    said = (
        f"of {own['used']:,} ingredients that {own['recipes']:,} recipes of {run.corpus} use, {own['missing']:,} are "
    )
    return Answer(
        {"run": run.id, "epochs": rows, "text": own},
        f"{_table(rows, 'epoch', 'recipes', 'used', 'missing', 'share')}\n\nIn the text itself: {said}not on the list",
    )


def _share(share: ingredients.Share) -> dict[str, Any]:
    return share._asdict() | {"share": share.value}


def _prompt(store: Store, args: argparse.Namespace) -> str | None:
    if args.random_prompt is None:
        return args.prompt
    return sampling.random_prompt(sampling.tokenizer_of(store.run(args.run)), args.random_prompt, args.seed)


def _copies(store: Store, run_id: str, writing: sampling.Writing) -> list[tuple[dict[str, Any], str]]:
    """For each text what of it stands in the training text, as a document and as a line."""
    searched = memorisation.index_of(store, store.run(run_id))
    found = [searched.examine(text.text) for text in writing.texts]
    return [
        ({"longest_copy": _longest(copies), "novelty": copies.novelty}, f"({searched.sentence(copies)})\n")
        for copies in found
    ]


def _longest(copies: memorisation.Copies) -> dict[str, Any] | None:
    names = ("length", "text", "position", "line", "times")
    return copies.longest and {name: getattr(copies.longest, name) for name in names}


def _translate(args: argparse.Namespace) -> Answer:
    with _store() as store:
        at = translation.bench(store, args.run, args.epoch)
        found, others = translation.translate(at, args.text), translation.alternatives(at, args.text)
    document = {
        "text": found.text, "probability": found.probability, "epoch": at.epoch,
        "alternatives": [other._asdict() for other in others],
        "attention": None if found.attention is None else found.attention.tolist(),
    }  # fmt: skip
    return Answer(document, f"{found.text}\n\n{_table(document['alternatives'], 'text', 'probability')}")


def _forecast(args: argparse.Namespace) -> Answer:
    with _store() as store:
        run = store.run(args.run)
        [epoch] = sampling.chosen_epochs(run.id, store.checkpoint_epochs(run.id), [args.epoch])
        found = forecast.backtest(store, run.id, epoch)
        end = forecast.span(store, run).values
        ahead = forecast.futures(store, run.id, epoch, start=end, length=args.steps, count=args.futures, seed=args.seed)
    errors = found.errors.to_dict("records")
    rows = ahead.fan.assign(at=ahead.fan["at"].astype(str)).to_dict("records")
    document = {"run": run.id, "epoch": epoch, "column": found.column, "errors": errors, "forecast": rows}
    tables = f"{_table(errors, 'forecast', 'mae', 'rmse')}\n\n{_table(rows, 'at', 'low', 'median', 'high')}"
    return Answer(document, f"{found.verdict}\n\n{tables}")


def _numbers(argument: str, text: str) -> list[float]:
    try:
        return [float(number) for number in text.split(",")]
    except ValueError:
        raise ConfigError(f"{argument}: expected numbers with commas between them, got {text!r}") from None


def _classify(args: argparse.Namespace) -> Answer:
    with _store() as store:
        at = verdict.judge(store, args.run, args.epoch)
        reading = verdict.read(at, args.text)
    last = dict(zip(at.labels, map(float, reading.chances[-1]), strict=True))
    rows = [
        {"word": row.word, "known": bool(row.known), "moved": float(row.moved), "points": float(row.points)}
        for row in reading.words.itertuples()
    ]
    said = at.labels[reading.verdict]
    document = {
        "run": at.run.id, "epoch": at.epoch, "verdict": said, "chances": last, "toward": at.labels[reading.toward],
        "words": rows, "left_out": reading.left_out,
    }  # fmt: skip
    chances = [{"class": label, "chance": f"{chance:.1%}"} for label, chance in last.items()]
    moved = [
        {
            "word": row["word"], "odds": f"x {math.exp(row['moved']):.2g}", "points": f"{100 * row['points']:+.1f}",
            "known": _yes(row["known"]),
        }
        for row in rows
    ]  # fmt: skip
    table = f"\n\nToward {document['toward']}:\n{_table(moved, 'word', 'odds', 'points', 'known')}"
    head = "\n".join([f"{said}, {last[said]:.1%} sure", *verdict.remarks(at, reading)])
    return Answer(document, f"{head}\n\n{_table(chances, 'class', 'chance')}{table}")


def _yes(value: bool) -> str:
    return "yes" if value else "no"


# ---- commands that change something


def _train(args: argparse.Namespace) -> Answer:
    config = _config(args)
    with _store() as store:
        return _started(store, queueing.order(store, config), args.wait)


def _duel(args: argparse.Namespace) -> Answer:
    base = _config(args)
    terms = _terms(args)
    with _store() as store:
        entrants = duel.plan(base, args.architectures.split(","), queueing.vocab_size(base, store), **terms)
        ids = duel.order(store, entrants)
        scheduler.ensure_running(store)
        if args.wait:
            return _fought(store, ids)
    rows = [
        {"run": run, "architecture": one.config.model.architecture, "units": one.config.model.units}
        | {"params": one.params, "difference": one.difference}
        for run, one in zip(ids, entrants, strict=True)
    ]
    said = f"They are queued. Watch them in the browser, on the page Duel with ?runs={','.join(ids)}"
    return Answer({"runs": rows}, f"{_table(rows, *rows[0])}\n\n{said}")


def _terms(args: argparse.Namespace) -> dict[str, int | None]:
    """What is made equal, as `duel.plan` takes it."""
    ways = {"parameters": {"params": args.params}, "seconds": {"seconds": args.seconds or DUEL_SECONDS}}
    given = {"parameters": args.seconds, "seconds": args.params}[args.equal]
    if given is not None:
        raise ConfigError(f"--equal: expected one thing that is equal, got {args.equal} and a number for the other")
    return ways[args.equal]


def _fought(store: Store, ids: list[str]) -> Answer:
    """Follow the runs of a duel to their ends; then the table and the verdict."""
    try:
        runs = [_follow(store, run_id) for run_id in ids]
    except KeyboardInterrupt:
        return Answer({"runs": [{"run": run_id} for run_id in ids]}, "The duel goes on by itself.", INTERRUPTED)
    compared = comparison.load(store, ids)
    verdict, table = duel.verdict(compared), duel.results(compared)
    rows = json.loads(table.rename(columns=DUEL_KEYS)[list(DUEL_KEYS.values())].to_json(orient="records"))
    ranked = [{"run": place.one.run.id} | row for place, row in zip(duel.ranking(compared), rows, strict=True)]
    said = [_table(rows, *DUEL_KEYS.values()), verdict, *duel.explanations(compared), *duel.unfinished(compared)]
    status = FAULT if any(run.status in (FAILED, DIVERGED) for run in runs) else 0
    return Answer({"verdict": verdict, "runs": ranked}, "\n".join(filter(None, said)), status)


def _fork(args: argparse.Namespace) -> Answer:
    changes = _settings(args.set) | _given(args, "name", "owner", "corpus")
    with _store() as store:
        return _started(store, queueing.fork(store, args.run, args.epoch, changes), args.wait)


def _resume(args: argparse.Namespace) -> Answer:
    with _store() as store:
        store.resume_run(args.run)
        return _started(store, args.run, args.wait)


def _started(store: Store, run_id: str, wait: bool) -> Answer:
    scheduler.ensure_running(store)
    if wait:
        return _watch(store, run_id)
    said = f"Run {run_id} is queued. Watch it in the browser, or with: python -m rnnkit show {run_id}"
    return Answer({"run": run_id}, said)


def _watch(store: Store, run_id: str) -> Answer:
    """Follow a run in the store to its end; Ctrl-C ends the watching, never the run."""
    try:
        run = _follow(store, run_id)
    except KeyboardInterrupt:
        said = f"Run {run_id} goes on by itself. Stop it with: python -m rnnkit stop {run_id}"
        return Answer({"run": run_id, "status": store.run(run_id).status}, said, INTERRUPTED)
    said = f"Run {run_id} is {run.status} after {run.epochs_done} epochs."
    said = " ".join(filter(None, [said, run.message, run.log if run.status == FAILED else None]))
    return Answer({"run": run_id, "status": run.status}, said, FAULT if run.status in (FAILED, DIVERGED) else 0)


def _follow(store: Store, run_id: str) -> Run:
    with tqdm(unit=" batches", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:
        while True:
            run = store.run(run_id)
            bar.total = None if run.config.training.seconds else run.config.training.epochs * run.steps or None
            bar.n = run.epochs_done * run.steps + run.step
            bar.set_description(f"{run.name}, {run.status}", refresh=False)
            bar.set_postfix(epoch=run.epochs_done, loss=_cell(run.loss))
            if not run.live:
                return run
            scheduler.ensure_running(store)
            time.sleep(WATCH_SECONDS)


def _stop(args: argparse.Namespace) -> Answer:
    return _ask(args.run, "stop")


def _pause(args: argparse.Namespace) -> Answer:
    return _ask(args.run, "pause")


def _ask(run_id: str, wanted: str) -> Answer:
    with _store() as store:
        store.ask(run_id, wanted)
        run = store.run(run_id)
    said = f"Run {run_id} is {run.status}." if not run.live else f"Run {run_id} was asked to {wanted}."
    return Answer({"run": run_id, "status": run.status}, said)


def _delete(args: argparse.Namespace) -> Answer:
    with _store() as store:
        store.delete_run(args.run)
    return Answer({"run": args.run}, f"Run {args.run} is deleted.")


def _export(args: argparse.Namespace) -> Answer:
    with _store() as store:
        kept = store.checkpoint_epochs(args.run)
        epochs = sampling.chosen_epochs(args.run, kept, args.epochs.split(",")) if args.epochs else None
        archive.export_run(store, args.run, args.file, epochs=epochs, bits=args.bits)
    return Answer({"run": args.run, "file": args.file}, f"Run {args.run} is in {args.file}.")


def _results(args: argparse.Namespace) -> Answer:
    with _store() as store:
        text = results.markdown(store)
    if not args.out:
        return Answer({"markdown": text}, text.rstrip())
    try:
        Path(args.out).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(
            f"results: expected a file that can be written, got {args.out!r} ({error.strerror})"
        ) from None
    return Answer({"file": args.out}, f"The table is in {args.out}.")


def _take(args: argparse.Namespace) -> Answer:
    with _store() as store:
        file = takeaway.write(store, args.run, args.file, args.way)
    return Answer({"run": args.run, "file": str(file)}, f"Run {args.run} is in {file}.")


def _import(args: argparse.Namespace) -> Answer:
    with _store() as store:
        run_id = archive.import_run(store, args.file)
    return Answer({"run": run_id}, f"{args.file} is here as run {run_id}.")


# ---- arguments


def _none(_parser: argparse.ArgumentParser) -> None:
    """No arguments of its own."""


def _corpora_arguments(parser: argparse.ArgumentParser) -> None:
    parser.usage = "python -m rnnkit corpora [-h] [--json] [NAME | add FILE [--name TITLE]]"
    parser.add_argument("name", nargs="?", metavar="NAME", help="a corpus to show; without one, all are listed")
    parser.add_argument("file", nargs="?", metavar="FILE", help="after `add`: a text of one's own")
    parser.add_argument("--name", dest="title", metavar="TITLE", help="what to call it (default: the file's name)")


def _references_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("corpus", metavar="CORPUS", help="a text; its last 10 %% is predicted from the rest")
    kinds = get_args(TokenizerConfig.model_fields["kind"].annotation)
    parser.add_argument("--tokens", choices=kinds, default=kinds[0], help=f"what one symbol is (default: {kinds[0]})")


def _config_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--preset", metavar="NAME", help="one of `python -m rnnkit presets`")
    which.add_argument("--config", metavar="FILE", help="a run's config as JSON, as `show --json` prints it")
    parser.add_argument("--corpus", metavar="NAME", help="another text")
    _set_argument(parser)


def _set_argument(parser: argparse.ArgumentParser) -> None:
    help = "a config field, e.g. model.units=256; may be repeated"
    parser.add_argument("--set", metavar="KEY=VALUE", action="append", default=[], help=help)


def _name_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--name", metavar="NAME", help="what to call the run")
    parser.add_argument("--owner", metavar="NAME", help="whose it is; runs are shared fairly between owners")
    _wait_argument(parser)


def _wait_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--wait", action="store_true", help="come back when the run has ended, with status 1 if badly")


def _train_arguments(parser: argparse.ArgumentParser) -> None:
    _config_arguments(parser)
    _name_arguments(parser)


def _run_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", metavar="RUN", help="the id of a run")


def _duel_arguments(parser: argparse.ArgumentParser) -> None:
    _config_arguments(parser)
    parser.add_argument("--architectures", required=True, metavar="A,B", help="two to four, with commas between them")
    ways = ("parameters", "seconds")
    parser.add_argument("--equal", choices=ways, default=ways[0], help=f"what is made equal (default: {ways[0]})")
    parser.add_argument("--params", type=int, metavar="N", help="parameters of each (default: those of the first)")
    parser.add_argument("--seconds", type=int, metavar="N", help=f"of training for each (default: {DUEL_SECONDS})")
    parser.add_argument("--owner", metavar="NAME", help="whose they are; runs are shared fairly between owners")
    _wait_argument(parser)


def _fork_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("--epoch", type=int, required=True, metavar="N", help="a kept epoch to go on from")
    parser.add_argument("--corpus", metavar="NAME", help="another text, read with the run's vocabulary")
    _set_argument(parser)
    _name_arguments(parser)


def _resume_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    _wait_argument(parser)


def _export_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    _file_argument(parser)
    parser.add_argument("--epochs", help="kept epochs to take along, e.g. 1,5,last (default: all)")
    parser.add_argument(
        "--bits", type=int, choices=BITS, default=32,
        help="of each weight: 16 for half the size, 8 for a quarter (default 32)",
    )  # fmt: skip


def _results_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("out", metavar="FILE", nargs="?", help="where to, e.g. RESULTS.md (default: the screen)")


def _take_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("file", metavar="FILE", help="where to, or a folder/")
    ways = "; ".join(f"{name}: {way.title.lower()}" for name, way in takeaway.WAYS.items())
    parser.add_argument("--as", dest="way", choices=takeaway.WAYS, help=f"{ways} (default: by the ending of FILE)")


def _file_argument(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", metavar="FILE", help="an exported run: a file, or a folder/")


def _translate_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("text", metavar="TEXT", help='what to translate, as "12 May 1987"')
    parser.add_argument("--epoch", default="last", metavar="N", help="a kept epoch (default: last)")


def _sample_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("--epochs", default="last", metavar="1,5,last", help="kept epochs that write (default: last)")
    parser.add_argument("--temperatures", default="0.3,0.7,1.0", metavar="0.3,0.7,1.0", help="0: the likeliest symbol")
    begin = parser.add_mutually_exclusive_group()
    begin.add_argument("--prompt", metavar="TEXT", help="what to go on from (default: the run's own)")
    begin.add_argument("--random-prompt", type=int, metavar="N", help="go on from N symbols drawn with the seed")
    parser.add_argument("--length", type=int, default=300, metavar="N", help="symbols to write (default: 300)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same text")
    parser.add_argument("--top-k", type=int, default=0, metavar="N", help="only the N likeliest symbols; 0: all")
    parser.add_argument("--top-p", type=float, default=1.0, metavar="P", help="only the likeliest that make up P")
    parser.add_argument("--copies", action="store_true", help="say what stands word for word in the training text")


def _classify_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("text", metavar="TEXT", help="the text to judge, in quotes")
    parser.add_argument("--epoch", default="last", metavar="N", help="a kept epoch (default: last)")


def _ingredients_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("--epochs", metavar="1,5,last", help="kept epochs that write (default: all)")
    parser.add_argument("--recipes", type=int, default=ingredients.COUNT, metavar="N", help="written by each epoch")
    parser.add_argument("--temperature", type=float, default=0.7, metavar="T", help="0: the likeliest symbol")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="of the first recipe; the others follow")


def _forecast_arguments(parser: argparse.ArgumentParser) -> None:
    _run_argument(parser)
    parser.add_argument("--epoch", default="last", metavar="N", help="a kept epoch (default: last)")
    parser.add_argument("--steps", type=int, default=30, metavar="N", help="values after the last one (default: 30)")
    parser.add_argument("--futures", type=int, default=20, metavar="N", help="drawn by classes (default: 20)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="the same seed gives the same futures")


COMMANDS: dict[str, Command] = {
    "corpora": Command("list the texts, show one, or add one", _corpora_arguments, _corpora),
    "presets": Command("list the named experiments", _none, _presets),
    "references": Command("say what a loss is worth: n-grams and xz on a text", _references_arguments, _references),
    "params": Command("show the parameters of a network, layer by layer", _config_arguments, _params),
    "train": Command("queue a run", _train_arguments, _train),
    "duel": Command("queue two to four architectures at equal parameters or seconds", _duel_arguments, _duel),
    "runs": Command("list the runs", _none, _runs),
    "show": Command("show one run and its epochs", _run_argument, _show),
    "sample": Command("let the epochs of a run write", _sample_arguments, _sample),
    "translate": Command("turn one sequence into another: a date into its ISO form", _translate_arguments, _translate),
    "ingredients": Command(
        "count what recipes that a run writes use and do not list", _ingredients_arguments, _ingredients
    ),
    "classify": Command("say which class a text belongs to, word by word", _classify_arguments, _classify),
    "forecast": Command("forecast a series, and say how good that is", _forecast_arguments, _forecast),
    "stop": Command("end a run after the batch it is in", _run_argument, _stop),
    "pause": Command("interrupt a run, to be resumed from the very batch", _run_argument, _pause),
    "resume": Command("go on with a run that was paused, stopped or has failed", _resume_arguments, _resume),
    "fork": Command("go on from a kept epoch with changed settings, as a new run", _fork_arguments, _fork),
    "delete": Command("delete a run with all it holds", _run_argument, _delete),
    "export": Command("write a run to a file, or a folder", _export_arguments, _export),
    "results": Command(
        "set what the documents report beside what the stored runs reached", _results_arguments, _results
    ),
    "take": Command(
        "write what one can do with a run elsewhere: report, script, network, curve", _take_arguments, _take
    ),
    "import": Command("read an exported run", _file_argument, _import),
    "check": Command("check that the store is sound", _none, _check),
}


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, like every other error of a person."""

    def error(self, message: str) -> None:
        raise ConfigError(f"{message[0].upper()}{message[1:]}; see {self.prog} --help")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m rnnkit", description="Pick a text and a recurrent network, and watch it learn.")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, command in COMMANDS.items():
        sub = commands.add_parser(name, help=command.help, description=command.help[0].upper() + command.help[1:] + ".")
        sub.add_argument("--json", action="store_true", help="one JSON document on standard output, nothing else")
        sub.set_defaults(do=command.do)
        command.arguments(sub)
    return parser


def _config(args: argparse.Namespace) -> RunConfig:
    """The config that the arguments describe: a preset or a file, then the changes."""
    config = presets.preset(args.preset).config if args.preset else _config_of_file(args.config)
    return with_settings(config, _settings(args.set) | _given(args, "corpus", "name", "owner"))


def _config_of_file(name: str) -> RunConfig:
    try:
        data = json.loads(Path(name).read_bytes())
    except OSError as error:
        raise ConfigError(f"--config: expected a file that can be read, got {name!r} ({error.strerror})") from None
    except ValueError as error:
        raise ConfigError(f"--config: expected JSON in {name!r}, got {error}") from None
    if not isinstance(data, dict):
        raise ConfigError(f"--config: expected a JSON object in {name!r}, got {type(data).__name__}")
    return parse(data)


def _settings(pairs: Iterable[str]) -> dict[str, str]:
    for pair in pairs:
        if "=" not in pair:
            raise ConfigError(f"--set: expected KEY=VALUE, got {pair!r}")
    return dict(pair.split("=", 1) for pair in pairs)


def _given(args: argparse.Namespace, *names: str) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(args, name, None)) is not None}


@contextmanager
def _store() -> Iterator[Store]:
    """The store, with the networks that came with the program in it."""
    with closing(Store()) as store:
        archive.import_pretrained(store)
        yield store


# ---- what people see


def _table(rows: Sequence[Mapping[str, Any]], *columns: str) -> str:
    """Aligned columns, numbers to the right."""
    cells = [columns, *([_cell(row.get(column)) for column in columns] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(columns))]
    numbers = [any(isinstance(row.get(column), int | float) for row in rows) for column in columns]
    sides = [">" if number else "<" for number in numbers]
    padded = ("  ".join(f"{cell:{s}{w}}" for cell, s, w in zip(row, sides, widths, strict=True)) for row in cells)
    return "\n".join(line.rstrip() for line in padded)


def _lines(document: Mapping[str, Any]) -> str:
    width = max(len(key) for key in document)
    return "\n".join(f"{key:<{width}}  {_cell(value)}" for key, value in document.items())


def _cell(value: Any) -> str:
    """One value on one line."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    if isinstance(value, list | tuple):
        return ", ".join(_cell(item) for item in value)
    return " ".join(str(value).split())


def _say(text: str) -> None:
    """Texts of strangers may hold control characters: a terminal must not obey them."""
    sys.stdout.reconfigure(errors="replace")
    print(re.sub(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", "\ufffd", text), flush=True)


def _complain(sentence: str, status: int) -> int:
    print(" ".join(sentence.split()), file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
