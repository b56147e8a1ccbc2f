"""The arithmetic of spans, and wall clocks."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.kernel import (
    Interval,
    Problem,
    Refusal,
    clip,
    days_later,
    duration,
    local_day,
    local_midnight,
    merge,
    subtract,
    wall_clock,
)
from tests.domain.people import NEW_YORK, START

SPANS = st.lists(
    st.tuples(st.integers(0, 40), st.integers(0, 40)).map(
        lambda pair: Interval(START + timedelta(seconds=pair[0]), START + timedelta(seconds=pair[1]))
    ),
    max_size=8,
)


def seconds_of(spans: tuple[Interval, ...] | list[Interval]) -> set[int]:
    return {
        second
        for span in spans
        for second in range(
            int((span.start - START).total_seconds()), int((span.end - START).total_seconds())
        )
    }


@given(SPANS)
def test_a_union_holds_every_second_once_and_in_order(spans: list[Interval]) -> None:
    merged = merge(spans)
    assert seconds_of(merged) == seconds_of(spans)
    assert all(left.end < right.start for left, right in pairwise(merged))
    assert all(span.start < span.end for span in merged)
    assert merge(merged) == merged
    assert duration(merged) == timedelta(seconds=len(seconds_of(spans)))


@given(SPANS, SPANS)
def test_what_is_cut_out_is_gone_and_nothing_else(spans: list[Interval], holes: list[Interval]) -> None:
    left = subtract(merge(spans), merge(holes))
    assert seconds_of(left) == seconds_of(spans) - seconds_of(holes)


@given(SPANS, st.integers(0, 40), st.integers(0, 40))
def test_clipping_keeps_what_lies_inside(spans: list[Interval], start: int, length: int) -> None:
    within = Interval(START + timedelta(seconds=start), START + timedelta(seconds=start + length))
    assert seconds_of(clip(merge(spans), within)) == seconds_of(spans) & seconds_of((within,))


def test_a_span_that_ends_before_it_begins_is_nothing() -> None:
    assert merge([Interval(START, START), Interval(START, START - timedelta(hours=1))]) == ()


def test_a_day_later_is_the_same_clock_time_across_a_change_of_clocks() -> None:
    before = datetime(2026, 3, 7, 23, 0, tzinfo=UTC)
    assert days_later(before, timedelta(days=1), NEW_YORK) - before == timedelta(hours=23)
    before = datetime(2026, 10, 31, 22, 0, tzinfo=UTC)
    assert days_later(before, timedelta(days=1), NEW_YORK) - before == timedelta(hours=25)


def test_a_day_begins_at_local_midnight() -> None:
    assert local_midnight(date(2026, 10, 5), NEW_YORK) == datetime(2026, 10, 5, 4, 0, tzinfo=UTC)
    assert local_day(datetime(2026, 10, 5, 3, 59, tzinfo=UTC), NEW_YORK) == date(2026, 10, 4)
    assert wall_clock(START, NEW_YORK) == START.replace(hour=18, tzinfo=None)


def test_a_refusal_says_what_to_tell_the_person() -> None:
    refusal = Refusal("seat_taken", "That seat has just been taken.")
    assert (refusal.code, refusal.message, str(refusal)) == (
        "seat_taken",
        "That seat has just been taken.",
        "That seat has just been taken.",
    )


def test_a_problem_is_told_with_its_place() -> None:
    problem = Problem(file="roster.csv", line=7, field="from", message="is not a date")
    assert str(problem) == "roster.csv:7: from: is not a date"
