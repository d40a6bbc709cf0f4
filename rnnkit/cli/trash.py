"""Commands that delete a run or a text, and bring back what was deleted."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

from cyclopts import Parameter

from rnnkit.cli.answer import Answer, open_store, table
from rnnkit.cli.options import Run
from rnnkit.errors import WrongStatus

if TYPE_CHECKING:
    from rnnkit.store import Deleted

Now = Annotated[bool, Parameter(help="for good at once, also what was deleted before; nothing brings it back")]
FOR_A_DAY = "For a day it can be brought back: python -m rnnkit undelete"


def delete(run: Run, /, *, now: Now = False) -> Answer:
    """Delete a run with all it holds; for a day it can be brought back.

    python -m rnnkit delete RUN
    python -m rnnkit delete RUN --now
    """
    with open_store() as store:
        store.delete_run(run, now=now)
    return Answer({"run": run}, f"Run {run} is deleted. {'' if now else f'{FOR_A_DAY} {run}'}".rstrip())


def delete_corpus(name: str, /, *, now: Now = False, force: bool = False) -> Answer:
    """Delete a text of your own that no run trains on; for a day it can be brought back.

    python -m rnnkit corpora delete "My diary"
    python -m rnnkit corpora delete text-0123456789 --force

    Args:
        name: a text of your own, by its name or title
        force: delete it even if runs have been trained on it
    """
    from rnnkit.store import needs
    from rnnkit.texts import own

    with open_store() as store:
        text = own.named(name, store)
        gone = now and any(one.id == text for one in store.trash())
        trained = [] if force or gone else store.needs(text)
        if trained and not any(need.trains for need in trained):
            raise WrongStatus(
                f"text {text}: expected one that no run has read, got one that these have: {needs.sentence(trained)}; "
                f"without it {needs.AFTERWARDS}; --force deletes it"
            )
        store.delete_text(text, now=now)
    return Answer({"corpus": text}, f"Text {text} is deleted. {'' if now else f'{FOR_A_DAY} {text}'}".rstrip())


def undelete(name: str | None = None, /) -> Answer:
    """Bring back a run or a text that was deleted within a day; without a name, list them.

    python -m rnnkit undelete
    python -m rnnkit undelete RUN

    Args:
        name: the id of a run, or a text, by its name or title
    """
    from rnnkit.training import queueing, scheduler

    with open_store() as store:
        if name is None:
            return _listed(store.trash())
        titled = [one.id for one in store.trash() if one.kind == "text" and one.name.casefold() == name.casefold()]
        back = queueing.undelete(store, titled[0] if len(titled) == 1 else name)
        if back.kind == "run" and store.run(back.id).live:
            scheduler.ensure_running(store)
    said = f"{'Run' if back.kind == 'run' else 'Text'} {back.id} (“{back.name}”) is back."
    return Answer({back.kind: back.id, "notes": list(back.notes)}, " ".join([said, *back.notes]))


def _listed(trash: Sequence[Deleted]) -> Answer:
    left = {one.id: f"{max(0.0, one.until - time.time()) / 3600:.1f} h" for one in trash}
    rows = [one._asdict() | {"left": left[one.id]} for one in trash]
    said = table(rows, "kind", "id", "name", "left") if rows else "Nothing was deleted within a day."
    return Answer([one._asdict() for one in trash], said)
