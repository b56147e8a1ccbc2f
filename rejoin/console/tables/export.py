"""A list as a file of values: every row that the filters leave, not the page alone. Its taking is on record."""

import csv
import io
from codecs import BOM_UTF8
from typing import TYPE_CHECKING, Any

from django.http import HttpResponse

from rejoin.audit.trail import record_all
from rejoin.console.tables.asked import Asked
from rejoin.console.tables.cells import cell_text, guarded

if TYPE_CHECKING:
    from rejoin.console.tables.table import Table

MOST_ROWS = 100_000


class TooMany(ValueError):
    """More rows than one file holds. A file that ends early would hide them, so there is none."""


def file_of(table: "Table[Any]", asked: Asked) -> HttpResponse:
    """The file, whole: it is written while the door is open, and nothing is asked of the database afterwards."""
    text = io.StringIO()
    lines = csv.writer(text)
    columns = [each for each in table.columns if each.in_file]
    lines.writerow([guarded(each.label) for each in columns])
    written = 0
    for rows in table.source.every(table, asked, most=MOST_ROWS + 1):
        written += len(rows)
        if written > MOST_ROWS:
            raise TooMany(f"A file holds at most {MOST_ROWS:,} rows. Narrow the list first.")
        for row in rows:
            place = table.place_of(row, asked)
            lines.writerow([cell_text(each.file_value(row), place) for each in columns])
    _record(table, asked, written)
    return _answer(table, asked, text.getvalue())


def _record(table: "Table[Any]", asked: Asked, rows: int) -> None:
    """In every program she could have taken rows of: their privacy officers see it."""
    programs: list[int | None] = [each.pk for each in asked.asking.programs]
    events = [
        ("console.export", f"list:{table.name}", None, program, f"rows:{rows}")
        for program in programs or [None]
    ]
    record_all(events, by=asked.asking.by, at=asked.asking.at)


def _answer(table: "Table[Any]", asked: Asked, text: str) -> HttpResponse:
    body = text.encode()
    made = asked.asking.at.astimezone(asked.zone)
    answer = HttpResponse(BOM_UTF8 + body if asked.bom else body, content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{table.file}-{made:%Y-%m-%d-%H%M}.csv"'
    return answer
