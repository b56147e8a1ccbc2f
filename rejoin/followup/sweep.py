"""The sweeps over cases: which misses have none yet, which are due to be looked at, what messages came to."""

from collections.abc import Sequence
from datetime import datetime

from rejoin.audit.trail import action, nothing_to_tell
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.rows import execute, select
from rejoin.common.sweeping import backoff, work_through
from rejoin.followup.carrying_out import OPENED, carry_out
from rejoin.followup.facts import gather_cases
from rejoin.followup.hearing import take_replies
from rejoin.followup.planning import plan_case
from rejoin.followup.promises import settle_promises
from rejoin.followup.turns import take_turns_of_cases

BATCH = 1000
"""Rows in one transaction."""

CLAIM_STATUSES = """
SELECT seat_id FROM attendance_seatstatus
 WHERE NOT acted_on AND (act_after IS NULL OR act_after <= %s) AND (%s::bigint[] IS NULL OR seat_id = ANY(%s))
 ORDER BY seat_id LIMIT %s FOR UPDATE SKIP LOCKED
"""
# Who has left gets one too, which the next look closes: what happened stays told.
OPEN = """
INSERT INTO followup_case (ref, seat_id, patient_id, program_id, session_id, policy_id, opened_at, noticed_at,
                           elevated, state, stopping, closed_by, final_outcome, next_step, next_look_at, failures, error)
SELECT gen_random_uuid(), status.seat_id, status.patient_id, session.program_id, session.id, status.policy_id,
       session.starts_at, %(at)s, false, 'open', '', '', '', '', %(at)s, 0, ''
  FROM attendance_seatstatus AS status
  JOIN programs_session AS session ON session.id = status.session_id
  JOIN programs_policyversion AS policy ON policy.id = status.policy_id
  JOIN programs_seat AS seat ON seat.id = status.seat_id AND seat.released_at IS NULL
 WHERE status.seat_id = ANY(%(seats)s) AND status.status = ANY(policy.opens_on)
 ORDER BY status.seat_id
    ON CONFLICT DO NOTHING
RETURNING id, patient_id
"""
# Hers was given back and she has another seat there: her case is told of that one.
MOVE = """
UPDATE followup_case AS "case" SET seat_id = status.seat_id
  FROM attendance_seatstatus AS status
  JOIN programs_seat AS seat ON seat.id = status.seat_id AND seat.released_at IS NULL
 WHERE status.seat_id = ANY(%(seats)s) AND "case".session_id = status.session_id
   AND "case".patient_id = status.patient_id AND "case".seat_id <> status.seat_id
"""
# An outcome that changed under a case, and a session she came to, are news for her cases.
WAKE_CHANGED = """
UPDATE followup_case SET next_look_at = least(next_look_at, %(at)s)
 WHERE seat_id = ANY(%(seats)s) AND id <> ALL(%(opened)s)
"""
WAKE_RETURNED = """
UPDATE followup_case SET next_look_at = least(next_look_at, %(at)s)
 WHERE (state <> 'closed' OR final_outcome = 'left_program') AND patient_id IN (
    SELECT patient_id FROM attendance_seatstatus
     WHERE seat_id = ANY(%(seats)s) AND status IN ('attended', 'partial'))
"""
WAKE_NOT_RETURNED = """
UPDATE followup_case AS "case" SET next_look_at = least("case".next_look_at, %(at)s)
  FROM attendance_seatstatus AS status JOIN programs_seat AS seat ON seat.id = status.seat_id
 WHERE status.seat_id = ANY(%(seats)s) AND status.status NOT IN ('attended', 'partial')
   AND "case".patient_id = status.patient_id AND "case".final_outcome = 'back'
   AND "case".stopped_at BETWEEN lower(seat.span) - interval '2 hours' AND upper(seat.span)
"""
WATCH_PATIENTS = """
INSERT INTO followup_patientwatch (patient_id, next_look_at, failures, error)
SELECT DISTINCT patient_id, %(at)s::timestamptz, 0, '' FROM attendance_seatstatus
 WHERE seat_id = ANY(%(seats)s) AND NOT provisional
    ON CONFLICT (patient_id) DO UPDATE SET next_look_at = least(followup_patientwatch.next_look_at, excluded.next_look_at)
"""
ACTED = """
UPDATE attendance_seatstatus SET acted_on = true, act_after = NULL, failures = 0 WHERE seat_id = ANY(%s)
"""
PUSH_STATUS = """
UPDATE attendance_seatstatus SET act_after = %s, failures = least(failures + 1, 1000) WHERE seat_id = %s
"""
CLAIM_CASES = """
SELECT id FROM followup_case WHERE next_look_at <= %s AND (%s::bigint[] IS NULL OR id = ANY(%s))
 ORDER BY next_look_at, id LIMIT %s FOR UPDATE SKIP LOCKED
"""
PUSH_CASE = """
UPDATE followup_case SET next_look_at = %s, failures = least(failures + 1, 1000), error = %s WHERE id = %s
"""


def sweep_statuses(*, now: datetime, batch: int = BATCH) -> int:
    """Open the cases that outcomes ask for, and wake those they change."""

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(CLAIM_STATUSES, [now, only, only, batch])]

    def push_forward(seat_id: int, _error: str) -> None:
        failures = select("SELECT failures FROM attendance_seatstatus WHERE seat_id = %s", [seat_id])
        execute(PUSH_STATUS, [now + backoff(failures[0][0] if failures else 0), seat_id])

    return work_through(
        name="followup.statuses",
        claim=claim,
        do=lambda seats: act_on_statuses(seats, by=ENGINE, at=now),
        push_forward=push_forward,
    )


@action(OPENED)
def act_on_statuses(seat_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """One case for each miss; never two, whoever asks, how often, and however often she was seated anew."""
    given = {"seats": list(seat_ids), "at": at}
    rows = select(OPEN, given)
    opened = [row[0] for row in rows]
    execute(MOVE, given)
    execute(WAKE_CHANGED, given | {"opened": opened})
    execute(WAKE_RETURNED, given)
    execute(WAKE_NOT_RETURNED, given)
    execute(WATCH_PATIENTS, given)
    execute(ACTED, [list(seat_ids)])
    if rows:  # what she wrote before is read before anything more is said to her
        take_replies(patients=[row[1] for row in rows], by=by, at=at)
    _follow(opened, verb=OPENED, by=by, at=at)
    nothing_to_tell(OPENED)


def sweep_cases(*, now: datetime, batch: int = BATCH) -> int:
    """Look at one batch of cases that are due."""

    def claim(only: Sequence[int] | None) -> list[int]:
        return [row[0] for row in select(CLAIM_CASES, [now, only, only, batch])]

    def push_forward(case_id: int, error: str) -> None:
        failures = select("SELECT failures FROM followup_case WHERE id = %s", [case_id])
        execute(PUSH_CASE, [now + backoff(failures[0][0] if failures else 0), error[:200], case_id])

    return work_through(
        name="followup.cases",
        claim=claim,
        do=lambda ids: follow_cases(ids, by=ENGINE, at=now),
        push_forward=push_forward,
    )


@action("followup.follow")
def follow_cases(case_ids: Sequence[int], *, by: Actor, at: datetime) -> None:
    """Do for each case what its policy asks for at `at`, worked out anew from everything known of it."""
    settle_promises(case_ids, by=by, at=at)
    _follow(case_ids, verb="followup.follow", by=by, at=at)
    nothing_to_tell("followup.follow")


def _follow(case_ids: Sequence[int], *, verb: str, by: Actor, at: datetime) -> None:
    if case_ids:
        take_turns_of_cases(case_ids, at)
        plans = [plan_case(case, now=at) for case in gather_cases(case_ids, now=at)]
        carry_out(plans, verb=verb, by=by, at=at)
