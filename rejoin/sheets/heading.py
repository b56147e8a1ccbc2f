"""The first row of a table: which columns there are, and which are missing or misspelt."""

from collections.abc import Callable, Collection, Sequence
from difflib import get_close_matches

Complain = Callable[[str, str], None]
"""Takes the column and what is wrong with it."""


def read_heading(
    cells: Sequence[str], *, required: Collection[str], known: Collection[str], complain: Complain
) -> dict[str, int] | None:
    """The place of each column, by its name in small letters; None where the table cannot be read with it."""
    names = [cell.strip().lower() for cell in cells]
    columns: dict[str, int] = {}
    for place, column in enumerate(names):
        if column in columns and column:
            complain(column, "is there twice")
        columns.setdefault(column or f"column {place + 1}", place)
    if len(cells) == 1 and any(mark in cells[0] for mark in ";\t"):
        complain("header", "is not separated by commas: save it as comma separated values")
        return None
    missing = [column for column in required if column not in columns]
    for column in missing:
        complain(column, "column is missing")
    misspelt = _misspelt(names, [column for column in known if column not in columns], known, complain)
    return None if missing or misspelt else columns


def _misspelt(
    names: Sequence[str], absent: Sequence[str], known: Collection[str], complain: Complain
) -> bool:
    """Whether a column we do not know looks like one of ours that is not there."""
    found = False
    for name in names:
        meant = get_close_matches(name, absent, n=1, cutoff=0.7) if name not in known else []
        if meant:
            complain(name, f"is not a column we know; is it {meant[0]!r}?")
            found = True
    return found
