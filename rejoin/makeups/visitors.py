"""Who comes to a session to make up for another: what she missed, whom she knows there, what coming repays, and the caps.

Each is a few reads for all sessions of a page. Behind the door of the web a visitor is there for whoever may see her.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.attendance import Session, Status
from rejoin.domain.kernel import local_day
from rejoin.domain.makeup.ledger import Account, Came, What, repaid_by
from rejoin.domain.policy import Policy
from rejoin.domain.policy.history import week_start
from rejoin.domain.policy.hours import session_minutes
from rejoin.makeups.ledgers import STANDS
from rejoin.makeups.schema import STILL_STANDS
from rejoin.makeups.vocabulary import MODES, SlotKind
from rejoin.programs.books import book_of

LOOKED_BACK: Final = timedelta(weeks=8)
"""Whom she sat with within it she knows. Ours."""
A_WEEK: Final = timedelta(days=7)
COUNTS: Final = """
SELECT seat.session_id, count(*)::int FROM makeups_booking AS booking
  JOIN programs_seat AS seat ON seat.id = booking.seat_id AND seat.released_at IS NULL
 WHERE seat.session_id = ANY(%s) GROUP BY 1
"""
# Whether she was ever in this group before is asked of what she came to.
VISITORS: Final = """
SELECT booking.seat_id, booking.patient_id, patient.timezone, booking.kind, booking.missed_id, missed.starts_at,
       coalesce(own.name, ''), missed.kind, missed.module, missed.service,
       here.group_id IS NOT NULL AND NOT EXISTS (
            SELECT FROM programs_seat AS before JOIN programs_session AS earlier ON earlier.id = before.session_id
              JOIN attendance_seatstatus AS came ON came.seat_id = before.id AND came.status IN ('attended', 'partial')
             WHERE before.patient_id = booking.patient_id AND earlier.group_id = here.group_id AND earlier.starts_at < here.starts_at)
  FROM makeups_booking AS booking JOIN programs_seat AS seat ON seat.id = booking.seat_id AND seat.released_at IS NULL
  JOIN programs_session AS here ON here.id = seat.session_id
  JOIN people_patient AS patient ON patient.id = booking.patient_id
  JOIN programs_seat AS lost ON lost.id = booking.missed_id JOIN programs_session AS missed ON missed.id = lost.session_id
  LEFT JOIN programs_group AS own ON own.id = missed.group_id
 WHERE seat.session_id = %s ORDER BY booking.id
"""
FACES: Final = """
SELECT hers.patient_id, other.patient_id, count(DISTINCT hers.session_id)::int
  FROM programs_seat AS hers
  JOIN attendance_seatstatus AS came ON came.seat_id = hers.id AND NOT came.provisional AND came.status IN ('attended', 'partial')
  JOIN programs_seat AS other ON other.session_id = hers.session_id AND other.patient_id = ANY(%(here)s)
       AND other.patient_id <> hers.patient_id
  JOIN attendance_seatstatus AS sat ON sat.seat_id = other.id AND NOT sat.provisional AND sat.status IN ('attended', 'partial')
 WHERE hers.patient_id = ANY(%(visitors)s) AND hers.occupies AND hers.span && tstzrange(%(since)s, %(until)s)
 GROUP BY 1, 2 ORDER BY 3 DESC, 2
"""
BOOKED: Final = f"""
SELECT booking.patient_id, lower(sits.span) FROM makeups_booking AS booking
  JOIN programs_seat AS sits ON sits.id = booking.seat_id
 WHERE booking.patient_id = ANY(%(visitors)s) AND sits.span && tstzrange(%(since)s, %(until)s) AND {STILL_STANDS}
"""  # noqa: S608 - our own words


class _Row(NamedTuple):
    seat_id: int
    patient_id: int
    timezone: str
    kind: str
    missed_id: int
    missed_at: datetime
    group: str
    missed_kind: str
    module: str
    service: str
    is_first_time: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """Somebody in a session who makes up for another one."""

    seat_id: int
    patient_id: int
    kind: SlotKind
    missed_at: datetime
    missed_group: str
    missed_kind: str
    missed_module: str
    is_first_time: bool
    """She never was in a session of this group."""
    faces: Mapping[int, int]
    """By patient who is expected here too: in how many sessions of the weeks before both of them were."""
    that_day: int
    that_week: int
    """Her make-ups, this one among them, where she is."""
    most_a_day: int | None
    most_a_week: int | None
    """The caps of the policy of the day she missed; None: it names none."""
    repays: Mapping[Account, int]
    """What of it is repaid when she is there for all of it: amounts above nought."""
    repaid: Mapping[Account, int]
    """What it has repaid by now."""


def how_many_make_up(session_ids: Iterable[int]) -> dict[int, int]:
    """By session, of those in which anybody does."""
    return dict(select(COUNTS, [list(session_ids)]))


def visitors_of(
    session_id: int, session: Session, *, program_id: int, here: Collection[int]
) -> list[Visitor]:
    """Whoever makes up in this session. `here`: the patients expected in it whom whoever asks may see."""
    rows = [_Row._make(row) for row in select(VISITORS, [session_id])]
    if not rows:
        return []
    book, starts_at = book_of(program_id), session.starts_at
    asked = {"visitors": [each.patient_id for each in rows], "here": list(here)}
    met: dict[int, dict[int, int]] = defaultdict(dict)
    span = {"since": starts_at - LOOKED_BACK, "until": starts_at}
    for her, other, times in select(FACES, asked | span):
        met[her][other] = times
    starts: dict[int, list[datetime]] = defaultdict(list)
    for her, at in select(BOOKED, asked | {"since": starts_at - A_WEEK, "until": starts_at + A_WEEK}):
        starts[her].append(at)
    sums: dict[int, list[tuple[Account, What, int, int]]] = defaultdict(list)
    for missed, account, what, source, amount in select(STANDS, [[each.missed_id for each in rows]]):
        sums[missed].append((Account(account), What(what), source, int(amount)))
    return [
        _visitor(
            each,
            session,
            book.in_force(local_day(each.missed_at, book.timezone)),
            met[each.patient_id],
            starts[each.patient_id],
            sums[each.missed_id],
        )
        for each in rows
    ]


def _visitor(
    row: _Row,
    session: Session,
    policy: Policy,
    faces: Mapping[int, int],
    starts: Sequence[datetime],
    sums: Sequence[tuple[Account, What, int, int]],
) -> Visitor:
    zone, rules, kind = ZoneInfo(row.timezone), policy.makeup, SlotKind(row.kind)
    day = local_day(session.starts_at, zone)
    first = week_start(day, week_starts_on=policy.hours.week_starts_on)
    days = [local_day(each, zone) for each in starts]
    length = session_minutes(session, policy=policy)
    left: dict[Account, int] = defaultdict(int)
    for account, _, _, amount in sums:
        left[account] += amount
    closes = rules.modes.get(MODES[kind], ()) if rules else ()
    came = Came(status=Status.ATTENDED, minutes=length, length=length)
    return Visitor(
        seat_id=row.seat_id,
        patient_id=row.patient_id,
        kind=kind,
        missed_at=row.missed_at,
        missed_group=row.group,
        missed_kind=row.missed_kind,
        missed_module=row.module,
        is_first_time=row.is_first_time,
        faces=faces,
        that_day=days.count(day),
        that_week=sum(first <= each < first + A_WEEK for each in days),
        most_a_day=rules.max_per_day if rules else None,
        most_a_week=rules.max_per_week if rules else None,
        repays={
            account: -amount
            for account, amount in repaid_by(MODES[kind], closes=closes, came=came, open_=left).items()
        },
        repaid={account: -amount for account, _, source, amount in sums if source == row.seat_id and amount},
    )
