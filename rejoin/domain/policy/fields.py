"""Checked access to a parsed document: every wrong value becomes a problem with its path, none stops the rest."""

import reprlib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from fractions import Fraction
from typing import TypeVar
from zoneinfo import ZoneInfo

import isodate

Path = tuple[str | int, ...]
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)
LONGEST = timedelta(days=3660)


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyProblem:
    """Something wrong at `path` of a policy document."""

    path: Path
    message: str

    @property
    def field(self) -> str:
        shown = ""
        for part in self.path:
            shown += f"[{part}]" if isinstance(part, int) else f".{part}" if shown else part
        return shown or "document"


class Wrong(Exception):
    """A value is not what its field takes; the message says what it takes."""


class Fields:
    """One mapping of the document. Reads are remembered, so that what nobody read is a typo."""

    def __init__(self, value: object, path: Path, problems: list[PolicyProblem]) -> None:
        self.path = path
        self.problems = problems
        self.seen: set[str] = set()
        self.mapping: Mapping[object, object] = {}
        if isinstance(value, Mapping):
            self.mapping = value
        else:
            self.complain("must be a mapping of keys to values")

    def complain(self, message: str, *key: str | int) -> None:
        self.problems.append(PolicyProblem(path=(*self.path, *key), message=message))

    def __contains__(self, key: str) -> bool:
        self.seen.add(key)
        return key in self.mapping

    def read(self, key: str, convert: Callable[[object], T], *, required: bool = False) -> T | None:
        """The converted value of `key`, or None when it is absent, null or wrong."""
        self.seen.add(key)
        value = self.mapping.get(key)
        if value is None:
            if required:
                self.complain("is required", key)
            return None
        try:
            return convert(value)
        except Wrong as wrong:
            self.complain(str(wrong), key)
            return None

    def section(self, key: str, *, required: bool = False) -> "Fields | None":
        self.seen.add(key)
        value = self.mapping.get(key)
        if value is None:
            if required:
                self.complain("is required", key)
            return None
        return Fields(value, (*self.path, key), self.problems)

    def sections(self, key: str) -> "list[Fields]":
        """The mappings in the list under `key`."""
        self.seen.add(key)
        value = self.mapping.get(key)
        if value is None:
            return []
        if not isinstance(value, list):
            self.complain("must be a list", key)
            return []
        return [Fields(each, (*self.path, key, place), self.problems) for place, each in enumerate(value)]

    def finish(self) -> None:
        """Name every key that no rule reads."""
        for key in self.mapping:
            if key not in self.seen:
                known = ", ".join(sorted(self.seen))
                self.problems.append(
                    PolicyProblem(
                        path=(*self.path, str(key)), message=f"unknown key {str(key)!r}; known here: {known}"
                    )
                )


def _short(value: object) -> str:
    """A value as it is shown in a problem: enough to find it by."""
    return _SHOWN.repr(value)


_SHOWN = reprlib.Repr()
_SHOWN.maxlevel = 2
_SHOWN.maxlist = _SHOWN.maxdict = 4


def a_word(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise Wrong(f"must be a word, not {_short(value)}")
    return value.strip()


def a_bool(value: object) -> bool:
    if not isinstance(value, bool):
        raise Wrong(f"must be true or false, not {_short(value)}")
    return value


def a_count(value: object) -> int:
    """A whole number of at least one."""
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= 1_000_000:
        raise Wrong(f"must be a whole number of at least 1, not {_short(value)}")
    return int(value)


def a_number_of_hours(value: object) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise Wrong(f"must be a number of hours, not {_short(value)}")
    try:
        hours = Decimal(str(value))
    except InvalidOperation:
        raise Wrong(f"must be a number of hours, not {_short(value)}") from None
    if not hours.is_finite() or not 0 <= hours <= 168:
        raise Wrong(f"must be between 0 and 168 hours, not {_short(value)}")
    return hours


def a_share(value: object) -> Fraction:
    # No exponents: "1e-99999999" is quickly written and never worked out.
    if isinstance(value, bool) or not isinstance(value, int | float | str) or "e" in str(value).lower():
        raise Wrong(f"must be a share between 0 and 1, not {_short(value)}")
    try:
        share = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        raise Wrong(f"must be a share between 0 and 1, not {_short(value)}") from None
    if not 0 < share <= 1:
        raise Wrong(f"must be a share over 0 and up to 1, not {_short(value)}")
    return share


def a_duration(value: object) -> timedelta:
    if not isinstance(value, str):
        raise Wrong(f"must be an ISO 8601 duration such as PT15M or P7D, not {_short(value)}")
    try:
        length = isodate.parse_duration(value)
    except (ValueError, TypeError, ArithmeticError):
        raise Wrong(f"must be an ISO 8601 duration such as PT15M or P7D, not {_short(value)}") from None
    if not isinstance(length, timedelta):
        raise Wrong(f"must not use months or years, which differ in length: {_short(value)}")
    if not timedelta() <= length <= LONGEST:
        raise Wrong(f"must be between zero and ten years, not {_short(value)}")
    return length


def a_day(value: object) -> date:
    if isinstance(value, datetime):
        raise Wrong(f"must be a date without a time, not {value!s}")
    if isinstance(value, date):
        return date(value.year, value.month, value.day)
    try:
        return date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Wrong(f"must be a date such as 2026-01-01, not {_short(value)}") from None


def a_time_of_day(value: object) -> time:
    try:
        at = time.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        raise Wrong(f'must be a time of day such as "21:00", not {_short(value)}') from None
    if at.tzinfo is not None:
        raise Wrong(f'must be a local time of day such as "21:00", not {_short(value)}')
    return at


def a_zone(value: object) -> ZoneInfo:
    name = a_word(value)
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise Wrong(f"is not a time zone such as America/New_York: {_short(name)}") from None


def one_of(kind: type[E]) -> Callable[[object], E]:
    def convert(value: object) -> E:
        try:
            return kind(str(value))
        except ValueError:
            raise Wrong(f"must be one of {_listed(kind)}, not {_short(value)}") from None

    return convert


def a_list(convert: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    def each(value: object) -> tuple[T, ...]:
        if not isinstance(value, list):
            raise Wrong(f"must be a list, not {_short(value)}")
        return tuple(convert(item) for item in value)

    return each


def some(convert: Callable[[object], T]) -> Callable[[object], tuple[T, ...]]:
    """A list that names at least one: an empty one would read as all."""

    def each(value: object) -> tuple[T, ...]:
        listed = a_list(convert)(value)
        if not listed:
            raise Wrong("must name at least one")
        return listed

    return each


def known(words: Collection[str], what: str) -> Callable[[object], str]:
    def convert(value: object) -> str:
        if value not in words:
            raise Wrong(f"unknown {what} {_short(value)}; known: {_listed(words)}")
        return str(value)

    return convert


def _listed(words: Iterable[object]) -> str:
    return ", ".join(str(word) for word in words)
