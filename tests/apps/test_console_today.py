"""The board of today and the sheet of a session, as somebody of the staff opens them."""

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from rejoin.attendance.models import Mark, SeatStatus
from rejoin.audit.models import Event
from rejoin.common.actors import ENGINE
from rejoin.programs.models import Seat, Session
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import HostedRoom
from tests.apps.scene import START, Scene, minutes
from tests.apps.signing import client_of

pytestmark = pytest.mark.django_db
TODAY = "console:today"
QUERIES = 22


def evening(scene: Scene, names: str = "ada bea") -> Session:
    """A session of some patients, of whom only the last is there."""
    patients = [scene.admit(name, phone=f"+1555010{number}") for number, name in enumerate(names.split())]
    session = scene.session(*patients)
    scene.watched(session, (patients[-1], START, None))
    return session


def page(client: Client, name: str, **named: Any) -> str:
    answer = client.get(reverse(name, kwargs=named or None))
    assert answer.status_code == 200
    return answer.content.decode()


def address(session: Session, name: str = "console:session") -> str:
    return reverse(name, kwargs={"ref": session.ref})


def sheet_of(session: Session, **said: str) -> dict[str, str]:
    """What a browser sends of a sheet as it was shown; `said` by patient's name instead."""
    sent = {}
    for status in SeatStatus.objects.filter(session=session).select_related("patient"):
        sent[f"s{status.seat_id}"] = said.get(status.patient.name, status.status)
        sent[f"n{status.seat_id}"] = str(status.number)
        sent[f"r{status.seat_id}"] = ""
    return sent


def test_today_tells_who_is_here_and_who_is_missing_and_what_was_done() -> None:
    scene = Scene()
    evening(scene)
    scene.run(START + minutes(6))
    told = page(client_of(scene.coordinator), TODAY)
    assert "<dt>Expected</dt><dd>2</dd>" in told
    assert "<dt>Here</dt><dd>1</dd>" in told
    assert "<dt>Missing</dt><dd>1</dd>" in told
    assert "message sent" in told


def test_nobody_is_missing_from_a_room_of_which_nothing_is_heard() -> None:
    scene = Scene()
    scene.session(scene.admit("ada"))
    scene.run(START + minutes(30))
    told = page(client_of(scene.coordinator), TODAY)
    assert "Nothing is heard of this room" in told
    assert "<dt>Missing</dt><dd>0</dd>" in told


def test_a_room_of_our_own_that_cannot_be_heard_says_so_to_people() -> None:
    scene = Scene()
    session = evening(scene)
    room = host_session(session=session, provider="janus", by=ENGINE, at=START - minutes(15))
    scene.run(START + minutes(6))
    assert "The room cannot be heard" in page(client_of(scene.coordinator), TODAY)
    HostedRoom.objects.filter(pk=room.pk).update(engine_seen_at=START + minutes(5.5))
    assert "The room cannot be heard" not in page(client_of(scene.coordinator), TODAY)


def test_another_program_sees_nothing_of_it() -> None:
    scene, other = Scene(), Scene(slug="morning")
    session = evening(scene)
    scene.run(START + minutes(6))
    cleo = client_of(other.coordinator)
    assert "ada" not in page(cleo, TODAY)
    assert cleo.get(address(session)).status_code == 404


def test_today_asks_as_often_for_many_sessions_as_for_one() -> None:
    scene = Scene()
    client = client_of(scene.coordinator)
    asked = []
    for number in range(8):
        scene.ben = scene.hire(f"leader{number}", "facilitator")
        scene.watched(scene.session(scene.admit(f"p{number}", phone=f"+1555020{number}")))
        scene.run(START + minutes(6))
        page(client, TODAY)
        with CaptureQueriesContext(connection) as queries:
            page(client, TODAY)
        asked.append(len(queries))
    assert set(asked[:1]) == set(asked)
    assert asked[0] <= QUERIES


def test_a_sheet_is_attested_as_the_room_tells_it_with_one_key() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    answer = client_of(scene.ben).post(address(session, "console:session_attest"), sheet_of(session))
    assert answer.status_code == 302
    assert list(Mark.objects.order_by("patient__name").values_list("patient__name", "status")) == [
        ("ada", "missed"),
        ("bea", "attended"),
    ]
    assert Event.objects.filter(verb="attendance.attest_sheet").count() == 3


def test_a_correction_is_added_and_what_stands_is_not_said_twice() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    client = client_of(scene.ben)
    client.post(address(session, "console:session_attest"), sheet_of(session))
    client.post(address(session, "console:session_attest"), sheet_of(session, ada="attended"))
    assert list(Mark.objects.filter(patient__name="ada").order_by("pk").values_list("status", flat=True)) == [
        "missed",
        "attended",
    ]
    assert Mark.objects.filter(patient__name="bea").count() == 1


def test_what_nobody_knows_has_to_be_said_and_what_was_chosen_stays() -> None:
    scene = Scene()
    session = scene.session(scene.admit("ada"), scene.admit("bea", phone="+15550101"))
    scene.run(START + minutes(200))
    client = client_of(scene.ben)
    answer = client.post(address(session, "console:session_attest"), sheet_of(session, bea="attended"))
    assert answer.status_code == 422
    told = answer.content.decode()
    assert "Say what became of ada" in told
    seat = Seat.objects.get(patient__name="bea")
    assert (
        f'name="s{seat.pk}" value="attended" id="s{seat.pk}-1" data-key="1" data-key-label="Attended" checked'
        in told
    )
    assert not Mark.objects.exists()


def test_a_stale_sheet_overwrites_nothing_and_keeps_what_was_chosen() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    seen = sheet_of(session, ada="excused")
    client_of(scene.ben).post(address(session, "console:session_attest"), sheet_of(session))
    answer = client_of(scene.supervisor).post(address(session, "console:session_attest"), seen)
    assert answer.status_code == 409
    assert "Something has changed" in answer.content.decode()
    assert Mark.objects.get(patient__name="ada").status == "missed"


@pytest.mark.parametrize("wrong", ["unrecorded", "present", "", "x" * 300])
def test_an_outcome_that_cannot_be_attested_is_refused_in_place(wrong: str) -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    sent = sheet_of(session, ada=wrong)
    assert client_of(scene.ben).post(address(session, "console:session_attest"), sent).status_code == 422
    assert not Mark.objects.exists()


@pytest.mark.parametrize("number", ["", "-1", "x", "99999999999999999999", "٣"])
def test_a_sheet_that_does_not_say_what_it_showed_is_refused(number: str) -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    sent = sheet_of(session)
    sent[next(each for each in sent if each.startswith("n"))] = number
    assert client_of(scene.ben).post(address(session, "console:session_attest"), sent).status_code == 422


def test_a_running_session_cannot_be_attested() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(30))
    client = client_of(scene.ben)
    assert "Attest all" not in page(client, "console:session", ref=session.ref)
    client.post(address(session, "console:session_attest"), sheet_of(session, bea="attended"))
    assert not Mark.objects.exists()


def test_the_day_is_closed_once_nothing_of_it_is_open() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    client = client_of(scene.ben)
    client.post(address(session, "console:session_attest"), sheet_of(session))
    scene.run(START + minutes(7 * 60))
    assert "Close the day" in page(client, "console:session", ref=session.ref)
    client.post(address(session, "console:session_close_day"))
    assert "Closed by ben of evening" in page(client, "console:session", ref=session.ref)


def test_who_looked_at_a_sheet_is_on_the_trail() -> None:
    scene = Scene()
    session = evening(scene)
    page(client_of(scene.ben), "console:session", ref=session.ref)
    assert Event.objects.filter(
        verb="attendance.read_sheet", subject=f"session:{session.pk}", by=f"staff:{scene.ben.pk}"
    ).exists()


def test_a_session_of_which_she_may_see_nobody_says_so_and_does_not_call_it_nought() -> None:
    scene = Scene()
    other = scene.hire("other", "facilitator")
    evening(scene)
    scene.run(START + minutes(6))
    client = client_of(other)
    told = client.get(reverse(TODAY), {"mine": "0"}).content.decode()
    assert "<dt>Expected</dt><dd>2</dd>" in told
    assert "who is here, and who is missing, is not shown to you" in told
    assert "<dt>Here</dt>" not in told
    assert "<dt>Missing</dt>" not in told


def test_a_session_to_attest_is_listed_for_whoever_sees_an_open_seat_of_it_and_for_nobody_else() -> None:
    scene = Scene()
    session = evening(scene)
    scene.run(START + minutes(200))
    other = client_of(scene.hire("other", "facilitator"))
    for client, listed in (
        (client_of(scene.ben), True),
        (client_of(scene.coordinator), True),
        (other, False),
    ):
        told = client.get(reverse(TODAY), {"mine": "0"}).content.decode()
        assert (f'{address(session)}"' in told) is listed
    assert address(session) in page(client_of(scene.ben), TODAY)
    client_of(scene.ben).post(address(session, "console:session_attest"), sheet_of(session))
    assert address(session) not in page(client_of(scene.coordinator), TODAY)
