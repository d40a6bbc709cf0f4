"""Commands for other people and machines: export and import, the take-aways, the results, and the dashboard."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import Parameter

from rnnkit.cli.answer import Answer, open_store
from rnnkit.cli.options import Run
from rnnkit.errors import ConfigError

Force = Annotated[bool, Parameter(help="replace a file that rnnkit has not written, too")]
NETWORK_FILES = {".html": "page", ".onnx": "onnx"}  # what `export` makes of one network, by the ending of the file
Way = Literal["html", "card", "script", "text", "keras", "page", "onnx", "csv", "tensorboard"]


def dashboard(*, port: int | None = None, address: str = "localhost") -> Answer:
    """Open the dashboard in the browser.

    python -m rnnkit dashboard
    python -m rnnkit dashboard --port 8600 --address 0.0.0.0

    Args:
        port: where it listens; without one, 8501 or the next that is free
        address: where it listens, this machine only; 0.0.0.0: everybody on this network may open it
    """
    from rnnkit import paths, settings, system

    settings.check()
    if port is not None and not 1 <= port <= 65535:
        raise ConfigError(f"--port: expected 1 to 65535, got {port}")
    options = [f"--server.address={address}", *([f"--server.port={port}"] if port else [])]
    command = paths.python("-m", "streamlit", "run", str(paths.DASHBOARD), *options)
    sys.stdout.flush()
    system.become(command, paths.environment())


def export(
    run: Run, file: str, /, *, epochs: str | None = None, at: str | None = None, bits: Literal[8, 16, 32] = 32,
    force: Force = False,
) -> Answer:  # fmt: skip
    """Write a run to a file or a folder, or one of its networks to a page that writes by itself, or to ONNX.

    python -m rnnkit export RUN holmes.rnnkit
    python -m rnnkit export RUN pretrained/NAME/ --epochs 1,5,last --bits 8
    python -m rnnkit export RUN holmes.html --at best
    python -m rnnkit export RUN holmes.onnx --at 5

    Args:
        file: a file, or a folder/; NAME.html is a page that writes in any browser, NAME.onnx is for other programs
        epochs: kept epochs to take along, e.g. 1,5,last; without any, all
        at: of a page or an ONNX file: a kept epoch, last, best or step:N; without any, the last
        bits: of each weight: 16 for half the size, 8 for a quarter
    """
    if way := NETWORK_FILES.get(Path(file).suffix.lower()):
        return _export_network(run, file, way, epochs, at, bits, force)
    if at is not None:
        raise ConfigError(f"--at: expected a file that ends in {', '.join(NETWORK_FILES)}, got {file!r}; see --epochs")
    from rnnkit.sharing import archive
    from rnnkit.studies import checkpoint

    with open_store() as store:
        moments = checkpoint.chosen(store, store.run(run), epochs.split(",")) if epochs else []
        chosen = [moment.epoch for moment in moments] if epochs else None
        archive.export_run(store, run, file, epochs=chosen, bits=bits, force=force)
    return Answer({"run": run, "file": file}, f"Run {run} is in {file}, without the optimizer's state.")


def _export_network(
    run: str, file: str, way: str, epochs: str | None, at: str | None, bits: int, force: bool
) -> Answer:
    from rnnkit.sharing import takeaway

    if epochs is not None:
        raise ConfigError(f"--epochs: expected --at and one checkpoint for {file!r}, which holds one network")
    with open_store() as store:
        written = takeaway.write(store, run, file, way, force=force, at=at or "last", bits=bits)
    size = written.stat().st_size
    return Answer(
        {"run": run, "file": str(written), "bytes": size}, f"The network of run {run} is in {written}, {size:,} bytes."
    )


def import_(file: str, /) -> Answer:
    """Read an exported run.

    python -m rnnkit import holmes.rnnkit

    Args:
        file: an exported run: a file, or a folder/
    """
    from rnnkit.sharing import archive

    with open_store() as store:
        run_id = archive.import_run(store, file)
        same = archive.copy_of(store, run_id)
    notes = [f"The same run was here already, as {same}."] if same else []
    return Answer({"run": run_id, "notes": notes}, " ".join([f"{file} is here as run {run_id}.", *notes]))


def take(
    run: Run, file: str, /, *, way: Annotated[Way | None, Parameter(name="--as")] = None, force: Force = False
) -> Answer:
    """Write what one can do with a run elsewhere: report, script, network, curve.

    python -m rnnkit take RUN report.html
    python -m rnnkit take RUN holmes-writes.html
    python -m rnnkit take RUN train.py
    python -m rnnkit take RUN logs/ --as tensorboard

    Args:
        file: where to, or a folder/
        way: what to make of the run; without one, the ending of FILE says it
    """
    from rnnkit.sharing import takeaway

    with open_store() as store:
        written = takeaway.write(store, run, file, way, force=force)
    return Answer({"run": run, "file": str(written)}, f"Run {run} is in {written}.")


def results(file: str | None = None, /, *, force: Force = False) -> Answer:
    """Set what the documents report beside what the stored runs reached.

    python -m rnnkit results RESULTS.md

    Args:
        file: where to; without one, the screen
    """
    from rnnkit.runs import results
    from rnnkit.sharing import archive

    with open_store() as store:
        text = results.markdown(store)
    if file is None:
        return Answer({"markdown": text}, text.rstrip())
    try:
        if not force and not _begins_with(Path(file), text.partition("\n")[0]):
            archive.check_free("results", Path(file))
        Path(file).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"results: expected a file that can be written, got {file!r} ({error.strerror})") from None
    return Answer({"file": file}, f"The table is in {file}.")


def _begins_with(file: Path, line: str) -> bool:
    """Whether it is a file that an earlier command wrote."""
    return file.is_file() and file.read_bytes().startswith(f"{line}\n".encode())
