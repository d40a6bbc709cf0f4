"""Exported chats of many programmes, languages and telephones: what people wrote comes out, and nothing else."""

from __future__ import annotations

import io
import json
import re
import zipfile

import pytest

from rnnkit.errors import CorpusError
from rnnkit.texts import chats, corpora, own

# One line each of Ada's, as programmes on telephones of many languages write it.
STAMPED = {
    "android_us": "12/31/21, 11:59 PM - Ada: Hello",
    "android_us_narrow_space": "12/31/23, 11:59\u202fPM - Ada: Hello",
    "android_uk": "31/12/2021, 23:59 - Ada: Hello",
    "android_german": "31.12.21, 23:59 - Ada: Hello",
    "android_french": "31/12/2021 à 23:59 - Ada: Hello",
    "android_dutch": "31-12-2021 23:59 - Ada: Hello",
    "android_iso": "2021-12-31, 23:59 - Ada: Hello",
    "android_spanish": "31/12/21 11:59 p. m. - Ada: Hello",
    "android_finnish": "31.12.2021 klo 23.59 - Ada: Hello",
    "android_arabic_digits": "٣١/١٢/٢٠٢١، ١١:٥٩ م - Ada: Hello",  # noqa: RUF001
    "ios_us": "[12/31/21, 11:59:58 PM] Ada: Hello",
    "ios_us_narrow_space": "[12/31/23, 11:59:58\u202fPM] Ada: Hello",
    "ios_german": "[31.12.21, 23:59:58] Ada: Hello",
    "ios_marked": "\u200e[31/12/2021, 23:59:58] Ada: Hello",
    "ios_chinese": "[2021/12/31 下午11:59:58] Ada: Hello",
    "ios_korean": "[2021. 12. 31. 오후 11:59:58] Ada: Hello",
    "signal": "[2021-12-31, 23:59] Ada: Hello",
    "signal_seconds": "[2021-12-31 23:59:58] Ada: Hello",
}

WHATSAPP = """\
12/30/21, 9:00 AM - Messages and calls are end-to-end encrypted. No one outside of this chat can read them.
12/30/21, 9:00 AM - Ada created group "Engines: all of them"
12/30/21, 9:01 AM - Ada: Good morning
to both of you

12/30/21 was a Thursday: so what
12/30/21, 9:02 AM - Charles Babbage: <Media omitted>
12/30/21, 9:02 AM - Charles Babbage: IMG-20211230-WA0001.jpg (file attached)
12/30/21, 9:03 AM - Charles Babbage: IMG-20211230-WA0002.jpg (file attached)
The engine: at last
12/30/21, 9:04 AM - Ada: This message was deleted
12/30/21, 9:05 AM - Ada: https://example.org/engine?a=1
12/30/21, 9:06 AM - Ada: see https://example.org <This message was edited>
12/30/21, 9:07 AM - +49 170 1234567 left
12/30/21, 9:08 AM - Charles Babbage: 10:30 - tea?
"""
IOS = """\
[30.12.21, 09:00:00] Engines: \u200eNachrichten und Anrufe sind Ende-zu-Ende-verschlüsselt.
\u200e[30.12.21, 09:01:00] Ada: \u200eBild weggelassen
[30.12.21, 09:02:00] Ada: Schön, \u2068Charles\u2069 😀
\u200e[30.12.21, 09:03:00] Ada: Sieh \u200e<Anhang: 00000012-PHOTO.jpg>
"""


def telegram(*messages: dict, **around) -> bytes:
    return json.dumps({"name": "Engines", "type": "personal_chat", "messages": messages, **around}).encode()


def said(name: str, text, **more) -> dict:
    return {"id": 1, "type": "message", "date": "2021-12-31T23:59:58", "from": name, "text": text, **more}


def zipped(**files: str) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, text in files.items():
            archive.writestr(name.replace("_txt", ".txt").replace("_jpg", ".jpg"), text)
    return data.getvalue()


@pytest.mark.parametrize("line", STAMPED.values(), ids=STAMPED)
def test_a_line_is_read_as_every_language_writes_it(line: str):
    assert chats.read(f"{line}\nand you?\n{line}".encode()).messages == [
        ("Ada", "Hello\nand you?"), ("Ada", "Hello"),
    ]  # fmt: skip


def test_of_whatsapp_on_android_only_what_was_typed_comes_out():
    chat = chats.read(WHATSAPP.encode())
    assert chat.text() == (
        "Good morning\nto both of you\n\n12/30/21 was a Thursday: so what\n"
        "The engine: at last\nsee https://example.org\n10:30 - tea?\n"
    )
    assert chat.names == {"Ada": 2, "Charles Babbage": 2}
    assert chat.left_out == 7


def test_of_whatsapp_on_ios_only_what_was_typed_comes_out():
    chat = chats.read(IOS.encode())
    assert chat.messages == [("Ada", "Schön, Charles 😀"), ("Ada", "Sieh")]
    assert chat.left_out == 2


def test_the_messages_of_one_person_can_be_had():
    chat = chats.read(WHATSAPP.encode())
    assert chat.text("Charles Babbage") == "The engine: at last\n10:30 - tea?\n"
    assert chat.text("Nobody") == ""


def test_windows_line_ends_and_other_encodings_are_read():
    line = "31/12/2021, 23:59 - Zoë: Grüße aus Köln\r\n"
    for encoding in ("utf-8-sig", "utf-16", "cp1252"):
        assert chats.read((line * 3).encode(encoding)).messages == [("Zoë", "Grüße aus Köln")] * 3


def test_telegram_writes_text_as_one_string_or_in_pieces():
    chat = chats.read(
        telegram(
            said("Ada", "Hello"),
            {"type": "service", "actor": "Ada", "action": "phone_call", "text": ""},
            said("Charles", ["see ", {"type": "link", "text": "https://example.org"}, " and ", {"type": "bold"}, "!"]),
            said("Charles", "", photo="(File not included)"),
            said("Ada", "another's words", forwarded_from="Mary"),
        )
    )
    assert chat.kind == "Telegram"
    assert chat.messages == [("Ada", "Hello"), ("Charles", "see https://example.org and !")]


def test_all_chats_of_a_telegram_account_are_read():
    chat = {"name": "x", "messages": [said("Ada", "one")]}
    document = {"chats": {"about": "", "list": [chat, {"messages": [said("Ada", "two")]}]}}
    assert chats.read(json.dumps(document).encode()).text() == "one\ntwo\n"


def test_messenger_is_turned_round_and_its_letters_are_mended():
    messages = [
        {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 2, "content": "sch\u00c3\u00b6n", "type": "Generic"},
        {"sender_name": "Zo\u00c3\u00ab", "timestamp_ms": 2, "photos": []},
        {"sender_name": "Ada", "timestamp_ms": 1, "content": "Hello"},
    ]
    chat = chats.read(json.dumps({"participants": [], "messages": messages}).encode())
    assert chat.messages == [("Ada", "Hello"), ("Zoë", "schön")]
    assert (chat.kind, chat.left_out) == ("Messenger", 1)


def test_an_archive_is_looked_into():
    assert chats.read(zipped(_chat_txt=IOS, photo_jpg="not text")).names == {"Ada": 2}


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"To be, or not to be: that is the question.\n" * 20, "expected messages in an export of WhatsApp"),
        (b"31/12/2021, 23:59 - Ada left\n", "got only what nobody has typed (1 entries)"),
        (b"", "got an empty file"),
        (b"\x89PNG\r\n\x1a\n123", "got a PNG picture"),
        (b"{}", "expected messages in"),
        (b"[1, 2", "expected messages in"),
        (b"[" * 100_000, "expected messages in"),
        (b'{"messages": 3}', "expected messages in"),
        (b'{"messages": [3, null, {"from": 4, "type": "message", "text": {"a": 1}}]}', "expected messages in"),
        (b'{"chats": {"list": 7}}', "expected messages in"),
        (b"PK\x03\x04 no archive", "expected a whole archive"),
        (zipped(a_txt="x", b_txt="y"), "expected one .txt or .json file in the archive, got 2"),
        (zipped(photo_jpg="x"), "got 0"),
    ],
)
def test_what_is_no_chat_is_a_sentence(data: bytes, sentence: str):
    with pytest.raises(CorpusError, match=re.escape(sentence)):
        chats.read(data)


def test_an_archive_that_unpacks_to_more_than_is_allowed_is_refused(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("RNNKIT_MAX_TEXT_MB", "1")
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.txt", "a" * 2_000_000)
    with pytest.raises(CorpusError, match="expected at most 1,000,000 bytes"):
        chats.read(data.getvalue())


def test_hostile_names_and_broken_letters_become_a_text_that_can_be_kept(store):
    chat = chats.read(telegram(said("<script>" * 40, "a\ud800b \u202ehello"), said(" \u200e ", "nobody")))
    assert chat.messages == [("<script>" * 10, "a\ufffdb hello")]
    name = own.add(store, chat.text(), "chat")
    assert corpora.load(name, store) == "a\ufffdb hello\n"


def test_a_line_of_many_numbers_takes_no_time():
    chat = chats.read(("1" * 50_000 + "\n" + "1/1/1, " * 5_000 + "\n" + STAMPED["android_uk"]).encode())
    assert chat.text() == "Hello\n"
