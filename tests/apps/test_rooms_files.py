"""Exports and logs taken in as files, and the services whose words are not LiveKit's."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rejoin.common.actors import COMMAND
from rejoin.rooms.actions import take_in_file
from rejoin.rooms.exports import read_mentions, read_room_bytes
from rejoin.rooms.exports.tracks import ROOM
from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.models import RawEvent, Revisit
from rejoin.rooms.reading import UTC_CONTEXT
from rejoin.rooms.sightings import Sighting, Unreadable
from rejoin.rooms.sweep import read_events
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, in_one_go, kept, read_all, seen, simulate
from tests.rooms.seeds import JANUS_EVENTS, TEAMS, ZOOM_TOTALS, json_lines

NIGHT = EVENING + 5 * HOUR


def take(body: str | bytes, at: Any = NIGHT) -> RawEvent:
    raw = body.encode() if isinstance(body, str) else body
    return take_in_file(provider=None, name="a", body=raw, by=COMMAND, at=at)


def again(row: RawEvent) -> RawEvent:
    row.refresh_from_db()
    return row


def bbb(what: str, at: float, *, user: str = "w_1", **more: Any) -> Any:
    attributes: dict[str, Any] = {"meeting": {"internal-meeting-id": "m-1", "external-meeting-id": "blue"}}
    if what.startswith("user"):
        attributes["user"] = {
            "internal-user-id": user,
            "external-user-id": f"pt-{user}",
            "name": "Ada",
            **more,
        }
    return {"data": {"type": "event", "id": what, "attributes": attributes, "event": {"ts": int(at * 1000)}}}


def sightings(events: list[Any]) -> list[Sighting]:
    return list(read_room_bytes(json_lines(events), name="a", context=UTC_CONTEXT).readings[0].sightings)


T = 1781000000
BBB = [
    bbb("meeting-created", T),
    bbb("user-joined", T + 10),
    bbb("user-joined", T + 20, user="w_2", role="MODERATOR"),
    bbb("user-presenter-assigned", T + 21),
    bbb("user-left", T + 60),
    bbb("user-joined", T + 80),
    bbb("user-joined", T + 90, user="w_3", **{"external-user-id": "w_3"}),
    bbb("user-left", T + 95, user="w_3"),
    bbb("meeting-ended", T + 100),
]


def test_bigbluebuttons_webhooks_are_visits() -> None:
    told = sightings(BBB)
    stays = [(each.ref, each.staff, each.leave_reported, _stay(each)) for each in told]
    assert stays == [
        ("pt-w_1", False, True, (10, 60)),
        ("pt-w_2", True, False, (20, 100)),
        ("pt-w_1", False, False, (80, 100)),
        ("pt-w_3", False, True, (90, 95)),
    ]


def _stay(seen: Sighting) -> tuple[int, int]:
    if seen.joined_at is None or seen.left_at is None:
        raise AssertionError(seen)
    return int(seen.joined_at.timestamp()) - T, int(seen.left_at.timestamp()) - T


@settings(max_examples=50, deadline=None)
@given(st.permutations(BBB), st.lists(st.sampled_from(BBB), max_size=4))
def test_bigbluebuttons_webhooks_read_the_same_in_any_order(events: list[Any], copies: list[Any]) -> None:
    def without_lines(told: list[Sighting]) -> set[str]:
        return {str(each).partition("line=")[0] + str(each).partition("display=")[2] for each in told}

    assert without_lines(sightings([*events, *copies])) == without_lines(sightings(BBB))


@pytest.mark.parametrize(
    "event",
    [
        bbb("user-joined", -1),
        {"data": {"type": "event", "id": "user-joined", "attributes": {}, "event": {"ts": T * 1000}}},
        {
            "data": {
                "type": "event",
                "id": "user-left",
                "attributes": {"meeting": {"external-meeting-id": "blue"}},
                "event": {"ts": T * 1000},
            }
        },
        {"data": {"type": "event"}},
        {"data": []},
        {"event": "participant_joined", "createdAt": T},
        [{"foo": 1}],
    ],
)
def test_what_bigbluebutton_cannot_have_sent_is_refused(event: Any) -> None:
    with pytest.raises(Unreadable):
        read_mentions(json.dumps(event).encode(), vendor="bigbluebutton", name="a", context=UTC_CONTEXT)


def test_whatever_can_be_read_alone_can_be_read_with_others() -> None:
    """What tells nothing of people is nobody's fault, in a list or alone."""
    odd = {"type": 1, "timestamp": "x", "event": 7}
    for delivery in ([odd], odd, [odd, *JANUS_EVENTS], JANUS_EVENTS):
        read_mentions(json.dumps(delivery).encode(), vendor="janus", name="a", context=UTC_CONTEXT)
    told = read_mentions(json.dumps(JANUS_EVENTS).encode(), vendor="janus", name="a", context=UTC_CONTEXT)
    assert {each.name for each in told if each.kind == ROOM} == {"grp-42"}


@pytest.mark.django_db
def test_a_log_of_many_sessions_is_of_each_and_ends_what_webhooks_began() -> None:
    rooms = Rooms()
    ada, cleo = rooms.patient("ada"), rooms.patient("cleo")
    sessions = [rooms.session(ada, cleo, starts_at=EVENING + each * 24 * HOUR) for each in range(4)]
    hers, other = rooms.link(ada), rooms.link(cleo)
    told = []
    for each in range(4):
        joined = EVENING + each * 24 * HOUR
        told.append(
            [
                event.body
                for event in events_of(
                    [Visit(room="blue", ref=hers, joined_at=joined, left_at=joined + HOUR)]
                )
            ]
        )
    rooms.hear(*told[0][:2])
    log = take(json_lines([*told[0][2:], *told[1], *told[2], *told[3]]), at=EVENING)
    read_all(EVENING + 100 * HOUR)
    assert [[(each.start, each.end) for each in seen(session, ada)] for session in sessions] == [
        [(EVENING + place * 24 * HOUR, EVENING + (place * 24 + 1) * HOUR)] for place in range(4)
    ]
    assert kept() == in_one_go(EVENING + 100 * HOUR)
    assert again(log).state == "read"
    rooms.hear(*(event.body for event in events_of([Visit(room="blue", ref=other, joined_at=EVENING)])))
    read_all(EVENING + 100 * HOUR)
    assert kept() == in_one_go(EVENING + 100 * HOUR)


@pytest.mark.django_db
def test_a_file_of_what_is_to_come_waits_and_one_of_another_room_is_told() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada", email="ada@example.org")
    session = rooms.session(ada, room="other")
    header = "Meeting ID,Topic,Start Time,End Time,User Email,Duration (Minutes),Participants,\r\n"
    meeting = '"812",Evening,2026-10-05 18:00:00,2026-10-05 21:00:00,ben@example.org,180,1,\r\n\r\n'
    row = "Name,User Email,Join Time,Leave Time\r\nAda,ada@example.org,2026-10-05 18:05:00,2026-10-05 20:50:00\r\n"
    report = take(header + meeting + row, at=EVENING - 48 * HOUR)
    read_all(EVENING - 24 * HOUR)
    assert (again(report).state, report.next_try_at) == ("new", EVENING)
    read_all(NIGHT)
    assert (again(report).state, report.error) == ("unplaced", "no_session")
    assert seen(session, ada) == ()
    assert kept() == in_one_go(NIGHT)


@pytest.mark.django_db
def test_a_file_that_could_be_of_two_sessions_is_of_none() -> None:
    rooms = Rooms()
    ada = rooms.patient("ada", email="ada@example.org")
    rooms.session(ada, room="")
    rooms.session(rooms.patient("cleo", email="cleo@example.org"), room="", name="S9")
    rows = "Ada,ada@example.org,10/05/2026 06:05:00 PM,10/05/2026 08:50:00 PM\r\n"
    rows += "Cleo,cleo@example.org,10/05/2026 06:05:00 PM,10/05/2026 08:50:00 PM\r\n"
    report = take("Name,User Email,Join Time,Leave Time\r\n" + rows)
    read_all(NIGHT)
    assert (again(report).state, report.error) == ("unplaced", "several_sessions")
    assert kept() == in_one_go(NIGHT)


@pytest.mark.django_db
def test_a_file_that_tells_no_times_is_of_no_session() -> None:
    rooms = Rooms()
    rooms.session(rooms.patient("ada", email="ada@example.org"))
    totals = take(ZOOM_TOTALS)
    teams = take(TEAMS.encode("utf-16"))
    read_all(NIGHT)
    assert (again(totals).state, again(teams).state) == ("unplaced", "unplaced")


@pytest.mark.django_db
def test_more_sessions_than_one_transaction_holds_are_visited_one_lot_after_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    simulate(NIGHT)
    monkeypatch.setattr("rejoin.rooms.actions.SESSIONS_AT_ONCE", 2)
    rooms = Rooms()
    people = [rooms.patient(f"p{each}") for each in range(7)]
    told = []
    for place, each in enumerate(people):
        rooms.session(each, room=f"room-{place}", name=f"S{place}")
        visit = Visit(room=f"room-{place}", ref=rooms.link(each), joined_at=EVENING, left_at=EVENING + MINUTE)
        told += [event.body for event in events_of([visit])]
    take(json_lines(told))
    assert read_events(NIGHT) > 0
    assert Revisit.objects.filter(at__lte=NIGHT).exists()
    read_all(NIGHT)
    assert kept() == in_one_go(NIGHT)
    assert len(kept()["seats"]) == 7


@pytest.mark.django_db
def test_a_file_that_goes_on_after_now_is_looked_at_once_more_at_its_end() -> None:
    rooms = Rooms()
    ada, cleo = (rooms.patient(each, email=f"{each}@example.org") for each in ("ada", "cleo"))
    rooms.session(ada, cleo)
    rows = "Ada,ada@example.org,2026-10-05 18:05:00,2026-10-05 19:00:00\r\n"
    rows += "Cleo,cleo@example.org,2026-10-05 19:30:00,2026-10-05 20:50:00\r\n"
    take("Name,User Email,Join Time,Leave Time\r\n" + rows, at=EVENING)
    for now in (EVENING + 30 * MINUTE, EVENING + 3 * HOUR, NIGHT):
        read_all(now)
        assert kept() == in_one_go(now)
    assert len(kept()["seats"]) == 2
