"""Who sees which rows: asked of the database itself, past Django, by the role that the web has.

Which tables have patients' rows is read from the catalogue, so that none can be forgotten.
"""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, ProgrammingError, connection, connections
from psycopg import sql
from psycopg.errors import InsufficientPrivilege, IntegrityConstraintViolation, InvalidTextRepresentation
from psycopg.types.json import Jsonb
from pytest_django import DjangoDbBlocker

from rejoin.accounts.models import User
from rejoin.attendance.actions import record_check_in, record_mark, record_notice
from rejoin.audit.models import Event
from rejoin.audit.trail import record_read
from rejoin.common.actors import ENGINE, patient_actor, staff_actor, vendor_actor
from rejoin.common.rows import execute, select
from rejoin.common.schema import WEB_CALLS, WIDE_ROLE
from rejoin.common.seeing import ASK, SomebodyAsks, seen_by_patient, seen_by_staff
from rejoin.continuity import schema as continuity_schema
from rejoin.domain.attendance import Status
from rejoin.followup import schema, schema_team
from rejoin.followup.actions import record_attempt, record_disposition, record_promise
from rejoin.followup.models import Case, HandNudge, PromiseOutcome, Review, ReviewEvent
from rejoin.followup.vocabulary import AttemptOutcome, SafetyResult
from rejoin.insights import parameters_schema, risk_schema
from rejoin.insights import schema as insights_schema
from rejoin.longwork import schema as longwork_schema
from rejoin.longwork.models import Enclosure, Piece, Work
from rejoin.makeups import schema as makeups_schema
from rejoin.operations.serving import CONNECTIONS
from rejoin.outreach import schema as outreach_schema
from rejoin.outreach.models import (
    CalendarFeed,
    MessageEvent,
    OwnQuiet,
    PushSubscription,
    Reply,
    ReplyReading,
    VendorDelivery,
)
from rejoin.people import schema as people_schema
from rejoin.people.actions import record_consent, record_stop
from rejoin.people.models import Contact, Patient
from rejoin.programs.glass import OPEN_FOR, BrokenGlass, BrokenGlassSeen
from rejoin.programs.models import Seat, Series
from rejoin.rooms import schema as rooms_schema
from rejoin.rooms.actions import add_identities, confirm_identity, name_rooms
from rejoin.rooms.hosting import host_session
from rejoin.rooms.models import (
    Heard,
    Mention,
    RawEvent,
    Revisit,
    SeatEvidence,
    SessionEvidence,
    Snapshot,
    Stranger,
)
from rejoin.visits import schema as visits_schema
from rejoin.visits.actions import agree_to_telehealth, ask_in, set_lock
from tests.apps.continuity_rows import ContinuityRows
from tests.apps.family_rows import FamilyRows
from tests.apps.insights_rows import InsightsRows
from tests.apps.makeups_rows import MakeupRows
from tests.apps.scene import START, Scene, minutes
from tests.apps.team_rows import TeamRows
from tests.apps.walking import EXAMPLES, Stage

WEB = "rejoin_web"
WEB_WRITES = (
    schema.WEB_WRITES
    | schema_team.WEB_WRITES
    | schema_team.HAND_NUDGES
    | longwork_schema.WEB_WRITES
    | makeups_schema.WEB_WRITES
    | makeups_schema.SAID_WRITES
    | outreach_schema.WEB_WRITES
    | continuity_schema.WEB_WRITES
    | insights_schema.WEB_WRITES
    | risk_schema.WEB_WRITES
    | risk_schema.WEB_ALLOTS
    | visits_schema.WEB_WRITES
    | people_schema.FAMILY_WRITES
    | {"programs_brokenglassseen": "INSERT", "programs_stateconfirmation": "INSERT"}
)
WEB_READS = (
    *schema.WEB_READS,
    *schema_team.WEB_READS,
    *rooms_schema.WEB_READS,
    *makeups_schema.WEB_READS,
    *insights_schema.WEB_READS,
    *risk_schema.WEB_READS,
    *parameters_schema.WEB_READS,
    "programs_brokenglass",
    "programs_guarded",
)
WIDE_READS = ("programs_answeredfor",)
# Tables that lead to a patient: by their references, however many there are between, ...
LED = """
WITH RECURSIVE led(oid) AS (
    SELECT 'people_patient'::regclass::oid
     UNION SELECT conrelid FROM pg_constraint JOIN led ON confrelid = led.oid WHERE contype = 'f')
SELECT relname FROM led JOIN pg_class ON pg_class.oid = led.oid ORDER BY 1
"""
# ... by what their columns are called, and by holding what came in unread.
NAMED = """
SELECT DISTINCT relname FROM pg_class JOIN pg_attribute ON attrelid = pg_class.oid
 WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND attnum > 0
   AND (attname ~ '^(patient|enrolment|seat|case|session|message|reply|delivery|event|review|step)_(id|ref)$'
        OR atttypid = 'bytea'::regtype)
 ORDER BY 1
"""
REFERENCES = """
SELECT own.relname, attname, other.relname FROM pg_constraint
  JOIN pg_class AS own ON own.oid = conrelid JOIN pg_class AS other ON other.oid = confrelid
  JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1]
 WHERE contype = 'f'
"""
HIDDEN_REFERENCES = (
    ("audit_event", "patient_ref", "people_patient"),
    ("rooms_mention", "event_id", "rooms_rawevent"),
)
UNGUARDED = """
SELECT relname FROM pg_class WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
   AND NOT relrowsecurity
"""
GUARDED = UNGUARDED.replace("NOT relrowsecurity", "relrowsecurity")
# What row-level security is left out of, and why that tells nobody of a patient.
OPEN = {
    "common_heartbeat": "that workers live",
    "common_refused": "counts",
    "common_simulatedclock": "the clock",
    "rooms_source": "when each kind of room log last told of anything",
    "procrastinate_jobs": "wake-ups; their only argument is an instant",
    "procrastinate_events": "as above",
    "procrastinate_periodic_defers": "as above",
    "procrastinate_workers": "as above",
    "programs_answeredfor": "a view: it asks itself whose patients whoever asks answers for",
    "programs_guarded": "a view: it asks itself whose trail whoever asks looks after",
    "django_session": "who is signed in; read before anybody is known",
    "django_migrations": "the database's own",
    "django_content_type": "as above",
    "auth_permission": "as above",
    "auth_group": "as above",
    "auth_group_permissions": "as above",
}
# Deliveries as they came in, of nobody yet: no one on the web sees them.
UNREAD = {"rooms_rawevent", "rooms_mention", "outreach_vendordelivery"}
# Work notes of whole programs: the web has no right to them at all.
ENGINES_OWN = {"insights_postponed"}
# Asked before anybody is known, outside the door: behind it nobody comes to them.
OUTSIDE = {"accounts_user", "people_tie"}
# Of a whole session, or of one who was in it: its staff's to see, and no patient's.
OF_THE_SESSION = {
    *("attendance_watch", "rooms_heard", "rooms_revisit", "rooms_sessionevidence", "rooms_stranger"),
    "rooms_snapshot",
    "programs_series",
    *("makeups_extraproposal", "makeups_extrasession", "makeups_seatprice"),
}
# Among the team: what they say and record about her here, she does not read.
OF_THE_TEAM = {
    *("followup_casenote", "followup_casenoteseen", "followup_emergencydisclosure", "followup_safetyrecord"),
    *("followup_task", "followup_taskevent", "followup_handnudge", "insights_riskestimate"),
    "insights_experimentallotment",
    *("makeups_keptapart", "makeups_ledgerwords", "makeups_moreallowed", "makeups_proposal"),
}
# Files of long work: whoever asked for it sees them, as long as they are kept.
OF_WHOEVER_ASKED = {"longwork_piece"}
# Who opened her chart is looked after by whoever looks after privacy, who answers her when she asks.
OF_THE_GUARD = {"programs_brokenglass", "programs_brokenglassseen"}
HIDDEN_FROM_HER = OF_THE_SESSION | OF_THE_TEAM | OF_WHOEVER_ASKED | OF_THE_GUARD

Row = tuple[str, str]
"""A table, and the key of a row as text."""


@dataclass
class Rows:
    """Two programs: ada and eve in one, bob in the other, each with a row in every table."""

    evening: Scene
    morning: Scene
    ada: Patient
    eve: Patient
    bob: Patient
    tables: list[str]
    keys: dict[str, str]
    of: dict[str, set[Row]]
    """Whose story a row came with: "ada", "eve", "bob"."""


def tables_of_patients() -> list[str]:
    return sorted({row[0] for row in [*select(LED), *select(NAMED)]} | {"accounts_user"})


def live_through(scene: Scene, patient: Patient, *, day: int) -> None:
    """Everything happens to her that a table is kept for."""
    start = START + timedelta(days=day)
    ben, at = scene.ben, start + minutes(62)
    who: Any = {"by": staff_actor(ben.pk), "at": at}
    Patient.objects.filter(pk=patient.pk).update(
        user=User.objects.create(email=f"{patient.name}@example.org")
    )
    series = Series.objects.create(
        program=scene.program,
        group=scene.group,
        patient=patient,
        external_id=f"R-{patient.name}",
        timezone="UTC",
        first_at=start,
        rule="FREQ=DAILY",
        minutes=60,
    )
    session = scene.session(patient, starts_at=start, series=series, series_at=start)
    seat = session.seats.get()
    scene.flag(patient, "high_risk")
    contact = Contact.objects.create(patient=patient, relation="guardian", name="Eli")
    scene.consent(patient, "phone", contact=contact, purpose="attendance")
    PushSubscription.objects.create(
        patient=patient, endpoint=f"https://push.example/{patient.pk}", subscription={}, made_at=at
    )
    scene.watched(session)
    scene.run(start + minutes(61))
    case = scene.case(patient)
    record_attempt(case=case, channel="phone", outcome=AttemptOutcome.NO_ANSWER, **who)
    record_disposition(case=case, clinician=ben, result=SafetyResult.SAFE, **who)
    promise = record_promise(case=case, promised_at=at + timedelta(days=30), **who)
    PromiseOutcome.objects.create(promise=promise, patient=patient, kept=True, at=at, by=str(ENGINE))
    record_notice(seat=seat, received_at=at, **who)
    record_check_in(seat=seat, state="NY", **who)
    record_mark(seat=seat, status=Status.MISSED, **who)
    ask_in(seat=seat, ref=f"visit-{patient.pk}", display_name="A.", **who)
    agree_to_telehealth(patient=patient, program=scene.program, version=1, **who)
    set_lock(session=session, locked=True, **who)
    HandNudge.objects.create(
        seat=seat,
        patient=patient,
        session=session,
        program=scene.program,
        asked_at=at,
        asked_by="staff:1",
        state="queued",
    )
    review = Review.objects.create(
        patient=patient,
        program=scene.program,
        policy=scene.policy,
        trigger="three",
        fired_at=at,
        sessions=[session.pk],
        then="review",
        decided_by_role="team",
        due_at=at,
        at=at,
        by=str(ENGINE),
    )
    ReviewEvent.objects.create(
        review=review, patient=patient, turn="decided", decision="x", at=at, by="staff:1"
    )
    kept_beside(scene, case)
    assert MessageEvent.objects.filter(message__patient=patient).exists()
    delivery = VendorDelivery.objects.create(
        vendor="twilio", event_id=patient.name, kind="inbound", received_at=at, body=b"{}", read_at=at
    )
    reply = Reply.objects.create(
        patient=patient, delivery=delivery, channel="sms", meaning="reply", text="late", at=at, by="patient:1"
    )
    ReplyReading.objects.create(reply=reply, at=at, by="staff:1")
    raw = RawEvent.objects.create(
        provider="livekit",
        event_id=patient.name,
        received_at=at,
        received_by=str(vendor_actor("livekit")),
        body=b"{}",
        state="read",
    )
    Mention.objects.create(event=raw, key="room:blue", at=at)
    Heard.objects.create(event=raw, session=session)
    Revisit.objects.create(session=session, at=at + timedelta(days=1))
    Stranger.objects.create(
        session=session,
        key=f"k-{patient.pk}",
        provider="livekit",
        display="Iris",
        patient=patient,
        seen_at=at,
    )
    add_identities(identities=[("livekit", f"pt-{patient.pk}", patient.pk)], **who)
    name_rooms(names=[(session.pk, f"room-{patient.pk}")], **who)
    host_session(session=session, provider="janus", **who)
    Snapshot.objects.create(session=session, at=at, here={"p-1.a": "p-1"})
    SeatEvidence.objects.get_or_create(seat=seat, defaults={"worked_out_at": at})
    assert SessionEvidence.objects.filter(session=session).exists()
    work = Work.objects.create(kind="export", program=scene.program, asked_by=ben, asked_at=at)
    kept = Enclosure.objects.create(
        work=work, part="result", name="out.zip", size=3, kept_until_at=at + timedelta(days=30)
    )
    Piece.objects.create(enclosure=kept, place=0, body=(patient.name or "").encode())
    record_read(f"patient:{patient.pk}", patient=patient.pk, program=scene.program.pk, **who)
    glass = BrokenGlass.objects.create(
        staff=ben, patient=patient, reason="covering", words="Tonight", until_at=at + OPEN_FOR, at=at, by="x"
    )
    BrokenGlassSeen.objects.create(glass=glass, at=at, by="staff:1")


def kept_beside(scene: Scene, case: Case) -> None:
    """What the team and make-ups keep of her; and she is kept apart from somebody without a name or a place."""
    TeamRows(scene, case).all()
    made_up = MakeupRows(scene, case.seat)
    made_up.all()
    made_up.kept_apart(other_one=Patient.objects.create(external_id=f"X{case.pk}", timezone="UTC"))
    ContinuityRows(scene, case.seat).all()
    InsightsRows(scene, case.seat).all()
    hers: Any = {"patient": case.seat.patient}
    CalendarFeed.objects.create(made_at=case.opened_at, **hers)
    OwnQuiet.objects.create(at=case.opened_at, by="patient:1", **hers)
    FamilyRows(case.patient, scene.program).all()


@pytest.fixture(scope="module")
def rows(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Rows]:
    """Committed, so that other connections see it; and gone with the module."""
    with django_db_blocker.unblock():
        try:
            yield _made()
        finally:
            call_command("flush", verbosity=0, interactive=False)
            with connection.cursor() as cursor:
                cursor.execute("TRUNCATE procrastinate_jobs CASCADE")
            connection.close()


def _made() -> Rows:
    evening, morning = Scene(), Scene(slug="morning")
    people: dict[str, Patient] = {}
    for day, (name, scene) in enumerate((("ada", evening), ("eve", evening), ("bob", morning))):
        people[name] = scene.admit(name, phone=f"+1555010{day}")
        live_through(scene, people[name], day=day)
    evening.run(START + timedelta(days=3))
    tables = tables_of_patients()
    keys = _keys(tables)
    return Rows(evening=evening, morning=morning, tables=tables, keys=keys, of=_whose(tables, keys), **people)


def _whose(tables: list[str], keys: dict[str, str]) -> dict[str, set[Row]]:
    """Whose story each row belongs to: followed along its references until they come to a patient."""
    rows = {
        (table, str(row[keys[table]])): row
        for table in tables
        for (told,) in select(f'SELECT to_jsonb(t)::text FROM "{table}" AS t')
        for row in [json.loads(told)]
    }
    owner = {key: each for key, row in rows.items() if (each := _called(*key, row))}
    references = [*select(REFERENCES), *HIDDEN_REFERENCES]
    while found := {
        key: whose
        for key, row in rows.items()
        for table, column, other in references
        if key not in owner and key[0] == table and (whose := owner.get((other, str(row[column]))))
    }:
        owner |= found
    return {name: {key for key, whose in owner.items() if whose == name} for name in ("ada", "eve", "bob")}


def _called(table: str, key: str, row: dict[str, Any]) -> str | None:
    """Whoever the row names itself."""
    if table == "longwork_piece":
        return bytes.fromhex(row["body"].removeprefix("\\x")).decode()
    named = {
        "people_patient": "name",
        "accounts_user": "email",
        "rooms_rawevent": "event_id",
        "outreach_vendordelivery": "event_id",
    }
    return row[named[table]].partition("@")[0] if table in named else None


def _keys(tables: list[str]) -> dict[str, str]:
    """The column of each table's primary key."""
    found = select(
        "SELECT relname, attname FROM pg_index JOIN pg_class ON pg_class.oid = indrelid "
        "JOIN pg_attribute ON attrelid = indrelid AND attnum = indkey[0] WHERE indisprimary AND relname = ANY(%s)",
        [tables],
    )
    return dict(found)


def _seen(cursor: Any, table: str, key: str) -> set[str]:
    cursor.execute(f'SELECT "{key}"::text FROM "{table}"')
    return {row[0] for row in cursor.fetchall()}


@pytest.fixture
def raw(database_address: str) -> Iterator[psycopg.Connection]:
    """A connection of the web's, as a pool would keep it."""
    with psycopg.connect(database_address) as made:
        yield made
        made.rollback()


@contextmanager
def asking(
    raw: psycopg.Connection, *, staff: int | str | None = None, patient: int | str | None = None
) -> Iterator[psycopg.Cursor]:
    """One transaction of the web's, through the database's own door; it is taken back."""
    with raw.transaction(force_rollback=True), raw.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('role', rejoin_ask(%s::bigint, %s::bigint), true)", [staff, patient]
        )
        yield cursor


def all_seen(cursor: psycopg.Cursor, rows: Rows) -> set[Row]:
    """Every row of a table that whoever asks may ask at all."""
    asked = [each for each in rows.tables if each not in OUTSIDE]
    return {(table, key) for table in asked for key in _seen(cursor, table, rows.keys[table])}


# What the catalogue says

RIGHTS = """
SELECT relname::text, string_agg(privilege, ', ' ORDER BY privilege) FROM pg_class
 CROSS JOIN unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER']) AS privilege
 WHERE relkind IN ('r', 'p', 'v', 'm') AND relnamespace = 'public'::regnamespace
   AND CASE WHEN privilege IN ('SELECT', 'INSERT', 'UPDATE', 'REFERENCES')
            THEN has_any_column_privilege(%s, pg_class.oid, privilege)
            ELSE has_table_privilege(%s, pg_class.oid, privilege) END
 GROUP BY 1
"""


def rights_of(role: str) -> dict[str, set[str]]:
    return {table: set(rights.split(", ")) for table, rights in select(RIGHTS, [role, role])}


@pytest.mark.django_db
def test_the_web_may_write_what_is_listed_and_read_little_else() -> None:
    listed = {table: {"SELECT", *rights.split(", ")} for table, rights in WEB_WRITES.items()}
    listed |= {table: {"SELECT"} for table in WEB_READS}
    assert rights_of(WEB) == listed
    assert rights_of(WIDE_ROLE) == listed | {table: {"SELECT"} for table in WIDE_READS}


@pytest.mark.django_db
def test_whatever_the_web_may_write_is_guarded_row_by_row() -> None:
    writes = {table for table, rights in rights_of(WIDE_ROLE).items() if rights != {"SELECT"}}
    assert writes <= {row[0] for row in select(GUARDED)}


@pytest.mark.django_db
def test_a_table_to_come_is_closed_to_the_web() -> None:
    execute("CREATE TABLE tomorrow (id bigint GENERATED BY DEFAULT AS IDENTITY)")
    assert "tomorrow" not in rights_of(WEB)
    assert rights_of("rejoin_engine")["tomorrow"] == {"SELECT", "INSERT", "UPDATE"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO people_licence (staff_id, state, valid, kind) VALUES (1, 'CA', '[2020-01-01,)', 'clinical')",
        "UPDATE people_licence SET valid = '[2020-01-01,)'",
        "UPDATE people_staff SET name = name || 'x'",
        "UPDATE common_refused SET count = 0",
        'INSERT INTO common_simulatedclock ("only", real_at, shown_at, rate) VALUES (true, now(), now(), 1000)',
        "SELECT session_data FROM django_session",
        "INSERT INTO django_session VALUES ('a', 'b', now())",
        "SELECT password FROM accounts_user",
        "INSERT INTO accounts_user (id) VALUES (99)",
        "UPDATE programs_program SET call_back = '1-900-SCAM'",
        "UPDATE followup_patientwatch SET next_look_at = NULL",
        "INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('engine', 'engine.look')",
        "DELETE FROM procrastinate_jobs",
    ],
)
def test_what_steers_the_whole_system_is_out_of_the_webs_reach(statement: str) -> None:
    select("SELECT set_config('role', %s, true), set_config('rejoin.staff', '1', true)", [WEB])
    with pytest.raises(ProgrammingError, match="permission denied"):
        execute(statement)


@pytest.mark.django_db
def test_every_table_is_guarded_or_is_named_here_with_its_reason() -> None:
    assert {row[0] for row in select(UNGUARDED)} == set(OPEN)
    assert not set(tables_of_patients()) & set(OPEN)


@pytest.mark.django_db
@pytest.mark.parametrize(("role", "may_what_others_may"), [(WEB, []), (WIDE_ROLE, [WEB])])
def test_the_webs_roles_own_nothing_and_pass_by_nothing(role: str, may_what_others_may: list[str]) -> None:
    ((login, above, past, makes),) = select(
        "SELECT rolcanlogin, rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = %s", [role]
    )
    assert (login, above, past, makes) == (False, False, False, False)
    assert not select("SELECT FROM pg_class WHERE pg_get_userbyid(relowner) = %s", [role])
    others = select(
        "SELECT roleid::regrole::text FROM pg_auth_members JOIN pg_roles ON pg_roles.oid = member WHERE rolname = %s",
        [role],
    )
    assert [each for (each,) in others] == may_what_others_may


OWNERS_FUNCTIONS = """
SELECT proname::text, has_function_privilege('rejoin_engine', oid, 'EXECUTE'), has_function_privilege(%s, oid, 'EXECUTE'),
       EXISTS (SELECT FROM aclexplode(coalesce(proacl, acldefault('f', proowner))) WHERE grantee = 0)
  FROM pg_proc WHERE prosecdef AND pronamespace = 'public'::regnamespace
"""


@pytest.mark.django_db
def test_what_acts_as_the_tables_owner_is_called_by_those_who_need_it() -> None:
    found = {name: rights for name, *rights in select(OWNERS_FUNCTIONS, [WEB])}
    assert "rejoin_ask" in found
    assert {
        name: rights for name, rights in found.items() if rights != [True, name in WEB_CALLS, False]
    } == {}


@pytest.mark.django_db
def test_behind_the_door_nobody_asks_anew() -> None:
    select("SELECT set_config('role', %s, true)", [WEB])
    with pytest.raises(ProgrammingError, match="permission denied for function rejoin_ask"):
        select("SELECT rejoin_ask(1, NULL)")


def test_who_works_here_is_read_by_whoever_does_and_by_patients_of_those_they_meet(
    rows: Rows, raw: psycopg.Connection
) -> None:
    def read(**who: Any) -> tuple[set[str], set[str]]:
        with asking(raw, **who) as cursor:
            staff = set(cursor.execute("SELECT id::text FROM people_staff").fetchall())
            licences = set(cursor.execute("SELECT DISTINCT staff_id::text FROM people_licence").fetchall())
        return {each for (each,) in staff}, {each for (each,) in licences}

    everybody = {str(each) for (each,) in select("SELECT id FROM people_staff")}
    assert read(staff=rows.evening.ben.pk)[0] == everybody
    assert read(staff=rows.evening.ben.pk)[1] == {
        str(each) for (each,) in select("SELECT staff_id FROM people_licence")
    }
    hers = {str(rows.evening.ben.pk)}
    assert read(patient=rows.ada.pk) == (hers, hers)
    assert read(staff=0) == (set(), set())
    with asking(raw, staff=rows.evening.ben.pk) as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "UPDATE programs_staffrole SET ended_at = rejoin_now(), ended_by = 'staff:1' WHERE staff_id = %s",
            [rows.evening.ben.pk],
        )
        cursor.execute("SELECT set_config('role', rejoin_ask(%s, NULL), true)", [rows.evening.ben.pk])
        assert cursor.execute("SELECT id FROM people_staff").fetchall() == [(rows.evening.ben.pk,)]


@pytest.mark.django_db
def test_every_policy_names_its_role() -> None:
    assert {row[0] for row in select("SELECT DISTINCT unnest(roles) FROM pg_policies")} == {
        WEB,
        WIDE_ROLE,
        "rejoin_engine",
    }


@pytest.mark.django_db
def test_the_engine_sees_every_table_that_is_guarded() -> None:
    seen = {row[0] for row in select("SELECT tablename FROM pg_policies WHERE 'rejoin_engine' = ANY(roles)")}
    assert seen == {row[0] for row in select(GUARDED)}


@pytest.mark.django_db
def test_what_the_database_does_by_itself_it_does_whoever_writes() -> None:
    """A trigger that ran as whoever writes would leave out what she does not see: a count, a wake-up."""
    theirs = select(
        "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND starts_with(proname, 'rejoin_') "
        "AND prorettype = 'trigger'::regtype AND NOT (prosecdef AND proconfig @> '{\"search_path=public, pg_temp\"}')"
    )
    assert theirs == []


def test_each_of_the_three_has_rows_in_every_table(rows: Rows) -> None:
    """Else nothing would be proven by seeing none."""
    for name, told in rows.of.items():
        assert {table for table, _ in told} == set(rows.tables), name


# Who sees what


def test_who_is_nobody_sees_nothing(rows: Rows, raw: psycopg.Connection) -> None:
    with asking(raw) as cursor:
        assert all_seen(cursor, rows) == set()
    with raw.transaction(force_rollback=True), raw.cursor() as cursor:  # nobody came through a door
        cursor.execute(f"SET LOCAL ROLE {WEB}")
        assert all_seen(cursor, rows) == set()


def test_who_is_no_number_sees_nothing(rows: Rows, raw: psycopg.Connection) -> None:
    with pytest.raises(InvalidTextRepresentation), asking(raw, staff="ben") as cursor:
        all_seen(cursor, rows)
    with asking(raw, staff=0, patient=0) as cursor:
        assert all_seen(cursor, rows) == set()


def test_staff_see_their_program_and_nothing_of_another(rows: Rows, raw: psycopg.Connection) -> None:
    own = {each for each in rows.of["ada"] | rows.of["eve"] if each[0] not in UNREAD | OUTSIDE}
    with asking(raw, staff=rows.evening.ben.pk) as cursor:
        seen = all_seen(cursor, rows)
    assert seen & rows.of["bob"] == set()
    assert own - seen == set()
    with asking(raw, staff=rows.morning.ben.pk) as cursor:
        seen = all_seen(cursor, rows)
    assert seen & (rows.of["ada"] | rows.of["eve"]) == set()


def test_the_arm_she_is_in_is_for_the_program_that_compares_and_not_for_all_who_see_her(
    rows: Rows, raw: psycopg.Connection
) -> None:
    told = "SELECT count(*) FROM insights_experimentallotment WHERE patient_id = %s"
    allot = (
        "INSERT INTO insights_experimentallotment (at, by, arm, experiment_id, patient_id) "
        "VALUES (now(), 'staff:1', 'new', %s, %s)"
    )
    evenings, mornings = (
        select("SELECT min(id) FROM insights_experiment WHERE program_id = %s", [each.program.pk])[0][0]
        for each in (rows.evening, rows.morning)
    )
    ((kept,),) = select(told, [rows.ada.pk])
    assert kept
    with raw.transaction(force_rollback=True):
        # ada is in both programs.
        raw.execute(
            "INSERT INTO programs_enrolment SELECT (jsonb_populate_record(own, to_jsonb(own) || jsonb_build_object("
            "'id', (SELECT max(id) + 1 FROM programs_enrolment), 'program_id', %s::bigint, 'group_id', %s::bigint))).* "
            "FROM programs_enrolment AS own WHERE patient_id = %s LIMIT 1",
            [rows.morning.program.pk, rows.morning.group.pk, rows.ada.pk],
        )
        for staff in (rows.morning.ben, rows.morning.supervisor, rows.morning.coordinator):
            with asking(raw, staff=staff.pk) as cursor:
                near = cursor.execute(
                    "SELECT true FROM people_patient WHERE id = %s", [rows.ada.pk]
                ).fetchall()
                assert near, staff.name
                assert cursor.execute(told, [rows.ada.pk]).fetchall() == [(0,)], staff.name
                with pytest.raises(InsufficientPrivilege, match="row-level security"):
                    cursor.execute(allot, [evenings, rows.ada.pk])
            with asking(raw, staff=staff.pk) as cursor:
                cursor.execute(allot, [mornings, rows.ada.pk])
        with asking(raw, staff=rows.evening.ben.pk) as cursor:
            assert cursor.execute(told, [rows.ada.pk]).fetchall() == [(kept,)]


@pytest.mark.parametrize("table", ["people_flag", "rooms_seatevidence", "outreach_replyreading"])
def test_a_table_that_is_not_guarded_is_found(table: str, rows: Rows, raw: psycopg.Connection) -> None:
    with raw.transaction(force_rollback=True):
        raw.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        with asking(raw, staff=rows.evening.ben.pk) as cursor:
            assert {each[0] for each in all_seen(cursor, rows) & rows.of["bob"]} == {table}
        assert (table,) in raw.execute(UNGUARDED).fetchall()


def test_staff_whose_role_has_ended_see_nothing(rows: Rows, raw: psycopg.Connection) -> None:
    with raw.transaction(force_rollback=True):
        raw.execute(
            "UPDATE programs_staffrole SET ended_at = rejoin_now(), ended_by = 'staff:1' WHERE staff_id = %s",
            [rows.evening.ben.pk],
        )
        with asking(raw, staff=rows.evening.ben.pk) as cursor:
            assert all_seen(cursor, rows) == set()


def test_a_patient_sees_herself_alone(rows: Rows, raw: psycopg.Connection) -> None:
    with asking(raw, patient=rows.ada.pk) as cursor:
        seen = all_seen(cursor, rows)
        named = [
            table
            for table in rows.tables
            if table not in HIDDEN_FROM_HER | OUTSIDE and "patient_id" in _columns(cursor, table)
        ]
        whose = {table: _patients_in(cursor, table) for table in named}
    assert seen & (rows.of["eve"] | rows.of["bob"]) == set()
    hidden = HIDDEN_FROM_HER | UNREAD | OUTSIDE
    assert {table for table, _ in rows.of["ada"]} - {table for table, _ in seen} == hidden
    assert whose == {table: {rows.ada.pk} for table in named}


def _columns(cursor: psycopg.Cursor, table: str) -> set[str]:
    cursor.execute(sql.SQL("SELECT * FROM {} LIMIT 0").format(sql.Identifier(table)))
    return {each.name for each in cursor.description or ()}


def _patients_in(cursor: psycopg.Cursor, table: str) -> set[int]:
    cursor.execute(sql.SQL("SELECT patient_id FROM {}").format(sql.Identifier(table)))
    return {row[0] for row in cursor.fetchall()}


def test_nothing_of_another_program_is_seen(rows: Rows, raw: psycopg.Connection) -> None:
    """What belongs to a program and to no patient."""
    guarded = {row[0] for row in select("SELECT relname FROM pg_class WHERE relrowsecurity")}
    of_programs = {
        row[0]
        for row in select(
            "SELECT table_name FROM information_schema.columns WHERE column_name = 'program_id'"
        )
    }
    assert of_programs <= guarded
    programs = sorted((of_programs & {row[0] for row in raw.execute(GUARDED)}) - ENGINES_OWN)
    for scene in (rows.evening, rows.morning):
        with asking(raw, staff=scene.ben.pk) as cursor:
            for table in programs:
                cursor.execute(sql.SQL("SELECT program_id FROM {}").format(sql.Identifier(table)))
                assert {row[0] for row in cursor} <= {scene.program.pk}, table


# Who writes what


@pytest.mark.parametrize("asks", ["ben", "ada"])
def test_nothing_of_anybody_else_is_written(asks: str, rows: Rows, raw: psycopg.Connection) -> None:
    who = {"staff": rows.evening.ben.pk} if asks == "ben" else {"patient": rows.ada.pk}
    for stranger in ("bob",) if asks == "ben" else ("bob", "eve"):
        for table, key in sorted(rows.of[stranger]):
            whole = _whole_row(raw, table, rows.keys[table], key)
            _changes_nothing(raw, who, table, rows.keys[table], key)
            _is_not_deleted(raw, who, table, rows.keys[table], key)
            _is_not_inserted(raw, who, table, whole)


def _whole_row(raw: psycopg.Connection, table: str, column: str, key: str) -> Any:
    asked = sql.SQL("SELECT to_jsonb(t) FROM {} AS t WHERE {}::text = %s")
    found = raw.execute(asked.format(sql.Identifier(table), sql.Identifier(column)), [key]).fetchone()
    raw.rollback()
    assert found
    return found[0]


def _changes_nothing(raw: psycopg.Connection, who: dict[str, int], table: str, column: str, key: str) -> None:
    change = sql.SQL("UPDATE {0} SET {1} = {1} WHERE {1}::text = %s")
    with suppress(InsufficientPrivilege), asking(raw, **who) as cursor:
        cursor.execute(change.format(sql.Identifier(table), sql.Identifier(column)), [key])
        assert cursor.rowcount == 0, table


def _is_not_deleted(raw: psycopg.Connection, who: dict[str, int], table: str, column: str, key: str) -> None:
    deletion = sql.SQL("DELETE FROM {} WHERE {}::text = %s")
    with pytest.raises(InsufficientPrivilege), asking(raw, **who) as cursor:
        cursor.execute(deletion.format(sql.Identifier(table), sql.Identifier(column)), [key])


def _is_not_inserted(raw: psycopg.Connection, who: dict[str, int], table: str, whole: Any) -> None:
    columns = raw.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND attgenerated = ''",
        [f'"{table}"'],
    ).fetchall()
    raw.rollback()
    named = sql.SQL(", ").join(sql.Identifier(name) for (name,) in columns)
    insertion = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)")
    why = "row-level security policy" if "INSERT" in WEB_WRITES.get(table, "") else "permission denied"
    with (
        pytest.raises(InsufficientPrivilege, match=f"{why} for table .?{table}"),
        asking(raw, **who) as cursor,
    ):
        cursor.execute(insertion.format(sql.Identifier(table), named), [Jsonb(whole)])


@pytest.mark.parametrize("asks", ["ben", "ada"])
def test_what_is_ones_own_is_not_made_anothers(asks: str, rows: Rows, raw: psycopg.Connection) -> None:
    who = {"staff": rows.evening.ben.pk} if asks == "ben" else {"patient": rows.ada.pk}
    for table in set(rows.tables) - OUTSIDE:
        with asking(raw, **who) as cursor:
            columns = _columns(cursor, table)
        if "patient_id" not in columns or table == "rooms_stranger":  # who came in may be another program's
            continue
        assert _moved(raw, who, table, rows.ada.pk, rows.bob.pk) == 0, table


def _moved(raw: psycopg.Connection, who: dict[str, int], table: str, one: int, other: int) -> int:
    """How many rows of one patient could be made another's."""
    move = sql.SQL("UPDATE {} SET patient_id = %s WHERE patient_id = %s").format(sql.Identifier(table))
    try:
        with asking(raw, **who) as cursor:
            cursor.execute(move, [other, one])
            return cursor.rowcount
    except (InsufficientPrivilege, IntegrityConstraintViolation):
        return 0


def test_nobody_takes_a_patient_into_another_program(rows: Rows, raw: psycopg.Connection) -> None:
    """Places are how rows come to be seen: neither another's patient into ours, nor ours into another's."""
    place = (
        "INSERT INTO programs_enrolment (patient_id, program_id, ended_by, ending) VALUES (%s, %s, '', '')"
    )
    for patient, program in (
        (rows.bob.pk, rows.evening.program.pk),
        (rows.ada.pk, rows.morning.program.pk),
    ):
        with (
            pytest.raises(InsufficientPrivilege, match="row-level security"),
            asking(raw, staff=rows.evening.ben.pk) as cursor,
        ):
            cursor.execute(place, [patient, program])


def test_a_fact_wakes_what_waits_for_it_whoever_brings_it(rows: Rows, raw: psycopg.Connection) -> None:
    """She may not look at the watch over her session, and what she says of it wakes it all the same."""
    seat = rows.ada.seats.get()
    look = f"SELECT next_look_at FROM attendance_watch WHERE session_id = {seat.session_id}"
    notice = (
        "INSERT INTO attendance_notice (at, by, seat_id, patient_id, received_at, reason, via) "
        "VALUES (rejoin_now(), 'patient:1', %s, %s, rejoin_now(), '', '')"
    )
    with raw.transaction(force_rollback=True):
        raw.execute(f"UPDATE attendance_watch SET next_look_at = NULL WHERE session_id = {seat.session_id}")
        raw.execute("SELECT set_config('role', rejoin_ask(NULL, %s), true)", [rows.ada.pk])
        raw.execute(notice, [seat.pk, rows.ada.pk])
        assert raw.execute(look).fetchall() == []
        raw.execute("RESET ROLE")
        assert raw.execute(look).fetchall() != [(None,)]


# One connection after another's request


@pytest.mark.parametrize("ending", ["COMMIT", "ROLLBACK"])
def test_a_connection_forgets_who_was_asking(ending: str, rows: Rows, raw: psycopg.Connection) -> None:
    raw.execute("SELECT set_config('role', rejoin_ask(%s, NULL), true)", [rows.evening.ben.pk])
    assert raw.execute("SELECT count(*) FROM people_patient").fetchone() == (2,)
    raw.execute(ending)
    assert raw.execute("SELECT current_user = session_user").fetchone() == (True,)
    with asking(raw) as cursor:
        assert all_seen(cursor, rows) == set()


# The door


def seen_now() -> set[str]:
    return set(Patient.objects.exclude(name="").values_list("name", flat=True))


def who_asks() -> tuple[Any, ...]:
    ((told),) = select(
        "SELECT current_user = session_user, coalesce(current_setting('rejoin.staff', true), ''), "
        "coalesce(current_setting('rejoin.patient', true), '')"
    )
    return tuple(told)


def test_through_the_door_each_sees_her_own(rows: Rows) -> None:
    with seen_by_staff(rows.evening.ben.pk):
        assert seen_now() == {"ada", "eve"}
    with seen_by_patient(rows.ada.pk):
        assert seen_now() == {"ada"}
    with seen_by_staff(0):
        assert seen_now() == set()
    assert seen_now() == {"ada", "eve", "bob"}
    assert who_asks() == (True, "", "")


def test_behind_the_door_nothing_is_left_of_whoever_asked_when_she_ended_by_an_error(rows: Rows) -> None:
    with pytest.raises(LookupError), seen_by_staff(rows.evening.ben.pk):
        raise LookupError
    assert who_asks() == (True, "", "")
    with pytest.raises(Exception, match="does not exist"), seen_by_patient(rows.ada.pk):
        select("SELECT * FROM nowhere")
    assert who_asks() == (True, "", "")


def test_a_door_stands_in_no_other_transaction_and_in_no_other_door(rows: Rows) -> None:
    from django.db import transaction

    with transaction.atomic(), pytest.raises(RuntimeError), seen_by_staff(rows.evening.ben.pk):
        pass
    with (
        pytest.raises(RuntimeError),
        seen_by_patient(rows.ada.pk),
        seen_by_staff(rows.evening.ben.pk),
    ):
        pass
    assert who_asks() == (True, "", "")


@pytest.mark.django_db
def test_a_connection_that_somebody_left_her_name_on_opens_no_door() -> None:
    select("SELECT set_config('rejoin.patient', '1', true)")
    with pytest.raises(SomebodyAsks), seen_by_staff(1):
        pass


def test_nobody_goes_through_the_door_as_a_text() -> None:
    with pytest.raises(ValueError, match="ben"), seen_by_staff("ben"):  # type: ignore[arg-type]
        pass


# Connections that are kept for the next request


@pytest.fixture
def kept(rows: Rows) -> Iterator[None]:
    """The served platform's way, with one connection for everybody who comes."""
    own = connections[DEFAULT_DB_ALIAS]
    assert "pool" not in own.settings_dict["OPTIONS"], (
        "somebody keeps connections already, and would lend others"
    )
    sharing = own.copy()
    sharing.settings_dict["OPTIONS"]["pool"] = {**CONNECTIONS, "min_size": 1, "max_size": 1}
    connections[DEFAULT_DB_ALIAS] = sharing
    try:
        yield
    finally:
        sharing.close()
        sharing.close_pool()  # type: ignore[attr-defined] # PostgreSQL's
        connections[DEFAULT_DB_ALIAS] = own


def whose_line() -> int:
    ((pid,),) = select("SELECT pg_backend_pid()")
    return int(pid)


def ends_well(rows: Rows) -> None:
    with seen_by_staff(rows.evening.ben.pk):
        assert seen_now() == {"ada", "eve"}


def ends_by_an_error(rows: Rows) -> None:
    with suppress(LookupError), seen_by_staff(rows.evening.ben.pk):
        raise LookupError


def is_left_in_the_middle(rows: Rows) -> None:
    connection.set_autocommit(False)
    select(ASK, [rows.evening.ben.pk, None])
    assert seen_now() == {"ada", "eve"}


@pytest.mark.parametrize("request_that", [ends_well, ends_by_an_error, is_left_in_the_middle])
def test_the_next_request_on_a_kept_connection_knows_of_nobody(
    request_that: Callable[[Rows], None], kept: None, rows: Rows
) -> None:
    line = whose_line()
    request_that(rows)
    connection.close()
    assert whose_line() == line
    assert who_asks() == (True, "", "")
    assert select("SELECT rejoin_near(), rejoin_programs(), rejoin_wide(), rejoin_everywhere()") == [
        ([], [], [], False)
    ]
    with seen_by_staff(0):
        assert seen_now() == set()
    with seen_by_patient(rows.ada.pk):
        assert seen_now() == {"ada"}


def test_a_kept_connection_that_died_is_not_lent(kept: None, rows: Rows, raw: psycopg.Connection) -> None:
    line = whose_line()
    connection.close()
    raw.execute("SELECT pg_terminate_backend(%s, 5000)", [line])
    ends_well(rows)
    assert whose_line() != line


# What staff do, through the door

BY_THE_ENGINE_OR_THE_COMMAND = {
    *("people.add_patient", "programs.add_program", "programs.set_crisis_line"),
    *("people.add_staff", "people.grant_licence", "people.end_licence"),
    *("operations.import_folder", "operations.export_folder"),
    *("rooms.take_in_file", "rooms.read_again", "attendance.decide"),
    *("longwork.end", "longwork.empty"),
    *("makeups.keep_ledgers", "makeups.keep_plan", "makeups.propose_extras"),
    *("people.tie_relative", "people.change_relative"),  # a family's sign-in is outside of the door
    *("rooms.host", "rooms.close_hosted", "rooms.reopen_hosted", "rooms.move_hosted", "rooms.keep_snapshot"),
}
# By somebody who is near to nobody, and by whoever looks after privacy (test_audit_glass); by the patient herself.
NOT_BY_BEN = {"programs.break_glass", "programs.see_broken_glass", "people.flag_herself"}
DESK = sorted(
    verb
    for verb in EXAMPLES
    if verb not in BY_THE_ENGINE_OR_THE_COMMAND | NOT_BY_BEN
    and not verb.startswith(("outreach.", "accounts."))  # signing in is outside of the door
    and verb.partition(".")[2]
    not in (
        "take_in",
        "refuse",
        "read",
        "revisit",
        "hand_back",
        "open_cases",
        "follow",
        "hear",
        "take_replies",
        "send_nudges",
        "ask_for_a_time",
        "tell_ways_back",
        "tell_offered",
        "raise_concern",
    )
    and verb not in ("followup.look_for_patterns", "insights.estimate_risk", "insights.fit_progress")
)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", DESK)
def test_what_staff_do_they_can_do_through_the_door(verb: str, tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    act = EXAMPLES[verb](stage)
    before = Event.objects.count()
    with seen_by_staff(stage.scene.ben.pk):
        act()
    assert Event.objects.count() > before


@pytest.mark.django_db
def test_a_patient_is_taken_in_by_the_command_alone(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    act = EXAMPLES["people.add_patient"](stage)
    with pytest.raises(ProgrammingError, match="permission denied"), seen_by_staff(stage.scene.ben.pk):
        act()


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["people.add_staff", "people.grant_licence", "people.end_licence"])
def test_who_works_here_and_may_practise_where_is_said_by_the_command_alone(
    verb: str, tmp_path: Path
) -> None:
    stage = Stage(tmp_path)
    act = EXAMPLES[verb](stage)
    with pytest.raises(ProgrammingError, match="permission denied"), seen_by_staff(stage.scene.ben.pk):
        act()


@pytest.mark.django_db
def test_what_a_patient_says_she_can_say_through_the_door(tmp_path: Path) -> None:
    stage = Stage(tmp_path)
    seat, at = stage.seat, START - minutes(5)
    who: Any = {"by": patient_actor(stage.ada.pk), "at": at}
    with seen_by_patient(stage.ada.pk):
        record_notice(seat=Seat.objects.get(pk=seat.pk), received_at=at, **who)
        said = record_check_in(seat=Seat.objects.get(pk=seat.pk), state="NY", **who)
        record_consent(patient=stage.ada, channel="email", granted=True, **who)
        record_stop(patient=stage.ada, **who)
    assert said.licensed == ["NY"]


@pytest.mark.django_db
def test_what_a_room_told_is_not_forgotten_because_whoever_asks_cannot_read_it(tmp_path: Path) -> None:
    """Deliveries are nobody's on the web: a session is worked out by a worker, and asked for here."""
    stage = Stage(tmp_path)
    stranger = stage.stranger()
    SeatEvidence.objects.update_or_create(
        seat=stage.seat, defaults={"first_join": START, "presence": [], "worked_out_at": START}
    )
    kept = list(SessionEvidence.objects.values_list("watched", "sources"))
    with seen_by_staff(stage.scene.ben.pk):
        confirm_identity(stranger=stranger, patient=stage.ada, **stage.desk(START + minutes(200)))
    assert list(SessionEvidence.objects.values_list("watched", "sources")) == kept
    assert Revisit.objects.filter(session=stage.session).exists()
