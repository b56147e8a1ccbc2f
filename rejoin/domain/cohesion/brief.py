"""Before a session: who comes back and what they missed. After it: who was missed, for the team's eyes alone."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from rejoin.domain.cohesion.facts import GroupSession, recent
from rejoin.domain.cohesion.size import Expected, Quorum, Size, expect_size, judge_quorum
from rejoin.domain.cohesion.together import Pair, count_together, find_strangers
from rejoin.domain.cohesion.words import GroupNotice, Reentry, choose_notices
from rejoin.domain.kernel import Reason, local_day


@dataclass(frozen=True, slots=True, kw_only=True)
class Ahead:
    """A session to come, with its seats and what its group needs."""

    starts_at: datetime
    seats: tuple[Expected, ...]
    group_minimum: int
    policy_minimum: int | None = None
    cite: str | None = None
    """Where the policy's minimum is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AwayFor:
    """How long somebody has been away from the group, up to an instant. Nothing says why."""

    patient: str
    sessions: int
    """Sessions in a row, up to the last, that she was expected to and not there; those that are unrecorded, or that the
    program called off, neither count nor end the row."""
    unrecorded: int
    """Sessions in that time of which nobody knows whether she came."""
    last_seen_at: datetime | None
    """The start of the last session she came to; None: to none so far."""
    days: int | None
    """Days of the program's calendar since then."""
    units: tuple[str, ...]
    """What was covered while she was not there and she has not made up, oldest first, each once."""
    caught_up: tuple[str, ...]
    """Of the same, what she has made up since."""
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """Somebody who is expected back, or for the first time, or sits in, with words that may greet her."""

    patient: str
    reentry: Reentry
    away: AwayFor


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """What whoever leads the session should know before it. For staff alone."""

    size: Size
    quorum: Quorum
    returning: tuple[Return, ...]
    """Longest away first."""
    newcomers: tuple[Return, ...]
    visitors: tuple[Return, ...]
    strangers: tuple[Pair, ...]
    """Who of those expected has not met whom in this group."""
    notices: tuple[GroupNotice, ...]
    because: tuple[Reason, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class AfterNote:
    """Who was missed in a session. For the team alone: no member and no family member is ever told of it."""

    came: int
    expected: int
    """Seats of which it is known whether somebody came."""
    missed: tuple[AwayFor, ...]
    """Longest away first."""
    unrecorded: tuple[str, ...]
    """Somebody has to say whether they came."""
    notices: tuple[GroupNotice, ...]
    because: tuple[Reason, ...]


def tell_away(
    patient: str,
    sessions: Sequence[GroupSession],
    *,
    until: datetime,
    zone: ZoneInfo,
    made_up: Collection[str] = (),
) -> AwayFor:
    """How long she has been away at `until`. `sessions` are all of the group in her time, oldest first and over.

    What she sat in as a visitor counts as having been seen; a session she was not expected to is none of hers. Units in
    `made_up` she has caught up with since.
    """
    away, unrecorded, last_seen_at = 0, 0, None
    units: list[str] = []
    for session in reversed(sessions):
        seat = session.seat_of(patient)
        if seat is None:
            continue
        if seat.came:
            last_seen_at = session.starts_at
            break
        if seat.known:
            away += 1
            units[:0] = session.units
        unrecorded += seat.unrecorded
    days = None if last_seen_at is None else (local_day(until, zone) - local_day(last_seen_at, zone)).days
    since = "she has not been here yet" if days is None else f"last seen {days} days ago"
    unknown = f"; of {unrecorded} nothing is known" if unrecorded else ""
    return AwayFor(
        patient=patient,
        sessions=away,
        unrecorded=unrecorded,
        last_seen_at=last_seen_at,
        days=days,
        units=tuple(unit for unit in dict.fromkeys(units) if unit not in made_up),
        caught_up=tuple(unit for unit in dict.fromkeys(units) if unit in made_up),
        because=(Reason(rule="group.away", text=f"not there {away} times in a row, {since}{unknown}"),),
    )


def prepare_brief(
    ahead: Ahead,
    sessions: Iterable[GroupSession],
    *,
    zone: ZoneInfo,
    made_up: Mapping[str, Collection[str]] | None = None,
) -> Brief:
    """The brief for `ahead`, from the group's sessions before it: all of them, or somebody known seems new.

    Whoever is known not to come is in the expected size and nowhere else. `made_up`: units by patient that she has
    caught up with.
    """
    closed = made_up or {}
    over = _over(sessions, ahead.starts_at)
    coming = sorted((seat for seat in ahead.seats if not seat.away), key=lambda seat: seat.patient)
    greeted = []
    for seat in coming:
        units = closed.get(seat.patient, ())
        away = tell_away(seat.patient, over, until=ahead.starts_at, zone=zone, made_up=units)
        reentry = choose_reentry(away, visitor=seat.visitor)
        if reentry is not None:
            greeted.append(Return(patient=seat.patient, reentry=reentry, away=away))
    new = [each for each in greeted if each.reentry is Reentry.NEW]
    visiting = [each for each in greeted if each.reentry is Reentry.VISITOR]
    known = count_together(recent(over, before=ahead.starts_at))
    strangers = find_strangers((seat.patient for seat in coming), known)
    size = expect_size(ahead.seats, over)
    quorum = judge_quorum(
        size, group_minimum=ahead.group_minimum, policy_minimum=ahead.policy_minimum, cite=ahead.cite
    )
    back = _longest_first(each for each in greeted if each not in new and each not in visiting)
    text = (
        f"{len(back)} come back, {len(new)} are new, {len(visiting)} sit in; {len(strangers)} pairs have not met "
        f"in {known.observed} sessions"
    )
    return Brief(
        size=size,
        quorum=quorum,
        returning=back,
        newcomers=tuple(new),
        visitors=tuple(visiting),
        strangers=strangers,
        notices=choose_notices(joins=bool(new or visiting), fewer=bool(size.away)),
        because=(*quorum.because, Reason(rule="group.brief", text=text)),
    )


def choose_reentry(away: AwayFor, *, visitor: bool) -> Reentry | None:
    """Which words fit; None: she was there last time, and needs none."""
    if visitor:
        return Reentry.VISITOR
    if away.last_seen_at is None:
        return Reentry.NEW
    if away.sessions > 1:
        return Reentry.AFTER_SEVERAL
    return Reentry.AFTER_ONE if away.sessions else None


def write_after_note(
    session: GroupSession, before: Iterable[GroupSession], *, now: datetime, zone: ZoneInfo
) -> AfterNote:
    """Who was missed in `session`, which is over, with the group's sessions before it."""
    over = (*_over(before, session.starts_at), session)
    missed = [
        tell_away(seat.patient, over, until=now, zone=zone)
        for seat in session.seats
        if seat.known and not seat.came
    ]
    came = sum(seat.came for seat in session.seats)
    unrecorded = tuple(sorted(seat.patient for seat in session.seats if seat.unrecorded))
    known = sum(seat.known for seat in session.seats)
    text = f"{came} of {known} came; of {len(unrecorded)} it is not known"
    return AfterNote(
        came=came,
        expected=known,
        missed=tuple(sorted(missed, key=lambda each: (*_length(each), each.patient))),
        unrecorded=unrecorded,
        notices=choose_notices(fewer=bool(missed)),
        because=(Reason(rule="group.after", text=text),),
    )


def _over(sessions: Iterable[GroupSession], before: datetime) -> tuple[GroupSession, ...]:
    return tuple(
        sorted(
            (each for each in sessions if each.ends_at <= before), key=lambda each: (each.starts_at, each.id)
        )
    )


def _longest_first(returns: Iterable[Return]) -> tuple[Return, ...]:
    return tuple(sorted(returns, key=lambda each: (*_length(each.away), each.patient)))


def _length(away: AwayFor) -> tuple[int, int]:
    return -(away.days or 0), -away.sessions
