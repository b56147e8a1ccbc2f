"""Whether one more make-up is too many for her, by her wall clock and her program's week: asked when it is offered, and
again when she accepts."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from rejoin.common.rows import select
from rejoin.domain.kernel import Reason, local_day, local_midnight
from rejoin.domain.makeup.ledger import MOST_MINUTES, over_caps, over_ceiling
from rejoin.domain.policy import Policy
from rejoin.domain.policy.history import week_start
from rejoin.makeups.schema import STILL_STANDS
from rejoin.makeups.vocabulary import MoreReason

# When her make-ups of the week begin, and her hours of it: what was delivered of what is over, and the length of what is to
# come. A break is not service.
WEEK = f"""
SELECT ARRAY(
           SELECT lower(sits.span) FROM makeups_booking AS booking JOIN programs_seat AS sits ON sits.id = booking.seat_id
            WHERE booking.patient_id = %(patient)s AND {STILL_STANDS}
              AND lower(sits.span) >= %(from)s AND lower(sits.span) < %(to)s),
       coalesce(sum(CASE
           WHEN status.status IN ('attended', 'partial') THEN coalesce((outcome.told->>'minutes')::numeric,
                extract(epoch FROM upper(seat.span) - lower(seat.span)) / 60 - pause.minutes)
           WHEN status.status IS NULL OR status.status = 'unrecorded'
                THEN extract(epoch FROM upper(seat.span) - lower(seat.span)) / 60 - pause.minutes
           ELSE 0 END), 0)::int
  FROM programs_seat AS seat
  JOIN programs_session AS session ON session.id = seat.session_id
  LEFT JOIN attendance_seatstatus AS status ON status.seat_id = seat.id AND NOT status.provisional
  LEFT JOIN attendance_outcome AS outcome ON outcome.seat_id = status.seat_id AND outcome.number = status.number
  CROSS JOIN LATERAL (
        SELECT CASE WHEN %(breaks_count)s THEN 0 ELSE coalesce(sum(extract(
               epoch FROM (pair->>1)::timestamptz - (pair->>0)::timestamptz)) / 60, 0) END AS minutes
          FROM jsonb_array_elements(session.breaks) AS pair) AS pause
 WHERE seat.patient_id = %(patient)s AND seat.occupies
   AND lower(seat.span) >= %(from)s AND lower(seat.span) < %(to)s
"""  # noqa: S608 - our own words
# What a clinician lets pass for one missed session, until something is booked for it.
ALLOWED = """
SELECT more.reason FROM makeups_moreallowed AS more
 WHERE more.seat_id = %s AND NOT EXISTS (
       SELECT FROM makeups_booking AS used WHERE used.missed_id = more.seat_id AND used.at >= more.at)
"""


def too_many(
    *,
    patient_id: int,
    zone: ZoneInfo,
    policy: Policy,
    starts_at: datetime,
    ends_at: datetime,
    missed: int | None = None,
) -> Reason | None:
    """Why she may not have a make-up then beside those she has; None: she may.

    `missed`: the seat it is to stand for, since a clinician may have let one for it be more than that (`allow_more`).
    """
    return Caps(patient_id=patient_id, zone=zone, policy=policy, missed=missed).why_not(starts_at, ends_at)


@dataclass(frozen=True, kw_only=True)
class Caps:
    """What she has by now, asked once a week of hers: for several times of which she is to have one, while she is held.

    Days and weeks are counted where she is; the week begins on the policy's day.
    """

    patient_id: int
    zone: ZoneInfo
    policy: Policy
    missed: int | None = None
    weeks: dict[date, tuple[list[datetime], int]] = field(default_factory=dict)
    """By the first day: when her make-ups begin, and her minutes."""

    @cached_property
    def allowed(self) -> set[MoreReason]:
        if self.missed is None:
            return set()
        return {MoreReason(reason) for (reason,) in select(ALLOWED, [self.missed])}

    def why_not(self, starts_at: datetime, ends_at: datetime) -> Reason | None:
        day = local_day(starts_at, self.zone)
        starts, minutes = self._week(week_start(day, week_starts_on=self.policy.hours.week_starts_on))
        rules, most = self.policy.makeup, self.policy.hours.max_per_week
        capped = over_caps(
            that_day=sum(local_day(each, self.zone) == day for each in starts),
            that_week=len(starts),
            max_per_day=rules.max_per_day if rules else None,
            max_per_week=rules.max_per_week if rules else None,
            cite=rules.cite if rules else None,
        )
        if capped is not None and not self.allowed:
            return capped
        over = over_ceiling(
            minutes=minutes,
            more=(ends_at - starts_at) // timedelta(minutes=1),
            most=MOST_MINUTES if most is None else int(most * 60),
        )
        return over if over and MoreReason.LEVEL_OF_CARE not in self.allowed else None

    def _week(self, first: date) -> tuple[list[datetime], int]:
        if first not in self.weeks:
            asked = {
                "patient": self.patient_id,
                "from": local_midnight(first, self.zone),
                "to": local_midnight(first + timedelta(days=7), self.zone),
                "breaks_count": self.policy.presence.breaks_count,
            }
            ((starts, minutes),) = select(WEEK, asked)
            self.weeks[first] = (starts, minutes)
        return self.weeks[first]
