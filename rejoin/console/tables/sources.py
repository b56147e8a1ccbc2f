"""Where the rows of a list come from: one SELECT that the database filters, sorts and cuts, or rows made in Python."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from django.db import connection

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.tables.asked import Asked
from rejoin.console.tables.cells import cell_order

if TYPE_CHECKING:
    from rejoin.console.tables.table import Table

R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
CHUNK = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[R]):
    """The rows of one page, and how many there are in all."""

    rows: Sequence[R]
    total: int
    more: bool
    """There are more than `total`: nobody counts further."""
    page: int
    """The page shown: the last one where a later one was asked for."""
    size: int
    goes_on: bool
    """There is another page."""
    among: int | None = None
    """Only so many of each program were looked at, the first in the list's own order; None: all."""


class Source(Protocol[R]):
    """Rows that can be shown in part, and gone through."""

    def find(self, table: "Table[R]", asked: Asked, *, size: int) -> Found[R]: ...

    def every(self, table: "Table[R]", asked: Asked, *, most: int) -> Iterator[Sequence[R]]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Select(Generic[R]):
    """One SELECT. A literal % in it is written %%."""

    row: Callable[..., R]
    """Makes a row of its columns, in their order."""
    columns: str
    tables: str
    """What stands after FROM."""
    key: str
    """Something unique, by which rows are ordered that are alike in what is asked."""
    where: str = "true"
    complete: Callable[[Sequence[R], Asking], Sequence[R]] | None = None
    """Adds to the rows of a page what would be dear to ask of all of them: a constant number of queries."""
    counted: str = ""
    """What stands after FROM where rows are only counted, when fewer tables do."""
    counted_upto: int = 1000
    """Whoever has more of them narrows the list; to count on would be dear and tell her nothing."""
    are_few: Callable[[Asked], bool] = lambda _: False
    """Whether few rows can match what is asked: all of them are counted then while they are sorted. Of many, the database
    reads in the order of the list until a page is full."""

    def find(self, table: "Table[R]", asked: Asked, *, size: int) -> Found[R]:
        if self.are_few(asked):
            found = self._find_few(table, asked, size)
            if found is not None:
                return found
        total, more = self._count(table, asked)
        page = asked.page if more else _page(asked.page, total, size)
        rows = self._cut(table, asked, page, size) if total else []
        if more and not rows:
            page = _page(page, total, size)
            rows = self._cut(table, asked, page, size)
        shown = self._completed(rows[:size], asked)
        return Found(rows=shown, total=total, more=more, page=page, size=size, goes_on=len(rows) > size)

    def _find_few(self, table: "Table[R]", asked: Asked, size: int) -> Found[R] | None:
        """The page and the count in one query; None where that page is beyond the last."""
        sql = self._sql(table, asked, counting=True)
        found = select(f"{sql} LIMIT {size} OFFSET {(asked.page - 1) * size}", asked.parameters)
        if not found and asked.page > 1:
            return None
        total = found[0][0] if found else 0
        return Found(
            rows=self._completed([self.row(*each[1:]) for each in found], asked),
            total=min(total, self.counted_upto),
            more=total > self.counted_upto,
            page=asked.page,
            size=size,
            goes_on=asked.page * size < total,
        )

    def _cut(self, table: "Table[R]", asked: Asked, page: int, size: int) -> list[R]:
        """The rows of a page, and one more where there is one."""
        sql = f"{self._sql(table, asked)} LIMIT {size + 1} OFFSET {(page - 1) * size}"
        return [self.row(*each) for each in select(sql, asked.parameters)]

    def every(self, table: "Table[R]", asked: Asked, *, most: int) -> Iterator[Sequence[R]]:
        """All of them, a chunk at a time, from a cursor that the server keeps."""
        with connection.chunked_cursor() as cursor:
            cursor.execute(f"{self._sql(table, asked)} LIMIT {int(most)}", asked.parameters)
            while chunk := cursor.fetchmany(CHUNK):
                yield self._completed([self.row(*each) for each in chunk], asked)

    def _count(self, table: "Table[R]", asked: Asked) -> tuple[int, bool]:
        tables = self.counted or self.tables
        inner = f"SELECT FROM {tables} WHERE {self._where(table, asked)} LIMIT {self.counted_upto + 1}"
        ((found,),) = select(f"SELECT count(*) FROM ({inner}) AS row", asked.parameters)  # noqa: S608 - declared by us
        return min(int(found), self.counted_upto), int(found) > self.counted_upto

    def _sql(self, table: "Table[R]", asked: Asked, *, counting: bool = False) -> str:
        columns = f"count(*) OVER (), {self.columns}" if counting else self.columns
        return (
            f"SELECT {columns} FROM {self.tables} WHERE {self._where(table, asked)} "  # noqa: S608 - declared by us
            f"ORDER BY {self._order(table, asked)}"
        )

    def _where(self, table: "Table[R]", asked: Asked) -> str:
        narrowed = [
            each.condition(asked.values[each.name]) for each in table.filters if each.name in asked.values
        ]
        return " AND ".join(f"({each})" for each in (self.where, *narrowed) if each)

    def _order(self, table: "Table[R]", asked: Asked) -> str:
        way = "DESC" if asked.descending else "ASC"
        by = [
            f"{each.sort} {way}{'' if each.always else ' NULLS LAST'}"
            for each in table.columns
            if each.name == asked.sort
        ]
        return ", ".join([*by, f"{self.key} {way}"])

    def _completed(self, rows: list[R], asked: Asked) -> Sequence[R]:
        return self.complete(rows, asked.asking) if self.complete and rows else rows


class Part(Protocol[R_co]):
    """Some rows of a list that another module reads, and how many there are (`rejoin.followup.boards.Page`)."""

    @property
    def rows(self) -> Sequence[R_co]: ...
    @property
    def total(self) -> int: ...
    @property
    def total_is_more(self) -> bool: ...
    @property
    def among(self) -> int | None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Paged(Generic[R]):
    """Rows that another module filters, sorts and cuts: `read(asked, limit, offset)`.

    It looks at `asked.values`, `asked.sort` and `asked.descending`, which are names of the table.
    """

    read: Callable[[Asked, int, int], Part[R]]

    def find(self, table: "Table[R]", asked: Asked, *, size: int) -> Found[R]:  # noqa: ARG002 - as all sources
        part = self.read(asked, size, (asked.page - 1) * size)
        page = _page(asked.page, part.total, size)
        if page != asked.page:
            part = self.read(asked, size, (page - 1) * size)
        goes_on = page * size < part.total
        return Found(
            rows=part.rows,
            total=part.total,
            more=part.total_is_more,
            page=page,
            size=size,
            goes_on=goes_on,
            among=part.among,
        )

    def every(self, table: "Table[R]", asked: Asked, *, most: int) -> Iterator[Sequence[R]]:  # noqa: ARG002
        for offset in range(0, most, CHUNK):
            part = self.read(asked, min(CHUNK, most - offset), offset)
            yield part.rows
            if len(part.rows) < CHUNK:
                return


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed(Generic[R]):
    """Rows worked out in Python: a few hundred at most. `make` looks at the filters' values by itself."""

    make: Callable[[Asked], Sequence[R]]

    def find(self, table: "Table[R]", asked: Asked, *, size: int) -> Found[R]:
        rows = self._sorted(table, asked)
        page = _page(asked.page, len(rows), size)
        shown = rows[(page - 1) * size : page * size]
        goes_on = page * size < len(rows)
        return Found(rows=shown, total=len(rows), more=False, page=page, size=size, goes_on=goes_on)

    def every(self, table: "Table[R]", asked: Asked, *, most: int) -> Iterator[Sequence[R]]:
        yield self._sorted(table, asked)[:most]

    def _sorted(self, table: "Table[R]", asked: Asked) -> Sequence[R]:
        rows = self.make(asked)
        column = next((each for each in table.columns if each.name == asked.sort), None)
        if column is None:
            return rows
        orders = [(cell_order(column.file_value(each)), each) for each in rows]
        known = sorted(
            (each for each in orders if each[0] is not None), key=itemgetter(0), reverse=asked.descending
        )
        return [row for _, row in (*known, *(each for each in orders if each[0] is None))]


def _page(asked: int, total: int, size: int) -> int:
    return min(asked, max(-(-total // size), 1))
