"""Times as people's spreadsheets write them, and the many instants one of them may mean.

A written time leaves three things open: whether the day or the month comes first, which zone's
clocks it was read from, and, in the hour that clocks are set back, which of the two passes of that
hour is meant. Each is settled here, by the whole file and not by the single cell.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from enum import Enum
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from rejoin.rooms.exports.faults import Fault, shorten
from rejoin.rooms.exports.instants import in_range
from rejoin.rooms.sightings import Reading, Unreadable


class Order(Enum):
    """Which part of a numeric date comes first. The value labels a reading."""

    MONTH_FIRST = "month first"
    DAY_FIRST = "day first"


class Written(NamedTuple):
    """A time as it stands in a cell."""

    text: str
    first: int
    second: int
    year: int
    fixed: Order | None
    """None while day and month could be swapped."""
    clock: time
    twelve_hour: bool
    offset: timedelta | None


_NUMERIC = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})\.?")
_NAMED = re.compile(r"(?:([A-Za-z]{3,9})\.? (\d{1,2}),? (\d{4})|(\d{1,2})\.? ([A-Za-z]{3,9})\.?,? (\d{4}))")
_CLOCK = re.compile(r"(?:,|T|at)?\s?(\d{1,2})[:.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?")
_MERIDIEM = re.compile(r"(?<![a-z])([ap])\.?\s?m\b\.?|(午前|上午|오전)|(午後|下午|오후)", re.IGNORECASE)
_LONGEST = 60
_OFFSET = re.compile(r"(?:(Z|UTC|GMT)|(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?)", re.IGNORECASE)
# Not from the calendar module: there the names follow the machine's locale.
_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
# Narrow and no-break spaces stand before AM and PM in newer exports; direction marks in some locales.
_INVISIBLE = {0x202F: " ", 0xA0: " ", 0x2009: " ", 0x200E: None, 0x200F: None, 0xFEFF: None}


def plain_text(text: str) -> str:
    """`text` with ordinary spaces only, and none at the ends."""
    return " ".join((text if text.isascii() else text.translate(_INVISIBLE)).split())


def _short_text(text: str) -> str:
    """`text` with ordinary spaces; a `Fault` when it is longer than any layout of a time."""
    plain = plain_text(text)
    # Patterns are not tried on whole pages.
    if len(plain) > _LONGEST:
        raise Fault(f"{shorten(text)} is not a time")
    return plain


def read_clock(text: str) -> tuple[time, bool, timedelta | None]:
    """A time of day, whether it was on a twelve-hour clock, and the offset it may carry."""
    rest, twelve_hour, afternoon = _without_meridiem(_short_text(text))
    found = _CLOCK.match(rest)
    if not found:
        raise Fault(f"{shorten(text)} is not a time")
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    # "0:15 AM" is written by some locales, "13:15 PM" by none.
    if twelve_hour and hour > 12:
        raise Fault(f"{shorten(text)} is not a time on a twelve-hour clock")
    if twelve_hour:
        hour = hour % 12 + 12 * afternoon
    try:
        clock = time(hour, minute, second, int((found[4] or "0")[:6].ljust(6, "0")))
    except ValueError:
        raise Fault(f"{shorten(text)} is not a time of day") from None
    return clock, twelve_hour, _read_offset(rest[found.end() :].strip(), text)


def _without_meridiem(text: str) -> tuple[str, bool, bool]:
    found = _MERIDIEM.search(text)
    if not found:
        return text, False, False
    afternoon = (found[1] or "").lower() == "p" or found[3] is not None
    return (text[: found.start()] + text[found.end() :]).strip(), True, afternoon


def _read_offset(rest: str, text: str) -> timedelta | None:
    if not rest:
        return None
    found = _OFFSET.fullmatch(rest)
    if not found:
        raise Fault(f"{shorten(text)} is not a time")
    if found[1]:
        return timedelta()
    ahead = timedelta(hours=int(found[3]), minutes=int(found[4] or 0))
    if ahead >= timedelta(days=1):
        raise Fault(f"{shorten(text)} has no possible offset")
    return -ahead if found[2] == "-" else ahead


def read_written(text: str) -> Written:
    """A date and time in any of the layouts that meeting software exports."""
    plain = _short_text(text)
    first, second, year, fixed, end = _read_date(plain)
    clock, twelve_hour, offset = read_clock(plain[end:].strip())
    written = Written(plain, first, second, year, fixed, clock, twelve_hour, offset)
    if not 2000 <= year <= 2100:
        raise Fault(f"{shorten(plain)} is an impossible time: the year {year}")
    if fixed is not None and not _is_date(written, fixed):
        raise Fault(f"{shorten(plain)} is not a date")
    return written


def _read_date(plain: str) -> tuple[int, int, int, Order | None, int]:
    found = _NUMERIC.match(plain)
    if not found:
        return _read_named_date(plain)
    if len(found[1]) == 4:
        return int(found[3]), int(found[4]), int(found[1]), Order.MONTH_FIRST, found.end()
    if len(found[1]) > 2 or len(found[4]) not in (2, 4):
        raise Fault(f"{shorten(plain)} is not a date")
    year = int(found[4]) + (2000 if len(found[4]) == 2 else 0)
    # Wherever dates are written with stops, the day comes first.
    fixed = Order.DAY_FIRST if found[2] == "." else None
    return int(found[1]), int(found[3]), year, fixed, found.end()


def _read_named_date(plain: str) -> tuple[int, int, int, Order | None, int]:
    found = _NAMED.match(plain)
    name = ((found[1] or found[5]) if found else "").lower()
    month = next((number for number, full in enumerate(_MONTHS, 1) if name and full.startswith(name)), 0)
    if not found or not month:
        raise Fault(f"{shorten(plain)} is not a time")
    return month, int(found[2] or found[4]), int(found[3] or found[6]), Order.MONTH_FIRST, found.end()


def _date_of(written: Written, order: Order) -> date:
    month, day = written.first, written.second
    if (written.fixed or order) is Order.DAY_FIRST:
        month, day = day, month
    return date(written.year, month, day)


def _is_date(written: Written, order: Order) -> bool:
    try:
        _date_of(written, order)
    except ValueError:
        return False
    return True


def possible_orders(times: Iterable[Written], default: Order) -> tuple[Order, ...]:
    """The orders in which every one of a file's dates is a date, `default` first."""
    unsure = [written for written in times if written.fixed is None]
    other = Order.DAY_FIRST if default is Order.MONTH_FIRST else Order.MONTH_FIRST
    fitting = tuple(
        order for order in (default, other) if all(_is_date(written, order) for written in unsure)
    )
    if not fitting or all(written.first == written.second for written in unsure):
        return (default,)
    return fitting


def read_each_way(
    times: Sequence[Written], default: Order, build: Callable[[Order], Reading]
) -> tuple[Reading, ...]:
    """A reading for each possible order of day and month that makes sense of the whole file."""
    readings: list[Reading] = []
    refusals: list[Unreadable] = []
    for order in possible_orders(times, default):
        try:
            readings.append(msgspec.structs.replace(build(order), label=order.value))
        except Unreadable as refusal:
            refusals.append(refusal)
    if not readings:
        raise refusals[0]
    return tuple(readings) if len(readings) > 1 else (msgspec.structs.replace(readings[0], label=""),)


def instants(written: Written, order: Order, zone: tzinfo) -> tuple[datetime, ...]:
    """The instants `written` may mean: two in the hour that is passed twice, else one."""
    try:
        day = _date_of(written, order)
    except ValueError:
        raise Fault(f"{shorten(written.text)} is not a date") from None
    return local_instants(datetime.combine(day, written.clock), zone, written.offset)


def local_instants(local: datetime, zone: tzinfo, offset: timedelta | None = None) -> tuple[datetime, ...]:
    """The instants at which clocks in `zone` show `local`, ascending."""
    if offset is not None:
        return (in_range(local.replace(tzinfo=timezone(offset)), "").astimezone(UTC),)
    first = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    second = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    # A clock that is set forward never shows the hour it skips: there the folds come out reversed.
    if first > second:
        raise Fault(f"{local:%Y-%m-%d %H:%M} does not exist in {zone}")
    return (first,) if first == second else (first, second)


def settle_span(
    joins: Sequence[datetime], leaves: Sequence[datetime], lasted: timedelta | None
) -> tuple[datetime, datetime]:
    """The join and the leave that fit each other, and best the stated duration; ties go earlier."""
    spans = [(join, leave) for join in joins for leave in leaves if leave >= join]
    if not spans:
        raise Fault(f"left at {leaves[-1]:%Y-%m-%d %H:%M:%SZ}, before joining")
    if lasted is None:
        return min(spans)
    return min(spans, key=lambda span: (abs(span[1] - span[0] - lasted), span))


@lru_cache(maxsize=256)
def zone_named(text: str) -> tzinfo | None:
    """The zone `text` names; None when it names none."""
    name = plain_text(text)
    if name.upper() in ("UTC", "GMT", "Z"):
        return UTC
    found = re.fullmatch(r"(?:UTC|GMT) ?([+-])(\d{1,2})(?::?(\d{2}))?", name, re.IGNORECASE)
    if found and int(found[2]) < 24:
        ahead = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-ahead if found[1] == "-" else ahead)
    # Only what looks like a zone's name is looked up: that reads files by that name.
    if len(name) > _LONGEST or not re.fullmatch(r"[A-Z][A-Za-z]+(/[A-Za-z0-9_+-]+){1,2}", name):
        return None
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return None
