"""Minutes from presence, against a clock that looks at every second."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import combinations, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.attendance import Presence, Session, countable_length
from rejoin.domain.attendance.presence import Measured, measure, on_two_devices
from rejoin.domain.kernel import Interval
from tests.domain.people import LONG_AFTER, START, but, evening, minute, seen

LENGTH = 600
SESSION = Session(
    id="S1",
    starts_at=START,
    ends_at=START + timedelta(seconds=LENGTH),
    breaks=(Interval(START + timedelta(seconds=200), START + timedelta(seconds=260)),),
)


def second(number: int) -> datetime:
    return START + timedelta(seconds=number)


@st.composite
def presences(draw: st.DrawFn, *, summaries: bool = True, unknown_starts: bool = True) -> Presence:
    joined = draw(st.integers(-300, 900))
    left = draw(st.none() | st.integers(joined, 1000))
    lasted = draw(st.none() | st.integers(0, 1000)) if summaries and left is not None else None
    if unknown_starts and draw(st.integers(0, 9)) == 0:
        return Presence(source="log", start=None, end=None if left is None else second(left))
    return Presence(
        source=draw(st.sampled_from(["log", "export"])),
        start=second(joined),
        end=None if left is None else second(left),
        end_reported=draw(st.booleans()),
        conn=draw(st.sampled_from(["a", "b"])),
        present_for=None if lasted is None else timedelta(seconds=min(lasted, (left or 0) - joined)),
    )


# Instants at which something may change are drawn more often than others.
NOW = (st.integers(-60, 1200) | st.sampled_from([0, 1, 599, 600, 601])).map(second)
SEEN = st.lists(presences(), max_size=5)


def measured(
    presence: Sequence[Presence], now: datetime = LONG_AFTER, *, breaks_count: bool = False
) -> Measured:
    return measure(presence, session=SESSION, breaks_count=breaks_count, now=now)


def all_of(found: Measured) -> tuple[object, ...]:
    """Everything a decision reads from what was measured."""
    return (
        found.present,
        found.seconds,
        found.intervals,
        found.first_join,
        found.last_leave,
        found.start_unknown,
        found.end_uncertain,
        found.still_here,
    )


def seconds_by_the_clock(presence: Sequence[Presence], now: datetime, *, breaks_count: bool) -> int:
    """Every second of the session, looked at one by one."""
    count = 0
    for number in range(LENGTH):
        at = second(number)
        in_break = not breaks_count and SESSION.breaks[0].start <= at < SESSION.breaks[0].end
        there = any(
            each.start is not None and each.start <= at and (each.end is None or at < each.end)
            for each in presence
        )
        count += there and not in_break and at < now
    return count


@given(st.lists(presences(summaries=False, unknown_starts=False), max_size=5), NOW, st.booleans())
def test_minutes_are_what_a_clock_counts_second_by_second(
    presence: list[Presence], now: datetime, breaks_count: bool
) -> None:
    found = measured(presence, now, breaks_count=breaks_count)
    assert found.seconds == seconds_by_the_clock(presence, now, breaks_count=breaks_count)


@given(SEEN.flatmap(lambda told: st.tuples(st.just(told), st.permutations(told + told[:2]))), NOW)
def test_neither_order_nor_repetition_of_presence_matters(
    told: tuple[list[Presence], list[Presence]], now: datetime
) -> None:
    once, again = told
    assert all_of(measured(again, now)) == all_of(measured(once, now))
    assert on_two_devices(again, session=SESSION, now=now) == on_two_devices(once, session=SESSION, now=now)


@given(SEEN, NOW, st.booleans())
def test_minutes_never_exceed_what_the_session_offers(
    presence: list[Presence], now: datetime, breaks_count: bool
) -> None:
    found = measured(presence, now, breaks_count=breaks_count)
    if found.seconds is not None:
        assert 0 <= found.seconds <= countable_length(SESSION, breaks_count=breaks_count).total_seconds()


@given(SEEN, presences(), NOW)
def test_more_presence_never_lowers_the_minutes(
    presence: list[Presence], more: Presence, now: datetime
) -> None:
    before, after = measured(presence, now), measured([*presence, more], now)
    assert after.present >= before.present
    if after.seconds is None:
        assert before.seconds in (None, 0)
    elif before.seconds is not None:
        assert after.seconds >= before.seconds


@given(SEEN, NOW)
def test_a_leave_still_to_come_is_not_known_yet(presence: list[Presence], now: datetime) -> None:
    known = [
        but(each, end=None, present_for=None) if each.end is not None and each.end > now else each
        for each in presence
        if (each.start is not None and each.start <= now)
        or (each.start is None and (each.end is None or each.end <= now))
    ]
    assert all_of(measured(presence, now)) == all_of(measured(known, now))


@given(SEEN, NOW)
def test_a_gap_is_never_counted(presence: list[Presence], now: datetime) -> None:
    found = measured(presence, now, breaks_count=True)
    covered = sum((span.end - span.start).total_seconds() for span in found.intervals)
    assert found.seconds is None or found.seconds <= covered


@given(SEEN, NOW)
def test_intervals_are_in_order_apart_and_inside_the_session(presence: list[Presence], now: datetime) -> None:
    intervals = measured(presence, now).intervals
    assert all(SESSION.starts_at <= span.start < span.end <= min(SESSION.ends_at, now) for span in intervals)
    assert all(left.end < right.start for left, right in pairwise(intervals))


def least_blocks(exact: set[int], rows: Sequence[tuple[int, int, int]], blocks: int) -> int:
    """The fewest blocks of a session that agree with every row: every choice is tried."""
    spare = [block for block in range(blocks) if block not in exact]
    for size in range(len(spare) + 1):
        for more in combinations(spare, size):
            chosen = exact | set(more)
            if all(
                sum(block in chosen for block in range(start, end)) >= lasted for start, end, lasted in rows
            ):
                return len(chosen)
    raise AssertionError("all blocks together agree with every row")


BLOCKS = 8
ROWS = st.lists(
    st.tuples(st.integers(0, BLOCKS - 3), st.integers(3, BLOCKS), st.integers(0, 6)).map(
        lambda row: (row[0], max(row[1], row[0] + 3), row[2])
    ),
    max_size=3,
)


@given(st.sets(st.integers(0, BLOCKS - 1), max_size=4), ROWS)
def test_rows_that_hide_gaps_add_the_least_they_can(
    exact: set[int], rows: list[tuple[int, int, int]]
) -> None:
    """Blocks of three minutes; a row whose length is a block under its span hides a gap."""
    session = evening(minutes=3 * BLOCKS)
    told = [seen(3 * block, 3 * block + 3) for block in exact]
    fitting = [(start, end, min(lasted, end - start)) for start, end, lasted in rows]
    told += [
        seen(3 * start, 3 * end, present_for=timedelta(minutes=3 * lasted), source="export")
        for start, end, lasted in fitting
    ]
    found = measure(told, session=session, breaks_count=True, now=LONG_AFTER)
    assert found.seconds == 180 * least_blocks(exact, fitting, BLOCKS)


def test_a_summary_row_told_twice_counts_once() -> None:
    row = seen(0, 195, present_for=timedelta(minutes=100))
    for told in ([row], [row, row], [row, but(row, source="export", conn="b")]):
        found = measure(told, session=evening(), breaks_count=False, now=LONG_AFTER)
        assert found.seconds == 100 * 60


def test_a_summary_row_does_not_fill_a_gap_that_the_log_saw() -> None:
    told = [seen(0, 60), seen(155, 195), seen(0, 195, source="export", present_for=timedelta(minutes=100))]
    assert measure(told, session=evening(), breaks_count=False, now=LONG_AFTER).seconds == 100 * 60


def test_two_summary_rows_of_two_parts_of_an_evening_add_up() -> None:
    told = [
        seen(0, 90, present_for=timedelta(minutes=60)),
        seen(100, 195, present_for=timedelta(minutes=70)),
    ]
    assert measure(told, session=evening(), breaks_count=False, now=LONG_AFTER).seconds == 130 * 60


def test_a_summary_row_of_no_length_is_presence_of_no_minutes() -> None:
    found = measure(
        [seen(0, 195, present_for=timedelta())], session=evening(), breaks_count=False, now=LONG_AFTER
    )
    assert (found.present, found.seconds) == (True, 0)


def test_a_summary_row_a_minute_under_its_span_hides_nothing() -> None:
    told = [seen(0, 195, present_for=timedelta(minutes=194))]
    assert measure(told, session=evening(), breaks_count=False, now=LONG_AFTER).seconds == 195 * 60


def test_a_row_without_times_is_presence_of_unknown_length() -> None:
    found = measure([seen(None, None)], session=evening(), breaks_count=False, now=LONG_AFTER)
    assert (found.present, found.seconds, found.start_unknown) == (True, None, True)


def test_a_leave_without_a_join_before_the_start_is_no_presence() -> None:
    found = measure([seen(None, -10)], session=evening(), breaks_count=False, now=LONG_AFTER)
    assert (found.present, found.seconds) == (False, 0)


def test_one_connection_told_longer_later_is_one_device() -> None:
    session = evening()
    grown = [seen(0, 60, conn="a"), seen(0, 100, conn="a"), seen(0, 30, conn="a")]
    assert not on_two_devices(grown, session=session, now=LONG_AFTER)
    assert on_two_devices([*grown, seen(5, 60, conn="b")], session=session, now=LONG_AFTER)
    assert not on_two_devices([seen(0, 60), seen(5, 90, source="export")], session=session, now=LONG_AFTER)
    assert not on_two_devices([seen(None, 60), seen(5, 90)], session=session, now=LONG_AFTER)


@pytest.mark.parametrize("left", [None, 196.0, 300.0])
def test_how_long_she_will_have_stayed_on_is_not_known_at_the_end(left: float | None) -> None:
    found = measure([seen(0, left)], session=evening(), breaks_count=False, now=minute(195.5))
    assert (found.end_uncertain, found.last_leave, found.seconds) == (True, minute(195), 195 * 60)


def test_whoever_has_not_left_is_still_here_until_the_end() -> None:
    told = [seen(0, None)]
    live = measure(told, session=evening(), breaks_count=False, now=minute(60))
    assert (live.still_here, live.end_uncertain, live.seconds) == (True, False, 3600)
    later = measure(told, session=evening(), breaks_count=False, now=minute(300))
    assert (later.still_here, later.end_uncertain, later.last_leave) == (False, True, minute(195))
