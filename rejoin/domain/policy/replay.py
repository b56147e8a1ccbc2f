"""What another policy would have done: a patient's history decided again, beside what stood.

Both sides are worked out by the same rules from the same facts, as they are known now, so that what differs comes from
the policy alone. Contacts and returns are taken as they were: nobody can know whom an earlier call had reached.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Final, TypeVar

import msgspec

from rejoin.domain.attendance import Held, Status
from rejoin.domain.kernel import Interval, Reason, Word
from rejoin.domain.policy.book import PolicyBook, make_book
from rejoin.domain.policy.document import SYSTEM, Effective, Policy
from rejoin.domain.policy.hours import WeekHours, delivered_minutes
from rejoin.domain.policy.ladder import Case, Closing
from rejoin.domain.policy.overlay import Overlay
from rejoin.domain.policy.patient import FollowUp, PatientFacts, follow_patient

S = TypeVar("S", bound=msgspec.Struct)
WEEK: Final = timedelta(days=7)
NEVER: Final = "never"
"""No person was to act before the case was closed."""
Counts = Mapping[str, int]


class Soon(Word):
    """How long after the start of the missed session somebody was to act."""

    AN_HOUR = "an_hour"
    FOUR_HOURS = "four_hours"
    A_DAY = "a_day"
    LATER = "later"


WITHIN: Final = (
    (timedelta(hours=1), Soon.AN_HOUR),
    (timedelta(hours=4), Soon.FOUR_HOURS),
    (timedelta(days=1), Soon.A_DAY),
)


class Recorded(msgspec.Struct, frozen=True, kw_only=True):
    """What was written down at the time, to see whether deciding again comes to the same."""

    outcomes: Mapping[str, Status]
    """By session id."""
    cases: frozenset[str]
    """Sessions whose miss was followed."""
    reviews: frozenset[tuple[str, datetime]]
    """Trigger, and when it fired."""


class Rung(msgspec.Struct, frozen=True, kw_only=True):
    """A rung of a ladder that came up before the case was closed."""

    rule: str
    actor: str
    channels: tuple[str, ...]
    due_at: datetime
    soon: Soon


class Followed(msgspec.Struct, frozen=True, kw_only=True):
    """A case as one policy follows it."""

    elevated: bool
    rungs: tuple[Rung, ...]
    withheld: int
    """Rungs that came up with no way allowed."""
    closing: Closing | None

    def asks_as(self, other: "Followed") -> bool:
        """Whether the same people are to do the same at the same times, whatever the rungs are called."""
        return (self.elevated, self.withheld) == (other.elevated, other.withheld) and [
            (each.actor, each.channels, each.due_at) for each in self.rungs
        ] == [(each.actor, each.channels, each.due_at) for each in other.rungs]


class SeatTold(msgspec.Struct, frozen=True, kw_only=True):
    """A seat as one policy tells it. `case` None: it opens none."""

    status: Status
    because: tuple[Reason, ...]
    case: Followed | None


class SeatChange(msgspec.Struct, frozen=True, kw_only=True):
    """One seat that the two tell otherwise."""

    session_id: str
    stood: SeatTold
    would: SeatTold


class Asked(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """A review put before people: what they were to consider, and when."""

    fired_at: datetime
    then: str
    rule: str


class WeekChange(msgspec.Struct, frozen=True, kw_only=True):
    """A week that is below its minimum under the one and not under the other. Minutes are countable ones."""

    week_of: date
    stood: tuple[int, bool]
    would: tuple[int, bool]


class Side(msgspec.Struct, frozen=True, kw_only=True):
    """All of it under one policy, in numbers."""

    outcomes: Counts = {}
    cases: int = 0
    elevated: int = 0
    rungs: Counts = {}
    """How often each role was to act, as "counselor an_hour"."""
    withheld: int = 0
    first_person: Counts = {}
    """Cases by how soon a person was to act; "never": closed before."""
    reviews: Counts = {}
    """By what people were to consider."""
    weeks: int = 0
    weeks_below: int = 0
    weeks_unknown: int = 0
    """Weeks with sessions of which nobody knows the minutes."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """How much is otherwise, in numbers."""

    patients: int = 0
    outcomes: int = 0
    opened: int = 0
    """Cases that would have been opened and were not."""
    spared: int = 0
    """Cases that would not have been opened."""
    asked: int = 0
    """Cases of both in which others are to act, by other ways, or at other times."""
    raised: int = 0
    dropped: int = 0
    weeks: int = 0


class Unsure(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody can know, or what deciding again does not come to."""

    unrecorded: int = 0
    """Seats of sessions that nobody watched and nobody marked."""
    minutes_unknown: int = 0
    """Seats that were there for nobody knows how long."""
    ended_by_her: int = 0
    """Cases with other rungs that a contact or her return ended: it might have come at another time."""
    outcomes_unlike: int = 0
    """Seats of which something else is on record than deciding again comes to, under the policy that was in force."""
    cases_unlike: int = 0
    reviews_unlike: int = 0


class Replay(msgspec.Struct, frozen=True, kw_only=True):
    """Both sides of one patient's history, or of many, and what differs."""

    stood: Side = Side()
    would: Side = Side()
    changed: Changed = Changed()
    unsure: Unsure = Unsure()
    patients: int = 0
    seats: int = 0


class PatientReplay(msgspec.Struct, frozen=True, kw_only=True):
    """One patient: the numbers, and each thing that is otherwise."""

    replay: Replay
    seats: tuple[SeatChange, ...]
    raised: tuple[Asked, ...]
    dropped: tuple[Asked, ...]
    weeks: tuple[WeekChange, ...]

    @property
    def differs(self) -> bool:
        return bool(self.seats or self.raised or self.dropped or self.weeks)


def in_force_all_along(version: tuple[Policy, tuple[Overlay, ...]]) -> PolicyBook:
    """A book in which `version` was never anything but in force; its overlays keep their own days.

    Not from the first day of a span on: a change of versions has effects of its own (a pattern that goes on under
    the next fires no second time), and those would be told as the policy's.
    """
    policy, overlays = version
    return make_book([(replace(policy, effective=Effective(from_on=date.min)), overlays)])


def replay_patient(
    facts: PatientFacts,
    *,
    stood: PolicyBook,
    would: PolicyBook,
    recorded: Recorded,
    span: Interval,
    now: datetime,
) -> PatientReplay:
    """Everything in `span` under both. Her whole history is given: windows of a policy reach back."""
    old = follow_patient(facts, book=stood, now=now)
    one = _look_at(old, span, now)
    other = _look_at(follow_patient(facts, book=would, now=now, known=old), span, now)
    changes = tuple(
        SeatChange(session_id=session, stood=told, would=other.seats[session])
        for session, told in one.seats.items()
        if _tells_apart(told, other.seats[session])
    )
    raised, dropped = _only_in(other, one), _only_in(one, other)
    weeks = tuple(_week_changes(one.weeks, other.weeks))
    return PatientReplay(
        replay=Replay(
            stood=_side(one),
            would=_side(other),
            changed=_count_changes(changes, raised, dropped, weeks),
            unsure=_unsure(one, changes, recorded),
            patients=1,
            seats=len(one.seats),
        ),
        seats=changes,
        raised=raised,
        dropped=dropped,
        weeks=weeks,
    )


def add_up(replays: Iterable[Replay]) -> Replay:
    """The numbers of many as those of one."""
    total = Replay()
    for each in replays:
        total = Replay(
            stood=_sum(total.stood, each.stood),
            would=_sum(total.would, each.would),
            changed=_sum(total.changed, each.changed),
            unsure=_sum(total.unsure, each.unsure),
            patients=total.patients + each.patients,
            seats=total.seats + each.seats,
        )
    return total


def _sum(one: S, other: S) -> S:
    """Number by number; counts word by word."""
    added = {}
    for name in one.__struct_fields__:
        mine, theirs = getattr(one, name), getattr(other, name)
        added[name] = mine + theirs if isinstance(mine, int) else dict(Counter(mine) + Counter(theirs))
    return type(one)(**added)


class _Look(msgspec.Struct, frozen=True, kw_only=True):
    """What is in the span, under one policy."""

    seats: Mapping[str, SeatTold]
    minutes_unknown: int
    reviews: tuple[Asked, ...]
    weeks: Mapping[date, WeekHours]


def _look_at(told: FollowUp, span: Interval, now: datetime) -> _Look:
    cases = {case.session.id: case for case in told.cases}
    seats: dict[str, SeatTold] = {}
    unknown = 0
    for record, policy in zip(told.records, told.policies, strict=True):
        if record.outcome is None or not span.start <= record.session.starts_at < span.end:
            continue
        if now < record.session.ends_at and record.session.held is Held.SCHEDULED:
            continue
        opens = record.outcome.status in policy.outreach.open_on
        seats[record.session.id] = SeatTold(
            status=record.outcome.status,
            because=record.outcome.because,
            case=_followed(cases[record.session.id], now) if opens else None,
        )
        unknown += delivered_minutes(record.session, record.outcome, policy=policy) is None
    return _Look(
        seats=seats,
        minutes_unknown=unknown,
        reviews=tuple(
            Asked(fired_at=each.fired_at, then=each.rule.then, rule=each.rule.id)
            for each in told.firings
            if span.start <= each.fired_at < span.end
        ),
        weeks=_whole_weeks(told.weeks, told.policies, span),
    )


def _whole_weeks(
    weeks: Sequence[WeekHours], policies: Sequence[Policy], span: Interval
) -> dict[date, WeekHours]:
    """Weeks that are over and lie in the span with all their days."""
    zone = policies[0].timezone if policies else UTC
    first, end = (at.astimezone(zone).date() for at in (span.start, span.end))
    return {
        each.week_of: each
        for each in weeks
        if each.complete and first <= each.week_of and each.week_of + WEEK <= end
    }


def _followed(case: Case, now: datetime) -> Followed:
    """The rungs that came up until the case was closed, or until now."""
    until = case.closed_at or now
    came_up = [step for step in case.steps if step.due_at <= until]
    return Followed(
        elevated=case.elevated,
        rungs=tuple(
            Rung(
                rule=step.rule.id,
                actor=step.rule.actor,
                channels=step.channels,
                due_at=step.due_at,
                soon=_soon(step.due_at - case.session.starts_at),
            )
            for step in came_up
            if step.channels
        ),
        withheld=sum(not step.channels for step in came_up),
        closing=case.closing,
    )


def _soon(after: timedelta) -> Soon:
    return next((soon for within, soon in WITHIN if after <= within), Soon.LATER)


def _tells_apart(one: SeatTold, other: SeatTold) -> bool:
    if one.status is not other.status or (one.case is None) is not (other.case is None):
        return True
    return one.case is not None and other.case is not None and not one.case.asks_as(other.case)


def _only_in(one: _Look, other: _Look) -> tuple[Asked, ...]:
    """Reviews of the one that the other does not ask for then, whatever the trigger is called there."""
    asked = {(each.fired_at, each.then) for each in other.reviews}
    return tuple(each for each in one.reviews if (each.fired_at, each.then) not in asked)


def _week_changes(weeks: Mapping[date, WeekHours], others: Mapping[date, WeekHours]) -> Iterator[WeekChange]:
    for week_of, week in weeks.items():
        other = others.get(week_of)
        if other is not None and other.below_minimum is not week.below_minimum:
            yield WeekChange(
                week_of=week_of,
                stood=(week.countable, week.below_minimum),
                would=(other.countable, other.below_minimum),
            )


def _side(look: _Look) -> Side:
    cases = [told.case for told in look.seats.values() if told.case is not None]
    return Side(
        outcomes=dict(Counter(told.status.value for told in look.seats.values())),
        cases=len(cases),
        elevated=sum(case.elevated for case in cases),
        rungs=dict(Counter(f"{rung.actor} {rung.soon.value}" for case in cases for rung in case.rungs)),
        withheld=sum(case.withheld for case in cases),
        first_person=dict(Counter(_first_person(case) for case in cases)),
        reviews=dict(Counter(each.then for each in look.reviews)),
        weeks=len(look.weeks),
        weeks_below=sum(week.below_minimum for week in look.weeks.values()),
        weeks_unknown=sum(week.unknown > 0 for week in look.weeks.values()),
    )


def _first_person(case: Followed) -> str:
    by_people = [rung for rung in case.rungs if rung.actor != SYSTEM]
    return min(by_people, key=lambda rung: rung.due_at).soon.value if by_people else NEVER


def _count_changes(
    changes: Sequence[SeatChange],
    raised: Sequence[Asked],
    dropped: Sequence[Asked],
    weeks: Sequence[WeekChange],
) -> Changed:
    return Changed(
        patients=int(bool(changes or raised or dropped or weeks)),
        outcomes=sum(each.stood.status is not each.would.status for each in changes),
        opened=sum(each.stood.case is None and each.would.case is not None for each in changes),
        spared=sum(each.stood.case is not None and each.would.case is None for each in changes),
        asked=sum(each.stood.case is not None and each.would.case is not None for each in changes),
        raised=len(raised),
        dropped=len(dropped),
        weeks=len(weeks),
    )


def _unsure(look: _Look, changes: Sequence[SeatChange], recorded: Recorded) -> Unsure:
    followed = {session for session, told in look.seats.items() if told.case is not None}
    fired = {(each.rule, each.fired_at) for each in look.reviews}
    return Unsure(
        unrecorded=sum(told.status is Status.UNRECORDED for told in look.seats.values()),
        minutes_unknown=look.minutes_unknown,
        ended_by_her=sum(
            each.would.case is not None and each.would.case.closing in (Closing.CONTACT, Closing.JOINED)
            for each in changes
        ),
        outcomes_unlike=sum(
            recorded.outcomes.get(session) is not told.status for session, told in look.seats.items()
        ),
        cases_unlike=len(followed ^ (recorded.cases & look.seats.keys())),
        reviews_unlike=len(fired ^ recorded.reviews),
    )
