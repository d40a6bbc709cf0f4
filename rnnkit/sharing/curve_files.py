"""The curve of a run for other programs: as CSV, and as an event file of TensorBoard.

Both are written by hand: neither needs TensorBoard or protobuf. Knows no store and no chart.
"""

from __future__ import annotations

import csv as csv_
import io
import math
import struct
from collections.abc import Sequence
from typing import Any

import numpy as np

from rnnkit.runs.progress import epochs_at
from rnnkit.sharing.manifest import Manifest
from rnnkit.store import Point

FIRST_COLUMNS = ("run", "name", "part", "epoch", "step", "elapsed_seconds", "loss", "val_loss")
FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")  # the last four: the same, full width


# ---- CSV


def csv(manifest: Manifest, points: Sequence[Point]) -> bytes:
    """A line per epoch and per checkpoint inside one, then a line per point of the live curve. UTF-8.

    `epoch` is a fraction inside an epoch. Losses are nats per token; `step` counts batches since the run began. Texts
    that a spreadsheet would take for a formula get an apostrophe in front; numbers stay numbers.
    """
    epochs = [metrics.model_dump() for metrics in manifest.epochs]
    rows: list[dict[str, Any]] = [{"part": "epoch", **epoch} for epoch in epochs]
    rows += [{"part": "inside", **moment.model_dump()} for moment in manifest.moments]
    for step, seconds, loss in points:
        at = float(epochs_at(np.asarray(step), epochs, manifest.steps)) if manifest.steps else None
        rows.append({"part": "batches", "epoch": at, "step": step, "elapsed_seconds": seconds, "loss": loss})
    named = dict.fromkeys([*FIRST_COLUMNS, *(name for row in rows for name in row)])
    head = {"run": manifest.id, "name": manifest.config.name}
    file = io.StringIO(newline="")
    writer = csv_.DictWriter(file, list(named), restval="", lineterminator="\r\n")
    writer.writerow({name: harmless(name) for name in named})
    writer.writerows({name: harmless(value) for name, value in (head | row).items()} for row in rows)
    return file.getvalue().encode("utf-8", "replace")


def harmless(value: Any) -> Any:
    """A cell that no spreadsheet computes. Numbers are left alone; None is an empty cell."""
    if value is None:
        return ""
    if isinstance(value, int | float):
        return value
    text = str(value).replace("\0", "")
    return f"'{text}" if text[:1] in ("\t", "\r", "\n") or text.lstrip().startswith(FORMULA) else text


# ---- TensorBoard
#
# A file is a row of records: length (8 bytes), checksum of the length, the data, checksum of the data.
# The data is an Event of tensorflow/core/util/event.proto:
#   1 wall_time (double), 2 step (int64), 3 file_version (string), 5 summary, of which 1 is a value:
#   1 tag (string), 2 simple_value (float).


def tensorboard(manifest: Manifest, points: Sequence[Point]) -> bytes:
    """An event file with `epoch/...` over epochs, one for each metric, and `batches/loss` over batches."""
    began = manifest.started_at or manifest.created_at
    records = [_event(began, text=b"brain.Event:2")]
    records += [_event(began + seconds, step, {"batches/loss": loss}) for step, seconds, loss in points]
    for epoch in manifest.epochs:
        metrics = epoch.model_dump()
        seconds = metrics.pop("elapsed_seconds", None) or 0.0
        values = {f"epoch/{name}": value for name, value in metrics.items() if name not in ("epoch", "step")}
        records.append(_event(began + seconds, epoch.epoch, values))
    return b"".join(map(_record, records))


def _record(data: bytes) -> bytes:
    length = struct.pack("<Q", len(data))
    return length + _masked_checksum(length) + data + _masked_checksum(data)


def _event(wall_time: float, step: int = 0, values: dict[str, float | None] | None = None, text: bytes = b"") -> bytes:
    event = b"\x09" + struct.pack("<d", wall_time) + b"\x10" + _varint(step) + (_bytes_field(3, text) if text else b"")
    summary = b"".join(
        _bytes_field(1, _bytes_field(1, tag.encode()) + b"\x15" + struct.pack("<f", value))
        for tag, value in (values or {}).items()
        if value is not None and abs(value) < 3e38 and not math.isnan(value)
    )
    return event + (_bytes_field(5, summary) if summary else b"")


def _bytes_field(number: int, data: bytes) -> bytes:
    return bytes([number << 3 | 2]) + _varint(len(data)) + data


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _masked_checksum(data: bytes) -> bytes:
    """CRC-32C, turned and shifted as TensorFlow's records want it."""
    checksum = crc32c(data)
    return struct.pack("<I", ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF)


def crc32c(data: bytes) -> int:
    """The cyclic redundancy check of Castagnoli; the standard library has another polynomial only."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum = _CRC_TABLE[(checksum ^ byte) & 0xFF] ^ (checksum >> 8)
    return checksum ^ 0xFFFFFFFF


def _crc_of_byte(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_CRC_TABLE = tuple(map(_crc_of_byte, range(256)))
