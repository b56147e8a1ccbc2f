"""A part of a long list: what is asked of it, and what comes back."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from rejoin.common.rows import select
from rejoin.people.seeking import MET, few_called

R = TypeVar("R")
COUNTED_TO: Final = 1_000
"""Nobody reads so many rows: beyond it a list says "more than", and no count of all history is made for a page."""
SORTED_AMONG: Final = 5_000
"""Rows that are sorted in an order no index has, or looked through for a name that very many have: not years of history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slice:
    """Which part of a list, in which order."""

    limit: int = 50
    offset: int = 0
    sort: str = ""
    descending: bool = False
    is_of_all: bool = False
    """However many there are: of a file nothing is left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[R]):
    """Some rows of a list, and how many there are in all."""

    rows: tuple[R, ...]
    total: int
    """At most `COUNTED_TO`."""
    among: int | None = None
    """The rows are of the first so many of each program, in the list's own order; None: of all. A page says so."""

    @property
    def total_is_more(self) -> bool:
        return self.total >= COUNTED_TO


@dataclass(slots=True, kw_only=True)
class Conditions:
    """What a row has to be, as pieces of SQL with their parameters."""

    programs: list[int]
    parts: list[str] = field(default_factory=list)
    values: dict[str, Any] = field(default_factory=dict)
    are_few: bool = False
    """What is asked for are few rows, by an index of their own: one person's, one case's."""

    def add(self, part: str, **values: Any) -> None:
        self.parts.append(part)
        self.values |= values

    def ask(self, part: str, name: str, value: object, *, are_few: bool = False) -> None:
        """Add `part` where something is asked for at all."""
        if value is not None and value != "":
            self.add(part, **{name: value})
            self.are_few |= are_few

    @property
    def where(self) -> str:
        return " AND ".join(self.parts) or "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """A column a list can be sorted by, as SQL."""

    by: str
    may_be_empty: bool = False
    """What has none comes last, in both directions. (Said of a column that always has one, no index would help.)"""
    join: str = ""
    """What the list is joined with before it is sorted: it is the patient's, or the owner's."""
    is_indexed: bool = False
    """An index gives each program's rows in this order, and is read only as far as a page reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """The rows a list is of."""

    table: str
    name: str
    """As it is called in conditions and sorts."""
    first: str
    """Which come first in the list's own order, by an index: of very many only these are looked through."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """One part of a list: the numbers of its rows, in their order, as a table to stand in FROM."""

    sql: str
    values: dict[str, Any]
    total: int
    among: int | None = None


def of_program(programs: Collection[int], chosen: int | None) -> list[int]:
    """These programs, or of them the one that is chosen."""
    return sorted({each for each in programs if chosen is None or each == chosen})


def cut(rows: Rows, asked: Conditions, *, sort: Sort, part: Slice, text: str = "") -> Cut:
    """The part of `rows` that is asked for, of patients called `text`.

    In the order of an index each program is read by itself, as far as the part reaches. Else all that match are sorted:
    those of the few who are called so, or as many as `SORTED_AMONG`.
    """
    met = ""
    if text and (few := few_called(text)) is not None:
        asked.ask(f"{rows.name}.patient_id = ANY(%(called)s::bigint[])", "called", few, are_few=True)
    elif text:
        met = MET.format(column=f"{rows.name}.patient_id")
    if sort.is_indexed and not met and not asked.are_few:
        return _program_by_program(rows, asked, sort, part)
    among = None if asked.are_few or part.is_of_all else _among(rows, asked)
    table = _each_of(rows, asked.where, among, first=rows.first) if among else _all_of(rows, asked.where)
    if met:
        asked.values["text"] = text
        table = f"(SELECT * FROM {table} WHERE {met}) AS {rows.name}"  # noqa: S608 - our own names
    return _whole(table, asked, rows, sort, part, among=among)


def _among(rows: Rows, asked: Conditions) -> int | None:
    """How many of each program are looked through; None: there are not so many that it matters."""
    most = SORTED_AMONG + 1
    found = _count(_each_of(rows, asked.where, most), asked, most=most)
    return max(SORTED_AMONG // len(asked.programs), 1) if found == most else None


def _all_of(rows: Rows, where: str) -> str:
    return f"""
    (SELECT * FROM {rows.table} AS {rows.name}
      WHERE {rows.name}.program_id = ANY(%(programs)s::bigint[]) AND {where}) AS {rows.name}
    """  # noqa: S608 - our own names


def _each_of(rows: Rows, where: str, most: int, *, first: str = "") -> str:
    """So many of each program, in the order `first`; without one any."""
    order = f"ORDER BY {first}" if first else ""
    return f"""
    (SELECT each.* FROM unnest(%(programs)s::bigint[]) AS mine(program_id) CROSS JOIN LATERAL (
            SELECT {rows.name}.* FROM {rows.table} AS {rows.name}
             WHERE {rows.name}.program_id = mine.program_id AND {where} {order} LIMIT {most}) AS each) AS {rows.name}
    """  # noqa: S608 - our own names


def _whole(
    table: str, asked: Conditions, rows: Rows, sort: Sort, part: Slice, *, among: int | None = None
) -> Cut:
    """Counted while they are sorted; where the part is beyond the last, counted by themselves."""
    way, empty = _ways(sort, part)
    sql = f"""
    SELECT {rows.name}.id, count(*) OVER () FROM {table} {sort.join}
     ORDER BY {sort.by} {way}{empty}, {rows.name}.id {way} LIMIT %(limit)s OFFSET %(offset)s
    """  # noqa: S608 - our own names
    values = {**asked.values, "programs": asked.programs, "limit": part.limit, "offset": part.offset}
    found = select(sql, values)
    total = min(found[0][1], COUNTED_TO) if found else _count(table, asked) if part.offset else 0
    return Cut(sql=OF_IDS, values={"ids": [each[0] for each in found]}, total=total, among=among)


def _program_by_program(rows: Rows, asked: Conditions, sort: Sort, part: Slice) -> Cut:
    way, empty = _ways(sort, part)
    sql = f"""
    (SELECT id, row_number() OVER (ORDER BY place {way}{empty}, id {way}) AS place
       FROM unnest(%(programs)s::bigint[]) AS mine(program_id) CROSS JOIN LATERAL (
            SELECT {rows.name}.id, {sort.by} AS place FROM {rows.table} AS {rows.name} {sort.join}
             WHERE {rows.name}.program_id = mine.program_id AND {asked.where}
             ORDER BY {sort.by} {way}{empty}, {rows.name}.id {way} LIMIT %(reach)s) AS each
      ORDER BY place {way}{empty}, id {way} LIMIT %(limit)s OFFSET %(offset)s)
    """  # noqa: S608 - our own names
    reach = part.limit + part.offset
    values = {**asked.values, "limit": part.limit, "offset": part.offset, "reach": reach}
    total = _count(_each_of(rows, asked.where, COUNTED_TO), asked)
    return Cut(sql=sql, values=values | {"programs": asked.programs}, total=total)


def _ways(sort: Sort, part: Slice) -> tuple[str, str]:
    return "DESC" if part.descending else "ASC", " NULLS LAST" if sort.may_be_empty else ""


def _count(table: str, asked: Conditions, *, most: int = COUNTED_TO) -> int:
    """How many rows there are, up to `most`."""
    sql = f"SELECT count(*) FROM (SELECT FROM {table} LIMIT {most}) AS counted"  # noqa: S608 - our own names
    return int(select(sql, {**asked.values, "programs": asked.programs})[0][0])


OF_IDS: Final = "(SELECT * FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS given(id, place))"
NAME: Final = "rejoin_folded(coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id))"
OF_PATIENT: Final = f"(SELECT {NAME} FROM people_patient AS patient WHERE patient.id = {{column}})"  # noqa: S608 - as above
"""Asked of each row that is sorted: joined, all patients there are would be read."""
