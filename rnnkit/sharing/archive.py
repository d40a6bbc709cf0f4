"""A run as a file or a folder, and back: run.json, one safetensors file per kept moment, and a card to read.

A file from elsewhere is hostile until every part of it fits: only JSON and arrays are read, each within
a size that is known before. The networks in pretrained/ are such folders, read by the same code.
"""

from __future__ import annotations

import hashlib
import logging
import math
import os
import re
import secrets
import shutil
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import make_url

from rnnkit import architectures, paths, system, tasks
from rnnkit.errors import ConfigError, DamagedCheckpoint, ExportError, UnknownEpoch, UnknownRun
from rnnkit.sharing import cards
from rnnkit.sharing.manifest import Checkpoint, Manifest, parse, status_elsewhere, up_to
from rnnkit.sharing.unpacking import MAX_SENTENCE, UNPACKED_FREELY, Read, entries_of, opened
from rnnkit.store import ImportedRun, Kept, Pretrained, Run, Sample, Store, check_run_id, new_run_id, weights
from rnnkit.store.rows import is_finished

MAX_RUN_BYTES = 32_000_000  # of run.json
MAX_ARRAYS_BYTES = 500_000_000  # of one checkpoint; SQLite holds twice that in one value
HEADER_BYTES = 1_000_000  # of a safetensors file, beside the arrays
FREE_BYTES = 50_000_000  # of the disk, left to those who train
LOG_NAMES = frozenset({"scheduler", "warm"})  # of files that stand beside the logs of runs

_OWN_NAME = re.compile(r"run\.json|README\.md|epoch-\d{4,5}\.safetensors|step-\d{8,19}\.safetensors")
_METRIC = re.compile("[a-z][a-z0-9_]{0,39}")
_log = logging.getLogger(__name__)


# ---- out


def export_run(
    store: Store, run_id: str, path: str | Path, *, epochs: Sequence[float] | None = None, bits: int = 32,
    force: bool = False,
) -> Path:  # fmt: skip
    """Write a run to `path`: a folder if it is one or ends with a slash, else one zip file. All of it or nothing.

    A run that still trains is written as far as it has come. Raises UnknownRun: there is none. ExportError: no epoch is
    finished, or the place cannot be written.

    Args:
        epochs: kept ones to take along, the last among them; all when None.
        bits: 16 for weights rounded to half the size, 8 for a quarter; their texts may then turn another way.
        force: replace a file that is no exported run, too.
    """
    target = Path(path)
    as_folder = target.is_dir() or str(path).endswith(("/", os.sep))
    run = store.run(run_id)
    beside = target.absolute().parent / f".{target.absolute().name}.{secrets.token_hex(4)}"
    try:
        if as_folder:
            _check_replaceable(target)
            beside.mkdir(parents=True)
            _write_parts(store, run, epochs, bits, lambda name, data: (beside / name).write_bytes(data))
            _replace_folder(beside, target)
        else:
            if not force and not _is_exported(target):
                check_free("export", target)
            with zipfile.ZipFile(beside, "x") as archive:
                _write_parts(store, run, epochs, bits, partial(_put, archive))
            os.replace(beside, target)
    except OSError as error:
        raise ExportError(
            f"export: expected a place that can be written, got {str(path)!r} ({error.strerror or error})"
        ) from None
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        with suppress(OSError):
            beside.unlink()
    return target


def _write_parts(
    store: Store, run: Run, epochs: Sequence[float] | None, bits: int, write: Callable[[str, bytes], Any]
) -> None:
    """The checkpoints first: a run that trains on meanwhile is written up to the last of those."""
    written = []
    for epoch, step in _chosen(run, store.kept(run.id), epochs).items():
        with suppress(UnknownEpoch):  # trained on meanwhile, and no longer kept
            data, bits = _with_bits(store.weights_bytes(run.id, step), bits)
            written.append(Checkpoint(epoch=epoch, step=step, sha256=hashlib.sha256(data).hexdigest()))
            write(_arrays_name(written[-1]), data)
    manifest = up_to(store, run, written)
    write("run.json", manifest.model_dump_json(indent=1).encode())
    write("README.md", cards.card(manifest, bits=bits).encode())


def _chosen(run: Run, kept: Sequence[Kept], epochs: Sequence[float] | None) -> dict[float, int]:
    """Steps of the epochs to take along, in order; those inside an epoch that has not ended stay here."""
    last = max((one.epoch for one in kept if one.finished), default=0)
    steps = {one.epoch: one.step for one in kept if one.epoch <= last}
    if epochs is None:
        return steps
    if not last or set(epochs) - steps.keys() or last not in epochs:
        listed = ", ".join(map(str, steps))[:200] or "none"
        raise ExportError(
            f"export of run {run.id}: expected kept epochs ({listed}), the last among them, "
            f"got {', '.join(map(str, epochs))[:200]}"
        )
    return {epoch: step for epoch, step in steps.items() if epoch in epochs}


def _with_bits(data: bytes, bits: int) -> tuple[bytes, int]:
    """A checkpoint with at most so many bits for a number, and how many it has: what is rounded stays so."""
    stored = weights.unpack(data, "checkpoint")
    if (known := weights.bits_of(stored)) <= bits:
        return data, known
    return weights.pack(weights.quantise(weights.dequantise(stored, "checkpoint"), bits)), bits


def _arrays_name(one: Checkpoint) -> str:
    return f"epoch-{one.epoch:04d}.safetensors" if is_finished(one.epoch) else f"step-{one.step:08d}.safetensors"


def _put(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Weights are as good as random: packing them costs a second and wins 7 %. What is long could seem a bomb."""
    packed = not name.endswith(".safetensors") and len(data) < UNPACKED_FREELY
    archive.writestr(name, data, zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED)


def _check_replaceable(folder: Path) -> None:
    """Never wipe somebody's folder: it is empty, or holds an exported run and nothing else."""
    found = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    foreign = [name for name in found if not _OWN_NAME.fullmatch(name)]
    if foreign or (found and "run.json" not in found):
        first = (foreign or found)[0]
        raise ExportError(f"export: expected an empty folder or an exported run, got {str(folder)!r} with {first!r}")


def _is_exported(file: Path) -> bool:
    """Whether it is a zip with a run in it."""
    try:
        with zipfile.ZipFile(file) as archive:
            return "run.json" in entries_of(archive)
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, ExportError):
        return False


def check_free(command: str, file: Path) -> None:
    """Never wipe somebody's file. Raises ExportError where one with something in it stands."""
    if file.is_file() and file.stat().st_size:
        raise ExportError(
            f"{command}: expected a new file, or one that rnnkit wrote, got {str(file)!r}, which exists; "
            "--force replaces it"
        )


def _replace_folder(new: Path, target: Path) -> None:
    old = new.with_name(f"{new.name}.old")
    if target.exists():
        target.rename(old)
    new.rename(target)
    shutil.rmtree(old, ignore_errors=True)


# ---- in


def import_run(store: Store, path: str | Path) -> str:
    """Put an exported run, zip or folder, into the store. Returns its id: its own if that is free, else a new one.

    Raises ExportError: it is no exported run, or any part of it does not fit the others.
    """
    with opened(Path(path)) as read:
        run, checkpoints = _read(read)
        # All of them are sound before the store is locked for the first.
        _check_room(store, sum(len(arrays) for _, arrays in checkpoints()))
        return store.import_run(run, checkpoints())


def copy_of(store: Store, run_id: str) -> str | None:
    """Another run that is the same in all that an export carries, its name aside; None where there is none."""
    run, kept = store.run(run_id), [one[:3] for one in store.kept(run_id)]
    alike = (other.id for other in store.listed() if other.id != run_id and other.created_at == run.created_at)
    return next((other for other in alike if [one[:3] for one in store.kept(other)] == kept), None)


def _check_room(store: Store, size: int) -> None:
    """Never fill the disk of those who train. Of a database elsewhere nothing is known."""
    place = Path(make_url(store.url).database or "").absolute().parent
    if store.url.startswith("sqlite") and place.is_dir():
        free = shutil.disk_usage(place).free
        if free < size + FREE_BYTES:
            raise ExportError(
                f"import: expected {size + FREE_BYTES:,} bytes of free room at {place}, got {free:,}; free some space"
            )


def import_pretrained(store: Store, folder: str | Path | None = None) -> list[str]:
    """Put every run below `folder` (`pretrained/` when None) into the store once, and again when it has changed.

    Returns the ids put in. Costs one query when there is nothing to do. One that is damaged is left out, with a
    line in the log: the program is of use without it.
    """
    folder = Path(folder or paths.PRETRAINED)
    manifests = sorted(folder.glob("*/run.json")) if folder.is_dir() else []
    known = store.pretrained() if manifests else {}
    wanted = ((path.parent.name, hashlib.sha256(path.read_bytes()).hexdigest()) for path in manifests)
    networks = list(_sound(folder, [(name, sha256) for name, sha256 in wanted if known.get(name) != sha256]))
    if networks:
        store.import_pretrained(networks)
    return [network.run.id for network in networks]


def _sound(folder: Path, named: Iterable[tuple[str, str]]) -> Iterator[Pretrained]:
    """What is whole of the networks in `folder`, checked and in memory: a few megabytes each, read once."""
    for name, sha256 in named:
        try:
            with opened(folder / name) as read:
                run, checkpoints = _read(read)
                yield Pretrained(name, sha256, run, list(checkpoints()))
        except ExportError as error:
            _log.warning("pretrained network %s is left out: %s", name, error)


def _read(read: Read) -> tuple[ImportedRun, Callable[[], Iterator[tuple[Kept, bytes]]]]:
    """A run whose parts fit each other, and what reads and checks its checkpoints, one after the other."""
    manifest = parse(read("run.json", MAX_RUN_BYTES))
    shapes = _check_fits(manifest)
    params = sum(math.prod(shape) for shape in shapes.values())
    return _imported(manifest, params), lambda: _checkpoints(manifest, shapes, read)


def _check_fits(manifest: Manifest) -> dict[str, tuple[int, ...]]:
    """The parts of run.json go with each other. Returns the name and shape of every array of a checkpoint."""
    try:
        tasks.of(manifest.config).decode(manifest.tokenizer)
        _expect("vocabulary", f"{manifest.vocab_size} symbols", len(manifest.tokenizer["symbols"]), manifest.vocab_size)
        shapes = architectures.weight_shapes(manifest.config, manifest.vocab_size)
    except (ConfigError, DamagedCheckpoint) as error:
        raise ExportError(f"run.json: {error}"[:MAX_SENTENCE]) from None
    last = len(manifest.epochs)
    measured = [*manifest.epochs, *manifest.moments]
    odd = [name[:80] for one in measured for name in one.model_extra or {} if not _METRIC.fullmatch(name)][:5]
    _expect("epochs", "metrics with a plain name", odd, [])
    _expect("epochs", f"1 to {last}", [epoch.epoch for epoch in manifest.epochs], list(range(1, last + 1)))
    inside = [one.epoch for one in manifest.moments if is_finished(one.epoch) or not 0 <= one.epoch < last]
    _expect("moments", "places inside the epochs", inside, [])
    places = sorted((one.epoch, one.step) for one in measured)
    steps = [step for _, step in places]
    _expect("epochs", "steps that grow", steps, sorted(set(steps)))
    epochs = {epoch for epoch, _ in places}
    kept = [checkpoint.epoch for checkpoint in manifest.checkpoints]
    _expect("checkpoints", "epochs of the run, in order", kept, sorted(set(kept) & epochs))
    _expect("checkpoints", f"one of the last epoch {last}", kept[-1], last)
    placed = {(one.epoch, one.step) for one in manifest.checkpoints}
    placed |= {(one.epoch, one.step) for one in manifest.samples}
    odd_places = sorted(placed - set(places))
    written = [(sample.epoch, sample.temperature) for sample in manifest.samples]
    _expect("samples", "one per epoch and temperature", len(set(written)), len(written))
    _expect("samples", "those of the run's epochs", {epoch for epoch, _ in written} <= epochs, True)
    _expect("checkpoints and samples", "the steps of their epochs", odd_places, [])
    if manifest.parent:
        first = int(manifest.parent.step is None)
        _expect("parent", f"an epoch from {first} to {last}", first <= manifest.parent.epoch <= last, True)
    return shapes


def _expect(what: str, expected: str, got: Any, wanted: Any) -> None:
    if got != wanted:
        raise ExportError(f"run.json: {what}: expected {expected}, got {str(got)[:100]}")


def _checkpoints(manifest: Manifest, shapes: dict[str, tuple[int, ...]], read: Read) -> Iterator[tuple[Kept, bytes]]:
    largest = 4 * sum(math.prod(shape) for shape in shapes.values()) + HEADER_BYTES
    for checkpoint in manifest.checkpoints:
        name = _arrays_name(checkpoint)
        data = read(name, min(largest, MAX_ARRAYS_BYTES))
        if hashlib.sha256(data).hexdigest() != checkpoint.sha256:
            raise ExportError(f"{name}: expected checksum {checkpoint.sha256[:12]}…, got another; the file is damaged")
        _check_arrays(name, data, shapes)
        yield Kept(checkpoint.step, checkpoint.epoch, checkpoint.sha256), data


def _check_arrays(name: str, data: bytes, shapes: dict[str, tuple[int, ...]]) -> None:
    """Exactly the arrays of the network, of 32, 16 or 8 bits, and finite."""
    try:
        read = weights.dequantise(weights.unpack(data, name), name)
    except DamagedCheckpoint as error:
        raise ExportError(str(error)) from None
    if odd := ", ".join(sorted(read.keys() ^ shapes.keys())):
        raise ExportError(f"{name}: expected the arrays of the network, got too many or too few: {odd[:200]}")
    for key, shape in shapes.items():
        if read[key].shape != tuple(shape):
            raise ExportError(f"{name}: {key}: expected float32 {tuple(shape)}, got {read[key].shape}")
        if not np.isfinite(read[key]).all():
            raise ExportError(f"{name}: {key}: expected numbers, got some that are not finite")


def _is_taken(run_id: str) -> bool:
    """Whether its log could not be called so."""
    return run_id in LOG_NAMES or system.is_reserved(run_id)


def _imported(manifest: Manifest, params: int) -> ImportedRun:
    parent, run_id = manifest.parent, new_run_id()
    with suppress(UnknownRun):  # it has no id of its own, then
        run_id = run_id if _is_taken(manifest.id) else check_run_id(manifest.id)
    return ImportedRun(
        run_id, manifest.config, status_elsewhere(manifest.status), manifest.tokenizer, manifest.vocab_size,
        epochs=[epoch.model_dump() for epoch in manifest.epochs],
        moments=[moment.model_dump() for moment in manifest.moments],
        samples=[Sample(**sample.model_dump()) for sample in manifest.samples],
        params=params, device=manifest.device, message=manifest.message,
        provenance=_provenance(manifest), steps=manifest.steps,
        created_at=manifest.created_at, started_at=manifest.started_at, ended_at=manifest.ended_at,
        train_seconds=manifest.train_seconds, tags=manifest.tags,
        parent=parent.run if parent else None, parent_epoch=parent.epoch if parent else None,
        parent_step=parent.step if parent else None,
    )  # fmt: skip


def _provenance(manifest: Manifest) -> dict[str, Any]:
    """As it was written; a run of an older version has no plan of its steps."""
    nothing = {"plan"} if manifest.provenance.plan is None else set()
    return manifest.provenance.model_dump(exclude_unset=True, exclude=nothing)
