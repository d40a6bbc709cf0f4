"""A lesson in a class: the teacher leads everybody from step to step, or sets them free. Without a class nothing of it.

The class's setting `lesson` is {"name", "step", "free"}; the browser hears of it from `feed/class`. Draws nothing.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from rnnkit.people import acting, classes, known
from rnnkit.store import Store


class Told(NamedTuple):
    """What a class is told, as one person of it sees it. `teaches`: leads the class; `follows`: is led or set free."""

    name: str = ""
    step: int = 1
    free: bool = False
    teaches: bool = False
    follows: bool = False

    @property
    def led(self) -> bool:
        """Whether the class goes where its teacher goes."""
        return bool(self.name) and not self.free

    @property
    def takes_along(self) -> bool:
        """Whether this person is to be at the class's lesson."""
        return self.follows and bool(self.name)

    @property
    def sign(self) -> str:
        """What changes with it, in the browser's words too."""
        return f"{self.name} {self.step} {str(self.free).lower()}" if self.name else ""

    def said(self) -> dict[str, Any]:
        """For the strip."""
        free = self.free and bool(self.name)
        return {
            "led": self.led, "free": free, "teaches": self.teaches, "follows": self.follows, "heard": self.sign,
        }  # fmt: skip


def told(store: Store | None, *, anew: bool = False) -> Told:
    """What the class of this person is told; of nobody in a class nothing.

    Args:
        anew: the browser has heard of a change, so what is a second old does not do.
    """
    if store is None:
        return Told()
    if anew:
        known.forget(acting.plain(store))
    row = known.known(acting.plain(store)).open_class
    if row is None:
        return Told()
    leads = acting.person(store).leads
    setting = row.settings.get("lesson") or {}
    return Told(str(setting.get("name", "")), int(setting.get("step", 1)), bool(setting.get("free")), leads, not leads)


def asked(store: Store | None, now: Told, what: str, name: str, step: int) -> Told:
    """The teacher has pressed Lead or Set free at a step; the same once more takes it back."""
    if store is None or not now.teaches or what not in ("lead", "free"):
        return now
    back = now.led if what == "lead" else now.free and bool(now.name)
    if back:
        classes.change(store, lesson=None)
        return now._replace(name="")
    return _tell(store, now._replace(name=name, step=step, free=what == "free"))


def goes_along(store: Store | None, now: Told, name: str, step: int) -> None:
    """The teacher goes to another step: a class that is led goes there too."""
    if store is not None and now.teaches and now.led:
        _tell(store, now._replace(name=name, step=step))


def _tell(store: Store, now: Told) -> Told:
    classes.change(store, lesson={"name": now.name, "step": now.step, "free": now.free})
    return now
