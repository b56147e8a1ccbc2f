"""The board beside a running room: who is here, who waits, who is not there, and what can be done."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from rejoin.attendance.models import Mark, Outcome, SeatStatus
from rejoin.common.rows import select
from rejoin.domain.attendance import Presence
from rejoin.domain.kernel import Refusal
from rejoin.followup.models import Case, HandNudge, Step
from rejoin.followup.nudging import nudge_by_hand, sweep_nudges
from rejoin.outreach.channels.port import AnswerLost, Refused, Why
from rejoin.outreach.models import Message, PushSubscription
from rejoin.people.models import Patient
from rejoin.rooms import polling
from rejoin.rooms.engines.port import Connection
from rejoin.rooms.models import SeatEvidence
from rejoin.visits.actions import refuse, remove
from rejoin.visits.models import Visit
from rejoin.visits.waiting import waiting_seats
from tests.apps.scene import START, minutes
from tests.apps.signing import client_of
from tests.apps.visits_scene import Evening

pytestmark = pytest.mark.django_db


@pytest.fixture
def evening(monkeypatch: pytest.MonkeyPatch) -> Evening:
    return Evening(monkeypatch)


@pytest.fixture
def host(evening: Evening) -> Client:
    return client_of(evening.scene.ben)


def base(evening: Evening) -> str:
    return f"/sessions/{evening.session.ref}/room/"


def board(evening: Evening, host: Client) -> str:
    answer = host.get(f"{base(evening)}board")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def heard(evening: Evening, at: Any) -> None:
    """The engine has just said that nobody is in."""
    type(evening.room).objects.filter(pk=evening.room.pk).update(engine_seen_at=at)


def part(told: str, heading: str) -> str:
    """What stands under a heading of the board; "" where there is none."""
    return told.partition(f">{heading}</h3>")[2].partition("</section>")[0]


def test_whoever_checked_in_waits_with_what_she_said_and_is_let_in_from_there(
    evening: Evening, host: Client
) -> None:
    evening.check_in(evening.ada, alone="no")
    told = part(board(evening, host), "Waiting to come in")
    assert "ada" in told
    assert "as A." in told
    assert "Not private" in told
    assert "12 Elm Street, Albany, NY" in told
    visit = Visit.objects.get(patient=evening.ada)
    assert host.post(f"{base(evening)}admit", {"visit": visit.pk}).json() == {"state": "done"}
    assert part(board(evening, host), "Waiting to come in") == ""


def test_a_line_that_was_lost_is_told_from_somebody_who_left(evening: Evening, host: Client) -> None:
    for patient in (evening.ada, evening.eve):
        evening.check_in(patient)
        visit = Visit.objects.get(patient=patient)
        host.post(f"{base(evening)}admit", {"visit": visit.pk})
        assert Client().post(f"{evening.link(patient)}grant").status_code == 200
    evening.scene.watched(
        evening.session,
        (evening.ada, START, START + minutes(20)),
        (evening.eve, START, START + minutes(20)),
    )
    evening.at(START + minutes(20))
    assert Client().post(f"{evening.link(evening.eve)}leave").status_code == 200
    evening.at(START + minutes(22))
    told = board(evening, host)
    assert "ada" in part(told, "Seems to have dropped")
    assert "tel:212-555-0147" in part(told, "Seems to have dropped")
    assert "after 20 min" in part(told, "Seems to have dropped")
    assert "eve" in part(told, "Left")
    assert "after 20 min" in part(told, "Left")
    # With one of two devices she went; the other one's line held on, and broke.
    evening.scene.watched(evening.session, (evening.eve, START, START + minutes(21)))
    assert "eve" in part(board(evening, host), "Seems to have dropped")
    assert "no leave was told" not in board(evening, host)
    seen = SeatEvidence.objects.get(seat=evening.seat(evening.ada))
    seen.presence = msgspec.to_builtins(
        [Presence(source="janus-events", start=START, end=START + minutes(20), end_reported=False)]
    )
    seen.save()
    hers = part(board(evening, host), "Seems to have dropped").partition("ada")[2].partition("</li>")[0]
    assert "no leave was told: her line, or the room itself, broke" in hers


def test_the_absent_are_shown_with_what_the_ladder_did_and_a_number_behind_consent(
    evening: Evening, host: Client
) -> None:
    scene = evening.scene
    scene.consent(evening.eve, "phone", granted=False)
    scene.watched(evening.session)
    heard(evening, START + minutes(6))
    scene.run(START + minutes(6))
    told = part(board(evening, host), "Not here")
    assert "Text message sent" in told
    assert "Nudge now" not in told
    assert "tel:+15550100" in told
    assert "She does not want calls." in told
    assert "6 min" in told


def test_a_nudge_by_hand_goes_out_once_and_the_ladder_sends_none_beside_it(
    evening: Evening, host: Client
) -> None:
    scene = evening.scene
    evening.at(START + minutes(1))
    seat = evening.seat(evening.ada)
    assert "Nudge now" in part(board(evening, host), "Not here")
    assert host.post(f"{base(evening)}nudge", {"seat": seat.pk}).status_code == 200
    again = host.post(f"{base(evening)}nudge", {"seat": seat.pk})
    assert (again.status_code, again.json()["state"]) == (422, "nudge.sent")
    scene.watched(evening.session)
    heard(evening, START + minutes(2))
    scene.run(START + minutes(2))
    assert len(scene.sms.sent) == 1
    heard(evening, START + minutes(7))
    scene.run(START + minutes(7))
    to_ada = Message.objects.filter(patient=evening.ada)
    assert [each.key for each in to_ada] == [f"nudge:{seat.pk}"]
    nudge = Step.objects.filter(case=scene.case(evening.ada), actor="system").get()
    assert nudge.state == "done"
    assert Message.objects.filter(patient=evening.eve).count() == 1
    told = part(board(evening, host), "Not here")
    assert "Nudge now" not in told


def test_nobody_is_nudged_by_hand_who_is_here_or_heard_from_the_ladder_already(
    evening: Evening, host: Client
) -> None:
    scene = evening.scene
    scene.watched(evening.session, (evening.ada, START, None))
    heard(evening, START + minutes(6))
    scene.run(START + minutes(6))
    answers = [
        host.post(f"{base(evening)}nudge", {"seat": evening.seat(each).pk}).json()["state"]
        for each in (evening.ada, evening.eve)
    ]
    assert answers == ["nudge.here", "nudge.sent"]
    assert not HandNudge.objects.exists()


def test_a_nudge_by_hand_waits_while_the_engine_says_nothing(evening: Evening, host: Client) -> None:
    scene = evening.scene
    evening.at(START + minutes(1))
    host.post(f"{base(evening)}nudge", {"seat": evening.seat(evening.ada).pk})
    heard(evening, START - minutes(10))
    scene.run(START + minutes(2))
    assert scene.sms.sent == []
    heard(evening, START + minutes(3))
    scene.run(START + minutes(3))
    assert len(scene.sms.sent) == 1


def test_whoever_allows_no_message_is_called_instead(evening: Evening, host: Client) -> None:
    scene = evening.scene
    dora = scene.admit("dora", sms=False, phone="+15550107")
    scene.consent(dora, "push", granted=False)
    evening.at(START + minutes(1))
    seat = _seated(evening, dora)
    host.post(f"{base(evening)}nudge", {"seat": seat})
    sweep_nudges(now=START + minutes(1))
    assert HandNudge.objects.get().state == "no_channel"
    assert not Message.objects.filter(patient=dora).exists()
    told = part(board(evening, host), "Not here")
    hers = told.partition("dora")[2].partition("</li>")[0]
    assert "No nudge: she allows no message, or none can reach her. Call her." in hers
    assert "tel:+15550107" in hers
    assert "Nudge now" not in hers


def test_somebody_on_the_phone_is_there_by_the_hosts_word_and_is_no_miss(
    evening: Evening, host: Client
) -> None:
    scene = evening.scene
    evening.at(START + minutes(2))
    seat = evening.seat(evening.ada)
    assert host.post(f"{base(evening)}phone", {"seat": seat.pk}).status_code == 200
    mark = Mark.objects.get(seat=seat)
    assert (mark.status, mark.via) == ("attended", "phone")
    scene.watched(evening.session)
    heard(evening, START + minutes(8))
    scene.run(START + minutes(8))
    assert not Case.objects.filter(patient=evening.ada).exists()
    assert "ada" in part(board(evening, host), "By phone")
    sheet = host.get(f"/sessions/{evening.session.ref}/").content.decode()
    assert "there by phone" in sheet


def test_the_board_costs_the_same_for_two_and_for_ten(evening: Evening, host: Client) -> None:
    def cost() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            board(evening, host)
        return len(asked)

    evening.check_in(evening.ada)
    board(evening, host)
    few = cost()
    for number in range(8):
        patient = evening.scene.admit(f"guest{number}", phone=f"+1555020{number}")
        _seated(evening, patient)
        evening.check_in(patient)
    assert cost() == few
    assert few < 60


def test_removed_is_out_until_somebody_lets_her_in_again(evening: Evening, host: Client) -> None:
    evening.check_in(evening.ada)
    visit = Visit.objects.get(patient=evening.ada)
    host.post(f"{base(evening)}admit", {"visit": visit.pk})
    link = evening.link(evening.ada)
    assert Client().post(f"{link}grant").status_code == 200
    assert host.post(f"{base(evening)}remove", {"visit": visit.pk}).json()["engine"] == "done"
    refused = Client().post(f"{link}grant")
    assert (refused.status_code, refused.json()["state"]) == (403, "removed")
    assert "ada" in part(board(evening, host), "Not let in, or put out")
    host.post(f"{base(evening)}admit", {"visit": visit.pk})
    assert Client().post(f"{link}grant").status_code == 200


def _seated(evening: Evening, patient: Patient) -> int:
    from rejoin.programs.models import Seat

    seat = Seat.objects.create(session=evening.session, patient=patient)
    return int(seat.pk)


def test_yesterdays_board_is_still_read(evening: Evening, host: Client) -> None:
    evening.at(START + timedelta(hours=5))
    assert "Attest the sheet" in board(evening, host)


def test_whoever_waits_to_be_let_in_is_not_told_that_she_was_missed(evening: Evening, host: Client) -> None:
    scene = evening.scene
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    at_the_door(evening, 5)
    evening.at(START + minutes(7))
    scene.watched(evening.session)
    heard(evening, START + minutes(7))
    scene.run(START + minutes(7))
    told = [each.patient_id for each in Message.objects.filter(state="sent")]
    assert told == [evening.eve.pk]
    assert "ada" in part(board(evening, host), "Waiting to come in")


def test_whoever_was_let_in_and_is_not_in_yet_is_told_apart(evening: Evening, host: Client) -> None:
    evening.check_in(evening.ada)
    host.post(f"{base(evening)}admit", {"visit": Visit.objects.get().pk})
    evening.at(START + minutes(2))
    assert "was let in, and is not in yet" in part(board(evening, host), "Not here")


def test_on_today_whoever_waits_at_our_door_is_not_called_missing(evening: Evening, host: Client) -> None:
    scene = evening.scene
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    at_the_door(evening, 5)
    scene.watched(evening.session)
    heard(evening, START + minutes(7))
    scene.run(START + minutes(7))
    told = " ".join(host.get("/today/").content.decode().split())
    hers = told.partition(">ada</a>")[0].rpartition("<li>")[2]
    assert "In the waiting room" in hers
    assert f"/sessions/{evening.session.ref}/room/" in told


def test_whoever_has_long_closed_the_page_at_the_door_is_no_longer_waiting(
    evening: Evening, host: Client
) -> None:
    evening.check_in(evening.ada)
    seat = evening.seat(evening.ada)
    evening.at(START + minutes(4))
    assert waiting_seats([seat.pk], START + minutes(4)) == {seat.pk}
    Client().post(f"{evening.link(evening.ada)}grant")
    assert waiting_seats([seat.pk], START + minutes(8)) == {seat.pk}
    assert waiting_seats([seat.pk], START + minutes(10)) == frozenset()


def test_nobody_at_the_door_is_nudged_by_hand(evening: Evening, host: Client) -> None:
    evening.check_in(evening.ada)
    evening.at(START + minutes(4))
    with pytest.raises(Refusal, match="let her in"):
        nudge_by_hand(seat=evening.seat(evening.ada), by=evening.scene.as_ben(), at=START + minutes(4))


def looked(evening: Evening, after: int) -> None:
    """The engine is heard, and the sweeps run, so many minutes after the start."""
    at = START + minutes(after)
    evening.at(at)
    heard(evening, at)
    evening.scene.run(at)


def at_the_door(evening: Evening, after: int) -> None:
    """ada's page asks whether she may come in."""
    evening.at(START + minutes(after))
    assert Client().post(f"{evening.link(evening.ada)}grant").json()["state"] == "waiting"


def test_nothing_is_opened_against_her_while_she_stands_at_the_door(evening: Evening, host: Client) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    for minute in (4, 7, 11, 15, 19):
        at_the_door(evening, minute)
        looked(evening, minute)
    assert list(Case.objects.values_list("patient__name", flat=True)) == ["eve"]
    assert not SeatStatus.objects.filter(patient=evening.ada).exists()
    today = " ".join(host.get("/today/").content.decode().split())
    assert "1 waits at your door." in today
    assert f'<a href="/sessions/{evening.session.ref}/room/">Let her in</a>' in today
    evening.at(START + minutes(20))
    assert Client().post(f"{evening.link(evening.ada)}leave").status_code == 200
    looked(evening, 20)
    assert Case.objects.filter(patient=evening.ada).count() == 1
    hers = part(board(evening, host), "Not here").partition("eve")[0]
    assert "came to the door, and went again" in hers
    assert ("silent" in hers, "Let in" in hers) == (False, False)
    at_the_door(evening, 21)
    told = part(board(evening, host), "Waiting to come in")
    assert "ada" in told
    assert "silent" not in told
    evening.at(START + minutes(27))
    told = board(evening, host)
    assert part(told, "Waiting to come in") == ""
    hers = part(told, "Not here").partition("eve")[0]
    assert "came to the door, and her page is silent since" in hers
    assert "Let in" in hers
    assert "tel:212-555-0147" in hers
    evening.at(START + minutes(20))
    Client().post(f"{evening.link(evening.ada)}leave")
    assert "at your door" not in host.get("/today/").content.decode()


def test_whoever_falls_silent_at_the_door_is_missed_from_then_on_and_nobody_has_to_tell(
    evening: Evening,
) -> None:
    evening.scene.watched(evening.session)
    at_door = Case.objects.filter(patient=evening.ada)
    evening.at(START + minutes(2))
    evening.check_in(evening.ada)
    looked(evening, 5)
    assert not at_door.exists()
    assert evening.session.watch.next_look_at == START + minutes(7)
    looked(evening, 7)
    assert at_door.count() == 1


def test_let_in_she_has_a_moment_to_come_in(evening: Evening, host: Client) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(4))
    evening.check_in(evening.ada)
    looked(evening, 6)
    host.post(f"{base(evening)}admit", {"visit": Visit.objects.get().pk})
    looked(evening, 7)
    assert not Case.objects.filter(patient=evening.ada).exists()
    looked(evening, 8)
    assert Case.objects.filter(patient=evening.ada).count() == 1


def test_never_let_in_to_the_end_it_is_no_miss_of_hers_and_for_whoever_led_to_say(
    evening: Evening, host: Client
) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(2))
    evening.check_in(evening.ada)
    for minute in range(6, 195, 4):
        evening.at(START + minutes(minute))
        Client().get(evening.link(evening.ada))
    looked(evening, 196)
    status = SeatStatus.objects.get(patient=evening.ada)
    assert (status.status, status.provisional, status.attested) == ("unrecorded", False, False)
    assert not Case.objects.filter(patient=evening.ada).exists()
    sheet = " ".join(host.get(f"/sessions/{evening.session.ref}/").content.decode().split())
    hers = sheet.partition(">ada</a>")[2].partition("</tr>")[0]
    assert "Waited at the door" in hers
    assert "checked>" not in hers
    looked(evening, 400)
    assert SeatStatus.objects.get(patient=evening.ada).number == status.number


def test_whoever_stands_outside_a_locked_room_is_not_missing_either(evening: Evening, host: Client) -> None:
    evening.scene.watched(evening.session)
    evening.check_in(evening.ada)
    host.post(f"{base(evening)}admit", {"visit": Visit.objects.get().pk})
    evening.at(START + minutes(1))
    host.post(f"{base(evening)}lock", {"locked": "yes"})
    evening.at(START + minutes(5))
    assert Client().post(f"{evening.link(evening.ada)}grant").json()["state"] == "locked"
    looked(evening, 6)
    assert not Case.objects.filter(patient=evening.ada).exists()


def in_with_ada(evening: Evening, host: Client) -> Visit:
    """ada is let in and is inside, by the room's word."""
    evening.check_in(evening.ada)
    visit = Visit.objects.get(patient=evening.ada)
    host.post(f"{base(evening)}admit", {"visit": visit.pk})
    Client().post(f"{evening.link(evening.ada)}grant")
    evening.engine.here = {Connection(conn=f"{visit.ref}.1", ref=visit.ref)}
    polling.look_at(evening.engine, evening.room, expected=3, now=START)
    return visit


def test_the_engine_is_asked_once_the_transaction_has_ended_and_again_by_whoever_looks_next(
    evening: Evening, host: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    visit = in_with_ada(evening, host)
    asked_in: list[bool] = []
    present = evening.engine.present

    def asked(room: str) -> frozenset[Connection]:
        asked_in.append(select("SELECT rejoin_asker() IS NULL", [])[0][0])
        return present(room)

    monkeypatch.setattr(evening.engine, "present", asked)
    evening.engine.away = True
    evening.at(START + minutes(1))
    answer = host.post(f"{base(evening)}remove", {"visit": visit.pk})
    assert answer.json() == {"state": "done", "engine": "away"}
    assert asked_in == [True]  # nobody's door is open
    told = part(board(evening, host), "Not let in, or put out")
    assert "Asked to go: the room has not answered yet" in told
    evening.engine.away = False
    polling.look_at(evening.engine, evening.room, expected=3, now=START + minutes(1))
    assert evening.engine.here == set()
    assert "not answered yet" not in board(evening, host)


def test_what_the_engine_cannot_do_is_not_offered_and_how_late_it_tells_is_said(
    evening: Evening, host: Client
) -> None:
    in_with_ada(evening, host)
    told = board(evening, host)
    assert (">Mute<" in told, ">Remove<" in told) == (True, True)
    assert "may be shown up to 10 seconds late" in told
    evening.engine.capabilities = replace(
        evening.engine.capabilities, latest=timedelta(minutes=3), puts_out=False
    )
    told = board(evening, host)
    assert (">Mute<" in told, ">Remove<" in told) == (True, False)
    assert "Putting somebody out is done in the room itself." in told
    assert "may be shown up to 3 minutes late" in told
    evening.engine.capabilities = replace(evening.engine.capabilities, latest=timedelta(), silences=False)
    told = board(evening, host)
    assert (">Mute<" in told, ">Remove<" in told) == (False, False)
    assert "late." not in told


def nudged(evening: Evening, host: Client, *steps: Any) -> list[tuple[str, str]]:
    """ben asks for ada's nudge, the text message service does `steps`: what came of her messages."""
    evening.scene.consent(evening.ada, "push")
    PushSubscription.objects.create(
        patient=evening.ada, endpoint="https://push.example/1", subscription={}, made_at=START
    )
    evening.scene.sms.does = list(steps)
    evening.at(START + minutes(1))
    host.post(f"{base(evening)}nudge", {"seat": evening.seat(evening.ada).pk})
    looked(evening, 2)
    evening.scene.run(START + minutes(2))
    return list(Message.objects.filter(patient=evening.ada).order_by("id").values_list("channel", "state"))


def test_a_nudge_that_the_vendor_refused_goes_the_ladders_next_way_once(
    evening: Evening, host: Client
) -> None:
    refused = Refused(code="21211", permanent=True, why=Why.GONE)
    assert nudged(evening, host, refused) == [("sms", "failed"), ("push", "sent")]
    assert [len(evening.scene.sms.sent), len(evening.scene.push.sent)] == [0, 1]
    evening.scene.watched(evening.session)
    looked(evening, 7)
    assert Message.objects.filter(patient=evening.ada).count() == 2
    assert "sent" in part(board(evening, host), "Not here").partition("eve")[0]


def test_a_nudge_that_may_have_gone_is_not_sent_another_way(evening: Evening, host: Client) -> None:
    assert nudged(evening, host, AnswerLost()) == [("sms", "unknown")]
    assert evening.scene.push.sent == []
    assert "may have gone out" in part(board(evening, host), "Not here")


def test_where_no_way_is_left_the_board_says_that_she_is_to_be_called(evening: Evening, host: Client) -> None:
    refused = Refused(code="21211", permanent=True, why=Why.GONE)
    evening.scene.push.does = [refused]
    assert nudged(evening, host, refused) == [("sms", "failed"), ("push", "failed")]
    assert HandNudge.objects.get().state == "no_channel"
    told = part(board(evening, host), "Not here")
    assert "The nudge could not be sent: call her." in told
    assert "Nudge now" not in told.partition("eve")[0]
    assert "tel:+15550100" in told


def test_a_tab_that_wakes_up_at_the_end_takes_no_miss_back(evening: Evening, host: Client) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    for minute in (8, 20):
        looked(evening, minute)
    was = SeatStatus.objects.values_list("status", flat=True).get(patient=evening.ada)
    steps = list(Step.objects.filter(case__patient=evening.ada).order_by("id").values_list("rule", "state"))
    assert was == "missed"
    evening.at(START + minutes(191))
    assert Client().get(evening.link(evening.ada)).status_code == 200
    looked(evening, 195)
    looked(evening, 200)
    assert SeatStatus.objects.get(patient=evening.ada).status == "missed"
    after = list(Step.objects.filter(case__patient=evening.ada).order_by("id").values_list("rule", "state"))
    assert after[: len(steps)] == steps
    assert Case.objects.get(patient=evening.ada).state == "open"
    sheet = " ".join(host.get(f"/sessions/{evening.session.ref}/").content.decode().split())
    hers = sheet.partition(">ada</a>")[2].partition("</tr>")[0]
    assert "Waited at the door" in hers
    assert (">21:11</time>" in hers, ">18:0" in hers) == (True, False)  # not the whole evening


def test_whoever_asks_for_the_head_of_a_page_alone_is_no_sign_of_her(evening: Evening) -> None:
    evening.check_in(evening.ada)
    evening.at(START + minutes(3))
    Client().head(evening.link(evening.ada))
    assert Visit.objects.get().seen_at is None
    Client().get(evening.link(evening.ada))
    assert Visit.objects.get().seen_at == START + minutes(3)


def test_she_is_not_missed_at_the_door_though_nobody_watched_before(evening: Evening) -> None:
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    for minute in (4, 7):
        at_the_door(evening, minute)
        evening.scene.run(START + minutes(minute))
    assert SeatStatus.objects.get(patient=evening.ada).status == "unrecorded"
    evening.scene.watched(evening.session)
    at_the_door(evening, 9)
    looked(evening, 9)
    assert SeatStatus.objects.get(patient=evening.ada).status == "unrecorded"
    assert not Case.objects.filter(patient=evening.ada).exists()
    looked(evening, 14)
    assert SeatStatus.objects.get(patient=evening.ada).status == "missed"


def test_with_leave_to_enter_and_a_line_that_never_came_up_she_stands_outside_a_locked_room(
    evening: Evening, host: Client
) -> None:
    evening.scene.watched(evening.session)
    evening.at(START - minutes(14))
    evening.check_in(evening.ada)
    host.post(f"{base(evening)}admit", {"visit": Visit.objects.get().pk})
    assert Client().post(f"{evening.link(evening.ada)}grant").status_code == 200
    evening.at(START)
    host.post(f"{base(evening)}lock", {"locked": "yes"})
    for minute in (2, 4, 6):
        evening.at(START + minutes(minute))
        assert Client().post(f"{evening.link(evening.ada)}grant").json()["state"] == "locked"
        looked(evening, minute)
    assert not Case.objects.filter(patient=evening.ada).exists()


def test_whoever_tries_her_camera_for_long_has_come_and_hears_of_being_let_in(
    evening: Evening, host: Client
) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    link = evening.link(evening.ada)
    evening.at(START + minutes(4))
    assert Client().get(f"{link}in").status_code == 200
    for minute in (5, 7, 9):
        evening.at(START + minutes(minute))
        answer = Client().post(f"{link}here")
        assert (answer.status_code, answer.json()["state"]) == (200, "waiting")
        looked(evening, minute)
    host.post(f"{base(evening)}admit", {"visit": Visit.objects.get().pk})
    for minute in (10, 12, 14):
        evening.at(START + minutes(minute))
        assert Client().post(f"{link}here").json() == {
            "state": "granted",
            "words": "You may go in whenever you are ready.",
        }
        looked(evening, minute)
    assert not Case.objects.filter(patient=evening.ada).exists()
    assert Visit.objects.get().entered_at is None


def test_a_button_of_before_somebody_else_decided_changes_nothing(evening: Evening, host: Client) -> None:
    evening.check_in(evening.ada)
    visit = Visit.objects.get()
    assert '<input type="hidden" name="shown" value="waiting">' in board(evening, host)
    sent = {"visit": visit.pk, "shown": "waiting"}
    assert host.post(f"{base(evening)}refuse", sent).status_code == 200
    stale = host.post(f"{base(evening)}admit", sent)
    assert (stale.status_code, stale.json()["state"]) == (422, "visit.decided")
    assert "Somebody has decided meanwhile" in stale.json()["words"]
    assert Visit.objects.get().state == "refused"
    assert host.post(f"{base(evening)}admit", {"visit": visit.pk, "shown": "refused"}).status_code == 200
    held = Visit.objects.get()
    Visit.objects.update(state="removed")
    with pytest.raises(Refusal, match="put her out meanwhile"):
        remove(visit=held, shown="admitted", by=evening.scene.as_ben(), at=START)
    held.state = "waiting"  # as somebody read it before she was let in
    Visit.objects.update(state="admitted")
    with pytest.raises(Refusal, match="She has been let in already"):
        refuse(visit=held, by=evening.scene.as_ben(), at=START)
    assert Visit.objects.get().state == "admitted"


def test_whoever_was_turned_away_is_called_and_not_nudged(evening: Evening, host: Client) -> None:
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    host.post(f"{base(evening)}refuse", {"visit": Visit.objects.get().pk})
    told = part(board(evening, host), "Not let in, or put out")
    assert "tel:212-555-0147" in told
    assert "Nudge now" not in told


def test_whoever_went_from_the_door_is_nudged_by_hand(evening: Evening, host: Client) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    evening.at(START + minutes(2))
    Client().post(f"{evening.link(evening.ada)}leave")
    evening.at(START + minutes(3))
    sent = {"seat": evening.seat(evening.ada).pk}
    assert host.post(f"{base(evening)}nudge", sent).status_code == 200
    assert "on its way" in host.post(f"{base(evening)}nudge", sent).json()["words"]
    looked(evening, 3)
    evening.scene.run(START + minutes(3))
    assert list(Message.objects.filter(patient=evening.ada).values_list("about", "state")) == [
        (f"nudge:{sent['seat']}", "sent")
    ]
    assert "gone out to her already" in host.post(f"{base(evening)}nudge", sent).json()["words"]


def test_a_nudge_that_nobody_wanted_any_more_reads_as_one_that_did_not_go(
    evening: Evening, host: Client
) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    sent = {"seat": evening.seat(evening.ada).pk}
    assert host.post(f"{base(evening)}nudge", sent).status_code == 200
    evening.check_in(evening.ada)  # she comes before it goes
    looked(evening, 2)
    assert Message.objects.get(patient=evening.ada).state in ("withheld", "cancelled")
    evening.at(START + minutes(3))
    Client().post(f"{evening.link(evening.ada)}leave")
    hers = part(board(evening, host), "Not here").partition("eve")[0]
    assert "The nudge could not be sent: call her." in hers
    again = host.post(f"{base(evening)}nudge", sent).json()
    assert again["words"] == "The nudge that was asked for did not go out: call her."


def test_whoever_was_turned_away_hears_nothing_by_machine_and_somebody_is_asked_to_call(
    evening: Evening, host: Client
) -> None:
    evening.scene.watched(evening.session)
    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    evening.at(START + minutes(2))
    host.post(f"{base(evening)}refuse", {"visit": Visit.objects.get().pk})
    for minute in (7, 9, 20, 40):
        looked(evening, minute)
    case = Case.objects.get(patient=evening.ada)
    assert case.state == "open"
    assert "on its way" not in part(board(evening, host), "Not let in, or put out")
    assert [each.patient.name for each in Message.objects.filter(state="sent")] == ["eve"]
    people = Step.objects.filter(case=case).exclude(actor="system")
    eve = Step.objects.filter(case__patient=evening.eve).exclude(actor="system")
    assert {each.rule for each in people} == {each.rule for each in eve} | {"escalation:nudge"}
    told = Outcome.objects.filter(patient=evening.ada).latest("id").told
    assert "was not let in by whoever leads" in str(told)
    nudged = host.post(f"{base(evening)}nudge", {"seat": evening.seat(evening.ada).pk}).json()
    assert (nudged["state"], nudged["words"]) == (
        "nudge.turned_away",
        "She came and was not let in: call her.",
    )


def test_today_says_that_somebody_waits_and_nobody_who_leads_is_in_to_the_coordinator_too(
    evening: Evening, host: Client
) -> None:
    coordinator = client_of(evening.scene.hire("cleo", "coordinator"))

    def today(after: int) -> list[str]:
        at = START + minutes(after)
        at_the_door(evening, after)
        heard(evening, at)
        return [" ".join(each.get("/today/").content.decode().split()) for each in (host, coordinator)]

    evening.at(START + minutes(1))
    evening.check_in(evening.ada)
    evening.scene.watched(evening.session)
    assert ["Nobody who leads is in the room" in each for each in today(2)] == [False, False]
    told = today(5)
    assert [
        "Nobody who leads is in the room, 4 min after she came: reach ben of" in each for each in told
    ] == [
        True,
        True,
    ]
    assert (
        Client()
        .post(f"{evening.link(evening.ada)}here")
        .json()["words"]
        .startswith("Your facilitator is not")
    )
    host.post(f"{base(evening)}grant")
    ben = Visit.objects.get(staff=evening.scene.ben)
    evening.engine.here = {Connection(conn=f"{ben.ref}.1", ref=ben.ref)}
    polling.look_at(evening.engine, evening.room, expected=3, now=START + minutes(6))
    assert ["Nobody who leads is in the room" in each for each in today(6)] == [False, False]
    sees = Client().post(f"{evening.link(evening.ada)}here").json()["words"]
    assert sees == "Your facilitator sees that you are here, and lets you in."


def test_after_the_end_the_door_says_that_the_session_is_over(evening: Evening) -> None:
    evening.at(START + minutes(200))
    evening.check_in(evening.ada)
    told = " ".join(Client().get(evening.link(evening.ada)).content.decode().split())
    assert "This session is over" in told
    assert "If nobody lets you in now, call us." in told
    assert "sees that you are here" not in told
