"""A column of a list."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from rejoin.console.tables.cells import Kind

R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Column(Generic[R]):
    """What stands in it, row by row, and what sorts it.

    `value` gives text, a number, an instant, a day, a `Due`, a `Link`, a `Chip`, safe HTML, or None for what is not known.
    """

    name: str
    label: str
    value: Callable[[R], object]
    kind: Kind = Kind.TEXT
    sort: str = ""
    """The SQL it is sorted by; "" where it is not. Of a `Listed` source any text: it sorts by the value itself."""
    always: bool = False
    """What it is sorted by is never NULL: an index then serves both ways."""
    css: str = ""
    file: Callable[[R], object] | None = None
    """What the file of values holds instead, where the cell is more than a value."""
    in_file: bool = True
    """False for what is nothing but buttons."""

    def file_value(self, row: R) -> object:
        return (self.file or self.value)(row)
