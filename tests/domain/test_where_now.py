"""Where a patient is while a session runs."""

import pytest

from rejoin.domain.attendance import AtTheDoor, SeatFacts, Status
from rejoin.domain.attendance.now import SeatNow, Where, where_now
from tests.domain.people import START, evening, minute, seen

NOW = minute(30)


def facts(*presence: object, covered: bool = True, waited: bool = False) -> SeatFacts:
    return SeatFacts(session=evening(), presence=presence, covered=covered, waited=waited)  # type: ignore[arg-type]


def test_who_is_in_the_room_is_here_with_her_minutes() -> None:
    assert where_now(facts(seen(2, None)), told=None, now=NOW) == SeatNow(Where.HERE, 28, minute(2))


def test_whose_connection_ended_has_left_and_keeps_her_minutes() -> None:
    assert where_now(facts(seen(2, 12)), told=None, now=NOW) == SeatNow(Where.LEFT, 10, minute(12))


def test_who_is_seen_is_here_though_she_was_told_missing_a_moment_ago() -> None:
    assert where_now(facts(seen(29, None)), told=Status.MISSED, now=NOW).where is Where.HERE


@pytest.mark.parametrize("told", [Status.NOT_ADMITTED, Status.NOT_ADMISSIBLE])
def test_who_may_not_take_part_is_told_so_though_she_is_connected(told: Status) -> None:
    assert where_now(facts(seen(25, None)), told=told, now=NOW).where.value == told.value


@pytest.mark.parametrize(("told", "where"), [(Status.MISSED, Where.MISSING), (Status.EXCUSED, Where.EXCUSED)])
def test_who_was_not_seen_is_where_her_outcome_says(told: Status, where: Where) -> None:
    assert where_now(facts(), told=told, now=NOW) == SeatNow(where, 0, START)


def test_the_waiting_room_is_not_the_room() -> None:
    assert where_now(facts(waited=True), told=None, now=NOW).where is Where.WAITING


def test_nobody_is_missing_from_a_room_that_nothing_watches() -> None:
    assert where_now(facts(covered=False), told=None, now=NOW) == SeatNow(Where.NOT_KNOWN, None, None)


def test_before_the_policy_calls_it_missing_she_is_expected() -> None:
    assert where_now(facts(), told=None, now=NOW).where is Where.EXPECTED
    assert where_now(facts(covered=False), told=None, now=minute(-5)).where is Where.EXPECTED


def test_minutes_nobody_can_know_are_not_made_up() -> None:
    assert where_now(facts(seen(None, None)), told=None, now=NOW).minutes is None


def at_the_door(**more: object) -> SeatFacts:
    door = AtTheDoor(asked_at=minute(2), seen_at=minute(29), **more)  # type: ignore[arg-type]
    return SeatFacts(session=evening(), covered=True, door=door)


@pytest.mark.parametrize("told", [None, Status.MISSED])
def test_who_stands_at_the_door_waits_though_she_was_told_missing(told: Status | None) -> None:
    assert where_now(at_the_door(), told=told, now=NOW) == SeatNow(Where.WAITING, 0, minute(2))


def test_who_went_from_the_door_is_where_she_would_be_without_it() -> None:
    gone = at_the_door(ended_at=minute(29))
    assert where_now(gone, told=Status.MISSED, now=NOW).where is Where.MISSING
    assert where_now(at_the_door(), told=Status.EXCUSED, now=NOW).where is Where.EXCUSED
