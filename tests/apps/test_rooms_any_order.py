"""Whatever order deliveries come in, however often and in however many batches: the sidecar's evidence comes out."""

import json
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rejoin.common.actors import COMMAND, vendor_actor
from rejoin.rooms.actions import take_in, take_in_file
from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.inbox import Delivery
from rejoin.rooms.sweep import read_events
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, in_one_go, kept, read_all
from tests.rooms.seeds import janus, janus_attached, janus_core, jitsi, jitsi_room, zoom, zoom_ended

pytestmark = pytest.mark.django_db
NIGHT = EVENING + 9 * HOUR
EXAMPLES = 1000 if os.environ.get("REJOIN_DEEP") else 40
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
NAMES = ("ada", "cleo", "dora")
# Three sessions that follow each other in one room, with a pause and without; one elsewhere.
PLACES = (("blue", 0, 60), ("blue", 70, 60), ("blue", 240, 60), ("green", 0, 180))
REPORT = (
    "Name (Original Name),User Email,Join Time,Leave Time,Duration (Minutes),Guest,In Waiting Room\r\n"
    "Ada,ada@example.org,10/05/2026 06:05:00 PM,10/05/2026 06:50:00 PM,45,Yes,No\r\n"
    "Kim,,10/05/2026 06:07:00 PM,10/05/2026 06:50:00 PM,43,Yes,No\r\n"
)

Told = tuple[str, bytes]
"""A provider, and what it posts."""
minutes = st.integers(-110, 400)
seconds = st.integers(1, 9000)
visits = st.builds(
    lambda room, who, start, stay, device, run: Visit(
        room=room,
        ref=f"pt-{who}",
        joined_at=EVENING + start * MINUTE,
        left_at=EVENING + start * MINUTE + timedelta(seconds=stay) if stay else None,
        device=device,
        run=run,
        name=who,
    ),
    st.sampled_from(("blue", "Blue", "green", "nowhere")),
    st.sampled_from((*NAMES, "nobody")),
    minutes,
    st.one_of(st.none(), seconds),
    st.integers(0, 1),
    st.integers(0, 1),
)


def as_json(told: Any) -> bytes:
    return json.dumps(told).encode()


def at(minute: int) -> datetime:
    return EVENING + minute * MINUTE


def janus_log(who: str, start: int, stay: int, spoofed: bool) -> list[Any]:
    joined, left = (
        int(at(start).timestamp() * 1e6),
        int((at(start) + timedelta(seconds=stay)).timestamp() * 1e6),
    )
    signed = "pt-nobody" if spoofed else f"pt-{who}"
    return [
        janus_attached(joined - 5, ref=signed, handle=start + 200),
        janus("joined", joined, who=f"pt-{who}.aa", room="blue", handle=start + 200),
        janus("leaving", left, who=f"pt-{who}.aa", room="blue"),
    ]


def zoom_log(who: str, start: int, stay: int) -> list[Any]:
    joined, left = at(start).isoformat(), (at(start) + timedelta(seconds=stay)).isoformat()
    person = {"user_id": f"u-{who}", "user_name": who, "email": f"{who}@example.org", "id": ""}
    sent = int(at(start).timestamp() * 1000)
    told = [
        zoom(
            "meeting.participant_joined_waiting_room",
            at(start - 2).isoformat(),
            sent=sent - 120_000,
            **person,
        ),
        zoom("meeting.participant_admitted", joined, sent=sent, **person),
        zoom("meeting.participant_joined", joined, sent=sent, **person),
        zoom("meeting.participant_left", left, sent=sent + stay * 1000, **person),
    ]
    for each in told:
        each["payload"]["object"]["id"] = "blue"
    return told


def jitsi_log(who: str, start: int, stay: int) -> list[Any]:
    joined = at(start).timestamp()
    person: dict[str, Any] = {"occupant_jid": f"jid-{who}-{start}", "id": f"pt-{who}"}
    told = [
        jitsi("muc-occupant-joined", joined=joined, **person),
        jitsi("muc-occupant-left", joined=joined, left=joined + stay, **person),
    ]
    return [{**each, "room_name": "blue"} for each in told]


def closing(kind: str, minute: int) -> Told:
    moment = at(minute)
    if kind == "janus":
        return "janus", as_json(janus_core("started", int(moment.timestamp() * 1e6)))
    if kind == "janus-room":
        return "janus", as_json(janus("destroyed", int(moment.timestamp() * 1e6), room="blue"))
    if kind == "jitsi":
        return "jitsi", as_json({**jitsi_room("muc-room-destroyed", moment.timestamp()), "room_name": "blue"})
    ended = zoom_ended(moment.isoformat(), sent=int(moment.timestamp() * 1000))
    ended["payload"]["object"] |= {"id": "blue", "start_time": at(minute - 90).isoformat()}
    return "zoom", as_json(ended)


someone = st.tuples(st.sampled_from((*NAMES, "nobody")), minutes, seconds)
livekit_told = st.lists(visits, max_size=5).map(
    lambda came: [("livekit", as_json(each.body)) for each in events_of(came)]
)
janus_told = st.lists(st.tuples(someone, st.booleans()), max_size=3).map(
    lambda came: [("janus", as_json(each)) for (who, spoofed) in came for each in janus_log(*who, spoofed)]
)
zoom_told = st.lists(someone, max_size=3).map(
    lambda came: [("zoom", as_json(e)) for who in came for e in zoom_log(*who)]
)
jitsi_told = st.lists(someone, max_size=3).map(
    lambda came: [("jitsi", as_json(e)) for who in came for e in jitsi_log(*who)]
)
closings = st.lists(
    st.builds(closing, st.sampled_from(("janus", "janus-room", "jitsi", "zoom")), minutes), max_size=2
)
everything = st.tuples(livekit_told, janus_told, zoom_told, jitsi_told, closings).map(
    lambda parts: [each for part in parts for each in part]
)


def a_place() -> Rooms:
    rooms = Rooms()
    patients = [rooms.patient(name, email=f"{name}@example.org") for name in NAMES]
    for patient in patients:
        for provider in ("livekit", "janus", "jitsi"):
            rooms.link(patient, provider=provider)
    for place, (room, start, length) in enumerate(PLACES):
        seated = patients[:2] if room == "blue" else patients[2:]
        rooms.session(*seated, starts_at=at(start), length=length * MINUTE, room=room, name=f"S{place}")
    return rooms


def deliver_in_batches(told: Sequence[Told], cuts: Sequence[int], now: datetime, limit: int) -> None:
    """Deliver, and read whatever is there at each cut."""
    for place, (provider, body) in enumerate(told):
        delivery = Delivery(event_id=f"n{place}", body=body)
        take_in(provider=provider, deliveries=[delivery], by=vendor_actor(provider), at=EVENING - 2 * HOUR)
        if place in cuts:
            read_events(now, limit)
    read_all(now, limit)


@MANY
@given(everything, st.data())
def test_evidence_is_the_sidecars_whatever_the_order_duplication_and_batching(
    told: list[Told], data: st.DataObject
) -> None:
    from django.db import transaction

    copies = data.draw(st.lists(st.sampled_from(told), max_size=4)) if told else []
    shuffled = data.draw(st.permutations([*told, *copies]))
    cuts = data.draw(st.sets(st.integers(0, max(len(shuffled) - 1, 0)), max_size=5))
    limit = data.draw(st.sampled_from((1, 3, 500)))
    with_report, with_log = data.draw(st.booleans()), data.draw(st.booleans())
    files = [REPORT.encode()] if with_report else []
    filed = data.draw(st.lists(st.sampled_from(told), max_size=8)) if told and with_log else []
    files += [b"\n".join(body for _, body in filed)] if filed else []
    with transaction.atomic():
        a_place()
        for file in files:
            take_in_file(provider=None, name="a.csv", body=file, by=COMMAND, at=EVENING - 2 * HOUR)
        deliver_in_batches(shuffled, sorted(cuts), NIGHT, limit)
        assert kept() == in_one_go(NIGHT)
        transaction.set_rollback(True)


@MANY
@given(everything, st.data())
def test_evidence_follows_the_clock_as_the_sidecars_does(told: list[Told], data: st.DataObject) -> None:
    """Read as time goes by, each delivery as soon as it has happened: what is known then is what the sidecar says."""
    from django.db import transaction

    shuffled = data.draw(st.permutations(told))
    nows = sorted(data.draw(st.lists(minutes, min_size=1, max_size=4)))
    with transaction.atomic():
        a_place()
        deliver_in_batches(shuffled, (), at(nows[0]), 500)
        for minute in nows:
            read_all(at(minute))
            assert kept() == in_one_go(at(minute))
        read_all(NIGHT)
        assert kept() == in_one_go(NIGHT)
        transaction.set_rollback(True)
