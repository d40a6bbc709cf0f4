"""All that members of a class made, for good: deleted with trash, logs and encoded texts, then searched for.

Runs of others that one of their texts went into go too, as a network may have memorised passages. Knows no page.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from rnnkit.people import ending
from rnnkit.people.ending import Ended
from rnnkit.store import Store


def forget(store: Store, members: Sequence[str], *, stay: bool = True) -> Ended:
    """Delete for good all that these members of the open class made and did. What they train is stopped first.

    Args:
        store: the plain one; whether somebody may ask for this is for the caller to say.
        stay: whether they remain members, with their nicknames.

    Returns how much is gone, what was searched for in the home folder, and what was found. Raises NoClass.
    """
    return ending.gone(store, members, partial(store.forget, members, stay=stay))
