"""A list as its template lays it out."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from django.utils.html import format_html
from django.utils.safestring import SafeString

from rejoin.console.tables.asked import OWN, Asked
from rejoin.console.tables.cells import Kind, cell_html
from rejoin.console.tables.columns import Column
from rejoin.console.tables.filters import Choices
from rejoin.console.tables.sources import Found
from rejoin.sidecar.present.words import counted

if TYPE_CHECKING:
    from rejoin.console.tables.table import Table

_CSS = {Kind.NUMBER: "number", Kind.TIME: "nowrap", Kind.STATUS: "nowrap"}
NOTHING_LEFT = "Nothing fits what you asked for."
AMONG = (
    "There are too many to sort or to search all of them: only the first {:,} of each program, in the list's own "
    "order, were looked at. Narrow the list to see others."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a column. Only the column it is sorted by says how."""

    label: str
    css: str
    href: str
    aria_sort: str
    """ascending, descending, or ""."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    html: str
    css: SafeString
    """Its attributes, with a space before each."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One row. Its first cell is what the row is called by."""

    first: Cell
    rest: Sequence[Cell]
    css: str
    anchor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form above the list."""

    name: str
    id: str
    label: str
    hint: str
    kind: str
    value: str
    options: Choices
    anything: str
    fault: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """Everything its template needs."""

    id: str
    title: str
    count: str
    """ "41 cases", "51 to 100 of 141 cases"."""
    among: str
    """What was not looked at, because there is too much of it; "": nothing."""
    heads: Sequence[Head]
    lines: Sequence[Line]
    rows: Sequence[Any]
    """What the lines are of, for a template of its own."""
    fields: Sequence[Field]
    kept: Sequence[tuple[str, str]]
    """What else the address says, carried along by the form."""
    narrowed: bool
    faults: Sequence[tuple[str, str]]
    """What is wrong with what was asked: the field's id ("" for none) and words."""
    nothing: str
    page: int
    pages: int
    """0: more than anybody counted."""
    before: str
    after: str
    clear: str
    file: str
    every: str
    """The address of all rows on one page; "" where this is it."""


def show(table: "Table[Any]", asked: Asked, found: Found[Any], *, fault: str = "") -> Shown:
    """A page of the list, with its form, its links, and what is wrong with what was asked."""
    pages = max(-(-found.total // found.size), 1)
    fields = _fields(table, asked)
    faults = [(each.id, f"{each.label}: {each.fault}") for each in fields if each.fault]
    narrowed = any(asked.typed[each.name] != each.initial for each in table.filters)
    return Shown(
        id=f"{asked.prefix}{table.name}",
        title=table.title,
        count=_count(table, found, pages),
        among=AMONG.format(found.among) if found.among else "",
        heads=[_head(each, asked) for each in table.columns],
        lines=[_line(table, row, asked) for row in found.rows],
        rows=found.rows,
        fields=fields,
        kept=_kept(table, asked),
        narrowed=narrowed,
        faults=[("", fault), *faults] if fault else faults,
        nothing=NOTHING_LEFT if narrowed else table.nothing,
        page=found.page,
        pages=0 if found.more else pages,
        before=asked.address(page=str(found.page - 1)) if found.page > 1 else "",
        after=asked.address(page=str(found.page + 1)) if found.goes_on else "",
        clear=asked.cleared([each.name for each in table.filters]),
        file=asked.address(format="csv", bom="1"),
        every=asked.address(all="1") if found.goes_on and found.page == 1 and not asked.every else "",
    )


def _count(table: "Table[Any]", found: Found[Any], pages: int) -> str:
    words = counted(found.total, *table.counted)
    if found.more:
        words = f"more than {words}"
    if pages == 1 and not found.more:
        return words
    first = (found.page - 1) * found.size + 1
    return f"{first:,} to {first + len(found.rows) - 1:,} of {words}"


def _head(column: Column[Any], asked: Asked) -> Head:
    sorted_by_it = column.name == asked.sort
    turned = f"-{column.name}" if sorted_by_it and not asked.descending else column.name
    way = "descending" if asked.descending else "ascending"
    return Head(
        label=column.label,
        css=_css(column),
        href=asked.address(sort=turned) if column.sort else "",
        aria_sort=way if sorted_by_it else "",
    )


def _line(table: "Table[Any]", row: Any, asked: Asked) -> Line:
    place = table.place_of(row, asked)
    cells = [
        Cell(html=cell_html(each.value(row), place), css=_attribute(_css(each), each.label))
        for each in table.columns
    ]
    return Line(
        first=cells[0],
        rest=cells[1:],
        css=table.mark(row) if table.mark else "",
        anchor=table.anchor(row) if table.anchor else "",
    )


def _css(column: Column[Any]) -> str:
    return f"{_CSS.get(column.kind, '')} {column.css}".strip()


@lru_cache(maxsize=256)
def _attribute(css: str, label: str) -> SafeString:
    """With what stands above its column: on a phone, where a row is a card, it stands beside the cell."""
    named = format_html(' data-label="{}"', label)
    return format_html(' class="{}"{}', css, named) if css else named


def _fields(table: "Table[Any]", asked: Asked) -> list[Field]:
    """One for each filter. Of a single program nobody can choose: it is not asked. "Mine" or anybody's is a choice."""
    return [
        Field(
            name=asked.prefix + each.name,
            id=f"{asked.prefix}{table.name}-{each.name}",
            label=each.label,
            hint=each.hint,
            kind=each.kind,
            value=asked.typed[each.name],
            options=asked.options[each.name],
            anything=getattr(each, "anything", ""),
            fault=asked.wrong.get(each.name, ""),
        )
        for each in table.filters
        if not callable(getattr(each, "choices", None))
        or len(asked.options[each.name]) > 1
        or each.name in asked.wrong
    ]


def _kept(table: "Table[Any]", asked: Asked) -> list[tuple[str, str]]:
    """Its own order, and all that belongs to other lists of the page."""
    replaced = {asked.prefix + each for each in (*OWN, *(field.name for field in table.filters))} - {
        asked.prefix + "sort"
    }
    return [(name, value) for name, values in asked.query.lists() for value in values if name not in replaced]
