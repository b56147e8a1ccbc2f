"""A missed session opens a case: which steps, by whom, by when, in what state, and why."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from rejoin.domain.attendance import Outcome, Session
from rejoin.domain.kernel import Reason, Word
from rejoin.domain.policy.document import (
    SYSTEM,
    AfterOffset,
    OnBusinessDay,
    Policy,
    QuietHours,
    Recipient,
    StepRule,
    StopOn,
)

# Nobody has agreed to these by being a patient; every other way of reaching her stands until revoked.
NEEDS_CONSENT = frozenset({"sms", "voice_auto"})
NEEDS_NUMBER = frozenset({"sms", "voice_auto", "phone"})
CONTACT = "contact"
SATURDAY = 5


class StepState(Word):
    UPCOMING = "upcoming"
    DUE = "due"
    OVERDUE = "overdue"
    DONE = "done"
    SUPPRESSED = "suppressed"
    CANCELLED = "cancelled"


class ClockState(Word):
    MET = "met"
    PENDING = "pending"
    BREACHED = "breached"


class Closing(Word):
    """Why a case left the list."""

    CONTACT = "contact"
    JOINED = "joined"
    LEFT_PROGRAM = "left_program"
    REVERSED = "reversed"
    """It was no miss after all: a mark, a late report or a notice says so."""


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody tried to reach the patient. Only the outcome "contact" is two-way."""

    at: datetime
    actor: str
    channel: str
    outcome: str
    step_id: str = ""


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """What the patient allows on one channel towards one person ("" is herself)."""

    channel: str
    granted: bool
    at: datetime | None
    """None: nobody wrote down when. A no of unknown time outweighs every yes."""
    contact: str = ""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How a patient may be reached, as known at the instant of the decision."""

    timezone: ZoneInfo
    flags: frozenset[str] = frozenset()
    has_phone: bool = True
    has_email: bool = True
    consents: tuple[Consent, ...] = ()


class CaseFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What a case is decided from."""

    session: Session
    outcome: Outcome
    reach: Reach
    attempts: tuple[Attempt, ...] = ()
    returned_at: datetime | None = None
    """When she next joined a later session."""
    left_at: datetime | None = None
    """When her last place in the program ended."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    rule: StepRule
    channels: tuple[str, ...]
    due_at: datetime
    deadline: datetime | None
    state: StepState
    done: Attempt | None
    because: tuple[Reason, ...]


class FirstAttempt(msgspec.Struct, frozen=True, kw_only=True):
    """The regulatory clock: by when a person must have tried, by elapsed time from the start."""

    by: datetime
    state: ClockState
    at: datetime | None


class Case(msgspec.Struct, frozen=True, kw_only=True):
    session: Session
    elevated: bool
    opened_at: datetime
    closed_at: datetime | None
    closing: Closing | None
    steps: tuple[Step, ...]
    first_attempt: FirstAttempt | None
    next_step: str | None
    because: tuple[Reason, ...]


def decide_case(facts: CaseFacts, *, policy: Policy, now: datetime) -> Case | None:
    """The case a seat's outcome opens under `policy`, as it stands at `now`; None where it opens none."""
    outreach = policy.outreach
    no_miss = facts.outcome.status not in outreach.open_on
    if no_miss and not any(each.at >= facts.session.starts_at for each in facts.attempts):
        return None
    raised = sorted(facts.reach.flags & outreach.elevated_when)
    elevated = bool(raised and outreach.elevated)
    closed_at, closing = _reversal(facts, now) if no_miss else _closing(facts, policy, now)
    ladder = outreach.elevated if elevated else outreach.standard
    steps = tuple(_decide_step(rule, facts, policy, closed_at, now) for rule in ladder)
    return Case(
        session=facts.session,
        elevated=elevated,
        opened_at=facts.session.starts_at,
        closed_at=closed_at,
        closing=closing,
        steps=steps,
        first_attempt=_first_attempt(facts, policy, closed_at, now),
        next_step=_next(steps),
        because=_why_open(facts, policy, raised),
    )


def release_from_quiet(at: datetime, *, quiet: QuietHours, zone: ZoneInfo) -> datetime:
    """`at`, or the end of the quiet hours it falls into, by the patient's own clock."""
    local = at.astimezone(zone)
    clock = local.time().replace(tzinfo=None, fold=0)
    if quiet.from_at <= quiet.until_at:
        held, days = quiet.from_at <= clock < quiet.until_at, 0
    else:
        held, days = clock >= quiet.from_at or clock < quiet.until_at, int(clock >= quiet.from_at)
    if not held:
        return at
    ends = datetime.combine(local.date() + timedelta(days=days), quiet.until_at, tzinfo=zone)
    # In the hour that clocks repeat, the end is in the same pass as the beginning.
    return ends.replace(fold=local.fold).astimezone(UTC)


def business_day_after(day: date, *, days: int, holidays: frozenset[date]) -> date:
    """The `days`-th business day after `day`: no weekend, no holiday."""
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < SATURDAY and day not in holidays
    return day


def may_use(channel: str, *, to: Recipient, consents: Sequence[Consent]) -> bool:
    """Whether the latest word on `channel` towards `to` allows it; silence follows the contract."""
    contact = "" if to is Recipient.PATIENT else to.value
    said = [each for each in consents if each.channel == channel and each.contact == contact]
    if any(each.at is None and not each.granted for each in said):
        return False
    dated = [(each.at, not each.granted) for each in said if each.at is not None]
    if dated:
        return not max(dated)[1]
    if said:
        return True
    return to is Recipient.PATIENT and channel not in NEEDS_CONSENT


def _why_open(facts: CaseFacts, policy: Policy, raised: Sequence[str]) -> tuple[Reason, ...]:
    cite = policy.outreach.cite
    why = [Reason(rule="outreach.open_on", text=f"the session was {facts.outcome.status.value}", cite=cite)]
    if raised:
        text = "flagged " + ", ".join(raised)
        if not policy.outreach.elevated:
            text += "; the policy has no elevated ladder"
        why.append(Reason(rule="outreach.elevated_when", text=text, cite=cite))
    return tuple(why)


def _reversal(facts: CaseFacts, now: datetime) -> tuple[datetime, Closing]:
    """A miss that is none after all, when somebody was already trying: the case stays told, closed."""
    if facts.outcome.attested_at is not None:
        return facts.outcome.attested_at, Closing.REVERSED
    if facts.outcome.first_join is not None:
        return facts.outcome.first_join, Closing.JOINED
    return now, Closing.REVERSED


def _closing(facts: CaseFacts, policy: Policy, now: datetime) -> tuple[datetime | None, Closing | None]:
    """The first thing that ended the case, if any has by `now`."""
    ends: list[tuple[datetime, Closing]] = []
    if StopOn.CONTACT in policy.outreach.stop_on:
        ends += [
            (each.at, Closing.CONTACT)
            for each in facts.attempts
            if each.outcome == CONTACT and each.at >= facts.session.starts_at
        ]
    if StopOn.JOINED in policy.outreach.stop_on and facts.returned_at is not None:
        ends.append((facts.returned_at, Closing.JOINED))
    if facts.left_at is not None:
        ends.append((facts.left_at, Closing.LEFT_PROGRAM))
    known = [end for end in ends if end[0] <= now]
    return min(known) if known else (None, None)


def _decide_step(
    rule: StepRule, facts: CaseFacts, policy: Policy, closed_at: datetime | None, now: datetime
) -> Step:
    tried = [each for each in facts.attempts if each.step_id == rule.id]
    done = min(tried, key=lambda each: each.at) if tried else None
    channels, because = _live_channels(rule, facts.reach, done)
    planned = _due_at(rule, facts.session, policy)
    channels, due_at, held = _hold_in_quiet_hours(channels, planned, facts.reach, policy)
    because += held
    deadline = _origin(rule, facts.session) + rule.deadline if rule.deadline is not None else None
    state = _state(done, closed_at, bool(channels), due_at, deadline, now)
    if rule.cite:
        because.append(Reason(rule=f"outreach.{rule.id}", text="the policy's step", cite=rule.cite))
    return Step(
        rule=rule,
        channels=channels,
        due_at=due_at,
        deadline=deadline,
        state=state,
        done=done,
        because=tuple(because),
    )


def _hold_in_quiet_hours(
    channels: tuple[str, ...], planned: datetime, reach: Reach, policy: Policy
) -> tuple[tuple[str, ...], datetime, list[Reason]]:
    """The step with its quiet channels left out, or, where it has no other, put off to the morning."""
    quiet = policy.outreach.quiet_hours
    if quiet is None or quiet.applies_to.isdisjoint(channels):
        return channels, planned, []
    released = release_from_quiet(planned, quiet=quiet, zone=reach.timezone)
    if released == planned:
        return channels, planned, []
    loud = tuple(channel for channel in channels if channel not in quiet.applies_to)
    text = "quiet hours where the patient is: "
    text += f"goes out by {' or '.join(loud)} only" if loud else "waits for their end"
    why = Reason(rule="outreach.quiet_hours", text=text, cite=policy.outreach.cite)
    return (loud, planned, [why]) if loud else (channels, released, [why])


def _state(
    done: Attempt | None,
    closed_at: datetime | None,
    reachable: bool,
    due_at: datetime,
    deadline: datetime | None,
    now: datetime,
) -> StepState:
    if done is not None:
        return StepState.DONE
    if closed_at is not None:
        return StepState.CANCELLED
    if not reachable:
        return StepState.SUPPRESSED
    if deadline is not None and now > deadline:
        return StepState.OVERDUE
    return StepState.DUE if now >= due_at else StepState.UPCOMING


def _live_channels(
    rule: StepRule, reach: Reach, done: Attempt | None
) -> tuple[tuple[str, ...], list[Reason]]:
    """The channels of a step that may be used, and why the others may not.

    Consent is looked at when a step is taken: for one already taken, as it stood then.
    """
    consents = reach.consents
    if done is not None:
        consents = tuple(each for each in consents if each.at is None or each.at <= done.at)
    live, because = [], []
    for channel in rule.channels:
        if may_use(channel, to=rule.to, consents=consents):
            live.append(channel)
        else:
            text = f"no live consent for {channel} to {rule.to.value}"
            because.append(Reason(rule="consents", text=text))
    if rule.to is Recipient.PATIENT and done is None:
        because += _missing_addresses(live, reach)
    return tuple(live), because


def _missing_addresses(channels: Sequence[str], reach: Reach) -> list[Reason]:
    """A step that has nowhere to go stays in front of a person, and says so."""
    found = []
    if not reach.has_phone and not NEEDS_NUMBER.isdisjoint(channels):
        text = "no number on file: find another way to reach the patient"
        found.append(Reason(rule="roster.phone", text=text))
    if not reach.has_email and "email" in channels:
        found.append(Reason(rule="roster.email", text="no address on file for email"))
    return found


def _origin(rule: StepRule, session: Session) -> datetime:
    from_end = isinstance(rule.due, AfterOffset) and rule.due.from_end
    return session.ends_at if from_end else session.starts_at


def _due_at(rule: StepRule, session: Session, policy: Policy) -> datetime:
    if isinstance(rule.due, OnBusinessDay):
        start = policy.local_day(session.starts_at)
        day = business_day_after(start, days=rule.due.days, holidays=policy.holidays)
        return datetime.combine(day, rule.due.at, tzinfo=policy.timezone).astimezone(UTC)
    return _origin(rule, session) + rule.due.offset


def _first_attempt(
    facts: CaseFacts, policy: Policy, closed_at: datetime | None, now: datetime
) -> FirstAttempt | None:
    """Met by the first attempt a person made; a message the system sent is not one."""
    within = policy.outreach.first_attempt_within
    if within is None:
        return None
    start = facts.session.starts_at
    by = start + within
    tried = [each.at for each in facts.attempts if each.actor != SYSTEM and each.at >= start]
    first = min(tried, default=None)
    if first is not None and first <= by:
        state = ClockState.MET
    elif now > by and not (closed_at is not None and closed_at <= by):
        state = ClockState.BREACHED
    else:
        state = ClockState.PENDING
    return FirstAttempt(by=by, state=state, at=first)


def _next(steps: Sequence[Step]) -> str | None:
    """The open step that comes first by the clock."""
    waiting = {StepState.OVERDUE, StepState.DUE, StepState.UPCOMING}
    left = [step for step in steps if step.state in waiting]
    return min(left, key=lambda step: step.due_at).rule.id if left else None
