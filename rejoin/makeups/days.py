"""What her days came to, seat by seat, of those on which she missed something or made up for it: one question for all.

A day is her program's, from midnight to midnight there, as it is where days are billed (`domain.policy.hours.bill_days`).
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from rejoin.common.rows import select
from rejoin.domain.attendance import Outcome, Session, Status
from rejoin.domain.kernel import local_day, local_midnight
from rejoin.domain.makeup.ledger import ABSENT, DaySeat
from rejoin.domain.policy import Policy
from rejoin.domain.policy.hours import countable_minutes
from rejoin.programs.sessions import COLUMNS, as_session

# Seats she holds, and what was told of them last; nothing while the session is to come, or nobody has said.
SEATS: Final = f"""
SELECT {COLUMNS}, day.patient, day.day, seat.id, outcome.told::text
  FROM unnest(%s::bigint[], %s::date[], %s::timestamptz[], %s::timestamptz[], %s::bigint[]) AS day(patient, day, begins, ends, place)
  JOIN programs_seat AS seat ON seat.patient_id = day.patient AND seat.occupies AND seat.span && tstzrange(day.begins, day.ends)
   AND lower(seat.span) >= day.begins AND lower(seat.span) < day.ends
  JOIN programs_session AS session ON session.id = seat.session_id AND session.program_id = day.place
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
"""  # noqa: S608 - our own columns
_outcome = msgspec.json.Decoder(Outcome)


class Day(NamedTuple):
    """One patient's day in a program."""

    program_id: int
    patient_id: int
    on: date


class Seated(NamedTuple):
    seat_id: int
    session: Session
    outcome: Outcome | None

    def as_day_seat(self, policy: Policy) -> DaySeat:
        told = self.outcome
        known = told is not None and told.status is not Status.UNRECORDED
        return DaySeat(
            seat_id=self.seat_id,
            starts_at=self.session.starts_at,
            minutes=countable_minutes(self.session, told, policy=policy) if told and known else None,
            lacking=told is not None and told.status in {*ABSENT, Status.PARTIAL},
        )


def day_of(program_id: int, patient_id: int, starts_at: datetime, zone: ZoneInfo) -> Day:
    return Day(program_id, patient_id, local_day(starts_at, zone))


def seats_of_days(days: Iterable[Day], zones: Mapping[int, ZoneInfo]) -> dict[Day, Sequence[Seated]]:
    """All her seats of each day; `zones` by program."""
    listed = sorted(set(days))
    columns = [
        [each.patient_id for each in listed],
        [each.on for each in listed],
        [local_midnight(each.on, zones[each.program_id]) for each in listed],
        [local_midnight(each.on + timedelta(days=1), zones[each.program_id]) for each in listed],
        [each.program_id for each in listed],
    ]
    found: dict[Day, list[Seated]] = defaultdict(list)
    for row in select(SEATS, columns):
        patient, on, seat, told = row[11:15]
        found[Day(row[1], patient, on)].append(
            Seated(seat, as_session(row), _outcome.decode(told) if told else None)
        )
    return dict(found)
