"""A network as a .keras file: stock layers only, so that plain Keras loads it without our code.

`last_epoch` lets `python -m rnnkit.sharing.keras_file RUN EPOCH FILE` write it, as pages and the command line never
import Keras.
Knows no page.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import zipfile
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rnnkit import architectures, paths
from rnnkit.config import RunConfig
from rnnkit.errors import ExportError, PersonError
from rnnkit.sharing.manifest import Manifest, of_run
from rnnkit.store import Store

if TYPE_CHECKING:
    import keras

VOCABULARY = "vocabulary.json"  # in the .keras file, which is a zip; Keras passes over it
MOST_SECONDS = 300  # TensorFlow's import alone takes 5 s, on a busy machine 30
_one_at_a_time = threading.Lock()  # a class that asks together would start a TensorFlow for each


def last_epoch(store: Store, run: Manifest) -> bytes:
    """The network after the last kept epoch, written by another process; ExportError where that could not."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "network.keras")
        command = paths.python("-m", "rnnkit.sharing.keras_file", run.id, str(run.checkpoints[-1].epoch), str(file))
        # A trainer may have the GPU, and for this the processor is quick enough.
        environment = paths.environment(RNNKIT_STORE=store.url, CUDA_VISIBLE_DEVICES="-1", TF_CPP_MIN_LOG_LEVEL="3")
        try:
            with _one_at_a_time:
                done = subprocess.run(
                    command, env=environment, stdin=subprocess.DEVNULL,
                    timeout=MOST_SECONDS, capture_output=True, text=True, errors="replace", check=False,
                )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise ExportError(f"run {run.id}: expected its network within {MOST_SECONDS} s, got nothing") from None
        if done.returncode:
            said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
            raise ExportError(f"run {run.id}: expected its network as a .keras file, got: {said[:300]}")
        return file.read_bytes()


def write(store: Store, run_id: str, epoch: int, file: Path) -> None:
    """Write the network after `epoch` to `file`; imports Keras. Raises UnknownRun, UnknownEpoch, DamagedCheckpoint."""
    run, arrays = of_run(store, run_id), store.checkpoint(run_id, epoch)
    model = network(run.config, run.vocab_size)
    architectures.load_weights(model, arrays)
    model.save(file)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(VOCABULARY, json.dumps(run.tokenizer))


def _keras_own(settings: Any) -> Any:
    """Serialized layers with Keras's own class in place of ours; ExportError where it has none of that name."""
    from keras import layers

    if not isinstance(settings, dict):
        return settings
    settings = {key: _keras_own(value) for key, value in settings.items()}
    if not str(settings.get("registered_name") or "").startswith("rnnkit>"):
        return settings
    kind = settings["class_name"]
    if not hasattr(layers, kind):
        raise ExportError(f"{kind} is a layer of our own, which plain Keras could not load")
    return settings | {"module": "keras.layers", "registered_name": None}


def network(config: RunConfig, vocab_size: int) -> keras.Model:
    """The network of `config` for reading, with first weights: ids or numbers (B, T) to logits, any number of rows.

    Any T, except where the network is drawn out over its window. Nothing is carried from call to call. Raises
    ExportError: a layer is our own, and plain Keras could not load it.
    """
    import keras
    from keras.saving import deserialize_keras_object, serialize_keras_object

    model = architectures.build(config, vocab_size)
    if len(model.inputs) > 1:
        raise ExportError("networks from one sequence to another have layers of our own, which plain Keras lacks")
    length = config.batches.length if architectures.chosen(config).longest_window else None

    def stock(layer: keras.Layer) -> keras.Layer:
        if layer.name == "one_hot":  # ours; an operation inside a model is Keras's own
            ids = keras.Input((length,), dtype="int32")
            return keras.Model(ids, keras.ops.one_hot(ids, vocab_size), name="one_hot")
        settings = _keras_own(serialize_keras_object(layer))
        if "stateful" in settings["config"]:
            settings["config"]["stateful"] = False
        return deserialize_keras_object(settings)

    read = keras.Input((length,), dtype=model.inputs[0].dtype, name=model.inputs[0].name)
    return keras.models.clone_model(model, input_tensors=read, clone_function=stock)


def main(run_id: str, epoch: str, file: str) -> int:
    """Write a file. Returns the exit status; a user error is a sentence on standard error."""
    try:
        with closing(Store()) as store:
            write(store, run_id, int(epoch), Path(file))
    except PersonError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
