"""Reading the folder's CSV tables: every wrong cell is a problem with its line and column."""

import csv
import io
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.kernel import Problem
from rejoin.sheets.heading import read_heading

T = TypeVar("T")
EARLIEST, LATEST = 2000, 2100
FORMULA = re.compile(r"'*[=+\-@\t\r]")
"""What a spreadsheet would work out, behind any number of apostrophes."""
YES, NO = frozenset({"true", "yes", "1", "y", "t"}), frozenset({"false", "no", "0", "n", "f"})


class Wrong(Exception):
    """A cell does not hold what its column takes."""


class Row:
    """One row: its line, and its cells by column."""

    __slots__ = ("cells", "line", "table")

    def __init__(self, table: "Table", line: int, cells: Sequence[str]) -> None:
        self.table = table
        self.line = line
        self.cells = cells

    def text(self, column: str) -> str:
        place = self.table.columns.get(column)
        cell = self.cells[place].strip() if place is not None and place < len(self.cells) else ""
        return unquoted(cell) if cell.startswith("'") else cell

    def complain(self, column: str, message: str) -> None:
        self.table.complain(self.line, column, message)

    def read(self, column: str, convert: Callable[[str], T], *, required: bool = False) -> T | None:
        """The converted cell; None when it is empty or wrong (and then a problem is noted)."""
        text = self.text(column)
        if not text:
            if required:
                self.complain(column, "is empty")
            return None
        try:
            return convert(text)
        except Wrong as wrong:
            self.complain(column, str(wrong))
            return None

    def several(self, column: str) -> tuple[str, ...]:
        """The values of a cell that holds several, separated by semicolons."""
        return tuple(part for each in self.text(column).split(";") if (part := each.strip()))


class Table:
    """One CSV file of the folder, UTF-8 with a header."""

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        required: Collection[str],
        known: Collection[str],
        problems: list[Problem],
    ) -> None:
        self.name = name
        self.problems = problems
        self.columns: dict[str, int] = {}
        self._required = required
        self._known = known
        self._unreadable = False
        self._lines = self._open(path)

    def complain(self, line: int, column: str, message: str) -> None:
        self.problems.append(Problem(file=self.name, line=line, field=column, message=message))

    def rows(self) -> Iterator[Row]:
        """The rows below the header; blank lines are passed over."""
        reader = csv.reader(self._lines, strict=True)
        before = 0
        try:
            for place, cells in enumerate(reader):
                line, before = before + 1, reader.line_num
                if place == 0:
                    if not self._read_header(cells):
                        return
                elif any(cell.strip() for cell in cells):
                    if len(cells) > len(self.columns):
                        text = f"has {len(cells)} cells under {len(self.columns)} columns"
                        self.complain(line, "row", text)
                        continue
                    yield Row(self, line, cells)
        except csv.Error as error:
            self.complain(before + 1, "row", f"is not readable CSV: {error}")
        if not before and not self._unreadable:
            self.complain(1, "header", "is missing")

    def _open(self, path: Path) -> io.StringIO:
        raw = path.read_bytes()
        try:
            return io.StringIO(raw.decode("utf-8-sig"), newline="")
        except UnicodeDecodeError as error:
            line = raw.count(b"\n", 0, error.start) + 1
            self.complain(line, "encoding", "is not UTF-8")
            self._unreadable = True
            return io.StringIO("")

    def _read_header(self, cells: Sequence[str]) -> bool:
        def complain(column: str, message: str) -> None:
            self.complain(1, column, message)

        found = read_heading(cells, required=self._required, known=self._known, complain=complain)
        self.columns = found or {}
        return found is not None


def quoted(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula; `unquoted` gives it back."""
    return "'" + cell if FORMULA.match(cell) else cell


def unquoted(cell: str) -> str:
    """A cell without the apostrophe that keeps it from being a formula."""
    return cell[1:] if cell.startswith("'") and FORMULA.match(cell) else cell


def a_day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong(f"is not a date such as 2026-10-05: {text!r}") from None
    _check_year(day.year, text)
    return day


def a_bool(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise Wrong(f"must be true or false, not {text!r}")
    return word in YES


def one_of(words: Collection[str], what: str) -> Callable[[str], str]:
    def convert(text: str) -> str:
        word = text.lower()
        if word not in words:
            raise Wrong(f"unknown {what} {text!r}; known: {', '.join(sorted(words))}")
        return word

    return convert


def a_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (KeyError, ValueError, OSError):
        raise Wrong(f"is not a time zone such as America/New_York: {text!r}") from None


def an_instant(zone: ZoneInfo) -> Callable[[str], datetime]:
    """ISO 8601 with an offset, or local time in `zone`; an ambiguous local time is its first."""

    def convert(text: str) -> datetime:
        local = _parse(text)
        if local.tzinfo is not None:
            return local.astimezone(UTC)
        return to_utc(local, zone)

    return convert


def _parse(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or len(text) < len("2026-10-05T18:00"):
        raise Wrong(f"is not a time such as 2026-10-05T18:00: {text!r}")
    _check_year(moment.year, text)
    return moment


def to_utc(local: datetime, zone: ZoneInfo) -> datetime:
    """The instant of a wall-clock time. One that a change of clocks skips is refused."""
    instant = local.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None, fold=0) != local.replace(fold=0):
        raise Wrong(f"does not exist in {zone.key}: the clocks skip {local:%Y-%m-%d %H:%M}")
    return instant


def _check_year(year: int, text: str) -> None:
    if not EARLIEST <= year < LATEST:
        raise Wrong(f"is an impossible time: {text!r}")


def a_time_of_day(text: str) -> time:
    try:
        at = time.fromisoformat(text)
    except ValueError:
        raise Wrong(f"is not a time of day such as 19:30: {text!r}") from None
    if at.tzinfo is not None:
        raise Wrong(f"must be local, without an offset: {text!r}")
    return at
