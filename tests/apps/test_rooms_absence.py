"""A nudge about a room of our own leaves only if events and the room itself say that she is absent, asked just now."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from rejoin.common.actors import ENGINE
from rejoin.domain.attendance.absent import Absent
from rejoin.followup.absence import cases_not_certain, seats_not_certain
from rejoin.outreach.models import Message
from rejoin.outreach.sending import ASK_AGAIN
from rejoin.rooms.actions import add_identities, issue_join_ref
from rejoin.rooms.engines.janus.adapter import CAPABILITIES
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.hosting import host_session
from rejoin.rooms.liveness import who_is_in
from rejoin.rooms.polling import keep_snapshot
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
DUE = START + minutes(6)
"""By then the policy has called her missed, and asked for a nudge."""
SECOND = timedelta(seconds=1)


class Nobody:
    """An engine whose events tell nothing more than its snapshots."""

    name = "none"


class Silent:
    """An engine that has no way to say who is in."""

    name = "janus"
    capabilities = replace(CAPABILITIES, snapshot=False)


class OwnRoom:
    """ada is expected in a room of our own, and the events say that she is not in it."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.ada = self.scene.admit("ada")
        self.session = self.scene.session(self.ada)
        self.room = host_session(session=self.session, provider="janus", by=ENGINE, at=START - minutes(15))
        self.ref = issue_join_ref(
            seat=self.session.seats.get(), provider="janus", by=ENGINE, at=START - minutes(15)
        )
        self.scene.watched(self.session)

    def asked(self, at: datetime, *here: Connection) -> None:
        """The engine said who was in."""
        engine: Any = Nobody()
        keep_snapshot(room=self.room, here=frozenset(here), engine=engine, by=ENGINE, at=at)

    def sent(self, at: datetime = DUE) -> int:
        """Messages that have left by then."""
        self.scene.run(at)
        return len(self.scene.sms.sent)

    def doubt(self, at: datetime = DUE) -> Absent | None:
        case = self.scene.case(self.ada)
        return cases_not_certain([case.pk], at).get(case.pk)


@pytest.fixture
def own() -> OwnRoom:
    return OwnRoom()


def test_events_and_room_say_that_she_is_absent_and_the_nudge_leaves_once(own: OwnRoom) -> None:
    own.asked(DUE - 10 * SECOND)
    assert own.sent() == 1
    own.asked(DUE + 50 * SECOND)
    assert own.sent(DUE + minutes(1)) == 1


def test_an_engine_that_is_silent_for_a_minute_nudges_nobody_until_it_is_heard_again(own: OwnRoom) -> None:
    own.asked(DUE - 61 * SECOND)
    assert own.sent() == 0
    assert own.doubt() is Absent.ENGINE_SILENT
    assert Message.objects.get(patient=own.ada).state == "queued"
    again = DUE + ASK_AGAIN
    own.asked(again - SECOND)
    assert own.sent(again) == 1


def test_who_came_while_no_worker_ran_is_not_written_to_when_one_runs_again(own: OwnRoom) -> None:
    """What is known is from before the gap: no event tells of her yet, and the last snapshot could not."""
    own.asked(DUE - 48 * SECOND)
    assert own.sent() == 0
    own.asked(DUE + SECOND, Connection(conn=f"{own.ref}.a1", ref=own.ref))
    assert own.sent(DUE + ASK_AGAIN) == 0
    assert own.doubt(DUE + ASK_AGAIN) is Absent.SHE_IS_HERE


def test_an_engine_that_never_answered_nudges_nobody(own: OwnRoom) -> None:
    assert own.sent() == 0
    assert own.doubt() is Absent.ENGINE_SILENT


def test_she_is_in_by_the_room_though_no_event_told_of_it(own: OwnRoom) -> None:
    own.asked(DUE - SECOND, Connection(conn=f"{own.ref}.a1", ref=own.ref))
    assert own.sent() == 0
    assert own.doubt() is Absent.SHE_IS_HERE


def test_she_is_in_by_the_events_though_the_room_does_not_name_her(own: OwnRoom) -> None:
    own.asked(DUE - SECOND)
    own.scene.run(DUE, send=False)
    own.scene.watched(own.session, (own.ada, DUE, None))
    assert own.doubt() is Absent.SHE_IS_HERE


def test_somebody_in_the_room_who_may_be_her(own: OwnRoom) -> None:
    own.asked(DUE - SECOND, Connection(conn="?", ref=None))
    assert own.sent() == 0
    assert own.doubt() is Absent.SOMEBODY_UNKNOWN


def test_another_one_in_the_room_changes_nothing_for_her_nor_does_whoever_leads(own: OwnRoom) -> None:
    eve = own.scene.admit("eve", phone="+15550101")
    add_identities(identities=[("janus", "p-eve", eve.pk)], by=ENGINE, at=START)
    leads = f"host-{'0' * 32}"
    own.asked(
        DUE - SECOND, Connection(conn="p-eve.a1", ref="p-eve"), Connection(conn=f"{leads}.a1", ref=leads)
    )
    assert own.sent() == 1


def test_somebody_in_the_room_by_a_reference_that_is_nobodys_may_be_her(own: OwnRoom) -> None:
    own.asked(DUE - SECOND, Connection(conn="p-of-before.a1", ref="p-of-before"))
    assert own.sent() == 0
    assert own.doubt() is Absent.SOMEBODY_UNKNOWN


def test_a_session_in_a_room_elsewhere_is_as_it_was() -> None:
    scene = Scene()
    scene.watched(scene.session(scene.admit("ada")))
    scene.run(DUE)
    assert len(scene.sms.sent) == 1


def test_where_an_engine_never_tells_who_is_in_it_is_for_a_person_to_nudge(
    own: OwnRoom, monkeypatch: pytest.MonkeyPatch
) -> None:
    seat = own.session.seats.get().pk
    assert seats_not_certain([seat], DUE, by_hand=True) == {seat: Absent.ENGINE_SILENT}
    mute = Silent()
    monkeypatch.setattr("rejoin.rooms.hosting.engine", lambda: mute)
    assert seats_not_certain([seat], DUE) == {seat: Absent.ENGINE_SILENT}
    assert seats_not_certain([seat], DUE, by_hand=True) == {}
    own.scene.watched(own.session, (own.ada, DUE, None))
    assert seats_not_certain([seat], DUE, by_hand=True) == {seat: Absent.SHE_IS_HERE}


def test_who_is_in_is_told_by_session_and_when_it_was_heard(own: OwnRoom) -> None:
    own.asked(DUE, Connection(conn=f"{own.ref}.a1", ref=own.ref), Connection(conn="?", ref=None))
    (told,) = who_is_in([own.session.pk]).values()
    assert told.refs == {own.ref}
    assert told.somebody_unknown
    assert told.is_heard(DUE + 60 * SECOND)
    assert not told.is_heard(DUE + 61 * SECOND)
    assert told.is_heard(DUE - 5 * SECOND)
    assert not told.is_heard(DUE - 6 * SECOND), "a clock that goes wrong vouches for nobody"
    assert who_is_in([]) == {}
