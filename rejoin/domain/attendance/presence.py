"""From connections to presence: when she was there, for how long, and what cannot be said."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from itertools import pairwise

import msgspec

from rejoin.domain.attendance.facts import Presence, Session
from rejoin.domain.kernel import Interval, clip, duration, merge, subtract

# A summary row rounds to minutes: a duration this close below its span hides no gap.
ROUNDING = timedelta(seconds=90)


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """Presence in one session. `seconds` is None when she was there and nobody knows how long."""

    present: bool
    seconds: int | None
    intervals: tuple[Interval, ...]
    """The union of all connections inside the session; gaps stay gaps."""
    first_join: datetime | None
    last_leave: datetime | None
    start_unknown: bool
    end_uncertain: bool
    still_here: bool
    overlapping: bool
    """Some connections ran at the same time, or one took over at the instant another ended."""


ABSENT = Measured(
    present=False,
    seconds=0,
    intervals=(),
    first_join=None,
    last_leave=None,
    start_unknown=False,
    end_uncertain=False,
    still_here=False,
    overlapping=False,
)


def countable_length(session: Session, *, breaks_count: bool) -> timedelta:
    """How long the session is for the count of minutes: without its breaks unless they count."""
    length = session.ends_at - session.starts_at
    return length if breaks_count or not session.breaks else length - _total(session.breaks)


@lru_cache(maxsize=1 << 16)
def _total(breaks: tuple[Interval, ...]) -> timedelta:
    """Asked for by every seat of a session."""
    return duration(breaks)


def measure(presence: Sequence[Presence], *, session: Session, breaks_count: bool, now: datetime) -> Measured:
    """The union of `presence` inside `session` as known at `now`, less breaks unless they count.

    Whole seconds. Adding presence never lowers them, and they never exceed the session's own.
    """
    if not presence:
        return ABSENT
    if len(presence) == 1 and session.ends_at <= now:
        plain = _measure_plain(presence[0], session, breaks_count=breaks_count)
        if plain is not None:
            return plain
    within = Interval(session.starts_at, min(session.ends_at, now))
    known, unknown = _known_and_unknown(presence, session, now)
    spans = {span for _, span in known}
    merged = merge(spans)
    raw = [span for span in merged if _touches(span, within)]
    intervals = clip(raw, within)
    last = raw[-1].end if raw else None
    still_here = _is_here(known, session, now)
    seconds = None
    if intervals or still_here or not unknown:
        seconds = _seconds(known, intervals, within, () if breaks_count else session.breaks)
    return Measured(
        present=bool(intervals) or unknown or still_here,
        seconds=seconds,
        intervals=intervals,
        first_join=raw[0].start if raw else _first_start(known) if still_here else None,
        last_leave=None if still_here else last,
        start_unknown=unknown,
        end_uncertain=any(_end_uncertain(each, span, session, now) for each, span in known),
        still_here=still_here,
        overlapping=len(merged) < len(spans),
    )


def _measure_plain(presence: Presence, session: Session, *, breaks_count: bool) -> Measured | None:
    """The nearly always: one connection, told in full, to a session that is over. None for any other."""
    start, end = presence.start, presence.end
    if start is None or end is None or not presence.end_reported or presence.present_for is not None:
        return None
    if end > session.ends_at or start >= end or end <= session.starts_at:
        return None
    span = Interval(max(start, session.starts_at), end)
    counted = (span,) if breaks_count or not session.breaks else subtract((span,), session.breaks)
    return Measured(
        present=True,
        seconds=_whole_seconds(duration(counted)),
        intervals=(span,),
        first_join=start,
        last_leave=end,
        start_unknown=False,
        end_uncertain=False,
        still_here=False,
        overlapping=False,
    )


def _is_here(known: Sequence[tuple[Presence, Interval]], session: Session, now: datetime) -> bool:
    """Whether she is in the room of the running session at this very instant."""
    if not session.starts_at <= now < session.ends_at:
        return False
    return any(_open_at(each, now) for each, _ in known)


def _first_start(known: Sequence[tuple[Presence, Interval]]) -> datetime:
    return min(span.start for _, span in known)


def _known_and_unknown(
    presence: Sequence[Presence], session: Session, now: datetime
) -> tuple[list[tuple[Presence, Interval]], bool]:
    """The connections with the span known of them, and whether one was seen whose start nobody knows."""
    known: list[tuple[Presence, Interval]] = []
    unknown = False
    for each in presence:
        span = _span(each, session, now)
        if span is not None:
            known.append((each, span))
        elif _start_unknown(each, session, now):
            unknown = True
    return known, unknown


def gaps(intervals: Sequence[Interval]) -> tuple[Interval, ...]:
    """The spans between one interval and the next."""
    return tuple(Interval(left.end, right.start) for left, right in pairwise(intervals))


def on_two_devices(presence: Sequence[Presence], *, session: Session, now: datetime) -> bool:
    """Whether two connections of one source overlap inside the session.

    Only within a source: a log and an export that tell of one connection are not two devices.
    """
    for source in {each.source for each in presence}:
        spans = sorted(_connections(presence, source, session, now))
        if any(right.start < left.end for left, right in pairwise(spans)):
            return True
    return False


def _connections(
    presence: Sequence[Presence], source: str, session: Session, now: datetime
) -> list[Interval]:
    """One interval a connection: the same row told twice, or told again longer, is one."""
    longest: dict[tuple[str, datetime], Interval] = {}
    for each in presence:
        span = _span(each, session, now) if each.source == source else None
        if span is None:
            continue
        key = (each.conn, span.start)
        if key not in longest or span.end > longest[key].end:
            longest[key] = span
    return list(clip(list(longest.values()), session.span))


def _span(presence: Presence, session: Session, now: datetime) -> Interval | None:
    """When the connection was up, as far as known at `now`; None while its start is unknown."""
    if presence.start is None or presence.start > now:
        return None
    if presence.end is not None and presence.end <= now:
        return Interval(presence.start, presence.end)
    return Interval(presence.start, min(max(session.ends_at, presence.start), now))


def _start_unknown(presence: Presence, session: Session, now: datetime) -> bool:
    if presence.start is not None:
        return False
    return presence.end is None or session.starts_at < presence.end <= now


def _open_at(presence: Presence, now: datetime) -> bool:
    return presence.end is None or presence.end > now


def _end_uncertain(presence: Presence, span: Interval, session: Session, now: datetime) -> bool:
    """Whether how long this connection lasted in the session is only an upper bound."""
    if presence.end_reported and presence.end is not None and presence.end <= now:
        return False
    if now < session.ends_at and _open_at(presence, now):
        return False
    inside = span.start < session.ends_at and span.end > session.starts_at
    return inside and (_open_at(presence, now) or not presence.end_reported)


def _touches(span: Interval, within: Interval) -> bool:
    return span.start < within.end and span.end > within.start


def _seconds(
    known: Sequence[tuple[Presence, Interval]],
    intervals: Sequence[Interval],
    within: Interval,
    breaks: Sequence[Interval],
) -> int:
    """Whole seconds present; a summary row that hides gaps adds no more than it has to."""
    hiding = [(span, lasted) for each, span in known if (lasted := _shorter(each, span)) is not None]
    if not hiding:
        return _whole_seconds(duration(subtract(intervals, breaks) if breaks else intervals))
    exact = merge(span for each, span in known if _shorter(each, span) is None)
    counted = list(subtract(clip(exact, within), breaks))
    for span, lasted in sorted(hiding, key=_row_order):
        counted += _at_least(lasted, subtract(clip([span], within), breaks), counted)
    return _whole_seconds(duration(counted))


def _row_order(row: tuple[Interval, timedelta]) -> datetime:
    return row[0].end


def _at_least(length: timedelta, possible: Sequence[Interval], counted: Sequence[Interval]) -> list[Interval]:
    """What has to be added to `counted` so that `length` of `possible` is in it.

    Taken from the back: for rows in order of their ends that is the least time all of them allow. So
    a row told twice, or one whose gaps a log knows, adds nothing.
    """
    free = subtract(possible, counted)
    short = length - (duration(possible) - duration(free))
    added: list[Interval] = []
    for span in reversed(free):
        if short > timedelta():
            taken = Interval(max(span.start, span.end - short), span.end)
            added.append(taken)
            short -= taken.end - taken.start
    return added


def _shorter(presence: Presence, span: Interval) -> timedelta | None:
    """How long a summary row says it lasted, where that is clearly less than its span: it hides gaps.

    A row that ends later than now is not known yet, and neither is how long it will have lasted.
    """
    if presence.present_for is None or presence.end not in (None, span.end):
        return None
    hides = presence.present_for < span.end - span.start - ROUNDING
    return presence.present_for if hides else None


def _whole_seconds(length: timedelta) -> int:
    return length.days * 86_400 + length.seconds
