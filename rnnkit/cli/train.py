"""Commands that change runs: queue, fork, pause, resume, stop; and watching them with --wait."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from rnnkit.cli.answer import FAULT, INTERRUPTED, Answer, cell, open_store, records, table
from rnnkit.cli.options import Changes, Corpus, Description, Epoch, Name, Owner, Run, Text, Wait, settings
from rnnkit.errors import ConfigError
from rnnkit.presets import ONE_MINUTE

if TYPE_CHECKING:
    from rnnkit.config import RunConfig
    from rnnkit.store import Kept, Store
    from rnnkit.store import Run as StoredRun

MOST_SEEDS = 20
DUEL_SECONDS = 30  # of training for each, when equal seconds are asked for without a number
DUEL_KEYS = {
    "Network": "network", "Units": "units", "Parameters": "params", "Best loss": "best_loss", "Behind": "behind",
    "Behind, %": "behind_percent", "Time to the worst's best": "seconds_to_last", "Trained": "seconds",
    "State": "status",
}  # fmt: skip


def train(
    *, described: Description = Description(), name: Name = None, owner: Owner = None, wait: Wait = False
) -> Answer:
    """Queue a run; without a preset or a config one whose network fits the text, this machine and a minute.

    One that is expected to take hours, or most of the free memory, is queued too: standard error says so, and what
    would be less.

    python -m rnnkit train --corpus tinyshakespeare --wait
    python -m rnnkit train --preset cookbook-gru --wait
    python -m rnnkit train --preset shakespeare-lstm --set model.units=128 --set training.epochs=5
    """
    from rnnkit.training import queueing

    config = described.build(ONE_MINUTE, name=name, owner=owner)
    with open_store() as store:
        _say_what_it_costs(store, config)
        return _started(store, queueing.queue(store, config), wait)


def _say_what_it_costs(store: Store, config: RunConfig) -> None:
    """To whoever watches standard error; a command does not ask."""
    from rnnkit.runs import progress
    from rnnkit.training import cost, queueing

    measured = queueing.check(config, store)
    for said in cost.concerns(config, measured.vocab_size, measured.plan, progress.slowness_here(store)):
        print(said, file=sys.stderr)


def duel(
    *, described: Description = Description(), architectures: str,
    equal: Literal["parameters", "seconds"] = "parameters", params: int | None = None,
    seconds: int | None = None, seeds: int = 1, owner: Owner = None,
    wait: Wait = False,
) -> Answer:  # fmt: skip
    """Race two to four architectures at equal parameters or seconds, on the same text from the same seed.

    python -m rnnkit duel --preset cookbook-gru --architectures simple_rnn,gru,lstm --wait
    python -m rnnkit duel --preset cookbook-gru --architectures gru,lstm --equal seconds --seconds 20
    python -m rnnkit duel --preset cookbook-gru --architectures gru,lstm --equal seconds --seeds 4 --wait

    Args:
        architectures: two to four, with commas between them
        equal: what is made equal
        params: parameters of each; without a number, those of the first
        seconds: of training for each; without a number, 30
        seeds: races, each from a seed of its own; the verdict then says mean and spread
    """
    from rnnkit.runs import duel
    from rnnkit.training import queueing, scheduler

    base = described.build(owner=owner)
    if (params if equal == "seconds" else seconds) is not None:
        raise ConfigError(f"--equal: expected one thing that is equal, got {equal} and a number for the other")
    if not 1 <= seeds <= MOST_SEEDS:
        raise ConfigError(f"--seeds: expected 1 to {MOST_SEEDS}, got {seeds}")
    terms = {"params": params} if equal == "parameters" else {"seconds": seconds or DUEL_SECONDS}
    with open_store() as store:
        entrants = duel.plan(base, architectures.split(","), queueing.vocab_size(base, store), **terms)
        first = base.training.seed
        duels = [duel.with_seed(entrants, seed) for seed in range(first + 1, first + seeds)]
        ids, *others = [duel.order(store, entrants)] if seeds == 1 else duel.order_each(store, [entrants, *duels])
        scheduler.ensure_running(store)
        if wait:
            return _repeated(store, [ids, *others]) if others else _fought(store, ids)
    rows = [
        {"run": run, "architecture": one.config.model.architecture, "units": one.config.model.units}
        | {"params": one.params, "difference": one.difference}
        for run, one in zip(ids, entrants, strict=True)
    ]
    said = f"They are queued. Watch them in the browser, on the page Duel with ?runs={','.join(ids)}"
    more = {"duels": [{"seed": first + i, "runs": runs} for i, runs in enumerate([ids, *others])]} if others else {}
    return Answer({"runs": rows, **more}, f"{table(rows, *rows[0])}\n\n{said}")


def _fought(store: Store, ids: list[str]) -> Answer:
    """Follow the runs of a duel to their ends; then the table and the verdict."""
    from rnnkit.runs import comparison, duel
    from rnnkit.store import FAILURES

    try:
        runs = [_follow(store, run_id) for run_id in ids]
    except KeyboardInterrupt:
        return Answer({"runs": [{"run": run_id} for run_id in ids]}, "The duel goes on by itself.", INTERRUPTED)
    compared = comparison.load(store, ids)
    verdict, results = duel.verdict(compared), duel.results(compared).rename(columns=DUEL_KEYS)
    rows = json.loads(results[[*DUEL_KEYS.values()]].to_json(orient="records"))
    ranked = [{"run": place.compared.run.id} | row for place, row in zip(duel.ranking(compared), rows, strict=True)]
    said = [table(rows, *DUEL_KEYS.values()), verdict, *duel.explanations(compared), *duel.unfinished(compared)]
    status = FAULT if any(run.status in FAILURES for run in runs) else 0
    return Answer({"verdict": verdict, "runs": ranked}, "\n".join(filter(None, said)), status)


def _repeated(store: Store, duels: list[list[str]]) -> Answer:
    """Follow duels from several seeds to their ends; then mean, spread and the verdict over the seeds."""
    from rnnkit.runs import comparison, duel
    from rnnkit.store import FAILURES

    try:
        runs = [_follow(store, run_id) for ids in duels for run_id in ids]
    except KeyboardInterrupt:
        return Answer({"duels": [{"runs": ids} for ids in duels]}, "The duels go on by themselves.", INTERRUPTED)
    compared = [comparison.load(store, ids) for ids in duels]
    unit, seeds = duel.usual_unit(compared[0]), duel.ended_seeds(compared)
    networks = duel.over_seeds(compared, unit)
    verdict, found = duel.seeds_verdict(networks, unit), duel.seeds_table(networks, seeds)
    rows = [
        {"network": f"{one.letter} · {one.title}", "mean": one.mean, "spread": one.spread, "losses": one.losses}
        for one in networks
    ]
    said = [table(records(found), *found.columns) if rows else None, verdict]
    said += [sentence for one in compared for sentence in duel.unfinished(one)]
    status = FAULT if any(run.status in FAILURES for run in runs) else 0
    document = {"verdict": verdict, "unit": unit, "seeds": seeds, "networks": rows, "duels": duels}
    return Answer(document, "\n".join(filter(None, said)), status)


def fork(
    run: Run, /, *, epoch: Epoch, corpus: Corpus = None, changes: Changes = (), name: Name = None, owner: Owner = None,
    allow_unknown: Annotated[bool, Parameter(help="a text of which most is not in the run's vocabulary, too")] = False,
    wait: Wait = False,
) -> Answer:  # fmt: skip
    """Fork a run from a kept epoch, with changed settings.

    python -m rnnkit fork RUN --epoch 5 --set training.learning_rate=0.0005 --set training.epochs=20

    Args:
        corpus: another text, read with the run's vocabulary
    """
    from rnnkit.studies import checkpoint
    from rnnkit.training import queueing

    changed = settings(changes, corpus=corpus, name=name, owner=owner)
    with open_store() as store:
        parent = store.run(run)
        [moment] = checkpoint.chosen(store, parent, epoch)
        kept = queueing.keeps_optimizer(store, parent, moment.epoch, changed)
        forked = queueing.fork(store, run, moment.epoch, changed, allow_unknown=allow_unknown)
        answer = _started(store, forked, wait)
    said = f"{queueing.said_of_optimizer(kept)}\n{answer.text}"
    return answer._replace(document=answer.document | {"optimizer": "kept" if kept else "anew"}, text=said)


def pin(run: Run, epoch: Text, /) -> Answer:
    """Keep a checkpoint and its optimizer state, whatever is trained later.

    python -m rnnkit pin RUN 5
    python -m rnnkit pin RUN last

    Args:
        epoch: a kept epoch, last, best or step:N
    """
    with open_store() as store:
        moment = _pinned(store, run, epoch, True)
        kept = moment.epoch in store.state_epochs(run)
    state = (
        "Its optimizer state is kept too." if kept else "Its optimizer state is gone: a fork begins its averages anew."
    )
    document = {"run": run, "epoch": moment.epoch, "step": moment.step, "optimizer": kept}
    return Answer(document, f"Epoch {moment.epoch} of run {run} is pinned. {state}")


def unpin(run: Run, epoch: Text, /) -> Answer:
    """Keep a pinned checkpoint no longer than the others.

    python -m rnnkit unpin RUN 5

    Args:
        epoch: a kept epoch, last, best or step:N
    """
    with open_store() as store:
        moment = _pinned(store, run, epoch, False)
        stays = moment.step in {one.step for one in store.kept(run)}
    said = "is no longer pinned" if stays else "is no longer kept"
    return Answer(
        {"run": run, "epoch": moment.epoch, "step": moment.step, "kept": stays}, f"Epoch {moment.epoch} {said}."
    )


def tag(run: Run, tag: str, /, *more: str) -> Answer:
    """Give a run tags, to find it by and to group runs.

    python -m rnnkit tag RUN homework
    python -m rnnkit tag RUN "group 3" best

    Args:
        tag: a word or a few
    """
    return _tagged(run, add=(tag, *more))


def untag(run: Run, tag: str, /, *more: str) -> Answer:
    """Take tags from a run.

    python -m rnnkit untag RUN homework

    Args:
        tag: one that it has
    """
    return _tagged(run, remove=(tag, *more))


def _tagged(run_id: str, **changes: tuple[str, ...]) -> Answer:
    with open_store() as store:
        store.tag_runs([run_id], **changes)
        tags = list(store.run(run_id).tags)
    return Answer({"run": run_id, "tags": tags}, f"Tags of run {run_id}: {', '.join(tags) or 'none'}.")


def _pinned(store: Store, run_id: str, epoch: str, pinned: bool) -> Kept:
    from rnnkit.studies import checkpoint

    [moment] = checkpoint.chosen(store, store.run(run_id), epoch)
    store.pin(run_id, moment.step, pinned)
    return moment


def resume(run: Run, /, *, wait: Wait = False) -> Answer:
    """Resume a run that was paused, stopped or has failed.

    python -m rnnkit resume RUN --wait
    """
    from rnnkit.training import queueing

    with open_store() as store:
        queueing.resume(store, run)
        return _started(store, run, wait)


def _started(store: Store, run_id: str, wait: bool) -> Answer:
    from rnnkit.training import scheduler

    scheduler.ensure_running(store)
    if wait:
        return _watch(store, run_id)
    said = f"Run {run_id} is queued. Watch it in the browser, or with: python -m rnnkit show {run_id}"
    return Answer({"run": run_id}, said)


def _watch(store: Store, run_id: str) -> Answer:
    """Follow a run in the store to its end; Ctrl-C ends the watching, never the run."""
    from rnnkit.store import FAILURES, Status

    try:
        run = _follow(store, run_id)
    except KeyboardInterrupt:
        said = f"Run {run_id} goes on by itself. Stop it with: python -m rnnkit stop {run_id}"
        return Answer({"run": run_id, "status": store.run(run_id).status}, said, INTERRUPTED)
    said = f"Run {run_id} is {run.status} after {run.epochs_done} epochs."
    said = " ".join(filter(None, [said, run.message, run.log if run.status == Status.FAILED else None]))
    return Answer({"run": run_id, "status": run.status}, said, FAULT if run.status in FAILURES else 0)


def _follow(store: Store, run_id: str) -> StoredRun:
    """Wait until a run has ended, with a progress bar where a person looks."""
    from tqdm import tqdm

    from rnnkit.training import planning, scheduler

    with tqdm(unit=" batches", disable=not sys.stderr.isatty(), dynamic_ncols=True) as bar:
        for run in scheduler.follow(store, run_id):
            plan = planning.stored(run)
            bar.total = plan.steps if plan else run.config.training.epochs * run.steps or None
            bar.n = run.epochs_done * run.steps + run.step
            bar.set_description(f"{run.name}, {run.status}", refresh=False)
            bar.set_postfix(epoch=run.epochs_done, loss=cell(run.loss))
    return run


def stop(run: Run, /) -> Answer:
    """End a run after the batch it is in.

    python -m rnnkit stop RUN
    """
    return _ask(run, "stop")


def pause(run: Run, /) -> Answer:
    """Interrupt a run, to be resumed from the very batch.

    python -m rnnkit pause RUN
    """
    return _ask(run, "pause")


def _ask(run_id: str, wanted: Literal["pause", "stop"]) -> Answer:
    from rnnkit.store import Wanted
    from rnnkit.training import scheduler

    with open_store() as store:
        store.ask(run_id, Wanted(wanted))
        run = store.run(run_id)
        if run.live:
            scheduler.ensure_running(store)  # it ends a trainer that does not listen
    said = f"Run {run_id} is {run.status}." if not run.live else f"Run {run_id} was asked to {wanted}."
    return Answer({"run": run_id, "status": run.status}, said)
