"""A group over time: who came into it, left and stayed by week, and how its sessions hang together. Descriptive only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise

from rejoin.domain.cohesion.facts import FEWEST_SESSIONS, GroupSession, Place
from rejoin.domain.cohesion.together import COUNTS_ONLY, Acquaintance, count_together, find_strangers
from rejoin.domain.kernel import Reason

DAY = timedelta(days=1)
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekOfGroup:
    """The group's turnover in one week of the program's calendar."""

    begins_on: date
    over: bool
    """False: the week is still running, told up to today."""
    joined: tuple[str, ...]
    """They had a place in it, and did not bring one into it from the week before."""
    left: tuple[str, ...]
    """They had a place in it, and none any more when the next began. Who came and went is in both."""
    stayed: tuple[str, ...]
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """How much of one session's people came to the next: in both, of those in either (Jaccard, as two counts)."""

    session: str
    following: str
    both: int
    either: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """What some sessions of a group show. Every figure is a count with what it was counted of."""

    sessions: int
    enough: bool
    """Whether there are enough sessions to say anything of the group at all."""
    overlaps: tuple[Overlap, ...]
    pairs_met: int
    pairs: int
    """Pairs of today's members."""
    came: int
    expected: int
    """Seats of which it is known whether somebody came."""
    unrecorded: int
    """Seats of which it is not; they are in no other figure."""
    smallest: int | None
    median: float | None
    """How many came to a session; None: there is none."""
    last_seen: Mapping[str, datetime | None]
    """When each member last came: the start of that session; None: not in these sessions."""
    because: tuple[Reason, ...]


def tell_turnover(
    places: Iterable[Place], *, first_on: date, today: date, week_starts_on: int = 0
) -> tuple[WeekOfGroup, ...]:
    """The weeks from the one that holds `first_on` to the one that holds `today`. `week_starts_on`: 0 is Monday."""
    held = sorted(places, key=lambda each: (each.patient, each.from_on or date.min))
    begins_on = first_on - timedelta(days=(first_on.weekday() - week_starts_on) % 7)
    weeks = []
    while begins_on <= today:
        weeks.append(_week(held, begins_on, today))
        begins_on += WEEK
    return tuple(weeks)


def _week(places: Sequence[Place], begins_on: date, today: date) -> WeekOfGroup:
    ends_on = begins_on + WEEK - DAY
    over = ends_on < today
    told_to = ends_on if over else today
    before = _across(places, begins_on)
    still = _across(places, ends_on + DAY) if over else _holding(places, today)
    joined = {
        each.patient
        for each in places
        if (each.from_on or date.min) <= told_to and (each.until_on or date.max) >= begins_on
    } - before
    left, stayed = (before | joined) - still, before & still
    text = (
        f"{len(joined)} joined, {len(left)} left, {len(stayed)} stayed, of {len(before | joined)} who had a place"
        + ("" if over else f"; told up to {told_to.isoformat()}")
    )
    return WeekOfGroup(
        begins_on=begins_on,
        over=over,
        joined=tuple(sorted(joined)),
        left=tuple(sorted(left)),
        stayed=tuple(sorted(stayed)),
        because=(Reason(rule="group.turnover", text=text),),
    )


def _holding(places: Iterable[Place], day: date) -> set[str]:
    return {each.patient for each in places if each.holds(day)}


def _across(places: Sequence[Place], day: date) -> set[str]:
    """Who had a place the day before and has one on `day`: whoever's last day was the day before has left by then."""
    return _holding(places, day - DAY) & _holding(places, day)


def view_group(members: Iterable[str], sessions: Sequence[GroupSession]) -> GroupView:
    """What `sessions`, as `recent` chose them, show of a group that has `members` today."""
    today = sorted(set(members))
    known = count_together(sessions)
    seats = [seat for session in sessions for seat in session.seats]
    came = sum(seat.came for seat in seats)
    expected = sum(seat.known for seat in seats)
    sizes = sorted(sum(seat.came for seat in session.seats) for session in sessions)
    pairs = len(today) * (len(today) - 1) // 2
    pairs_met = pairs - len(find_strangers(today, known))
    return GroupView(
        sessions=len(sessions),
        enough=len(sessions) >= FEWEST_SESSIONS,
        overlaps=tuple(_overlap(one, following) for one, following in pairwise(sessions)),
        pairs_met=pairs_met,
        pairs=pairs,
        came=came,
        expected=expected,
        unrecorded=sum(seat.unrecorded for seat in seats),
        smallest=sizes[0] if sizes else None,
        median=(sizes[(len(sizes) - 1) // 2] + sizes[len(sizes) // 2]) / 2 if sizes else None,
        last_seen={patient: _last_seen(patient, sessions) for patient in today},
        because=(_reason(known, pairs_met=pairs_met, pairs=pairs, came=came, expected=expected),),
    )


def _reason(known: Acquaintance, *, pairs_met: int, pairs: int, came: int, expected: int) -> Reason:
    few = "" if known.observed >= FEWEST_SESSIONS else "too few sessions to say: "
    text = (
        f"{few}{pairs_met} of {pairs} pairs of members have sat together; {came} of {expected} seats were taken, "
        f"in {known.observed} sessions; {COUNTS_ONLY}"
    )
    return Reason(rule="group.view", text=text)


def _overlap(one: GroupSession, following: GroupSession) -> Overlap:
    first = {seat.patient for seat in one.seats if seat.came}
    second = {seat.patient for seat in following.seats if seat.came}
    return Overlap(
        session=one.id, following=following.id, both=len(first & second), either=len(first | second)
    )


def _last_seen(patient: str, sessions: Iterable[GroupSession]) -> datetime | None:
    times = [
        session.starts_at
        for session in sessions
        for seat in session.seats
        if seat.patient == patient and seat.came
    ]
    return max(times, default=None)
