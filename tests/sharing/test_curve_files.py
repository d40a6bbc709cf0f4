"""Curves as files of other programs: a spreadsheet's and TensorBoard's."""

from __future__ import annotations

import csv
import io
import struct
from typing import Any

import pytest
import tiny
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from taken import HOSTILE, taken

from rnnkit.sharing import curve_files, takeaway
from rnnkit.store import Point, Store


def rows_of(store: Store, run: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(taken(store, run, "csv"), newline="")))


@pytest.mark.parametrize("text", [*HOSTILE[:6], "\t=1", "\r=1", "\n=1", "\u00a0=1"])
def test_a_cell_that_a_spreadsheet_would_compute_gets_an_apostrophe(text: str):
    assert curve_files.harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [-1.5, 0, 1e-9, "a=b", "my run", ""])
def test_numbers_and_plain_words_stay_as_they_are(value: Any):
    assert curve_files.harmless(value) == value


def test_the_csv_has_every_epoch_and_every_point_with_numbers_that_come_back_exactly(store: Store):
    run = tiny.run(store, status=None, name="-2+3")
    store.lease(run, tiny.TRAINER).progress(
        step=5, loss=0.1, chars_per_second=1.0, train_seconds=6.5, point=Point(35, 6.5, 1 / 3)
    )
    rows = rows_of(store, run)
    assert [(row["part"], row["epoch"], row["step"]) for row in rows] == [
        ("epoch", "1", "10"), ("epoch", "2", "20"), ("epoch", "3", "30"), ("batches", "3.5", "35"),
    ]  # fmt: skip
    assert float(rows[-1]["loss"]) == 1 / 3
    assert [float(row["val_loss"]) for row in rows[:3]] == [epoch["val_loss"] for epoch in store.epochs(run)]
    assert {row["name"] for row in rows} == {"'-2+3"}


# ---- TensorBoard


def event_class() -> type:
    """The message of tensorflow/core/util/event.proto, as far as it is used, for an independent reader."""
    file = descriptor_pb2.FileDescriptorProto(name="event.proto", syntax="proto3")
    kinds = {"double": 1, "float": 2, "int64": 3, "string": 9}
    for message, fields in {
        "Value": [("tag", 1, "string"), ("simple_value", 2, "float")],
        "Summary": [("value", 1, "*Value")],
        "Event": [("wall_time", 1, "double"), ("step", 2, "int64"), ("file_version", 3, "string"),
                  ("summary", 5, "Summary")],
    }.items():  # fmt: skip
        described = file.message_type.add(name=message)
        for name, number, kind in fields:
            one = described.field.add(name=name, number=number, label=3 if kind[0] == "*" else 1)
            if kind in kinds:
                one.type = kinds[kind]
            else:
                one.type, one.type_name = 11, "." + kind.removeprefix("*")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Event"))


def crc32c_bit_by_bit(data: bytes) -> int:
    """The definition: no table."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum ^= byte
        for _ in range(8):
            checksum = (checksum >> 1) ^ (0x82F63B78 * (checksum & 1))
    return checksum ^ 0xFFFFFFFF


def events_of(data: bytes) -> list[Any]:
    """What a TensorBoard would read; each checksum is checked."""
    found, event = [], event_class()
    while data:
        (length, length_sum), body = struct.unpack("<QI", data[:12]), data[12:]
        (body_sum,) = struct.unpack("<I", body[length : length + 4])
        for checked, written in ((data[:8], length_sum), (body[:length], body_sum)):
            crc = crc32c_bit_by_bit(checked)
            assert ((crc >> 15 | crc << 17) + 0xA282EAD8) % 2**32 == written
        found.append(event.FromString(body[:length]))
        data = body[length + 4 :]
    return found


def test_the_checksum_is_the_one_of_the_standard():
    assert curve_files.crc32c(b"123456789") == 0xE3069283  # RFC 3720
    assert curve_files.crc32c(bytes(32)) == 0x8A9136AA


def test_the_event_file_is_read_back_by_protobuf_with_every_metric(store: Store):
    run = tiny.run(store, status=None)
    store.lease(run, tiny.TRAINER).progress(
        step=5, loss=0.1, chars_per_second=1.0, train_seconds=6.5, point=Point(35, 6.5, 0.25)
    )
    head, point, *epochs = events_of(takeaway.take(store, run, "tensorboard"))
    assert head.file_version == "brain.Event:2"
    assert (point.step, [(v.tag, v.simple_value) for v in point.summary.value]) == (35, [("batches/loss", 0.25)])
    assert point.wall_time == pytest.approx(store.run(run).started_at + 6.5)
    assert [event.step for event in epochs] == [1, 2, 3]
    for event, metrics in zip(epochs, store.epochs(run), strict=True):
        written = {value.tag: value.simple_value for value in event.summary.value}
        wanted = {f"epoch/{name}": v for name, v in metrics.items() if name not in ("epoch", "step", "elapsed_seconds")}
        assert written == pytest.approx(wanted)
