"""Everything a policy says about one patient at one instant, from her own facts alone."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final

import msgspec

from rejoin.domain.attendance import Outcome, SeatFacts, Session, decide_outcome
from rejoin.domain.kernel import local_day, wall_clock
from rejoin.domain.policy.book import PolicyBook
from rejoin.domain.policy.document import Policy
from rejoin.domain.policy.history import SERVED, SeatRecord
from rejoin.domain.policy.hours import DayBilling, WeekHours, bill_days, week_hours
from rejoin.domain.policy.ladder import CONTACT, Attempt, Case, CaseFacts, Reach, decide_case
from rejoin.domain.policy.requirements import Progress, follow_requirements
from rejoin.domain.policy.triggers import Firing, Stay, find_firings

NOTHING_OTHERWISE: Final[Mapping[str, Any]] = MappingProxyType({})


class Then(msgspec.Struct, frozen=True, kw_only=True):
    """How things stood at one of her sessions, where they are otherwise now."""

    reach: Reach
    left_at: datetime | None = None
    """When the stay ended that the session was of."""


class PatientFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one patient at an instant. Facts dated after it are left out by the caller.

    `seats` are hers in order of time, sessions still to come included (`SeatFacts` without evidence).
    """

    seats: tuple[SeatFacts, ...]
    reach: Reach
    attempts: Mapping[str, tuple[Attempt, ...]]
    """By session id, ascending."""
    since: datetime | None = None
    left_at: datetime | None = None
    then: Mapping[str, Then] = NOTHING_OTHERWISE
    """By session id. Of sessions that are not here, what is known now holds."""


class FollowUp(msgspec.Struct, frozen=True, kw_only=True):
    """What became of each seat, and what is owed."""

    records: tuple[SeatRecord, ...]
    cases: tuple[Case, ...]
    firings: tuple[Firing, ...]
    weeks: tuple[WeekHours, ...]
    billing: Mapping[str, DayBilling]
    requirements: tuple[Progress, ...]
    policies: tuple[Policy, ...]
    """The version in force on the date of each record."""


def follow_patient(
    facts: PatientFacts, *, book: PolicyBook, now: datetime, known: FollowUp | None = None
) -> FollowUp:
    """Outcomes and billing under the version in force on each session's date; hours and duties under today's.

    `known` is the same patient under another book: what the same rules said of a seat is not worked out again.
    """
    policies = [_policy_of(each.session, book) for each in facts.seats]
    records = tuple(
        _record(each, policy, now, _same(place, policy, known))
        for place, (each, policy) in enumerate(zip(facts.seats, policies, strict=True))
    )
    current = _current(book, now)
    contacts = sorted(
        each.at for tried in facts.attempts.values() for each in tried if each.outcome == CONTACT
    )
    stay = Stay(records=records, contacts=tuple(contacts), since=facts.since, left_at=facts.left_at)
    return FollowUp(
        records=records,
        cases=_cases(facts, records, policies, now),
        firings=_firings(stay, policies, current, book, now),
        weeks=tuple(week_hours(records, policy_on=book.in_force, now=now)),
        billing=bill_days(records, policies=policies),
        requirements=tuple(follow_requirements(stay, policy=current, now=now)),
        policies=tuple(policies),
    )


def fire_triggers(stay: Stay, *, book: PolicyBook, now: datetime) -> tuple[Firing, ...]:
    """Every pattern in the patient's history by itself, each under the version in force when it fired."""
    policies = [_policy_of(each.session, book) for each in stay.records]
    return _firings(stay, policies, _current(book, now), book, now)


def follow_seat(
    facts: PatientFacts, seat: SeatFacts, *, book: PolicyBook, now: datetime
) -> tuple[Outcome | None, Case | None]:
    """One seat by itself: its outcome and the case it opens, as a running session asks at every event.

    The patient's other sessions change neither, but for her return to a later one.
    """
    policy = _policy_of(seat.session, book)
    outcome = _outcome(seat, policy, now)
    if outcome is None:
        return None, None
    opens = outcome.status in policy.outreach.open_on or seat.session.id in facts.attempts
    return outcome, _case(facts, seat.session, outcome, policy, None, now) if opens else None


def _policy_of(session: Session, book: PolicyBook) -> Policy:
    zone = book.versions[0][0].timezone
    return book.in_force(local_day(session.starts_at, zone))


def _current(book: PolicyBook, now: datetime) -> Policy:
    return book.in_force(local_day(now, book.versions[0][0].timezone))


def _same(place: int, policy: Policy, known: FollowUp | None) -> SeatRecord | None:
    """What is known of the seat at `place`, where this policy decides it by the same rules."""
    if known is None:
        return None
    other = known.policies[place]
    same = (other.presence, other.excuse, other.timezone) == (policy.presence, policy.excuse, policy.timezone)
    return known.records[place] if same else None


def _record(facts: SeatFacts, policy: Policy, now: datetime, known: SeatRecord | None) -> SeatRecord:
    return known or SeatRecord(
        session=facts.session,
        outcome=_outcome(facts, policy, now),
        local_start=wall_clock(facts.session.starts_at, policy.timezone),
    )


def _outcome(facts: SeatFacts, policy: Policy, now: datetime) -> Outcome | None:
    if facts.session.starts_at > now and facts.session.held == "scheduled":
        return None
    return decide_outcome(facts, presence_rules=policy.presence, excuse_rules=policy.excuse, now=now)


def _cases(
    facts: PatientFacts, records: Sequence[SeatRecord], policies: Sequence[Policy], now: datetime
) -> tuple[Case, ...]:
    """One case for each seat whose outcome opens one; a later session joined is her return."""
    found: list[Case] = []
    returned_at: datetime | None = None
    for record, policy in zip(reversed(records), reversed(policies), strict=True):
        outcome = record.outcome
        if outcome is None:
            continue
        opens = outcome.status in policy.outreach.open_on or record.session.id in facts.attempts
        case = _case(facts, record.session, outcome, policy, returned_at, now) if opens else None
        if case is not None:
            found.append(case)
        if outcome.status in SERVED:
            returned_at = outcome.first_join or record.session.starts_at
    return tuple(reversed(found))


def _case(
    facts: PatientFacts,
    session: Session,
    outcome: Outcome,
    policy: Policy,
    returned_at: datetime | None,
    now: datetime,
) -> Case | None:
    then = facts.then.get(session.id)
    case_facts = CaseFacts(
        session=session,
        outcome=outcome,
        reach=then.reach if then else facts.reach,
        attempts=facts.attempts.get(session.id, ()),
        returned_at=returned_at,
        left_at=then.left_at if then else facts.left_at,
    )
    return decide_case(case_facts, policy=policy, now=now)


def _firings(
    stay: Stay, policies: Sequence[Policy], current: Policy, book: PolicyBook, now: datetime
) -> tuple[Firing, ...]:
    """Each version's triggers, where that version was in force when they fired."""
    versions = {id(policy): policy for policy in (*policies, current)}
    if len(versions) == 1:
        return tuple(sorted(find_firings(stay, policy=current, now=now), key=_when_fired))
    found: list[Firing] = []
    for policy in versions.values():
        fired = find_firings(stay, policy=policy, now=now, applies=_in_force(policy, book))
        found += [each for each in fired if not any(_goes_on(each, earlier) for earlier in found)]
    return tuple(sorted(found, key=_when_fired))


def _in_force(policy: Policy, book: PolicyBook) -> Callable[[date], bool]:
    return lambda day: book.in_force(day) is policy


def _goes_on(firing: Firing, earlier: Firing) -> bool:
    """Whether a pattern that fired under one version merely goes on under the next."""
    return firing.rule.id == earlier.rule.id and not set(firing.sessions).isdisjoint(earlier.sessions)


def _when_fired(firing: Firing) -> datetime:
    return firing.fired_at
