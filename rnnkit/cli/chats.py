"""The command that reads an exported chat: what people wrote, and what was left out of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from cyclopts import Parameter

from rnnkit.cli.answer import Answer, cell
from rnnkit.cli.options import Text, file_bytes
from rnnkit.errors import CorpusError

if TYPE_CHECKING:
    from rnnkit.texts.chats import Chat

LeaveOut = Annotated[tuple[Text, ...], Parameter(help="a message that nobody has typed; may be repeated")]
Senders = Annotated[tuple[Text, ...], Parameter(help="whose messages; may be repeated; without any, everybody's")]


def chats(
    file: str, /, *, leave_out: LeaveOut = (), senders: Senders = (), kind: str = "", encoding: str | None = None,
    dates: Literal["auto", "day-first", "month-first", "year-first"] = "auto",
) -> Answer:  # fmt: skip
    """Read an exported chat: who wrote what.

    python -m rnnkit chats chat.zip
    python -m rnnkit chats result.json --senders Ada --leave-out "Sticker"

    Args:
        file: an export of WhatsApp, Telegram, Messenger, Instagram, Discord, Slack, LINE or KakaoTalk
        dates: what stands first in 01/02/21; auto: by the order of all entries. It tells entries from pasted lines
        kind: which of these it is, whatever it seems to be
        encoding: what it is in, e.g. cp1250; without one, it is found
    """
    from rnnkit.texts import chats

    found = next((known for known in chats.KINDS if known.casefold().startswith(kind.strip().casefold())), None)
    if found is None:
        raise CorpusError(f"--kind: expected one of {', '.join(chats.KINDS)}, got {kind[:80]!r}")
    chat = chats.read(file_bytes("chats", file), encoding, found if kind.strip() else "", dates)
    if unknown := [name for name in senders if name not in chat.names]:
        known = ", ".join(list(chat.names)[:20])
        raise CorpusError(f"--senders: expected some of {known}, got {unknown[0][:80]!r}")
    chosen = chat.without(leave_out, senders or None)
    document = {
        "kind": chosen.kind, "messages": [message._asdict() for message in chosen.messages],
        "left_out": chosen.left_out, "notes": list(chosen.notes), "encoding": chosen.encoding,
    }  # fmt: skip
    return Answer(document, "\n".join(_lines(chosen)))


def _lines(chat: Chat) -> list[str]:
    """For people: how many, of whom, what was left out and what was written most often."""
    names = ", ".join(f"{cell(name)} ({count:,})" for name, count in list(chat.names.items())[:20])
    said = [
        f"{chat.kind}: {len(chat.texts):,} messages of {len(chat.names):,} people: {names}; encoding: {chat.encoding}"
    ]
    said += [f"left out, {why}: {count:,}" for why, count in chat.left_out.items()]
    said += chat.notes
    said += [f"{count:,} times: {cell(text)[:80]}" for text, count in chat.frequent().items()]
    return said
