"""Rules that must never break live in the database: each is found in its catalogue, and has a row here that breaks it."""

import uuid
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import IntegrityError, connection
from psycopg import sql

from rejoin.accounts.models import SignInLink, User
from rejoin.attendance.models import CheckIn, DayClose, Mark, Notice, Outcome, SeatStatus, Watch
from rejoin.audit.models import Event
from rejoin.common import clock
from rejoin.common.actors import ENGINE
from rejoin.common.models import Fact, Heartbeat, Refused, SimulatedClock
from rejoin.common.refusals import constraint_of
from rejoin.common.rows import select
from rejoin.common.schema import ENGINE_ROLE, WEB_ROLE
from rejoin.followup.models import (
    Attempt,
    Case,
    CaseEvent,
    Disposition,
    HandNudge,
    PatientWatch,
    PromisedReturn,
    PromiseOutcome,
    Review,
    ReviewEvent,
    Step,
)
from rejoin.longwork.models import Work
from rejoin.outreach.models import (
    CalendarFeed,
    Message,
    MessageEvent,
    OwnQuiet,
    PushSubscription,
    Reply,
    ReplyReading,
    VendorDelivery,
)
from rejoin.people.models import Address, Patient, Staff
from rejoin.programs.glass import OPEN_FOR, BrokenGlass, BrokenGlassSeen
from rejoin.programs.models import Group, LevelOfCare, PolicyVersion, Seat, Series, Session
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import Heard, HostedRoom, Identity, RawEvent, Revisit, Room, Stranger
from rejoin.visits.models import Lock, TelehealthConsent, Visit, VisitTurn
from tests.apps import continuity_rows, family_rows, insights_rows, makeups_rows, team_rows, test_constraints
from tests.apps.continuity_rows import ContinuityRows
from tests.apps.family_rows import FamilyRows
from tests.apps.insights_rows import InsightsRows
from tests.apps.makeups_rows import ROWS, MakeupRows
from tests.apps.scene import START, Scene

APPS = (
    "accounts",
    "attendance",
    "audit",
    "common",
    "followup",
    "insights",
    "makeups",
    "continuity",
    "outreach",
    "people",
    "programs",
    "rooms",
    "visits",
)
SAID: Any = {"at": START, "by": "staff:1"}
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Whoever asks, past the door and beyond a transaction: so that she sees what she tries to change.
ASKED_FOR_GOOD = """
SELECT set_config('rejoin.staff', %s, false), set_config('rejoin.programs', ARRAY[%s::bigint]::text, false),
       set_config('rejoin.near', ARRAY[%s::bigint]::text, false)
"""
REFUSED_CHANGE, NO_RIGHT = "23000", "42501"


class Given:
    """The rows that the wrong ones lean on. What a row is not told, it takes from here."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.program, self.policy = self.scene.program, self.scene.policy
        self.ada = self.scene.admit("ada")
        self.session = self.scene.session(self.ada)
        self.seat = Seat.objects.get()

    def mark(self, **columns: Any) -> Mark:
        return Mark.objects.create(
            **{"seat": self.seat, "patient": self.ada, "status": "missed", **SAID, **columns}
        )

    def notice(self) -> Notice:
        return Notice.objects.create(seat=self.seat, patient=self.ada, received_at=START, **SAID)

    def check_in(self) -> CheckIn:
        return CheckIn.objects.create(seat=self.seat, patient=self.ada, state="NY", **SAID)

    def day_close(self) -> DayClose:
        return DayClose.objects.create(program=self.program, day=START.date(), **SAID)

    def outcome(self, **columns: Any) -> Outcome:
        given = {"number": 1, "status": "missed", "told": {}, "provisional": False, **SAID, **columns}
        return Outcome.objects.create(seat=self.seat, patient=self.ada, policy=self.policy, **given)

    def status(self, **columns: Any) -> SeatStatus:
        given = {"number": 1, "status": "missed", "provisional": False, "digest": "x", **columns}
        return SeatStatus.objects.create(
            seat=self.seat, patient=self.ada, session=self.session, policy=self.policy, **given
        )

    def event(self) -> Event:
        return Event.objects.create(verb="x.y", subject="case:1", patient_ref=self.ada.pk, **SAID)

    def case(self, **columns: Any) -> Case:
        given = {
            "seat": self.seat,
            "session": self.session,
            "opened_at": START,
            "noticed_at": START,
            **columns,
        }
        return Case.objects.create(patient=self.ada, program=self.program, policy=self.policy, **given)

    def the_case(self) -> Case:
        return Case.objects.first() or self.case()

    def case_event(self) -> CaseEvent:
        return CaseEvent.objects.create(case=self.the_case(), patient=self.ada, turn="stopped", **SAID)

    def step(self, **columns: Any) -> Step:
        given = {"rule": "call1", "actor": "counselor", "raised_at": START, "due_at": START, **columns}
        return Step.objects.create(case=self.the_case(), patient=self.ada, **given)

    def attempt(self, **columns: Any) -> Attempt:
        given = {"made_at": START, "channel": "phone", "outcome": "voicemail", **SAID, **columns}
        return Attempt.objects.create(case=self.the_case(), patient=self.ada, **given)

    def disposition(self, result: str = "safe") -> Disposition:
        return Disposition.objects.create(
            case=self.the_case(), patient=self.ada, clinician=self.scene.ben, result=result, **SAID
        )

    def promise(self, promised_at: datetime = START + HOUR) -> PromisedReturn:
        return PromisedReturn.objects.create(
            case=self.the_case(), patient=self.ada, promised_at=promised_at, **SAID
        )

    def promise_outcome(self, promise: PromisedReturn | None = None) -> PromiseOutcome:
        return PromiseOutcome.objects.create(
            promise=promise or self.promise(), patient=self.ada, kept=False, **SAID
        )

    def review(self) -> Review:
        return Review.objects.create(
            patient=self.ada,
            program=self.program,
            policy=self.policy,
            trigger="two-no-call",
            fired_at=START,
            sessions=[self.session.pk],
            then="barrier_visit",
            decided_by_role="supervisor",
            due_at=START + HOUR,
            **SAID,
        )

    def review_event(self, turn: str = "decided") -> ReviewEvent:
        return ReviewEvent.objects.create(review=self.review(), patient=self.ada, turn=turn, **SAID)

    def patient_watch(self, **columns: Any) -> PatientWatch:
        return PatientWatch.objects.create(patient=self.ada, **columns)

    def message(self, **columns: Any) -> Message:
        return Message.objects.create(
            **{
                "key": "case:1:nudge:0",
                "about": "case:1",
                "patient": self.ada,
                "program": self.program,
                "channel": "sms",
                "template": "neutral_nudge",
                "language": "en",
                "made_at": START,
                "not_before": START,
                "expires_at": START + HOUR,
                "sender": "system:engine",
                "state_at": START,
                **columns,
            }
        )

    def message_event(self) -> MessageEvent:
        message = Message.objects.first() or self.message()
        return MessageEvent.objects.create(message=message, state="sent", **SAID)

    def delivery(self, **columns: Any) -> VendorDelivery:
        given = {"event_id": f"inbound:{VendorDelivery.objects.count()}", "body": b"{}", **columns}
        return VendorDelivery.objects.create(vendor="twilio", kind="inbound", received_at=START, **given)

    def reply(self, delivery: VendorDelivery | None = None) -> Reply:
        return Reply.objects.create(
            patient=self.ada,
            delivery=delivery or self.delivery(),
            channel="sms",
            meaning="reply",
            text="x",
            **SAID,
        )

    def reading(self, reply: Reply | None = None) -> ReplyReading:
        return ReplyReading.objects.create(reply=reply or self.reply(), **SAID)

    def subscription(self) -> PushSubscription:
        return PushSubscription.objects.create(
            patient=self.ada, endpoint="https://push/1", subscription={}, made_at=START
        )

    def calendar_feed(self, **columns: Any) -> CalendarFeed:
        return CalendarFeed.objects.create(patient=self.ada, made_at=START, **columns)

    def own_quiet(self) -> OwnQuiet:
        return OwnQuiet.objects.create(patient=self.ada, **SAID)

    def raw(self, **columns: Any) -> RawEvent:
        return RawEvent.objects.create(
            **{
                "provider": "livekit",
                "event_id": "e1",
                "received_at": START,
                "received_by": "vendor:livekit",
                "body": b"{}",
                "next_try_at": START,
                **columns,
            }
        )

    def heard(self, event: RawEvent | None = None) -> Heard:
        told = event or RawEvent.objects.first() or self.raw()
        return Heard.objects.create(event=told, session=self.session)

    def identity(self, **columns: Any) -> Identity:
        return Identity.objects.create(
            **{"provider": "livekit", "ref": "p-1", "normal": "p-1", "patient": self.ada, **SAID, **columns}
        )

    def room(self) -> Room:
        return Room.objects.create(session=self.session, name="Blue", normal="blue")

    def stranger(self, **columns: Any) -> Stranger:
        given = {"key": "k1", "provider": "livekit", "seen_at": START, **columns}
        return Stranger.objects.create(session=self.session, **given)

    def group(self, **columns: Any) -> Group:
        return Group.objects.create(program=self.program, name="Red", **columns)

    def glass(self) -> BrokenGlass:
        return BrokenGlass.objects.create(
            patient=self.ada,
            staff=self.scene.ben,
            reason="covering",
            words="Tonight",
            until_at=START + OPEN_FOR,
            **SAID,
        )

    def visit(self, **columns: Any) -> Visit:
        given = {
            "session": self.session,
            "seat": self.seat,
            "patient": self.ada,
            "ref": f"p-{Visit.objects.count()}",
            "display_name": "A.",
            "asked_at": START,
            **columns,
        }
        return Visit.objects.create(**given)

    def staff_visit(self, **columns: Any) -> Visit:
        let_in = {"state": "admitted", "decided_at": START, "decided_by": "staff:1"}
        return self.visit(**{"seat": None, "patient": None, "staff": self.scene.ben, **let_in, **columns})

    def guest_visit(self) -> Visit:
        contact = self.ada.contacts.first() or self.ada.contacts.create(relation="supporter", name="Grace")
        return self.visit(seat=None, patient=None, contact=contact)

    def two_of_a_name(self) -> Visit:
        self.visit(looks_like="a")
        other = self.scene.session(self.ada, starts_at=START + timedelta(days=1)).seats.get()
        return self.visit(seat=other, looks_like="a")

    def the_visit(self) -> Visit:
        return Visit.objects.first() or self.visit()

    def visit_turn(self, turn: str = "asked") -> VisitTurn:
        return VisitTurn.objects.create(
            visit=self.the_visit(), session=self.session, patient=self.ada, turn=turn, **SAID
        )

    def telehealth_consent(self, version: int = 1) -> TelehealthConsent:
        return TelehealthConsent.objects.create(
            patient=self.ada, program=self.program, version=version, **SAID
        )

    def hand_nudge(self, **columns: Any) -> HandNudge:
        given = {"seat": self.seat, "session": self.session, "asked_at": START, "asked_by": "staff:1"}
        return HandNudge.objects.create(patient=self.ada, program=self.program, **{**given, **columns})

    def second_session(self, **columns: Any) -> Session:
        return self.scene.session(starts_at=START + 5 * HOUR, **columns)


def consent(given: Given) -> object:
    return given.ada.consents.get()  # she was admitted with one


def policy(given: Given) -> object:
    return given.policy


def a_row(make: Callable[[MakeupRows], object], given: Given) -> object:
    return make(MakeupRows(given.scene, given.seat))


def a_family_row(make: Callable[[FamilyRows], object], given: Given) -> object:
    return make(FamilyRows(given.ada, given.program))


def a_catch_up_row(make: Callable[[ContinuityRows], object], given: Given) -> object:
    return make(ContinuityRows(given.scene, given.seat))


def a_measure_row(make: Callable[[InsightsRows], object], given: Given) -> object:
    return make(InsightsRows(given.scene, given.seat))


NEVER_CHANGED: dict[str, Callable[[Given], object]] = {
    "attendance_checkin": Given.check_in,
    "attendance_dayclose": Given.day_close,
    "attendance_mark": Given.mark,
    "attendance_notice": Given.notice,
    "attendance_outcome": Given.outcome,
    "audit_event": Given.event,
    "followup_attempt": Given.attempt,
    "followup_caseevent": Given.case_event,
    "followup_disposition": Given.disposition,
    "followup_handnudge": Given.hand_nudge,
    "followup_promisedreturn": Given.promise,
    "followup_promiseoutcome": Given.promise_outcome,
    "followup_review": Given.review,
    "followup_reviewevent": lambda g: ReviewEvent.objects.create(
        review=Review.objects.first() or g.review(), patient=g.ada, turn="decided", **SAID
    ),
    "longwork_work": lambda g: Work.objects.create(
        kind="export", program=g.program, asked_by=g.scene.ben, asked_at=START, given={}
    ),
    "outreach_calendarfeed": Given.calendar_feed,
    "outreach_message": Given.message,
    "outreach_messageevent": Given.message_event,
    "outreach_ownquiet": Given.own_quiet,
    "outreach_reply": Given.reply,
    "outreach_replyreading": Given.reading,
    "outreach_vendordelivery": Given.delivery,
    "people_consent": consent,
    "programs_brokenglass": Given.glass,
    "programs_brokenglassseen": lambda g: BrokenGlassSeen.objects.create(glass=g.glass(), **SAID),
    "programs_policyversion": policy,
    "rooms_heard": Given.heard,
    "rooms_hostedroom": lambda g: host_session(session=g.session, provider="janus", by=ENGINE, at=START),
    "rooms_identity": Given.identity,
    "rooms_rawevent": lambda g: RawEvent.objects.first() or g.raw(),
    "visits_lock": lambda g: Lock.objects.create(session=g.session, locked=True, **SAID),
    "visits_telehealthconsent": Given.telehealth_consent,
    "visits_visit": Given.the_visit,
    "visits_visitturn": Given.visit_turn,
    **team_rows.NEVER_CHANGED,
    **{table: partial(a_row, make) for table, make in ROWS.items()},
    **{table: partial(a_family_row, make) for table, make in family_rows.ROWS.items()},
    **{table: partial(a_catch_up_row, make) for table, make in continuity_rows.ROWS.items()},
    **{table: partial(a_measure_row, make) for table, make in insights_rows.ROWS.items()},
}
"""A row in every table that keeps facts, or what facts are read from."""

KEEPING = """
SELECT trigger.tgrelid::regclass::text, array_agg(kept.attname::text ORDER BY kept.attnum)
  FROM pg_trigger AS trigger JOIN pg_attribute AS kept
    ON kept.attrelid = trigger.tgrelid AND kept.attnum > 0 AND NOT kept.attisdropped
   AND (trigger.tgname = 'append_only' OR kept.attnum = ANY (trigger.tgattr))
 WHERE trigger.tgfoid = 'rejoin_refuse_change'::regproc AND trigger.tgname IN ('append_only', 'keep_columns')
   AND trigger.tgenabled = 'O'
 GROUP BY 1 ORDER BY 1
"""
"""Tables with the columns whose every change is refused: all of a fact's, some of a delivery's."""
CONTENTS = "SELECT count(*), md5(string_agg(kept::text, '|' ORDER BY kept::text)) FROM {} AS kept"


def kept_columns() -> dict[str, list[str]]:
    return dict(select(KEEPING))


@pytest.mark.django_db
def test_every_table_of_facts_refuses_changes() -> None:
    facts = {
        model._meta.db_table  # noqa: SLF001 - Django has no other way to ask
        for model in apps.get_models()
        if issubclass(model, Fact)
    }
    taken_in = {"rooms_rawevent", "outreach_vendordelivery", "outreach_message", "longwork_work"}
    assert facts | taken_in | {
        "rooms_heard",
        "rooms_hostedroom",
        "visits_visit",
        "followup_handnudge",
        "outreach_calendarfeed",
        "makeups_debt",
        "makeups_opening",
    } == set(kept_columns())


@pytest.mark.django_db
def test_every_table_that_refuses_changes_has_a_row_here() -> None:
    assert set(kept_columns()) == set(NEVER_CHANGED)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("role", [ENGINE_ROLE, WEB_ROLE, "owner"])
def test_nobody_changes_or_takes_away_a_fact(raw_connection: psycopg.Connection, role: str) -> None:
    given = Given()
    for make in NEVER_CHANGED.values():
        make(given)
    before = {table: _contents(raw_connection, table) for table in NEVER_CHANGED}
    assert all(rows for rows, _ in before.values())
    if role != "owner":
        raw_connection.execute(ASKED_FOR_GOOD, [str(given.scene.ben.pk), given.program.pk, given.ada.pk])
        raw_connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    went_through = [
        statement
        for table, columns in kept_columns().items()
        for statement in _changes(table, columns, truncates=role != "owner")
        if _goes_through(raw_connection, statement, hidden_counts=role == WEB_ROLE)
    ]
    raw_connection.execute("RESET ROLE")
    assert went_through == []
    assert {table: _contents(raw_connection, table) for table in NEVER_CHANGED} == before


@pytest.mark.django_db
@pytest.mark.parametrize("role", [ENGINE_ROLE, WEB_ROLE])
@pytest.mark.parametrize(
    "statement",
    [
        "ALTER TABLE audit_event DISABLE TRIGGER append_only",
        "DROP TRIGGER append_only ON audit_event",
        "SET session_replication_role = replica",
        "CREATE OR REPLACE FUNCTION rejoin_refuse_change() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
        "DROP TABLE followup_attempt CASCADE",
    ],
)
def test_no_role_gets_round_the_refusal(
    raw_connection: psycopg.Connection, role: str, statement: str
) -> None:
    raw_connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        raw_connection.execute(statement.encode())


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "may"), [(ENGINE_ROLE, {"rooms_revisit"}), (WEB_ROLE, set())])
def test_no_role_may_delete_or_truncate_anything_but_the_queue_of_revisits(role: str, may: set[str]) -> None:
    rows = select(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace "
        "AND (has_table_privilege(%s, oid, 'DELETE') OR has_table_privilege(%s, oid, 'TRUNCATE'))",
        [role, role],
    )
    assert {row[0] for row in rows} == may


def _changes(table: str, columns: list[str], *, truncates: bool) -> list[str]:
    updates = [f'UPDATE {table} SET "{column}" = "{column}"' for column in columns]
    return [*updates, f"DELETE FROM {table}", *([f"TRUNCATE {table} CASCADE"] if truncates else [])]


def _goes_through(raw: psycopg.Connection, statement: str, *, hidden_counts: bool) -> bool:
    """Whether it was not refused; a table of which the role sees no row is as good as refused."""
    try:
        with raw.transaction(force_rollback=True):
            changed = raw.execute(statement.encode()).rowcount
    except psycopg.Error as error:
        return error.sqlstate not in (REFUSED_CHANGE, NO_RIGHT)
    return not (hidden_counts and changed == 0)


def _contents(raw: psycopg.Connection, table: str) -> tuple[Any, ...]:
    found = raw.execute(sql.SQL(CONTENTS).format(sql.Identifier(table))).fetchone()
    assert found is not None
    return found


def twice(make: Callable[..., Any], *args: Any, **columns: Any) -> object:
    make(*args, **columns)
    return make(*args, **columns)


def two_attempts_of(**columns: Any) -> Callable[[Given], object]:
    return lambda g: twice(g.attempt, **{name: make(g) for name, make in columns.items()})


def the_same_ref(model: Any, made: Any, **columns: Any) -> object:
    return model.objects.create(ref=made.ref, **columns)


def an_account() -> User:
    return User.objects.create(email="ada@example.org")


def a_link(**columns: Any) -> SignInLink:
    user, _ = User.objects.get_or_create(email="ada@example.org")
    given = {"digest": "d", "purpose": "invitation", "user": user, "made_at": START, "expires_at": START}
    return SignInLink.objects.create(**{**given, **columns})


def two_cases_of_one_ref(g: Given) -> object:
    eve = g.scene.admit("eve", phone="+15550101")
    seat = Seat.objects.create(session=g.second_session(), patient=eve)
    return g.case(seat=seat, ref=g.case().ref)


def two_cases_of_one_seat(g: Given) -> object:
    g.case()
    return g.case(session=g.second_session())


def two_cases_of_one_miss(g: Given) -> object:
    """Her seat was given back after it was missed, and she has another in the same session."""
    g.case()
    Seat.objects.update(occupies=False, released_at=START, released_by="staff:1", release_reason="left")
    return g.case(seat=Seat.objects.create(session=g.session, patient=g.ada))


CLOSED = {"state": "closed", "closed_at": START, "closed_by": "staff:1", "final_outcome": "lost"}
DONE = {"state": "done", "ended_at": START, "ended_by": "staff:1"}
WRONG: dict[str, Callable[[Given], object]] = {
    "accounts_user_email_key": lambda g: twice(an_account),
    "account_address_is_in_lower_case": lambda g: User.objects.create(email="Ada@Example.org"),
    "accounts_signinlink_digest_key": lambda g: twice(a_link),
    "link_purpose_is_known": lambda g: a_link(purpose="amusement"),
    "link_is_used_before_it_expires": lambda g: a_link(used_at=START),
    # Attendance
    "a_day_is_closed_once": lambda g: twice(g.day_close),
    "attendance_mark_corrects_id_key": lambda g: (m := g.mark()) and twice(g.mark, corrects=m),
    "mark_via_is_known": lambda g: g.mark(via="telepathy"),
    "mark_status_can_be_attested": lambda g: g.mark(status="unrecorded"),
    "one_first_mark_a_seat": lambda g: twice(g.mark),
    "attendance_outcome_number_check": lambda g: g.outcome(number=-1),
    "outcome_status_is_known": lambda g: g.outcome(status="lost"),
    "outcomes_of_a_seat_are_numbered": lambda g: twice(g.outcome),
    "attendance_seatstatus_failures_check": lambda g: g.status(failures=-1),
    "attendance_seatstatus_number_check": lambda g: g.status(number=-1),
    "attendance_watch_failures_check": lambda g: Watch.objects.update(failures=-1),
    # Common
    "one_beat_per_part": lambda g: twice(
        Heartbeat.objects.create, part="x", worker="y", at=START, beat_at=START
    ),
    "common_refused_count_check": lambda g: Refused.objects.create(
        door="x", reason="y", on=START.date(), count=-1
    ),
    "one_count_per_door_and_day": lambda g: twice(
        Refused.objects.create, door="x", reason="y", on=START.date()
    ),
    "only_one_simulated_clock": lambda g: SimulatedClock.objects.create(
        only=False, real_at=START, shown_at=START, rate=1
    ),
    "simulated_clock_runs_forward": lambda g: clock.simulate(shown_at=START, rate=-1),
    # Follow-up
    "an_attempt_is_written_down_after_it_is_made": lambda g: g.attempt(made_at=START + HOUR),
    "attempt_outcome_is_known": lambda g: g.attempt(outcome="spoke"),
    "a_caregiver_reached_is_named": lambda g: g.attempt(outcome="caregiver_reached"),
    "followup_attempt_message_id_key": two_attempts_of(message=Given.message),
    "followup_attempt_reply_id_key": two_attempts_of(reply=Given.reply),
    "telling_others_needs_a_consent": lambda g: g.attempt(to="guardian"),
    "a_closed_case_has_an_outcome": lambda g: g.case(**CLOSED | {"final_outcome": ""}),
    "case_closed_by_somebody": lambda g: g.case(**CLOSED | {"closed_by": ""}),
    "case_final_outcome_is_known": lambda g: g.case(**CLOSED | {"final_outcome": "vanished"}),
    "case_state_is_known": lambda g: g.case(state="asleep"),
    "followup_case_failures_check": lambda g: g.case(failures=-1),
    "followup_case_ref_key": two_cases_of_one_ref,
    "followup_case_seat_id_key": two_cases_of_one_seat,
    "one_case_a_miss": two_cases_of_one_miss,
    "safety_result_is_known": lambda g: g.disposition("fine"),
    "followup_patientwatch_failures_check": lambda g: g.patient_watch(failures=-1),
    "a_promise_lies_within_a_year": lambda g: g.promise(promised_at=START + 367 * DAY),
    "followup_promiseoutcome_promise_id_key": lambda g: twice(g.promise_outcome, g.promise()),
    "a_trigger_raises_one_review": lambda g: twice(g.review),
    "a_review_is_decided_once": lambda g: (
        (r := g.review())
        and twice(ReviewEvent.objects.create, review=r, patient=g.ada, turn="decided", **SAID)
    ),
    "followup_handnudge_seat_id_key": lambda g: twice(g.hand_nudge),
    "hand_nudge_state_is_known": lambda g: g.hand_nudge(state="forgotten"),
    "review_turn_is_known": lambda g: g.review_event("forgotten"),
    "a_step_is_raised_once": lambda g: twice(g.step),
    "a_step_that_ended_says_when": lambda g: g.step(state="done"),
    "step_ended_by_somebody": lambda g: g.step(**DONE | {"ended_by": ""}),
    "step_origin_is_known": lambda g: g.step(origin="whim"),
    "step_state_is_known": lambda g: g.step(**DONE | {"state": "forgotten"}),
    # Outreach
    "message_expires_after_it_is_made": lambda g: g.message(expires_at=START),
    "message_state_is_known": lambda g: g.message(state="gone"),
    "outreach_calendarfeed_ref_key": lambda g: g.calendar_feed(
        ref=g.calendar_feed(ended_at=START, ended_by="patient:1").ref
    ),
    "outreach_message_failures_check": lambda g: g.message(failures=-1),
    "outreach_message_key_key": lambda g: twice(g.message),
    "outreach_message_looked_up_check": lambda g: g.message(looked_up=-1),
    "outreach_message_tries_check": lambda g: g.message(tries=-1),
    "outreach_pushsubscription_endpoint_key": lambda g: twice(g.subscription),
    "outreach_reply_delivery_id_key": lambda g: twice(g.reply, g.delivery()),
    "outreach_replyreading_reply_id_key": lambda g: twice(g.reading, g.reply()),
    "a_delivery_is_taken_in_once": lambda g: twice(g.delivery, event_id="SM1"),
    "outreach_vendordelivery_tries_check": lambda g: g.delivery(tries=-1),
    # Rooms
    "heard_of_a_session_once": lambda g: twice(g.heard),
    "a_reference_is_one_patients": lambda g: twice(g.identity),
    "one_join_reference_a_seat": lambda g: (
        g.identity(seat=g.seat),
        g.identity(seat=g.seat, ref="p-2"),
    ),
    "an_event_is_taken_in_once": lambda g: twice(g.raw),
    "an_unread_event_is_read_some_time": lambda g: g.raw(next_try_at=None),
    "event_state_is_known": lambda g: g.raw(state="lost"),
    "rooms_rawevent_tries_check": lambda g: g.raw(tries=-1),
    "rooms_revisit_tries_check": lambda g: Revisit.objects.create(session=g.session, at=START, tries=-1),
    "rooms_hostedroom_name_key": lambda g: [
        HostedRoom.objects.create(
            session=each, provider="janus", name=uuid.UUID(int=1), made_at=START, next_look_at=START
        )
        for each in (g.session, g.second_session())
    ],
    "one_room_of_a_name_a_session": lambda g: twice(g.room),
    "one_stranger_once_a_session": lambda g: twice(g.stranger),
    "stranger_settled_as_is_known": lambda g: g.stranger(settled_as="ghost"),
    "stranger_settled_by_somebody": lambda g: g.stranger(settled_at=START),
    # Visits
    "a_visit_is_a_patients_or_of_the_staff": lambda g: g.visit(staff=g.scene.ben),
    "nobody_is_let_in_by_nobody": lambda g: g.visit(state="admitted"),
    "one_visit_of_a_guest_a_session": lambda g: twice(g.guest_visit),
    "one_visit_of_somebody_a_session": lambda g: twice(g.staff_visit),
    "no_two_of_a_name_in_a_room": lambda g: g.two_of_a_name(),
    "visit_decided_by_somebody": lambda g: g.visit(decided_at=START),
    "visit_state_is_known": lambda g: g.visit(state="lost", decided_at=START, decided_by="staff:1"),
    "visits_visit_ref_key": lambda g: g.staff_visit(ref=g.visit().ref),
    "visits_visit_seat_id_key": lambda g: twice(g.visit),
    "visit_turn_is_known": lambda g: g.visit_turn("vanished"),
    "agreed_to_telehealth_once_a_version": lambda g: twice(g.telehealth_consent),
    "visits_telehealthconsent_version_check": lambda g: g.telehealth_consent(version=-1),
    # People and programs: what Django makes of a column, beside the rules that have a name of their own
    "people_address_rank_check": lambda g: Address.objects.create(
        patient=g.ada, kind="phone", value="x", normal="x", rank=-1
    ),
    "people_patient_ref_key": lambda g: the_same_ref(Patient, g.ada, external_id="x", timezone="UTC"),
    "people_patient_user_id_key": lambda g: (
        (u := an_account())
        and [Patient.objects.create(external_id=each, timezone="UTC", user=u) for each in "xy"]
    ),
    "people_staff_ref_key": lambda g: the_same_ref(Staff, g.scene.ben, name="x"),
    "people_staff_user_id_key": lambda g: (
        (u := an_account()) and [Staff.objects.create(name=each, user=u) for each in "xy"]
    ),
    "programs_group_maximum_check": lambda g: g.group(minimum=0, maximum=-1),
    "programs_group_minimum_check": lambda g: g.group(minimum=-1, maximum=9),
    "programs_levelofcare_min_days_check": lambda g: LevelOfCare.objects.create(
        program=g.program, code="2.1", min_hours=9, max_hours=19, min_days=-1
    ),
    "programs_policyversion_version_check": lambda g: PolicyVersion.objects.create(
        program=g.program, version=-1, effective=(None, None), text="", opens_on=[], **SAID
    ),
    "programs_series_minutes_check": lambda g: Series.objects.create(
        program=g.program,
        external_id="R1",
        rule="FREQ=DAILY",
        group=g.scene.group,
        minutes=-1,
        timezone="UTC",
        first_at=START,
    ),
    "programs_session_changes_check": lambda g: g.second_session(changes=-1),
    "programs_session_ref_key": lambda g: g.second_session(ref=g.session.ref),
    "programs_session_seats_max_check": lambda g: g.second_session(seats_max=-1, seats_taken=-2),
    "programs_session_seats_min_check": lambda g: g.second_session(seats_min=-1),
    "programs_session_seats_taken_check": lambda g: g.second_session(seats_taken=-1),
    **team_rows.WRONG,
    **{rule: partial(a_row, make) for rule, make in makeups_rows.WRONG.items()},
    **{rule: partial(a_catch_up_row, make) for rule, make in continuity_rows.WRONG.items()},
    **{rule: partial(a_measure_row, make) for rule, make in insights_rows.WRONG.items()},
}
STRICTER = {
    "programs_group_maximum_check": "group_maximum_is_not_under_minimum",
    **makeups_rows.STRICTER,
    **insights_rows.STRICTER,
}
"""Stands behind a rule that refuses all that it would, and is asked first."""

RULES = """
SELECT rule.conname::text, rule.conrelid::regclass::text FROM pg_constraint AS rule
 WHERE rule.contype IN ('c', 'u', 'x', 't') AND rule.connamespace = 'public'::regnamespace
 UNION ALL
SELECT index.indexrelid::regclass::text, index.indrelid::regclass::text FROM pg_index AS index
  JOIN pg_class AS named ON named.oid = index.indexrelid AND named.relnamespace = 'public'::regnamespace
 WHERE index.indisunique AND NOT index.indisprimary
   AND NOT EXISTS (SELECT FROM pg_constraint AS rule WHERE rule.conindid = index.indexrelid)
"""
"""CHECK, UNIQUE, EXCLUDE and constraint triggers; and unique indexes that hold on a part of the rows."""


@pytest.mark.django_db
@pytest.mark.parametrize("rule", WRONG)
def test_a_row_that_breaks_a_rule_is_refused_by_that_rule(rule: str) -> None:
    given = Given()
    with pytest.raises(IntegrityError) as refused:
        WRONG[rule](given)
    assert constraint_of(refused.value) == STRICTER.get(rule, rule)


@pytest.mark.django_db
def test_every_rule_of_the_catalogue_has_a_row_that_breaks_it() -> None:
    ours = {rule for rule, table in select(RULES) if table.split("_")[0] in APPS}
    assert ours - set(WRONG) - set(test_constraints.WRONG) == set()
    assert set(WRONG) - ours == set()


@pytest.mark.django_db
def test_no_rule_waits_for_the_end_of_a_transaction() -> None:
    """A refusal comes where it can be told as a sentence. Only references are looked at when all is written."""
    late = select("SELECT conname::text FROM pg_constraint WHERE condeferrable AND contype <> 'f'")
    assert late == []


@pytest.mark.django_db
def test_every_trigger_of_ours_is_switched_on() -> None:
    rows = select("SELECT tgname::text FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'O'")
    assert rows == []
    assert connection.vendor == "postgresql"
