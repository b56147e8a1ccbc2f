"""When she may be asked to come: by her own clock, day by day, so that a change of clocks moves it as it moves her.

What she has said herself, week by week, counts in full; whoever has said nothing is asked while she is awake.
"""

import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Refusal, local_day
from rejoin.makeups.reading import FREE_TIMES, Sitting
from rejoin.makeups.vocabulary import PartOfDay

WAKES, SLEEPS = 8, 21
"""Hours on her wall clock between which whoever has said nothing is asked to come. Ours: no rule was found. It is
that of the courtesy hours for calls (8 a.m. to 9 p.m. where she is: strictly a rule of telemarketing, domain.md 5)."""
BEGINS: Final = (6, 22)
"""Of a session that her program itself holds for her own track, hours of her clock between which it may begin all the same:
who is in an evening program is awake for an evening group. What is outside of that is night to her, in another zone. Ours."""
DAY: Final = 24 * 60
HOURS: Final = {
    "": -1,
    PartOfDay.MORNING.value: 10,
    PartOfDay.AFTERNOON.value: 14,
    PartOfDay.EVENING.value: 19,
}
"""The hour that stands for a part of the day: the nearer to it, the better it suits her. Ours."""
_CLOCK: Final = r"(\d{1,2})(?:[:.](\d\d))?\s*(am|pm)?"
_WINDOW: Final = re.compile(rf"\s*{_CLOCK}\s*(?:-|–|to)\s*{_CLOCK}\s*", re.IGNORECASE)

Interval = tuple[datetime, datetime]


class Window(NamedTuple):
    """A time of her week: Monday is 0, minutes of her wall clock from midnight."""

    weekday: int
    start: int
    end: int


class Stated(NamedTuple):
    """What she said of her week, and from which day on."""

    patient_id: int
    from_on: date
    windows: list[Window]
    """None: whenever she is awake."""
    prefers: str

    @classmethod
    def read(cls, patient_id: int, from_on: date, windows: str, prefers: str) -> "Stated":
        return cls(patient_id, from_on, [Window(*each) for each in json.loads(windows)], prefers)


def read_windows(weekday: int, text: str) -> list[Window]:
    """The times of one day as people write them: "9-12, 17:30-21" or "6 pm to 9 pm".

    `Refusal` where one cannot be read, ends before it begins, or overlaps another.
    """
    found = [_window(weekday, each) for each in text.split(",") if each.strip()]
    check_windows(found)
    return sorted(found)


def check_windows(windows: Iterable[Window]) -> None:
    """`Refusal` where one is no time of a week, ends before it begins, or overlaps another."""
    told = sorted(windows)
    for each in told:
        if not (0 <= each.weekday < 7 and 0 <= each.start < DAY and each.end <= DAY):
            raise Refusal("free_time.clock", "A day goes from 0:00 to 24:00.")
        if each.end <= each.start:
            raise Refusal("free_time.reversed", f"{as_text([each])} ends before it begins.")
    for one, other in pairwise(told):
        if one.weekday == other.weekday and other.start < one.end:
            raise Refusal("free_time.overlap", f"{as_text([one])} and {as_text([other])} overlap.")


def as_text(windows: Sequence[Window]) -> str:
    """As `read_windows` reads it: "9:00-12:00, 17:30-21:00"."""
    return ", ".join(f"{_clock(each.start)}-{_clock(each.end)}" for each in windows)


def _clock(minutes: int) -> str:
    return f"{minutes // 60}:{minutes % 60:02}"


def _window(weekday: int, text: str) -> Window:
    read = _WINDOW.fullmatch(text)
    if read is None:
        raise Refusal("free_time.unread", f"{text.strip()} is not a time like 17:30-21:00.")
    hour, minute, half, until_hour, until_minute, until_half = read.groups()
    return Window(
        weekday,
        _minutes(hour, minute, half or until_half, text),
        _minutes(until_hour, until_minute, until_half, text),
    )


def _minutes(hour: str, minute: str | None, half: str | None, text: str) -> int:
    hours, minutes = int(hour), int(minute or 0)
    if half:
        if not 1 <= hours <= 12:
            raise Refusal("free_time.unread", f"{text.strip()} is not a time like 17:30-21:00.")
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    if minutes > 59 or hours * 60 + minutes > DAY:
        raise Refusal("free_time.clock", "A day goes from 0:00 to 24:00.")
    return hours * 60 + minutes


def stated_by(patient_id: int) -> list[Stated]:
    """All that she said of her week, in the order in which she did."""
    return [Stated.read(*row) for row in select(FREE_TIMES, {"patients": [patient_id]})]


def standing_on(stated: Sequence[Stated], day: date) -> Stated | None:
    """What holds on a day, of what she said in the order in which she said it."""
    return next((each for each in reversed(stated) if each.from_on <= day), None)


def free_hours(
    zone: ZoneInfo,
    now: datetime,
    until: datetime,
    stated: Sequence[Stated] = (),
    *,
    held: Iterable[Interval] = (),
) -> list[Interval]:
    """Her free times from the day of `now` to that of `until`, in order and apart, as instants.

    `held`: sessions of her own track, which count on days of which she has said nothing; what she has said holds alone.
    """
    day, last = local_day(now, zone), local_day(until, zone)
    found: list[Interval] = []
    while day <= last:
        said = standing_on(stated, day)
        windows = said.windows if said and said.windows else [Window(day.weekday(), WAKES * 60, SLEEPS * 60)]
        found += [
            (_instant(day, each.start, zone), _instant(day, each.end, zone))
            for each in windows
            if each.weekday == day.weekday()
        ]
        day += timedelta(days=1)
    return _joined([*found, *(each for each in held if _may_begin(each[0].astimezone(zone), stated))])


def _may_begin(at: datetime, stated: Sequence[Stated]) -> bool:
    """By her own clock, and only where nothing else was said of that day."""
    said = standing_on(stated, at.date())
    return not (said and said.windows) and BEGINS[0] <= at.hour < BEGINS[1]


def _instant(day: date, minutes: int, zone: ZoneInfo) -> datetime:
    """By her wall clock: minutes are counted on its face, whatever was done to it that night."""
    return (datetime.combine(day, time()) + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


def _joined(intervals: Iterable[Interval]) -> list[Interval]:
    """Those that meet are one: a session may lie across. What a change of clocks leaves nothing of is left out."""
    found: list[Interval] = []
    for start, end in sorted(intervals):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        elif start < end:
            found.append((start, end))
    return found


def without(start: datetime, end: datetime, sittings: Sequence[Sitting]) -> list[Interval]:
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
