"""The one table of what one may do: every public method of the store has its rule here.

What a rule means is in acting.py. A test lists the methods by itself, so that a new one without a rule is found.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Rule(StrEnum):
    """What is asked of a person before a method is called. Who leads a class, or owns the machine, may do all."""

    FREE = "free"
    LISTS = "lists what one may read"
    READS_RUN = "reads a run"
    READS_TEXT = "reads a text"
    ACTS_ON_RUN = "acts on a run"
    ACTS_ON_TEXT = "acts on a text"
    ACTS_ON_EITHER = "acts on a run or a text"
    MAKES = "makes one"
    ONESELF = "about oneself"
    LEADS = "teacher only"
    NEVER = "never from a page"


class Right(NamedTuple):
    """A rule, and what the act is called where it is written down."""

    rule: Rule
    act: str = ""

    @property
    def noted(self) -> bool:
        """Whether doing it is an act that is written down."""
        return bool(self.act) and self.rule is not Rule.ONESELF


_R = Rule
TABLE: dict[str, Right] = {
    **dict.fromkeys(
        ("url", "place", "close", "together", "faults", "scheduler", "check_writable", "want_scheduler", "pretrained",
         "open_class", "member", "seen", "reader_of", "class_is_over"),
        Right(_R.FREE),
    ),
    **dict.fromkeys(
        ("runs", "listed", "recent", "texts", "trash", "members", "acts", "needs"), Right(_R.LISTS)
    ),
    **dict.fromkeys(
        ("run", "epochs", "moments", "points", "samples", "kept", "checkpoint_epochs", "weights", "checkpoint",
         "weights_bytes", "resume_state", "state_epochs", "news", "extent", "means", "newest_samples", "add_metrics"),
        Right(_R.READS_RUN),
    ),
    **dict.fromkeys(("text", "original"), Right(_R.READS_TEXT)),
    "ask": Right(_R.ACTS_ON_RUN, "ask"),
    "resume_run": Right(_R.ACTS_ON_RUN, "resume"),
    "rename_run": Right(_R.ACTS_ON_RUN, "rename"),
    "tag_runs": Right(_R.ACTS_ON_RUN, "tag"),
    "pin": Right(_R.ACTS_ON_RUN, "pin"),
    "delete_run": Right(_R.ACTS_ON_RUN, "delete"),
    "delete_runs": Right(_R.ACTS_ON_RUN, "delete"),
    "undelete_runs": Right(_R.ACTS_ON_RUN, "undelete"),
    "delete_text": Right(_R.ACTS_ON_TEXT, "delete"),
    "share_text": Right(_R.ACTS_ON_TEXT, "share"),
    "undelete": Right(_R.ACTS_ON_EITHER, "undelete"),
    "create_run": Right(_R.MAKES, "queue"),
    "create_runs": Right(_R.MAKES, "queue"),
    "fork_run": Right(_R.MAKES, "fork"),
    "import_run": Right(_R.MAKES, "import"),
    "add_text": Right(_R.MAKES, "add"),
    **dict.fromkeys(("used", "of_member", "forget"), Right(_R.ONESELF)),
    "vote": Right(_R.ONESELF, "vote"),  # a pupil's alone; it stands in the settings of the class
    "change_class": Right(_R.LEADS, "change the class"),  # what was changed is said by class_settings.told
    "set_pin": Right(_R.LEADS, "make a new PIN"),
    "remove_member": Right(_R.LEADS, "remove a member"),
    "backup": Right(_R.LEADS, "back up"),
    # Opening and joining write their own acts; with the end of a class all acts are gone.
    **dict.fromkeys(("begin_class", "admit", "end_class", "wipe", "check"), Right(_R.LEADS)),
    **dict.fromkeys(
        ("lease", "take_scheduler", "import_pretrained", "purge", "restore", "secret", "whose", "note_act",
         "newest", "several", "sign_in", "sign_out", "signed_in", "nickname_of", "role_of_account",
         "forget_accounts", "counts", "version", "live", "live_of", "changed", "held_by"),
        Right(_R.NEVER),
    ),
}  # fmt: skip
