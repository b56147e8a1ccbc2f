"""When a series meets: an RFC 5545 rule on the wall clock of a zone, as instants.

A clock time that a change of clocks skips is meant by the offset before it: 02:30 is then 03:30
(RFC 5545, 3.3.5). One that comes twice is its first. A session lasts its minutes, whatever clocks do.
"""

import re
from calendar import monthrange
from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import islice
from zoneinfo import ZoneInfo

from dateutil.rrule import rrule, rrulestr

from rejoin.domain.kernel import Refusal

FREQUENCIES = ("DAILY", "WEEKLY", "MONTHLY", "YEARLY")
HONOURED = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "BYDAY", "BYMONTHDAY", "BYMONTH", "BYSETPOS", "WKST"}
UNTIL = re.compile(r"(?P<day>\d{8})(?:T(?P<clock>\d{6})(?P<utc>Z)?)?")
NUMBERED = re.compile(r"\d")
LONGEST_RULE = 300


def check_rule(rule: str, *, first: datetime, zone: ZoneInfo) -> str:
    """The rule as it is kept, or a refusal that says what we cannot honour. `first` is a local clock time."""
    parts = _parts(rule)
    if parts.get("FREQ") not in FREQUENCIES:
        raise _refused("meets daily, weekly, monthly or yearly: for two a day add two series")
    unknown = sorted(set(parts) - HONOURED)
    if unknown:
        raise _refused(f"has parts that we do not honour: {', '.join(unknown)}")
    if {"COUNT", "UNTIL"} <= set(parts):
        raise _refused("ends after a count or on a day, not both")
    if "BYSETPOS" in parts and not {"BYDAY", "BYMONTHDAY", "BYMONTH"} & set(parts):
        raise _refused("picks a place (BYSETPOS) among nothing")
    kept = ";".join(f"{name}={value}" for name, value in parts.items())
    walked = _walk(kept, first, zone, last=first)
    if not _lets_through(parts, first.date()) or next(walked, None) != first:
        raise _refused("does not meet at the time that the series begins")
    _check_exists(first, zone)
    return kept


def occurrences(
    rule: str, *, first: datetime, zone: ZoneInfo, skipped: Collection[date], since: datetime, until: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The local clock time and the instant of each occurrence from `since` up to but not at `until`.

    `first` is local, `since` and `until` are instants. A skipped day still counts towards a COUNT.
    """
    last = (until + timedelta(days=1)).astimezone(zone).replace(tzinfo=None)
    told: set[datetime] = set()
    for local in _walk(rule, first, zone, last=last):
        at = local.replace(tzinfo=zone).astimezone(UTC)
        if local.date() not in skipped and since <= at < until and at not in told:
            told.add(at)
            yield local, at


def _walk(rule: str, first: datetime, zone: ZoneInfo, *, last: datetime) -> Iterator[datetime]:
    """Local clock times of the rule in order, none after `last`: no rule is ever walked without an end."""
    parts = _parts(rule)
    count = parts.pop("COUNT", None)
    until = parts.pop("UNTIL", None)
    if until is not None:
        last = min(last, _local_until(until, zone))
    walked = _compiled(";".join(f"{name}={value}" for name, value in parts.items()), first)
    found = iter(walked.replace(until=last))
    return islice(found, int(count)) if count is not None else found


@lru_cache(maxsize=4096)
def _compiled(rule: str, first: datetime) -> rrule:
    try:
        compiled = rrulestr(rule, dtstart=first)
    except (ValueError, TypeError, KeyError, OverflowError):
        raise _refused("is not one such as FREQ=WEEKLY;BYDAY=MO,WE") from None
    if not isinstance(compiled, rrule):
        raise _refused("is more than one rule")
    return compiled


def _parts(rule: str) -> dict[str, str]:
    """The rule's parts in the order given, each once."""
    text = rule.strip().upper().removeprefix("RRULE:")
    if len(text) > LONGEST_RULE or "\n" in text:
        raise _refused("is too long")
    pairs = [part.partition("=") for part in text.split(";") if part]
    parts = {name.strip(): value.strip() for name, _, value in pairs}
    if len(parts) < len(pairs) or not all(name and value for name, value in parts.items()):
        raise _refused("is not one such as FREQ=WEEKLY;BYDAY=MO,WE")
    if NUMBERED.search(parts.get("BYDAY", "")) and parts.get("FREQ") not in ("MONTHLY", "YEARLY"):
        raise _refused("numbers its weekdays: that is for months and years")
    for name in {"COUNT", "INTERVAL"} & set(parts):
        if not parts[name].isdecimal() or not 1 <= int(parts[name]) <= 10_000:
            raise _refused(f"has a {name} that is no number from 1 to 10000")
    return parts


def _local_until(text: str, zone: ZoneInfo) -> datetime:
    """The last local clock time an UNTIL lets through: a day means its end."""
    found = UNTIL.fullmatch(text)
    try:
        moment = datetime.fromisoformat(text) if found else None
    except ValueError:
        moment = None
    if found is None or moment is None:
        raise _refused("has an UNTIL that is no day such as 20261231")
    if found["clock"] is None:
        return datetime.combine(moment, time.max)
    return moment.astimezone(zone).replace(tzinfo=None) if found["utc"] else moment


def _lets_through(parts: Mapping[str, str], day: date) -> bool:
    """Whether months and days of the month do. Asked first: a rule of a day that never comes is walked to the year 9999."""
    places = {
        "BYMONTH": {day.month},
        "BYMONTHDAY": {day.day, day.day - monthrange(day.year, day.month)[1] - 1},
    }
    return all(
        fitting & {int(number) for number in parts[name].split(",")}
        for name, fitting in places.items()
        if name in parts
    )


def _check_exists(first: datetime, zone: ZoneInfo) -> None:
    """A series cannot begin at a clock time that its first day skips: every later day would be read from it."""
    back = first.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    if back.replace(tzinfo=None, fold=0) != first:
        raise _refused(f"begins at a time that does not exist in {zone.key}: clocks skip it")


def _refused(what: str) -> Refusal:
    return Refusal("recurrence", f"The rule of the series {what}.")
