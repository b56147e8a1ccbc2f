"""The chain from a miss to its end, through the sweeps and a real database."""

from datetime import timedelta

import pytest

from rejoin.attendance.actions import record_mark
from rejoin.attendance.models import Outcome, SeatStatus
from rejoin.domain.attendance import Status
from rejoin.followup.actions import record_attempt, record_disposition, record_promise, settle_unknown
from rejoin.followup.models import Attempt, Case, PromiseOutcome, Review, Step
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult
from rejoin.outreach.channels.port import AnswerLost, Refused, Why
from rejoin.outreach.models import Message, PushSubscription
from rejoin.people.actions import record_stop
from rejoin.programs.vocabulary import Ending
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db


def test_only_the_absent_patient_is_nudged_five_minutes_after_the_start() -> None:
    scene = Scene()
    ada, eve = scene.admit("ada"), scene.admit("eve", phone="+15550101")
    session = scene.session(ada, eve)
    scene.watched(session, (eve, START - minutes(1), None))
    scene.run(START + minutes(4))
    assert not Case.objects.exists()
    scene.run(START + minutes(5))
    assert [case.patient_id for case in Case.objects.all()] == [ada.pk]
    assert [each.to for each in scene.sms.sent] == ["+15550100"]
    step = Step.objects.get()
    assert (step.rule, step.state) == ("nudge", "done")
    assert Attempt.objects.get().outcome == "message_sent"
    assert scene.case(ada).next_step == "tech"


def test_nothing_is_done_twice_however_often_the_sweeps_run() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    for _ in range(3):
        scene.run(START + minutes(6))
    assert (Case.objects.count(), Message.objects.count(), len(scene.sms.sent)) == (1, 1, 1)
    assert Outcome.objects.count() == 1


def test_the_calls_follow_by_the_clock_each_with_an_owner() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5))
    scene.run(START + minutes(20))
    assert Step.objects.get(rule="tech").owner == scene.ben
    scene.run(START + minutes(61))
    assert Step.objects.get(rule="call1").owner == scene.ben
    assert Step.objects.get(rule="escalation:tech").owner == scene.supervisor


def test_joining_late_stops_the_ladder_and_reverses_the_miss() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(6))
    scene.watched(session, (ada, START + minutes(9), None))
    scene.run(START + minutes(10))
    case = scene.case(ada)
    assert (case.state, case.final_outcome, case.stopping) == ("closed", "reversed", "joined")
    scene.run(START + timedelta(hours=4))
    assert SeatStatus.objects.get().status == "attended"
    assert not Step.objects.to_do().exists()


def test_a_session_nobody_watched_opens_no_case() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.session(ada)
    scene.run(START + minutes(30))
    assert SeatStatus.objects.get().status == "unrecorded"
    assert not Case.objects.exists()


def test_the_next_session_joined_closes_the_case_as_back() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    later = scene.session(ada, starts_at=START + timedelta(days=1))
    scene.run(START + minutes(6))
    scene.run(START + timedelta(hours=4))
    scene.watched(later, (ada, later.starts_at + minutes(1), None))
    scene.run(later.starts_at + minutes(2))
    assert (scene.case(ada).state, scene.case(ada).final_outcome) == ("closed", "back")


def test_a_contact_stops_the_ladder_and_the_case_waits_for_her_return() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(61))
    case, step = scene.case(ada), Step.objects.get(rule="call1")
    record_attempt(
        case=case,
        step=step,
        channel="phone",
        outcome=AttemptOutcome.CONTACT,
        by=scene.as_ben(),
        at=START + minutes(70),
    )
    scene.run(START + minutes(71))
    assert (scene.case(ada).state, scene.case(ada).stopping) == ("stopped", "contact")
    assert not Step.objects.to_do().exists()
    scene.run(START + timedelta(days=3))
    assert not Step.objects.filter(rule="call2").exists()


def test_a_voicemail_does_not_stop_the_ladder() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(61))
    record_attempt(
        case=scene.case(ada),
        step=Step.objects.get(rule="call1"),
        channel="phone",
        outcome=AttemptOutcome.VOICEMAIL,
        by=scene.as_ben(),
        at=START + minutes(70),
    )
    scene.run(START + timedelta(hours=20))
    assert scene.case(ada).state == "open"
    assert Step.objects.get(rule="call2").state == "due"


def test_a_nudge_whose_answer_is_lost_becomes_unknown_and_is_never_sent_again() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.sms.does = [AnswerLost("time-out")]
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5))
    scene.run(START + minutes(8))
    assert Step.objects.get(rule="nudge").state == "unknown"
    assert Step.objects.get(rule="unknown_send:nudge").actor == "coordinator"
    assert scene.sms.sent == []
    settle_unknown(
        step=Step.objects.get(rule="unknown_send:nudge"),
        went_out=True,
        by=scene.as_ben(),
        at=START + minutes(9),
    )
    scene.run(START + minutes(10))
    assert Step.objects.get(rule="nudge").state == "done"
    assert Attempt.objects.get().outcome == "message_sent"


def test_a_refused_text_goes_by_the_next_channel_and_then_to_a_person() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    PushSubscription.objects.create(patient=ada, endpoint="https://push/1", subscription={}, made_at=START)
    scene.sms.does = [Refused(code="21211", permanent=True, why=Why.GONE)]
    scene.push.does = [Refused(code="410", permanent=True, why=Why.GONE)]
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5))
    assert [each.key.split(":")[-1] for each in Message.objects.order_by("id")] == ["0", "1"]
    assert Step.objects.get(rule="nudge").state == "failed"
    assert Step.objects.get(rule="send_failed:nudge").actor == "coordinator"


def test_old_news_of_a_text_heard_twice_sends_nothing_more() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    PushSubscription.objects.create(patient=ada, endpoint="https://push/1", subscription={}, made_at=START)
    scene.sms.does = [Refused(code="21211", permanent=True, why=Why.GONE)]
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5))
    Message.objects.update(acted_on=False)
    scene.run(START + minutes(6))
    assert [each.key.split(":")[-1] for each in Message.objects.order_by("id")] == ["0", "1"]
    assert Step.objects.get(rule="nudge").state == "done"
    assert len(scene.push.sent) == 1


def test_stop_before_the_send_withholds_the_text() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5), send=False)
    record_stop(patient=ada, channel="sms", by=scene.as_ben(), at=START + minutes(5))
    scene.run(START + minutes(6))
    assert scene.sms.sent == []
    assert Message.objects.order_by("id")[0].state == "withheld"


def test_a_mark_after_the_session_reverses_the_case_and_asks_for_an_apology() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(6))
    scene.run(session.ends_at + minutes(1))
    seat = session.seats.get()
    record_mark(seat=seat, status=Status.ATTENDED, by=scene.as_ben(), at=session.ends_at + minutes(2))
    scene.run(session.ends_at + minutes(3))
    case = scene.case(ada)
    assert (case.state, case.final_outcome) == ("closed", "reversed")
    assert [each.rule for each in Step.objects.to_do()] == ["apology"]
    record_mark(seat=seat, status=Status.MISSED, by=scene.as_ben(), at=session.ends_at + minutes(5))
    scene.run(session.ends_at + minutes(6))
    assert scene.case(ada).state == "open"


def test_an_elevated_miss_runs_the_elevated_ladder_and_waits_for_a_clinician() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.flag(ada, "high_risk")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(16))
    assert Step.objects.get(rule="call_now").owner == scene.coordinator
    record_attempt(
        case=scene.case(ada),
        step=Step.objects.get(rule="call_now"),
        channel="phone",
        outcome=AttemptOutcome.CONTACT,
        by=scene.as_ben(),
        at=START + minutes(18),
    )
    scene.run(START + minutes(19))
    later = scene.session(ada, starts_at=START + timedelta(days=1))
    scene.watched(later, (ada, later.starts_at, None))
    scene.run(later.starts_at + minutes(3))
    assert (scene.case(ada).state, scene.case(ada).stopping) == ("stopped", "joined")
    record_disposition(
        case=scene.case(ada),
        clinician=scene.ben,
        result=SafetyResult.SAFE,
        by=scene.as_ben(),
        at=later.starts_at + minutes(4),
    )
    scene.run(later.starts_at + minutes(5))
    assert (scene.case(ada).state, scene.case(ada).final_outcome) == ("closed", "back")
    assert Step.objects.get(rule="safety:disposition").state == "done"


def test_two_misses_without_a_call_raise_a_review_once() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    for day in (0, 1):
        session = scene.session(ada, starts_at=START + timedelta(days=day))
        scene.watched(session)
        scene.run(session.starts_at + minutes(6))
        scene.run(session.ends_at + minutes(1))
    assert [each.trigger for each in Review.objects.all()] == ["two-no-call"]


def test_nobody_is_told_anything_in_quiet_hours() -> None:
    scene = Scene()
    ada = scene.admit("ada", timezone="Europe/Berlin")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(6))
    assert scene.sms.sent == []
    assert Step.objects.count() == 0
    scene.run(START + minutes(21))
    assert Step.objects.get(rule="tech").state == "due"


def test_who_left_the_program_is_on_no_list_from_that_moment() -> None:
    from rejoin.programs.actions import end_enrolment

    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(6))
    end_enrolment(
        enrolment=ada.enrolments.get(), ending=Ending.HOSPITALISED, by=scene.as_ben(), at=START + minutes(7)
    )
    assert not Case.objects.on_the_list(START + minutes(7)).exists()
    scene.run(START + minutes(8))
    assert scene.case(ada).final_outcome == "left_program"


def test_a_promise_that_was_not_kept_is_a_step_and_one_that_was_is_told() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(6))
    record_promise(
        case=scene.case(ada), promised_at=START + timedelta(days=1), by=scene.as_ben(), at=START + minutes(30)
    )
    scene.run(START + minutes(31))
    scene.run(START + timedelta(days=1, hours=3))
    assert PromiseOutcome.objects.get().kept is False
    assert Step.objects.to_do().filter(origin="promise").count() == 1


def test_a_session_moved_ahead_after_the_nudge_takes_its_misses_back() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(6))
    session.starts_at, session.ends_at = START + minutes(30), START + minutes(225)
    session.save()
    scene.run(START + minutes(7))
    assert (scene.case(ada).state, scene.case(ada).final_outcome) == ("closed", "reversed")
    scene.run(START + minutes(36))
    assert scene.case(ada).state == "open"


def test_a_session_called_off_reverses_its_misses() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(6))
    session.held, session.unheld_at, session.unheld_by = "cancelled", START + minutes(7), "staff:1"
    session.save()
    scene.run(START + minutes(8))
    assert SeatStatus.objects.get().status == "cancelled"
    assert scene.case(ada).final_outcome == "reversed"


def test_a_no_is_kept_even_when_the_clock_has_been_set_back() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    scene.watched(scene.session(ada))
    scene.run(START + minutes(5), send=False)
    record_stop(patient=ada, channel="sms", by=scene.as_ben(), at=START + minutes(9))
    scene.run(START + minutes(6))
    assert scene.sms.sent == []
