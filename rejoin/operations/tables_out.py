"""Tables that go out: their owner's alone, put in place whole, and no cell a spreadsheet takes for a formula."""

import csv
import os
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TextIO
from zoneinfo import ZoneInfo

from rejoin.sidecar.tables import quoted


def write_table(path: Path, columns: str, rows: Iterable[Sequence[object]]) -> None:
    """A row at a time: what a table holds is never all in memory, where its rows are not."""
    with put_in_place(path) as file:
        write_rows(file, [columns.split()])
        write_rows(file, rows)


def write_rows(file: TextIO, rows: Iterable[Sequence[object]]) -> None:
    csv.writer(file, lineterminator="\n").writerows([_cell(value) for value in row] for row in rows)


@contextmanager
def put_in_place(path: Path) -> Iterator[TextIO]:
    """A new file of 0600 beside `path`, which takes its place when all of it is written."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", newline="", encoding="utf-8") as file:
            yield file
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def on_the_wall(at: datetime | None, zone: ZoneInfo) -> str:
    """On the program's wall clock, with its offset."""
    return at.astimezone(zone).isoformat() if at is not None else ""


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return quoted(str(value))
