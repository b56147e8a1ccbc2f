"""A part of a long list: what is asked of it, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Generic, TypeVar

from rejoin.common.rows import select

R = TypeVar("R")
COUNTED_TO: Final = 10_000
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


def ordered(sorts: Mapping[str, str], part: Slice, *, default: str, key: str) -> str:
    """An ORDER BY of one of `sorts`; rows that are alike stay in the order of `key`."""
    direction = "DESC" if part.descending else "ASC"
    return f"{sorts.get(part.sort, sorts[default])} {direction} NULLS LAST, {key} {direction}"


def count(tables: str, asked: Conditions) -> int:
    """How many rows match, up to `COUNTED_TO`."""
    sql = f"SELECT count(*) FROM (SELECT FROM {tables} WHERE {asked.where} LIMIT {COUNTED_TO}) AS counted"  # noqa: S608 - our own names
    return int(select(sql, asked.values)[0][0])


TEXT_IN_PATIENT: Final = "position(lower(%(text)s) IN lower(patient.name || ' ' || patient.preferred_name || ' ' || patient.external_id)) > 0"
