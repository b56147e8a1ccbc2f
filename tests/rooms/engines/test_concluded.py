"""What two answers in a row say against the events: folded with them, and beaten by whatever they tell."""

import itertools
import json
from datetime import UTC, datetime, timedelta

import pytest

from rejoin.rooms.engines.concluded import ELSEWHERE
from rejoin.rooms.exports import read_mentions
from rejoin.rooms.inbox import deliver
from rejoin.rooms.sightings import Context
from tests.rooms.asking import NEW_YORK
from tests.rooms.recorded import Expected, recorded, sightings_of, visits

BEGINS = datetime(2026, 10, 5, 22, 0, tzinfo=UTC)
JOINED, LEFT = BEGINS + timedelta(seconds=131), BEGINS + timedelta(seconds=2405)
MINUTE = timedelta(minutes=1)


def concluded(name: str, conn: str, at: datetime, *, here: bool, ref: str | None = None) -> bytes:
    return ELSEWHERE[name](None, recorded(name).room, conn, here=here, at=at, ref=ref)


def conn_of(name: str) -> str:
    (seen,) = sightings_of(name, [recorded(name).deliveries["join"]])
    return seen.conn


def orders(name: str, *bodies: bytes) -> list[list[Expected]]:
    """What they come to in every order, once each."""
    found: list[list[Expected]] = []
    for order in itertools.permutations(bodies):
        told = visits(sightings_of(name, order))
        if told not in found:
            found.append(told)
    return found


@pytest.fixture(params=sorted(ELSEWHERE))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_somebody_of_whom_no_event_told_is_there_from_when_she_was_seen(name: str) -> None:
    ref = recorded(name).refs["ada"]
    (seen,) = sightings_of(name, [concluded(name, "conn-9", JOINED, here=True, ref=ref)])
    assert (seen.ref, seen.conn, seen.room) == (ref, "conn-9", recorded(name).room)
    assert (seen.joined_at, seen.left_at) == (JOINED, None)


def test_a_leave_that_was_lost_is_concluded_and_not_said_to_be_told(name: str) -> None:
    evening = recorded(name)
    gone = concluded(name, conn_of(name), LEFT, here=False)
    expected = [Expected(evening.refs["ada"], JOINED, LEFT, reported=False)]
    assert orders(name, evening.deliveries["join"], gone) == [expected]


def test_what_was_told_beats_what_was_concluded_whenever_it_comes(name: str) -> None:
    evening, conn = recorded(name), conn_of(name)
    gone = concluded(name, conn, LEFT + MINUTE, here=False)
    early = concluded(name, conn, JOINED + MINUTE, here=True, ref=evening.refs["ada"])
    expected = [Expected(evening.refs["ada"], JOINED, LEFT, reported=True)]
    told = (evening.deliveries["join"], evening.deliveries["leave"])
    assert orders(name, *told, gone, early) == [expected]


def test_who_was_missed_and_is_seen_again_has_not_left(name: str) -> None:
    evening, conn = recorded(name), conn_of(name)
    gone = concluded(name, conn, JOINED + MINUTE, here=False)
    again = concluded(name, conn, JOINED + 2 * MINUTE, here=True, ref=evening.refs["ada"])
    for told in orders(name, evening.deliveries["join"], gone, again):
        assert (told[-1].ref, told[-1].left) == (evening.refs["ada"], None)


def test_nothing_is_made_of_an_absence_alone(name: str) -> None:
    assert sightings_of(name, [concluded(name, "conn-9", JOINED, here=False)]) == []


def test_a_conclusion_is_kept_once_and_placed_by_its_room(name: str) -> None:
    body = concluded(name, "conn-9", JOINED, here=True, ref="p-1")
    assert deliver(name, body) == deliver(name, concluded(name, "conn-9", JOINED, here=True, ref="p-1"))
    assert deliver(name, body).event_id != deliver(name, concluded(name, "conn-9", LEFT, here=True)).event_id
    (mention,) = read_mentions(body, vendor=name, name="a", context=Context(zone=NEW_YORK))
    assert (mention.name, mention.at) == (recorded(name).room, int(JOINED.timestamp()) * 1_000_000)
    assert json.loads(body)
