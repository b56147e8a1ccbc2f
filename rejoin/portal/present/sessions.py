"""Her sessions so far in words, her hours of this week, and what she can still make up. Hours are worked out by the policy."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from rejoin.common.rows import select
from rejoin.domain.attendance import Outcome, Session, Status
from rejoin.domain.kernel import local_day, wall_clock
from rejoin.domain.policy.history import SeatRecord, week_start
from rejoin.domain.policy.hours import WeekHours, week_hours
from rejoin.makeups.links import makeup_path
from rejoin.portal.door import Herself
from rejoin.portal.present.picked import left_of, minutes_left, picked
from rejoin.programs.books import Book
from rejoin.programs.sessions import COLUMNS, as_session

BACK: Final = timedelta(weeks=8)
"""How far back she is shown. Ours."""
TONES: Final = MappingProxyType(
    {
        Status.ATTENDED: "is-sage is-check",
        Status.PARTIAL: "is-sage is-half",
        Status.MISSED: "is-sky is-ring",
        Status.EXCUSED: "is-sky is-bar",
        Status.NOT_ADMITTED: "is-sky is-ring",
        Status.NOT_ADMISSIBLE: "is-sky is-ring",
    }
)
_outcome = msgspec.json.Decoder(Outcome)
SEATS: Final = f"""
SELECT {COLUMNS}, coalesce("group".name, ''), coalesce(status.provisional, false), outcome.told::text,
       (SELECT count(*) > 0 AND bool_and(settled.left_open <= 0) FROM (
            SELECT sum(amount) AS left_open, bool_or(what = 'made_up') AS repaid FROM makeups_ledgerentry
             WHERE seat_id = seat.id AND account <> 'billing' GROUP BY account) AS settled HAVING bool_or(settled.repaid))
  FROM programs_seat AS seat JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN programs_group AS "group" ON "group".id = session.group_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
 WHERE seat.patient_id = %s AND seat.released_at IS NULL AND session.starts_at > %s
 ORDER BY session.starts_at, session.id
"""  # noqa: S608 - our own columns
OWED: Final = f"""
SELECT debt.ref, lower(seat.span), owed.content, owed.count, owed.hours, {picked("debt.seat_id")}, {left_of("debt.seat_id")}
  FROM makeups_debt AS debt JOIN programs_seat AS seat ON seat.id = debt.seat_id
  JOIN LATERAL (
        SELECT coalesce(sum(amount) FILTER (WHERE account = 'content'), 0) AS content,
               coalesce(sum(amount) FILTER (WHERE account = 'count'), 0) AS count,
               coalesce(sum(amount) FILTER (WHERE account = 'hours'), 0) AS hours
          FROM makeups_ledgerentry WHERE seat_id = debt.seat_id) AS owed
    ON owed.content > 0 OR owed.count > 0 OR owed.hours > 0
 WHERE debt.patient_id = %s ORDER BY lower(seat.span)
"""  # noqa: S608 - our own words


class Sat(NamedTuple):
    """A seat of hers with what is on record of it."""

    program_id: int
    session: Session
    group: str
    provisional: bool
    outcome: Outcome | None
    made_up: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One session that was, in words."""

    when: str
    starts_at: datetime
    called: str
    tone: str
    """How its word looks; nothing of hers is red."""
    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OwedLine:
    when: str
    starts_at: datetime
    parts: str
    href: str
    picked: bool
    rest: bool
    """Only minutes are left of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekShown:
    """Hours that she has had this week, of the least there should be."""

    words: str
    value: float
    least: float | None
    most: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """The page."""

    week: WeekShown | None
    owed: tuple[OwedLine, ...]
    lines: tuple[Line, ...]


def read_seats(herself: Herself) -> list[Sat]:
    """Behind her door."""
    rows = select(SEATS, [herself.patient.pk, herself.at - BACK])
    return [_sat(row) for row in rows]


def read_owed(herself: Herself) -> list[tuple[Any, ...]]:
    """The same: what is open, by missed session."""
    return select(OWED, [herself.at, herself.patient.pk])


def present_sessions(
    seats: Sequence[Sat], owed: Sequence[tuple[Any, ...]], books: dict[int, Book], herself: Herself
) -> Sessions:
    """In her language, the latest first."""
    begun = [each for each in reversed(seats) if each.session.starts_at <= herself.at]
    return Sessions(
        week=_week(seats, books, herself),
        owed=tuple(_owed(herself, each) for each in owed),
        lines=tuple(_line(each, herself) for each in begun if not each.provisional),
    )


def _sat(row: Sequence[Any]) -> Sat:
    group, provisional, told, made_up = row[11:]
    return Sat(
        row[1], as_session(row), group, provisional, _outcome.decode(told) if told else None, bool(made_up)
    )


def _line(sat: Sat, herself: Herself) -> Line:
    say, session = herself.say, sat.session
    status = sat.outcome.status if sat.outcome else Status.UNRECORDED
    return Line(
        when=say.on(session.starts_at, herself.zone),
        starts_at=session.starts_at,
        called=sat.group or say.kinds.get(session.kind, say.a_session),
        tone="is-sage is-check" if sat.made_up else TONES.get(status, "is-plain is-dotted"),
        word=say.made_up if sat.made_up else say.statuses[status],
    )


def _owed(herself: Herself, row: tuple[Any, ...]) -> OwedLine:
    ref, starts_at, content, count, minutes, has_picked, left = row
    say = herself.say
    return OwedLine(
        when=say.owed(starts_at, herself.zone),
        starts_at=starts_at,
        parts=say.owed_parts(content=content > 0, count=count > 0, minutes=max(minutes, 0)),
        href=makeup_path(ref),
        picked=has_picked,
        rest=minutes_left(left) > 0,
    )


def _week(seats: Sequence[Sat], books: dict[int, Book], herself: Herself) -> WeekShown | None:
    """Of the program in which she sits, where it asks for hours at all."""
    if not seats or not (book := books.get(seats[-1].program_id)):
        return None
    zone = book.timezone
    hers = [each for each in seats if each.program_id == seats[-1].program_id]
    records = [_record(each, zone) for each in hers]
    policy = book.in_force(local_day(herself.at, zone))
    begins = week_start(local_day(herself.at, zone), week_starts_on=policy.hours.week_starts_on)
    weeks = week_hours(records, policy_on=book.in_force, now=herself.at)
    this = next((each for each in weeks if each.week_of == begins), None)
    return _shown(this, herself) if this else None


def _record(sat: Sat, zone: ZoneInfo) -> SeatRecord:
    return SeatRecord(
        session=sat.session, outcome=sat.outcome, local_start=wall_clock(sat.session.starts_at, zone)
    )


def _shown(week: WeekHours, herself: Herself) -> WeekShown:
    say = herself.say
    had, least = week.countable / 60, week.minimum / 60 if week.minimum else None
    return WeekShown(
        words=say.hours_of(say.length(week.countable), say.length(week.minimum) if week.minimum else ""),
        value=round(had, 2),
        least=least,
        most=max(had, least or 0, week.scheduled / 60, 1),
    )
