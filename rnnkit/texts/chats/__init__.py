"""Exported chats to text: only what people wrote to one another, of everybody or of some of them.

`read` knows which program a file is of; one module knows how its lines, tables or documents are read, and
`chat` what of a message a person has typed. Nothing of a chat leaves the machine. Knows no store and no page.
"""

from rnnkit.texts.chats.chat import KINDS, Chat, Message
from rnnkit.texts.chats.lines import ORDERS, Order
from rnnkit.texts.chats.reading import read

__all__ = ["KINDS", "ORDERS", "Chat", "Message", "Order", "read"]
