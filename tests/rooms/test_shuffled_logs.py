"""Whatever order a log arrived in, and however often: the same visits come out, and the true ones."""

from collections.abc import Sequence
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.rooms import seeds
from tests.rooms.asking import at, reading_of, span, without_lines
from tests.rooms.seeds import (
    daily,
    janus,
    janus_attached,
    janus_core,
    jitsi,
    jitsi_room,
    json_lines,
    livekit,
    zoom,
)

T = 1781000000

# A person's visits: gaps and stays in seconds, never zero.
visits = st.lists(st.tuples(st.integers(1, 900), st.integers(1, 5000)), min_size=1, max_size=4)
people = st.lists(visits, min_size=1, max_size=4)


def ends(stays: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The starts and ends of stays that follow one another."""
    now, found = T, []
    for gap, stay in stays:
        found.append((now + gap, now + gap + stay))
        now += gap + stay
    return found


def livekit_log(person: int, stays: Sequence[tuple[int, int]]) -> list[Any]:
    log = []
    for visit, (start, end) in enumerate(ends(stays)):
        sid = f"PA_{person}_{visit}"
        log.append(livekit("participant_joined", start + 1, sid=sid, joined=start))
        log.append(livekit("participant_left", end, sid=sid, joined=start))
    return log


def zoom_log(person: int, stays: Sequence[tuple[int, int]]) -> list[Any]:
    log = []
    for start, end in ends(stays):
        who = {"user_id": str(person), "user_name": f"name {start % 3}"}
        joined, left = at(start).isoformat(), at(end).isoformat()
        log.append(zoom("meeting.participant_joined", joined, sent=start * 1000, **who))
        log.append(zoom("meeting.participant_left", left, sent=end * 1000, **who))
    return log


def jitsi_log(person: int, stays: Sequence[tuple[int, int]]) -> list[Any]:
    log = []
    for start, end in ends(stays):
        who: dict[str, Any] = {"occupant_jid": f"jid-{person}"}
        log.append(jitsi("muc-occupant-joined", joined=start, **who))
        log.append(jitsi("muc-occupant-left", joined=start, left=end, **who))
    return log


def janus_log(person: int, stays: Sequence[tuple[int, int]]) -> list[Any]:
    log = []
    for start, end in ends(stays):
        who = f"p-{person}.aa"
        log.append(janus_attached(start * 1_000_000 - 5, ref=f"p-{person}", handle=start))
        log.append(janus("joined", start * 1_000_000, who=who, handle=start))
        log.append(janus("leaving", end * 1_000_000, who=who))
    return log


def daily_log(person: int, stays: Sequence[tuple[int, int]]) -> list[Any]:
    log = []
    for visit, (start, end) in enumerate(ends(stays)):
        conn = f"s-{person}-{visit}"
        log.append(daily("participant.joined", start, conn=conn))
        log.append(daily("participant.left", start, left=end, conn=conn))
    return log


LOGS = [livekit_log, zoom_log, jitsi_log, janus_log, daily_log]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(LOGS), people, st.data())
def test_any_order_and_any_number_of_copies_give_the_visits_that_took_place(
    log_of: Any, everybody: list[list[tuple[int, int]]], data: st.DataObject
) -> None:
    events = [event for person, stays in enumerate(everybody) for event in log_of(person, stays)]
    copies = data.draw(st.lists(st.sampled_from(events), max_size=10))
    shuffled = data.draw(st.permutations([*events, *copies]))
    truth = sorted((at(start), at(end)) for stays in everybody for start, end in ends(stays))
    reading = reading_of(json_lines(shuffled))
    assert sorted(span(seen) for seen in reading.sightings) == truth
    assert all(seen.leave_reported for seen in reading.sightings)
    assert without_lines(reading) == without_lines(reading_of(json_lines(events)))


TROUBLED: list[list[Any]] = [
    seeds.LIVEKIT_EVENTS,
    seeds.ZOOM_EVENTS,
    seeds.JITSI_EVENTS,
    seeds.JANUS_EVENTS,
    seeds.DAILY_EVENTS,
    [
        # One id used by two handles, a leave too many, a room destroyed twice, and a restart.
        janus_attached(T * 1_000_000, ref="p-1", handle=7),
        janus_attached(T * 1_000_000, ref="p-8", handle=8),
        janus("joined", (T + 1) * 1_000_000, handle=7),
        janus("joined", (T + 2) * 1_000_000, handle=8),
        janus("leaving", (T + 3) * 1_000_000),
        janus("leaving", (T + 4) * 1_000_000),
        janus("joined", (T + 5) * 1_000_000, handle=7),
        janus("destroyed", (T + 6) * 1_000_000),
        janus("joined", (T + 6) * 1_000_000, handle=8),
        janus_core("started", (T + 7) * 1_000_000),
        janus("destroyed", (T + 8) * 1_000_000),
    ],
    [
        # Leaves and joins of one instant, names that change, and two lost events.
        zoom("meeting.participant_joined", at(T).isoformat(), sent=T * 1000, user_name="A"),
        zoom("meeting.participant_left", at(T + 9).isoformat(), sent=T * 1000, user_name="B"),
        zoom("meeting.participant_joined", at(T + 9).isoformat(), sent=T * 1000, customer_key="c"),
        zoom("meeting.participant_joined", at(T + 20).isoformat(), sent=T * 1000),
        zoom("meeting.participant_put_in_waiting_room", at(T + 20).isoformat(), sent=T * 1000),
        zoom("meeting.participant_left", at(T + 20).isoformat(), sent=T * 1000),
        zoom("meeting.participant_left", at(T + 25).isoformat(), sent=T * 1000, email=""),
        seeds.zoom_ended(at(T + 30).isoformat(), sent=T * 1000),
        seeds.zoom_ended(at(T + 31).isoformat(), sent=T * 1000),
    ],
    [
        livekit("participant_joined", T, joined=T),
        livekit("participant_left", T + 5, joined=T + 1, identity="other"),
        livekit("participant_left", T + 6, joined=T),
        livekit("participant_connection_aborted", T + 2),
        livekit("participant_connection_aborted", T + 3, name="Zed"),
        livekit("participant_left", T + 1, sid="PA_2"),
        livekit("room_finished", T + 4, sid=None),
        jitsi("muc-occupant-joined", joined=T),
        jitsi("muc-occupant-joined", joined=T + 5, name="Zed"),
        jitsi_room("muc-room-destroyed", T + 9),
    ],
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(TROUBLED), st.data())
def test_a_log_with_lost_and_contradicting_events_reads_the_same_in_any_order(
    events: list[Any], data: st.DataObject
) -> None:
    copies = data.draw(st.lists(st.sampled_from(events), max_size=6))
    shuffled = data.draw(st.permutations([*events, *copies]))
    expected = without_lines(reading_of(json_lines(events)))
    assert without_lines(reading_of(json_lines(shuffled))) == expected
    listed = without_lines(reading_of(json_lines([shuffled])))
    assert listed == expected
