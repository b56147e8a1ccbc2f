"""Rooms of our own: which sessions get one, and what it is called."""

from typing import Any

import pytest

from rejoin.common.actors import ENGINE
from rejoin.domain.attendance import Held
from rejoin.rooms.hosting import host_session, host_upcoming
from rejoin.rooms.models import HostedRoom, Room
from tests.apps.rooms_scene import EVENING, HOUR, MINUTE, Rooms

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
