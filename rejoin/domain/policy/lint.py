"""The policy linter: rules that are well-formed and still cannot do what their author meant."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from rejoin.domain.attendance import Session, countable_length
from rejoin.domain.policy.document import (
    SYSTEM,
    AfterOffset,
    AtLeastOfLast,
    AtLeastWithin,
    Count,
    Fails,
    OnBusinessDay,
    Policy,
    QuietHours,
    Recipient,
    StepRule,
)

WORST_WAIT_FOR_BUSINESS_DAY = timedelta(days=3)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing to look at: the rule's place in the document, and what would happen."""

    code: str
    field: str
    text: str


def lint_policy(policy: Policy, *, sessions: Sequence[Session] = ()) -> list[Finding]:
    """Everything the linter has to say of `policy`, and of `sessions` scheduled under it."""
    found: list[Finding] = []
    for check in _CHECKS:
        found += check(policy)
    found += lint_schedule(policy, sessions=sessions)
    return found


def lint_schedule(policy: Policy, *, sessions: Sequence[Session]) -> list[Finding]:
    """What only a schedule shows: days without slack for the grace, messages that always have to wait."""
    tight = [
        Finding(
            code="zero_slack",
            field="billing.per_day_minutes",
            text=f"{session.id}: {say_slack(policy, slack)}",
        )
        for session, slack in tight_sessions(policy, sessions=sessions)
    ]
    return tight + list(_lint_quiet_schedule(policy, sessions))


def _lint_quiet_schedule(policy: Policy, sessions: Sequence[Session]) -> Iterator[Finding]:
    """Automated steps that fall into quiet hours after every session there is."""
    quiet = policy.outreach.quiet_hours
    if quiet is None or not sessions:
        return
    for path, ladder in _ladders(policy):
        for step in ladder:
            if isinstance(step.due, OnBusinessDay) or not quiet.applies_to.issuperset(step.channels):
                continue
            from_end, offset = step.due.from_end, step.due.offset
            due = [(each.ends_at if from_end else each.starts_at) + offset for each in sessions]
            if all(_is_quiet(at.astimezone(policy.timezone).time(), quiet) for at in due):
                text = "falls into quiet hours after every scheduled session"
                yield Finding(code="quiet_hours", field=f"{path}.{step.id}", text=text)


def tight_sessions(policy: Policy, *, sessions: Sequence[Session]) -> list[tuple[Session, timedelta]]:
    """Scheduled group sessions with their day's slack, where it is under the grace.

    The slack is the day's length for the group, less breaks that do not count, less the minutes a
    billable day needs: an on-time patient within the grace would make the day unbillable.
    """
    needed = policy.billing.per_day_minutes
    if needed is None:
        return []
    days: dict[tuple[str, object], list[Session]] = {}
    for session in sessions:
        if session.kind == "group" and session.held == "scheduled":
            days.setdefault((session.group, policy.local_day(session.starts_at)), []).append(session)
    tight = []
    for day in days.values():
        length = sum(
            (countable_length(each, breaks_count=policy.presence.breaks_count) for each in day), timedelta()
        )
        slack = length - timedelta(minutes=needed)
        if slack < policy.presence.grace:
            tight += [(each, slack) for each in day]
    return tight


def say_slack(policy: Policy, slack: timedelta) -> str:
    minutes = slack.total_seconds() / 60
    grace = policy.presence.grace.total_seconds() / 60
    needed = policy.billing.per_day_minutes
    return (
        f"slack of {minutes:g} min over the {needed} a billable day needs is under the grace of {grace:g} min"
    )


def _lint_ladders(policy: Policy) -> Iterator[Finding]:
    for path, ladder in _ladders(policy):
        yield from _lint_order(path, ladder)
        yield from _lint_steps(path, ladder, policy)
        yield from _lint_first_attempt(path, ladder, policy)


def _ladders(policy: Policy) -> list[tuple[str, tuple[StepRule, ...]]]:
    named = [("outreach.standard", policy.outreach.standard), ("outreach.elevated", policy.outreach.elevated)]
    return [(path, ladder) for path, ladder in named if ladder]


def _lint_order(path: str, ladder: Sequence[StepRule]) -> Iterator[Finding]:
    """Two steps of one origin for the same instant, or told out of order."""
    for place, step in enumerate(ladder):
        for other in ladder[:place]:
            if not _same_origin(step, other):
                continue
            mine, theirs = _offset(step), _offset(other)
            if mine == theirs and step.to is other.to:
                text = f"is due at the same instant as {other.id}"
                yield Finding(code="overlapping_steps", field=f"{path}.{step.id}", text=text)
            elif mine < theirs:
                text = f"comes before {other.id} by the clock and after it on the ladder"
                yield Finding(code="overlapping_steps", field=f"{path}.{step.id}", text=text)


def _same_origin(step: StepRule, other: StepRule) -> bool:
    if isinstance(step.due, AfterOffset) and isinstance(other.due, AfterOffset):
        return step.due.from_end is other.due.from_end
    return isinstance(step.due, OnBusinessDay) and isinstance(other.due, OnBusinessDay)


def _offset(step: StepRule) -> timedelta:
    """When a step is due after its origin; a business day is told by its number and clock."""
    if isinstance(step.due, AfterOffset):
        return step.due.offset
    return timedelta(days=step.due.days, hours=step.due.at.hour, minutes=step.due.at.minute)


def _lint_steps(path: str, ladder: Sequence[StepRule], policy: Policy) -> Iterator[Finding]:
    for step in ladder:
        field = f"{path}.{step.id}"
        if (
            isinstance(step.due, AfterOffset)
            and step.deadline is not None
            and step.deadline < step.due.offset
        ):
            yield Finding(code="unreachable_step", field=field, text="its deadline passes before it is due")
        if not step.channels:
            yield Finding(code="unreachable_step", field=field, text="it has no channel to use")
        if step.actor == SYSTEM and set(step.channels) == {"phone"}:
            yield Finding(code="unreachable_step", field=field, text="the system cannot hold a phone call")
        if policy.part2 and step.to is not Recipient.PATIENT and step.actor == SYSTEM:
            text = "a message to family goes out by itself: a person has to decide that"
            yield Finding(code="automatic_family_contact", field=field, text=text)
        yield from _lint_quiet(field, step, policy.outreach.quiet_hours)


def _lint_quiet(field: str, step: StepRule, quiet: QuietHours | None) -> Iterator[Finding]:
    """A message fixed to a time of day inside quiet hours waits on every day of the year."""
    if quiet is None or not step.channels or not quiet.applies_to.issuperset(step.channels):
        return
    if isinstance(step.due, OnBusinessDay) and _is_quiet(step.due.at, quiet):
        text = f"{step.due.at:%H:%M} lies in quiet hours: it can never go out when it is due"
        yield Finding(code="quiet_hours", field=field, text=text)
    if isinstance(step.due, AfterOffset) and step.deadline is not None:
        longest = _quiet_length(quiet)
        if step.deadline - step.due.offset < longest:
            text = f"quiet hours may hold it for {longest.total_seconds() / 3600:g} h, past its deadline"
            yield Finding(code="quiet_hours", field=field, text=text)


def _is_quiet(at: time, quiet: QuietHours) -> bool:
    if quiet.from_at <= quiet.until_at:
        return quiet.from_at <= at < quiet.until_at
    return at >= quiet.from_at or at < quiet.until_at


def _quiet_length(quiet: QuietHours) -> timedelta:
    day = datetime(2026, 1, 1, tzinfo=UTC)
    from_at = datetime.combine(day, quiet.from_at)
    until_at = datetime.combine(day, quiet.until_at)
    return until_at - from_at if until_at >= from_at else until_at - from_at + DAY


def _lint_first_attempt(path: str, ladder: Sequence[StepRule], policy: Policy) -> Iterator[Finding]:
    """The regulatory clock is met by a person's attempt: the ladder has to plan one in time."""
    within = policy.outreach.first_attempt_within
    if within is None:
        return
    human = [step for step in ladder if step.actor != SYSTEM]
    if not human:
        text = "no step is a person's, and the clock for a first attempt asks for one"
        yield Finding(code="first_attempt", field=path, text=text)
        return
    if all(_latest(step) > within for step in human):
        hours = within.total_seconds() / 3600
        text = f"its first human step can come later than {hours:g} h after the start"
        yield Finding(code="first_attempt", field=f"{path}.{human[0].id}", text=text)


def _latest(step: StepRule) -> timedelta:
    """The longest a step can come after the start, over a weekend where it waits for a business day."""
    if isinstance(step.due, AfterOffset):
        return step.due.offset
    return (step.due.days - 1) * DAY + WORST_WAIT_FOR_BUSINESS_DAY + DAY


def _lint_triggers(policy: Policy) -> Iterator[Finding]:
    for trigger in policy.triggers:
        field = f"triggers.{trigger.id}"
        why = _never_fires(policy, trigger.id, ())
        if why:
            yield Finding(code="never_fires", field=field, text=why)
        if trigger.count is Count.ANY_ABSENCE and not policy.excuse.allowed:
            text = "counts excused absences, and the policy excuses none: it counts the same as missed"
            yield Finding(code="no_effect", field=field, text=text)


def _never_fires(policy: Policy, trigger_id: str, above: tuple[str, ...]) -> str | None:
    """Why a trigger can never fire, or None. `above` guards against rules that wait for each other."""
    trigger = next(each for each in policy.triggers if each.id == trigger_id)
    if trigger_id in above:
        return "waits for itself through " + ", ".join(above)
    match trigger.when:
        case AtLeastOfLast(at_least=at_least, of_last=of_last) if at_least > of_last:
            return f"asks for {at_least} of {of_last} sessions"
        case AtLeastWithin(at_least=at_least, within=within) if at_least > 1 and not within:
            return f"asks for {at_least} sessions within no time"
        case Fails(trigger_id=base):
            return _never_fires(policy, base, (*above, trigger_id))
    return None


def _lint_makeup(policy: Policy) -> Iterator[Finding]:
    if policy.makeup is None:
        return
    for mode, closes in policy.makeup.modes.items():
        if "packet" in mode and "hours" in closes:
            text = "a packet is read alone: it closes content and never hours"
            yield Finding(code="packet_hours", field=f"makeup.modes.{mode}", text=text)
    week, day = policy.makeup.max_per_week, policy.makeup.max_per_day
    if week is not None and day is not None and day > week:
        text = "is over max_per_week and never reached"
        yield Finding(code="no_effect", field="makeup.max_per_day", text=text)


def _lint_presence(policy: Policy) -> Iterator[Finding]:
    rules = policy.presence
    if rules.late_cutoff is not None and rules.late_cutoff < rules.grace:
        text = "the door closes before the grace is over"
        yield Finding(code="cutoff_before_grace", field="presence.late_cutoff", text=text)


def _lint_elevated(policy: Policy) -> Iterator[Finding]:
    outreach = policy.outreach
    if not outreach.standard:
        text = "has no step: a missed session would have no owner"
        yield Finding(code="no_ladder", field="outreach.standard", text=text)
    if outreach.elevated_when and not outreach.elevated:
        text = "names flags, and there is no elevated ladder to take"
        yield Finding(code="no_effect", field="outreach.elevated_when", text=text)
    if outreach.elevated and not outreach.elevated_when:
        text = "is never taken: elevated_when names no flag"
        yield Finding(code="unreachable_step", field="outreach.elevated", text=text)


_CHECKS: tuple[Callable[[Policy], Iterator[Finding]], ...] = (
    _lint_presence,
    _lint_elevated,
    _lint_ladders,
    _lint_triggers,
    _lint_makeup,
)
