"""Somebody who uses the dashboard, and what they are in the class that is open. Knows no cookie and no store."""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple


class Role(StrEnum):
    """What somebody is; the values are what the database says."""

    OWNER = "owner"  # no class is open: whoever reaches the server; and who has the machine
    TEACHER = "teacher"
    PUPIL = "pupil"
    GUEST = "guest"  # watches
    STRANGER = "stranger"  # not joined, or with a cookie that is not ours


class Person(NamedTuple):
    """Somebody. `id` is that of a member, the SHA-256 of the browser's id, and empty without a cookie of ours."""

    id: str
    name: str
    role: Role

    @property
    def member(self) -> str | None:
        """What stands in the rows of the things they make: None for who owns the machine, and for the teacher."""
        return None if self.role in (Role.OWNER, Role.TEACHER) else self.id

    @property
    def leads(self) -> bool:
        """Whether everything is theirs to do."""
        return self.role in (Role.OWNER, Role.TEACHER)


OWNER = Person("", "", Role.OWNER)
MACHINE = Person("", "the command line", Role.OWNER)
