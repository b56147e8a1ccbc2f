"""Hours of a week, scheduled, delivered and countable, and what a day's minutes may be billed as."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import msgspec

from rejoin.domain.attendance import Held, Mode, Outcome, Session, Status, countable_length
from rejoin.domain.kernel import Reason, Word
from rejoin.domain.policy.document import Policy
from rejoin.domain.policy.history import SERVED, SeatRecord, week_start


class BillingState(Word):
    BILLABLE = "billable"
    PENDING_ATTESTATION = "pending_attestation"
    UNDER_MINIMUM = "under_minimum"
    NOT_COUNTABLE = "not_countable"
    NO_RULE = "no_rule"


class DayBilling(msgspec.Struct, frozen=True, kw_only=True):
    """What a coder may do with one patient's day. `day_minutes` are countable, attested or not."""

    state: BillingState
    day_minutes: int
    minutes: int | None = 0
    """The seat's own countable minutes; None where nobody can know them."""


class WeekHours(msgspec.Struct, frozen=True, kw_only=True):
    """One patient's program week, in whole minutes."""

    week_of: date
    scheduled: int
    delivered: int
    countable: int
    cancelled: int
    unknown: int
    minimum: int | None
    below_minimum: bool
    complete: bool


def delivered_minutes(session: Session, outcome: Outcome, *, policy: Policy) -> int | None:
    """Minutes of service the seat received; None where it was there and nobody can know how long.

    A patient marked as there whom the room does not show was there for nobody knows how long.
    A session in person or by phone leaves no room record: there the facilitator's word that she
    attended stands for the session's whole countable length.
    """
    if outcome.status not in SERVED:
        return 0
    if outcome.minutes is not None and (outcome.present or outcome.minutes):
        return outcome.minutes
    if session.mode is not Mode.VIDEO and outcome.attested is Status.ATTENDED:
        return session_minutes(session, policy=policy)
    return None


def countable_minutes(session: Session, outcome: Outcome, *, policy: Policy) -> int | None:
    """The delivered minutes that the policy's hours accept, by how the session was held."""
    if session.mode not in policy.hours.countable_modes:
        return 0
    return delivered_minutes(session, outcome, policy=policy)


def session_minutes(session: Session, *, policy: Policy) -> int:
    return countable_length(session, breaks_count=policy.presence.breaks_count) // timedelta(minutes=1)


def week_hours(
    records: Sequence[SeatRecord], *, policy_on: Callable[[date], Policy], now: datetime
) -> list[WeekHours]:
    """The weeks begun by `now` in which the patient had a session, with what came of their hours.

    `policy_on` gives the version in force on a local day; a week is told under its first session's.
    """
    weeks: dict[date, tuple[Policy, list[SeatRecord]]] = {}
    for record in records:
        policy = policy_on(record.local_start.date())
        week_of = week_start(record.local_start.date(), week_starts_on=policy.hours.week_starts_on)
        weeks.setdefault(week_of, (policy, []))[1].append(record)
    found: list[WeekHours] = []
    for week_of in sorted(weeks):
        policy, held = weeks[week_of]
        if week_of <= policy.local_day(now):
            found.append(_one_week(week_of, held, found, policy, now))
    return found


def _one_week(
    week_of: date, records: Sequence[SeatRecord], before: Sequence[WeekHours], policy: Policy, now: datetime
) -> WeekHours:
    scheduled = cancelled = delivered = countable = unknown = to_come = 0
    for record in records:
        length = session_minutes(record.session, policy=policy)
        if record.session.held is not Held.SCHEDULED or _cancelled(record.outcome):
            cancelled += length
            continue
        scheduled += length
        if record.outcome is None:
            to_come += length * (record.session.mode in policy.hours.countable_modes)
            continue
        got = delivered_minutes(record.session, record.outcome, policy=policy)
        unknown += got is None or record.outcome.status is Status.UNRECORDED
        delivered += got or 0
        if record.session.mode in policy.hours.countable_modes:
            countable += got or 0
        if now < record.session.ends_at and record.session.mode in policy.hours.countable_modes:
            to_come += max(length - (got or 0), 0)
    minimum = int(policy.hours.min_per_week * 60) if policy.hours.min_per_week is not None else None
    reachable = _average(week_of, countable + to_come, before, policy)
    return WeekHours(
        week_of=week_of,
        scheduled=scheduled,
        delivered=delivered,
        countable=countable,
        cancelled=cancelled,
        unknown=unknown,
        minimum=minimum,
        below_minimum=minimum is not None and reachable < minimum,
        complete=to_come == 0 and all(record.outcome is not None for record in records),
    )


def _cancelled(outcome: Outcome | None) -> bool:
    return outcome is not None and outcome.status is Status.CANCELLED


def _average(week_of: date, minutes: int, before: Sequence[WeekHours], policy: Policy) -> float:
    """The week's minutes, or their mean over the policy's averaging window ending with this week."""
    if policy.hours.average_over is None:
        return minutes
    oldest = week_of + timedelta(days=7) - policy.hours.average_over
    window = [each.countable for each in before if each.week_of >= oldest]
    return (sum(window) + minutes) / (len(window) + 1)


def over_ceiling(week_minutes: int, *, policy: Policy) -> Reason | None:
    """Why `week_minutes` of a week are too many for the level of care, or None.

    A make-up that would push a week past it is refused unless the level of care is changed.
    """
    ceiling = policy.hours.max_per_week
    if ceiling is None or week_minutes <= ceiling * 60:
        return None
    text = f"{week_minutes / 60:g} hours in the week, and the level of care ends at {ceiling}"
    return Reason(rule="hours.max_per_week", text=text, cite=policy.hours.cite)


def bill_days(records: Sequence[SeatRecord], *, policies: Sequence[Policy]) -> dict[str, DayBilling]:
    """For each seat, by session id, what its patient's local day comes to under the policy's day rule.

    `policies` are the versions in force on each record's date. Billable only on minutes that a
    facilitator attested; telemetry alone is evidence, never a claim.
    """
    days: dict[date, list[tuple[SeatRecord, Policy]]] = {}
    for record, policy in zip(records, policies, strict=True):
        days.setdefault(record.local_start.date(), []).append((record, policy))
    found: dict[str, DayBilling] = {}
    for day in days.values():
        minutes = [_countable(record, policy) for record, policy in day]
        total = sum(got or 0 for got in minutes)
        attested = sum(got or 0 for got, (record, _) in zip(minutes, day, strict=True) if _attested(record))
        for (record, policy), got in zip(day, minutes, strict=True):
            state = _bill(got or 0, total, attested if _attested(record) else 0, policy)
            found[record.session.id] = DayBilling(state=state, day_minutes=total, minutes=got)
    return found


def _countable(record: SeatRecord, policy: Policy) -> int | None:
    if record.outcome is None:
        return 0
    return countable_minutes(record.session, record.outcome, policy=policy)


def _attested(record: SeatRecord) -> bool:
    return record.outcome is not None and record.outcome.attested is not None


def _bill(minutes: int, total: int, attested: int, policy: Policy) -> BillingState:
    """`attested` is the day's attested minutes, 0 for a seat that nobody has attested."""
    needed = policy.billing.per_day_minutes
    if needed is None:
        return BillingState.NO_RULE
    if not minutes:
        return BillingState.NOT_COUNTABLE
    if total < needed:
        return BillingState.UNDER_MINIMUM
    return BillingState.BILLABLE if attested >= needed else BillingState.PENDING_ATTESTATION
