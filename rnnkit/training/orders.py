"""How a trainer that waits hears on its standard input which run is its; `launchers` tells it. Knows no store."""

from __future__ import annotations

import json
import os
import sys
from contextlib import suppress

from rnnkit import settings, system
from rnnkit.training.engines import warm_up

POLITENESS = 5  # people who look on come first: their pages take a few milliseconds of each second


def _order_waits() -> bool:
    """Whether a run was named already: then only what it needs is loaded."""
    return system.waits_to_be_read(sys.stdin)


def wait() -> tuple[str, str]:
    """Say that this trainer is ready, then read `{"run": ID, "trainer": TOKEN}`. Ends when nobody will ask any more."""
    system.step_back(POLITENESS)
    device = warm_up(stop=_order_waits)
    with suppress(OSError):  # the log may be on a disk that is full
        print(json.dumps({"device": device}), flush=True)
    line = sys.stdin.readline()
    if not line:
        raise SystemExit(0)
    message = json.loads(line)
    with suppress(OSError), settings.open_log(message["run"]) as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    return message["run"], message["trainer"]
