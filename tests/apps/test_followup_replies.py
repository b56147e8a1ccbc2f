"""What patients write: obeyed where it is a keyword, and before a person until she has read it, whatever else it is."""

from datetime import timedelta
from itertools import count

import pytest
from django.db import IntegrityError, transaction

from rejoin.attendance.actions import record_mark
from rejoin.common import clock
from rejoin.common.actors import ENGINE, staff_actor, vendor_actor
from rejoin.common.rows import execute, select
from rejoin.common.seeing import seen_by_patient, seen_by_staff
from rejoin.domain.attendance import Status
from rejoin.domain.kernel import Refusal
from rejoin.followup.actions import close_case, record_attempt, record_promise, see_to_step
from rejoin.followup.hearing import read_reply
from rejoin.followup.models import Case, PromiseOutcome, Step
from rejoin.followup.vocabulary import AttemptOutcome, FinalOutcome
from rejoin.operations.health.asking import examine
from rejoin.outreach import inbox
from rejoin.outreach.channels.port import AnswerLost, Refused, Why
from rejoin.outreach.models import Message, Reply, ReplyReading, VendorDelivery
from rejoin.people.models import Consent, Patient
from rejoin.programs.models import Enrolment, Seat
from rejoin.programs.vocabulary import Role
from tests.apps.scene import START, Scene, minutes

pytestmark = pytest.mark.django_db
ADA, BEA, NOBODYS = "+12025550101", "+12025550102", "+12025550199"
CRISIS = "Stop. I am going to kill myself tonight"


class Phone:
    """Texts that come in, one after another."""

    def __init__(self) -> None:
        self._sids = count(1)

    def text(self, body: str, *, number: str = ADA, minute: float = 25) -> VendorDelivery:
        """Taken in, and not read yet."""
        told = {"MessageSid": f"SM{next(self._sids):032x}", "From": number, "Body": body}
        at = START + minutes(minute)
        inbox.take_in(
            vendor="twilio", kind="inbound", params=told, query={}, by=vendor_actor("twilio"), at=at
        )
        return VendorDelivery.objects.latest("pk")

    def read(self, body: str, *, number: str = ADA, minute: float = 25) -> Reply:
        delivery = self.text(body, number=number, minute=minute)
        inbox.read_deliveries(now=START + minutes(minute))
        return Reply.objects.get(delivery=delivery)


@pytest.fixture
def phone() -> Phone:
    return Phone()


@pytest.fixture
def scene() -> Scene:
    return Scene()


@pytest.fixture
def ada(scene: Scene) -> Patient:
    return scene.admit("ada", phone=ADA)


def missed(scene: Scene, *patients: Patient) -> None:
    scene.watched(scene.session(*patients))
    scene.run(START + minutes(20))


def before(scene: Scene) -> list[Reply]:
    return list(Reply.objects.waiting().before(scene.program.pk))


def reply_steps() -> list[tuple[str, int | None]]:
    return list(Step.objects.to_do().filter(origin="reply").values_list("rule", "owner"))


def granted(patient: Patient) -> bool:
    said = Consent.objects.filter(patient=patient, channel="sms", contact=None)
    latest = said.latest("at")
    return latest.granted and not said.filter(at=latest.at, granted=False).exists()


# A keyword is obeyed, and what is more than a keyword is read


def test_a_stop_with_more_in_it_is_obeyed_and_read_by_a_person(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    missed(scene, ada)
    reply = phone.read(CRISIS)
    scene.run(START + minutes(26))
    assert (reply.meaning, granted(ada)) == ("stop", False)
    assert reply_steps() == [(f"reply:{reply.pk}", scene.coordinator.pk)]
    assert Step.objects.get(origin="reply").deadline == reply.at + timedelta(hours=1) == reply.deadline


@pytest.mark.parametrize("words", ["STOP", " stop. ", "Stop!!!", "S.T.O.P.", "🛑", "ｓｔｏｐ"])
def test_a_bare_stop_is_obeyed_and_nobody_has_to_read_it(
    scene: Scene, ada: Patient, phone: Phone, words: str
) -> None:
    missed(scene, ada)
    assert not phone.read(words).unread
    scene.run(START + minutes(26))
    assert not granted(ada)
    assert reply_steps() == []


@pytest.mark.parametrize(
    "words",
    ["stop please", "stop 😭", "STOP\nI mean it", "help please", "start please", "Stop 'I am not safe'"],
)
def test_a_keyword_with_anything_beside_it_is_read(
    scene: Scene, ada: Patient, phone: Phone, words: str
) -> None:
    assert phone.read(words).unread


def test_a_bare_start_and_help_are_answered_and_nobody_has_to_read_them(ada: Patient, phone: Phone) -> None:
    phone.read("STOP", minute=24)
    assert not phone.read("START").unread
    assert not phone.read("HELP", minute=26).unread
    assert granted(ada)


def test_a_start_that_takes_no_stop_back_goes_to_a_person(scene: Scene, phone: Phone) -> None:
    bea = scene.admit("bea", phone=BEA, sms=False)
    assert phone.read("START", number=BEA).unread
    assert not Consent.objects.filter(patient=bea, granted=True).exists()


# Every reply is before somebody, with a case or without


def test_a_reply_without_a_case_waits_for_the_coordinators_of_her_program(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    elsewhere = Scene(slug="morning")
    reply = phone.read("I need help, please call me")
    scene.run(START + minutes(26))
    assert reply_steps() == []
    assert before(scene) == [reply]
    assert before(elsewhere) == []
    assert (reply.readers, reply.deadline) == (Role.COORDINATOR, reply.at + timedelta(hours=1))
    read_reply(reply=reply, by=scene.as_ben(), at=START + minutes(27))
    assert before(scene) == []


def test_a_reply_after_the_case_has_ended_waits_too(scene: Scene, ada: Patient, phone: Phone) -> None:
    missed(scene, ada)
    record_mark(seat=Seat.objects.get(), status=Status.ATTENDED, by=scene.as_ben(), at=START + minutes(21))
    scene.run(START + minutes(22))
    assert scene.case(ada).state == "closed"
    reply = phone.read("please call me, I am not safe")
    assert before(scene) == [reply]


def test_words_of_who_has_left_are_before_the_program_she_was_in(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    Enrolment.objects.update(ended_at=START, ended_by="staff:1", ending="completed")
    reply = phone.read("can I come back?")
    assert before(scene) == [reply]


def test_no_reply_grows_too_old_to_be_read(scene: Scene, ada: Patient, phone: Phone) -> None:
    reply = phone.read("please call me")
    later = START + timedelta(days=60)
    assert before(scene) == [reply]
    scene.watched(scene.session(ada, starts_at=later))
    scene.run(later + minutes(20))
    assert reply_steps() == [(f"reply:{reply.pk}", scene.coordinator.pk)]
    assert scene.sms.sent == []  # she has written: nothing is said to her before somebody has read it
    read_reply(reply=reply, by=scene.as_ben(), at=later + minutes(21))
    scene.run(later + minutes(22))
    assert (len(scene.sms.sent), reply_steps()) == (1, [])


def test_a_number_two_share_is_before_the_coordinators_of_both_and_start_grants_nobody(
    scene: Scene, phone: Phone
) -> None:
    elsewhere = Scene(slug="morning")
    third = Scene(slug="night")
    ada, bea = scene.admit("ada", phone=ADA), elsewhere.admit("bea", phone=ADA)
    said = phone.read("I am in the hospital")
    stop = phone.read("STOP", minute=26)
    start = phone.read("START", minute=27)
    help_ = phone.read("HELP", minute=28)
    assert (said.patient, said.programs) == (None, [scene.program.pk, elsewhere.program.pk])
    assert before(scene) == before(elsewhere) == [said, start, help_]
    assert before(third) == []
    assert not stop.unread
    assert (granted(ada), granted(bea)) == (False, False)
    assert not Message.objects.filter(about__startswith="reply:").exists()


def test_words_from_a_number_of_nobodys_are_before_every_programs_coordinators(
    scene: Scene, phone: Phone
) -> None:
    elsewhere = Scene(slug="morning")
    said = phone.read("this is Ada from a new phone, I am in hospital", number=NOBODYS)
    stop = phone.read("STOP", number=NOBODYS, minute=26)
    assert before(scene) == before(elsewhere) == [said, stop]
    read_reply(reply=said, by=scene.as_ben(), at=START + minutes(27))
    assert before(elsewhere) == [stop]


def test_nobodys_words_are_seen_by_the_staff_they_are_before_and_by_no_patient(
    scene: Scene, phone: Phone
) -> None:
    elsewhere, third = Scene(slug="morning"), Scene(slug="night")
    ada = scene.admit("ada", phone=ADA)
    elsewhere.admit("bea", phone=ADA)
    shared, nobodys = phone.read("late"), phone.read("late", number=NOBODYS, minute=26)
    with seen_by_staff(scene.coordinator.pk):
        assert set(Reply.objects.all()) == {shared, nobodys}
    with seen_by_staff(third.coordinator.pk):
        assert set(Reply.objects.all()) == {nobodys}
    with seen_by_patient(ada.pk):
        assert not Reply.objects.exists()
    with seen_by_staff(scene.coordinator.pk):
        read_reply(reply=shared, by=staff_actor(scene.coordinator.pk), at=START + minutes(27))
    assert list(Reply.objects.waiting()) == [nobodys]


def late_words(scene: Scene, ada: Patient, phone: Phone) -> tuple[Reply, Step]:
    """Words that nobody has read by their deadline, before the supervisor."""
    missed(scene, ada)
    reply = phone.read("call me")
    scene.run(START + minutes(26))
    scene.run(START + minutes(90))
    return reply, Step.objects.get(rule=f"escalation:reply:{reply.pk}")


def test_words_that_wait_too_long_stay_before_the_supervisor_when_the_miss_is_taken_back(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    _, late = late_words(scene, ada, phone)
    record_mark(seat=Seat.objects.get(), status=Status.ATTENDED, by=scene.as_ben(), at=START + minutes(91))
    scene.run(START + minutes(92))
    assert scene.case(ada).state == "closed"
    late.refresh_from_db()
    assert late.state == "due"


@pytest.mark.parametrize("taken_back", [False, True])
def test_reading_late_words_takes_them_from_the_supervisors_list_too(
    scene: Scene, ada: Patient, phone: Phone, taken_back: bool
) -> None:
    reply, late = late_words(scene, ada, phone)
    by = scene.as_ben()
    if taken_back:
        record_mark(seat=Seat.objects.get(), status=Status.ATTENDED, by=by, at=START + minutes(91))
        scene.run(START + minutes(92))
    read_reply(reply=reply, by=by, at=START + minutes(93))
    scene.run(START + minutes(94))
    late.refresh_from_db()
    assert late.state == "cancelled"


# Reading


def test_a_reply_is_read_once_by_a_person_and_wherever_it_stands(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    missed(scene, ada)
    reply = phone.read("call me")
    scene.run(START + minutes(26))
    with pytest.raises(Refusal, match="person"):
        read_reply(reply=reply, by=ENGINE, at=START + minutes(27))
    read_reply(reply=reply, by=scene.as_ben(), at=START + minutes(27))
    assert reply_steps() == []
    assert not Reply.objects.waiting().exists()
    with pytest.raises(Refusal, match="already"):
        read_reply(reply=reply, by=scene.as_ben(), at=START + minutes(28))


@pytest.mark.parametrize("way", ["seen to", "called back"])
def test_whoever_is_done_with_its_step_has_read_it(
    scene: Scene, ada: Patient, phone: Phone, way: str
) -> None:
    missed(scene, ada)
    phone.read("call me")
    scene.run(START + minutes(26))
    step, by, at = Step.objects.get(origin="reply"), scene.as_ben(), START + minutes(27)
    if way == "seen to":
        see_to_step(step=step, by=by, at=at)
    else:
        record_attempt(
            case=scene.case(ada), channel="phone", outcome=AttemptOutcome.CONTACT, step=step, by=by, at=at
        )
    assert ReplyReading.objects.get().by == str(by)
    assert not Reply.objects.waiting().exists()


def test_nothing_but_a_reading_takes_a_reply_from_before_its_readers(ada: Patient, phone: Phone) -> None:
    reply = phone.read("call me")
    with pytest.raises(IntegrityError, match="a_reply_is_read_by_a_reading"), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(unread=False)
    ReplyReading.objects.create(reply=reply, at=START, by="staff:1")
    with pytest.raises(IntegrityError, match="a_reply_is_read_by_a_reading"), transaction.atomic():
        Reply.objects.filter(pk=reply.pk).update(unread=True)
    reply.refresh_from_db()
    assert not reply.unread


def test_what_is_unread_is_found_without_looking_through_what_is_read(ada: Patient, phone: Phone) -> None:
    phone.read("call me")
    execute("SET LOCAL enable_seqscan = off")
    plan = select("EXPLAIN SELECT id FROM outreach_reply WHERE unread")
    assert "reply_to_read" in str(plan)


def test_a_reply_that_nobody_has_read_by_its_deadline_fails_the_health_check(
    scene: Scene, ada: Patient, phone: Phone
) -> None:
    def found() -> tuple[bool, tuple[str, ...]]:
        return next((each.ok, each.ids) for each in examine().checks if each.name == "replies.unread")

    reply = phone.read("call me", number=NOBODYS)
    clock.simulate(shown_at=reply.deadline, rate=0)
    assert found() == (True, ())
    clock.simulate(shown_at=reply.deadline + timedelta(seconds=1), rate=0)
    assert found() == (False, (f"reply:{reply.pk}",))
    clock.simulate(shown_at=reply.at + timedelta(days=400), rate=0)
    assert found() == (False, (f"reply:{reply.pk}",))
    read_reply(reply=reply, by=scene.as_ben(), at=clock.now())
    assert found() == (True, ())


# Steps outside the ladder have an owner


def test_what_became_of_a_message_is_looked_into_by_whoever_is_alone_in_the_role(
    scene: Scene, ada: Patient
) -> None:
    bea = scene.admit("bea", phone=BEA)
    scene.sms.does = [AnswerLost("time-out"), Refused(code="21211", permanent=True, why=Why.GONE)]
    missed(scene, ada, bea)
    asked = dict(Step.objects.filter(rule__endswith=":nudge").values_list("origin", "owner"))
    assert asked == {"unknown_send": scene.coordinator.pk, "send_failed": scene.coordinator.pk}


def test_a_role_that_two_hold_is_a_list_they_share(scene: Scene, ada: Patient, phone: Phone) -> None:
    scene.hire("second", "coordinator")
    missed(scene, ada)
    reply = phone.read("call me")
    scene.run(START + minutes(26))
    assert reply_steps() == [(f"reply:{reply.pk}", None)]


def test_a_promise_that_was_not_kept_is_her_counselors(scene: Scene, ada: Patient) -> None:
    missed(scene, ada)
    promised(scene, ada, minute=31)
    scene.run(START + timedelta(days=1, hours=3))
    assert Step.objects.get(origin="promise").owner == scene.ben


def test_nobody_is_asked_after_a_promise_of_a_case_that_somebody_has_closed(
    scene: Scene, ada: Patient
) -> None:
    missed(scene, ada)
    promised(scene, ada, minute=31)
    case = scene.case(ada)
    close_case(case=case, outcome=FinalOutcome.HOSPITALISED, by=scene.as_ben(), at=START + minutes(32))
    Case.objects.update(next_look_at=START)
    scene.run(START + timedelta(days=3))
    assert not Step.objects.filter(origin="promise").exists()
    assert not PromiseOutcome.objects.exists()


# A promise is kept by coming, after it was made


def promised(scene: Scene, patient: Patient, *, minute: float) -> None:
    record_promise(
        case=scene.case(patient),
        promised_at=START + timedelta(days=1),
        by=scene.as_ben(),
        at=START + minutes(minute),
    )


def kept(scene: Scene, minute: float) -> list[bool]:
    scene.run(START + minutes(minute))
    return list(PromiseOutcome.objects.values_list("kept", flat=True))


@pytest.mark.parametrize("status", [Status.MISSED, Status.PARTIAL])
def test_no_promise_is_kept_by_the_session_she_missed(scene: Scene, ada: Patient, status: Status) -> None:
    session = scene.session(ada)
    scene.watched(session, (ada, START, START + minutes(5)))
    scene.run(START + minutes(30))
    seat = Seat.objects.get()
    record_mark(seat=seat, status=Status.MISSED, by=scene.as_ben(), at=START + minutes(31))
    scene.run(START + minutes(32))
    promised(scene, ada, minute=40)
    record_mark(seat=seat, status=status, by=scene.as_ben(), at=START + minutes(41))
    assert kept(scene, 42) == []
    assert scene.case(ada).final_outcome != "back"


def test_a_promise_is_kept_by_a_session_that_began_before_it_and_was_joined_after(
    scene: Scene, ada: Patient
) -> None:
    missed(scene, ada)
    other = scene.session(ada, starts_at=START + minutes(240), minutes=60)
    scene.run(START + minutes(244))
    promised(scene, ada, minute=245)
    assert kept(scene, 246) == []
    scene.watched(other, (ada, START + minutes(250), None))
    assert kept(scene, 251) == [True]


def test_a_promise_is_not_kept_by_having_been_seen_before_it_was_made(scene: Scene, ada: Patient) -> None:
    scene.flag(ada, "high_risk")  # so that being seen does not end the case
    missed(scene, ada)
    other = scene.session(ada, starts_at=START + minutes(240), minutes=60)
    scene.watched(other, (ada, START + minutes(241), START + minutes(243)))
    scene.run(START + minutes(250))
    promised(scene, ada, minute=251)
    assert kept(scene, 252) == []


def test_coming_late_to_the_very_session_keeps_a_promise_to_come(scene: Scene, ada: Patient) -> None:
    session = scene.session(ada)
    scene.watched(session)
    scene.run(START + minutes(20))
    promised(scene, ada, minute=21)
    scene.watched(session, (ada, START + minutes(23), None))
    assert kept(scene, 24) == [True]


# What she allows holds from when she wrote it


def test_a_start_that_is_read_late_does_not_overtake_a_later_stop(ada: Patient, phone: Phone) -> None:
    start = phone.text("START", minute=1)
    VendorDelivery.objects.update(next_try_at=START + minutes(5), tries=1, error="failed")
    assert phone.read("STOP", minute=2).at == START + minutes(2)
    inbox.read_deliveries(now=START + minutes(6))
    assert Reply.objects.get(delivery=start).at == START + minutes(1)
    assert not granted(ada)


def test_a_start_waits_until_all_she_wrote_before_is_read_and_a_stop_waits_for_nothing(
    ada: Patient, scene: Scene, phone: Phone
) -> None:
    bea = scene.admit("bea", phone=BEA)
    failed = phone.text("STOP", minute=1)
    VendorDelivery.objects.update(next_try_at=START + minutes(9), tries=1, error="failed")
    start = phone.text("START", minute=2)
    phone.read("STOP", number=BEA, minute=3)
    phone.read("START", number=BEA, minute=3)
    assert granted(bea)  # somebody else's words hold nothing up
    start.refresh_from_db()
    assert (start.read_at, start.tries, start.next_try_at) == (None, 0, START + minutes(9))
    phone.read("STOP", minute=4)
    assert not granted(ada)
    inbox.read_deliveries(now=START + minutes(10))
    failed.refresh_from_db()
    start.refresh_from_db()
    assert None not in (failed.read_at, start.read_at)
    assert not granted(ada)


@pytest.mark.parametrize(
    ("words", "allows"),
    [
        (["STOP", "START"], True),
        (["START", "STOP"], False),
        (["STOP", "START", "STOP"], False),
        (["STOP", "START", "STOP", "START"], True),
    ],
)
@pytest.mark.parametrize("late", [None, 0, 1])
def test_of_texts_of_one_instant_the_last_that_came_in_holds(
    ada: Patient, phone: Phone, words: list[str], allows: bool, late: int | None
) -> None:
    told = [phone.text(each, minute=1) for each in words]
    if late is not None:
        VendorDelivery.objects.filter(pk=told[late].pk).update(next_try_at=START + minutes(2))
    for minute in (1, 2, 3):
        inbox.read_deliveries(now=START + minutes(minute))
    assert Reply.objects.count() == len(words)
    assert granted(ada) is allows
