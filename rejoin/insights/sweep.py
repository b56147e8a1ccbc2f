"""What comes due, what is open again because its session was missed, and what has become a gap. Idempotent questions."""

from datetime import datetime, timedelta
from typing import Any, Final

from rejoin.audit.trail import action, nothing_to_tell, record_all
from rejoin.common.actors import ENGINE, Actor
from rejoin.common.bulk import as_json, given
from rejoin.common.rows import select
from rejoin.domain.measures import INSTRUMENTS
from rejoin.insights.actions import OPEN_FOR
from rejoin.insights.vocabulary import Ending

BACK: Final = timedelta(days=2)
"""How far back a session is looked for that should have brought one: longer than any engine rests. Ours."""
NEAR: Final = timedelta(hours=1)
FAR_EVERY: Final = timedelta(minutes=15)
"""Every second the sessions of the last hour; all that far back once a quarter, and where no pass was finished in this one:
for a seat that is given late. Ours."""
FINISHED_AT: Final = "SELECT max(at) FROM common_heartbeat WHERE part = 'insights.measures'"
BATCH: Final = 2000
KNOWN: Final = {
    "key": "text",
    "version": "text",
    "recall_days": "int",
    "sent": "bool",
    "watched": "bool",
}
ASKED: Final = f"""
WITH known AS (SELECT * FROM {given(KNOWN)}),
asked AS (
    SELECT schedule.*, known.recall_days FROM (
        SELECT DISTINCT ON (program_id, instrument) program_id, instrument, version, every_days, at
          FROM insights_schedule ORDER BY program_id, instrument, id DESC) AS schedule
      JOIN known ON known.key = schedule.instrument AND known.version = schedule.version
     WHERE schedule.every_days > 0)
"""  # noqa: S608 - our own columns
# The first session of each stretch brings it; one that she gave back, or that does not take place, brings nothing, and what
# it brought before that was known counts for no stretch: the next one asks. Sessions by their time first, and their seats: all
# seats there ever were are millions.
OPEN: Final = f"""
{ASKED},
begun AS MATERIALIZED (
    SELECT id, program_id, starts_at, ends_at FROM programs_session WHERE held = 'scheduled' AND starts_at > %s AND starts_at <= %s),
expected AS MATERIALIZED (
    SELECT seat.id, seat.patient_id, begun.program_id, begun.starts_at, begun.ends_at
      FROM begun JOIN programs_seat AS seat ON seat.session_id = begun.id AND seat.released_at IS NULL)
INSERT INTO insights_due (ref, patient_id, program_id, seat_id, instrument, version, due_on, recall_days, until_at, at, by)
SELECT DISTINCT ON (seat.patient_id, asked.instrument)
       gen_random_uuid(), seat.patient_id, seat.program_id, seat.id, asked.instrument, asked.version,
       (seat.starts_at AT TIME ZONE program.timezone)::date, asked.recall_days, seat.ends_at + %s, %s, %s
  FROM asked JOIN programs_program AS program ON program.id = asked.program_id
  JOIN expected AS seat ON seat.program_id = asked.program_id AND seat.starts_at > asked.at
 WHERE NOT EXISTS (
       SELECT FROM insights_due AS due
        WHERE due.patient_id = seat.patient_id AND due.instrument = asked.instrument
          AND due.due_on > (seat.starts_at AT TIME ZONE program.timezone)::date - asked.every_days
          AND (due.seat_id = seat.id OR EXISTS (SELECT FROM insights_sheet AS sheet WHERE sheet.due_id = due.id)
               OR NOT EXISTS (SELECT FROM insights_ending AS ending
                               WHERE ending.due_id = due.id AND ending.how = 'not_held')))
 ORDER BY seat.patient_id, asked.instrument, seat.starts_at, seat.id LIMIT %s
    ON CONFLICT DO NOTHING
RETURNING id, patient_id, program_id
"""  # noqa: S608 - as above
MISSED: Final = """
EXISTS (SELECT FROM attendance_seatstatus AS status JOIN programs_policyversion AS policy ON policy.id = status.policy_id
         WHERE status.seat_id = due.seat_id AND status.status = ANY(policy.opens_on))
"""
REOPEN: Final = f"""
INSERT INTO insights_reopening (due_id, patient_id, until_at, at, by)
SELECT due.id, due.patient_id, %(at)s::timestamptz + %(open_for)s, %(at)s, %(by)s
  FROM insights_due AS due
 WHERE due.open AND due.until_at > %(at)s AND {MISSED}
   AND NOT EXISTS (SELECT FROM insights_reopening AS again WHERE again.due_id = due.id)
 ORDER BY due.id LIMIT %(batch)s
    ON CONFLICT DO NOTHING
RETURNING due_id, patient_id, NULL::bigint
"""  # noqa: S608 - as above
HOLD: Final = """
SELECT patient.id FROM people_patient AS patient
 WHERE patient.id IN (
       SELECT due.patient_id FROM insights_due AS due
         LEFT JOIN insights_reopening AS again ON again.due_id = due.id
         JOIN programs_seat AS seat ON seat.id = due.seat_id JOIN programs_session AS session ON session.id = seat.session_id
        WHERE due.open AND (greatest(due.until_at, again.until_at) <= %(at)s OR {not_held})
        ORDER BY due.id LIMIT %(batch)s)
 ORDER BY patient.id FOR NO KEY UPDATE OF patient SKIP LOCKED
"""
NOT_HELD: Final = "(session.held <> 'scheduled' OR seat.released_at IS NOT NULL)"
WHY: Final = f"""
CASE WHEN {NOT_HELD} OR status.status IN ('excused', 'cancelled') THEN '{Ending.NOT_HELD}'
     WHEN status.status IN ('attended', 'partial') THEN '{Ending.NOT_ANSWERED}'
     WHEN coalesce(status.status, 'unrecorded') = 'unrecorded' THEN '{Ending.NOT_KNOWN}'
     WHEN NOT coalesce(known.sent, false) OR known.watched AND coalesce(watch.role, '') = '' THEN '{Ending.NOT_OFFERED}'
     ELSE '{Ending.MISSED_SESSION}' END
"""
"""Why there is a gap where nobody answered in time."""
KNOWING_WHY: Final = """
  JOIN programs_seat AS seat ON seat.id = due.seat_id JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN insights_reopening AS again ON again.due_id = due.id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = due.seat_id
  LEFT JOIN known ON known.key = due.instrument AND known.version = due.version
  LEFT JOIN LATERAL (SELECT role FROM insights_watch WHERE program_id = due.program_id ORDER BY id DESC LIMIT 1) AS watch ON true
"""
CLOSE: Final = f"""
WITH known AS (SELECT * FROM {given(KNOWN)})
INSERT INTO insights_ending (due_id, patient_id, how, words, at, by)
SELECT due.id, due.patient_id, {WHY}, '', %s, %s FROM insights_due AS due {KNOWING_WHY}
 WHERE due.patient_id = ANY(%s) AND due.open
   AND (greatest(due.until_at, again.until_at) <= %s OR {NOT_HELD})
    ON CONFLICT DO NOTHING
RETURNING due_id, patient_id, NULL::bigint
"""  # noqa: S608 - as above


def sweep_measures(*, now: datetime) -> int:
    """Open, open again and close what is due to be. Returns how many."""
    return follow_measures(by=ENGINE, at=now)


@action("insights.follow")
def follow_measures(*, by: Actor, at: datetime) -> int:
    """Each a statement of its own over all programs; asked again at once, none has anything left to do."""
    known = known_measures()
    who = {"at": at, "by": str(by), "open_for": OPEN_FOR, "batch": BATCH}
    told: list[tuple[Any, ...]] = []
    opened = select(OPEN, [known, _looked_from(at), at, OPEN_FOR, at, str(by), BATCH])
    told += [(*row, "due") for row in opened]
    told += [(*row, "open_again") for row in select(REOPEN, who)]
    held = [row[0] for row in select(HOLD.format(not_held=NOT_HELD), who)]
    if held:
        told += [(*row, "closed") for row in select(CLOSE, [known, at, str(by), held, at])]
    record_all(
        [
            ("insights.follow", f"measure:{due}", patient, program, what)
            for due, patient, program, what in told
        ],
        by=by,
        at=at,
    )
    nothing_to_tell("insights.follow")
    return len(told)


def known_measures() -> str:
    """What the questions above have to be told of measures (`KNOWN`)."""
    return as_json(
        KNOWN,
        [
            (each.key, each.version, each.recall_days, each.may_be_sent, each.is_about_safety)
            for each in INSTRUMENTS
        ],
    )


def _looked_from(at: datetime) -> datetime:
    ((last,),) = select(FINISHED_AT)
    is_of_this_quarter = last is not None and last <= at and _quarter(last) == _quarter(at)
    return at - (NEAR if is_of_this_quarter else BACK)


def _quarter(at: datetime) -> float:
    return at.timestamp() // FAR_EVERY.total_seconds()
