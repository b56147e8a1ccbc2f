"""A group over time: turnover by week, and how its sessions hang together."""

from datetime import date, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from rejoin.domain.cohesion import Overlap, Place, WeekOfGroup, recent, tell_turnover, view_group
from tests.domain.cohesion.circle import evenings, start_of

MONDAY = date(2026, 9, 7)


def day(number: int) -> date:
    return MONDAY + timedelta(days=number)


def week_of(*places: Place, today: date) -> WeekOfGroup:
    (week,) = tell_turnover(places, first_on=MONDAY, today=min(today, day(6)))
    return week


def test_who_had_a_place_before_and_after_has_stayed_and_who_began_has_joined() -> None:
    places = [
        Place(patient="ada", from_on=None),
        Place(patient="eve", from_on=day(0)),
        Place(patient="fay", from_on=day(-9), until_on=day(6)),
        Place(patient="gil", from_on=day(7)),
    ]
    first, second = tell_turnover(places, first_on=day(3), today=day(8))
    assert (first.begins_on, first.over) == (MONDAY, True)
    assert (first.joined, first.left, first.stayed) == (("eve",), ("fay",), ("ada",))
    assert first.because[0].text == "1 joined, 1 left, 1 stayed, of 3 who had a place"
    assert (second.joined, second.left, second.stayed) == (("gil",), (), ("ada", "eve"))
    assert second.because[0].text.endswith("; told up to 2026-09-15")


def test_who_came_and_went_in_one_week_is_in_both_and_who_was_moved_within_it_has_stayed() -> None:
    places = [
        Place(patient="ada", from_on=day(1), until_on=day(3)),
        Place(patient="eve", from_on=day(-5), until_on=day(1)),
        Place(patient="eve", from_on=day(4)),
    ]
    week, _ = tell_turnover(places, first_on=MONDAY, today=day(7))
    assert (week.joined, week.left, week.stayed) == (("ada",), ("ada",), ("eve",))


def test_a_running_week_tells_nothing_of_days_to_come() -> None:
    leaving, coming = (
        Place(patient="ada", from_on=None, until_on=day(4)),
        Place(patient="eve", from_on=day(5)),
    )
    assert week_of(leaving, coming, today=day(4)).stayed == ("ada",)
    assert week_of(leaving, coming, today=day(4)).joined == ()
    assert week_of(leaving, coming, today=day(5)).left == ("ada",)
    assert week_of(leaving, coming, today=day(6)).joined == ("eve",)
    assert not week_of(leaving, coming, today=day(6)).over


def test_a_week_begins_where_the_program_says() -> None:
    (week,) = tell_turnover([], first_on=MONDAY, today=MONDAY, week_starts_on=6)
    assert week.begins_on == day(-1)


places = st.builds(
    lambda who, begins, length: Place(
        patient=who, from_on=begins, until_on=begins + timedelta(days=length) if begins else day(length)
    ),
    st.sampled_from("abc"),
    st.none() | st.integers(-10, 20).map(day),
    st.integers(0, 20),
)


@given(st.lists(places, max_size=6), st.integers(0, 25))
def test_from_week_to_week_nobody_appears_or_goes_untold(held: list[Place], days: int) -> None:
    weeks = tell_turnover(held, first_on=MONDAY, today=day(days))
    for one, following in pairwise(weeks):
        at_the_end = (set(one.stayed) | set(one.joined)) - set(one.left)
        assert one.over
        assert at_the_end == (set(following.stayed) | set(following.left)) - set(following.joined)
    for week in weeks:
        assert not set(week.stayed) & (set(week.joined) | set(week.left))


def test_a_view_counts_overlap_pairs_seats_and_sizes() -> None:
    sessions = evenings(ada="aaa", eve="aam", fay="mau", gil="..e")
    view = view_group(["ada", "eve", "fay", "gil"], recent(sessions, before=start_of(9)))
    assert view.overlaps == (
        Overlap(session="s0", following="s1", both=2, either=3),
        Overlap(session="s1", following="s2", both=1, either=3),
    )
    assert (view.pairs_met, view.pairs) == (3, 6)
    assert (view.came, view.expected, view.unrecorded) == (6, 9, 1)
    assert (view.smallest, view.median, view.sessions) == (1, 2, 3)
    assert view.last_seen == {"ada": start_of(2), "eve": start_of(1), "fay": start_of(1), "gil": None}
    assert not view.enough
    assert view.because[0].text.startswith(
        "too few sessions to say: 3 of 6 pairs of members have sat together"
    )


def test_a_median_of_an_even_number_lies_between_and_five_sessions_are_enough() -> None:
    assert view_group(["ada"], evenings(ada="aa", eve="am")).median == 1.5
    view = view_group(["ada", "eve"], evenings(ada="aaaaa", eve="aaaaa"))
    assert view.enough
    assert view.because[0].text.startswith("1 of 1 pairs")


def test_a_group_that_has_not_met_has_no_size() -> None:
    view = view_group(["ada"], ())
    assert (view.smallest, view.median, view.pairs, view.last_seen) == (None, None, 0, {"ada": None})


def test_a_session_the_program_called_off_is_neither_a_seat_taken_nor_unrecorded() -> None:
    view = view_group(["ada"], evenings(ada="ca"))
    assert (view.came, view.expected, view.unrecorded) == (1, 1, 0)
