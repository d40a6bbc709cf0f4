"""The settings of a class as fields: label, help and range are those of the settings themselves."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from rnnkit.people.class_settings import Budget, ClassSettings

MINUTES = (30, 45, 60, 90)


def lesson(now: ClassSettings) -> dict[str, Any]:
    """Length and guests."""
    field = ClassSettings.model_fields["seconds"]
    minutes = st.number_input(
        "Length of the lesson in minutes", 5, 1_440, now.seconds // 60, step=5, help=(field.description or "")
    )
    guests = ClassSettings.model_fields["guests"]
    return {"seconds": int(minutes) * 60, "guests": st.toggle(guests.title or "", now.guests, help=guests.description)}


def budget(now: Budget) -> dict[str, int]:
    """What each pupil may use."""
    found = {}
    with st.grid(3, min_column_width=200, gap="small"):
        for name, field in Budget.model_fields.items():
            least, most = _range(field)
            found[name] = int(st.number_input(
                field.title or name, least, most, getattr(now, name), help=field.description, key=f"budget/{name}"
            ))  # fmt: skip
    return found


def _range(field: FieldInfo) -> tuple[int, int]:
    limits = {type(one).__name__: one for one in field.metadata}
    return int(limits["Ge"].ge), int(limits["Le"].le)
