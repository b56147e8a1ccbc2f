"""A real evening of Janus 1.1.2, recorded from its websocket event handler, beside what was done to it and when.

Three people join; one leaves and comes back, one is killed, one is put out and comes back; a fourth joins by another
one's name and is put out; the server is killed (-9) and started again; one comes back, and the room is closed.
"""

import json
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec
import pytest

from rejoin.rooms.exports import read_log
from rejoin.rooms.inbox import deliver
from rejoin.rooms.sightings import Context, Sighting

FOLDER = Path(__file__).parent / "fixtures" / "janus"
EVENTS = (FOLDER / "evening.jsonl").read_bytes().splitlines()
ACTS: list[dict[str, str]] = json.loads((FOLDER / "evening-acts.json").read_bytes())
POSING = "p-dan.fake"
A_MOMENT = timedelta(milliseconds=100)


def folded(events: list[bytes]) -> list[Sighting]:
    file = read_log(list(enumerate(events, 1)), "janus", Context(zone=ZoneInfo("UTC")))
    (reading,) = file.readings
    return [msgspec.structs.replace(each, line=0) for each in reading.sightings]


def visits(ref: str) -> list[Sighting]:
    return [each for each in folded(EVENTS) if each.ref == ref and each.rejected is None]


def done(who: str, what: str, *, time: int = 0) -> tuple[datetime, datetime]:
    """From when to when it was done."""
    found = [each for each in ACTS if (each["who"], each["what"]) == (who, what)][time]
    return datetime.fromisoformat(found["since"]), datetime.fromisoformat(found["until"])


def within(told: datetime | None, act: tuple[datetime, datetime]) -> bool:
    """While it was done, or a moment later: the kernel closes the line of a process that was killed."""
    return told is not None and act[0] <= told <= act[1] + A_MOMENT


@pytest.mark.parametrize(
    ("ref", "ended"), [("p-ada", "leaves"), ("p-ben", "is killed"), ("p-cleo", "is put out")]
)
def test_each_visit_begins_and_ends_when_it_did(ref: str, ended: str) -> None:
    visit = visits(ref)[0]
    assert within(visit.joined_at, done(ref, "joins"))
    assert within(visit.left_at, done(ref, ended))
    assert visit.leave_reported


def test_whoever_was_in_when_the_server_was_killed_is_out_since_it_came_back_and_that_is_a_conclusion() -> (
    None
):
    killed = done("engine", "is killed")
    for ref in ("p-ada", "p-cleo"):
        last = visits(ref)[-1]
        assert within(last.left_at, killed)
        assert not last.leave_reported
    assert len(visits("p-ada")) == len(visits("p-cleo")) == 2


def test_whoever_was_in_when_the_room_was_closed_left_then() -> None:
    last = visits("p-ben")[-1]
    assert within(last.joined_at, done("p-ben", "joins", time=1))
    assert within(last.left_at, done("room", "is closed"))


def test_whoever_came_by_another_ones_name_is_nobody() -> None:
    (posing,) = [each for each in folded(EVENTS) if each.conn == POSING]
    assert posing.rejected is not None
    assert "p-eve" in posing.rejected
    assert not visits("p-dan")


def test_twenty_shuffles_with_half_of_it_told_twice_are_the_same_evening() -> None:
    told = folded(EVENTS)
    assert len(told) == 7
    for seed in range(20):
        chance = random.Random(seed)
        events = [*EVENTS, *chance.sample(EVENTS, len(EVENTS) // 2)]
        chance.shuffle(events)
        assert folded(events) == told


def test_each_event_has_an_id_of_its_own_however_it_is_spelled() -> None:
    ids = {deliver("janus", each).event_id for each in EVENTS}
    assert len(ids) == len(set(EVENTS)) == len(EVENTS)
    spelled = [json.dumps(json.loads(each), indent=3, sort_keys=True).encode() for each in EVENTS]
    assert {deliver("janus", each).event_id for each in spelled} == ids
