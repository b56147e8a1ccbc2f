"""Wall clocks: the program's and the patient's."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo


@lru_cache(maxsize=1 << 18)
def wall_clock(at: datetime, zone: ZoneInfo) -> datetime:
    """What a clock in `zone` shows at `at`, without a zone: for calendar days and windows of days.

    Cached: a session's start is asked for by every patient and every rule.
    """
    return at.astimezone(zone).replace(tzinfo=None)


def local_day(at: datetime, zone: ZoneInfo) -> date:
    """The date in `zone` at `at`."""
    return wall_clock(at, zone).date()


def days_later(at: datetime, length: timedelta, zone: ZoneInfo) -> datetime:
    """The instant at which a clock in `zone` shows `length` more than at `at`."""
    return (wall_clock(at, zone) + length).replace(tzinfo=zone).astimezone(UTC)


def local_midnight(day: date, zone: ZoneInfo) -> datetime:
    """The instant at which `day` begins in `zone`."""
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
