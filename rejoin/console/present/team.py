"""What the team has before it: tasks, hand-offs, and a pattern to decide about."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.words import STATUSES, in_words, session_name
from rejoin.domain.attendance import Status
from rejoin.followup import words
from rejoin.followup.models import Review

HANDED_WITHIN: Final = timedelta(days=3)
MOST: Final = 200
TASKS: Final = """
SELECT task.id, task.words, task.due_at, owner.id, owner.name, patient.ref,
       coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id), "case".ref,
       task.review_id, program.name, task.at, coalesce(maker.name, '')
  FROM followup_task AS task JOIN programs_program AS program ON program.id = task.program_id
  JOIN people_staff AS owner ON owner.id = task.owner_id
  LEFT JOIN people_patient AS patient ON patient.id = task.patient_id
  LEFT JOIN followup_case AS "case" ON "case".id = task.case_id
  LEFT JOIN people_staff AS maker ON 'staff:' || maker.id = task."by"
 WHERE task.open AND task.program_id = ANY(%(programs)s) AND (%(owner)s::bigint IS NULL OR task.owner_id = %(owner)s)
   AND (task.patient_id IS NULL OR patient.id IS NOT NULL)
 ORDER BY task.due_at, task.id LIMIT %(most)s
"""
HANDED: Final = """
SELECT note.id, note.at, author.id, author.name, note.words, note.to_role, coalesce(whom.name, ''), program.name,
       ARRAY(SELECT reader.name FROM followup_handoffread AS reading JOIN people_staff AS reader ON reader.id = reading.staff_id
              WHERE reading.hand_off_id = note.id ORDER BY reading.id),
       EXISTS (SELECT FROM followup_handoffread AS mine WHERE mine.hand_off_id = note.id AND mine.staff_id = %(staff)s)
  FROM followup_handoff AS note JOIN programs_program AS program ON program.id = note.program_id
  JOIN people_staff AS author ON author.id = note.author_id
  LEFT JOIN people_staff AS whom ON whom.id = note.to_staff_id
 WHERE note.program_id = ANY(%(programs)s) AND note.at > %(since)s ORDER BY note.at DESC, note.id DESC LIMIT %(most)s
"""
SESSIONS: Final = """
SELECT session.ref, coalesce("group".name, ''), session.kind, session.starts_at, status.status, "case".ref
  FROM programs_session AS session LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN attendance_seatstatus AS status ON status.session_id = session.id AND status.patient_id = %s
  LEFT JOIN followup_case AS "case" ON "case".session_id = session.id AND "case".patient_id = %s
 WHERE session.id = ANY(%s) ORDER BY session.starts_at
"""
EVENTS: Final = """
SELECT event.at, event.turn, event.decision, event.words, event.follow_up_on, coalesce(staff.name, 'The system')
  FROM followup_reviewevent AS event LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = event."by"
 WHERE event.review_id = %s ORDER BY event.id
"""


class TaskLine(NamedTuple):
    """Something somebody has to do."""

    id: int
    words: str
    due_at: datetime
    owner_id: int
    owner: str
    patient_ref: Any
    patient: str | None
    case_ref: Any
    review_id: int | None
    program: str
    made_at: datetime
    made_by: str


class Handed(NamedTuple):
    """A note from one shift to the next."""

    id: int
    at: datetime
    author_id: int
    author: str
    words: str
    to_role: str
    to_staff: str
    program: str
    readers: Sequence[str]
    read_by_me: bool

    @property
    def to(self) -> str:
        return self.to_staff or words.word(words.ROLES, self.to_role) or "everybody"


class ReviewedSession(NamedTuple):
    """One session of a pattern."""

    ref: Any
    name: str
    starts_at: datetime
    status: str
    case_ref: Any


class Turn(NamedTuple):
    """What became of a review."""

    at: datetime
    turn: str
    decision: str
    words: str
    follow_up_on: Any
    who: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewShown:
    review: Review
    name: str
    zone: ZoneInfo
    asks: str
    because: tuple[str, ...]
    sessions: Sequence[ReviewedSession]
    turns: Sequence[Turn]
    decided_by: str
    """The role the policy wants to decide."""


def tasks_of(programs: Sequence[int], *, owner: int | None) -> list[TaskLine]:
    """Open tasks by the clock; `owner` None: everybody's. Of patients she may see."""
    return [
        TaskLine._make(row)
        for row in select(TASKS, {"programs": list(programs), "owner": owner, "most": MOST})
    ]


def handed_of(asking: Asking) -> list[Handed]:
    """What shifts left of late, the newest first."""
    asked = {
        "programs": [each.pk for each in asking.programs],
        "staff": asking.staff.pk,
        "since": asking.at - HANDED_WITHIN,
        "most": MOST,
    }
    return [Handed._make(row) for row in select(HANDED, asked)]


def present_review(review: Review) -> ReviewShown:
    """A pattern with the sessions it is made of, and what became of it. Two queries."""
    patient = review.patient
    found = select(SESSIONS, [patient.pk, patient.pk, review.sessions])
    return ReviewShown(
        review=review,
        name=patient.preferred_name or patient.name or patient.external_id,
        zone=ZoneInfo(review.program.timezone),
        asks=words.word(words.ASKED, review.then),
        because=words.reasons(words.told(review.because)),
        sessions=[
            ReviewedSession(
                ref, session_name(group, kind), at, STATUSES[Status(status)] if status else "", case
            )
            for ref, group, kind, at, status, case in found
        ],
        turns=[
            Turn(at, turn, words.DECISIONS.get(decision, decision), said, on, who)
            for at, turn, decision, said, on, who in select(EVENTS, [review.pk])
        ],
        decided_by=words.word(words.ROLES, review.decided_by_role) or in_words(review.decided_by_role),
    )
