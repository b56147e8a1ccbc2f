"""What stands in one cell: told to a reader in HTML, and to another program as plain text."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from django.template import Context
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from rejoin.common.templatetags.pages import clock, told_when
from rejoin.domain.kernel import Word

NOTHING = mark_safe('<span class="nothing">–</span>')
NO_FRAME = Context()
GUARDED = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet would take for a formula."""


class Kind(Word):
    """What a column holds, which says how it is set."""

    TEXT = "text"
    NUMBER = "number"
    TIME = "time"
    STATUS = "status"
    LINK = "link"


@dataclass(frozen=True, slots=True)
class Link:
    """Words that lead somewhere."""

    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A state in words, set off as a tag: "is-amber is-triangle", "outcome-missed". Its colour says nothing alone."""

    text: str
    css: str = ""


@dataclass(frozen=True, slots=True)
class Due:
    """An instant by which something is to be done: whether it is overdue, and by how much."""

    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where and when a list is read: what tells a time as its reader reads it."""

    zone: ZoneInfo
    here: ZoneInfo
    """The reader's own zone: another one is named beside the time."""
    now: datetime


@lru_cache(maxsize=512)
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def cell_html(value: object, place: Place) -> str:
    """`value` as a cell shows it. What is not known is a dash."""
    if value is None or value == "":
        return NOTHING
    shown = _SHOWN.get(type(value))
    return shown(value, place) if shown else conditional_escape(str(value))


def cell_order(value: object) -> Any:
    """What `value` is sorted by, where Python sorts."""
    if isinstance(value, Due):
        return value.at
    text = value.text if isinstance(value, Link | Chip) else value
    return text.casefold() if isinstance(text, str) else text


def cell_text(value: object, place: Place) -> str:
    """`value` as a file of values holds it: times in ISO 8601 with their offset, nothing that is a formula."""
    if value is None:
        return ""
    if isinstance(value, Due):
        value = value.at
    if isinstance(value, datetime):
        return value.astimezone(place.zone).isoformat(timespec="seconds")
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int | float):
        return str(value)
    return guarded(value.text if isinstance(value, Link | Chip) else str(value))


def guarded(text: str) -> str:
    """`text` as no spreadsheet takes it for a formula."""
    return f"'{text}" if text.lstrip(" ").startswith(GUARDED) else text


def _time(value: datetime, place: Place) -> SafeString:
    local = value.astimezone(place.zone)
    words = told_when(value, place.now, place.zone)
    named = "" if place.zone.key == place.here.key else f" {local:%Z}"
    return format_html('<time datetime="{}">{}{}</time>', local.isoformat(timespec="minutes"), words, named)


def _due(value: Due, place: Place) -> str:
    return clock(NO_FRAME, value.at, due=True, zone=place.zone, now=place.now)


def _day(value: date, place: Place) -> SafeString:
    year = "" if value.year == place.now.astimezone(place.zone).year else f" {value.year}"
    return format_html(
        '<time datetime="{}">{}{}</time>', value.isoformat(), f"{value:%a} {value.day} {value:%b}", year
    )


def _link(value: Link, _: Place) -> SafeString:
    return format_html('<a href="{}">{}</a>', value.href, value.text)


def _chip(value: Chip, _: Place) -> SafeString:
    return format_html('<span class="tag {}">{}</span>', value.css or "no-shape", value.text)


def _truth(value: bool, _: Place) -> SafeString:
    return mark_safe("yes" if value else "no")  # noqa: S308 - our own words


def _number(value: int, _: Place) -> SafeString:
    return mark_safe(f"{value:,}")  # noqa: S308 - digits


def _safe(value: SafeString, _: Place) -> SafeString:
    return value


_SHOWN: dict[type, Callable[..., str]] = {
    datetime: _time,
    date: _day,
    Due: _due,
    Link: _link,
    Chip: _chip,
    bool: _truth,
    int: _number,
    SafeString: _safe,
}
