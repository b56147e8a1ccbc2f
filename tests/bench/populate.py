"""A large synthetic program, written by the database itself: patients with a history, and a minute in which many sessions start."""

from datetime import date, datetime, timedelta

from django.db import connection

from rejoin.common.actors import IMPORT
from rejoin.programs.models import PolicyVersion, Program
from tests.apps.scene import LETTERS

SEATS_A_SESSION = 10
POLICIES = "aaaaa"
TABLES = """
    people_patient, people_address, people_consent, people_flag, people_staff, programs_program, programs_policyversion,
    programs_group, programs_enrolment, programs_session, programs_seat, programs_sessionstaff, programs_careteammember,
    programs_staffrole, rooms_seatevidence, rooms_sessionevidence, rooms_rawevent, rooms_heard, rooms_stranger,
    attendance_watch, attendance_outcome, attendance_seatstatus, followup_case, followup_step, followup_caseevent,
    followup_attempt, followup_patientwatch, followup_review, outreach_message, outreach_messageevent, audit_event,
    procrastinate_jobs, procrastinate_events
"""


def populate(
    *, patients: int, starts_at: datetime, spread: timedelta, absent: float, past: int, seed: int
) -> int:
    """Fill the database; returns how many seats start. `past` is how many earlier sessions each patient sat in.

    Every tenth patient lives in another zone, every fiftieth is flagged; nine in ten agreed to texts.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {TABLES} RESTART IDENTITY CASCADE")
        cursor.execute("SELECT setseed(%s)", [seed / 1000])
        programs = [_program(letter, place) for place, letter in enumerate(POLICIES)]
        cursor.execute(
            PEOPLE, {"patients": patients, "programs": programs, "since": starts_at - timedelta(days=60)}
        )
        for back in range(past, -1, -1):
            begins = starts_at - timedelta(days=2 * back)
            cursor.execute(
                SESSIONS,
                {
                    "patients": patients,
                    "size": SEATS_A_SESSION,
                    "programs": programs,
                    "starts": begins,
                    "back": back,
                    "spread": spread.total_seconds(),
                },
            )
        cursor.execute(SEATS, {"size": SEATS_A_SESSION})
        cursor.execute(
            "UPDATE attendance_watch SET next_look_at = NULL, looked_at = %s WHERE next_look_at < %s",
            [starts_at - timedelta(hours=1), starts_at - timedelta(hours=1)],
        )
        cursor.execute(EVIDENCE, {"absent": absent, "starts": starts_at - timedelta(hours=1)})
        cursor.execute("ANALYZE")
        cursor.execute(
            "SELECT count(*) FROM programs_seat AS seat JOIN programs_session AS s ON s.id = session_id "
            "WHERE s.starts_at >= %s",
            [starts_at],
        )
        return int(cursor.fetchone()[0])


def _program(letter: str, place: int) -> int:
    program = Program.objects.create(
        slug=f"{letter}{place}",
        name=letter,
        neutral_name="Harbor Office",
        call_back="555-0100",
        timezone="America/New_York",
    )
    text = LETTERS[letter].read_text()
    version = next(int(line.split(":")[1]) for line in text.splitlines() if line.startswith("version:"))
    PolicyVersion.objects.create(
        program=program,
        version=version,
        effective=(date(2026, 1, 1), None),
        text=text,
        opens_on=["missed", "not_admitted", "not_admissible"],
        at=datetime.fromisoformat("2026-01-01T00:00Z"),
        by=str(IMPORT),
    )
    return program.pk


PEOPLE = """
INSERT INTO people_patient (ref, external_id, name, preferred_name, timezone, state, language, may_leave_voicemail, preferred_channel)
SELECT gen_random_uuid(), 'P' || n, '', '', CASE WHEN n %% 10 = 0 THEN 'America/Los_Angeles' ELSE 'America/New_York' END,
       'NY', CASE WHEN n %% 5 = 0 THEN 'es' ELSE 'en' END, false, '' FROM generate_series(1, %(patients)s) AS n;
INSERT INTO people_address (patient_id, kind, value, normal, rank, retired_by)
SELECT id, 'phone', '+1555' || lpad(id::text, 7, '0'), '+1555' || lpad(id::text, 7, '0'), 0, '' FROM people_patient;
INSERT INTO people_consent (patient_id, purpose, channel, granted, at, by, source)
SELECT id, 'messages', 'sms', id %% 10 <> 3, %(since)s, 'system:import', 'form' FROM people_patient;
INSERT INTO people_flag (patient_id, code, raised_at, raised_by, ended_by)
SELECT id, 'high_risk', %(since)s, 'staff:1', '' FROM people_patient WHERE id %% 50 = 7;
INSERT INTO programs_enrolment (patient_id, program_id, from_on, ended_by, ending)
SELECT id, (%(programs)s::bigint[])[1 + (id / 10) %% 5], (%(since)s::timestamptz)::date, '', '' FROM people_patient;
INSERT INTO people_staff (ref, name, timezone)
SELECT gen_random_uuid(), 'S' || n, 'America/New_York' FROM generate_series(1, 1 + %(patients)s / 40) AS n;
INSERT INTO programs_careteammember (patient_id, program_id, staff_id, role, from_at, from_by, ended_by)
SELECT enrolment.patient_id, program_id, (SELECT min(id) FROM people_staff) + enrolment.patient_id / 40, 'counselor', %(since)s, 'system:import', ''
  FROM programs_enrolment AS enrolment
"""
SESSIONS = """
INSERT INTO programs_session (ref, program_id, external_id, starts_at, ends_at, breaks, kind, service, module, mode, held,
                              unheld_by, seats_min, seats_max, seats_taken)
SELECT gen_random_uuid(), (%(programs)s::bigint[])[1 + n %% 5], 'S' || n || '-' || %(back)s,
       %(starts)s::timestamptz + make_interval(secs => floor(random() * %(spread)s)),
       %(starts)s::timestamptz + interval '3 hours', '[]', 'group', '', '', 'video', 'scheduled', '', 2, 12, 0
  FROM generate_series(0, (%(patients)s - 1) / %(size)s) AS n
"""
SEATS = """
INSERT INTO programs_seat (session_id, patient_id, released_by, release_reason)
SELECT session.id, patient.id, '', '' FROM programs_session AS session
  JOIN people_patient AS patient
    ON (patient.id - (SELECT min(id) FROM people_patient)) / %(size)s = substring(session.external_id from 'S(\\d+)-')::int
"""
EVIDENCE = """
INSERT INTO rooms_sessionevidence (session_id, watched, sources, stale, worked_out_at)
SELECT id, true, '["livekit-webhook"]', false, starts_at FROM programs_session;
INSERT INTO rooms_seatevidence (seat_id, first_join, presence, waited, worked_out_at)
SELECT seat.id, session.starts_at + interval '1 minute', jsonb_build_array(jsonb_build_array('livekit-webhook',
       to_char(session.starts_at + interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
       CASE WHEN session.starts_at < %(starts)s THEN to_char(session.ends_at, 'YYYY-MM-DD"T"HH24:MI:SS"Z"') END)),
       false, session.starts_at
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
 WHERE random() >= %(absent)s
"""
