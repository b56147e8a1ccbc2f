"""From a parsed document to a checked policy: contracts/policy.md, key by key."""

import re
from collections.abc import Callable, Mapping
from datetime import time
from typing import TypeVar
from zoneinfo import ZoneInfo

from rejoin.domain.attendance import Credit, EarlyLeave, ExcuseRules, Mode, OnCutoff, PresenceRules, Status
from rejoin.domain.policy import fields as want
from rejoin.domain.policy.document import (
    CHANNELS,
    SYSTEM,
    AfterOffset,
    AtLeastOfLast,
    AtLeastWithin,
    BillingRules,
    Clears,
    Consecutive,
    ConsecutiveWeeks,
    Count,
    Effective,
    Fails,
    HoursRules,
    MakeupRules,
    NoServiceFor,
    OnBusinessDay,
    OutreachRules,
    Policy,
    QuietHours,
    Recipient,
    RequirementRule,
    Scope,
    ShareBelow,
    StepRule,
    StopOn,
    Total,
    TriggerRule,
    When,
)
from rejoin.domain.policy.fields import Fields, PolicyProblem, Wrong

T = TypeVar("T")
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
KINDS = ("group", "individual", "family")
CLOSES = ("content", "count", "hours", "billing")
AT_RULE = re.compile(r"(?:next_business_day|business_day\+(?P<days>[1-9]\d?)) (?P<at>\d{2}:\d{2})")
ANY_TIME = Effective(from_on=want.a_day("1970-01-01"))


class InvalidPolicy(Exception):
    """A document that is not a policy, with every problem found in it."""

    def __init__(self, problems: list[PolicyProblem]) -> None:
        super().__init__("; ".join(f"{problem.field}: {problem.message}" for problem in problems))
        self.problems = tuple(problems)


def read_policy(document: object) -> Policy:
    """The policy in a parsed document, or InvalidPolicy with every problem found in it."""
    problems: list[PolicyProblem] = []
    top = Fields(document, (), problems)
    presence = _read_presence(top.section("presence", required=True))
    outreach = read_outreach(top.section("outreach", required=True))
    policy = Policy(
        id=top.read("id", want.a_word, required=True) or "",
        version=top.read("version", want.a_count, required=True) or 0,
        effective=read_effective(top.section("effective", required=True)),
        timezone=top.read("timezone", want.a_zone, required=True) or ZoneInfo("UTC"),
        part2=_or(top.read("part2", want.a_bool), True),
        presence=presence,
        outreach=outreach,
        hours=read_hours(top.section("hours")),
        excuse=read_excuse(top.section("excuse")),
        triggers=tuple(read_trigger(each) for each in top.sections("triggers")),
        requirements=tuple(read_requirement(each) for each in top.sections("requirements")),
        makeup=read_makeup(top.section("makeup")),
        billing=_read_billing(top.section("billing")),
        overlays=top.read("overlays", want.a_list(want.a_word)) or (),
        holidays=frozenset(top.read("holidays", want.a_list(want.a_day)) or ()),
    )
    top.read("title", want.a_word)
    top.finish()
    check_references(policy, top)
    if problems:
        raise InvalidPolicy(problems)
    return policy


def _or(value: T | None, default: T) -> T:
    return default if value is None else value


def _cite(section: Fields) -> str | None:
    return section.read("cite", want.a_word)


def read_effective(section: Fields | None) -> Effective:
    if section is None:
        return ANY_TIME
    from_on = section.read("from", want.a_day, required=True)
    until_on = section.read("until", want.a_day)
    section.finish()
    if from_on and until_on and until_on < from_on:
        section.complain("ends before it begins", "until")
    return Effective(from_on=from_on or ANY_TIME.from_on, until_on=until_on)


def read_hours(section: Fields | None) -> HoursRules:
    if section is None:
        return HoursRules()
    rules = HoursRules(
        min_per_week=section.read("min_per_week", want.a_number_of_hours),
        max_per_week=section.read("max_per_week", want.a_number_of_hours),
        week_starts_on=WEEKDAYS.index(
            section.read("week_starts", want.known(WEEKDAYS, "weekday")) or "monday"
        ),
        average_over=section.read("average_over", want.a_duration),
        countable_modes=frozenset(
            _or(section.read("countable_modes", want.a_list(want.one_of(Mode))), tuple(Mode))
        ),
        cite=_cite(section),
    )
    section.finish()
    low, high = rules.min_per_week, rules.max_per_week
    if low is not None and high is not None and low > high:
        section.complain("is under min_per_week", "max_per_week")
    return rules


def _read_presence(section: Fields | None) -> PresenceRules:
    if section is None:
        return PresenceRules(credit=Credit(minutes=1))
    rules = PresenceRules(
        credit=read_credit(section.section("credit", required=True)),
        grace=_or(section.read("grace", want.a_duration), want.a_duration("PT0S")),
        late_cutoff=section.read("late_cutoff", want.a_duration),
        on_cutoff=_or(section.read("on_cutoff", want.one_of(OnCutoff)), OnCutoff.NOT_ADMITTED),
        reconnect=section.read("reconnect", want.a_duration),
        early_leave=section.read("early_leave", want.a_duration),
        early_leave_is=_or(section.read("early_leave_is", want.one_of(EarlyLeave)), EarlyLeave.FLAG_ONLY),
        breaks_count=_or(section.read("breaks_count", want.a_bool), False),
        cite=_cite(section),
    )
    section.finish()
    return rules


def read_credit(section: Fields | None) -> Credit:
    if section is None:
        return Credit(minutes=1)
    credit = Credit(minutes=section.read("minutes", want.a_count), share=section.read("share", want.a_share))
    section.finish()
    if ("minutes" in section) == ("share" in section):
        section.complain("takes either minutes or share")
    return credit


def read_excuse(section: Fields | None) -> ExcuseRules:
    if section is None:
        return ExcuseRules()
    rules = ExcuseRules(
        allowed=_or(section.read("allowed", want.a_bool), True),
        notice=section.read("notice", want.a_duration),
        reasons=frozenset(section.read("reasons", want.a_list(want.a_word)) or ()),
        never_counts=frozenset(section.read("never_counts", want.a_list(want.a_word)) or ()),
        cite=_cite(section),
    )
    section.finish()
    return rules


def read_outreach(section: Fields | None) -> OutreachRules:
    if section is None:
        return OutreachRules(standard=())
    default = OutreachRules(standard=())
    open_on = section.read("open_on", want.a_list(want.one_of(Status)))
    stop_on = section.read("stop_on", want.a_list(want.one_of(StopOn)))
    rules = OutreachRules(
        standard=_read_ladder(section, "standard"),
        elevated=_read_ladder(section, "elevated"),
        elevated_when=frozenset(section.read("elevated_when", want.a_list(want.a_word)) or ()),
        open_on=default.open_on if open_on is None else frozenset(open_on),
        first_attempt_within=section.read("first_attempt_within", want.a_duration),
        quiet_hours=_read_quiet_hours(section.section("quiet_hours")),
        stop_on=default.stop_on if stop_on is None else frozenset(stop_on),
        cite=_cite(section),
    )
    section.finish()
    return rules


def _read_quiet_hours(section: Fields | None) -> QuietHours | None:
    if section is None:
        return None
    from_at = section.read("from", want.a_time_of_day, required=True)
    until_at = section.read("until", want.a_time_of_day, required=True)
    applies_to = section.read("applies_to", want.a_list(want.known(CHANNELS, "channel")), required=True)
    section.finish()
    if applies_to and "phone" in applies_to:
        section.complain("quiet hours never hold a human call", "applies_to")
    return QuietHours(
        from_at=from_at or time(0), until_at=until_at or time(0), applies_to=frozenset(applies_to or ())
    )


def _read_ladder(outreach: Fields, key: str) -> tuple[StepRule, ...]:
    steps = tuple(_read_step(each) for each in outreach.sections(key))
    _complain_of_repeats(outreach, [step.id for step in steps], key)
    return steps


def _read_step(section: Fields) -> StepRule:
    step = StepRule(
        id=section.read("id", want.a_word, required=True) or "",
        actor=section.read("actor", want.a_word, required=True) or SYSTEM,
        channels=section.read("channels", want.a_list(want.known(CHANNELS, "channel")), required=True) or (),
        due=_read_due(section),
        deadline=section.read("deadline", want.a_duration),
        to=_or(section.read("to", want.one_of(Recipient)), Recipient.PATIENT),
        template=section.read("template", want.a_word),
        cite=_cite(section),
    )
    section.finish()
    return step


def _read_due(section: Fields) -> AfterOffset | OnBusinessDay:
    after = section.read("after", want.a_duration)
    at = section.read("at", _an_at_rule)
    origin = section.read("from", want.known(("start", "end"), "origin"))
    if ("after" in section) == ("at" in section):
        section.complain("takes either after or at")
    if at is not None:
        return at
    return AfterOffset(offset=_or(after, want.a_duration("PT0S")), from_end=origin == "end")


def _an_at_rule(value: object) -> OnBusinessDay:
    found = AT_RULE.fullmatch(value) if isinstance(value, str) else None
    if not found:
        raise Wrong(f'must be "next_business_day HH:MM" or "business_day+N HH:MM", not {value!r}')
    return OnBusinessDay(days=int(found["days"] or 1), at=want.a_time_of_day(found["at"]))


def _read_scope(section: Fields | None) -> Scope:
    if section is None:
        return Scope()
    scope = Scope(
        kinds=frozenset(section.read("kinds", want.some(want.known(KINDS, "kind"))) or ()),
        services=frozenset(section.read("services", want.some(want.a_word)) or ()),
    )
    section.finish()
    return scope


def read_trigger(section: Fields) -> TriggerRule:
    decided_by = section.read("decided_by", want.a_word) or "team"
    if decided_by == SYSTEM:
        section.complain("must name a person's role: no software decides", "decided_by")
    trigger = TriggerRule(
        id=section.read("id", want.a_word, required=True) or "",
        count=_or(section.read("count", want.one_of(Count)), Count.MISSED),
        scope=_read_scope(section.section("of")),
        when=_read_when(section.section("when", required=True)),
        then=section.read("then", want.a_word, required=True) or "",
        decided_by=decided_by,
        clears=_read_clears(section.section("clears")),
        cite=_cite(section),
    )
    section.finish()
    return trigger


def _read_when(section: Fields | None) -> When:
    """The one pattern a `when` holds; which one follows from its keys."""
    nothing = Total(times=1)
    if section is None:
        return nothing
    given = {str(key) for key in section.mapping}
    for keys, read in _PATTERNS.items():
        if given == set(keys):
            before = len(section.problems)
            when: When = read(section)
            return when if len(section.problems) == before else nothing
    shapes = "; ".join("{" + ", ".join(keys) + "}" for keys in _PATTERNS)
    section.complain(f"is none of {shapes}; found {{{', '.join(sorted(given))}}}")
    return nothing


def _count_of(section: Fields, key: str) -> int:
    return section.read(key, want.a_count, required=True) or 1


def _at_least_of_last(section: Fields) -> When:
    at_least, of_last = _count_of(section, "at_least"), _count_of(section, "of_last")
    return AtLeastOfLast(at_least=at_least, of_last=of_last)


def _at_least_within(section: Fields) -> When:
    within = section.read("within", want.a_duration, required=True)
    return AtLeastWithin(at_least=_count_of(section, "at_least"), within=_or(within, want.a_duration("P1D")))


def _share_below(section: Fields) -> When:
    share = section.read("share_below", want.a_share, required=True)
    return ShareBelow(share=share or want.a_share(1), of_last=_count_of(section, "of_last"))


def _no_service_for(section: Fields) -> When:
    length = section.read("no_service_for", want.a_duration, required=True)
    return NoServiceFor(length=_or(length, want.a_duration("P1D")))


_PATTERNS: dict[tuple[str, ...], Callable[[Fields], When]] = {
    ("at_least", "within"): _at_least_within,
    ("at_least", "of_last"): _at_least_of_last,
    ("consecutive",): lambda section: Consecutive(times=_count_of(section, "consecutive")),
    ("consecutive_weeks",): lambda section: ConsecutiveWeeks(weeks=_count_of(section, "consecutive_weeks")),
    ("share_below", "of_last"): _share_below,
    ("no_service_for",): _no_service_for,
    ("total",): lambda section: Total(times=_count_of(section, "total")),
    ("fails",): lambda section: Fails(trigger_id=section.read("fails", want.a_word, required=True) or ""),
}


def _read_clears(section: Fields | None) -> Clears | None:
    if section is None:
        return None
    clears = Clears(attended=_count_of(section, "attended"), of_next=_count_of(section, "of_next"))
    section.finish()
    if clears.attended > clears.of_next:
        section.complain("asks for more sessions than of_next", "attended")
    return clears


def read_requirement(section: Fields) -> RequirementRule:
    rule = RequirementRule(
        id=section.read("id", want.a_word, required=True) or "",
        party=section.read("party", want.known(("patient", "guardian"), "party")) or "patient",
        scope=_read_scope(section.section("of")),
        attend=section.read("attend", want.a_count),
        within=section.read("within", want.a_duration),
        makeups=section.read("makeups", want.known(("all",), "make-up requirement")),
        before=section.read("before", want.known(("completion",), "limit")),
        cite=_cite(section),
    )
    section.finish()
    if (rule.attend is None) == (rule.makeups is None):
        section.complain("takes either attend or makeups")
    return rule


def read_makeup(section: Fields | None) -> MakeupRules | None:
    if section is None:
        return None
    modes: Mapping[str, frozenset[str]] = {}
    listed = section.section("modes")
    if listed is not None:
        closes = want.a_list(want.known(CLOSES, "part"))
        modes = {str(key): frozenset(listed.read(str(key), closes) or ()) for key in listed.mapping}
    rules = MakeupRules(
        window=section.read("window", want.a_duration),
        before_dependent=section.read(
            "before_dependent", want.known(("prefer", "require", "ignore"), "word")
        ),
        max_per_week=section.read("max_per_week", want.a_count),
        max_per_day=section.read("max_per_day", want.a_count),
        modes=modes,
        cite=_cite(section),
    )
    section.finish()
    return rules


def _read_billing(section: Fields | None) -> BillingRules:
    if section is None:
        return BillingRules()
    rules = BillingRules(
        code=section.read("code", want.a_word),
        per_day_minutes=section.read("per_day_minutes", want.a_count),
        under=section.read("under", want.a_word),
        no_show_fee=section.read("no_show_fee", _a_fee),
        cite=_cite(section),
    )
    section.finish()
    return rules


def _a_fee(value: object) -> str:
    """A fee as the program wrote it. It is shown to people and never charged."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise Wrong(f"must be an amount, words or null, not {value!r}")
    return str(value)


def check_references(policy: Policy, top: Fields) -> None:
    """Ids are unique, and a `fails` names a trigger that has a contract to fail."""
    _complain_of_repeats(top, [trigger.id for trigger in policy.triggers], "triggers")
    _complain_of_repeats(top, [rule.id for rule in policy.requirements], "requirements")
    contracts = {trigger.id for trigger in policy.triggers if trigger.clears}
    for place, trigger in enumerate(policy.triggers):
        if isinstance(trigger.when, Fails) and trigger.when.trigger_id not in contracts:
            text = f"names {trigger.when.trigger_id!r}, which is no trigger with clears"
            top.complain(text, "triggers", place, "when", "fails")


def _complain_of_repeats(section: Fields, ids: list[str], key: str) -> None:
    for place, each in enumerate(ids):
        if each and each in ids[:place]:
            section.complain(f"repeats {each!r}", key, place, "id")
