"""Delimited text as numbered rows, before anybody asks what the columns mean."""

import csv
import io
import re
from collections.abc import Sequence
from contextlib import suppress
from typing import Literal, NamedTuple

from rejoin.rooms.exports.clocks import plain_text
from rejoin.rooms.exports.faults import Fault


class Row(NamedTuple):
    """One row, and the physical line of the file on which it starts."""

    line: int
    cells: Sequence[str]

    def cell(self, column: int | None) -> str:
        """The text of a column; "" when the row or the table does not have it."""
        return self.cells[column].strip() if column is not None and column < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        return not any(cell.strip() for cell in self.cells)


_HEAD_LINES = 60
_BRACKETS = re.compile(r"\([^()]*\)")


def head_rows(text: str, delimiter: str) -> list[Row]:
    """The first rows, read leniently: enough to recognise a layout by."""
    lines = io.StringIO(text[:32_768], newline="").readlines(16_384)[:_HEAD_LINES]
    reader = csv.reader(lines, delimiter=delimiter)
    rows: list[Row] = []
    with suppress(csv.Error):
        rows.extend(Row(reader.line_num, cells) for cells in reader)
    return [row for row in rows if not row.is_blank]


def read_rows(text: str, delimiter: str) -> list[Row]:
    """Every row that is not blank."""
    try:
        return _read_rows(text, delimiter, csv.QUOTE_MINIMAL)
    except Fault:
        # Teams does not quote: there a quotation mark is a letter of somebody's name.
        if delimiter != "\t":
            raise
    return _read_rows(text, delimiter, csv.QUOTE_NONE)


def _read_rows(text: str, delimiter: str, quoting: Literal[0, 3]) -> list[Row]:
    # Strict, or a quotation mark that is never closed would swallow the rest of the file unnoticed.
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, quoting=quoting, strict=True)
    rows: list[Row] = []
    start = 1
    try:
        for cells in reader:
            rows.append(Row(start, cells))
            start = reader.line_num + 1
    except csv.Error as error:
        raise Fault(f"cannot be split into columns: {error}", field="row", line=start) from None
    return [row for row in rows if not row.is_blank]


def plain_header(header: str) -> str:
    """A column's name in lower case, without what stands in brackets."""
    return plain_text(_BRACKETS.sub(" ", header).replace("_", " ")).lower()


def plain_headers(row: Row) -> list[str]:
    """All of a row's cells as column names."""
    return [plain_header(cell) for cell in row.cells]


def in_brackets(header: str) -> list[str]:
    """What stands in brackets in a column's name: a unit, a zone."""
    return [found[1:-1] for found in _BRACKETS.findall(header)]
