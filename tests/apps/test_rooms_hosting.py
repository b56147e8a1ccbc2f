"""Rooms of our own: which sessions get one, and what it is called."""

from typing import Any

import pytest

from rejoin.audit.models import Event
from rejoin.common.actors import ENGINE
from rejoin.domain.attendance import Held
from rejoin.rooms.actions import issue_join_ref
from rejoin.rooms.engines.janus.tokens import PLUGIN
from rejoin.rooms.hosting import (
    OPEN_AFTER,
    close_hosted,
    close_left_behind,
    host_session,
    host_upcoming,
    move_hosted,
)
from rejoin.rooms.models import HostedRoom, Identity, Room
from rejoin.rooms.polling import keep_snapshot
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms, read_all, spans
from tests.apps.visits_scene import EngineInMemory

pytestmark = pytest.mark.django_db
WHO: Any = {"by": ENGINE, "at": EVENING - 10 * MINUTE}


def test_a_session_that_begins_soon_gets_a_room_whose_name_says_nothing_and_finds_it() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    assert host_upcoming("janus", by=ENGINE, at=EVENING - 16 * MINUTE) == 0
    assert host_upcoming("janus", **WHO) == 1
    assert host_upcoming("janus", **WHO) == 0
    made = HostedRoom.objects.get()
    assert made.session == session
    assert made.name.version == 4
    assert [each.name for each in Room.objects.filter(session=session)] == [str(made.name)]


def test_a_session_with_a_room_elsewhere_or_that_is_not_held_gets_none() -> None:
    rooms = Rooms()
    rooms.session(rooms.patient("ada"), room="blue")
    over = rooms.session(rooms.patient("ben"), room="", starts_at=EVENING - 4 * HOUR)
    assert over.ends_at < WHO["at"]
    called_off = rooms.session(rooms.patient("cleo"), room="")
    called_off.held, called_off.unheld_at, called_off.unheld_by = Held.CANCELLED.value, EVENING, str(ENGINE)
    called_off.save()
    by_phone = rooms.session(rooms.patient("dan"), room="")
    by_phone.mode = "phone"
    by_phone.save()
    assert host_upcoming("janus", **WHO) == 0


def test_asked_twice_a_session_has_one_room() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    assert (
        host_session(session=session, provider="janus", **WHO).name
        == host_session(session=session, provider="janus", **WHO).name
    )


def test_a_room_that_was_closed_is_there_again_by_its_name_once_its_session_is_to_be_held_after_all() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    room = host_session(session=session, provider="janus", **WHO)
    session.held, session.unheld_at, session.unheld_by = Held.CANCELLED.value, EVENING, str(ENGINE)
    session.save()
    close_hosted(room=room, **WHO)
    assert host_upcoming("janus", **WHO) == 0, "it is called off"
    session.held, session.unheld_at, session.unheld_by = Held.SCHEDULED.value, None, ""
    session.save()
    assert host_upcoming("janus", **WHO) == 1
    assert host_upcoming("janus", **WHO) == 0
    again = HostedRoom.objects.get()
    assert (again.name, again.closed_at, again.next_look_at) == (room.name, None, WHO["at"])
    verbs = Event.objects.filter(subject=f"session:{session.pk}").order_by("id")
    told = [each for each in verbs.values_list("verb", flat=True) if each.startswith("rooms.")]
    assert told[-2:] == ["rooms.close_hosted", "rooms.reopen_hosted"]


def test_a_session_that_is_moved_to_later_after_its_room_was_closed_has_it_again_shortly_before() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    room = host_session(session=session, provider="janus", **WHO)
    over = session.ends_at + 31 * MINUTE
    close_hosted(room=room, by=ENGINE, at=over)
    assert host_upcoming("janus", by=ENGINE, at=over) == 0, "it is over"
    session.starts_at, session.ends_at = over + HOUR, over + 2 * HOUR
    session.save()
    assert host_upcoming("janus", by=ENGINE, at=over) == 0
    assert host_upcoming("janus", by=ENGINE, at=over + 50 * MINUTE) == 1
    assert HostedRoom.objects.get().closed_at is None


def test_rooms_of_the_engine_of_before_are_closed_once_their_sessions_are_over() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    host_session(session=session, provider="livekit", **WHO)
    over = session.ends_at + OPEN_AFTER
    close_left_behind("livekit", by=ENGINE, at=over)
    close_left_behind("janus", by=ENGINE, at=over - MINUTE)
    assert HostedRoom.objects.get().closed_at is None
    close_left_behind("janus", by=ENGINE, at=over)
    assert HostedRoom.objects.get().closed_at == over


def test_a_session_to_come_whose_room_is_in_an_engine_of_before_gets_one_in_the_engine_of_now() -> None:
    rooms = Rooms()
    session = rooms.session(rooms.patient("ada"), room="")
    before = host_session(session=session, provider="livekit", **WHO)
    ref = issue_join_ref(seat=session.seats.get(), provider="livekit", **WHO)
    keep_snapshot(room=before, here=frozenset(), engine=EngineInMemory(name="livekit"), **WHO)
    asked = {"by": ENGINE, "at": WHO["at"] + MINUTE}
    HostedRoom.objects.update(engine_seen_at=asked["at"])
    assert host_upcoming("janus", **asked) == 0, "somebody still asks the engine of before"
    HostedRoom.objects.update(engine_seen_at=WHO["at"])
    assert host_upcoming("janus", **asked) == 1
    assert host_upcoming("janus", **asked) == 0
    assert host_upcoming("livekit", **asked) == 0, "it was moved a moment ago"
    now = HostedRoom.objects.get()
    assert (now.provider, now.engine_seen_at, now.closed_at) == ("janus", None, None)
    assert now.name != before.name
    names = {str(before.name), str(now.name)}
    assert {each.name for each in Room.objects.filter(session=session)} == names
    assert Identity.objects.filter(provider="janus", ref=ref, patient__name="ada").exists()
    told = Event.objects.filter(subject=f"session:{session.pk}").order_by("id")
    moved = {("rooms.close_hosted", "livekit"), ("rooms.move_hosted", "janus")}
    assert moved <= set(told.values_list("verb", "reason"))


def joined(engine: str, room: str, ref: str) -> dict[str, Any]:
    """Somebody came at EVENING, in the words of either engine."""
    seconds = int(EVENING.timestamp())
    if engine == "livekit":
        return {
            "event": "participant_joined",
            "id": "EV_1",
            "createdAt": str(seconds),
            "room": {"name": room, "sid": "RM_1"},
            "participant": {"identity": ref, "sid": "PA_1", "joinedAt": str(seconds)},
        }
    came = {"event": "joined", "room": room, "id": f"{ref}.1", "display": ""}
    return {
        "emitter": "north",
        "type": 64,
        "timestamp": seconds * 1_000_000,
        "session_id": 1,
        "handle_id": 2,
        "event": {"plugin": PLUGIN, "data": came},
    }


@pytest.mark.parametrize("heard_for", [8, None])
@pytest.mark.parametrize(("before", "after"), [("livekit", "janus"), ("janus", "livekit")])
def test_whoever_was_in_the_room_of_the_engine_of_before_has_gone_when_it_was_last_heard(
    before: str, after: str, heard_for: int | None
) -> None:
    """Where it was never asked who is in: until the move."""
    rooms = Rooms()
    ada = rooms.patient("ada")
    session = rooms.session(ada, room="")
    room = host_session(session=session, provider=before, **WHO)
    ref = issue_join_ref(seat=session.seats.get(), provider=before, **WHO)
    rooms.hear(joined(before, str(room.name), ref), provider=before)
    read_all(EVENING)
    assert spans(session, ada) == [(EVENING, None)]
    moved_at = EVENING + 10 * MINUTE
    last_heard = EVENING + heard_for * MINUTE if heard_for else None
    HostedRoom.objects.update(engine_seen_at=last_heard)
    assert host_upcoming(after, by=ENGINE, at=moved_at) == 1
    read_all(moved_at)
    assert spans(session, ada) == [(EVENING, last_heard or moved_at)]


def test_a_room_that_another_worker_has_moved_meanwhile_keeps_the_name_it_got() -> None:
    rooms = Rooms()
    room = host_session(session=rooms.session(rooms.patient("ada"), room=""), provider="livekit", **WHO)
    seen_by_both = [HostedRoom.objects.get(pk=room.pk) for _ in range(2)]
    move_hosted(room=seen_by_both[0], provider="janus", **WHO)
    name = HostedRoom.objects.get().name
    move_hosted(room=seen_by_both[1], provider="janus", **WHO)
    assert HostedRoom.objects.get().name == name
    assert Event.objects.filter(verb="rooms.move_hosted").count() == 1
