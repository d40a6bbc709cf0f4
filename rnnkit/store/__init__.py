"""The run store: the one place where dashboard, scheduler and trainers meet.

`Store` is opened by all of them; a trainer writes with `store.lease(run, trainer)`, and the scheduler with what
`store.take_scheduler(token)` gives it.
Knows no network, no text format and no page.
"""

from rnnkit.store.live import LiveRun
from rnnkit.store.needs import Need
from rnnkit.store.people import Act, Member, OpenClass
from rnnkit.store.queue import LostPlace, Order, SchedulerLease
from rnnkit.store.retention import kept_epochs
from rnnkit.store.rows import (
    ImportedRun,
    Kept,
    Listed,
    Point,
    Pretrained,
    ResumeState,
    Run,
    Sample,
    check_run_id,
    new_run_id,
)
from rnnkit.store.status import ACTIVE, ENDED, FAILURES, WAITING_OR_ACTIVE, Status, Wanted
from rnnkit.store.store import Store
from rnnkit.store.texts import TextRow
from rnnkit.store.trainer import Lease, LostRun
from rnnkit.store.trash import Deleted, Restored

__all__ = [
    "ACTIVE", "ENDED", "FAILURES", "WAITING_OR_ACTIVE", "Act", "Deleted", "ImportedRun", "Kept", "Lease", "Listed",
    "LiveRun", "LostPlace", "LostRun", "Member", "Need", "OpenClass", "Order", "Point", "Pretrained", "Restored",
    "ResumeState", "Run", "Sample", "SchedulerLease", "Status", "Store", "TextRow", "Wanted", "check_run_id",
    "kept_epochs", "new_run_id",
]  # fmt: skip
