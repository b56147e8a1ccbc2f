"""A fact that comes in while a session is looked at for the first time is not lost: it wakes the session again."""

import psycopg
import pytest

from rejoin.attendance.models import SeatStatus, Watch
from rejoin.attendance.sweep import CLAIM, look_at_sessions, sweep_sessions
from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.common.rows import execute, select
from rejoin.programs.models import Seat
from tests.apps.scene import START, Scene, minutes
from tests.apps.test_constraints_concurrent import while_the_other_waits

pytestmark = pytest.mark.django_db(transaction=True)
FIVE_PAST = START + minutes(5)
HEARD = "UPDATE rooms_sessionevidence SET worked_out_at = %s WHERE session_id = %s"


def look_at(session_id: int) -> None:
    """The sweep's own way to a session whose first look is due."""
    assert select(CLAIM, [FIVE_PAST, None, None, 10]) == [(session_id,)]
    look_at_sessions([session_id], by=ENGINE, at=FIVE_PAST)


def test_a_room_that_reports_during_the_first_look_has_the_session_looked_at_again(
    raw_connection: psycopg.Connection,
) -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START)
    clock.simulate(shown_at=FIVE_PAST, rate=0)
    said = while_the_other_waits(
        lambda: look_at(session.pk), lambda: execute(HEARD, [FIVE_PAST, session.pk]), raw_connection
    )
    assert said == ["done", "done"]
    assert SeatStatus.objects.get(patient=ada).status == "missed"
    assert Watch.objects.get(session=session).next_look_at == FIVE_PAST


def test_a_seat_that_is_given_during_the_first_look_has_the_session_looked_at_again(
    raw_connection: psycopg.Connection,
) -> None:
    scene = Scene()
    session, bea = scene.session(scene.admit("ada")), scene.admit("bea", phone="+15550101")
    scene.watched(session)
    scene.run(START)
    clock.simulate(shown_at=FIVE_PAST, rate=0)
    said = while_the_other_waits(
        lambda: look_at(session.pk),
        lambda: Seat.objects.create(session=session, patient=bea),
        raw_connection,
    )
    assert said == ["done", "done"]
    assert Watch.objects.get(session=session).next_look_at == FIVE_PAST


def test_a_session_whose_room_is_reporting_is_looked_at_when_the_report_is_in(database_address: str) -> None:
    scene = Scene()
    session = scene.session(scene.admit("ada"))
    scene.watched(session)
    scene.run(START)
    clock.simulate(shown_at=FIVE_PAST, rate=0)
    with psycopg.connect(database_address) as room:
        room.execute(HEARD, [FIVE_PAST, session.pk])
        assert sweep_sessions(now=FIVE_PAST) == 0
    assert sweep_sessions(now=FIVE_PAST) == 1


def test_a_session_that_is_not_near_waits_for_its_own_time() -> None:
    scene = Scene()
    session = scene.session(scene.admit("ada"))
    due_at = Watch.objects.get(session=session).next_look_at
    scene.watched(session)
    assert Watch.objects.get(session=session).next_look_at == due_at == START
