"""Participants nobody could recognise, each with who was expected there. Nobody is proposed: a name proves nothing."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.console.door import Asking
from rejoin.console.present.words import session_name
from rejoin.programs.rights import Right

PAGE: Final = 25
OPEN: Final = """
SELECT stranger.id, stranger.provider, stranger.display, stranger.ref <> '', stranger.posing, stranger.joined_at,
       stranger.left_at, stranger.seen_at, session.id, session.ref, coalesce("group".name, ''), session.kind,
       session.starts_at, program.name, program.timezone,
       coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id), count(*) OVER ()
  FROM rooms_stranger AS stranger JOIN programs_session AS session ON session.id = stranger.session_id
  JOIN programs_program AS program ON program.id = session.program_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN people_patient AS patient ON patient.id = stranger.patient_id
 WHERE NOT stranger.gone AND stranger.settled_at IS NULL AND session.program_id = ANY(%s)
 ORDER BY stranger.seen_at, stranger.id LIMIT %s OFFSET %s
"""
EXPECTED: Final = """
SELECT seat.session_id, patient.ref,
       coalesce(nullif(patient.preferred_name, ''), nullif(patient.name, ''), patient.external_id) AS called,
       patient.external_id
  FROM programs_seat AS seat JOIN people_patient AS patient ON patient.id = seat.patient_id
 WHERE seat.session_id = ANY(%s) AND seat.released_at IS NULL ORDER BY lower(patient.external_id), patient.id
"""


class StrangerLine(NamedTuple):
    """One of them."""

    id: int
    provider: str
    display: str
    has_ref: bool
    """She brought a reference of her account: it is what a confirmation is kept by."""
    posing: bool
    joined_at: datetime | None
    left_at: datetime | None
    seen_at: datetime
    session_id: int
    session_ref: Any
    group: str
    kind: str
    starts_at: datetime
    program: str
    timezone: str
    patient: str | None
    """Who it was, where that is known: she has no seat here."""

    @property
    def session(self) -> str:
        return session_name(self.group, self.kind)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.timezone)


class Expected(NamedTuple):
    """Somebody who has a seat in that session."""

    ref: str
    told: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatched:
    lines: Sequence[tuple[StrangerLine, Sequence[Expected]]]
    total: int


def settlers_programs(asking: Asking) -> list[int]:
    return sorted(asking.programs_with(Right.SETTLE))


def present_unmatched(asking: Asking, *, page: int = 1) -> Unmatched:
    """Two queries. Who was expected stands in the order of identifiers: in no order of likeness."""
    rows = select(OPEN, [settlers_programs(asking), PAGE, (page - 1) * PAGE])
    lines = [StrangerLine._make(row[:-1]) for row in rows]
    expected = _expected({each.session_id for each in lines})
    return Unmatched(
        lines=[(each, expected.get(each.session_id, ())) for each in lines], total=rows[0][-1] if rows else 0
    )


def _expected(sessions: set[int]) -> Mapping[int, Sequence[Expected]]:
    found: dict[int, list[Expected]] = defaultdict(list)
    for session, ref, called, external_id in select(EXPECTED, [sorted(sessions)]):
        found[session].append(Expected(str(ref), f"{external_id}: {called}"))
    return found
