"""A patient's first page: her next session, what was missed, and what happens next. Nothing in it blames."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Final, NamedTuple
from uuid import UUID

from rejoin.common.rows import select
from rejoin.domain.attendance import Mode
from rejoin.domain.safety import CrisisLine
from rejoin.makeups.links import makeup_path
from rejoin.portal.door import Herself
from rejoin.visits.doors import LINK_HOLDS_BEFORE
from rejoin.visits.engine import the_engine

SHOWN: Final = 3
CALLED: Final = MappingProxyType(
    {"individual": "A session of your own", "family": "Family session", "group": "Group session"}
)
"""What a session is called that has no name."""
MISSED_WITHIN: Final = timedelta(days=14)
"""How far back an open case is told here; older ones are her team's to speak about. Ours."""
NEXT = """
SELECT coalesce("group".name, ''), session.kind, session.starts_at, session.ends_at, program.call_back, session.mode,
       seat.id, NOT EXISTS (SELECT FROM rooms_room WHERE session_id = session.id)
             OR EXISTS (SELECT FROM rooms_hostedroom WHERE session_id = session.id)
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  JOIN programs_program AS program ON program.id = session.program_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
 WHERE seat.patient_id = %s AND seat.released_at IS NULL AND session.held = 'scheduled' AND session.ends_at > %s
 ORDER BY session.starts_at LIMIT %s
"""
MISSED = """
SELECT session.starts_at, "case".state, "case".promised_at, program.call_back,
       (SELECT debt.ref FROM makeups_debt AS debt WHERE debt.seat_id = "case".seat_id AND EXISTS (
            SELECT FROM makeups_ledgerentry AS entry WHERE entry.seat_id = debt.seat_id AND entry.account <> 'billing'
             GROUP BY entry.account HAVING sum(entry.amount) > 0))
  FROM followup_case AS "case" JOIN programs_session AS session ON session.id = "case".session_id
  JOIN programs_program AS program ON program.id = "case".program_id
 WHERE "case".patient_id = %s AND "case".state <> 'closed' AND session.starts_at > %s
 ORDER BY session.starts_at DESC LIMIT %s
"""
PROGRAMS = """
SELECT program.neutral_name, program.call_back, program.crisis_name, program.crisis_number, program.crisis_hours
  FROM programs_enrolment AS place JOIN programs_program AS program ON program.id = place.program_id
 WHERE place.patient_id = %s AND place.ended_at IS NULL ORDER BY place.id
"""


class Coming(NamedTuple):
    """A session she has a seat in."""

    group: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    call_back: str
    mode: str
    seat_id: int
    ours: bool
    """No other service's room is named for it: it takes place in one of ours, where there is an engine."""

    def can_join(self, at: datetime) -> bool:
        """Whether the way in is shown: from a day ahead on."""
        is_near = self.starts_at - LINK_HOLDS_BEFORE <= at
        return is_near and self.ours and self.mode == Mode.VIDEO and the_engine() is not None

    @property
    def called(self) -> str:
        return CALLED.get(self.kind, "A session for you")


class MissedSession(NamedTuple):
    """One she was missed in and has not been heard from or seen since, as far as the team knows."""

    starts_at: datetime
    state: str
    promised_at: datetime | None
    call_back: str
    debt: UUID | None
    """Something of it is open, and there may be times at which she can make it up."""

    @property
    def ways_back(self) -> str:
        return makeup_path(self.debt) if self.debt else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Today:
    name: str
    program: str
    call_back: str
    running: Coming | None
    coming: tuple[Coming, ...]
    join: int | None
    """The seat of the next session that she can be on her way to; None: there is none, or it is not ours to open."""
    missed: tuple[MissedSession, ...]
    lines: tuple[CrisisLine, ...]
    """Of her programs, beside the national one that is on every page."""


def present_today(herself: Herself) -> Today:
    """Three queries, all of her own rows."""
    patient, at = herself.patient, herself.at
    sessions = [Coming._make(row) for row in select(NEXT, [patient.pk, at, SHOWN + 1])]
    running = next((each for each in sessions if each.starts_at <= at), None)
    missed = select(MISSED, [patient.pk, at - MISSED_WITHIN, SHOWN])
    programs = select(PROGRAMS, [patient.pk])
    program, call_back = programs[0][:2] if programs else ("", "")
    lines = dict.fromkeys(
        CrisisLine(name=name, number=number, how=hours, cite="")
        for _, _, name, number, hours in programs
        if number
    )
    return Today(
        name=patient.preferred_name or patient.name,
        program=program,
        call_back=call_back,
        running=running,
        coming=tuple(each for each in sessions if each is not running)[:SHOWN],
        join=next((each.seat_id for each in sessions[:1] if each.can_join(at)), None),
        missed=tuple(MissedSession._make(row) for row in missed),
        lines=tuple(lines),
    )
