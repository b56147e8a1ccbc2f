"""Patterns of absence that a policy wants a person to look at, and the contracts they open.

A trigger fires when its pattern starts to hold and not again while it goes on holding. Nothing
here decides anything: it says what happened, under which rule, and whose decision it is.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import groupby, zip_longest

import msgspec

from rejoin.domain.kernel import Reason, Word, days_later
from rejoin.domain.policy.document import (
    AtLeastOfLast,
    AtLeastWithin,
    Clears,
    Consecutive,
    ConsecutiveWeeks,
    Count,
    Fails,
    NoServiceFor,
    Policy,
    Scope,
    ShareBelow,
    Total,
    TriggerRule,
    When,
)
from rejoin.domain.policy.history import ABSENT, Entry, SeatRecord, entries, in_scope


class TriggerState(Word):
    OPEN = "open"
    CLEARED = "cleared"
    FAILED = "failed"
    CLOSED = "closed"
    """The patient has left the program: nothing is left to decide here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Firing:
    """A trigger that fired. `state` tells of its contract, where it has one."""

    rule: TriggerRule
    fired_at: datetime
    sessions: tuple[str, ...]
    state: TriggerState
    because: tuple[Reason, ...]
    resolved_by: Entry | None = None
    """The session that cleared or failed the contract."""
    contract: tuple[Entry, ...] = ()


class Stay(msgspec.Struct, frozen=True, kw_only=True):
    """The patient's history as triggers read it. `contacts` ascend; `since` is her first day's start."""

    records: tuple[SeatRecord, ...]
    contacts: tuple[datetime, ...] = ()
    since: datetime | None = None
    left_at: datetime | None = None


def find_firings(
    stay: Stay, *, policy: Policy, now: datetime, applies: Callable[[date], bool] | None = None
) -> list[Firing]:
    """Every firing of every trigger of `policy` up to `now`, in the policy's order.

    `applies` says on which local days this version is in force: it fires on those only, and counts
    what came before them too.
    """
    history = _History(stay, policy, now, applies)
    found: list[Firing] = []
    for rule in policy.triggers:
        found += [each for each in _firings(rule, history, ()) if history.in_force(each.fired_at)]
    if stay.left_at is not None and stay.left_at <= now:
        return [_close(each) for each in found]
    return found


def _close(firing: Firing) -> Firing:
    """A discharged or transferred patient leaves every list at once; what happened stays told."""
    if firing.state is not TriggerState.OPEN:
        return firing
    why = Reason(rule="roster.until", text="has left the program since")
    return replace(firing, state=TriggerState.CLOSED, because=(*firing.because, why))


class _History:
    """The patient's sessions as each rule counts them, worked out once for rules that count alike."""

    def __init__(
        self, stay: Stay, policy: Policy, now: datetime, applies: Callable[[date], bool] | None
    ) -> None:
        self.stay = stay
        self.policy = policy
        self.now = now
        self._applies = applies
        self._known: dict[tuple[Scope, Count], list[Entry]] = {}

    def whole(self) -> "_History":
        """The same as if this version had always been in force: contracts outlast a change of versions."""
        return self if self._applies is None else _History(self.stay, self.policy, self.now, None)

    def in_force(self, at: datetime) -> bool:
        """Whether the version at hand is the one in force at `at`."""
        return self._applies is None or self._applies(self.policy.local_day(at))

    def of(self, rule: TriggerRule) -> list[Entry]:
        key = (rule.scope, rule.count)
        if key not in self._known:
            self._known[key] = entries(
                self.stay.records,
                scope=rule.scope,
                count=rule.count,
                week_starts_on=self.policy.hours.week_starts_on,
                contacts=self.stay.contacts,
                now=self.now,
            )
        return self._known[key]


def _firings(rule: TriggerRule, history: _History, above: tuple[str, ...]) -> list[Firing]:
    """`above` names the rules that wait for this one: a ring of rules never fires."""
    if rule.id in above:
        return []
    if isinstance(rule.when, NoServiceFor):
        return _silences(rule, rule.when.length, history)
    if isinstance(rule.when, Fails):
        base = next(each for each in history.policy.triggers if each.id == rule.when.trigger_id)
        fired = _firings(base, history.whole(), (*above, rule.id))
        return [
            _fire_on_failure(rule, each, each.resolved_by, history.of(rule))
            for each in fired
            if each.state is TriggerState.FAILED and each.resolved_by is not None
        ]
    return _pattern_firings(rule, history)


def _pattern_firings(rule: TriggerRule, history: _History) -> list[Firing]:
    """Walk the sessions in order; counting starts anew after a contract is cleared."""
    holds = _PATTERNS[type(rule.when)]
    seen = history.of(rule)
    found: list[Firing] = []
    since, place, held = 0, 0, False
    while place < len(seen):
        entry = seen[place]
        if not history.in_force(entry.session.ends_at) or not _may_change(rule.when, entry, held=held):
            place += 1
            continue
        hit = holds(rule.when, seen, since, place)
        if hit and not held:
            firing = _fire(rule, hit, seen[place], seen[place + 1 :])
            found.append(firing)
            if rule.clears:
                resolved = _resolution(firing, rule, history)
                if resolved is None:
                    break
                since = place = sum(each.session.starts_at <= resolved for each in seen)
                held = False
                continue
        held = bool(hit)
        place += 1
    return found


def _fire(rule: TriggerRule, hit: Sequence[Entry], at: Entry, after: Sequence[Entry]) -> Firing:
    because = Reason(rule=f"triggers.{rule.id}", text=_say(rule, hit), cite=rule.cite)
    return _with_contract(rule, at.session.ends_at, tuple(each.session.id for each in hit), because, after)


def _fire_on_failure(rule: TriggerRule, failed: Firing, at: Entry, seen: Sequence[Entry]) -> Firing:
    """Fires the moment `at` puts the contract out of reach, for the sessions that did so."""
    lost = tuple(each.session.id for each in failed.contract if not each.attended)
    text = f"the contract opened by {failed.rule.id} can no longer be met"
    because = Reason(rule=f"triggers.{rule.id}", text=text, cite=rule.cite)
    after = [each for each in seen if each.session.starts_at > at.session.starts_at]
    return _with_contract(rule, at.session.ends_at, lost, because, after)


def _with_contract(
    rule: TriggerRule, fired_at: datetime, sessions: tuple[str, ...], because: Reason, after: Sequence[Entry]
) -> Firing:
    state, resolved_by, contract = run_contract(rule.clears, after)
    return Firing(
        rule=rule,
        fired_at=fired_at,
        sessions=sessions,
        state=state,
        because=(because,) if not rule.clears else (because, _say_contract(rule, rule.clears, contract)),
        resolved_by=resolved_by,
        contract=contract,
    )


def run_contract(
    clears: Clears | None, after: Sequence[Entry]
) -> tuple[TriggerState, Entry | None, tuple[Entry, ...]]:
    """Whether a contract over the sessions `after` it was opened is open, cleared or failed, and by which.

    It clears at the last session needed and fails the moment it is out of reach. A session nobody
    recorded fails nothing: it may have been attended.
    """
    if clears is None:
        return TriggerState.OPEN, None, ()
    lost = attended = 0
    for place, entry in enumerate(after[: clears.of_next]):
        attended += entry.attended
        lost += entry.recorded and not entry.attended
        if attended >= clears.attended:
            return TriggerState.CLEARED, entry, tuple(after[: place + 1])
        if lost > clears.of_next - clears.attended:
            return TriggerState.FAILED, entry, tuple(after[: place + 1])
    return TriggerState.OPEN, None, tuple(after[: clears.of_next])


def _resolution(firing: Firing, rule: TriggerRule, history: _History) -> datetime | None:
    """From when on the pattern is counted anew: after its contract, or the one that followed its failure."""
    if firing.resolved_by is None:
        return None
    if firing.state is TriggerState.FAILED:
        for follow_up in history.policy.triggers:
            if follow_up.clears and _follows(follow_up, rule):
                next_contract = _fire_on_failure(follow_up, firing, firing.resolved_by, history.of(follow_up))
                return _resolution(next_contract, follow_up, history)
    return firing.resolved_by.session.starts_at


def _follows(rule: TriggerRule, base: TriggerRule) -> bool:
    return isinstance(rule.when, Fails) and rule.when.trigger_id == base.id and rule.id != base.id


def _silences(rule: TriggerRule, length: timedelta, history: _History) -> list[Firing]:
    """Stretches of calendar days without any service, counted from the last one.

    Before the first session we know of nobody can say what she was given: counting begins there.
    """
    stay, policy, now = history.stay, history.policy, history.now
    seen = history.of(rule)
    if not stay.records:
        return []
    first = stay.records[0].session.starts_at
    start = max(stay.since, first) if stay.since is not None else first
    marks = [(start, start), *_services(rule, history, seen)]
    last = min(now, stay.left_at) if stay.left_at else now
    found = []
    for (_, since), following in zip_longest(marks, marks[1:]):
        until = following[0] if following else None
        at = days_later(since, length, policy.timezone)
        if at <= last and (until is None or at <= until):
            inside = [each for each in seen if since <= each.session.starts_at < at]
            after = [each for each in seen if each.session.starts_at >= at]
            found.append(_fire_silence(rule, at, since, inside, after, policy))
    return found


def _services(rule: TriggerRule, history: _History, seen: Sequence[Entry]) -> list[tuple[datetime, datetime]]:
    """The spans after which silence is counted anew: service given, and absences that never count."""
    given = [(each.session.starts_at, each.session.ends_at) for each in seen if each.served]
    excepted = [
        (each.session.starts_at, each.session.ends_at)
        for each in history.stay.records
        if each.outcome is not None
        and each.outcome.never_counts
        and each.outcome.status in ABSENT
        and in_scope(each.session, rule.scope)
    ]
    return sorted(given + excepted)


def _fire_silence(
    rule: TriggerRule,
    at: datetime,
    since: datetime,
    inside: Sequence[Entry],
    after: Sequence[Entry],
    policy: Policy,
) -> Firing:
    text = f"no service since {policy.local_day(since).isoformat()}"
    unrecorded = sum(not each.recorded for each in inside)
    if unrecorded:
        text += f"; {unrecorded} sessions since then are unrecorded"
    return _with_contract(
        rule,
        at,
        tuple(each.session.id for each in inside),
        Reason(rule=f"triggers.{rule.id}", text=text, cite=rule.cite),
        after,
    )


def _at_least_within(when: AtLeastWithin, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    opened = seen[place].local_start - when.within
    hit = []
    for at in range(place, since - 1, -1):
        entry = seen[at]
        if entry.local_start < opened:
            break
        if entry.counted:
            hit.append(entry)
    return hit[::-1] if len(hit) >= when.at_least else []


def _at_least_of_last(when: AtLeastOfLast, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    hit = [each for each in _last(seen, since, place, when.of_last) if each.counted]
    return hit if len(hit) >= when.at_least else []


def _consecutive(when: Consecutive, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    last = _last(seen, since, place, when.times)
    return last if len(last) == when.times and all(each.counted for each in last) else []


def _total(when: Total, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    hit = [each for each in seen[since : place + 1] if each.counted]
    return hit if len(hit) >= when.times else []


def _share_below(when: ShareBelow, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    """Only over a full window: one miss in a first session is no share of twenty."""
    window = _last(seen, since, place, when.of_last)
    if len(window) < when.of_last:
        return []
    hit = [each for each in window if each.counted]
    kept = len(window) - len(hit)
    return hit if kept < when.share * when.of_last else []


def _consecutive_weeks(when: ConsecutiveWeeks, seen: Sequence[Entry], since: int, place: int) -> list[Entry]:
    """Scheduled weeks in a row in which she came to nothing; a week without a session is no week."""
    weeks = [list(week) for _, week in groupby(seen[since : place + 1], key=_week)][-when.weeks :]
    if len(weeks) < when.weeks or not all(_week_missed(week) for week in weeks):
        return []
    return [each for week in weeks for each in week if each.counted]


def _last(seen: Sequence[Entry], since: int, place: int, size: int) -> list[Entry]:
    return list(seen[max(since, place + 1 - size) : place + 1])


def _week(entry: Entry) -> date:
    return entry.week_of


def _week_missed(week: Sequence[Entry]) -> bool:
    return any(each.counted for each in week) and not any(each.served or not each.recorded for each in week)


_PATTERNS: dict[type[When], Callable[..., list[Entry]]] = {
    AtLeastWithin: _at_least_within,
    AtLeastOfLast: _at_least_of_last,
    Consecutive: _consecutive,
    ConsecutiveWeeks: _consecutive_weeks,
    ShareBelow: _share_below,
    Total: _total,
}


# Patterns that can begin to hold only at a session that counts.
_RISING = (AtLeastWithin, AtLeastOfLast, Consecutive, Total)


def _may_change(when: When, entry: Entry, *, held: bool) -> bool:
    """Whether a pattern can begin or cease to hold at this session. Weeks do so only at their end."""
    if isinstance(when, ConsecutiveWeeks):
        return entry.ends_week
    return held or entry.counted or not isinstance(when, _RISING)


def _say(rule: TriggerRule, hit: Sequence[Entry]) -> str:
    counted = rule.count.value.replace("_", " ")
    match rule.when:
        case AtLeastWithin(at_least=at_least, within=within):
            return f"{len(hit)} {counted} within {within.days} days, {at_least} or more asked for"
        case AtLeastOfLast(of_last=of_last):
            return f"{len(hit)} {counted} of the last {of_last} scheduled sessions"
        case Consecutive(times=times):
            return f"{times} {counted} in a row"
        case ConsecutiveWeeks(weeks=weeks):
            return f"{weeks} scheduled weeks in a row without coming"
        case ShareBelow(share=share, of_last=of_last):
            return f"{of_last - len(hit)} of the last {of_last}, under {float(share):.0%}"
        case _:
            return f"{len(hit)} {counted} in all"


def _say_contract(rule: TriggerRule, clears: Clears, contract: Sequence[Entry]) -> Reason:
    attended = sum(each.attended for each in contract)
    text = f"contract: {clears.attended} of the next {clears.of_next}; {attended} attended of {len(contract)} held"
    return Reason(rule=f"triggers.{rule.id}.clears", text=text, cite=rule.cite)
