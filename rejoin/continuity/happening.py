"""What happened between patients and the units of a curriculum, read in a set: seats, make-ups, material, words."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from rejoin.common.rows import select
from rejoin.continuity.courses import SAID_UNIT, as_called, unit_of
from rejoin.curricula.texts import Course
from rejoin.domain.attendance import Session
from rejoin.domain.continuity import Happened, What
from rejoin.programs.sessions import COLUMNS, as_session

LOOKED_BACK: Final = timedelta(days=366)
"""What was longer ago has to be taken again, or let go by somebody who knows. Ours."""
# A make-up is of what she missed, whatever its own session is called. Nobody was watching: it tells of nothing.
HAPPENED: Final = f"""
SELECT seat.patient_id,
       CASE WHEN status.status NOT IN ('attended', 'partial') THEN 'missed' WHEN lost.id IS NULL THEN 'attended' ELSE 'made_up' END,
       upper(seat.span), session.module, coalesce(said.curriculum, ''), coalesce(said.unit, '')
  FROM programs_seat AS seat
  JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
       AND status.status IN ('attended', 'partial', 'missed', 'excused', 'not_admitted', 'not_admissible')
  LEFT JOIN makeups_booking AS booking ON booking.seat_id = seat.id
  LEFT JOIN programs_seat AS lost ON lost.id = booking.missed_id
  JOIN programs_session AS session ON session.id = coalesce(lost.session_id, seat.session_id)
  {SAID_UNIT}
 WHERE seat.patient_id = ANY(%(patients)s) AND seat.released_at IS NULL AND session.program_id = %(program)s
   AND seat.span && tstzrange(%(since)s, %(now)s)
 UNION ALL
SELECT entry.patient_id, CASE entry.what WHEN 'waived' THEN 'waived' ELSE 'signed_off' END, entry.at, session.module,
       coalesce(said.curriculum, ''), coalesce(said.unit, '')
  FROM makeups_ledgerentry AS entry JOIN programs_seat AS seat ON seat.id = entry.seat_id
  JOIN programs_session AS session ON session.id = seat.session_id
  {SAID_UNIT}
 WHERE entry.patient_id = ANY(%(patients)s) AND session.program_id = %(program)s AND entry.account = 'content'
   AND entry.what IN ('caught_up', 'waived') AND entry.amount < 0 AND entry.at BETWEEN %(since)s AND %(now)s
 UNION ALL
SELECT begun.patient_id, 'material_done', finished.at, '', begun.curriculum, begun.unit
  FROM continuity_catchup AS begun JOIN continuity_finished AS finished ON finished.catch_up_id = begun.id
 WHERE begun.patient_id = ANY(%(patients)s) AND begun.program_id = %(program)s AND finished.at BETWEEN %(since)s AND %(now)s
 UNION ALL
SELECT begun.patient_id, answered.answer, answered.at, '', begun.curriculum, begun.unit
  FROM continuity_catchup AS begun JOIN continuity_finished AS finished ON finished.catch_up_id = begun.id
  JOIN continuity_signoff AS answered ON answered.finished_id = finished.id
 WHERE begun.patient_id = ANY(%(patients)s) AND begun.program_id = %(program)s AND answered.at BETWEEN %(since)s AND %(now)s
 UNION ALL
SELECT word.patient_id, word.what, word.at, '', word.curriculum, word.unit FROM continuity_unitword AS word
 WHERE word.patient_id = ANY(%(patients)s) AND word.program_id = %(program)s AND word.at BETWEEN %(since)s AND %(now)s
 ORDER BY 1, 3
"""  # noqa: S608 - our own pieces
AHEAD: Final = f"""
SELECT {COLUMNS}, seat.patient_id, coalesce(said.curriculum, ''), coalesce(said.unit, '')
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  {SAID_UNIT}
 WHERE seat.patient_id = ANY(%(patients)s) AND seat.occupies AND session.program_id = %(program)s
   AND seat.span && tstzrange(%(since)s, %(until)s)
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own pieces
FAR: Final = timedelta(days=90)
Row = Sequence[object]


class Story:
    """What happened to some patients of a program, asked of one curriculum after another."""

    def __init__(self, patients: Iterable[int], *, program: int, now: datetime) -> None:
        asked = {
            "patients": sorted(set(patients)),
            "program": program,
            "now": now,
            "since": now - LOOKED_BACK,
        }
        self.rows = select(HAPPENED, asked)

    def of(self, course: Course) -> dict[int, list[Happened]]:
        """By patient, oldest first; whoever had nothing of it is not named."""
        found: dict[int, list[Happened]] = defaultdict(list)
        for patient, what, at, module, curriculum, unit in self.rows:
            known = unit_of(course, module, said=(curriculum, unit))
            if known is not None:
                found[patient].append(Happened(unit=known.id, what=What(what), at=at))
        return dict(found)


class Schedule:
    """Sessions in which some patients of a program are or were expected, lately and for a quarter of a year."""

    def __init__(self, patients: Iterable[int], *, program: int, since: datetime, now: datetime) -> None:
        asked = {"patients": sorted(set(patients)), "program": program, "since": since, "until": now + FAR}
        self.rows: dict[int, list[Row]] = defaultdict(list)
        for row in select(AHEAD, asked):
            self.rows[row[11]].append(row)

    def of(self, course: Course, patient: int) -> list[Session]:
        """Hers, each under the name of its unit."""
        return [
            as_called(as_session(row), unit_of(course, str(row[8]), said=(str(row[12]), str(row[13]))))
            for row in self.rows[patient]
        ]
