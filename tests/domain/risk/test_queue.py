"""Whom to turn to first: facts before estimates, and a record of misses is held against nobody."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.risk.estimating import Models
from rejoin.domain.risk.queue import Standing, queue_estimate, queue_key, why_here
from rejoin.estimating.models_file import shipped_models
from tests.domain.risk.weeks_of import weeks_of

NOW = datetime(2026, 10, 9, 9, 30, tzinfo=UTC)
PLAIN = Standing(ref="b", is_safety_open=False, due_at=None, streak=1, window_ends_at=None, estimate=0.2)
TIMES = st.one_of(
    st.none(),
    st.datetimes(NOW.replace(tzinfo=None) - timedelta(days=30), NOW.replace(tzinfo=None) + timedelta(30)),
)


def times(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at else None


STANDINGS = st.builds(
    Standing,
    ref=st.text(max_size=3),
    is_safety_open=st.booleans(),
    due_at=TIMES.map(times),
    streak=st.integers(0, 9),
    window_ends_at=TIMES.map(times),
    estimate=st.one_of(st.none(), st.floats(0, 1)),
)


@pytest.fixture(scope="module")
def models() -> Models:
    return shipped_models()


def is_before(one: Standing, other: Standing) -> bool:
    return queue_key(one, NOW) < queue_key(other, NOW)


@pytest.mark.parametrize(
    "sooner",
    [
        replace(PLAIN, ref="z", is_safety_open=True, estimate=0.0),
        replace(PLAIN, ref="z", due_at=NOW - timedelta(minutes=1), estimate=0.0),
        replace(PLAIN, ref="z", streak=2, estimate=0.0),
        replace(PLAIN, ref="z", window_ends_at=NOW + timedelta(days=3), estimate=0.0),
        replace(PLAIN, ref="z", estimate=0.3),
        replace(PLAIN, ref="z", estimate=None),
        replace(PLAIN, ref="z", due_at=NOW + timedelta(minutes=1)),
    ],
)
def test_each_fact_comes_before_the_estimate_and_the_estimate_before_what_is_due_later(
    sooner: Standing,
) -> None:
    assert is_before(sooner, PLAIN)


@given(STANDINGS, STANDINGS, st.floats(0, 1), st.floats(0, 1))
def test_no_estimate_outweighs_a_dated_fact(
    one: Standing, other: Standing, first: float, second: float
) -> None:
    level = [queue_key(replace(each, estimate=None), NOW)[:4] for each in (one, other)]
    if level[0] < level[1]:
        assert is_before(replace(one, estimate=first), replace(other, estimate=second))


@given(STANDINGS, st.integers(1, 5))
def test_one_more_miss_in_a_row_never_puts_anybody_further_down(one: Standing, more: int) -> None:
    assert queue_key(replace(one, streak=one.streak + more), NOW) <= queue_key(one, NOW)


@given(
    st.text(alphabet=".c", min_size=4, max_size=12), st.text(alphabet=".c", min_size=4, max_size=4), st.data()
)
def test_who_has_always_missed_a_lot_is_never_ranked_lower_for_it(
    older: str, recent: str, data: st.DataObject
) -> None:
    """Two who came alike in the last four weeks: one missed more before."""
    place = data.draw(st.integers(0, len(older) - 1))
    missed_more = older[:place] + "." * (len(older) - place)
    weeks = weeks_of(older + recent, missed_more + recent)
    models = shipped_models()
    steady, habitual = queue_estimate(weeks, models).reshape(2, -1)[:, -1]
    streaks = [len(each) - len(each.rstrip(".")) for each in (older + recent, missed_more + recent)]
    cases = [
        replace(PLAIN, streak=streak, estimate=float(p))
        for streak, p in zip(streaks, (steady, habitual), strict=True)
    ]
    assert queue_key(cases[1], NOW) <= queue_key(cases[0], NOW)


@given(st.text(alphabet=".c", min_size=2, max_size=14), st.data())
def test_no_miss_at_any_time_ever_lowers_what_orders_the_queue(letters: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(letters) - 1))
    weeks = weeks_of(letters, letters[:place] + "." + letters[place + 1 :])
    before, after = queue_estimate(weeks, shipped_models()).reshape(2, -1)[:, -1]
    assert after >= before - 1e-12


def test_why_somebody_is_there_is_told_with_the_estimate_last() -> None:
    everything = replace(
        PLAIN, is_safety_open=True, due_at=NOW, streak=3, window_ends_at=NOW + timedelta(days=2, hours=5)
    )
    assert [each.text for each in why_here(everything, NOW)] == [
        "a safety check is open",
        "a step is past its time",
        "missed the last 3 weeks that were recorded",
        "the way back closes in 2 days",
        "then by an estimate, which orders only cases that are level so far",
    ]
    (one, _) = why_here(replace(PLAIN, streak=1), NOW)
    assert one.text == "missed the last week that was recorded"
    assert why_here(replace(PLAIN, streak=0, estimate=None), NOW) == ()
