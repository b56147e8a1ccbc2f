"""What a list may be narrowed by. What is asked wrongly narrows nothing and is said beside the field."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from rejoin.console.door import Asking
from rejoin.domain.kernel import local_midnight

LONGEST = 100
EARLIEST, LATEST = date(1900, 1, 1), date(2200, 1, 1)
NOT_OF_THE_LIST = "Choose one of the list."
NO_DAY = "Write a day like 2026-10-07."
TOO_LONG = f"Write at most {LONGEST} characters."

Choices = Sequence[tuple[str, str]]
"""Value and words."""


class Wrong(ValueError):
    """What was asked cannot be meant: its message is said beside the field."""


@dataclass(frozen=True, slots=True)
class Filter:
    """One field of the form above a list. The value goes into SQL by the filter's name: `%(name)s`."""

    name: str
    label: str
    where: str | Mapping[str, str] | Callable[[Any], str] = ""
    """The condition, or one for each value. Of a `Listed` source: nothing, its rows look at the value."""
    hint: str = ""
    initial: str = ""
    """What holds when nothing was asked. Asked for as "", nothing is narrowed."""

    kind = "text"

    def condition(self, value: object) -> str:
        if callable(self.where):
            return self.where(value)
        return self.where if isinstance(self.where, str) else self.where[str(value)]


@dataclass(frozen=True, slots=True)
class Choice(Filter):
    """One of a few."""

    choices: Choices | Callable[[Asking], Choices] = ()
    anything: str = "Any"
    """The words for not narrowing."""

    kind = "choice"


@dataclass(frozen=True, slots=True)
class Text(Filter):
    """Words. `means` makes of them what the condition compares."""

    means: Callable[[str], object] = str
    suggested: Callable[[Asking], Sequence[str]] | None = None
    """Words to choose from while she writes; she may write others."""


@dataclass(frozen=True, slots=True)
class Day(Filter):
    """A day on the wall of the program. It stands for the instant at which it begins, or at which it is over."""

    is_over: bool = False

    kind = "date"


def options_of(asked: Filter, asking: Asking) -> Choices:
    """What it may be."""
    if isinstance(asked, Text):
        return [(each, each) for each in asked.suggested(asking)] if asked.suggested else ()
    if not isinstance(asked, Choice):
        return ()
    return asked.choices(asking) if callable(asked.choices) else asked.choices


def meaning_of(asked: Filter, text: str, options: Choices, zone: ZoneInfo) -> object:
    """What `text`, which is not empty, means; raises Wrong."""
    if isinstance(asked, Choice):
        if text not in {value for value, _ in options}:
            raise Wrong(NOT_OF_THE_LIST)
        return text
    if isinstance(asked, Day):
        day = _day(text)
        return local_midnight(day + timedelta(days=1) if asked.is_over else day, zone)
    if len(text) > LONGEST:
        raise Wrong(TOO_LONG)
    return asked.means(text) if isinstance(asked, Text) else text


def prefix(text: str) -> str:
    """A pattern for LIKE: whatever begins with `text` as it is written."""
    return "".join(f"\\{letter}" if letter in "\\%_" else letter for letter in text) + "%"


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise Wrong(NO_DAY) from None
    if not EARLIEST <= day <= LATEST:
        raise Wrong(NO_DAY)
    return day
