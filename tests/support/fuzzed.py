"""Files that people could bring, damaged by chance: the same for the same number."""

from __future__ import annotations

import io
import json
import random
import zipfile
from typing import Any

WORDS = (
    "Večer jsem vařil. Les élèves étaient fatigués. Утром я сварил. 夜に本を読む。 في المساء 😀 To be or not to be. "
)
ENCODINGS = (
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32", "cp1252", "cp1250", "cp1251", "cp1255", "cp850", "mac_roman",
    "shift_jis", "gb18030", "big5", "euc_kr", "koi8_r", "iso2022_jp",
)  # fmt: skip
TABLE = "date;temp;note\n" + "".join(f"{i % 28 + 1:02}.{i // 28 + 1:02}.2021;{i % 9},{i % 7};ok\n" for i in range(60))
MARKDOWN = "| year | mm |\n|---|---|\n" + "".join(f"| {1950 + i} | {i * 7 % 10}.5 |\n" for i in range(40))
MONEY = "sep=,\nid,when,paid\n" + "".join(
    f'7,2021-01-{i % 28 + 1:02} 10:{i:02},"$1,{i * 37 % 1000:03}.50"\n' for i in range(50)
)
ANDROID = "".join(
    f"{i % 28 + 1:02}/03/21, {i % 12 + 1}:05 PM - {('Ada', 'Ben:', 'Zoë')[i % 3]}: {WORDS[i : i + 40]}\n"
    for i in range(40)
)
IOS = "".join(f"\u200e[{i % 28 + 1:02}.03.21, 09:{i:02}:00] Ada: \u200eBild weggelassen\nmore\n" for i in range(30))
LINE = "[LINE] Chat\n\n2021/08/03(Tue)\n" + "".join(f'12:{i:02}\tAda\t"Hello\nthere"\n' for i in range(30))
KAKAO = "".join(f"2021년 8월 3일 오후 {i % 12 + 1}:30, Ada : 사진 {i}\n" for i in range(30))
COOKBOOK = "Fried Rice\n\nAmount\tMeasure\tIngredient\n----\t----\t----\n1/2\tcup\trice\n\nFry it.\n\n" * 9
TELEGRAM = json.dumps(
    {"messages": [{"type": "message", "from": "Ada", "text": ["a", {"type": "b", "text": WORDS}]}] * 9}
)
META = json.dumps(
    {"messages": [{"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 2, "content": "sch\u00c3\u00b6n"}] * 9}
)
SLACK = json.dumps(
    [{"type": "message", "user": "U1", "text": "see <@U1> <https://a.b|c>", "user_profile": {"real_name": "A"}}] * 9
)
DISCORD = "AuthorID,Author,Date,Content\n" + '"2","ada#0001","2021","Hello, ""you""\nthere"\n' * 20
TEXTS = (WORDS * 9, TABLE, MARKDOWN, MONEY, ANDROID, IOS, LINE, KAKAO, COOKBOOK, TELEGRAM, META, SLACK, DISCORD)
PIECES = (
    b"\0", b"\0\0\0\0", b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff", b"\xed\xa0\xbd", b"\xed\xb8\x80", b"\xff", b"\x1a",
    b"\x1b$B",
    b'"', b'""', b"'", b";", b",", b"\t", b"|", b"\r", b"\r\n", b"\n\n", b"#", b"=1+1", b"sep=;\n", b"9" * 400,
    b"-9999", b"1e999", b"nan", b"inf", b"(1.5)", b"1.234,5", b"31/02/2021", b"0/0/0", b"99.99.9999", b"Total", b"%",
    b"[", b"]", b"{", b"}", b"null", b'"text": [', b"\\ud800", b"\\u0000", b"[" * 500, b" - : ",
    b"12/31/21, 11:59 PM - ",
    b"[2021-12-31, 23:59] ", b"PK\x03\x04", b"<html>", b"x" * 3000, b"https://", b"W53", b"2021-W60", b"00:61",
    b"1/1/0001", "2021년".encode(), "٣".encode(), *(mark.encode() for mark in "€−\u200e\u202e\u00a0\u202f"),  # noqa: RUF001
)  # fmt: skip


def upload(number: int) -> tuple[str, bytes]:
    """A name and what stands in a file: a text, a table, a chat or an archive, damaged in a few places."""
    rng = random.Random(number)
    text, encoding = rng.choice(TEXTS), rng.choice(ENCODINGS if rng.random() < 0.7 else ("utf-8",))
    if rng.random() < 0.2:
        lines = text.split("\n")
        rng.shuffle(lines)
        text = "\n".join(lines)
    if rng.random() < 0.2:
        a, b = rng.sample('.,;\t:/-| 0123456789"', 2)
        text = text.replace(a, b)
    data = damaged(text.encode(encoding, "replace"), rng)
    if rng.random() < 0.15:
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as archive:
            for place in range(rng.choice((1, 1, 1, 2, 0))):
                archive.writestr(f"inbox/{place}.{rng.choice(('txt', 'json', 'csv', 'jpg'))}", data)
        data = damaged(file.getvalue(), rng) if rng.random() < 0.7 else file.getvalue()
        return f"{number}.zip", data
    return f"{number}.{rng.choice(('txt', 'csv'))}", data


def damaged(data: bytes, rng: random.Random) -> bytes:
    """Bytes turned, taken away, doubled, put in, cut off: from none to a dozen places."""
    found = bytearray(data)
    for _ in range(rng.choice((0, 1, 1, 2, 3, 12))):
        if not found:
            break
        at, size = rng.randrange(len(found)), rng.choice((1, 2, 7, 60, 900))
        match rng.randrange(6):
            case 0:
                found[at] ^= 1 << rng.randrange(8)
            case 1:
                del found[at : at + size]
            case 2:
                found[at:at] = found[at : at + size] * rng.choice((1, 3, 20))
            case 3:
                found[at:at] = rng.choice(PIECES) * rng.choice((1, 1, 1, 4))
            case 4:
                found[at : at + size] = rng.randbytes(size)
            case 5:
                del found[at : len(found) if rng.random() < 0.3 else at + 1]
    return bytes(found)


LEAVES: tuple[Any, ...] = (
    None, True, 0, -1, 1, 0.5, 2**31, 2**63, 10**30, 1e308, float("inf"), float("nan"), "", "x", "x" * 70_000, "\ud800",
    "\x1b[31m", "../../x", "\u202e", [], {}, [[]], {"a": None}, [1, "a"],
)  # fmt: skip


def export(parts: dict[str, bytes], number: int) -> bytes:
    """An exported run as a zip, changed in its document, in its files, or as a whole."""
    rng, mine = random.Random(number), dict(parts)
    for _ in range(rng.choice((1, 1, 2, 5))):
        name = rng.choice(sorted(mine))
        match rng.randrange(4):
            case 0 | 1 if "run.json" in mine:
                document = json.loads(mine["run.json"])
                change(document, rng)
                mine["run.json"] = json.dumps(document).encode()
            case 2:
                mine[name] = damaged(mine[name], rng)
                if name == "run.json":
                    break  # it may be no document any more
            case 3:
                mine[rng.choice((name, "run.json", "../x", "epoch-0009.safetensors"))] = mine.pop(name)
                break
    file = io.BytesIO()
    compression = rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, data in mine.items():
            archive.writestr(name, data)
    return damaged(file.getvalue(), rng) if rng.random() < 0.2 else file.getvalue()


def change(document: Any, rng: random.Random) -> None:
    """Another value, one more or one less, somewhere in a JSON document."""
    while isinstance(document, dict | list) and document:
        key = rng.choice(list(document) if isinstance(document, dict) else range(len(document)))
        inner = document[key]
        if not isinstance(inner, dict | list) or not inner or rng.random() < 0.25:
            match rng.randrange(3):
                case 0:
                    document[key] = rng.choice(LEAVES)
                case 1:
                    del document[key]
                case _ if isinstance(document, list):
                    document.append(inner)
                case _:
                    document["z"] = inner
            return
        document = inner
