"""One patient's sessions in order, as the counts of a policy see them."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from functools import lru_cache

import msgspec

from rejoin.domain.attendance import Flag, Held, Outcome, Session, Status
from rejoin.domain.policy.document import Count, Scope

# Tuples and not sets: a member of an enum is found by identity before anything is hashed.
MISSED = (Status.MISSED, Status.NOT_ADMITTED)
ABSENT = (*MISSED, Status.EXCUSED)
SERVED = (Status.ATTENDED, Status.PARTIAL)


class SeatRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One seat of the patient with its outcome; None: the session is still to come."""

    session: Session
    outcome: Outcome | None
    local_start: datetime
    """The start on the program's wall clock, without a zone: windows of days are calendar days."""


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """A scheduled session that is over, inside some rule's scope."""

    session: Session
    outcome: Outcome
    counted: bool
    local_start: datetime
    following: datetime | None
    """The local start of the next scheduled session in the scope, held already or not."""
    week_starts_on: int

    @property
    def week_of(self) -> date:
        return week_start(self.local_start.date(), week_starts_on=self.week_starts_on)

    @property
    def ends_week(self) -> bool:
        """Whether no other session of the scope is scheduled later in this week."""
        if self.following is None:
            return True
        return week_start(self.following.date(), week_starts_on=self.week_starts_on) != self.week_of

    @property
    def served(self) -> bool:
        return self.outcome.status in SERVED

    @property
    def attended(self) -> bool:
        return self.outcome.status is Status.ATTENDED

    @property
    def recorded(self) -> bool:
        return self.outcome.status is not Status.UNRECORDED


@lru_cache(maxsize=1 << 12)
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
    week_starts_on: int,
    contacts: Sequence[datetime],
    now: datetime,
) -> list[Entry]:
    """The sessions a rule counts over, in order of time.

    Left out: cancelled sessions, absences for a reason that never counts, and sessions whose
    outcome is not final yet. `contacts` are the instants of two-way contact, ascending.
    """
    scheduled = [each for each in records if _in_windows(each, scope)]
    counts = _COUNTED[count]
    found = []
    for place, record in enumerate(scheduled):
        session, outcome = record.session, record.outcome
        if outcome is None or (now < session.ends_at and outcome.attested is None):
            continue
        following = scheduled[place + 1] if place + 1 < len(scheduled) else None
        heard = _heard(contacts, session.starts_at, following.session.starts_at if following else None)
        found.append(
            Entry(
                session=session,
                outcome=outcome,
                counted=counts(outcome, heard),
                local_start=record.local_start,
                following=following.local_start if following else None,
                week_starts_on=week_starts_on,
            )
        )
    return found


def _in_windows(record: SeatRecord, scope: Scope) -> bool:
    if record.session.held is not Held.SCHEDULED or not in_scope(record.session, scope):
        return False
    outcome = record.outcome
    if outcome is None:
        return True
    return outcome.status is not Status.CANCELLED and not (outcome.never_counts and outcome.status in ABSENT)


def _heard(contacts: Sequence[datetime], since: datetime, before: datetime | None) -> bool:
    """Whether there was two-way contact from `since` on, and before the next counted session."""
    if not contacts:
        return False
    place = bisect_left(contacts, since)
    return place < len(contacts) and (before is None or contacts[place] < before)


def _counts_missed(outcome: Outcome, _heard: bool) -> bool:
    return outcome.status in MISSED


def _counts_missed_without_notice(outcome: Outcome, _heard: bool) -> bool:
    return outcome.status in MISSED and not outcome.noticed_before


def _counts_any_absence(outcome: Outcome, _heard: bool) -> bool:
    return outcome.status in ABSENT


def _counts_late(outcome: Outcome, _heard: bool) -> bool:
    return Flag.LATE in outcome.flags


def _counts_missed_without_contact(outcome: Outcome, heard: bool) -> bool:
    return outcome.status in MISSED and not heard


_COUNTED: dict[Count, Callable[[Outcome, bool], bool]] = {
    Count.MISSED: _counts_missed,
    Count.MISSED_WITHOUT_NOTICE: _counts_missed_without_notice,
    Count.ANY_ABSENCE: _counts_any_absence,
    Count.LATE: _counts_late,
    Count.MISSED_WITHOUT_CONTACT: _counts_missed_without_contact,
}
