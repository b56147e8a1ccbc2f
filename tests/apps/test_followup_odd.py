"""What is rare and must not go wrong: days by the wall clock, corrections of corrections, seats that come back."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from rejoin.attendance.actions import (
    attest_session,
    changed_since_close,
    close_day,
    record_check_in,
    record_mark,
    what_blocks,
)
from rejoin.attendance.models import SeatStatus, Watch
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import staff_actor, vendor_actor
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions import decide_review, record_attempt, record_disposition, record_promise
from rejoin.followup.models import Attempt, Case, PromisedReturn, Review, ReviewEvent, Step
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult
from rejoin.outreach.models import Message
from rejoin.outreach.outbox import Move, move_messages
from rejoin.outreach.vocabulary import MessageState
from rejoin.people.models import Contact, Licence, Patient
from rejoin.programs.actions import end_enrolment
from rejoin.programs.models import Program, Seat, Session
from rejoin.programs.vocabulary import Ending
from tests.apps.scene import LETTERS, START, Scene, minutes, publish

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
LATE = START + minutes(30)
EVENING = datetime(2026, 10, 8, 0, 30, tzinfo=UTC)
"""20:30 in New York on the 7th; in UTC it is the 8th."""
TONIGHT = date(2026, 10, 7)
AFTER_MIDNIGHT = datetime(2026, 10, 8, 4, 5, tzinfo=UTC)


def missed(scene: Scene, at: datetime = LATE) -> tuple[Patient, Session, Case]:
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session)
    scene.run(at)
    return ada, session, scene.case(ada)


def the_mark(scene: Scene, status: Status, at: datetime) -> None:
    record_mark(seat=Seat.objects.latest("pk"), status=status, by=scene.as_ben(), at=at)
    scene.run(at + minutes(1))


# The program's own day


def test_a_licence_holds_until_the_programs_midnight() -> None:
    scene = Scene()
    Licence.objects.update(valid=(date(2026, 1, 1), date(2026, 10, 8)))
    _, session, case = missed(scene, EVENING)
    seat = session.seats.get()
    assert record_check_in(seat=seat, state="NY", by=scene.as_ben(), at=EVENING).licensed == ["NY"]
    late: Any = {"case": case, "clinician": scene.ben, "result": SafetyResult.SAFE, "by": scene.as_ben()}
    record_disposition(**late, at=EVENING)
    assert record_check_in(seat=seat, state="NY", by=scene.as_ben(), at=AFTER_MIDNIGHT).licensed == []
    with pytest.raises(Refusal) as refused:
        record_disposition(**late, at=AFTER_MIDNIGHT)
    assert refused.value.code == "disposition.licence"


def test_a_licence_that_begins_tomorrow_does_not_hold_this_evening() -> None:
    scene = Scene()
    Licence.objects.update(valid=(date(2026, 10, 8), None))
    seat = scene.session(scene.admit("ada")).seats.get()
    assert record_check_in(seat=seat, state="NY", by=scene.as_ben(), at=EVENING).licensed == []


@pytest.mark.parametrize("day", [date(2027, 1, 1), TONIGHT + DAY, TONIGHT])
def test_a_day_that_is_not_over_where_the_program_is_cannot_be_closed(day: date) -> None:
    scene = Scene()
    with pytest.raises(Refusal) as refused:
        close_day(program=scene.program, day=day, by=scene.as_ben(), at=EVENING)
    assert refused.value.code == "day.not_over"


def closed_day(scene: Scene) -> Session:
    """Ada came, was attested, and the day was closed after midnight."""
    ada = scene.admit("ada")
    session = scene.session(ada)
    scene.watched(session, (ada, START, session.ends_at))
    attest_session(session=session, by=scene.as_ben(), at=session.ends_at)
    close_day(program=scene.program, day=TONIGHT, by=scene.as_ben(), at=AFTER_MIDNIGHT)
    return session


def test_a_session_that_is_added_to_a_closed_day_keeps_it_open_again() -> None:
    scene = Scene()
    closed_day(scene)
    assert what_blocks(scene.program, day=TONIGHT, at=AFTER_MIDNIGHT) == []
    assert changed_since_close(scene.program, day=TONIGHT) == []
    eve = scene.admit("eve", phone="+15550101")
    added = scene.session(starts_at=START + timedelta(hours=5), minutes=30)  # nobody is double-booked
    seat = Seat.objects.create(session=added, patient=eve)
    assert what_blocks(scene.program, day=TONIGHT, at=AFTER_MIDNIGHT + minutes(1)) == [seat.pk]
    record_mark(seat=seat, status=Status.ATTENDED, by=scene.as_ben(), at=AFTER_MIDNIGHT + minutes(2))
    assert what_blocks(scene.program, day=TONIGHT, at=AFTER_MIDNIGHT + minutes(3)) == []
    assert changed_since_close(scene.program, day=TONIGHT) == [seat.pk]


def test_a_mark_that_is_corrected_after_the_close_is_told() -> None:
    scene = Scene()
    seat = closed_day(scene).seats.get()
    record_mark(seat=seat, status=Status.MISSED, by=scene.as_ben(), at=AFTER_MIDNIGHT + minutes(1))
    assert changed_since_close(scene.program, day=TONIGHT) == [seat.pk]
    assert changed_since_close(scene.program, day=TONIGHT - DAY) == []


# Who was reached


def test_somebody_else_who_was_told_is_named() -> None:
    scene = Scene()
    _, _, case = missed(scene)
    tried: Any = {"case": case, "channel": "phone", "by": scene.as_ben(), "at": START + minutes(31)}
    with pytest.raises(Refusal, match="Name the contact"):
        record_attempt(outcome=AttemptOutcome.CAREGIVER_REACHED, **tried)
    record_attempt(outcome=AttemptOutcome.NO_ANSWER, **tried)
    made = Attempt.objects.get(message=None)
    assert (made.outcome, made.to, made.consent) == ("no_answer", "patient", None)


def test_a_step_towards_her_guardian_ends_with_an_attempt_towards_him() -> None:
    scene = Scene()
    ada, _, case = missed(scene)
    eli = Contact.objects.create(patient=ada, relation="guardian", name="Eli")
    scene.consent(ada, "phone", contact=eli, purpose="attendance")
    step = Step.objects.create(
        case=case, patient=ada, rule="x", actor="counselor", to="guardian", raised_at=START, due_at=START
    )
    tried: Any = {"case": case, "step": step, "channel": "phone", "by": scene.as_ben()}
    with pytest.raises(Refusal) as refused:
        record_attempt(outcome=AttemptOutcome.NO_ANSWER, at=START + minutes(31), **tried)
    assert refused.value.code == "attempt.to"
    step.refresh_from_db()
    assert step.state == "due"
    record_attempt(outcome=AttemptOutcome.NO_ANSWER, contact=eli, at=START + minutes(31), **tried)
    step.refresh_from_db()
    assert step.state == "done"


# A seat that comes back


def give_back(seat: Seat, at: datetime) -> None:
    Seat.objects.filter(pk=seat.pk).update(
        occupies=False, released_at=at, released_by="staff:1", release_reason="left"
    )


def test_the_same_seat_given_back_and_given_again_goes_on_with_its_case() -> None:
    scene = Scene()
    ada, session, case = missed(scene)
    give_back(session.seats.get(), START + minutes(31))
    scene.run(START + minutes(32))
    assert scene.case(ada).final_outcome == "reversed"
    Seat.objects.update(occupies=True, released_at=None, released_by="", release_reason="")
    scene.run(START + minutes(33))
    case.refresh_from_db()
    assert (case.state, case.final_outcome) == ("open", "")


def test_a_seat_given_back_after_she_has_left_was_no_miss() -> None:
    scene = Scene()
    ada, session, _ = missed(scene)
    end_enrolment(
        enrolment=ada.enrolments.get(), ending=Ending.COMPLETED, by=scene.as_ben(), at=START + minutes(31)
    )
    scene.run(START + minutes(32))
    assert scene.case(ada).final_outcome == "left_program"
    give_back(session.seats.get(), START + minutes(33))
    scene.run(START + minutes(34))
    assert scene.case(ada).final_outcome == "reversed"


def test_another_seat_in_the_same_session_is_the_same_miss() -> None:
    scene = Scene()
    ada, session, case = missed(scene)
    give_back(session.seats.get(), START + minutes(31))
    scene.run(START + minutes(32))
    again = Seat.objects.create(session=session, patient=ada)
    scene.run(START + minutes(33))
    case = Case.objects.get()
    assert (case.state, case.seat_id) == ("open", again.pk)
    assert len(scene.sms.sent) == 1
    give_back(again, START + minutes(34))
    scene.run(START + minutes(35))
    assert Case.objects.get().final_outcome == "reversed"


def test_a_case_that_somebody_ended_stays_ended_when_she_is_seated_anew() -> None:
    scene = Scene()
    ada, session, _ = missed(scene)
    Case.objects.update(
        state="closed", final_outcome="refused", closed_at=START + minutes(31), closed_by="staff:1"
    )
    give_back(session.seats.get(), START + minutes(31))
    Seat.objects.create(session=session, patient=ada)
    scene.run(START + minutes(33))
    assert Case.objects.get().final_outcome == "refused"


# Corrections


def test_a_correction_does_not_wait_for_what_failed_before_it() -> None:
    scene = Scene()
    _, _, case = missed(scene)
    SeatStatus.objects.update(act_after=START + minutes(45), failures=6)
    the_mark(scene, Status.ATTENDED, START + minutes(31))
    case.refresh_from_db()
    assert (case.state, case.final_outcome) == ("closed", "reversed")
    assert SeatStatus.objects.values_list("acted_on", "act_after", "failures").get() == (True, None, 0)


def test_nobody_says_sorry_for_a_miss_that_was_one_after_all() -> None:
    scene = Scene()
    _, session, case = missed(scene)
    over = session.ends_at + minutes(10)
    the_mark(scene, Status.ATTENDED, over)
    assert Step.objects.get(rule="apology").state == "due"
    the_mark(scene, Status.MISSED, over + minutes(10))
    assert Step.objects.get(rule="apology").state == "cancelled"
    the_mark(scene, Status.ATTENDED, over + minutes(20))
    assert Step.objects.get(rule="apology").state == "due"
    case.refresh_from_db()
    assert case.final_outcome == "reversed"


def test_a_text_that_failed_after_it_left_is_not_done() -> None:
    scene = Scene()
    missed(scene, START + minutes(6))
    message = Message.objects.get(state="sent")
    failed = Move(message.pk, MessageState.FAILED, "carrier:30003")
    move_messages([failed], by=vendor_actor("twilio"), at=START + minutes(7))
    scene.run(START + minutes(8))
    assert Step.objects.get(rule="nudge").state == "failed"
    assert Step.objects.get(origin="send_failed").state == "due"


# Promises


def test_a_promise_lies_within_a_year() -> None:
    scene = Scene()
    _, _, case = missed(scene)
    at = START + minutes(31)
    for far in (at + 366 * DAY + minutes(1), datetime(9999, 12, 31, 23, tzinfo=UTC)):
        with pytest.raises(Refusal) as refused:
            record_promise(case=case, promised_at=far, by=scene.as_ben(), at=at)
        assert refused.value.code == "promise.far"
    record_promise(case=case, promised_at=at + 366 * DAY, by=scene.as_ben(), at=at)
    scene.run(at + minutes(1))
    case.refresh_from_db()
    assert (case.failures, PromisedReturn.objects.count()) == (0, 1)


def test_a_promise_at_the_end_of_time_poisons_no_case() -> None:
    scene = Scene()
    _, _, case = missed(scene)
    Case.objects.update(promised_at=datetime(9999, 12, 31, 23, tzinfo=UTC), next_look_at=START + minutes(31))
    scene.run(START + minutes(31))
    case.refresh_from_db()
    assert (case.failures, case.error) == (0, "")


# Reviews


def test_a_review_is_decided_once_and_its_words_are_not_in_the_trail() -> None:
    scene = Scene()
    ada, session, _ = missed(scene)
    review = Review.objects.create(
        patient=ada,
        program=scene.program,
        policy=scene.policy,
        trigger="three",
        fired_at=START,
        sessions=[session.pk],
        then="review",
        decided_by_role="team",
        due_at=START,
        at=START,
        by="system:engine",
    )
    said: Any = {"review": review, "at": START + minutes(31)}
    decide_review(decision="Her mother is ill", by=scene.as_ben(), **said)
    with pytest.raises(Refusal, match=scene.ben.name):
        decide_review(decision="discharge", words="Five misses", by=staff_actor(scene.supervisor.pk), **said)
    assert ReviewEvent.objects.get().decision == "Her mother is ill"
    assert set(Event.objects.filter(verb="followup.decide_review").values_list("reason", flat=True)) == {""}


# A program that has published no policy


def test_a_session_of_a_program_without_a_policy_waits_for_one_and_is_no_poison() -> None:
    scene = Scene()
    ada = scene.admit("ada")
    bare = Program.objects.create(
        slug="bare", name="Bare", neutral_name="Bare", call_back="555-0101", timezone="America/New_York"
    )
    session = Session.objects.create(
        program=bare, external_id="S1", starts_at=START, ends_at=START + timedelta(hours=1)
    )
    seat = Seat.objects.create(session=session, patient=ada)
    scene.watched(session)
    scene.run(START + minutes(30))
    record_mark(seat=seat, status=Status.MISSED, by=scene.as_ben(), at=START + minutes(31))
    scene.run(START + minutes(32))
    watch = Watch.objects.get(session=session)
    assert (watch.failures, watch.error, watch.next_look_at) == (0, "", None)
    assert not SeatStatus.objects.exists()
    clock.simulate(shown_at=START + minutes(40), rate=0)
    publish(bare, LETTERS["a"].read_text())
    scene.run(START + minutes(41))
    assert SeatStatus.objects.get().status == "missed"
