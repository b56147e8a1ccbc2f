"""Tables of a planning folder, CSV or Parquet, read column by column.

A hundred thousand rows take a fraction of a second: lines are counted only when a cell is wrong. Cells that say the same are
one text: a column repeats a few, and they would be most of what reading takes.
"""

import csv
import glob
import io
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property, partial
from itertools import islice
from pathlib import Path
from sys import intern
from typing import TYPE_CHECKING, Final

import duckdb
import numpy as np

from rejoin.domain.kernel import Problem
from rejoin.domain.makeup.problem import Flags
from rejoin.sheets.heading import read_heading
from rejoin.sheets.refused import BadInput

if TYPE_CHECKING:
    from _csv import Reader as CsvReader

ROWS_AT_ONCE: Final = 20_000
LISTED: Final = 200
"""So many problems are told one by one; the rest are counted."""
BLANKS: Final = (b" ", b"\t", b"\v", b"\f", b'"')
Lines = Callable[[], Sequence[int]]


class Complaints:
    """Everything wrong with a folder, or with one file, up to a length that somebody reads."""

    def __init__(self, where: str = "folder") -> None:
        self.where = where
        self.problems: list[Problem] = []
        self.more = 0

    def add(self, file: str, line: int, field: str, message: str) -> None:
        if len(self.problems) < LISTED:
            self.problems.append(Problem(file=file, line=line, field=field, message=message))
        else:
            self.more += 1

    def raise_if_any(self) -> None:
        if self.problems:
            raise BadInput(self.problems, more=self.more, where=self.where)


@dataclass
class Sheet:
    """One table: the text of every cell by column, stripped; an empty text is not given."""

    name: str
    complaints: Complaints
    cells: Mapping[str, list[str]]
    count: int
    find_lines: Lines = tuple
    is_broken: bool = False
    """It could not be read: every id that should be in it is as good as another."""
    is_there: bool = True
    wrong: set[int] = field(default_factory=set)
    """Rows with a problem: what follows from one is not told as another."""

    @cached_property
    def lines(self) -> Sequence[int]:
        """The line of each row (of Parquet: its number, the first is 1)."""
        return self.find_lines()

    def column(self, name: str) -> list[str]:
        found = self.cells.get(name)
        return [""] * self.count if found is None else found

    def forget(self) -> None:
        """The cells are numbers by now; where each row stands is still known."""
        self.cells = {}

    def complain(self, row: int, column: str, message: str) -> None:
        self.wrong.add(row)
        if len(self.complaints.problems) < LISTED:
            self.complaints.add(self.name, self.lines[row], column, message)
        else:
            self.complaints.more += 1

    def complain_where(self, wrong: Flags, column: str, message: str) -> None:
        """Of rows that contradict themselves, unless a cell of theirs was wrong before."""
        for row in np.flatnonzero(wrong):
            if row not in self.wrong:
                self.complain(int(row), column, message)

    def complain_of(self, rows: Iterable[int], column: str, message: Callable[[str], str]) -> None:
        """`message` is told the cell."""
        cells = self.column(column)
        for row in rows:
            self.complain(int(row), column, message(cells[row]))


def read_sheet(
    folder: Path,
    name: str,
    *,
    known: Collection[str],
    optional: Collection[str],
    complaints: Complaints,
) -> Sheet:
    """The table NAME.csv or NAME.parquet. One that is not there has no rows; what is wrong is noted."""
    found = [path for kind in ("csv", "parquet") if (path := folder / f"{name}.{kind}").is_file()]
    if not found:
        return Sheet(f"{name}.csv", complaints, {}, 0, is_there=False)
    if len(found) > 1:
        complaints.add(found[1].name, 1, "file", f"is there beside {found[0].name}: only one can be meant")
    return read_table(found[0], known=known, optional=optional, complaints=complaints)


def read_table(
    path: Path, *, known: Collection[str], optional: Collection[str], complaints: Complaints
) -> Sheet:
    """The table in this file: Parquet by its ending, or else CSV."""
    complain = partial(complaints.add, path.name, 1)
    required = [column for column in known if column not in optional]
    heading = partial(read_heading, required=required, known=known, complain=complain)
    read = _read_parquet if path.suffix == ".parquet" else _read_csv
    return read(path, known, heading, complaints) or Sheet(path.name, complaints, {}, 0, is_broken=True)


Heading = Callable[[Sequence[str]], dict[str, int] | None]


def _read_csv(path: Path, known: Collection[str], heading: Heading, complaints: Complaints) -> Sheet | None:
    raw = path.read_bytes()
    try:
        return _columns_of(raw, path.name, known, heading, complaints)
    except UnicodeDecodeError:
        complaints.add(path.name, _line_of_wrong_letter(raw), "encoding", "is not UTF-8")
    except csv.Error as error:
        complaints.add(path.name, _line_of_error(raw), "row", f"is not readable CSV: {error}")
    return None


def _columns_of(
    raw: bytes, name: str, known: Collection[str], heading: Heading, complaints: Complaints
) -> Sheet | None:
    reader = _reader(raw)
    head: list[str] = next(reader, [])
    if not any(cell.strip() for cell in head):
        complaints.add(name, 1, "header", "is missing")
        return None
    places = heading(head)
    if places is None:
        return None
    places = {column: place for column, place in places.items() if column in known}
    cells: dict[str, list[str]] = {column: [] for column in places}
    spaced = not raw.isascii() or any(blank in raw for blank in BLANKS)
    width, count, is_too_wide = len(head), 0, False
    while rows := list(islice(reader, ROWS_AT_ONCE)):
        widths = set(map(len, rows))
        across = list(zip(*rows, strict=True)) if widths == {width} else []
        if spaced or not across or "" in across[0]:
            is_too_wide = is_too_wide or max(widths) > width
            rows = [row + [""] * (width - len(row)) for row in rows if _holds_something(row, width)]
            across = list(zip(*rows, strict=True)) or [()] * width
        count += len(rows)
        for column, place in places.items():
            cells[column] += map(intern, map(str.strip, across[place]) if spaced else across[place])
    sheet = Sheet(name, complaints, cells, count, partial(_lines_of, raw, width))
    if is_too_wide:
        _complain_of_wide(raw, width, name, complaints)
    return sheet


def _reader(raw: bytes) -> "CsvReader":
    return csv.reader(io.TextIOWrapper(io.BytesIO(raw), "utf-8-sig", newline=""), strict=True)


def _holds_something(row: Sequence[str], width: int) -> bool:
    return len(row) <= width and any(map(str.strip, row))


def _with_lines(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """The rows below the header, each with the line it begins on."""
    reader = _reader(raw)
    next(reader)
    before = reader.line_num
    for row in reader:
        yield before + 1, row
        before = reader.line_num


def _lines_of(raw: bytes, width: int) -> list[int]:
    return [line for line, row in _with_lines(raw) if _holds_something(row, width)]


def _complain_of_wide(raw: bytes, width: int, name: str, complaints: Complaints) -> None:
    for line, row in _with_lines(raw):
        if len(row) > width:
            complaints.add(name, line, "row", f"has {len(row)} cells under {width} columns")


def _line_of_wrong_letter(raw: bytes) -> int:
    try:
        raw.decode()
    except UnicodeDecodeError as error:
        return raw.count(b"\n", 0, error.start) + 1
    return 1


def _line_of_error(raw: bytes) -> int:
    reader, before = _reader(raw), 0
    try:
        for _ in reader:
            before = reader.line_num
    except csv.Error:
        pass
    return before + 1


def _read_parquet(
    path: Path, known: Collection[str], heading: Heading, complaints: Complaints
) -> Sheet | None:
    try:
        with duckdb.connect(":memory:", config={"threads": "1"}) as connection:
            connection.execute(
                "SET enable_progress_bar = false"
            )  # of a long read it would stand in the answer
            return _columns_from(connection, path, known, heading, complaints)
    except duckdb.Error:
        complaints.add(path.name, 1, "file", "is not readable Parquet")
        return None


def _columns_from(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    known: Collection[str],
    heading: Heading,
    complaints: Complaints,
) -> Sheet | None:
    source = "FROM read_parquet(?, hive_partitioning = false)"
    where = [glob.escape(str(path))]
    names = [each[0] for each in connection.execute(f"SELECT * {source} LIMIT 0", where).description]
    places = heading(names)
    if places is None:
        return None
    places = {column: place for column, place in places.items() if column in known}
    wanted = ", ".join('"' + names[place].replace('"', '""') + '"' for place in places.values())
    asked = connection.execute(f"SELECT {wanted} {source}", where)
    cells: dict[str, list[str]] = {column: [] for column in places}
    count = 0
    while rows := asked.fetchmany(ROWS_AT_ONCE):
        count += len(rows)
        for column, values in zip(places, zip(*rows, strict=True), strict=True):
            cells[column] += map(intern, _as_cells(values))
    return Sheet(path.name, complaints, cells, count, partial(range, 1, count + 1))


def _as_cells(values: Sequence[object]) -> Iterable[str]:
    """What CSV would hold."""
    kinds = set(map(type, values))
    if kinds == {int}:
        return map(str, values)
    return map(_as_cell, values)


def _as_cell(value: object) -> str:
    """Whole numbers without a point, though a column with gaps holds floats; lists with semicolons."""
    if value is None or value != value:  # noqa: PLR0124 - a float that is no number is a gap
        return ""
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, float | Decimal):
        return str(int(value)) if value % 1 == 0 else str(value)
    if isinstance(value, list):
        return ";".join(map(_as_cell, value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace").strip()
    return str(value).strip()
