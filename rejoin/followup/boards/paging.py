"""A part of a long list: what is asked of it, and what comes back."""

from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from rejoin.common.rows import select

R = TypeVar("R")
COUNTED_TO: Final = 1_000
"""Nobody reads so many rows: beyond it a list says "more than", and no count of all history is made for a page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which part of a list, in which order."""

    limit: int = 50
    offset: int = 0
    sort: str = ""
    descending: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[R]):
    """Some rows of a list, and how many there are in all."""

    rows: tuple[R, ...]
    total: int
    """At most `COUNTED_TO`."""
    among: int | None = None
    """The rows are sorted among the latest so many of each program; None: among all."""

    @property
    def total_is_more(self) -> bool:
        return self.total >= COUNTED_TO


@dataclass(slots=True)
class Conditions:
    """What a row has to be, as pieces of SQL with their parameters."""

    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)

    def add(self, part: str, **values: Any) -> None:
        self.parts.append(part)
        self.values |= values

    def ask(self, part: str, name: str, value: object) -> None:
        """Add `part` where something is asked for at all."""
        if value is not None and value != "":
            self.add(part, **{name: value})

    @property
    def where(self) -> str:
        return " AND ".join(self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A column a list can be sorted by, as SQL."""

    by: str
    may_be_empty: bool = False
    """What has none comes last, in both directions. (Said of a column that always has one, no index would help.)"""
    join: str = ""
    """What the list is joined with before it is sorted: it is the patient's, or the owner's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """The numbers of the rows of one part of a list, in their order: a table to stand in FROM.

    Each program is asked by itself, so that an index in the list's order is read only as far as the part reaches.
    """

    table: str
    key: str
    sort: Sort
    part: Slice
    asked: Conditions

    @property
    def sql(self) -> str:
        way = "DESC" if self.part.descending else "ASC"
        empty = " NULLS LAST" if self.sort.may_be_empty else ""
        return f"""
        (SELECT id, row_number() OVER (ORDER BY place {way}{empty}, id {way}) AS place
           FROM unnest(%(programs)s::bigint[]) AS mine(program_id) CROSS JOIN LATERAL (
                SELECT {self.key} AS id, {self.sort.by} AS place FROM {self.table} {self.sort.join}
                 WHERE {self.asked.where}
                 ORDER BY {self.sort.by} {way}{empty}, {self.key} {way} LIMIT %(reach)s) AS each
          ORDER BY place {way}{empty}, id {way} LIMIT %(limit)s OFFSET %(offset)s)
        """  # noqa: S608 - our own names

    @property
    def values(self) -> dict[str, Any]:
        reach = self.part.limit + self.part.offset
        return {**self.asked.values, "limit": self.part.limit, "offset": self.part.offset, "reach": reach}


def count(tables: str, asked: Conditions) -> int:
    """How many rows match, up to `COUNTED_TO`."""
    sql = f"""
    SELECT count(*) FROM (
        SELECT FROM unnest(%(programs)s::bigint[]) AS mine(program_id)
         CROSS JOIN LATERAL (SELECT FROM {tables} WHERE {asked.where} LIMIT {COUNTED_TO}) AS each
         LIMIT {COUNTED_TO}) AS counted
    """  # noqa: S608 - our own names
    return int(select(sql, asked.values)[0][0])


# Found by the first letters of each word (`people/schema.py`).
CALLED: Final = "ANY(ARRAY(SELECT rejoin_patients_called(%(text)s)))"
NAME: Final = "rejoin_folded(coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id))"
