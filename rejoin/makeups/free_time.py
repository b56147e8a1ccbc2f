"""When she may be asked to come: by her own clock, hour by hour, so that a change of clocks moves it as it moves her."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from rejoin.domain.kernel import local_day
from rejoin.makeups.reading import Sitting

WAKES, SLEEPS = 8, 21
"""Hours on her wall clock between which she is asked to come, beside her own sessions. Ours."""


def waking(zone: ZoneInfo, now: datetime, until: datetime) -> list[tuple[datetime, datetime]]:
    day, last = local_day(now, zone), local_day(until, zone)
    found = []
    while day <= last:
        begins = datetime(day.year, day.month, day.day, WAKES, tzinfo=zone)
        found.append((begins.astimezone(UTC), begins.replace(hour=SLEEPS).astimezone(UTC)))
        day += timedelta(days=1)
    return found


def without(start: datetime, end: datetime, sittings: Sequence[Sitting]) -> list[tuple[datetime, datetime]]:
    """What is left of a time beside `sittings`, which come in order and do not overlap."""
    left, begin = [], start
    for each in sittings:
        if each.ends_at <= begin or each.starts_at >= end:
            continue
        if each.starts_at > begin:
            left.append((begin, each.starts_at))
        begin = each.ends_at
    if begin < end:
        left.append((begin, end))
    return left
