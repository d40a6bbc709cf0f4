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
    "android_arabic_marked": "\u200f٣١\u200f/١٢\u200f/٢٠٢١، ١١:٥٩ م - Ada: Hello",  # noqa: RUF001
    "android_persian": "۱۴۰۰/۱۰/۱۰،\u200f ۲۳:۵۹ - Ada: Hello",  # noqa: RUF001
    "android_vietnamese": "23:59, 31/12/2021 - Ada: Hello",
    "android_korean": "2021년 12월 31일 오후 11:59 - Ada: Hello",
    "android_japanese": "2021年12月31日 23:59 - Ada: Hello",
    "android_month": "Dec 31, 2021, 11:59 PM - Ada: Hello",
    "android_day_and_month": "31 Dec 2021, 23:59 - Ada: Hello",
    "android_spanish_month": "31 de diciembre de 2021, 23:59 - Ada: Hello",
    "android_weekday": "Fri, Dec 31, 2021, 11:59 PM - Ada: Hello",
    "copied": "[23:59, 31/12/2021] Ada: Hello",
    "kakaotalk": "2021년 12월 31일 오후 11:59, Ada : Hello",
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
    assert chat.left_out == {"written by the program": 3, "deleted, or something else than text": 3, "links alone": 1}


def test_of_whatsapp_on_ios_only_what_was_typed_comes_out():
    chat = chats.read(IOS.encode())
    assert chat.messages == [("Ada", "Schön, Charles 😀"), ("Ada", "Sieh")]
    assert chat.all_left_out == 2


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
    assert (chat.kind, chat.all_left_out) == ("Messenger", 1)


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


# ---- what a program writes, and what only looks like it

BY_PROGRAMS = """\
This message was deleted.
You deleted this message.
Diese Nachricht wurde gelöscht.
<Medien ausgeschlossen>
Esta mensagem foi apagada
Данное сообщение удалено
<Без медиафайлов>
تم حذف هذه الرسالة
<تم استبعاد الوسائط>
Questo messaggio è stato eliminato.
삭제된 메시지입니다.
このメッセージは削除されました。
location: https://maps.google.com/?q=1.0,2.0
POLL:|Where?|OPTION: Here (1 vote)|OPTION: There (0 votes)
UMFRAGE:|Wo?|OPTION: Hier (2 Stimmen)
Missed voice call at 12:30""".splitlines()
TYPED = """\
I sent a photo
location: behind the school
What was deleted? This message was deleted. Really
Where: a|at noon: here (or there)
POLL: who comes?""".splitlines()


def lines_of(*messages: str, name: str = "Ada") -> bytes:
    return "\n".join(f"03.08.21, 12:30 - {name}: {message}".replace("|", "\n") for message in messages).encode()


@pytest.mark.parametrize("text", BY_PROGRAMS)
def test_what_a_program_writes_in_place_of_a_message_is_left_out(text: str):
    chat = chats.read(lines_of("Hello", text))
    assert (chat.text(), chat.all_left_out) == ("Hello\n", 1)


@pytest.mark.parametrize("text", TYPED)
def test_what_only_looks_like_it_is_kept(text: str):
    assert chats.read(lines_of(text)).text() == text.replace("|", "\n") + "\n"


def test_the_most_frequent_messages_can_be_left_out_and_senders_chosen():
    chat = chats.read(lines_of("*Sticker*", "*Sticker*", "Hello") + b"\n" + lines_of("*Sticker*", "Bye", name="Ben"))
    assert chat.frequent() == {"*Sticker*": 3}
    chosen = chat.without(["*Sticker*"], ["Ben"])
    assert (chosen.text(), chosen.left_out) == ("Bye\n", {"chosen by you": 4})


def test_a_name_may_hold_quotes_and_a_sentence_about_the_group_is_no_name():
    chat = chats.read(
        lines_of("Hello", name='Bob "the man"')
        + b"\n03.08.21, 12:31 - Ada changed the group name from Trip: one to Trip: two"
        + "\n03.08.21, 12:31 - Ada changed the subject from “Trip: one” to “Trip: two”".encode()
    )
    assert (chat.names, chat.all_left_out) == ({'Bob "the man"': 1}, 2)


@pytest.mark.parametrize(
    "inner",
    [
        "04.08.21, 09:00 - Gate B: bring it",  # to come: the next message is earlier
        "01.01.20, 10:00 - an old one: yes",
        "01.01.20, 10:00 - of nobody",
        "[12:30, 3/8/2021] Ben: copied",
        "8/3/21, 12:30 PM - Ben: as another telephone writes it",
    ],
)
def test_a_line_that_begins_with_a_date_but_cannot_be_an_entry_stays_in_its_message(inner: str):
    text = f"03.08.21, 12:30 - Ada: see\n{inner}\nok?\n03.08.21, 12:31 - Ben: Hi\n03.08.21, 12:32 - Ada: Good"
    chat = chats.read(text.encode())
    assert chat.messages == [("Ada", f"see\n{inner}\nok?"), ("Ben", "Hi"), ("Ada", "Good")]
    assert len(chat.notes) == 1


def test_entries_that_came_late_are_kept_and_the_half_of_the_day_is_known():
    late = (
        "8/3/21, 11:59 AM - Ada: a\n8/3/21, 12:30 PM - Ben: b\n8/3/21, 11:00 AM - Ada: late\n8/3/21, 1:30 PM - Ben: c"
    )
    assert len(chats.read(late.encode()).messages) == 4


# ---- other programs


def test_an_account_that_is_deleted_on_telegram_keeps_its_messages():
    chat = chats.read(telegram({**said("", "I was here"), "from": None, "from_id": "user1"}, said("Ben", "ok")))
    assert chat.messages == [("user1", "I was here"), ("Ben", "ok")]


def test_what_meta_writes_about_attachments_and_reactions_is_left_out():
    said_by = [
        ("Ada", "Ada sent an attachment."),
        ("Ada", "Reacted \u00e2\u009d\u00a4 to your message"),
        ("Ada", "I sent it"),
    ]
    messages = [{"sender_name": name, "content": text} for name, text in said_by]
    assert chats.read(json.dumps({"messages": messages}).encode()).text() == "I sent it\n"


def test_encrypted_chats_of_messenger_are_read():
    one = {"senderName": "Ada", "text": "Hello", "timestamp": 1, "type": "text", "isUnsent": False}
    messages = [{**one, "senderName": "Ben", "text": "Hi", "timestamp": 2}, one, {**one, "isUnsent": True}]
    chat = chats.read(json.dumps({"participants": ["Ada", "Ben"], "messages": messages}).encode())
    assert chat.messages == [("Ada", "Hello"), ("Ben", "Hi")]
    assert chat.notes == ("The messages are put in the order of time.",)


DISCORD_TEXT = """\
==============================================================
Guild: Engines
Channel: general
==============================================================

[03/08/2021 12:30] ada
Hello there

{Attachments}
https://example.org/a.png

[03/08/2021 12:31] ben
Hi
you

==============================================================
Exported 2 message(s)
==============================================================
"""


def test_discord_is_read_in_each_of_its_forms():
    author = {"id": "2", "name": "ada", "nickname": "Ada"}
    document = {
        "messages": [
            {"type": "Default", "content": "Hello", "author": author},
            {"type": "RecipientAdd", "content": "x", "author": author},
        ]
    }
    assert chats.read(json.dumps(document).encode()).messages == [("Ada", "Hello")]
    table = b'AuthorID,Author,Date,Content,Attachments\n"2","ada#0001","2021","Hello, ""you""\nthere",""\n'
    assert chats.read(table).messages == [("ada", 'Hello, "you"\nthere')]
    assert chats.read(DISCORD_TEXT.encode()).messages == [("ada", "Hello there"), ("ben", "Hi\nyou")]


def test_slack_line_and_kakaotalk_are_read():
    slack = [
        {
            "type": "message",
            "user": "U1",
            "text": "see <https://example.org|this> &amp; <@U1>",
            "user_profile": {"real_name": "Ada"},
        },
        {"type": "message", "user": "U2", "text": "Hi"},
        {"type": "message", "user": "U2", "subtype": "channel_join", "text": "<@U2> joined"},
    ]
    assert chats.read(json.dumps(slack).encode()).messages == [("Ada", "see this & @Ada"), ("U2", "Hi")]
    line = '[LINE] Chat with Ada\n\n2021/08/03(Tue)\n12:30\tAda\t"Hello\nthere"\n12:31\tBen\t[Sticker]\n12:32\tBen left'
    assert chats.read(line.encode()).messages == [("Ada", "Hello\nthere")]
    days = "2021년 8월 3일 화요일"
    telephone = f"{days}\n2021년 8월 3일 오후 12:30, Ada : Hello\n{days}\n2021년 8월 3일 오후 1:31, Ben : 사진\n"
    computer = f"--------------- {days} ---------------\n[Ada] [오후 12:30] Hello\n[Ben] [오후 1:31] 이모티콘\n"
    for export in (telephone, computer):
        assert chats.read(export.encode()).messages == [("Ada", "Hello")]
        assert chats.read(export.encode()).kind == "KakaoTalk"


def test_the_files_of_a_long_chat_in_an_archive_are_read_together():
    first, second = ({"messages": [{"sender_name": "Ada", "timestamp_ms": i, "content": f"{i}"}]} for i in (1, 2))
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("inbox/ada/message_1.json", json.dumps(second))
        archive.writestr("inbox/ada/message_2.json", json.dumps(first))
        archive.writestr("about.json", "{}")
    assert chats.read(data.getvalue()).text() == "1\n2\n"


def test_a_damaged_archive_is_a_sentence_wherever_it_is_damaged():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("chat.txt", IOS * 20)
    whole = data.getvalue()
    for place in range(4, len(whole)):
        torn = bytearray(whole)
        torn[place] ^= 0xFF
        try:
            chats.read(bytes(torn))
        except CorpusError:
            continue
