"""A policy's rules in words, each with its place in the document and the source it names."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import Final

from rejoin.console.present.words import in_words
from rejoin.domain.attendance.rules import EarlyLeave, OnCutoff
from rejoin.domain.policy.document import (
    SYSTEM,
    AfterOffset,
    AtLeastOfLast,
    AtLeastWithin,
    Consecutive,
    ConsecutiveWeeks,
    Count,
    Fails,
    NoServiceFor,
    Policy,
    Recipient,
    RequirementRule,
    Scope,
    ShareBelow,
    StepRule,
    StopOn,
    TriggerRule,
)

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
COUNTED: Final = {
    Count.MISSED: ("missed session", "missed sessions"),
    Count.MISSED_WITHOUT_NOTICE: ("session missed without notice", "sessions missed without notice"),
    Count.ANY_ABSENCE: ("absence of any kind", "absences of any kind"),
    Count.LATE: ("late arrival", "late arrivals"),
    Count.MISSED_WITHOUT_CONTACT: (
        "session missed with no contact before the next",
        "sessions missed with no contact before the next",
    ),
}
CUTOFF: Final = {
    OnCutoff.NOT_ADMITTED: "is not admitted",
    OnCutoff.ADMIT: "is admitted",
    OnCutoff.ASK: "is admitted, and the facilitator's word decides",
}
LEFT: Final = {
    EarlyLeave.PARTIAL: "makes the session partial",
    EarlyLeave.MISSED: "makes the session missed",
    EarlyLeave.FLAG_ONLY: "is noted and changes nothing",
}
CHANNELS: Final = {"sms": "text", "push": "notice", "email": "e-mail", "voice_auto": "automatic call"}
STOPS: Final = {StopOn.JOINED: "she joins a later session", StopOn.CONTACT: "there is contact with her"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule: where it stands in the document, what it says, and where that comes from."""

    path: tuple[str, ...]
    words: str
    cite: str = ""
    fires: str = ""
    """What it brings about that is counted: "case", "step", "review"; "" where it is no such rule."""
    id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    title: str
    rules: tuple[Rule, ...]


def sections_of(policy: Policy) -> list[Section]:
    """Everything the policy says, in the order in which people ask for it."""
    told = (
        ("Presence", _presence(policy)),
        ("Excuses", _excuses(policy)),
        ("When a session is missed", _outreach(policy)),
        ("The ladder", _ladder(policy.outreach.standard, "standard")),
        ("The ladder for patients who are flagged", _elevated(policy)),
        ("Patterns that people look at", (_trigger(each) for each in policy.triggers)),
        ("Owed over the whole stay", (_requirement(each) for each in policy.requirements)),
        ("Make-ups", _makeups(policy)),
        ("Hours of a week", _hours(policy)),
        ("Billing", _billing(policy)),
    )
    sections = [Section(title=title, rules=tuple(rules)) for title, rules in told]
    return [each for each in sections if each.rules]


def length(span: timedelta) -> str:
    """ "5 minutes", "1 hour", "14 days"."""
    minutes = round(span.total_seconds() / 60)
    for unit, size in (("day", 1440), ("hour", 60)):
        if minutes >= size and minutes % size == 0 and not (unit == "day" and minutes == size):
            return many(minutes // size, unit)
    return many(minutes, "minute")


def many(number: int, one: str) -> str:
    return f"{number} {one}{'' if number == 1 else 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """ "a, b and c", in words."""
    told = [CHANNELS.get(each) or in_words(each) for each in words]
    return f" {last} ".join(filter(None, (", ".join(told[:-1]), told[-1] if told else "")))


def _presence(policy: Policy) -> Iterator[Rule]:
    rules = policy.presence

    def rule(key: str, words: str) -> Rule:
        return Rule(path=("presence", key), words=words, cite=rules.cite or "")

    credit = rules.credit
    asked = _percent(credit.share) if credit.share is not None else many(credit.minutes or 0, "minute")
    of = " of its length" if credit.share is not None else ", or all of it where it is shorter"
    yield rule("credit", f"A session counts as attended from {asked}{of}; with less it is partial.")
    if rules.grace:
        yield rule("grace", f"Whoever first joins more than {length(rules.grace)} after the start is late.")
    if rules.late_cutoff is not None:
        late = length(rules.late_cutoff)
        yield rule(
            "late_cutoff", f"Whoever first joins more than {late} after the start {CUTOFF[rules.on_cutoff]}."
        )
    if rules.reconnect is not None:
        words = f"A gap of up to {length(rules.reconnect)} is a lost connection. No gap counts as minutes."
        yield rule("reconnect", words)
    if rules.early_leave is not None:
        early = length(rules.early_leave)
        words = f"Leaving more than {early} before the end {LEFT[rules.early_leave_is]}."
        yield rule("early_leave", words)
    yield rule("breaks_count", "Breaks count as minutes." if rules.breaks_count else "Breaks do not count.")


def _excuses(policy: Policy) -> Iterator[Rule]:
    rules = policy.excuse

    def rule(key: str, words: str) -> Rule:
        return Rule(path=("excuse", key), words=words, cite=rules.cite or "")

    if not rules.allowed:
        yield rule("allowed", "No absence is excused.")
    elif rules.notice is not None:
        when = f"at least {length(rules.notice)} before" if rules.notice else "at any time before"
        yield rule("notice", f"A notice that comes {when} the start excuses the absence.")
    if rules.allowed and rules.reasons:
        yield rule("reasons", f"Excused whenever notice comes: {listed(sorted(rules.reasons))}.")
    if rules.never_counts:
        yield rule("never_counts", f"Never counted against her: {listed(sorted(rules.never_counts))}.")


def _outreach(policy: Policy) -> Iterator[Rule]:
    rules = policy.outreach

    def rule(key: str, words: str, fires: str = "") -> Rule:
        return Rule(path=("outreach", key), words=words, cite=rules.cite or "", fires=fires, id=fires)

    opens = listed(sorted(each.value for each in rules.open_on), "or")
    yield rule("open_on", f"A case opens when the outcome is {opens}.", "case")
    if rules.first_attempt_within is not None:
        within = length(rules.first_attempt_within)
        yield rule("first_attempt_within", f"A person has tried to reach her within {within} of the start.")
    if rules.quiet_hours is not None:
        quiet = rules.quiet_hours
        words = f"No {listed(sorted(quiet.applies_to), 'or')} from {quiet.from_at:%H:%M} to {quiet.until_at:%H:%M} on her own clock."
        yield rule("quiet_hours", words)
    if rules.stop_on:
        yield rule(
            "stop_on",
            f"The ladder stops when {' or when '.join(sorted(STOPS[each] for each in rules.stop_on))}.",
        )


def _elevated(policy: Policy) -> Iterator[Rule]:
    rules = policy.outreach
    if rules.elevated_when:
        flags = listed(sorted(rules.elevated_when), "or")
        yield Rule(
            path=("outreach", "elevated_when"),
            words=f"Taken instead, whenever she is flagged {flags}.",
            cite=rules.cite or "",
        )
    yield from _ladder(rules.elevated, "elevated")


def _ladder(steps: Iterable[StepRule], name: str) -> Iterator[Rule]:
    for step in steps:
        yield Rule(
            path=("outreach", name, step.id),
            words=f"{_when_due(step)}: {_who(step)} {_how(step)}{_by_when(step)}.",
            cite=step.cite or "",
            fires="step",
            id=f"{name}.{step.id}",
        )


def _when_due(step: StepRule) -> str:
    due = step.due
    if isinstance(due, AfterOffset):
        origin = "end" if due.from_end else "start"
        return f"{length(due.offset)} after the {origin}" if due.offset else f"At the {origin}"
    day = "next business day" if due.days == 1 else f"{due.days} business days later"
    return f"{day.capitalize()} at {due.at:%H:%M}"


def _who(step: StepRule) -> str:
    return "a message goes out" if step.actor == SYSTEM else f"the {in_words(step.actor)} tries"


def _how(step: StepRule) -> str:
    to = "" if step.to is Recipient.PATIENT else f" to the {in_words(step.to.value)}, with a live consent"
    return f"by {listed(step.channels, 'or')}{to}"


def _by_when(step: StepRule) -> str:
    return f", at the latest {length(step.deadline)} after it" if step.deadline is not None else ""


def _trigger(rule: TriggerRule) -> Rule:
    contract = ""
    if rule.clears is not None:
        contract = f" Contract: {rule.clears.attended} attended of the next {rule.clears.of_next}."
    words = f"{_pattern(rule)}{_scope(rule.scope)}: {in_words(rule.then)}, decided by the {in_words(rule.decided_by)}.{contract}"
    return Rule(path=("triggers", rule.id), words=words, cite=rule.cite or "", fires="review", id=rule.id)


def _pattern(rule: TriggerRule) -> str:  # noqa: PLR0911 - a sentence a pattern
    one, more = COUNTED[rule.count]
    match rule.when:
        case AtLeastWithin(at_least=least, within=within):
            return f"{least} {one if least == 1 else more} within {length(within)}"
        case AtLeastOfLast(at_least=least, of_last=of):
            return f"{least} {one if least == 1 else more} among the last {of} scheduled"
        case Consecutive(times=times):
            return f"{times} {one if times == 1 else more} in a row"
        case ConsecutiveWeeks(weeks=weeks):
            return f"{many(weeks, 'scheduled week')} in a row without coming"
        case ShareBelow(share=share, of_last=of):
            return f"Fewer than {_percent(share)} kept of the last {of} ({more} are counted)"
        case NoServiceFor(length=span):
            return f"No service for {length(span)}"
        case Fails(trigger_id=base):
            return f"The contract of {base} is out of reach"
        case _:
            return f"{rule.when.times} {one if rule.when.times == 1 else more} in all"


def _scope(scope: Scope) -> str:
    of = [*sorted(scope.kinds), *sorted(scope.services)]
    return f", in {listed(of)} sessions" if of else ""


def _requirement(rule: RequirementRule) -> Rule:
    if rule.attend:
        within = f" within {length(rule.within)}" if rule.within is not None else ""
        words = f"The {in_words(rule.party)} attends {rule.attend} sessions{_scope(rule.scope)}{within}."
    else:
        words = f"Every absence is made up{f' before {in_words(rule.before)}' if rule.before else ''}."
    return Rule(path=("requirements", rule.id), words=words, cite=rule.cite or "")


def _makeups(policy: Policy) -> Iterator[Rule]:
    rules = policy.makeup
    if rules is None:
        return

    def rule(key: str, words: str) -> Rule:
        return Rule(path=("makeup", key), words=words, cite=rules.cite or "")

    if rules.window is not None:
        yield rule("window", f"A missed session is made up within {length(rules.window)}.")
    if rules.before_dependent is not None:
        how = "has to be" if rules.before_dependent == "require" else "is best"
        yield rule("before_dependent", f"It {how} made up before the session that builds on it.")
    for key, unit in (("max_per_week", "week"), ("max_per_day", "day")):
        most = getattr(rules, key)
        if most is not None:
            yield rule(key, f"At most {many(most, 'make-up')} a {unit}.")
    for mode, closes in rules.modes.items():
        yield rule("modes", f"{in_words(mode).capitalize()} closes {listed(sorted(closes)) or 'nothing'}.")


def _hours(policy: Policy) -> Iterator[Rule]:
    rules = policy.hours

    def rule(key: str, words: str) -> Rule:
        return Rule(path=("hours", key), words=words, cite=rules.cite or "")

    mean = f", on average over {length(rules.average_over)}" if rules.average_over is not None else ""
    if rules.min_per_week is not None:
        yield rule("min_per_week", f"At least {rules.min_per_week} countable hours a week{mean}.")
    if rules.max_per_week is not None:
        yield rule("max_per_week", f"At most {rules.max_per_week} hours a week.")
    if rules.min_per_week is not None or rules.max_per_week is not None:
        yield rule("week_starts", f"The week begins on {WEEKDAYS[rules.week_starts_on]}.")
        modes = listed(sorted(each.value for each in rules.countable_modes))
        yield rule("countable_modes", f"What is held by {modes} counts.")


def _billing(policy: Policy) -> Iterator[Rule]:
    rules = policy.billing
    if rules.per_day_minutes is not None:
        code = f" ({rules.code})" if rules.code else ""
        under = f" Under that: {in_words(rules.under)}." if rules.under else ""
        words = f"A day may be billed{code} from {rules.per_day_minutes} attested minutes on.{under}"
        yield Rule(path=("billing", "per_day_minutes"), words=words, cite=rules.cite or "")


def _percent(share: Fraction) -> str:
    return f"{float(share):.0%}"
