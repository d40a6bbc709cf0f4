"""An exported chat by the command line: messages as JSON, and one sentence for what is none."""

from __future__ import annotations

from pathlib import Path

CHAT = """\
03.08.21, 12:30 - Ada: Hello
03.08.21, 12:31 - Ben: *Sticker*
03.08.21, 12:31 - Ben: *Sticker*
03.08.21, 12:32 - Ben: <Media omitted>
03.08.21, 12:33 - Ben: Hi \x1b[31m
"""


def test_a_chat_is_read_and_what_a_person_chooses_is_left_out(answer, say, sentence, tmp_path: Path):
    file = tmp_path / "chat.txt"
    file.write_text(CHAT, encoding="utf-8")
    whole = answer("chats", str(file))
    assert list(whole) == ["kind", "messages", "left_out", "notes", "encoding"]
    assert whole["encoding"] == "utf-8"
    assert whole["messages"][0] == {"author": "Ada", "text": "Hello"}
    assert whole["left_out"] == {"deleted, or something else than text": 1}
    some = answer("chats", str(file), "--leave-out", "*Sticker*", "--senders", "Ben")
    assert [message["author"] for message in some["messages"]] == ["Ben"]
    assert some["left_out"]["chosen by you"] == 3
    said = say("chats", str(file))
    assert "2 times: *Sticker*" in said
    assert "\x1b" not in said
    assert answer("chats", str(file), "--kind", "whatsapp", "--dates", "day-first") == whole
    assert "expected messages in an export of Slack" in sentence("chats", str(file), "--kind", "slack")
    assert "--kind: expected one of WhatsApp" in sentence("chats", str(file), "--kind", "smoke signals")
    assert "expected some of Ben, Ada, got 'Eve'" in sentence("chats", str(file), "--senders", "Eve")
    assert "expected a file that can be read" in sentence("chats", str(tmp_path / "none.txt"))
    file.write_text("To be, or not to be", encoding="utf-8")
    assert "expected messages in an export of WhatsApp" in sentence("chats", str(file))
