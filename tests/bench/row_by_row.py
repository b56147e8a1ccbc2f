"""The rival: the same decision and the same rows, one seat and one transaction at a time.

The shape of healthchecks' `sendalerts`: find the next that is due, decide, compare and set, write, commit.
It is written as lean as we could: one query brings a seat with all its facts, and each insert is one statement.
"""

import time
from datetime import datetime
from typing import Any

import msgspec
from django.db import connection, transaction

from rejoin.domain.attendance import SeatFacts, decide_outcome
from rejoin.domain.kernel import local_day
from rejoin.domain.policy import Consent, Reach
from rejoin.domain.policy.ladder import CaseFacts, StepState, decide_case
from rejoin.followup.facts import zone_of
from rejoin.programs.books import books_of
from rejoin.programs.sessions import COLUMNS, as_session

DUE = f"""
SELECT {COLUMNS}, seat.id, patient.id, patient.timezone, patient.language,
       (SELECT granted FROM people_consent AS said WHERE said.patient_id = patient.id AND said.channel = 'sms'
         ORDER BY said.at DESC LIMIT 1),
       (SELECT array_agg(code) FROM people_flag AS flag WHERE flag.patient_id = patient.id AND ended_at IS NULL),
       (SELECT staff_id FROM programs_careteammember AS member WHERE member.patient_id = patient.id
         AND member.role = 'counselor' AND member.ended_at IS NULL)
  FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = seat.patient_id
 WHERE seat.id = %s AND NOT EXISTS (SELECT FROM attendance_seatstatus AS status WHERE status.seat_id = seat.id)
   FOR UPDATE OF seat SKIP LOCKED
"""
WAITING = """
SELECT seat.id FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
 WHERE session.starts_at = %s AND seen.seat_id IS NULL LIMIT %s
"""
OUTCOME = """
INSERT INTO attendance_outcome (at, by, seat_id, patient_id, number, policy_id, status, told, provisional)
VALUES (%s, 'system:engine', %s, %s, 1, %s, %s, %s, true)
"""
STATUS = """
INSERT INTO attendance_seatstatus (seat_id, patient_id, session_id, policy_id, number, status, provisional, attested, digest, acted_on)
VALUES (%s, %s, %s, %s, 1, %s, true, false, '', true) ON CONFLICT (seat_id) DO NOTHING
"""
CASE = """
INSERT INTO followup_case (ref, seat_id, patient_id, program_id, session_id, policy_id, opened_at, noticed_at, elevated,
                           state, stopping, closed_by, final_outcome, next_step, next_due_at, next_look_at, failures, error, owner_id)
VALUES (gen_random_uuid(), %s, %s, %s, %s, %s, %s, %s, %s, 'open', '', '', '', %s, %s, %s, 0, '', %s) RETURNING id
"""
STEP = """
INSERT INTO followup_step (case_id, patient_id, rule, origin, actor, channels, "to", raised_at, due_at, state, ended_by, because)
VALUES (%s, %s, %s, 'ladder', %s, %s, 'patient', %s, %s, 'due', '', '[]')
"""
MESSAGE = """
INSERT INTO outreach_message (key, about, patient_id, program_id, channel, template, language, made_at, not_before, expires_at,
                              sender, body, state, state_at, tries, claimed_by, looked_up, sent_to, vendor_id, error, acted_on)
VALUES (%s, %s, %s, %s, 'sms', 'neutral_nudge', %s, %s, %s, %s, 'system:engine', '', 'queued', %s, 0, '', 0, '', '', '', true)
"""
AUDIT = """
INSERT INTO audit_event (at, by, verb, subject, patient_ref, program_ref, reason, request)
VALUES (%s, 'system:engine', %s, %s, %s, %s, '', '')
"""


def measure_row_by_row(*, starts_at: datetime, now: datetime, rows: int) -> float:
    """How many seats a second one loop decides. Which are due it is told beforehand, for nothing."""
    with connection.cursor() as cursor:
        cursor.execute(WAITING, [starts_at, rows])
        seats = [row[0] for row in cursor.fetchall()]
    begun = time.perf_counter()
    for seat in seats:
        _take(seat, now)
    return len(seats) / (time.perf_counter() - begun)


def _take(seat: int, now: datetime) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DUE, [seat])
        row = cursor.fetchone()
        if row is not None:
            _decide_and_write(cursor, row, now)


def _decide_and_write(cursor: Any, row: Any, now: datetime) -> None:
    session, program = as_session(row), row[1]
    seat, patient, zone, language, granted, flags, counselor = row[11:]
    book = books_of([program])[program]
    policy = book.in_force(local_day(session.starts_at, book.timezone))
    version = book.version_id(policy)
    outcome = decide_outcome(
        SeatFacts(session=session, covered=True),
        presence_rules=policy.presence,
        excuse_rules=policy.excuse,
        now=now,
    )
    consents = (
        (Consent(channel="sms", granted=bool(granted), at=session.starts_at),) if granted is not None else ()
    )
    reach = Reach(timezone=zone_of(zone), flags=frozenset(flags or ()), consents=consents)
    case = decide_case(CaseFacts(session=session, outcome=outcome, reach=reach), policy=policy, now=now)
    if case is None:
        raise AssertionError("an absent patient opens a case")
    told = msgspec.json.encode(outcome).decode()
    cursor.execute(OUTCOME, [now, seat, patient, version, outcome.status.value, told])
    cursor.execute(STATUS, [seat, patient, int(session.id), version, outcome.status.value])
    upcoming = min((each.due_at for each in case.steps if each.due_at > now), default=None)
    cursor.execute(
        CASE,
        [
            seat,
            patient,
            program,
            int(session.id),
            version,
            session.starts_at,
            now,
            case.elevated,
            case.next_step or "",
            upcoming,
            upcoming,
            counselor,
        ],
    )
    (number,) = cursor.fetchone()
    for step in case.steps:
        if step.due_at > now or step.state is StepState.SUPPRESSED:
            continue
        cursor.execute(
            STEP, [number, patient, step.rule.id, step.rule.actor, list(step.channels), now, step.due_at]
        )
        if step.rule.actor == "system":
            key = f"case:{number}:{step.rule.id}:0"
            cursor.execute(
                MESSAGE, [key, f"case:{number}", patient, program, language, now, now, session.ends_at, now]
            )
    cursor.execute(AUDIT, [now, "attendance.decide", f"seat:{seat}", patient, program])
    cursor.execute(AUDIT, [now, "followup.open_cases", f"case:{number}", patient, program])
