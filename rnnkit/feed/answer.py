"""An answer as it is sent: written as JSON once and compressed once, however many ask. Knows no run."""

from __future__ import annotations

import gzip
import json
from typing import Any, NamedTuple

COMPRESSED_BYTES = 1000  # shorter answers are sent as they are


class Answer(NamedTuple):
    """JSON, its compressed form where that pays, and the name of what it tells."""

    tag: str
    body: bytes
    packed: bytes | None

    @classmethod
    def of(cls, tag: str, value: Any) -> Answer:
        """`value` written down."""
        body = json.dumps(value, separators=(",", ":"), allow_nan=False).encode()
        return cls(tag, body, gzip.compress(body, 5, mtime=0) if len(body) > COMPRESSED_BYTES else None)
