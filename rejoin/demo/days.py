"""The demo's days: a Wednesday afternoon to the noon after it, on the programs' wall clock."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

ZONE: Final = ZoneInfo("America/New_York")
WEDNESDAY: Final = date(2026, 10, 7)
THURSDAY: Final = date(2026, 10, 8)
ADMITTED_ON: Final = date(2026, 8, 17)
"""When everything is brought in: a week before the first session of all."""
TEXTS_FROM: Final = date(2026, 9, 25)
"""Since then patients have agreed to texts. In the weeks before that the program only called."""
LATELY: Final = date(2026, 9, 30)
"""From here on sessions are decided by the worker, all at once when the clock gets there; before it each in its own evening."""


def instant(day: date, clock: str) -> datetime:
    """The instant at which the programs' wall clock shows `clock` ("18:05" or "18:05:30") on `day`."""
    return datetime.combine(day, time.fromisoformat(clock), tzinfo=ZONE).astimezone(UTC)


def wed(clock: str) -> datetime:
    return instant(WEDNESDAY, clock)


def thu(clock: str) -> datetime:
    return instant(THURSDAY, clock)


def shown(at: datetime) -> str:
    """ "18:05", as the programs' wall clock shows it."""
    return f"{at.astimezone(ZONE):%H:%M}"


def shown_with_day(at: datetime) -> str:
    """ "Wed 18:05"."""
    return f"{at.astimezone(ZONE):%a %H:%M}"


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
