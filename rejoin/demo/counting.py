"""The demo's numbers: what runs now, and how much of each has happened since the story began."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from rejoin.common.rows import select

RUNNING = """
SELECT coalesce(circle.name, patient.name), session.starts_at, session.ends_at, session.seats_taken,
       coalesce(evidence.watched, false), session.mode,
       count(seat.id) FILTER (WHERE seen.first_join <= %(now)s
                                OR status.attested AND status.status IN ('attended', 'partial')),
       count(seat.id) FILTER (WHERE status.status IN ('missed', 'not_admitted', 'not_admissible')),
       count(seat.id) FILTER (WHERE status.status = 'excused')
  FROM programs_session AS session
  LEFT JOIN programs_group AS circle ON circle.id = session.group_id
  LEFT JOIN rooms_sessionevidence AS evidence ON evidence.session_id = session.id
  LEFT JOIN programs_seat AS seat ON seat.session_id = session.id AND seat.released_at IS NULL
  LEFT JOIN people_patient AS patient ON patient.id = seat.patient_id AND session.group_id IS NULL
  LEFT JOIN rooms_seatevidence AS seen ON seen.seat_id = seat.id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
 WHERE session.held = 'scheduled' AND session.starts_at <= %(now)s AND session.ends_at > %(now)s
 GROUP BY session.id, circle.name, patient.name, evidence.watched ORDER BY session.starts_at, 1
"""
COUNTS = """
WITH mine AS (SELECT * FROM followup_case WHERE opened_at >= %(since)s)
SELECT (SELECT count(*) FROM mine),
       (SELECT count(*) FROM followup_attempt WHERE case_id IN (SELECT id FROM mine) AND message_id IS NOT NULL),
       (SELECT count(*) FROM followup_attempt WHERE case_id IN (SELECT id FROM mine) AND message_id IS NULL),
       (SELECT count(*) FROM followup_step WHERE case_id IN (SELECT id FROM mine) AND origin = 'escalation')
         + (SELECT count(*) FROM mine WHERE elevated),
       (SELECT count(*) FROM mine WHERE final_outcome = 'back'),
       (SELECT count(*) FROM mine WHERE final_outcome = 'reversed')
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much has happened."""

    noticed: int
    nudged: int
    """Messages that went out."""
    called: int
    """Attempts by people."""
    escalated: int
    """Elevated cases, and steps that were not done in time."""
    back: int
    reversed: int


class RunningSession(NamedTuple):
    """A session that runs, and who of it was seen."""

    name: str
    starts_at: datetime
    ends_at: datetime
    seats: int
    watched: bool
    mode: str
    seen: int
    absent: int
    excused: int


def running_sessions(now: datetime) -> list[RunningSession]:
    return [RunningSession(*row) for row in select(RUNNING, {"now": now})]


def count_since(since: datetime) -> Counts:
    ((noticed, nudged, called, escalated, back, reversed_),) = select(COUNTS, {"since": since})
    return Counts(
        noticed=noticed,
        nudged=nudged,
        called=called,
        escalated=escalated,
        back=back,
        reversed=reversed_,
    )
