"""Exported runs: out and in again unchanged; and whatever a stranger sends is one sentence."""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import time
import tracemalloc
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import safetensors.numpy
import sqlalchemy as sa
import tiny
from as_it_was import check_is_whole

from rnnkit.errors import ExportError, UnknownRun, WrongStatus
from rnnkit.sharing import archive, takeaway, unpacking
from rnnkit.sharing.archive import export_run, import_pretrained, import_run
from rnnkit.store import Run, Sample, Store
from rnnkit.store.statements import put_samples
from rnnkit.training import provenance


@pytest.fixture
def elsewhere(tmp_path: Path, open_store) -> Store:
    """The store of somebody else."""
    return open_store(f"sqlite:///{tmp_path / 'elsewhere.sqlite'}")


def what_it_is(store: Store, run_id: str) -> tuple:
    """All that an export carries."""
    run: Run = store.run(run_id)
    arrays = {one.step: (one, store.weights_bytes(run_id, one.step)) for one in store.kept(run_id)}
    return (
        run.name, run.config, run.status, run.tokenizer, run.vocab_size, run.params, run.device, run.message,
        run.created_at, run.started_at, run.ended_at, run.train_seconds, run.steps, run.epochs_done,
        store.epochs(run_id), store.samples(run_id), arrays,
    )  # fmt: skip


@pytest.mark.parametrize("place", ["run.zip", "run.rnnkit", "run", "folder/"])
def test_a_run_comes_back_as_it_went_out(store: Store, elsewhere: Store, tmp_path: Path, place: str):
    run = tiny.run(store, epochs=14, name="mine", preset="gru")
    export_run(store, run, f"{tmp_path}/{place}")
    assert import_run(elsewhere, tmp_path / place) == run
    assert what_it_is(elsewhere, run) == what_it_is(store, run)
    assert elsewhere.run(run).imported
    assert not elsewhere.run(run).pretrained
    assert elsewhere.check() == []


def test_tags_travel_with_a_run(store: Store, elsewhere: Store, tmp_path: Path):
    run = tiny.run(store)
    store.tag_runs([run], add=["homework", "group 3"])
    again = archive.import_run(elsewhere, archive.export_run(store, run, tmp_path / "run.zip"))
    assert elsewhere.run(again).tags == ("homework", "group 3")
    assert elsewhere.check() == []


def test_a_run_goes_from_one_database_to_the_other_and_back(any_store: Store, elsewhere: Store, tmp_path: Path):
    run = tiny.run(any_store, epochs=5)
    there = import_run(elsewhere, export_run(any_store, run, tmp_path / "a.zip"))
    back = import_run(any_store, export_run(elsewhere, there, tmp_path / "b.zip"))
    assert back != run
    assert what_it_is(any_store, back) == what_it_is(any_store, run)
    assert any_store.check() == []


def test_an_imported_run_is_sampled_forked_renamed_and_deleted_but_not_resumed(
    store: Store, elsewhere: Store, tmp_path: Path
):
    run = import_run(elsewhere, export_run(store, tiny.run(store, status="paused"), tmp_path / "a.zip"))
    assert elsewhere.run(run).status == "stopped"
    with pytest.raises(WrongStatus, match="holds no state of the optimizer; fork it from one of its epochs instead"):
        elsewhere.resume_run(run)
    fork = elsewhere.fork_run(run, 2, tiny.config(training={"epochs": 9}))
    assert elsewhere.run(fork).status == "queued"
    assert not elsewhere.run(fork).imported
    assert elsewhere.check() == []
    elsewhere.rename_run(run, "theirs")
    elsewhere.delete_run(run)
    assert [row.id for row in elsewhere.runs()] == [fork]


def test_a_run_that_still_trains_is_written_as_far_as_it_has_come(store: Store, elsewhere: Store, tmp_path: Path):
    run = tiny.run(store, epochs=2, status=None)
    assert import_run(elsewhere, export_run(store, run, tmp_path / "a.zip")) == run
    assert (elsewhere.run(run).status, elsewhere.run(run).epochs_done) == ("stopped", 2)
    assert store.run(run).status == "training"


@pytest.mark.parametrize(("bits", "room", "error"), [(16, 0.7, 1e-3), (8, 0.6, 1 / 127)])
def test_fewer_bits_and_some_of_the_epochs_take_less_room(
    store: Store, elsewhere: Store, tmp_path: Path, bits: int, room: float, error: float
):
    run = tiny.run(store, epochs=5)
    export_run(store, run, f"{tmp_path}/less/", epochs=[1, 5], bits=bits)
    assert import_run(elsewhere, tmp_path / "less") == run
    assert elsewhere.checkpoint_epochs(run) == [1, 5]
    assert len(elsewhere.epochs(run)) == 5
    for name, array in elsewhere.checkpoint(run, 5).items():
        real = store.checkpoint(run, 5)[name]
        assert array.dtype == np.float32
        assert np.abs(array - real).max() <= error * np.abs(real).max()
    whole = len(store.weights_bytes(run, 50))
    assert (tmp_path / "less" / "epoch-0005.safetensors").stat().st_size < room * whole
    assert f"rounded to {bits} bits" in (tmp_path / "less" / "README.md").read_text()
    assert elsewhere.check() == []


def test_what_was_rounded_once_stays_as_it_is(store: Store, elsewhere: Store, tmp_path: Path):
    run = tiny.run(store)
    export_run(store, run, f"{tmp_path}/first/", bits=8)
    import_run(elsewhere, tmp_path / "first")
    export_run(elsewhere, run, f"{tmp_path}/second/", bits=16)
    for file in (tmp_path / "first").glob("*.safetensors"):
        assert file.read_bytes() == (tmp_path / "second" / file.name).read_bytes()
    assert "rounded to 8 bits" in (tmp_path / "second" / "README.md").read_text()


@pytest.mark.parametrize("epochs", [[1, 2], [3, 9], []])
def test_epochs_that_are_not_kept_or_leave_out_the_last_are_refused(store: Store, tmp_path: Path, epochs: list[int]):
    run = tiny.run(store, epochs=3)
    with pytest.raises(ExportError, match=r"expected kept epochs \(1, 2, 3\), the last among them"):
        export_run(store, run, tmp_path / "run.zip", epochs=epochs)


def test_a_run_with_no_epoch_is_not_written(store: Store, tmp_path: Path):
    run = tiny.run(store, epochs=0, status="stopped")
    with pytest.raises(ExportError, match="expected a run with a finished epoch"):
        export_run(store, run, tmp_path / "a.zip")
    with pytest.raises(UnknownRun):
        export_run(store, "../../etc", tmp_path / "a.zip")
    assert [path.name for path in tmp_path.iterdir() if path.name != "home"] == []


def test_a_zip_of_the_folder_itself_is_read_too(store: Store, elsewhere: Store, tmp_path: Path):
    folder = export_run(store, tiny.run(store), f"{tmp_path}/my run/")
    with zipfile.ZipFile(tmp_path / "by hand.zip", "w", zipfile.ZIP_DEFLATED) as target:
        for path in folder.iterdir():
            target.write(path, f"my run/{path.name}")
    assert import_run(elsewhere, tmp_path / "by hand.zip")


FIXTURES = Path(__file__).parents[1] / "store" / "fixtures"
OLD = json.loads((FIXTURES / "v1.json").read_text("utf-8"))["exports"]  # what the program of that time read of them


@pytest.mark.parametrize("name", OLD)
def test_an_export_of_version_1_opens_with_every_sample_and_checkpoint(store: Store, tmp_path: Path, name: str):
    run = import_run(store, FIXTURES / name)
    check_is_whole(store, OLD[name])
    again = export_run(store, run, f"{tmp_path}/again/")
    assert json.loads((again / "run.json").read_text())["format_version"] == 2
    assert store.check() == []


def test_the_last_epoch_of_an_export_of_version_1_that_was_ended_early_has_its_own_step(
    store: Store, tmp_path: Path, parts: dict[str, bytes]
):
    mine = dict(parts)
    changed(lambda d: d["epochs"][2].update(epoch_share=0.4))(mine)
    to_version_1(mine)
    run = import_run(store, in_folder(mine, tmp_path / "run"))
    assert [one.step for one in store.kept(run)] == [10, 20, 24]
    assert store.check() == []


def test_a_fork_says_where_it_came_from(store: Store, elsewhere: Store, tmp_path: Path):
    parent = tiny.run(store)
    fork = store.fork_run(parent, 2, tiny.config(training={"epochs": 9}))
    there = elsewhere.run(import_run(elsewhere, export_run(store, fork, tmp_path / "a.zip")))
    assert (there.parent, there.parent_epoch) == (parent, 2)
    assert elsewhere.check() == []


# ---- where it is written


def test_an_export_replaces_an_older_one_and_leaves_nothing_else_behind(store: Store, tmp_path: Path):
    place = tmp_path / "out"
    place.mkdir()
    export_run(store, tiny.run(store, epochs=5), place)
    export_run(store, tiny.run(store, epochs=1), place)
    assert sorted(path.name for path in place.iterdir()) == ["README.md", "epoch-0001.safetensors", "run.json"]
    export_run(store, tiny.run(store, epochs=1), tmp_path / "out.zip")
    export_run(store, tiny.run(store, epochs=1), tmp_path / "out.zip")
    assert sorted(path.name for path in tmp_path.iterdir() if path.name != "home") == ["out", "out.zip"]


@pytest.mark.parametrize("found", ["thesis.txt", "epoch-0001.safetensors", "epoch-1.safetensors.bak"])
def test_a_folder_with_anything_else_in_it_is_left_alone(store: Store, tmp_path: Path, found: str):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / found).write_text("years of work")
    with pytest.raises(ExportError, match=f"expected an empty folder or an exported run, got .*{re.escape(found)}"):
        export_run(store, tiny.run(store), tmp_path / "mine")
    assert (tmp_path / "mine" / found).read_text() == "years of work"


def test_a_place_that_cannot_be_written_is_said(store: Store, tmp_path: Path):
    (tmp_path / "file").write_text("")
    for place in ("no/such/folder/a.zip", "file/a.zip"):
        with pytest.raises(ExportError, match="expected a place that can be written"):
            export_run(store, tiny.run(store), tmp_path / place)


@pytest.mark.parametrize("place", ["a.zip", "folder/"])
def test_a_full_disk_leaves_the_older_export_whole(
    store: Store, elsewhere: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
):
    run = tiny.run(store, epochs=1)
    export_run(store, run, f"{tmp_path}/{place}")

    def full(*_args: object, **_options: object) -> str:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(archive.cards, "card", full)
    with pytest.raises(ExportError, match="No space left on device"):
        export_run(store, tiny.run(store, epochs=2), f"{tmp_path}/{place}")
    assert import_run(elsewhere, tmp_path / place) == run
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


# ---- what it was made with


def test_what_a_run_was_made_with_goes_wherever_it_goes(store: Store, elsewhere: Store, tmp_path: Path):
    sha256 = hashlib.sha256(tiny.TEXT.encode()).hexdigest()
    made_with = provenance.provenance(store, tiny.config(corpus="sherlock"), sha256)
    assert {"rnnkit", "python", "numpy", "keras"} <= made_with["versions"].keys()
    run = tiny.run(store, status=None)
    store.lease(run, tiny.TRAINER).save_description(provenance=made_with)
    there = import_run(elsewhere, export_run(store, run, tmp_path / "a.zip"))
    folder = export_run(elsewhere, there, f"{tmp_path}/out/")
    assert elsewhere.run(there).provenance == made_with
    card = (folder / "README.md").read_text("utf-8")
    assert f"numpy {np.__version__}" in card
    assert sha256 in card


# ---- what a stranger sends


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of a sound export, three epochs."""
    folder = tmp_path_factory.mktemp("parts")
    store = Store(f"sqlite:///{folder / 'rnnkit.sqlite'}")
    out = export_run(store, tiny.run(store, epochs=3), f"{folder}/out/")
    store.close()
    return {path.name: path.read_bytes() for path in out.iterdir()}


def zipped(parts: dict[str, bytes], path: Path, compression: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", compression) as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return path


def in_folder(parts: dict[str, bytes], path: Path) -> Path:
    path.mkdir()
    for name, data in parts.items():
        (path / name).write_bytes(data)
    return path


def refused(store: Store, path: Path) -> str:
    """The sentence with which `path` is refused, after seeing that nothing of it is stored."""
    with pytest.raises(ExportError) as error:
        import_run(store, path)
    assert store.runs() == []
    assert store.check() == []
    sentence = str(error.value)
    assert "expected" in sentence
    assert "got" in sentence
    assert "\n" not in sentence
    assert len(sentence) < 600
    return sentence


def changed(change: Callable[[dict], object]) -> Callable[[dict[str, bytes]], None]:
    """A fault planted in run.json."""

    def plant(parts: dict[str, bytes]) -> None:
        document = json.loads(parts["run.json"])
        change(document)
        parts["run.json"] = json.dumps(document).encode()

    return plant


def resealed(change: Callable[[dict[str, np.ndarray]], object]) -> Callable[[dict[str, bytes]], None]:
    """A fault planted in the arrays of epoch 2, with a checksum that is right again."""

    def plant(parts: dict[str, bytes]) -> None:
        name = "epoch-0002.safetensors"
        arrays = safetensors.numpy.load(parts[name])
        change(arrays)
        parts[name] = safetensors.numpy.save(arrays)
        document = json.loads(parts["run.json"])
        document["checkpoints"][1]["sha256"] = hashlib.sha256(parts[name]).hexdigest()
        parts["run.json"] = json.dumps(document).encode()

    return plant


def put(name: str, data: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda parts: parts.update({name: data})


def reshape(arrays: dict[str, np.ndarray]) -> None:
    arrays["logits/kernel"] = np.ascontiguousarray(arrays["logits/kernel"].T)


def first_array(arrays: dict[str, np.ndarray]) -> str:
    return sorted(arrays)[0]


HOSTILE: dict[str, tuple[Callable, str]] = {
    "no run.json": (lambda parts: parts.pop("run.json"), "run.json: expected a file of an exported run"),
    "empty run.json": (put("run.json", b""), "expected the description of an rnnkit run"),
    "another JSON": (put("run.json", b"[1, 2]"), "expected the description of an rnnkit run"),
    "no UTF-8": (put("run.json", b"\xff\xfe{}"), "expected the description of an rnnkit run"),
    "deep JSON": (put("run.json", b"[" * 200_000), "expected the description of an rnnkit run"),
    "long number": (put("run.json", b'{"format": ' + b"9" * 10_000 + b"}"), "expected the description"),
    "newer format": (
        changed(lambda d: d.update(format_version=3)),
        "expected format version 2 or older, got 3, a newer one; update rnnkit",
    ),
    "other format": (changed(lambda d: d.update(format="keras")), "expected format version 1"),
    "format no number": (changed(lambda d: d.update(format_version="2")), "expected format version 1 to 2, got 2"),
    "steps no number": (changed(lambda d: d.update(steps="many")), "expected a fitting steps"),
    "steps too many": (changed(lambda d: d.update(steps=10**400)), "expected a fitting steps"),
    "epoch no number": (changed(lambda d: d["epochs"][0].update(epoch="one")), "expected a fitting epochs.0.epoch"),
    "epochs no rows": (changed(lambda d: d.update(epochs=[5, None])), "expected a fitting epochs.0"),
    "parent beyond": (changed(lambda d: d.update(parent={"run": "abc", "epoch": 4})), "parent: expected an epoch from"),
    "parent a path": (changed(lambda d: d.update(parent={"run": "../x", "epoch": 1})), "expected a fitting parent.run"),
    "no config": (changed(lambda d: d.pop("config")), "expected a fitting config"),
    "config unknown": (changed(lambda d: d["config"].update(speed=1)), "expected a fitting config.speed"),
    "config too large": (changed(lambda d: d["config"]["model"].update(units=10**9)), "fitting config.model.units"),
    "config other size": (changed(lambda d: d["config"]["model"].update(units=9)), "expected float32"),
    "architecture unknown": (changed(lambda d: d["config"]["model"].update(architecture="os.system")), "os.system"),
    "status unknown": (changed(lambda d: d.update(status="training")), "expected a fitting status"),
    "id no text": (changed(lambda d: d.update(id=["a"])), "expected a fitting id"),
    "time beyond": (changed(lambda d: d.update(created_at=1e300)), "expected a fitting created_at"),
    "time no number": (changed(lambda d: d.update(created_at=float("nan"))), "expected a fitting created_at"),
    "no epochs": (changed(lambda d: d.update(epochs=[])), "expected a fitting epochs"),
    "epochs with a hole": (changed(lambda d: d["epochs"].pop(1)), "epochs: expected 1 to 2, got [1, 3]"),
    "epoch twice": (changed(lambda d: d["epochs"].append(d["epochs"][2])), "epochs: expected 1 to 4"),
    "loss no number": (changed(lambda d: d["epochs"][0].update(loss="<b>")), "expected a fitting epochs.0.loss"),
    "metric name": (changed(lambda d: d["epochs"][0].update({"<img src=x>": 1})), "metrics with a plain name"),
    "samples beyond": (changed(lambda d: d["samples"][0].update(epoch=9)), "samples: expected those of the run's"),
    "samples twice": (changed(lambda d: d["samples"].append(d["samples"][0])), "samples: expected one per epoch"),
    "sample surrogate": (changed(lambda d: d["samples"][0].update(text="\ud800")), "expected a fitting samples.0.text"),
    "temperature": (changed(lambda d: d["samples"][0].update(temperature=float("inf"))), "samples.0.temperature"),
    "seed": (changed(lambda d: d["samples"][0].update(seed=2**31)), "expected a fitting samples.0.seed"),
    "no checkpoints": (changed(lambda d: d.update(checkpoints=[])), "expected a fitting checkpoints"),
    "last checkpoint": (changed(lambda d: d["checkpoints"].pop()), "checkpoints: expected one of the last epoch 3"),
    "checkpoint beyond": (changed(lambda d: d["checkpoints"][2].update(epoch=4)), "checkpoints: expected epochs"),
    "checkpoint -1": (changed(lambda d: d["checkpoints"][0].update(epoch=-1)), "checkpoints: expected epochs"),
    "checkpoints mixed": (changed(lambda d: d["checkpoints"].reverse()), "checkpoints: expected epochs"),
    "checksum no checksum": (changed(lambda d: d["checkpoints"][0].update(sha256="../x")), "checkpoints.0.sha256"),
    "vocabulary short": (changed(lambda d: d["tokenizer"]["symbols"].pop()), "vocabulary: expected 30 symbols, got 29"),
    "vocabulary twice": (changed(lambda d: d["tokenizer"]["symbols"].append("a")), "vocabulary: expected two or more"),
    "vocabulary numbers": (changed(lambda d: d["tokenizer"].update(symbols=list(range(30)))), "vocabulary"),
    "vocabulary none": (changed(lambda d: d.update(tokenizer={})), "vocabulary"),
    "vocabulary huge": (changed(lambda d: d.update(vocab_size=10**12)), "vocabulary: expected 1000000000000 symbols"),
    "checkpoint gone": (lambda parts: parts.pop("epoch-0002.safetensors"), "epoch-0002.safetensors: expected a file"),
    "checkpoint flipped": (
        lambda parts: parts.update({"epoch-0002.safetensors": parts["epoch-0003.safetensors"]}),
        "epoch-0002.safetensors: expected checksum",
    ),
    "checkpoint cut": (
        lambda parts: parts.update({"epoch-0002.safetensors": parts["epoch-0002.safetensors"][:-4]}),
        "expected checksum",
    ),
    "checkpoint a bomb": (put("epoch-0002.safetensors", bytes(50_000_000)), "at most 1,003,224 bytes, got 50,000,000"),
    "arrays missing": (resealed(lambda a: a.pop(first_array(a))), "got too many or too few"),
    "arrays too many": (resealed(lambda a: a.update(extra=np.zeros(2, np.float32))), "got too many or too few: extra"),
    "arrays doubles": (
        resealed(lambda a: a.update({first_array(a): a[first_array(a)].astype(np.float64)})),
        "expected float32",
    ),
    "arrays turned": (
        resealed(lambda a: a.update({k: np.ascontiguousarray(v.T) for k, v in a.items()})),
        "expected float32",
    ),
    "arrays not finite": (resealed(lambda a: a[first_array(a)].fill(np.nan)), "not finite"),
}  # fmt: skip


@pytest.mark.parametrize("form", ["zip", "folder"])
@pytest.mark.parametrize(("plant", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_an_export_is_refused_with(
    store: Store, tmp_path: Path, parts: dict[str, bytes], plant: Callable, sentence: str, form: str
):
    mine = dict(parts)
    plant(mine)
    path = zipped(mine, tmp_path / "run.zip") if form == "zip" else in_folder(mine, tmp_path / "run")
    assert sentence in refused(store, path)


def to_version_1(parts: dict[str, bytes]) -> None:
    """run.json as it was when checkpoints were known by their epoch."""
    document = json.loads(parts["run.json"])
    document["format_version"] = 1
    for row in (*document["epochs"], *document["samples"], *document["checkpoints"]):
        del row["step"]
    parts["run.json"] = json.dumps(document).encode()


@pytest.mark.parametrize(("plant", "sentence"), HOSTILE.values(), ids=HOSTILE)
def test_an_export_of_version_1_is_refused_with(
    store: Store, tmp_path: Path, parts: dict[str, bytes], plant: Callable, sentence: str
):
    mine = dict(parts)
    to_version_1(mine)
    plant(mine)
    assert sentence in refused(store, in_folder(mine, tmp_path / "run"))


WRONG_STEPS: dict[str, tuple[Callable, str]] = {
    "no step": (changed(lambda d: d["epochs"][0].pop("step")), "expected a fitting epochs.0.step"),
    "step -1": (changed(lambda d: d["epochs"][0].update(step=-1)), "expected a fitting epochs.0.step"),
    "step beyond": (changed(lambda d: d["epochs"][0].update(step=10**30)), "expected a fitting epochs.0.step"),
    "steps turned": (changed(lambda d: d["epochs"][0].update(step=25)), "epochs: expected steps that grow"),
    "checkpoint elsewhere": (changed(lambda d: d["checkpoints"][0].update(step=11)), "expected the steps of their"),
    "sample elsewhere": (changed(lambda d: d["samples"][0].update(step=11)), "expected the steps of their epochs"),
}  # fmt: skip


@pytest.mark.parametrize(("plant", "sentence"), WRONG_STEPS.values(), ids=WRONG_STEPS)
def test_steps_that_do_not_fit_are_refused(
    store: Store, tmp_path: Path, parts: dict[str, bytes], plant: Callable, sentence: str
):
    mine = dict(parts)
    plant(mine)
    assert sentence in refused(store, in_folder(mine, tmp_path / "run"))


@pytest.mark.parametrize("data", [b"", b"PK", b"PK\x05\x06" + bytes(18), b"<html>", bytes(100_000)], ids=repr)
def test_a_file_that_is_no_zip_is_refused(store: Store, tmp_path: Path, data: bytes):
    (tmp_path / "a.zip").write_bytes(data)
    refused(store, tmp_path / "a.zip")


def test_nothing_there_is_said(store: Store, tmp_path: Path):
    assert "does not exist" in refused(store, tmp_path / "nowhere.zip")
    (tmp_path / "empty").mkdir()
    assert "run.json" in refused(store, tmp_path / "empty")


def test_a_zip_with_a_bit_flipped_anywhere_is_refused_or_the_same_run(
    store: Store, tmp_path: Path, parts: dict[str, bytes]
):
    sound = zipped(parts, tmp_path / "a.zip").read_bytes()
    for position in np.random.default_rng(0).integers(0, len(sound), 60):
        torn = bytearray(sound)
        torn[position] ^= 0x10
        (tmp_path / "a.zip").write_bytes(torn)
        try:
            run = import_run(store, tmp_path / "a.zip")
        except ExportError:
            assert store.runs() == []
        else:  # the flip hit a part that is not read: the card, or a date
            assert store.run(run).name
            store.delete_run(run)
    assert store.check() == []


@pytest.mark.parametrize("part", ["run.json", "epoch-0002.safetensors"])
def test_a_bomb_is_refused_before_it_is_unpacked(store: Store, tmp_path: Path, parts: dict[str, bytes], part: str):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as target:
        for name in parts:
            target.writestr(name, parts[name] if name != part else bytes(100_000_000))
    (tmp_path / "bomb.zip").write_bytes(data.getvalue())
    assert len(data.getvalue()) < 200_000
    since = time.perf_counter()
    assert "expected at most" in refused(store, tmp_path / "bomb.zip")
    assert time.perf_counter() - since < 2


def test_a_zip_that_lies_about_its_sizes_is_refused(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    mine = {**parts, "run.json": b" " * 100_000_000 + parts["run.json"]}
    data = bytearray(zipped(mine, tmp_path / "a.zip").read_bytes())
    true_size, claimed = len(mine["run.json"]).to_bytes(4, "little"), (50_000).to_bytes(4, "little")
    assert true_size in data
    (tmp_path / "a.zip").write_bytes(data.replace(true_size, claimed))
    refused(store, tmp_path / "a.zip")


def test_a_zip_of_very_many_files_is_refused(store: Store, tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as target:
        for i in range(unpacking.MAX_FILES + 1):
            target.writestr(str(i), b"")
    assert "expected at most 11,000 files" in refused(store, tmp_path / "a.zip")


def test_an_odd_compression_and_a_password_are_refused(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    assert "another compression" in refused(store, zipped(parts, tmp_path / "a.zip", zipfile.ZIP_LZMA))
    data = bytearray(zipped(parts, tmp_path / "b.zip").read_bytes())
    for mark, flags in ((b"PK\x01\x02", 8), (b"PK\x03\x04", 6)):
        at = -1
        while (at := data.find(mark, at + 1)) >= 0:
            data[at + flags] |= 1
    (tmp_path / "b.zip").write_bytes(data)
    refused(store, tmp_path / "b.zip")


def test_paths_that_lead_out_of_a_zip_are_never_followed(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    outside = {f"../../{name}": b"evil" for name in parts} | {"/etc/rnnkit": b"evil", "..\\run.json": b"evil"}
    before = sorted(path for path in tmp_path.rglob("*"))
    path = zipped({**parts, **outside}, tmp_path / "a.zip")
    assert import_run(store, path)
    after = sorted(p for p in tmp_path.rglob("*") if p != path and "rnnkit.sqlite" not in p.name)
    assert after == [p for p in before if "rnnkit.sqlite" not in p.name]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_links_and_pipes_in_a_folder_are_refused(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    (tmp_path / "secret").write_bytes(parts["run.json"])
    folder = in_folder(parts, tmp_path / "run")
    (folder / "run.json").unlink()
    (folder / "run.json").symlink_to(tmp_path / "secret")
    assert "run.json: expected a file" in refused(store, folder)
    (folder / "run.json").unlink()
    os.mkfifo(folder / "run.json")
    assert "run.json: expected a file" in refused(store, folder)


@pytest.mark.parametrize("given", ["../../etc/passwd", "A B", "", "x" * 200, "<script>"])
def test_an_id_that_is_none_gives_way_to_a_new_one(store: Store, tmp_path: Path, parts: dict[str, bytes], given: str):
    mine = dict(parts)
    changed(lambda document: document.update(id=given))(mine)
    run = import_run(store, zipped(mine, tmp_path / "a.zip"))
    assert re.fullmatch("[a-z0-9]{8}", run)
    assert store.check() == []


def test_what_is_hostile_but_text_is_stored_as_text(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    mine = dict(parts)
    changed(
        lambda document: (
            document["config"].update(name="<script>\0alert(1)</script>\n"),
            document.update(message="<b>\0", device="=cmd()"),
            document["samples"][0].update(text="\0<img>", prompt="\0"),
        )
    )(mine)
    run = store.run(import_run(store, zipped(mine, tmp_path / "a.zip")))
    assert run.name == "<script> alert(1)</script>"
    assert store.samples(run.id)[0].text == "\ufffd<img>"
    assert store.check() == []


def test_an_import_that_fails_half_way_stores_nothing(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    """The file changes between the look at it and the storing."""
    folder = in_folder(parts, tmp_path / "run")
    real, reads = unpacking._read_file, []

    def torn(path: Path, most: int) -> bytes:
        reads.append(path.name)
        return real(path, most) if reads.count("epoch-0002.safetensors") < 2 else b"torn"

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(unpacking, "_read_file", torn)
        assert "expected checksum" in refused(store, folder)
    assert reads.count("epoch-0001.safetensors") == 2


# ---- bombs: files of little that cost much


def zero_weights(parts: dict[str, bytes]) -> None:
    """Forty epochs of arrays that pack to nothing, each behind the longest header that is allowed."""
    arrays = {name: np.zeros_like(a) for name, a in safetensors.numpy.load(parts["epoch-0001.safetensors"]).items()}
    data = safetensors.numpy.save(arrays)
    end = 8 + int.from_bytes(data[:8], "little")
    header = data[8:end] + b" " * 990_000
    data = len(header).to_bytes(8, "little") + header + data[end:]
    document = json.loads(parts["run.json"])
    places = [{"epoch": epoch, "step": epoch * 10} for epoch in range(1, 41)]
    document |= {
        "samples": [], "epochs": [{**document["epochs"][0], **place} for place in places],
        "checkpoints": [{**place, "sha256": hashlib.sha256(data).hexdigest()} for place in places],
    }  # fmt: skip
    parts |= {f"epoch-{place['epoch']:04d}.safetensors": data for place in places}
    parts["run.json"] = json.dumps(document).encode()


def many(part: str, count: int, **more: object) -> Callable[[dict[str, bytes]], None]:
    return changed(lambda d: d.update({part: [{**d[part][0], **more}] * count}))


def ended_with(text: str) -> Callable[[dict[str, bytes]], None]:
    """run.json with one more key."""
    return lambda parts: parts.update({"run.json": parts["run.json"].rstrip()[:-1] + b', "z": ' + text.encode() + b"}"})


STORED, DEFLATED = zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED
BOMBS: dict[str, tuple[Callable, int, str]] = {
    "long corpus": (changed(lambda d: d["config"].update(corpus="a" * 20_000_000)), DEFLATED, "bytes in all"),
    "corpus below the limit": (changed(lambda d: d["config"].update(corpus="a" * 400_000)), DEFLATED, "config.corpus"),
    "long preset": (changed(lambda d: d["config"].update(preset="a" * 400_000)), DEFLATED, "config.preset"),
    "long version": (
        changed(lambda d: d["provenance"].update(versions={"a": "a" * 400_000})), DEFLATED, "provenance.versions.a",
    ),
    "long symbol": (changed(lambda d: d["tokenizer"].update(z="a" * 400_000)), DEFLATED, "fitting tokenizer"),
    "long architecture": (
        changed(lambda d: d["config"]["model"].update(architecture="a" * 100_000)), DEFLATED, "model.architecture",
    ),
    "many epochs": (many("epochs", 50_000), DEFLATED, "bytes in all"),
    "many epochs, stored": (many("epochs", 12_000), STORED, "fitting epochs"),
    "many samples": (many("samples", 100_000), DEFLATED, "bytes in all"),
    "many samples, stored": (many("samples", 61_000), STORED, "fitting samples"),
    "long samples": (many("samples", 30, text="a" * 900_000), DEFLATED, "bytes in all"),
    "many metrics": (changed(lambda d: d["epochs"][0].update({f"m{i}": 1 for i in range(99)})), DEFLATED, "epochs.0"),
    "empty lists": (ended_with("[" + "[]," * 10_000_000 + "1]"), DEFLATED, "bytes in all"),
    "empty lists, stored": (ended_with("[" + "[]," * 1_600_000 + "1]"), STORED, "at most 3,000,000 values"),
    "zero weights": (zero_weights, DEFLATED, "bytes in all"),
    "surrogate in the corpus": (changed(lambda d: d["config"].update(corpus="\ud800")), DEFLATED, "config.corpus"),
    "surrogate in a symbol": (changed(lambda d: d["tokenizer"].update(z=["\ud800"])), DEFLATED, "fitting tokenizer"),
    "lists in the vocabulary": (changed(lambda d: d["tokenizer"].update(z=[[[]]])), DEFLATED, "fitting tokenizer"),
}  # fmt: skip


@pytest.mark.parametrize(("plant", "compression", "sentence"), BOMBS.values(), ids=BOMBS)
def test_a_bomb_costs_little_memory_and_few_bytes_are_unpacked(
    store: Store, tmp_path: Path, parts: dict[str, bytes], monkeypatch: pytest.MonkeyPatch,
    plant: Callable, compression: int, sentence: str,
):  # fmt: skip
    mine, unpacked = dict(parts), []
    plant(mine)
    path = zipped(mine, tmp_path / "a.zip", compression)
    read = zipfile.ZipExtFile.read
    counted = lambda self, *most: unpacked.append(found := read(self, *most)) or found  # noqa: E731
    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    tracemalloc.start()
    try:
        assert sentence in refused(store, path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = path.stat().st_size
    assert sum(map(len, unpacked)) <= 2 * size + 600_000
    assert peak < 20_000_000 + 15 * size


def test_a_long_export_is_stored_so_that_it_comes_back(store: Store, elsewhere: Store, tmp_path: Path):
    run = tiny.run(store, status=None)
    with store._write() as tx:
        samples = [Sample(1, 2 + i / 1000, "again and " * 20, 0, "the same " * 30, 10) for i in range(2_000)]
        put_samples(tx, run, samples)
    file = export_run(store, run, tmp_path / "a.zip")
    assert file.stat().st_size > 900_000
    assert import_run(elsewhere, file) == run
    assert len(elsewhere.samples(run)) > 1_900


def test_a_disk_that_would_be_full_is_said_before(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    file = export_run(store, tiny.run(store), tmp_path / "a.zip")
    monkeypatch.setattr(archive.shutil, "disk_usage", lambda place: shutil._ntuple_diskusage(10**9, 10**9, 7))
    with pytest.raises(ExportError, match=r"bytes of free room at .*, got 7"):
        import_run(store, file)


def test_the_same_export_twice_is_said(store: Store, elsewhere: Store, tmp_path: Path):
    file = export_run(store, tiny.run(store), tmp_path / "a.zip")
    other = export_run(store, tiny.run(store), tmp_path / "b.zip")
    first, second = import_run(elsewhere, file), import_run(elsewhere, file)
    assert archive.copy_of(elsewhere, second) == first
    assert archive.copy_of(elsewhere, import_run(elsewhere, other)) is None


@pytest.mark.parametrize("name", ["scheduler", "warm"])
def test_no_run_is_called_like_a_log(store: Store, tmp_path: Path, parts: dict[str, bytes], name: str):
    mine = dict(parts)
    changed(lambda document: document.update(id=name))(mine)
    assert import_run(store, zipped(mine, tmp_path / "a.zip")) != name


def test_control_characters_reach_no_card(store: Store, tmp_path: Path, parts: dict[str, bytes]):
    mine = dict(parts)
    changed(
        lambda document: (
            document["samples"][-1].update(text="\x1b[31mred\x9b", prompt="\x07"),
            document["config"].update(name="a\x1b\u202eb", preset="\x1b"),
            document["provenance"]["corpus"].update(title="\x1b]0;title"),
        )
    )(mine)
    run = import_run(store, zipped(mine, tmp_path / "a.zip"))
    assert store.run(run).name == "a b"
    card = takeaway.take(store, run, "card").decode()
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", card)
    assert "\ufffd[31mred" in card


# ---- what comes with the program


@pytest.fixture
def pretrained(tmp_path: Path, elsewhere: Store) -> Path:
    """A folder like pretrained/, with two runs."""
    for name in ("one", "two"):
        export_run(elsewhere, tiny.run(elsewhere, epochs=2, name=name), f"{tmp_path}/pretrained/{name}/")
    (tmp_path / "pretrained" / "README.md").write_text("what is here")
    (tmp_path / "pretrained" / "empty").mkdir()
    return tmp_path / "pretrained"


def test_what_comes_with_the_program_is_put_in_once(any_store: Store, pretrained: Path):
    assert len(import_pretrained(any_store, pretrained)) == 2
    assert import_pretrained(any_store, pretrained) == []
    runs = any_store.runs()
    assert sorted(run.name for run in runs) == ["one", "two"]
    assert all(run.pretrained and run.status == "finished" for run in runs)
    with pytest.raises(WrongStatus, match="got one that came with the program"):
        any_store.delete_run(runs[0].id)
    assert any_store.check() == []


def test_nothing_to_do_costs_one_query(store: Store, pretrained: Path):
    import_pretrained(store, pretrained)
    queries = []
    sa.event.listen(store._database._engine, "before_cursor_execute", lambda *args: queries.append(args[2]))
    import_pretrained(store, pretrained)
    assert [query for query in queries if not query.startswith("BEGIN")][1:] == []
    assert import_pretrained(store, pretrained / "nowhere") == []


def test_a_newer_network_replaces_the_older_one(store: Store, elsewhere: Store, pretrained: Path):
    import_pretrained(store, pretrained)
    run = next(run for run in elsewhere.runs() if run.name == "one")
    elsewhere.rename_run(run.id, "one, better")
    export_run(elsewhere, run.id, pretrained / "one")
    assert import_pretrained(store, pretrained) == [run.id]
    assert sorted(row.name for row in store.runs()) == ["one, better", "two"]
    assert store.check() == []


def test_the_store_in_which_it_was_trained_keeps_its_own(elsewhere: Store, pretrained: Path):
    before = {run.id: what_it_is(elsewhere, run.id) for run in elsewhere.runs()}
    import_pretrained(elsewhere, pretrained)
    assert import_pretrained(elsewhere, pretrained) == []
    assert {run.id: what_it_is(elsewhere, run.id) for run in elsewhere.runs()} == before
    assert not any(run.pretrained or run.imported for run in elsewhere.runs())
    assert elsewhere.check() == []


def test_a_damaged_network_is_left_out_with_a_line_in_the_log(
    store: Store, pretrained: Path, caplog: pytest.LogCaptureFixture
):
    (pretrained / "one" / "epoch-0002.safetensors").write_bytes(b"torn")
    assert len(import_pretrained(store, pretrained)) == 1
    assert "pretrained network one is left out: epoch-0002.safetensors: expected checksum" in caplog.text
    assert [run.name for run in store.runs()] == ["two"]


def put_in(url: str, folder: Path) -> int:
    store = Store(url)
    count = len(import_pretrained(store, folder))
    store.close()
    return count


def test_programs_that_start_at_once_put_it_in_once(store_url: str, open_store, pretrained: Path):
    store = open_store(store_url)
    with ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda _: put_in(store_url, pretrained), range(6)))
    assert len(store.runs()) == 2
    assert store.check() == []


def test_the_networks_that_come_with_this_program_are_sound(store: Store):
    folder = Path(archive.__file__).parents[2] / "pretrained"
    import_pretrained(store, folder)
    assert "sherlock-lstm" in store.pretrained()
    assert sorted(path.parent.name for path in folder.glob("*/run.json")) == sorted(store.pretrained())
    assert store.check() == []
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 60_000_000
