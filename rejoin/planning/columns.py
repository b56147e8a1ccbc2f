"""Columns of a table as numbers. The wrong cell is looked for only where a column does not convert as a whole."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from rejoin.domain.makeup.problem import Flags, Ints, Longs, Words
from rejoin.planning.tables import Sheet

FARTHEST: Final = 1 << 30
"""Minutes: two thousand years, and sums of two of them still fit."""
MANY: Final = 1_000_000
WHOLE: Final = re.compile(r"[+-]?[0-9]{1,18}(\.0*)?")
TRUTHS: Final = {"1": 1, "0": 0, "true": 1, "false": 0}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number may be, ends included, and how that is said."""

    low: int
    high: int
    words: str


MINUTES: Final = Bounds(-FARTHEST, FARTHEST, "is an impossible time")
NOT_NEGATIVE: Final = Bounds(0, MANY, f"must be from 0 to {MANY}")
STEPS: Final = Bounds(0, 1000, "must be from 0 to 1000")
RISK: Final = Bounds(0, 3, "must be from 0 to 3")
HOUR: Final = Bounds(0, 23, "must be from 0 to 23")
OFFSET: Final = Bounds(-1440, 1440, "must be minutes from -1440 to 1440")


@dataclass
class Codes:
    """Words as numbers, in the order in which they were first met; one list of words for a kind of thing."""

    known: dict[str, dict[str, int]] = field(default_factory=dict)

    def space(self, name: str) -> dict[str, int]:
        return self.known.setdefault(name, {})


@dataclass(frozen=True, slots=True)
class Sets:
    """Cells that hold several words: which of the different cells each row has, and what those hold."""

    row: Ints
    held: list[list[int]]

    def as_words(self, size: int) -> Words:
        """One row a cell, one bit a word."""
        words = np.zeros((max(1, len(self.held)), max(1, (size + 63) // 64)), np.uint64)
        for place, bits in enumerate(self.held):
            for bit in bits:
                words[place, bit >> 6] |= np.uint64(1 << (bit & 63))
        return words[self.row]


def words(sheet: Sheet, column: str, space: dict[str, int]) -> Ints:
    """Numbers of the words, in `space`, which grows; -1 where none is given."""
    cells = sheet.column(column)
    for word in dict.fromkeys(cells):
        if word:
            space.setdefault(word, len(space))
    return _looked_up(cells, space | {"": -1})


def sets(sheet: Sheet, column: str, space: dict[str, int]) -> Sets:
    cells = sheet.column(column)
    places: dict[str, int] = {}
    held: list[list[int]] = []
    for cell in dict.fromkeys(cells):
        places[cell] = len(held)
        parts = [part for each in cell.split(";") if (part := each.strip())]
        held.append([space.setdefault(part, len(space)) for part in parts])
    return Sets(_looked_up(cells, places), held)


def _looked_up(cells: list[str], known: Mapping[str, int]) -> Ints:
    return np.fromiter(map(known.__getitem__, cells), np.int32, len(cells))


def ids(sheet: Sheet, column: str) -> dict[str, int]:
    """Which row has each id. An id that is empty or there twice is a problem."""
    cells = sheet.column(column)
    places = dict(zip(cells, range(len(cells)), strict=True))
    if "" in places or len(places) < len(cells):
        first: dict[str, int] = {}
        for row, cell in enumerate(cells):
            if not cell:
                sheet.complain(row, column, "is empty")
            elif first.setdefault(cell, row) != row:
                sheet.complain(row, column, f"repeats {cell!r} of line {sheet.lines[first[cell]]}")
    return places


def references(sheet: Sheet, column: str, known: Mapping[str, int], *, of: Sheet) -> Ints:
    """Rows of another table; -1 where the id is not there, which is a problem unless that table is broken."""
    cells = sheet.column(column)
    try:
        return _looked_up(cells, known)
    except KeyError:
        found = np.fromiter((known.get(cell, -1) for cell in cells), np.int32, len(cells))
    for row in np.flatnonzero(found < 0):
        cell = cells[row]
        if not cell:
            sheet.complain(int(row), column, "is empty")
        elif not of.is_broken:
            sheet.complain(int(row), column, f"{cell!r} is not in {of.name}")
    return found


def choices(sheet: Sheet, column: str, known: Mapping[str, int]) -> Ints:
    """Numbers of words from a fixed list, in any case. Anything else is a problem, and reads as the first."""
    cells = sheet.column(column)
    places = {cell: known.get(cell.lower(), -1) for cell in dict.fromkeys(cells)}
    found = _looked_up(cells, places)
    wrong = np.flatnonzero(found < 0)
    told = ", ".join(known)
    sheet.complain_of(wrong, column, lambda cell: f"must be one of {told}, not {_shown(cell)}")
    found[wrong] = 0
    return found


def truths(sheet: Sheet, column: str) -> Flags:
    return choices(sheet, column, TRUTHS).astype(bool)


def numbers(sheet: Sheet, column: str, bounds: Bounds, *, default: int | Ints | None = None) -> Ints:
    """Whole numbers; `default` where none is given, without it that is a problem. A wrong cell reads as `low`."""
    cells = sheet.column(column)
    values, given = _converted(sheet, column, cells)
    wrong = given & ((values < bounds.low) | (values > bounds.high))
    message = _refused(bounds)
    sheet.complain_of(np.flatnonzero(wrong), column, message)
    values[wrong] = bounds.low
    if default is None:
        sheet.complain_of(np.flatnonzero(~given), column, lambda _: "is empty")
    return np.where(given, values, 0 if default is None else default).astype(np.int32)


def _refused(bounds: Bounds) -> Callable[[str], str]:
    return lambda cell: f"{bounds.words}: {_shown(cell)}"


def _converted(sheet: Sheet, column: str, cells: list[str]) -> tuple[Longs, Flags]:
    """The numbers, and where one is given; 0 where none is, or a wrong one."""
    given = np.ones(len(cells), bool)
    texts = cells
    if "" in cells:
        given = np.fromiter(map(bool, cells), bool, len(cells))
        texts = [cell or "0" for cell in cells]
    joined = "".join(texts)
    if joined.isascii() and "_" not in joined:  # which `int` takes, and nobody means
        try:
            return np.fromiter(map(int, texts), np.int64, len(texts)), given
        except (ValueError, OverflowError):
            pass
    return _one_by_one(sheet, column, texts), given


def _one_by_one(sheet: Sheet, column: str, cells: list[str]) -> Longs:
    values = np.zeros(len(cells), np.int64)
    for row, cell in enumerate(cells):
        if WHOLE.fullmatch(cell):
            values[row] = int(cell.partition(".")[0])
        else:
            sheet.complain(row, column, f"must be a whole number, not {_shown(cell)}")
    return values


def _shown(cell: str) -> str:
    return repr(cell if len(cell) <= 40 else cell[:37] + "...")
