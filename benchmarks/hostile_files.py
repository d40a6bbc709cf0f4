"""Time and memory of large and hostile files: `python -m benchmarks.hostile_files [--only chat] [--json]`.

Each file is read in a process of its own, after a small one of its kind, so that imports do not count. The goal is
2 seconds of a core and 200 MB each; for what people bring, 5 times its size, or 75 MB where that is more.
"""

from __future__ import annotations

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

SENTENCE = "It was late, and we read a book about the sea. "
CYRILLIC = "Утром я сварил кашу и лёг спать, так как был дождь.\n"
GOAL_SECONDS, GOAL_BYTES = 2.0, 200_000_000


def lines(count: int, form: Callable[[int], str], head: str = "") -> bytes:
    return (head + "\n".join(map(form, range(count)))).encode()


def of_size(part: bytes, megabytes: int) -> bytes:
    return part * (megabytes * 1_000_000 // len(part))


def chat_line(i: int, text: str = SENTENCE) -> str:
    at = datetime(2015, 1, 1) + timedelta(minutes=3 * i)
    return f"{at:%d/%m/%Y, %H:%M} - {('Ada', 'Ben', 'Cleo')[i % 3]}: {text}{i}"


def telegram(count: int) -> bytes:
    said = [{"id": i, "type": "message", "date": "2021-12-31T23:59:58", "date_unixtime": "1640991598", "from": "Ada",
             "from_id": "user1", "text": f"{SENTENCE}{i}", "text_entities": []} for i in range(count)]  # fmt: skip
    return json.dumps({"name": "x", "messages": said}).encode()


def hours(i: int) -> str:
    return f"{datetime(2001, 1, 1) + timedelta(hours=i):%d/%m/%Y %H:%M}"


def packed(data: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.txt", data)
    return file.getvalue()


def export(change: Callable[[dict[str, object]], object], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A small run that came with the program, its run.json changed."""
    from rnnkit import paths

    folder, file = paths.PRETRAINED / "series-rnn", io.BytesIO()
    document = json.loads((folder / "run.json").read_bytes())
    change(document)
    with zipfile.ZipFile(file, "w", compression) as archive:
        archive.writestr("run.json", json.dumps(document))
        for part in folder.glob("*.safetensors"):
            archive.write(part, part.name)
    return file.getvalue()


def many_epochs(document: dict[str, object]) -> None:
    document["epochs"] = [{"epoch": 1, "step": 1, "loss": 1.0, "seconds": 1.0}] * 200_000


# What is read, how, and whether people bring such files (then its size is a measure of the memory, too).
Making = Callable[[], bytes]
FILES: dict[str, tuple[str, Making, bool]] = {
    "text: 20 MB of ASCII": ("text", lambda: of_size(SENTENCE.encode() + b"\n", 20), True),
    "text: 20 MB in UTF-8, Cyrillic": ("text", lambda: of_size(CYRILLIC.encode(), 20), True),
    "text: 20 MB in Windows-1251": ("text", lambda: of_size(CYRILLIC.encode("cp1251"), 20), True),
    "text: 20 MB with one emoji": ("text", lambda: of_size(SENTENCE.encode() + b"\n", 20) + "😀".encode(), True),
    "text: 46 MB of Cyrillic, one byte damaged": ("text", lambda: of_size(CYRILLIC.encode(), 46) + b"\xff", False),
    "text: 48 MB of surrogates": ("text", lambda: of_size(b"\xed\xa0\xbd\xed\xb8\x80ab\n", 48), False),
    "text: 40 MB in one line, decomposed": ("text", lambda: of_size("cafe\u0301 ".encode(), 40), False),
    "text: 20 MB of noise": ("text", lambda: of_size(bytes((i * 7919 + i * i) % 256 or 1 for i in range(65536)), 20),
                             False),
    "chat: 14 MB of WhatsApp": ("chat", lambda: lines(180_000, chat_line), True),
    "chat: 14 MB of WhatsApp with emoji": (
        "chat", lambda: lines(175_000, lambda i: chat_line(i, SENTENCE + "😀 " * (i % 10 == 0))), True),
    "chat: 14 MB of Telegram": ("chat", lambda: telegram(66_000), True),
    "chat: 14 MB of lines with dates, out of order": (
        "chat", lambda: lines(180_000, lambda i: chat_line(i * 7919 % 180_000)), False),
    "chat: 14 MB of one message": ("chat", lambda: lines(1, chat_line) + of_size(b"\nto be: or not", 14), False),
    "chat: 5 MB of brackets": ("chat", lambda: b"[" * 5_000_000, False),
    "chat: 45 MB of nothing in 45 kB": ("chat", lambda: packed(b" " * 45_000_000), False),
    "table: 200,000 rows, hours as day/month/year": (
        "table", lambda: lines(200_000, lambda i: f"{hours(i)};{i % 977},{i % 10};{i % 31}", "date;a;b\n"), True),
    "table: 200,000 rows of euros, grouped": (
        "table", lambda: lines(200_000, lambda i: f"{hours(i)};{i % 9 + 1}.{i % 1000:03},50 €", "date;value\n"), True),
    "table: 1,000,000 rows of one column": ("table", lambda: lines(1_000_000, lambda i: f"{i * 7 % 1000 / 10}"), True),
    "table: 60 columns of 20,000 rows": (
        "table", lambda: lines(20_000, lambda i: ",".join(str(i * k % 97) for k in range(60))), False),
    "table: 1,000 columns of 1,000 rows": (
        "table", lambda: lines(1_000, lambda i: ",".join(str(i * k % 97) for k in range(1_000))), False),
    "table: 200,000 rows that look like dates and are none": (
        "table", lambda: lines(200_000, lambda i: f"{i % 40}/{i % 17}/20{i % 90:02},{i % 7}.{i % 3}"), False),
    "table: a cell of 2 MB": ("table", lambda: b"a,b\n" + b'1,"' + b"x" * 2_000_000 + b'"\n' * 30, False),
    "export: 200,000 epochs": ("export", lambda: export(many_epochs), False),
    "export: a name of 20 MB": ("export", lambda: export(lambda d: d.update(name="x" * 20_000_000)), False),
    "export: 30 MB of empty lists": ("export", lambda: export(lambda d: d.update(z=[[]] * 7_000_000)), False),
    "export: 30 MB of empty lists, stored": (
        "export", lambda: export(lambda d: d.update(z=[[]] * 7_000_000), zipfile.ZIP_STORED), False),
}  # fmt: skip
SMALL = {
    "text": SENTENCE.encode() * 9 + CYRILLIC.encode("cp1251") * 9,
    "chat": lines(9, chat_line),
    "table": lines(99, lambda i: f"{hours(i)};{i % 9},{i % 7} €"),
}


class Cost(NamedTuple):
    """Seconds of a core, and bytes of memory beyond what the process had."""

    name: str
    megabytes: float
    seconds: float
    memory: int
    times_its_size: float
    said: str
    good: bool


def read(kind: str, data: bytes) -> str:
    """What is said of a file of a kind."""
    from rnnkit.errors import PersonError
    from rnnkit.sharing import archive
    from rnnkit.store import Store
    from rnnkit.texts import chats, own, tables

    try:
        match kind:
            case "text":
                return f"{len(own.read(data).text):,} characters"
            case "chat":
                return f"{len(chats.read(data).texts):,} messages"
            case "table":
                return f"{len(tables.parse(own.read(data).text).values):,} values"
        with tempfile.TemporaryDirectory() as home:
            (file := Path(home) / "run.zip").write_bytes(data)
            return archive.import_run(Store(f"sqlite:///{home}/rnnkit.sqlite"), file)
    except PersonError as error:
        return str(error)[:90]


def measured(name: str) -> Cost:
    """What a file costs in this process."""
    kind, make, usual = FILES[name]
    data = make()
    read(kind, SMALL.get(kind) or export(lambda document: None))
    before, began = peak_memory(reset=True), time.process_time()
    said = read(kind, data)
    seconds, memory = time.process_time() - began, peak_memory() - before
    most = max(5.05 * len(data), 75e6) if usual else max(5 * len(data), GOAL_BYTES)
    good = seconds <= GOAL_SECONDS and memory <= most
    return Cost(name, len(data) / 1e6, seconds, memory, memory / len(data), said, good)


def peak_memory(*, reset: bool = False) -> int:
    """The largest resident size so far, or from now on; of Linux, in bytes."""
    if reset:
        Path("/proc/self/clear_refs").write_text("5")
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM"))


def main() -> None:
    """Measure each file in a process of its own, and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="files whose name begins so")
    parser.add_argument("--here", help=argparse.SUPPRESS)
    parser.add_argument("--json", action="store_true", help="one JSON document on standard output")
    options = parser.parse_args()
    if options.here:
        json.dump(measured(options.here)._asdict(), sys.stdout)
        return
    rows = []
    for name in (name for name in FILES if name.startswith(options.only)):
        command = [sys.executable, "-m", "benchmarks.hostile_files", "--here", name]
        rows.append(Cost(**json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)))
        if not options.json:
            cost = rows[-1]
            figures = f"{cost.megabytes:6.1f} MB {cost.seconds:6.2f} s {cost.memory / 1e6:6.0f} MB"
            print(f"{cost.name:<56}{figures}  {'' if cost.good else 'TOO MUCH  '}{cost.said}", flush=True)
    if options.json:
        json.dump([cost._asdict() for cost in rows], sys.stdout)


if __name__ == "__main__":
    main()
