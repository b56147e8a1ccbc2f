"""What the team has before it: tasks and hand-offs."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.followup import words

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
