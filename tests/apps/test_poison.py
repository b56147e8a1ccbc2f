"""A row that cannot be worked on: the others go on, it is tried again later, somebody hears, and it heals by itself."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest

from rejoin.attendance.models import SeatStatus, Watch
from rejoin.common import clock
from rejoin.common.actors import vendor_actor
from rejoin.common.models import Heartbeat
from rejoin.followup.engine import PARTS, run_pass, run_sending
from rejoin.followup.models import Attempt, Case, PatientWatch, Review, Step
from rejoin.followup.sweep import OPEN
from rejoin.operations.health.asking import examine
from rejoin.operations.health.report import Check
from rejoin.outreach.channels.port import Channel
from rejoin.outreach.inbox import take_in
from rejoin.outreach.models import Message, Reply, VendorDelivery
from rejoin.people.models import Patient
from rejoin.programs.models import PolicyVersion, Session
from rejoin.rooms.fake import Visit, events_of
from rejoin.rooms.models import RawEvent, Revisit, SeatEvidence
from tests.apps.rooms_scene import EVENING, Rooms, seen
from tests.apps.scene import LETTERS, START, Scene, minutes, publish

pytestmark = pytest.mark.django_db
SECOND = timedelta(seconds=1)
FIRST_BACKOFF, SECOND_BACKOFF = timedelta(seconds=30), timedelta(seconds=60)
DECIDES = "rejoin.attendance.sweep.decide_outcome"
PLANS = "rejoin.followup.sweep.plan_case"
COUNTS = "rejoin.followup.patterns.fire_triggers"


class PoisonError(Exception):
    """What nobody expected."""


@dataclass
class Fault:
    """Raises for whatever it is said to be about, as long as it lasts."""

    lasts: bool = True
    times: int = 0

    def strikes(self, monkeypatch: pytest.MonkeyPatch, place: str, hits: Callable[..., bool]) -> None:
        """From now on whatever is at `place` raises for what is hit."""
        module, name = place.rsplit(".", 1)
        function = getattr(import_module(module), name)

        def act(*args: Any, **kwargs: Any) -> Any:
            if self.lasts and hits(*args, **kwargs):
                self.times += 1
                raise PoisonError
            return function(*args, **kwargs)

        monkeypatch.setattr(place, act)


class Evening(Scene):
    """ada, whose row is poisoned, between dora and eve, whose are not: three sessions at one hour."""

    def __init__(self) -> None:
        super().__init__()
        self.patients = {
            name: self.admit(name, phone=f"+1555010{number}")
            for number, name in enumerate(("dora", "ada", "eve"))
        }
        self.sessions: dict[str, Session] = {}

    @property
    def ada(self) -> Patient:
        return self.patients["ada"]

    def everybody_misses(self) -> None:
        for name, patient in self.patients.items():
            self.sessions[name] = Session.objects.create(
                program=self.program,
                external_id=name,
                starts_at=START,
                ends_at=START + minutes(195),
            )
            self.sessions[name].seats.create(patient=patient)
            self.watched(self.sessions[name])

    def engine(self, at: datetime) -> None:
        """Passes until nothing is left to do."""
        channels: dict[str, Channel] = {"sms": self.sms, "push": self.push}
        clock.simulate(shown_at=at, rate=0)
        for _ in range(10):
            if not run_pass(at) + run_sending(channels, at):
                return
        raise AssertionError("the engine does not come to rest")

    def of_ada(self) -> int:
        return self.sessions["ada"].seats.get().pk

    def with_case(self) -> set[str]:
        """Who has one."""
        return {each.patient.name for each in Case.objects.select_related("patient")}

    def on_lists(self, rule: str) -> set[str]:
        return {each.patient.name for each in Step.objects.filter(rule=rule).select_related("patient")}


@pytest.fixture
def evening() -> Evening:
    return Evening()


def checked(name: str) -> Check:
    return next(check for check in examine().checks if check.name == name)


def poisoned() -> tuple[str, ...]:
    """Which rows the health check names."""
    check = checked("engine.poisoned")
    assert check.ok is not bool(check.ids)
    return check.ids


# Sessions


def test_a_session_that_cannot_be_decided_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    fault, hers = Fault(), evening.sessions["ada"].pk
    fault.strikes(monkeypatch, DECIDES, lambda facts, **_: facts.session.id == str(hers))
    noticed = START + minutes(5)
    evening.engine(noticed)
    assert evening.with_case() == {"dora", "eve"}
    watch = Watch.objects.get(session=hers)
    assert (watch.failures, watch.error, watch.next_look_at) == (1, "PoisonError", noticed + FIRST_BACKOFF)
    assert poisoned() == (f"session:{hers}",)

    so_far = fault.times
    evening.engine(noticed + FIRST_BACKOFF - SECOND)
    assert fault.times == so_far  # left alone meanwhile
    evening.engine(noticed + FIRST_BACKOFF)
    watch.refresh_from_db()
    assert (watch.failures, watch.next_look_at) == (2, noticed + FIRST_BACKOFF + SECOND_BACKOFF)

    fault.lasts = False
    evening.engine(noticed + FIRST_BACKOFF + SECOND_BACKOFF)
    assert evening.with_case() == {"dora", "ada", "eve"}
    watch.refresh_from_db()
    assert (watch.failures, watch.error) == (0, "")
    assert poisoned() == ()


def test_one_seat_that_cannot_be_read_hides_no_other_absence_of_its_session(evening: Evening) -> None:
    session = evening.session(*evening.patients.values())
    evening.watched(session)
    broken = SeatEvidence.objects.create(
        seat=session.seats.get(patient=evening.ada), presence=[{"no": "presence"}], worked_out_at=START
    )
    evening.engine(START + minutes(5))
    assert evening.with_case() == {"dora", "eve"}
    assert evening.sms.sent == []  # what the system says waits for all that is known; people's calls do not
    assert poisoned() == (f"session:{session.pk}",)
    for minute in (6, 8, 10, 20):  # and their ladders go on, while hers is tried again
        evening.engine(START + minutes(minute))
    assert evening.on_lists("tech") == {"dora", "eve"}
    assert Watch.objects.get().failures > 2

    broken.presence = []
    broken.save()
    evening.engine(START + minutes(45))
    assert evening.with_case() == {"dora", "ada", "eve"}
    assert poisoned() == ()


def test_a_new_fact_about_a_poisoned_session_has_it_looked_at_at_once(evening: Evening) -> None:
    session = evening.session(evening.ada)
    evening.watched(session)
    SeatEvidence.objects.create(seat=session.seats.get(), presence=[{"no": 1}], worked_out_at=START)
    evening.engine(START + minutes(5))
    Watch.objects.update(next_look_at=START + minutes(20), looked_at=START, failures=9)
    clock.simulate(shown_at=START + minutes(6), rate=0)
    evening.watched(session, (evening.ada, START + minutes(6), None))  # the room says it again, and well
    evening.engine(START + minutes(6))
    assert Watch.objects.get().failures == 0


def test_a_policy_that_cannot_be_read_stops_its_own_program_and_no_other(evening: Evening) -> None:
    evening.everybody_misses()
    other = Scene(slug="morning")
    cleo = other.admit("cleo", phone="+15550199")
    hers = other.session(cleo)
    other.watched(hers)
    PolicyVersion.objects.create(
        program=other.program,
        version=99,
        effective=(START.date(), None),
        text="version: [",
        opens_on=["missed"],
        at=START,
        by="staff:1",
    )
    evening.engine(START + minutes(5))
    assert evening.with_case() == {"dora", "ada", "eve"}
    assert f"session:{hers.pk}" in poisoned()


# Outcomes, cases, patterns


def plans_fail_for(patient: Patient, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    fault.strikes(monkeypatch, PLANS, lambda case, **_: case.patient_id == patient.pk)


def test_an_outcome_whose_case_cannot_be_opened_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    fault = Fault()
    plans_fail_for(evening.ada, fault, monkeypatch)
    noticed = START + minutes(5)
    evening.engine(noticed)
    assert evening.with_case() == {"dora", "eve"}
    status = SeatStatus.objects.get(patient=evening.ada)
    assert (status.acted_on, status.failures, status.act_after) == (False, 1, noticed + FIRST_BACKOFF)
    assert poisoned() == (f"seat:{evening.of_ada()}",)

    evening.engine(noticed + FIRST_BACKOFF)
    status.refresh_from_db()
    assert (status.failures, status.act_after) == (2, noticed + FIRST_BACKOFF + SECOND_BACKOFF)
    clock.simulate(shown_at=noticed + minutes(1.1), rate=0)
    assert f"seat:{evening.of_ada()}" in checked("engine.outcomes").ids  # over a minute by now

    fault.lasts = False
    evening.engine(noticed + FIRST_BACKOFF + SECOND_BACKOFF)
    assert evening.with_case() == {"dora", "ada", "eve"}
    assert poisoned() == ()


def test_a_time_zone_that_is_none_is_poison_until_it_is_mended(evening: Evening) -> None:
    evening.everybody_misses()
    Patient.objects.filter(pk=evening.ada.pk).update(timezone="Mars/Base")
    evening.engine(START + minutes(5))
    assert evening.with_case() == {"dora", "eve"}
    assert poisoned() == (f"seat:{evening.of_ada()}",)
    Patient.objects.filter(pk=evening.ada.pk).update(timezone="America/New_York")
    evening.engine(START + minutes(6))
    assert evening.with_case() == {"dora", "ada", "eve"}
    assert poisoned() == ()


def test_a_case_that_cannot_be_planned_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    evening.engine(START + minutes(5))
    fault, due = Fault(), START + minutes(20)
    plans_fail_for(evening.ada, fault, monkeypatch)
    evening.engine(due)
    assert evening.on_lists("tech") == {"dora", "eve"}
    case = Case.objects.get(patient=evening.ada)
    assert (case.failures, case.error, case.next_look_at) == (1, "PoisonError", due + FIRST_BACKOFF)
    assert poisoned() == (f"case:{case.pk}",)

    evening.engine(due + FIRST_BACKOFF)
    case.refresh_from_db()
    assert (case.failures, case.next_look_at) == (2, due + FIRST_BACKOFF + SECOND_BACKOFF)
    fault.lasts = False
    evening.engine(due + FIRST_BACKOFF + SECOND_BACKOFF)
    assert evening.on_lists("tech") == {"dora", "ada", "eve"}
    assert poisoned() == ()


def test_a_history_that_cannot_be_counted_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    evening.engine(START + minutes(5))
    for name, patient in evening.patients.items():  # a second miss, which the policy wants looked at
        second = Session.objects.create(
            program=evening.program,
            external_id=f"{name}-2",
            starts_at=START + timedelta(days=1),
            ends_at=START + timedelta(days=1, minutes=195),
        )
        second.seats.create(patient=patient)
        evening.watched(second)
    fault, hers = Fault(), str(evening.sessions["ada"].pk)
    fault.strikes(
        monkeypatch, COUNTS, lambda stay, **_: any(record.session.id == hers for record in stay.records)
    )
    over = START + timedelta(days=1, minutes=195)
    evening.engine(START + minutes(195))
    evening.engine(over)
    assert set(Review.objects.values_list("patient__name", flat=True)) == {"dora", "eve"}
    watch = PatientWatch.objects.get(patient=evening.ada)
    assert watch.failures > 0
    assert watch.next_look_at is not None
    assert over < watch.next_look_at <= over + minutes(15)
    assert poisoned() == (f"patient:{evening.ada.pk}",)

    fault.lasts = False
    evening.engine(over + minutes(15))
    assert set(Review.objects.values_list("patient__name", flat=True)) == {"dora", "ada", "eve"}
    assert poisoned() == ()


@pytest.mark.parametrize("kind", ["session", "seat", "case", "message", "patient"])
def test_a_row_that_has_failed_for_a_year_still_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """As often as its column can count, and once more."""
    evening.everybody_misses()
    most = {"failures": 32_767}
    fault = Fault()
    if kind == "session":
        fault.strikes(monkeypatch, DECIDES, _always)
        Watch.objects.update(**most)
    evening.engine(START + minutes(5))
    if kind == "seat":
        SeatStatus.objects.update(acted_on=False, **most)
        fault.strikes(monkeypatch, "rejoin.followup.sweep.select", lambda sql, *_: sql is OPEN)
    elif kind == "case":
        Case.objects.update(next_look_at=START, **most)
        plans_fail_for(evening.ada, fault, monkeypatch)
    elif kind == "message":
        Message.objects.update(acted_on=False, **most)
        attempts_fail_for(evening.ada, fault, monkeypatch)
    elif kind == "patient":
        PatientWatch.objects.bulk_create(
            PatientWatch(patient=each, next_look_at=START, **most) for each in evening.patients.values()
        )
        fault.strikes(monkeypatch, COUNTS, _always)
    at = START + minutes(10)
    evening.engine(at)
    assert fault.times
    assert silent_parts(at) == set()
    assert poisoned()


def _always(*_: Any, **__: Any) -> bool:
    return True


# Messages and replies


def attempts_fail_for(patient: Patient, fault: Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    def hits(model: type, columns: tuple[str, ...], rows: Any, **_: Any) -> bool:
        return model is Attempt and any(row[columns.index("patient")] == patient.pk for row in rows)

    fault.strikes(monkeypatch, "rejoin.followup.hearing.insert_rows", hits)


def test_news_of_a_message_that_cannot_be_taken_in_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    fault, sent = Fault(), START + minutes(5)
    attempts_fail_for(evening.ada, fault, monkeypatch)
    evening.engine(sent)
    assert {each.patient.name for each in Attempt.objects.all()} == {"dora", "eve"}
    message = Message.objects.get(patient=evening.ada)
    assert (message.state, message.acted_on, message.failures) == ("sent", False, 1)
    assert message.act_after == sent + FIRST_BACKOFF
    assert poisoned() == (f"message:{message.pk}",)
    clock.simulate(shown_at=sent + minutes(1.1), rate=0)
    assert checked("engine.news").ids == (f"message:{message.pk}",)

    evening.engine(sent + FIRST_BACKOFF)
    message.refresh_from_db()
    assert (message.failures, message.act_after) == (2, sent + FIRST_BACKOFF + SECOND_BACKOFF)
    fault.lasts = False
    evening.engine(sent + FIRST_BACKOFF + SECOND_BACKOFF)
    assert {each.patient.name for each in Attempt.objects.all()} == {"dora", "ada", "eve"}
    assert len(evening.sms.sent) == 3  # heard of late, and never sent twice
    assert poisoned() == ()


def texts_in(words: str, number: str, sid: int, at: datetime) -> VendorDelivery:
    take_in(
        vendor="twilio",
        kind="inbound",
        params={"MessageSid": f"SM{sid:032x}", "From": number, "To": "+15550999", "Body": words},
        query={},
        by=vendor_actor("twilio"),
        at=at,
    )
    return VendorDelivery.objects.latest("id")


def test_a_reply_that_cannot_be_put_on_a_list_keeps_no_other_from_one(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    evening.engine(START + minutes(5))
    fault, wrote = Fault(), START + minutes(6)

    def hits(model: type, columns: tuple[str, ...], rows: Any, **_: Any) -> bool:
        return model is Step and any(row[columns.index("patient")] == evening.ada.pk for row in rows)

    fault.strikes(monkeypatch, "rejoin.followup.raising.insert_rows", hits)
    for number in range(3):
        texts_in("on my way", f"+1555010{number}", number, wrote)
    long_ago = datetime.now(tz=UTC) - timedelta(seconds=31)
    Heartbeat.objects.update(beat_at=long_ago)
    evening.engine(wrote)
    on_lists = Step.objects.filter(origin="reply").values_list("patient__name", flat=True)
    assert set(on_lists) == {"dora", "eve"}
    assert silent_parts(wrote) == {"followup.replies"}
    assert checked("engine.parts").ids == ("followup.replies",)

    fault.lasts = False
    evening.engine(wrote + SECOND)
    assert set(on_lists.all()) == {"dora", "ada", "eve"}
    assert checked("engine.parts").ok


def silent_parts(at: datetime) -> set[str]:
    """The parts that have not finished a pass at this instant."""
    beat = set(Heartbeat.objects.filter(at=at).values_list("part", flat=True))
    return {name for name, _ in PARTS} - beat


def test_a_text_that_we_fail_at_stops_no_other_and_is_read_when_we_do_not(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    fault, wrote = Fault(), START
    fault.strikes(monkeypatch, "rejoin.outreach.inbox.classify", lambda words: words == "poison")
    texts_in("hello", "+15550100", 1, wrote)
    hers = texts_in("poison", "+15550101", 2, wrote)
    texts_in("STOP", "+15550102", 3, wrote)
    evening.engine(wrote)
    assert set(Reply.objects.values_list("text", flat=True)) == {"hello", "STOP"}
    hers.refresh_from_db()
    assert (hers.read_at, hers.tries, hers.error) == (None, 1, "failed")
    assert hers.next_try_at == wrote + FIRST_BACKOFF
    clock.simulate(shown_at=wrote + minutes(1.1), rate=0)
    assert checked("vendors.unread").ids == (f"delivery:{hers.pk}",)
    for quarter in range(1, 40):  # it may be a STOP: nobody gives up on it
        evening.engine(wrote + minutes(15 * quarter))
    assert not checked("vendors.unread").ok
    fault.lasts = False
    evening.engine(wrote + minutes(15 * 40))
    assert Reply.objects.filter(text="poison").count() == 1
    assert checked("vendors.unread").ok


@pytest.mark.parametrize("body", [b"not json", b"[]", b"{}", b'{"params": {}, "query": {}}'])
def test_a_delivery_that_nobody_can_read_is_put_aside_and_told(evening: Evening, body: bytes) -> None:
    broken = VendorDelivery.objects.create(
        vendor="twilio", event_id="x", kind="inbound", received_at=START, body=body
    )
    texts_in("hello", "+15550100", 1, START)
    evening.engine(START)
    assert Reply.objects.get().text == "hello"
    for minute in (1, 3, 7, 15, 31):
        evening.engine(START + minutes(minute))
    assert checked("vendors.put_aside").ids == (f"delivery:{broken.pk}",)


def test_a_message_that_cannot_be_made_ready_stops_no_other(
    evening: Evening, monkeypatch: pytest.MonkeyPatch
) -> None:
    evening.everybody_misses()
    fault = Fault()
    fault.strikes(
        monkeypatch, "rejoin.outreach.sending._make_ready", lambda due, _: due.patient_id == evening.ada.pk
    )
    evening.engine(START + minutes(5))
    assert {each.to for each in evening.sms.sent} == {"+15550100", "+15550102"}
    hers = Message.objects.get(patient=evening.ada, channel="sms")
    assert (hers.state, hers.error) == ("failed", "fault")
    assert Step.objects.filter(patient=evening.ada, ended_at=None).exclude(actor="system").exists()


def test_a_vendors_library_that_breaks_on_one_message_stops_no_other(evening: Evening) -> None:
    evening.everybody_misses()
    evening.sms.does = [ZeroDivisionError()]
    evening.engine(START + minutes(5))
    assert len(evening.sms.sent) == 2
    assert Message.objects.filter(state="unknown").count() == 1
    assert Step.objects.filter(origin="unknown_send").count() == 1  # it may have gone out: a person finds out
    clock.simulate(shown_at=START + minutes(6), rate=0)
    assert not checked("messages.unknown").ok


# Rooms


@dataclass
class Told:
    """Three patients in one room, each by a delivery of her own; ada's is the one that is poisoned."""

    rooms: Rooms
    session: Session
    patients: dict[str, Patient]
    hers: RawEvent

    def seen(self) -> set[str]:
        return {name for name, each in self.patients.items() if seen(self.session, each)}


def told_by_a_room() -> Told:
    rooms = Rooms()
    publish(rooms.program, LETTERS["a"].read_text())
    patients = {name: rooms.patient(name) for name in ("dora", "ada", "eve")}
    session = rooms.session(*patients.values())
    visits = [Visit(room="blue", ref=rooms.link(each), joined_at=EVENING) for each in patients.values()]
    rooms.hear(*(event.body for event in events_of(visits)))
    (hers,) = (each for each in RawEvent.objects.all() if b"pt-ada" in bytes(each.body))
    return Told(rooms, session, patients, hers)


def reads(at: datetime) -> None:
    clock.simulate(shown_at=at, rate=0)
    while run_pass(at):
        pass


def test_a_delivery_that_we_fail_at_stops_no_other_and_is_read_when_we_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told, fault = told_by_a_room(), Fault()
    hers = told.hers
    fault.strikes(
        monkeypatch, "rejoin.rooms.actions.read_delivery", lambda arrived, **_: arrived.id == hers.pk
    )
    reads(EVENING)
    assert told.seen() == {"dora", "eve"}
    hers.refresh_from_db()
    assert (hers.state, hers.tries, hers.next_try_at) == ("failed", 1, EVENING + FIRST_BACKOFF)
    assert checked("rooms.failed").ids == (f"event:{hers.pk}",)
    reads(EVENING + FIRST_BACKOFF)
    hers.refresh_from_db()
    assert (hers.tries, hers.next_try_at) == (2, EVENING + FIRST_BACKOFF + SECOND_BACKOFF)
    fault.lasts = False
    reads(EVENING + FIRST_BACKOFF + SECOND_BACKOFF)
    assert told.seen() == {"dora", "ada", "eve"}
    assert checked("rooms.failed").ok


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe\x00", b"[1, 2]", b"null", b'{"event": 7}'])
def test_a_delivery_that_nobody_can_read_stops_no_other_and_is_told(body: bytes) -> None:
    told = told_by_a_room()
    told.rooms.hear(body)
    reads(EVENING)
    assert told.seen() == {"dora", "ada", "eve"}
    assert not RawEvent.objects.filter(state__in=("new", "failed")).exists()
    broken = RawEvent.objects.latest("id")
    assert bytes(broken.body) == body  # kept as it came
    assert broken.state == "read" or checked("rooms.unreadable").ids == (f"event:{broken.pk}",)


def test_a_session_that_cannot_be_worked_out_anew_stops_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_by_a_room()
    other = told.rooms.session(told.rooms.patient("cleo"), starts_at=EVENING, room="red")
    reads(EVENING)
    fault, hers = Fault(), told.session.pk
    fault.strikes(monkeypatch, "rejoin.rooms.actions.work_out", lambda sessions, **_: hers in sessions)
    later = EVENING + minutes(1)
    Revisit.objects.all().delete()
    for session in (told.session, other):
        Revisit.objects.create(session=session, at=later)
    reads(later)
    visit = Revisit.objects.get()
    assert (visit.session_id, visit.tries, visit.at) == (hers, 1, later + FIRST_BACKOFF)
    assert poisoned() == (f"session:{hers}",)
    fault.lasts = False
    reads(later + FIRST_BACKOFF)
    assert not Revisit.objects.filter(session=hers, at__lte=later + FIRST_BACKOFF).exists()
    assert poisoned() == ()
