"""What patients wrote: unread first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.followup import words
from rejoin.outreach.masking import without_secrets
from rejoin.outreach.vocabulary import READ_WITHIN
from rejoin.programs.rights import Right

READ_OF_LATE: Final = timedelta(days=2)
MOST: Final = 200
# Found by the index of what is unread; what was read, by when it was.
ROWS: Final = """
SELECT reply.id, reply.at, reply.channel, reply.meaning, reply.text, reply.unread, patient.ref, patient.external_id,
       coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id),
       (SELECT "case".ref FROM followup_case AS "case" WHERE "case".patient_id = reply.patient_id
           AND "case".state <> 'closed' ORDER BY "case".opened_at DESC LIMIT 1),
       coalesce(staff.name, ''), reading.at
  FROM outreach_reply AS reply LEFT JOIN people_patient AS patient ON patient.id = reply.patient_id
  LEFT JOIN outreach_replyreading AS reading ON reading.reply_id = reply.id
  LEFT JOIN people_staff AS staff ON 'staff:' || staff.id = reading."by"
 WHERE {which} AND (reply.programs && %(programs)s::bigint[] OR reply.programs = '{{}}')
 ORDER BY {order} LIMIT %(most)s
"""
UNREAD: Final = ROWS.format(which="reply.unread", order="reply.at, reply.id")
READ: Final = ROWS.format(
    which="NOT reply.unread AND reading.at > %(since)s", order="reading.at DESC, reply.id DESC"
)
MEANINGS: Final = {"stop": "asked us to stop", "start": "asked us to begin again", "help": "asked for help"}


class Line(NamedTuple):
    """Something a patient wrote."""

    id: int
    at: datetime
    channel: str
    meaning: str
    text: str
    unread: bool
    patient_ref: Any
    external_id: str | None
    patient: str | None
    """None: a number that is nobody's here, or two patients'."""
    case_ref: Any
    reader: str
    read_at: datetime | None

    @property
    def deadline(self) -> datetime:
        return self.at + READ_WITHIN

    @property
    def by(self) -> str:
        return words.word(words.CHANNELS, self.channel)

    @property
    def meant(self) -> str:
        return MEANINGS.get(self.meaning, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    unread: Sequence[Line]
    read: Sequence[Line]


def programs_of_reader(asking: Asking) -> list[int]:
    """Programs in which she reads what patients write."""
    return sorted({*asking.programs_with(Right.FOLLOW_UP), *asking.programs_with(Right.SUPERVISE)})


def present_words(asking: Asking) -> Words:
    """Two queries."""
    asked = {"programs": programs_of_reader(asking), "since": asking.at - READ_OF_LATE, "most": MOST}
    return Words(
        unread=[_line(row) for row in select(UNREAD, asked)],
        read=[_line(row) for row in select(READ, asked)],
    )


def _line(row: Sequence[Any]) -> Line:
    line = Line._make(row)
    return line._replace(text=without_secrets(line.text))
