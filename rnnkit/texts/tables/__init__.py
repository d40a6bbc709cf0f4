"""A series of numbers: a known one, one made here, or the table that somebody brings.

The catalogue says which there are; `read` takes a table as text, `parse` the series in it, and both say what they
took, changed or left out. Knows no network, no task and no page.
"""

from rnnkit.texts.tables.catalogue import SERIES, SIGNAL_VALUES, load, sources
from rnnkit.texts.tables.series import Series, Table, parse, read

__all__ = ["SERIES", "SIGNAL_VALUES", "Series", "Table", "load", "parse", "read", "sources"]
