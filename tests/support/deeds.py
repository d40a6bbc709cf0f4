"""Every method of the store with arguments that are right, by the table of rights: what is new there is tried too."""

from __future__ import annotations

import inspect
from typing import Any

import tiny

from rnnkit.people.rights import TABLE, Rule
from rnnkit.store import ImportedRun, Status, Store, Wanted
from rnnkit.store.changes import Seen

READS = sorted(name for name, right in TABLE.items() if right.rule in (Rule.READS_RUN, Rule.READS_TEXT))
ACTS = sorted(name for name, right in TABLE.items() if right.rule.startswith("acts"))
MAKES = sorted(name for name, right in TABLE.items() if right.rule is Rule.MAKES)
LISTS = sorted(name for name, right in TABLE.items() if right.rule is Rule.LISTS and name != "needs")
LEADS = sorted(name for name, right in TABLE.items() if right.rule is Rule.LEADS)
ONESELF = sorted(name for name, right in TABLE.items() if right.rule is Rule.ONESELF)
NEVER = sorted(name for name, right in TABLE.items() if right.rule is Rule.NEVER)
FREE = sorted(name for name, right in TABLE.items() if right.rule is Rule.FREE)


def given(method: str, run: str, text: str, member: str = "") -> dict[str, Any]:
    """Arguments for a method, by their names: those that say which thing it is, and others that are right."""
    config = tiny.config(corpus=text, training={"seconds": 5})
    known: dict[str, Any] = {
        "run_id": run, "run_ids": [run], "parent": run, "name": text, "text": text, "config": config,
        "configs": [config], "epoch": 1, "step": 10, "width": 5, "upto": 10, "seen": Seen(), "found": {},
        "wanted": Wanted.STOP, "imported": imported(), "checkpoints": [], "member": member, "members": [member],
    }  # fmt: skip
    if method == "rename_run":
        known["name"] = "other"
    if method == "tag_runs":
        known["add"] = ["mine"]
    if method == "undelete":
        known["name"] = run
    if method == "add_text":
        known |= {"sha256": "a" * 64, "title": "mine", "text": "abcd"}
    if method in ("change_class", "vote"):
        known |= dict.fromkeys(("change", "voted"), lambda settings: settings | {"paused": True})
    known |= {"pin_hash": "x", "code": "ABCD", "class_id": "c1", "hours": 1, "settings": {}, "nickname": "x"}
    known |= {"role": "pupil", "same": str, "path": "/dev/null", "url": "", "trainer": "", "token": "", "sha256": "a"}
    known |= {"stale_seconds": 1, "networks": [], "who": "", "act": "", "kind": "", "most": 1, "asked": []}
    known |= {"seconds": 1, "corpora": [], "title": "mine", "browser": "", "account": ""}
    known["since"] = 0.0
    wanted = inspect.signature(getattr(Store, method)).parameters.values()
    return {
        one.name: known[one.name] for one in wanted
        if one.name != "self" and (one.default is one.empty or (method, one.name) == ("tag_runs", "add"))
    }  # fmt: skip


def imported(**parts: Any) -> ImportedRun:
    """A run from a file, without an epoch."""
    empty: dict[str, Any] = dict.fromkeys(ImportedRun._fields)
    lists = {"epochs": [], "moments": [], "samples": [], "tags": (), "tokenizer": {}, "provenance": {}}
    told = {"id": "imported", "status": Status.FINISHED, "vocab_size": 5, "created_at": 1.0, "steps": 0}
    config = tiny.config(name="from a file", owner="the head teacher", **parts)
    return ImportedRun(**{**empty, **lists, **told, "train_seconds": 0.0, "config": config})
