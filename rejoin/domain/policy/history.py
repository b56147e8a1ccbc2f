"""One patient's sessions in order, as the counts of a policy see them."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from rejoin.domain.attendance import Flag, Held, Outcome, Session, Status
from rejoin.domain.policy.document import Count, Policy, Scope

MISSED = frozenset({Status.MISSED, Status.NOT_ADMITTED})
ABSENT = MISSED | {Status.EXCUSED}
SERVED = frozenset({Status.ATTENDED, Status.PARTIAL})


@dataclass(frozen=True, slots=True, kw_only=True)
class SeatRecord:
    """One seat of the patient with its outcome; None: the session is still to come."""

    session: Session
    outcome: Outcome | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A scheduled session that is over, inside some rule's scope."""

    session: Session
    outcome: Outcome
    counted: bool
    local_start: datetime
    """The start on the program's wall clock, without a zone: windows of days are calendar days."""
    week_of: date
    ends_week: bool
    """No other session of the scope is scheduled later in this week."""

    @property
    def served(self) -> bool:
        return self.outcome.status in SERVED

    @property
    def attended(self) -> bool:
        return self.outcome.status is Status.ATTENDED

    @property
    def recorded(self) -> bool:
        return self.outcome.status is not Status.UNRECORDED


def week_start(day: date, *, week_starts_on: int) -> date:
    """The first day of the program week that `day` lies in."""
    return day - timedelta(days=(day.weekday() - week_starts_on) % 7)


def missed(outcome: Outcome) -> bool:
    """Whether the seat is counted as missed: a missed session, for no reason that never counts."""
    return outcome.status in MISSED and not outcome.never_counts


def in_scope(session: Session, scope: Scope) -> bool:
    return (not scope.kinds or session.kind in scope.kinds) and (
        not scope.services or session.service in scope.services
    )


def entries(
    records: Sequence[SeatRecord],
    *,
    scope: Scope,
    count: Count,
    policy: Policy,
    contacts: Sequence[datetime],
    now: datetime,
) -> list[Entry]:
    """The sessions a rule counts over, in order of time.

    Left out: cancelled sessions, absences for a reason that never counts, and sessions whose
    outcome is not final yet. `contacts` are the instants of two-way contact, ascending.
    """
    scheduled = [each for each in records if _in_windows(each, scope)]
    starts = [each.session.starts_at for each in scheduled]
    weeks = [_week_of(each.session, policy) for each in scheduled]
    found = []
    for place, record in enumerate(scheduled):
        outcome = record.outcome
        if outcome is None or (now < record.session.ends_at and outcome.attested is None):
            continue
        following = starts[place + 1] if place + 1 < len(starts) else None
        heard = _heard(contacts, record.session.starts_at, following)
        found.append(
            Entry(
                session=record.session,
                outcome=outcome,
                counted=_COUNTED[count](outcome, heard),
                local_start=record.session.starts_at.astimezone(policy.timezone).replace(tzinfo=None),
                week_of=weeks[place],
                ends_week=place + 1 == len(weeks) or weeks[place + 1] != weeks[place],
            )
        )
    return found


def _in_windows(record: SeatRecord, scope: Scope) -> bool:
    if record.session.held is not Held.SCHEDULED or not in_scope(record.session, scope):
        return False
    outcome = record.outcome
    if outcome is None:
        return True
    return outcome.status is not Status.CANCELLED and not (
        outcome.never_counts and outcome.status in ABSENT
    )


def _week_of(session: Session, policy: Policy) -> date:
    return week_start(policy.local_day(session.starts_at), week_starts_on=policy.hours.week_starts_on)


def _heard(contacts: Sequence[datetime], since: datetime, before: datetime | None) -> bool:
    """Whether there was two-way contact from `since` on, and before the next counted session."""
    place = bisect_left(contacts, since)
    return place < len(contacts) and (before is None or contacts[place] < before)


_COUNTED: dict[Count, Callable[[Outcome, bool], bool]] = {
    Count.MISSED: lambda outcome, heard: outcome.status in MISSED,
    Count.MISSED_WITHOUT_NOTICE: lambda outcome, heard: outcome.status in MISSED
    and not outcome.noticed_before,
    Count.ANY_ABSENCE: lambda outcome, heard: outcome.status in ABSENT,
    Count.LATE: lambda outcome, heard: Flag.LATE in outcome.flags,
    Count.MISSED_WITHOUT_CONTACT: lambda outcome, heard: outcome.status in MISSED and not heard,
}
